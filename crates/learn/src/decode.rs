//! From the classes' probabilities to spans.
//!
//! Each token's classes are judged on their own; here only sequences that make sense count (what
//! begins goes on and ends under one label, and no span starts or ends on whitespace). A span's
//! probability is its share of all such sequences, summed exactly by the forward-backward
//! algorithm. With few examples the most probable sequence has too few spans; taking every span
//! above a threshold finds more, and the same number tells people how sure the model is.

use crate::tags::{Place, class, n_classes};

/// A span that may be one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Its first token.
    pub(crate) first: u32,
    /// Its last token, which belongs to it.
    pub(crate) last: u32,
    /// The number of its label.
    pub(crate) label: u16,
    /// How probable it is, 0 to 1.
    pub(crate) probability: f32,
}

/// Every span that is at least as probable as `floor`, in order of place.
///
/// - `logits`: `[tokens, classes]`
pub(crate) fn candidates(
    logits: &[f32],
    is_space: &[bool],
    n_labels: usize,
    floor: f32,
) -> Vec<Candidate> {
    let lattice = Lattice::new(logits, is_space, n_labels);
    let mut found = Vec::new();
    for first in 0..is_space.len() {
        for label in 0..n_labels {
            lattice.spans_from(first, label, floor, &mut found);
        }
    }
    found
}

/// The best of the candidates, none overlapping another, in order of place.
///
/// With a higher floor it is the same list without those below it.
pub(crate) fn choose(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| {
        b.probability.total_cmp(&a.probability).then((a.first, a.last).cmp(&(b.first, b.last)))
    });
    let mut chosen: Vec<Candidate> = Vec::new();
    for it in candidates {
        let at = chosen.partition_point(|other| other.last < it.first);
        if chosen.get(at).is_none_or(|other| it.last < other.first) {
            chosen.insert(at, it);
        }
    }
    chosen
}

/// Sums over all sequences, before and behind each token.
struct Lattice<'a> {
    probabilities: Vec<f64>,
    is_space: &'a [bool],
    n_labels: usize,
    /// Weight of what lies before a token, where nothing is open.
    closed_before: Vec<f64>,
    /// Weight of what lies behind a token, where nothing is open.
    closed_behind: Vec<f64>,
    /// The same where a span of a label is open: `[tokens + 1, labels]`.
    open_behind: Vec<f64>,
    /// What the sums were divided by at each token, to stay within bounds.
    scale: Vec<f64>,
}

impl<'a> Lattice<'a> {
    fn new(logits: &[f32], is_space: &'a [bool], n_labels: usize) -> Self {
        let n = is_space.len();
        let mut it = Self {
            probabilities: probabilities(logits, n_classes(n_labels)),
            is_space,
            n_labels,
            closed_before: vec![1.0; n + 1],
            closed_behind: vec![1.0; n + 1],
            open_behind: vec![0.0; (n + 1) * n_labels],
            scale: vec![1.0; n],
        };
        it.forward();
        it.backward();
        it
    }

    fn p(&self, token: usize, label: usize, place: Place) -> f64 {
        let edge = place != Place::Inside;
        if edge && self.is_space[token] {
            return 0.0;
        }
        self.probabilities[token * n_classes(self.n_labels) + class(label, place)]
    }

    fn p_outside(&self, token: usize) -> f64 {
        self.probabilities[token * n_classes(self.n_labels)]
    }

    fn forward(&mut self) {
        let mut open = vec![0.0; self.n_labels];
        for token in 0..self.is_space.len() {
            let closed = self.closed_before[token];
            let mut next_closed = closed * self.p_outside(token);
            for (label, open) in open.iter_mut().enumerate() {
                next_closed += closed * self.p(token, label, Place::Unit);
                next_closed += *open * self.p(token, label, Place::Last);
                *open = closed * self.p(token, label, Place::Begin)
                    + *open * self.p(token, label, Place::Inside);
            }
            let scale = next_closed + open.iter().sum::<f64>();
            self.scale[token] = scale;
            self.closed_before[token + 1] = next_closed / scale;
            for it in &mut open {
                *it /= scale;
            }
        }
    }

    fn backward(&mut self) {
        let labels = self.n_labels;
        for token in (0..self.is_space.len()).rev() {
            let closed = self.closed_behind[token + 1];
            let mut before = closed * self.p_outside(token);
            for label in 0..labels {
                let open = self.open_behind[(token + 1) * labels + label];
                before += closed * self.p(token, label, Place::Unit);
                before += open * self.p(token, label, Place::Begin);
                self.open_behind[token * labels + label] = (open
                    * self.p(token, label, Place::Inside)
                    + closed * self.p(token, label, Place::Last))
                    / self.scale[token];
            }
            self.closed_behind[token] = before / self.scale[token];
        }
    }

    /// Adds the spans of a label that start with a token.
    fn spans_from(&self, first: usize, label: usize, floor: f32, found: &mut Vec<Candidate>) {
        let n = self.is_space.len();
        let floor = f64::from(floor);
        let mut add = |last: usize, probability: f64| {
            if floor <= probability {
                let probability = probability.min(1.0) as f32;
                let (first, last, label) = (first as u32, last as u32, label as u16);
                found.push(Candidate { first, last, label, probability });
            }
        };
        let start = self.closed_before[first] / self.closed_before[n] / self.scale[first];
        add(first, start * self.p(first, label, Place::Unit) * self.closed_behind[first + 1]);
        let mut open = start * self.p(first, label, Place::Begin);
        for last in first + 1..n {
            // No longer span can be more probable than all of them together.
            if open * self.open_behind[last * self.n_labels + label] < floor {
                return;
            }
            open /= self.scale[last];
            add(last, open * self.p(last, label, Place::Last) * self.closed_behind[last + 1]);
            open *= self.p(last, label, Place::Inside);
        }
    }
}

/// The softmax of each row, kept off 0 so that some sequence is always possible.
fn probabilities(logits: &[f32], n_classes: usize) -> Vec<f64> {
    const LEAST: f64 = 1e-12;

    let mut all = Vec::with_capacity(logits.len());
    for row in logits.chunks_exact(n_classes) {
        let max = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let start = all.len();
        all.extend(row.iter().map(|it| (f64::from(*it) - max).exp()));
        let sum: f64 = all[start..].iter().sum();
        all[start..].iter_mut().for_each(|it| *it = (*it / sum).max(LEAST));
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The probability of every span, by writing down every sequence of classes.
    fn by_hand(logits: &[f32], is_space: &[bool], n_labels: usize) -> Vec<((u32, u32, u16), f64)> {
        let k = n_classes(n_labels);
        let p = probabilities(logits, k);
        let mut sums = std::collections::BTreeMap::new();
        let mut total = 0.0;
        for code in 0..k.pow(is_space.len() as u32) {
            let classes: Vec<usize> =
                (0..is_space.len()).map(|at| code / k.pow(at as u32) % k).collect();
            let Some(spans) = spans(&classes, is_space) else { continue };
            let weight: f64 = classes.iter().enumerate().map(|(at, it)| p[at * k + it]).product();
            total += weight;
            for span in spans {
                *sums.entry(span).or_insert(0.0) += weight;
            }
        }
        sums.into_iter().map(|(span, weight)| (span, weight / total)).collect()
    }

    /// The spans of a sequence that makes sense.
    fn spans(classes: &[usize], is_space: &[bool]) -> Option<Vec<(u32, u32, u16)>> {
        let mut open: Option<(usize, usize)> = None;
        let mut spans = Vec::new();
        for (at, class) in classes.iter().enumerate() {
            let place = class.checked_sub(1).map(|it| (it / 4, it % 4));
            if matches!(place, Some((_, 0 | 2 | 3))) && is_space[at] {
                return None;
            }
            match (place, open) {
                (None, None) => {}
                (Some((label, 0)), None) => open = Some((at, label)),
                (Some((label, 1)), Some((_, of))) if label == of => {}
                (Some((label, 2)), Some((first, of))) if label == of => {
                    spans.push((first as u32, at as u32, label as u16));
                    open = None;
                }
                (Some((label, 3)), None) => spans.push((at as u32, at as u32, label as u16)),
                _ => return None,
            }
        }
        open.is_none().then_some(spans)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn probabilities_are_those_of_all_sequences(
            logits in prop::collection::vec(-4.0f32..4.0, 9 * 4),
            spaces in prop::collection::vec(prop::bool::weighted(0.2), 4),
        ) {
            let found = candidates(&logits, &spaces, 2, 0.0);
            for (span, probability) in by_hand(&logits, &spaces, 2) {
                let candidate = found.iter().find(|it| (it.first, it.last, it.label) == span);
                let given = candidate.map_or(0.0, |it| f64::from(it.probability));
                prop_assert!((given - probability).abs() < 1e-5, "{span:?}: {given} {probability}");
            }
        }

        #[test]
        fn chosen_spans_are_always_valid(
            n in 1usize..60,
            seed in any::<u64>(),
            spaces in prop::collection::vec(any::<bool>(), 60),
            floor in 0.0f32..0.6,
        ) {
            let logits = random::Random::new(seed, 0).uniforms(n * 9, 12.0);
            let chosen = choose(candidates(&logits, &spaces[..n], 2, floor));
            for it in &chosen {
                prop_assert!(it.first <= it.last && (it.last as usize) < n);
                prop_assert!(!spaces[it.first as usize] && !spaces[it.last as usize]);
                prop_assert!(floor <= it.probability && it.probability <= 1.0);
            }
            prop_assert!(chosen.is_sorted_by(|a, b| a.last < b.first));
        }
    }

    #[test]
    fn a_long_sure_text_stays_within_bounds() {
        let n = 20_000;
        let mut logits = vec![-60.0; n * 5];
        for at in 0..n {
            logits[at * 5 + if at % 3 == 1 { 4 } else { 0 }] = 60.0;
        }
        let chosen = choose(candidates(&logits, &vec![false; n], 1, 0.5));
        assert_eq!(chosen.len(), n.div_ceil(3));
        assert!(chosen.iter().all(|it| it.first % 3 == 1 && 0.99 < it.probability));
    }
}
