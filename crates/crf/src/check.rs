//! What suits the texts, found by training on parts of them and judging the others: which members,
//! which penalty, which threshold.

use crate::course::{Course, Lesson};
use crate::lattice::Target;
use crate::linear::Penalty;
use crate::numbers::{logit, sigmoid};
use crate::pace::Stage;
use crate::random::Random;
use crate::spans::{Candidate, choose};
use crate::tags::TokenSpan;

/// What members made of sentences that they had not learned, and what is right.
#[derive(Default)]
pub(crate) struct Judged {
    found: Vec<Vec<Candidate>>,
    gold: Vec<Vec<TokenSpan>>,
}

impl Judged {
    pub(crate) fn add(&mut self, found: Vec<Vec<Candidate>>, gold: Vec<Vec<TokenSpan>>) {
        self.found.extend(found);
        self.gold.extend(gold);
    }

    /// F1 of what is more probable than a threshold, 0 to 1.
    pub(crate) fn f1(&self, threshold: f32) -> f32 {
        let (mut hits, mut all) = (0, 0);
        for (found, gold) in self.found.iter().zip(&self.gold) {
            let chosen = choose(found.clone(), threshold);
            hits += chosen.iter().filter(|it| gold.contains(&it.span)).count();
            all += chosen.len() + gold.len();
        }
        if all == 0 { 0.0 } else { 2.0 * hits as f32 / all as f32 }
    }

    /// The best F1 of all thresholds.
    pub(crate) fn best(&self) -> f32 {
        THRESHOLDS.iter().map(|it| self.f1(*it)).fold(0.0, f32::max)
    }

    /// The lowest threshold that is as good as the best one but for chance. Members that saw few
    /// spans are too timid elsewhere, rather than too bold.
    pub(crate) fn threshold(&self) -> f32 {
        let n: usize = self.gold.iter().map(Vec::len).sum();
        let least = self.best() - 0.3 / (n.max(1) as f32).sqrt();
        THRESHOLDS.into_iter().rfind(|it| least <= self.f1(*it)).unwrap_or(0.25)
    }

    /// What to add to the logits of probabilities, so that they sum to the number of spans that
    /// are right.
    pub(crate) fn shift(&self) -> f32 {
        let mut probabilities = Vec::new();
        let mut right = 0.0;
        for (found, gold) in self.found.iter().zip(&self.gold) {
            probabilities.extend(found.iter().map(|it| logit(it.probability)));
            right += found.iter().filter(|it| gold.contains(&it.span)).count() as f32;
        }
        let (mut low, mut high) = (-2.0f32, 2.0f32);
        for _ in 0..20 {
            let shift = 0.5 * (low + high);
            let sum: f32 = probabilities.iter().map(|it| sigmoid(it + shift)).sum();
            if sum < right { low = shift } else { high = shift }
        }
        0.5 * (low + high)
    }
}

const THRESHOLDS: [f32; 10] = [0.35, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.04];

/// Up to so many sentences are few.
const FEW: usize = 400;

/// What was found to suit the texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Findings {
    /// Whether convolutional members help, and raw text with them.
    pub(crate) convs: bool,
    pub(crate) penalty: Penalty,
    /// Threshold and shift of the linear member alone.
    pub(crate) threshold: f32,
    pub(crate) shift: f32,
    /// Shift of several members together.
    pub(crate) team_shift: f32,
}

/// How members learn for a number of labelled sentences.
pub(crate) fn conv_epochs(n_sentences: usize) -> usize {
    match n_sentences {
        0..200 => 40,
        200..600 => 25,
        600..2000 => 15,
        _ => 8,
    }
}

/// How often the linear member reads all sentences.
pub(crate) fn linear_epochs(n_sentences: usize) -> usize {
    if n_sentences <= 1000 { 20 } else { 12 }
}

/// The linear member's penalty when weights need not be few.
pub(crate) fn penalty(n_sentences: usize) -> Penalty {
    let l2 = match n_sentences {
        0..=FEW => 0.03,
        401..=1500 => 0.02,
        _ => 0.01,
    };
    Penalty { l2, l1: 0.0 }
}

/// The same with few weights, for many labels with few spans.
fn sparse_penalty(n_sentences: usize) -> Penalty {
    Penalty { l2: 0.03, l1: if n_sentences <= FEW { 0.01 } else { 0.003 } }
}

/// Tries members on held-out parts of the labelled sentences.
pub(crate) async fn check(course: &Course, targets: &[Target]) -> Findings {
    let n = course.material.n_labelled();
    let folds = folds(n, course.seed);
    let mut choices = [penalty(n), sparse_penalty(n)].map(|it| (it, Judged::default()));
    let steps = (folds.len() * choices.len()) as f32;
    let mut done = 0.0;
    for (held, kept) in &folds {
        for (penalty, judged) in &mut choices {
            let share = (0.4 * done / steps, 0.4 * (done + 1.0) / steps);
            done += 1.0;
            let lesson = lesson(targets, kept, linear_epochs(n), share);
            let member = course.linear(&lesson, *penalty).await;
            judged.add(course.judge(&[(1.0, &member)], held).await, gold(course, held));
        }
    }
    let [dense, sparse] = choices;
    // Without convolutional members, few labelled spans ask for few weights.
    let few = n <= FEW || dense.1.best() < sparse.1.best();
    let (penalty, linear) = if few { sparse } else { dense };
    let mut findings = Findings {
        convs: false,
        penalty,
        threshold: linear.threshold(),
        shift: linear.shift(),
        team_shift: 0.0,
    };
    if linear.best() < 0.35 {
        return findings;
    }
    let (mut alone, mut both, mut conv) = (Judged::default(), Judged::default(), Judged::default());
    let folds = &folds[..folds.len().min(2)];
    for (at, (held, kept)) in folds.iter().enumerate() {
        let step = 0.6 / folds.len() as f32;
        let from = 0.4 + at as f32 * step;
        let linear =
            course.linear(&lesson(targets, kept, linear_epochs(n), (from, from)), penalty).await;
        let lesson = lesson(targets, kept, conv_epochs(n), (from, from + step));
        let it = course.conv(&lesson).await;
        alone.add(course.judge(&[(1.0, &linear)], held).await, gold(course, held));
        conv.add(course.judge(&[(1.0, &it)], held).await, gold(course, held));
        let members = [(0.5, &linear), (0.5, &it)];
        both.add(course.judge(&members, held).await, gold(course, held));
    }
    findings.convs = 0.40 <= both.best() && alone.best() <= conv.best() + 0.04;
    findings.team_shift = both.shift();
    if findings.convs {
        findings.penalty = self::penalty(n);
    }
    findings
}

fn gold(course: &Course, sentences: &[usize]) -> Vec<Vec<TokenSpan>> {
    sentences.iter().map(|it| course.material.gold[*it].clone()).collect()
}

fn lesson<'a>(
    targets: &'a [Target],
    sentences: &'a [usize],
    epochs: usize,
    share: (f32, f32),
) -> Lesson<'a> {
    Lesson { sentences, targets, epochs, stream: 90, stage: Stage::Check, share }
}

/// Parts of the sentences: those held out, and the others. Four parts of few sentences, three of
/// more; of many, only a fifth is held out, once.
fn folds(n: usize, seed: u64) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut order: Vec<usize> = (0..n).collect();
    Random::new(seed, 91).shuffle(&mut order);
    let (parts, used) = match n {
        0..=FEW => (4.min(n), 4.min(n)),
        401..=1500 => (3, 3),
        _ => (5, 1),
    };
    (0..used)
        .map(|part| {
            let (held, kept): (Vec<_>, Vec<_>) =
                order.iter().enumerate().partition(|(at, _)| at % parts == part);
            let numbers = |it: Vec<(usize, &usize)>| it.into_iter().map(|it| *it.1).collect();
            (numbers(held), numbers(kept))
        })
        .filter(|(_, kept): &(Vec<usize>, Vec<usize>)| !kept.is_empty())
        .collect()
}
