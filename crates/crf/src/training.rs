use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use corpus::Label;

use crate::company::words;
use crate::error::TrainError;
use crate::example::{Example, Piece, cut, cut_example};
use crate::linear::{LinearFit, Penalty};
use crate::material::Material;
use crate::model::Model;
use crate::pace::{Pace, Progress, Stage};
use crate::random::Random;
use crate::tags::Tags;

/// What a training learns from.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What is told apart.
    pub labels: Vec<Label>,
    /// Texts with all their spans.
    pub examples: Vec<Example>,
    /// Texts of the project without their spans; the examples' texts may be among them.
    pub raw: Vec<Arc<str>>,
    /// Examples that the training is stopped by. Nothing is learned from them.
    pub dev: Vec<Example>,
    /// Other seeds give other models of the same worth.
    pub seed: u64,
}

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// There is more to do.
    Working(Progress),
    /// The model is trained.
    Done(Box<Model>),
}

/// A training that goes on a few milliseconds at a time.
pub struct Training {
    work: Pin<Box<dyn Future<Output = Model>>>,
    pace: Pace,
}

impl Training {
    /// Prepares to learn.
    pub fn new(input: Input) -> Result<Self, TrainError> {
        if input.labels.is_empty() {
            return Err(TrainError::NoLabels);
        }
        let pace = Pace::default();
        let work = Box::pin(run(input, pace.clone()));
        Ok(Self { work, pace })
    }

    /// Goes on for a few milliseconds. Must not be called again once it is done.
    pub fn step(&mut self) -> Step {
        match self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Step::Working(self.pace.progress()),
            Poll::Ready(model) => Step::Done(Box::new(model)),
        }
    }
}

async fn run(input: Input, pace: Pace) -> Model {
    let labelled: BTreeSet<Arc<str>> = input.examples.iter().map(|it| it.text.clone()).collect();
    let texts: BTreeSet<Arc<str>> = input.raw.iter().chain(&labelled).cloned().collect();
    let texts: Vec<Arc<str>> = texts.into_iter().collect();
    let words = words(&texts, &pace).await;
    let pieces: Vec<Piece> =
        input.examples.iter().flat_map(|it| cut_example(it, &input.labels)).collect();
    let mut material = Material::default();
    for piece in &pieces {
        material.add(piece, &words);
        material.gold.push(piece.gold.clone());
        pace.spend(piece.tokens.len() as u64 * 5000).await;
    }
    let tags = Tags::new(input.labels.len());
    let mut fit = LinearFit::new(tags, material.rows.len(), Penalty { l2: 0.03, l1: 0.0 });
    let targets = material.targets();
    let mut random = Random::new(input.seed, 1);
    let mut order: Vec<usize> = (0..targets.len()).collect();
    let epochs = 20;
    let total = (epochs * order.len()) as f32;
    let mut done = 0;
    for _ in 0..epochs {
        random.shuffle(&mut order);
        for batch in order.chunks(4) {
            let rate = 1.0 - 0.98 * done as f32 / total;
            done += batch.len();
            let batch = batch.iter().map(|it| (&material.sentences[*it], &targets[*it]));
            fit.learn(&material.lexicon, batch, rate);
            pace.report(Stage::Linear, done as f32 / total);
            pace.spend(400_000).await;
        }
    }
    Model {
        labels: input.labels,
        words,
        rows: material.rows,
        linear: fit.linear,
        threshold: 0.15,
        shift: 0.0,
    }
}
