use std::collections::BTreeSet;
use std::sync::Arc;

use corpus::Label;

use crate::check::{Findings, Judged, check, conv_epochs, linear_epochs};
use crate::company::words;
use crate::course::{Course, Lesson};
use crate::error::TrainError;
use crate::example::{Example, cut, cut_example};
use crate::lattice::Target;
use crate::linear::Penalty;
use crate::material::Material;
use crate::member::Member;
use crate::model::Model;
use crate::pace::{Pace, Stage};
use crate::tags::{MOST_LABELS, Right, Tags};
use crate::vectors::Vectors;
use crate::words::Words;
use crate::work::Work;
use random::Random;

/// What a training learns from.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What is told apart.
    pub labels: Vec<Label>,
    /// Texts with all their spans.
    pub examples: Vec<Example>,
    /// Texts of the project without their spans; the examples' texts may be among them.
    pub raw: Vec<Arc<str>>,
    /// Vectors from elsewhere for the words of these texts; without any, only the texts say
    /// something of them.
    pub vectors: Vectors,
    /// What [`read_words`] made of the raw texts, the examples' texts and the vectors. Without it
    /// the training begins with that.
    pub words: Option<Arc<Words>>,
    /// Examples that say when to stop. Nothing else is learned from them.
    pub dev: Vec<Example>,
    /// Other seeds give other models of the same worth.
    pub seed: u64,
}

impl Input {
    /// Whether something can be learned.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let n = self.labels.len();
        if n == 0 {
            return Err(TrainError::NoLabels);
        }
        if MOST_LABELS < n {
            return Err(TrainError::TooManyLabels { n, most: MOST_LABELS });
        }
        let pieces = || self.examples.iter().flat_map(|it| cut_example(it, &self.labels));
        if pieces().all(|it| it.is_unread()) {
            return Err(TrainError::NoTexts);
        }
        if pieces().all(|it| it.right.spans.is_empty()) {
            return Err(TrainError::NoMarks);
        }
        Ok(())
    }
}

/// Reads what the texts, and vectors from elsewhere, say about words. A text that comes twice counts
/// once.
pub fn read_words(texts: impl IntoIterator<Item = Arc<str>>, vectors: Vectors) -> Work<Arc<Words>> {
    let pace = Pace::default();
    let texts: Vec<Arc<str>> = BTreeSet::from_iter(texts).into_iter().collect();
    Work::new(pace.clone(), async move { Arc::new(words(&texts, &vectors, &pace).await) })
}

/// Trains a model. The same input gives the same model, whatever the machine.
pub fn train(input: Input) -> Result<Work<Model>, TrainError> {
    input.check()?;
    let pace = Pace::default();
    Ok(Work::new(pace.clone(), run(input, pace)))
}

/// How many raw sentences the members teach each other with.
const RAW: usize = 1500;

/// With fewer raw texts, members do not teach each other.
const LEAST_RAW: usize = 100;

async fn run(input: Input, pace: Pace) -> Model {
    let labelled: BTreeSet<Arc<str>> = input.examples.iter().map(|it| it.text.clone()).collect();
    let texts: BTreeSet<Arc<str>> = input.raw.iter().chain(&labelled).cloned().collect();
    let texts: Vec<Arc<str>> = texts.into_iter().collect();
    let words = match input.words {
        Some(words) => words,
        None => Arc::new(words(&texts, &input.vectors, &pace).await),
    };
    let mut material = Material::default();
    let mut unread = Vec::new();
    for piece in input.examples.iter().flat_map(|it| cut_example(it, &input.labels)) {
        if piece.is_unread() {
            unread.push(piece);
            continue;
        }
        material.add(&piece, &words);
        pace.spend(piece.tokens.len() as u64 * 10_000).await;
        material.right.push(piece.right);
    }
    let mut raw: Vec<&Arc<str>> = texts.iter().filter(|it| !labelled.contains(*it)).collect();
    Random::new(input.seed, 3).shuffle(&mut raw);
    if LEAST_RAW <= raw.len() {
        let raw = unread.into_iter().chain(raw.into_iter().flat_map(cut));
        for piece in raw.take(RAW) {
            material.add(&piece, &words);
            pace.spend(piece.tokens.len() as u64 * 10_000).await;
        }
    }
    let n_raw = material.sentences.len() - material.n_labelled();
    let mut dev = Vec::new();
    for piece in input.dev.iter().flat_map(|it| cut_example(it, &input.labels)) {
        material.add_unseen(&piece, &words);
        pace.spend(piece.tokens.len() as u64 * 10_000).await;
        dev.push(piece.right);
    }
    let tags = Tags::new(input.labels.len());
    let course = Course { material, words, tags, seed: input.seed, pace };
    let targets = course.material.targets();
    let findings = course.pace.unless_stopped(check(&course, &targets)).await;
    let findings = findings.unwrap_or_else(|| Findings::unchecked(course.material.n_labelled()));
    let lessons = Lessons { course: &course, targets: &targets, findings, n_raw, dev: &dev };
    let team = lessons.run().await;
    course.pace.report(Stage::Packing, 0.0);
    Model {
        labels: input.labels.into(),
        words: course.words,
        rows: course.material.rows,
        members: team.members,
        threshold: team.threshold,
        shift: team.shift,
    }
    .packed(&course.pace)
    .await
}

/// How probable a team must hold a span to predict it. The more it learned from, the less timid it
/// is.
fn team_threshold(n_sentences: usize) -> f32 {
    match n_sentences {
        0..600 => 0.2,
        600..2000 => 0.25,
        _ => 0.3,
    }
}

/// The penalty of a linear member that is taught: its teachers are cautious already.
const TAUGHT: Penalty = Penalty { l2: 0.01, l1: 0.0, silent: 0.0 };

/// Members that predict together.
#[derive(Clone)]
struct Team {
    /// With their weights, which sum to 1.
    members: Vec<(f32, Member)>,
    threshold: f32,
    shift: f32,
}

impl Team {
    fn borrowed(&self) -> Vec<(f32, &Member)> {
        self.members.iter().map(|(weight, it)| (*weight, it)).collect()
    }
}

/// From the linear member to the last round, as far as it helps.
struct Lessons<'a> {
    course: &'a Course,
    targets: &'a [Target],
    findings: Findings,
    n_raw: usize,
    /// What is right of the sentences that say when to stop; these come last in the material.
    dev: &'a [Right],
}

impl Lessons<'_> {
    async fn run(&self) -> Team {
        let mut best = self.linear().await;
        if !self.findings.convs {
            self.judge(&best).await;
            return best;
        }
        let mut best_f1 = self.judge(&best).await;
        let mut team = best.clone();
        let rounds = if self.n_raw == 0 { 0 } else { 2 };
        for round in 0..=rounds {
            let next = async {
                match round {
                    0 => self.teachers(&team).await,
                    _ => self.round(round, &team).await,
                }
            };
            let Some(next) = self.course.pace.unless_stopped(next).await else { break };
            team = next;
            let f1 = self.judge(&team).await;
            if best_f1 <= f1 {
                (best, best_f1) = (team.clone(), f1);
            }
            // Less than that is chance.
            if f1 < best_f1 - 0.01 {
                break;
            }
        }
        best
    }

    fn n(&self) -> usize {
        self.course.material.n_labelled()
    }

    /// F1 on the sentences that say when to stop; without any, all are as good.
    async fn judge(&self, team: &Team) -> f32 {
        if self.dev.is_empty() {
            self.course.pace.judged(None);
            return 0.0;
        }
        let first = self.n() + self.n_raw;
        let sentences: Vec<usize> = (first..first + self.dev.len()).collect();
        let mut judged = Judged::default();
        judged.add(self.course.judge(&team.borrowed(), &sentences).await, self.dev.to_vec());
        let f1 = judged.f1(team.threshold);
        self.course.pace.judged(Some(f1));
        f1
    }

    async fn linear(&self) -> Team {
        let sentences: Vec<usize> = (0..self.n()).collect();
        let first = Lesson {
            epochs: linear_epochs(self.n()),
            stream: 1,
            ..lesson(&sentences, self.targets, Stage::Linear)
        };
        let linear = self.course.linear(&first, self.findings.penalty).await;
        let Findings { threshold, shift, .. } = self.findings;
        Team { members: vec![(1.0, linear)], threshold, shift }
    }

    async fn teachers(&self, linear: &Team) -> Team {
        let sentences: Vec<usize> = (0..self.n()).collect();
        let one = |stream, share| Lesson {
            epochs: conv_epochs(self.n()),
            stream,
            share,
            ..lesson(&sentences, self.targets, Stage::Teachers)
        };
        let first = self.course.conv(&one(2, (0.0, 0.5))).await;
        let second = self.course.conv(&one(3, (0.5, 1.0))).await;
        let linear = linear.members[0].1.clone();
        self.team(vec![(0.5, linear), (0.25, first), (0.25, second)])
    }

    /// New members, which learn what a team holds probable of the raw sentences.
    async fn round(&self, round: u8, team: &Team) -> Team {
        let n = self.n();
        let soft = self.course.teach(&team.borrowed(), n..n + self.n_raw).await;
        let targets = [self.targets, &soft].concat();
        let sentences: Vec<usize> = (0..n + self.n_raw).collect();
        let one = |stream, epochs, share| Lesson {
            epochs,
            stream: 10 * u64::from(round) + stream,
            share,
            ..lesson(&sentences, &targets, Stage::Round(round))
        };
        let linear = self.course.linear(&one(0, 8, (0.0, 0.2)), TAUGHT).await;
        let conv = self.course.conv(&one(1, 6, (0.2, 1.0))).await;
        self.team(vec![(0.5, linear), (0.5, conv)])
    }

    fn team(&self, members: Vec<(f32, Member)>) -> Team {
        Team { members, threshold: team_threshold(self.n()), shift: self.findings.team_shift }
    }
}

/// A whole stage for one member.
fn lesson<'a>(sentences: &'a [usize], targets: &'a [Target], stage: Stage) -> Lesson<'a> {
    Lesson { sentences, targets, epochs: 0, stream: 0, stage, share: (0.0, 1.0) }
}
