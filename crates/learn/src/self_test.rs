//! A tiny run on sentences of our own, to hold one device against another.

use corpus::{Label, Span};
use model::{Pipeline, Rules, Shape};
use tokenizer::Tokenizer;
use web_time::Instant;

use crate::batch::{Piece, pieces};
use crate::device::Device;
use crate::error::LearnError;
use crate::{Config, Example, Learner, SpacyNer, Start, Text, count_tokens};

/// The losses of a few steps of a small network on sentences that are always the same.
///
/// Two sound devices give nearly the same numbers. Every random draw is made on the host. And no
/// rounding tips a decision: where a model follows the moves it prefers, the smallest difference
/// may lead it elsewhere, so each word is a piece of its own here, to which the right moves lead.
/// The step size is small, too, since Adam's first steps ask for little but the sign of a slope.
pub async fn loss_trace(device: &Device, steps: usize) -> Result<Vec<f32>, LearnError> {
    let examples = examples(&SENTENCES);
    trace(&mut learner(&examples, small(), device)?, &examples, steps).await
}

/// Words that a device learns from in a second, on texts and a network of ordinary size.
///
/// It takes a second or two. The first steps are not counted, since a graphics card compiles its
/// programs in them; a device that is slow even at a few words is not asked for more.
pub async fn words_per_sec(device: &Device) -> Result<f64, LearnError> {
    const SLOW_SECS: f64 = 1.5;
    const SECS: f64 = 1.0;
    const MOST_STEPS: usize = 12;
    /// How often the sentences are repeated: to about 500 words, the middle of a batch's sizes.
    const REPEATS: usize = 16;

    let sentences = SENTENCES.join(" ");
    let examples = examples(&[&sentences, &[&*sentences; REPEATS].join(" ")]);
    let config = Config::spacy();
    let mut learner = learner(&examples, Shape::default(), device)?;
    let pieces = pieces(examples.iter().map(|it| &it.text), config.piece_tokens);
    let (few, many) = pieces.split_at(1);
    let words = |of: &[Piece]| of.iter().map(|it| f64::from(it.end - it.start)).sum::<f64>();
    learner.learn(&examples, few, config.learning_rate).await?;
    let start = Instant::now();
    learner.learn(&examples, few, config.learning_rate).await?;
    let secs = start.elapsed().as_secs_f64();
    if SLOW_SECS < secs {
        return Ok(words(few) / secs);
    }
    learner.learn(&examples, many, config.learning_rate).await?;
    let start = Instant::now();
    let mut n_words = 0.0;
    for _ in 0..MOST_STEPS {
        learner.learn(&examples, many, config.learning_rate).await?;
        n_words += words(many);
        if SECS < start.elapsed().as_secs_f64() {
            break;
        }
    }
    Ok(n_words / start.elapsed().as_secs_f64().max(1e-9))
}

/// Why two traces are not of the same computation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TraceError {
    /// The traces are of different lengths.
    #[error("the device stopped after {found} of {wanted} steps")]
    TooShort {
        /// Steps it did.
        found: usize,
        /// Steps it should have done.
        wanted: usize,
    },
    /// A loss is off.
    #[error("the device computes wrongly: its loss after step {step} is {found}, not {wanted}")]
    Differs {
        /// The step, from 1.
        step: usize,
        /// The device's loss.
        found: f32,
        /// The processor's.
        wanted: f32,
    },
}

/// Holds a device's trace against the processor's. Sums in another order drift apart slowly, so the
/// tolerance grows from 0.1 % in the first step to 3 %.
pub fn compare_traces(found: &[f32], wanted: &[f32]) -> Result<(), TraceError> {
    if found.len() < wanted.len() {
        return Err(TraceError::TooShort { found: found.len(), wanted: wanted.len() });
    }
    for (step, (&found, &wanted)) in (1..).zip(found.iter().zip(wanted)) {
        let tolerance = (0.001 * step as f32).min(0.03) * wanted.abs() + 1e-4;
        let is_close = (found - wanted).abs() <= tolerance;
        if !is_close {
            return Err(TraceError::Differs { step, found, wanted });
        }
    }
    Ok(())
}

/// Sentences of words; those in brackets are marked.
const SENTENCES: [&str; 4] = [
    "We coated [ gold nanorods ] with silica .",
    "[ Liposomes ] released the drug within two hours .",
    "Uptake of [ iron oxide nanoparticles ] was low .",
    "No toxicity was seen at this dose .",
];

/// The one label.
fn labels() -> [Label; 1] {
    [Label::new("Particle").expect("has letters")]
}

/// No rules: words are cut at blanks. The devices are tested, not the tokenizer.
fn tokens() -> Pipeline {
    Pipeline::of_tokens("en", Rules::default())
}

/// A network that is far smaller than the usual one.
fn small() -> Shape {
    let tables = [("NORM", 200), ("PREFIX", 50), ("SUFFIX", 100), ("SHAPE", 50)];
    let tables = tables.map(|(attr, rows)| (attr.to_owned(), rows)).into();
    Shape { tables, width: 16, depth: 2, hidden: 16, ..Shape::default() }
}

/// A learner that knows nothing yet.
fn learner(examples: &[Example], shape: Shape, device: &Device) -> Result<SpacyNer, LearnError> {
    let start = Start::Tokens(Box::new(tokens()), shape);
    let counts = count_tokens(&labels(), examples);
    SpacyNer::new(&Config::spacy(), "self-test", start, &counts, device)
}

/// The losses of some steps in which each word is a piece of its own.
async fn trace(
    learner: &mut SpacyNer,
    examples: &[Example],
    steps: usize,
) -> Result<Vec<f32>, LearnError> {
    const LEARNING_RATE: f64 = 0.003;

    let pieces = pieces(examples.iter().map(|it| &it.text), 1);
    // The first loss would say nothing of the device: all moves are as likely as others.
    learner.learn(examples, &pieces, LEARNING_RATE).await?;
    let mut losses = Vec::new();
    for _ in 0..steps {
        losses.push(learner.learn(examples, &pieces, LEARNING_RATE).await?);
    }
    Ok(losses)
}

fn examples(sentences: &[&str]) -> Vec<Example> {
    let tokenizer = Tokenizer::from_rules(&tokens().tokenizer).expect("no rule can be wrong");
    sentences.iter().map(|it| example(&tokenizer, it)).collect()
}

/// A sentence without its brackets, and what is marked in it.
fn example(tokenizer: &Tokenizer, sentence: &str) -> Example {
    let labels = labels();
    let (mut text, mut gold, mut open) = (String::new(), Vec::new(), 0);
    for word in sentence.split(' ') {
        match word {
            "[" => open = text.len() as u32,
            "]" => gold.extend(Span::new(open, text.len() as u32 - 1, labels[0].clone())),
            _ => {
                text.push_str(word);
                text.push(' ');
            }
        }
    }
    Example::new(Text::new(tokenizer, &text), &gold, &labels)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use model::Array;
    use random::Random;

    use super::*;
    use crate::device;

    const STEPS: usize = 8;

    fn block_on<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(it) => it,
            Poll::Pending => panic!("the processor does not wait"),
        }
    }

    #[test]
    fn filling_up_rows_changes_no_draw() {
        let [few, many] = [1, 64].map(|row_multiple| {
            let examples = examples(&SENTENCES);
            let mut learner = learner(&examples, small(), &device::cpu()).unwrap();
            learner.row_multiple = row_multiple;
            block_on(trace(&mut learner, &examples, STEPS)).unwrap()
        });
        for (few, many) in few.iter().zip(&many) {
            assert!((few - many).abs() < 1e-4, "{few} {many}");
        }
    }

    #[test]
    fn tiny_differences_stay_tiny() {
        const NOISE: f32 = 1e-5;

        let examples = examples(&SENTENCES);
        let wanted = block_on(loss_trace(&device::cpu(), STEPS)).unwrap();
        let learner = learner(&examples, small(), &device::cpu()).unwrap();
        let model = block_on(learner.model()).unwrap();
        for seed in 0..20 {
            let mut random = Random::new(seed, 0);
            let mut model = model.clone();
            let weights = model.arrays.values_mut().flat_map(Array::values_mut);
            weights.for_each(|it| *it *= 1.0 + random.uniform(NOISE));
            let start = Start::Tokens(Box::new(tokens()), small());
            let learner = SpacyNer::resume(&Config::spacy(), &model, start, &device::cpu());
            let found = block_on(trace(&mut learner.unwrap(), &examples, STEPS)).unwrap();
            assert_ne!(found, wanted);
            assert_eq!(compare_traces(&found, &wanted), Ok(()));
        }
    }
}
