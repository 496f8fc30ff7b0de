//! What suits the texts, found by training on parts of them and judging the others: which members,
//! which penalty, which threshold.

use crate::course::{Course, Lesson};
use crate::lattice::Target;
use crate::linear::Penalty;
use crate::numbers::{logit, sigmoid};
use crate::pace::{Pace, Stage};
use crate::spans::{Candidate, choose};
use crate::tags::{Right, TokenSpan};
use random::Random;

/// What members made of sentences that they had not learned, and what is right.
#[derive(Default)]
pub(crate) struct Judged {
    found: Vec<Vec<Candidate>>,
    gold: Vec<Vec<TokenSpan>>,
}

impl Judged {
    /// Adds sentences. What is found where nobody looked is left out.
    pub(crate) fn add(&mut self, found: Vec<Vec<Candidate>>, right: Vec<Right>) {
        for (mut found, right) in found.into_iter().zip(right) {
            found.retain(|it| right.judges(&it.span));
            self.found.push(found);
            self.gold.push(right.spans);
        }
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

    /// F1 by threshold.
    async fn curve(&self, pace: &Pace) -> Curve {
        let mut f1 = [0.0; THRESHOLDS.len()];
        for (f1, threshold) in f1.iter_mut().zip(THRESHOLDS) {
            *f1 = self.f1(threshold);
            pace.spend(10_000 * self.found.len() as u64).await;
        }
        Curve { f1, n_gold: self.gold.iter().map(Vec::len).sum() }
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

/// A member that stays alone predicts what it holds more probable, whatever its own texts say.
const HIGHEST: f32 = 0.1;

/// F1 at each of the [`THRESHOLDS`].
struct Curve {
    f1: [f32; THRESHOLDS.len()],
    n_gold: usize,
}

impl Curve {
    fn best(&self) -> f32 {
        self.f1.into_iter().fold(0.0, f32::max)
    }

    /// How much F1 may differ by chance.
    fn chance(&self) -> f32 {
        (0.3 / (self.n_gold.max(1) as f32).sqrt()).max(0.015)
    }

    /// The lowest threshold that is as good as the best one but for chance, and no higher than
    /// [`HIGHEST`]. Members that saw few spans are too timid elsewhere, rather than too bold.
    fn threshold(&self) -> f32 {
        let least = self.best() - self.chance();
        let last = self.f1.iter().rposition(|it| least <= *it);
        last.map_or(HIGHEST, |it| THRESHOLDS[it].min(HIGHEST))
    }
}

/// With a lower F1 of the linear member, convolutional members are not even tried.
const LEAST_F1: f32 = 0.35;

/// With a lower F1 of both kinds of members together, they do not teach each other.
const LEAST_TOGETHER: f32 = 0.4;

/// A convolutional member that is worse than the linear one by this and chance does not help it.
const MUCH: f32 = 0.03;

/// How probable the linear member alone must hold a span to predict it, where that was not tried.
pub(crate) const LINEAR_THRESHOLD: f32 = 0.15;

/// Up to so many sentences are few.
const FEW: usize = 400;

/// What was found to suit the texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Findings {
    /// Whether convolutional members help, and raw text with them.
    pub(crate) convs: bool,
    /// Penalty of the linear member that learns from marks.
    pub(crate) penalty: Penalty,
    /// Threshold and shift of the linear member alone.
    pub(crate) threshold: f32,
    pub(crate) shift: f32,
    /// Shift of several members together.
    pub(crate) team_shift: f32,
}

impl Findings {
    /// What suits most texts of this number of labelled sentences, where nothing was tried.
    pub(crate) fn unchecked(n_sentences: usize) -> Self {
        Self {
            convs: true,
            penalty: penalty(n_sentences),
            threshold: LINEAR_THRESHOLD,
            shift: 0.0,
            team_shift: 0.0,
        }
    }
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
    Penalty { l2, l1: 0.0, silent: 0.0 }
}

/// The same of a member that stays alone: nothing else keeps it from learning names by heart.
const ALONE: Penalty = Penalty { l2: 0.01, l1: 0.0, silent: 0.3 };

/// The same with few weights, for many labels with few spans.
fn sparse_penalty(n_sentences: usize) -> Penalty {
    Penalty { l2: 0.03, l1: if n_sentences <= FEW { 0.01 } else { 0.003 }, silent: 0.0 }
}

/// Tries members on held-out parts of the labelled sentences.
pub(crate) async fn check(course: &Course, targets: &[Target]) -> Findings {
    let n = course.material.n_labelled();
    let folds = folds(n, course.seed);
    let (findings, best) = check_linear(course, targets, &folds).await;
    if best < LEAST_F1 {
        return findings;
    }
    let folds = &folds[..folds.len().min(2)];
    let [mut alone, mut conv, mut both] = [(); 3].map(|()| Judged::default());
    for (at, (held, kept)) in folds.iter().enumerate() {
        let step = 0.6 / folds.len() as f32;
        let from = 0.4 + at as f32 * step;
        let it = lesson(targets, kept, linear_epochs(n), (from, from));
        let linear = course.linear(&it, penalty(n)).await;
        let it = lesson(targets, kept, conv_epochs(n), (from, from + step));
        let deep = course.conv(&it).await;
        alone.add(course.judge(&[(1.0, &linear)], held).await, right(course, held));
        conv.add(course.judge(&[(1.0, &deep)], held).await, right(course, held));
        let members = [(0.5, &linear), (0.5, &deep)];
        both.add(course.judge(&members, held).await, right(course, held));
    }
    let (alone, conv) = (alone.curve(&course.pace).await, conv.curve(&course.pace).await);
    let together = both.curve(&course.pace).await.best();
    let is_worse = conv.best() + MUCH + alone.chance() < alone.best();
    if together < LEAST_TOGETHER || is_worse {
        return findings;
    }
    Findings { convs: true, penalty: penalty(n), team_shift: both.shift(), ..findings }
}

/// Tries the linear member alone, and gives its best F1.
async fn check_linear(
    course: &Course,
    targets: &[Target],
    folds: &[(Vec<usize>, Vec<usize>)],
) -> (Findings, f32) {
    let n = course.material.n_labelled();
    // Few labelled spans ask for few weights; with more, it is tried.
    let penalties = if n <= FEW { vec![] } else { vec![ALONE] };
    let mut found: Option<(Findings, f32)> = None;
    let steps = ((penalties.len() + 1) * folds.len()) as f32;
    let mut done = 0.0;
    for penalty in penalties.into_iter().chain([sparse_penalty(n)]) {
        let mut judged = Judged::default();
        for (held, kept) in folds {
            let share = (0.4 * done / steps, 0.4 * (done + 1.0) / steps);
            done += 1.0;
            let it = lesson(targets, kept, linear_epochs(n), share);
            let member = course.linear(&it, penalty).await;
            judged.add(course.judge(&[(1.0, &member)], held).await, right(course, held));
        }
        let curve = judged.curve(&course.pace).await;
        if found.is_none_or(|it| it.1 < curve.best()) {
            let (threshold, shift) = (curve.threshold(), judged.shift());
            let findings = Findings { convs: false, penalty, threshold, shift, team_shift: 0.0 };
            found = Some((findings, curve.best()));
        }
    }
    found.expect("one penalty is always tried")
}

fn right(course: &Course, sentences: &[usize]) -> Vec<Right> {
    sentences.iter().map(|it| course.material.right[*it].clone()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::finish;

    /// A hundred sentences, each with one candidate; of those of a probability, a share is right.
    fn judged(groups: &[(f32, usize)]) -> Judged {
        let span = TokenSpan { first: 0, last: 1, label: 0 };
        let mut judged = Judged::default();
        for (probability, n_right) in groups {
            let found = vec![vec![Candidate { span, probability: *probability }]; 100];
            let right = (0..100).map(|it| Right {
                spans: if it < *n_right { vec![span] } else { vec![] },
                unknown: Vec::new(),
            });
            judged.add(found, right.collect());
        }
        judged
    }

    #[test]
    fn the_shift_makes_probabilities_as_high_as_spans_are_right() {
        let shift = judged(&[(0.3, 50)]).shift();
        assert!((sigmoid(logit(0.3) + shift) - 0.5).abs() < 0.01, "{shift}");
        assert!(judged(&[(0.2, 20), (0.7, 70)]).shift().abs() < 0.01);
    }

    #[test]
    fn the_threshold_is_low_where_that_costs_nothing() {
        let pace = Pace::default();
        let sure = finish(judged(&[(0.9, 90), (0.05, 0)]).curve(&pace));
        assert!((sure.threshold() - 0.06).abs() < 1e-6, "{}", sure.threshold());
        let timid = finish(judged(&[(0.22, 90), (0.1, 40), (0.07, 0)]).curve(&pace));
        assert!((timid.threshold() - 0.08).abs() < 1e-6, "{}", timid.threshold());
        assert!((timid.best() - 2.0 * 130.0 / 330.0).abs() < 1e-6, "{}", timid.best());
    }

    #[test]
    fn what_is_worse_by_chance_alone_is_not_much_worse() {
        let curve = |n_gold| Curve { f1: [0.5; THRESHOLDS.len()], n_gold };
        assert!((curve(36).chance() - 0.05).abs() < 1e-6);
        assert!((curve(900).chance() - 0.015).abs() < 1e-6);
        assert!(curve(0).chance() <= 0.3);
    }
}
