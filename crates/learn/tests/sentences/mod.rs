//! Sentences of our own, and what learns from them.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use corpus::{Label, Span};
use learn::{Config, Example, SpacyNer, Start, Text, count_tokens, device};
use model::{Pipeline, Shape};
use tokenizer::{Base, Tokenizer};

/// Sentences in which `[P:…]` and `[M:…]` are marked.
pub(crate) const SENTENCES: [&str; 8] = [
    "[P:Gold nanorods] were coated with [M:silica].",
    "We gave [P:liposomes] to mice 🐁 with tumours.",
    "Uptake of [P:iron oxide nanoparticles] was low.",
    "No toxicity was seen at this dose.",
    "[M:Chitosan] kept the [P:quantum dots] apart.",
    "The shell of [M:polyethylene glycol] was thin.",
    "[P:Silver nanoparticles] in [M:alginate] killed bacteria.",
    "[P:Dendrimers] crossed the barrier.",
];

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it,
        Poll::Pending => panic!("the processor does not wait"),
    }
}

pub(crate) fn label(name: &str) -> Label {
    Label::new(name).expect("a label")
}

pub(crate) fn labels() -> Vec<Label> {
    vec![label("M"), label("P")]
}

/// A sentence's text and its marks.
pub(crate) fn marked(sentence: &str) -> (String, Vec<Span>) {
    let (mut text, mut spans) = (String::new(), Vec::new());
    for (at, part) in sentence.split(['[', ']']).enumerate() {
        match part.split_once(':').filter(|_| at % 2 == 1) {
            Some((name, part)) => {
                let start = text.len() as u32;
                text.push_str(part);
                spans.push(Span::new(start, text.len() as u32, label(name)).expect("a span"));
            }
            None => text.push_str(part),
        }
    }
    (text, spans)
}

pub(crate) fn examples(sentences: &[&str]) -> Vec<Example> {
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let example = |sentence: &&str| {
        let (text, spans) = marked(sentence);
        Example::new(Text::new(&tokenizer, &text), &spans, &labels())
    };
    sentences.iter().map(example).collect()
}

pub(crate) fn small() -> Shape {
    let tables = [("NORM", 300), ("SUFFIX", 200)].map(|(it, rows)| (it.to_owned(), rows));
    Shape { tables: tables.into(), width: 32, depth: 2, hidden: 16, ..Shape::default() }
}

pub(crate) fn blank() -> Start {
    let rules = Base::BlankEn.rules().expect("it has rules");
    Start::Tokens(Box::new(Pipeline::of_tokens("en", rules)), small())
}

/// What learns from examples.
pub(crate) fn learner(config: &Config, start: Start, examples: &[Example]) -> SpacyNer {
    let counts = count_tokens(&labels(), examples);
    SpacyNer::new(config, "base", start, &counts, &device::cpu()).expect("it can be learned")
}
