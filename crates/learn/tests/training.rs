//! Small runs on sentences of our own.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use corpus::{Label, Span};
use learn::{
    Config, Evaluation, Example, HashEmbedCnn, LearnError, Predictor, Progress, Stop, Text,
    TraceError, Training, Unlearned, compare_traces, device, loss_trace,
};
use model::Model;
use scorer::Scores;
use tokenizer::{Base, Tokenizer};

const SENTENCES: [&str; 10] = [
    "[P:Gold nanorods] were coated with [M:silica].",
    "We gave [P:liposomes] to mice 🐁 with tumours.",
    "Uptake of [P:iron oxide nanoparticles] was low.",
    "No toxicity was seen at this dose.",
    "[M:Chitosan] kept the [P:quantum dots] apart.",
    "Cells were fixed\n\nand stained for an hour.",
    "The shell of [M:polyethylene glycol] was thin.",
    "[P:Silver nanoparticles] in [M:alginate] killed bacteria.",
    "Mice were weighed every day.",
    "[P:Dendrimers] crossed the barrier.",
];

fn label(name: &str) -> Label {
    Label::new(name).unwrap()
}

/// A text in which `[P:…]` and `[M:…]` are marked, and its spans.
fn marked(sentence: &str) -> (String, Vec<Span>) {
    let (mut text, mut spans) = (String::new(), Vec::new());
    for (at, part) in sentence.split(['[', ']']).enumerate() {
        match part.split_once(':').filter(|_| at % 2 == 1) {
            Some((name, part)) => {
                let start = text.len() as u32;
                text.push_str(part);
                spans.push(Span::new(start, text.len() as u32, label(name)).unwrap());
            }
            None => text.push_str(part),
        }
    }
    (text, spans)
}

fn examples(sentences: &[&str]) -> Vec<Example> {
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let example = |sentence: &&str| {
        let (text, spans) = marked(sentence);
        Example::new(Text::new(&tokenizer, &text), &spans, &[label("M"), label("P")])
    };
    sentences.iter().map(example).collect()
}

fn small() -> Config {
    Config { width: 32, depth: 2, rows: [500, 100, 200, 100], dropout: 0.1, ..Config::default() }
}

fn training(config: Config, train: &[&str], dev: &[&str]) -> Training<HashEmbedCnn> {
    let labels = [label("M"), label("P")];
    let learner = HashEmbedCnn::new(&config, "blank:en", &labels, &device::cpu());
    Training::new(learner, config, &labels, examples(train), examples(dev)).unwrap()
}

/// Goes on to the end.
fn run(training: &mut Training<HashEmbedCnn>) -> (Stop, Model) {
    loop {
        if let Progress::Done(why) = block_on(training.step()).unwrap() {
            return (why, training.best().expect("a run ends with a model").1.clone());
        }
    }
}

fn predict(model: &Model, examples: &[Example]) -> Vec<Vec<(Span, f32)>> {
    let predictor = Predictor::new(model, &device::cpu()).unwrap();
    let texts: Vec<&Text> = examples.iter().map(|it| &it.text).collect();
    let found = block_on(predictor.predict(&texts)).unwrap();
    let pair = |it: learn::Scored| (it.span, it.probability);
    found.into_iter().map(|it| it.into_iter().map(pair).collect()).collect()
}

/// What does not depend on the clock.
fn numbers(evaluations: &[Evaluation]) -> Vec<Evaluation> {
    evaluations.iter().map(|it| Evaluation { secs: 0.0, words_per_sec: 0.0, ..*it }).collect()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return it;
        }
    }
}

#[test]
fn ten_sentences_are_learned_by_heart() {
    let config = Config { epochs: 40, learning_rate: 0.003, patience: 40, ..small() };
    let mut training = training(config, &SENTENCES, &SENTENCES);
    let (_, model) = run(&mut training);
    let examples = examples(&SENTENCES);
    let mut scores = Scores::default();
    for (example, found) in examples.iter().zip(predict(&model, &examples)) {
        scores.add(&example.gold, found.iter().map(|it| &it.0));
    }
    assert_eq!(scores.micro.hits, 10);
    assert!((scores.micro.f1() - 1.0).abs() < 1e-9, "{scores:?}");
}

#[test]
fn a_seed_gives_one_run() {
    let trace = |seed| {
        let config = Config { epochs: 3, seed, ..small() };
        let mut training = training(config, &SENTENCES[..6], &SENTENCES[6..]);
        let model = run(&mut training).1;
        (numbers(training.evaluations()), model)
    };
    assert_eq!(trace(5), trace(5));
    assert_ne!(trace(5).0, trace(6).0);
}

#[test]
fn without_dev_texts_the_last_model_is_kept() {
    let config = Config { epochs: 3, patience: 1, ..small() };
    let mut training = training(config, &SENTENCES, &[]);
    assert_eq!(run(&mut training).0, Stop::Epochs);
    assert_eq!(training.best().unwrap().0, 2);
    assert!(training.evaluations().iter().all(|it| it.dev_f1.is_none() && it.is_best));
}

#[test]
fn patience_and_time_end_a_run() {
    // A step size of nothing never gets better.
    let config = Config { learning_rate: 0.0, patience: 2, ..small() };
    let mut stuck = training(config, &SENTENCES[..6], &SENTENCES[6..]);
    assert_eq!(run(&mut stuck).0, Stop::Patience);
    assert_eq!(stuck.evaluations().len(), 3);
    let config = Config { max_secs: Some(0.0), ..small() };
    let mut late = training(config, &SENTENCES[..6], &SENTENCES[6..]);
    assert_eq!(run(&mut late).0, Stop::Time);
}

#[test]
fn a_stored_model_predicts_the_same_and_is_learned_on() {
    let config = Config { epochs: 12, learning_rate: 0.003, ..small() };
    let (_, model) = run(&mut training(config.clone(), &SENTENCES, &[]));
    let examples = examples(&SENTENCES);
    let learner = HashEmbedCnn::resume(&config, &model, &device::cpu()).unwrap();
    let resumed = block_on(learn::Learner::model(&learner)).unwrap();
    assert_eq!(resumed, model);
    let before = predict(&model, &examples);
    assert!(before.iter().flatten().count() > 0);
    assert_eq!(predict(&resumed, &examples), before);
    let labels = [label("M"), label("P")];
    let config = Config { epochs: 1, learning_rate: 1e-5, ..config };
    let mut on = Training::new(learner, config, &labels, examples, vec![]).unwrap();
    run(&mut on);
    let loss = on.evaluations()[0].train_loss;
    assert!(loss < 0.5, "a new model starts at {}, this one at {loss}", 9f32.ln());
}

#[test]
fn an_interrupted_run_is_resumed() {
    let config = Config { epochs: 4, ..small() };
    let mut first = training(config.clone(), &SENTENCES[..6], &SENTENCES[6..]);
    while first.evaluations().len() < 2 {
        block_on(first.step()).unwrap();
    }
    let checkpoint = block_on(first.model()).unwrap();
    let best = first.best().map(|(at, model)| (at, model.clone()));
    let done = first.evaluations().to_vec();

    let labels = [label("M"), label("P")];
    let learner = HashEmbedCnn::resume(&config, &checkpoint, &device::cpu()).unwrap();
    let (train, dev) = (examples(&SENTENCES[..6]), examples(&SENTENCES[6..]));
    let resumed = Training::new(learner, config, &labels, train, dev).unwrap();
    let mut resumed = resumed.after(done.clone(), best, 100.0);
    run(&mut resumed);
    assert_eq!(resumed.evaluations()[..2], done);
    assert_eq!(resumed.evaluations().len(), 4);
    assert!(resumed.evaluations()[2].train_loss < done[1].train_loss);
    assert!(100.0 <= resumed.secs());
}

#[test]
fn a_run_that_is_stopped_has_a_model() {
    let mut training = training(small(), &SENTENCES, &SENTENCES);
    block_on(training.step()).unwrap();
    training.stop();
    assert_eq!(run(&mut training).0, Stop::Asked);
    assert_eq!(training.evaluations().len(), 1);
}

#[test]
fn a_text_is_predicted_alike_alone_in_company_and_in_pieces() {
    let config = Config { epochs: 12, learning_rate: 0.003, ..small() };
    let (_, model) = run(&mut training(config, &SENTENCES, &[]));
    let long = SENTENCES.join(" ").repeat(20);
    let mut sentences = SENTENCES.to_vec();
    sentences.insert(3, &long);
    let texts = examples(&sentences);
    let together = predict(&model, &texts);
    for (text, found) in texts.iter().zip(&together) {
        let alone = &predict(&model, std::slice::from_ref(text))[0];
        assert_eq!(alone.len(), found.len());
        for (alone, found) in alone.iter().zip(found) {
            assert_eq!(alone.0, found.0);
            assert!((alone.1 - found.1).abs() < 1e-4);
        }
    }
    assert!(together[3].len() > 20);
}

#[test]
fn what_cannot_be_learned_is_said() {
    let unlearned = examples(&["[P:Gold] na[P:norods]"])[0].unlearned;
    assert_eq!(unlearned, Unlearned { off_tokens: 1, overlapping: 0 });

    let labels = [label("P"), label("Virus")];
    let learner = HashEmbedCnn::new(&small(), "blank:en", &labels, &device::cpu());
    let err = Training::new(learner, small(), &labels, examples(&SENTENCES), vec![]).err().unwrap();
    assert_eq!(
        err.to_string(),
        "no training text has a mark of Virus: mark some, or leave the label out"
    );
    let learner = HashEmbedCnn::new(&small(), "blank:en", &labels, &device::cpu());
    let err = Training::new(learner, small(), &labels, vec![], vec![]).err().unwrap();
    assert!(matches!(err, LearnError::NoTexts));
}

#[test]
fn a_model_of_another_plan_is_refused() {
    let (_, mut model) = run(&mut training(Config { epochs: 1, ..small() }, &SENTENCES, &[]));
    model.architecture.version += 1;
    let err = Predictor::new(&model, &device::cpu()).err().unwrap();
    assert!(err.to_string().contains("version 2"), "{err}");
}

#[test]
fn traces_tell_a_sound_device_from_a_faulty_one() {
    let trace = block_on(loss_trace(&device::cpu(), 8)).unwrap();
    assert!(trace[7] < trace[0] * 0.7, "{trace:?}");
    assert_eq!(compare_traces(&trace, &trace), Ok(()));
    let mut faulty = trace.clone();
    faulty[2] *= 1.05;
    assert!(matches!(compare_traces(&faulty, &trace), Err(TraceError::Differs { step: 3, .. })));
    faulty[0] = f32::NAN;
    assert!(matches!(compare_traces(&faulty, &trace), Err(TraceError::Differs { step: 1, .. })));
}
