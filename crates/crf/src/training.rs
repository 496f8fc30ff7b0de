use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use corpus::Label;

use crate::check::{Findings, check, conv_epochs, linear_epochs};
use crate::company::words;
use crate::course::{Course, Lesson};
use crate::error::TrainError;
use crate::example::{Example, Piece, cut, cut_example};
use crate::lattice::Target;
use crate::material::Material;
use crate::member::Member;
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

/// How many raw sentences the members teach each other with.
const RAW: usize = 1500;

async fn run(input: Input, pace: Pace) -> Model {
    let labelled: BTreeSet<Arc<str>> = input.examples.iter().map(|it| it.text.clone()).collect();
    let texts: BTreeSet<Arc<str>> = input.raw.iter().chain(&labelled).cloned().collect();
    let texts: Vec<Arc<str>> = texts.into_iter().collect();
    let words = words(&texts, &pace).await;
    let mut material = Material::default();
    for piece in input.examples.iter().flat_map(|it| cut_example(it, &input.labels)) {
        material.add(&piece, &words);
        material.gold.push(piece.gold);
        pace.spend(piece.tokens.len() as u64 * 10_000).await;
    }
    let mut raw: Vec<Piece> =
        texts.iter().filter(|it| !labelled.contains(*it)).flat_map(cut).collect();
    Random::new(input.seed, 3).shuffle(&mut raw);
    raw.truncate(RAW);
    for piece in &raw {
        material.add(piece, &words);
        pace.spend(piece.tokens.len() as u64 * 10_000).await;
    }
    let tags = Tags::new(input.labels.len());
    let course = Course { material, words, tags, seed: input.seed, pace };
    let targets = course.material.targets();
    let findings = check(&course, &targets).await;
    let (members, threshold, shift) = members(&course, &targets, findings).await;
    Model {
        labels: input.labels,
        words: course.words,
        rows: course.material.rows,
        members,
        threshold,
        shift,
    }
}

/// Trains the members of the model.
async fn members(
    course: &Course,
    targets: &[Target],
    findings: Findings,
) -> (Vec<(f32, Member)>, f32, f32) {
    let n = course.material.n_labelled();
    let n_raw = course.material.sentences.len() - n;
    let labelled: Vec<usize> = (0..n).collect();
    let lesson = |stream, epochs, stage, share| Lesson {
        sentences: &labelled,
        targets,
        epochs,
        stream,
        stage,
        share,
    };
    let it = lesson(1, linear_epochs(n), Stage::Linear, (0.0, 1.0));
    let linear = course.linear(&it, findings.penalty).await;
    if !findings.convs {
        return (vec![(1.0, linear)], findings.threshold, findings.shift);
    }
    let first = course.conv(&lesson(2, conv_epochs(n), Stage::Teachers, (0.0, 0.5))).await;
    let second = course.conv(&lesson(3, conv_epochs(n), Stage::Teachers, (0.5, 1.0))).await;
    let mut teachers = vec![(0.5, linear), (0.25, first), (0.25, second)];
    let rounds = if n_raw < 100 { 0 } else { 2 };
    for round in 1..=rounds {
        let borrowed: Vec<(f32, &Member)> = teachers.iter().map(|(w, it)| (*w, it)).collect();
        let soft = course.teach(&borrowed, n..n + n_raw).await;
        let targets = [targets, &soft].concat();
        let all: Vec<usize> = (0..n + n_raw).collect();
        let stage = Stage::Round(round);
        let lesson = |stream, epochs, share| Lesson {
            sentences: &all,
            targets: &targets,
            epochs,
            stream,
            stage,
            share,
        };
        let stream = 10 * u64::from(round);
        let linear = course.linear(&lesson(stream, 8, (0.0, 0.2)), findings.penalty).await;
        let conv = course.conv(&lesson(stream + 1, 6, (0.2, 1.0))).await;
        teachers = vec![(0.5, linear), (0.5, conv)];
    }
    let threshold = if n < 200 { 0.25 } else { 0.3 };
    (teachers, threshold, 0.0)
}
