//! Sums over all sequences of tags: marginals, the loss and its gradient, probabilities of spans.

use crate::numbers::{exp, ln};
use crate::spans::Candidate;
use crate::tags::{OUTSIDE, Place, Right, Tags, TokenSpan, UNKNOWN, tag};

/// Spans that are less probable are not listed.
pub(crate) const FLOOR: f32 = 0.005;

/// No span of more tokens is listed.
const LONGEST: usize = 40;

/// Scores further below a token's best one count as this far below.
const DEEPEST: f32 = -30.0;

/// What tags a sequence should get.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The tags themselves.
    Tags(Vec<u16>),
    /// The tags, of which some are [`UNKNOWN`]: all sequences are right that have the others.
    Partly(Vec<u16>),
    /// How probable each tag is: at each token, and for each pair of neighbours summed over the
    /// sequence.
    Shares { unary: Vec<f32>, pairs: Vec<f32> },
}

impl Target {
    /// What is right of a sentence.
    pub(crate) fn of(n_tokens: usize, right: &Right) -> Self {
        let mut tags = Tags::of(n_tokens, &right.spans);
        if right.unknown.is_empty() {
            return Self::Tags(tags);
        }
        tags.iter_mut().zip(&right.unknown).filter(|it| *it.1).for_each(|it| *it.0 = UNKNOWN);
        Self::Partly(tags)
    }
}

/// Factors between neighbouring tags: 0 where one may not follow the other.
pub(crate) struct Potentials {
    tags: Tags,
    /// By the tag before, then the tag.
    forward: Vec<f32>,
    /// By the tag, then the tag before.
    backward: Vec<f32>,
    start: Vec<f32>,
    end: Vec<f32>,
}

impl Potentials {
    /// From the scores of transitions, by the tag before.
    pub(crate) fn new(tags: Tags, transitions: &[f32]) -> Self {
        let width = tags.width;
        let mut forward = vec![0.0; width * width];
        let mut backward = vec![0.0; width * width];
        for before in 0..width {
            for tag in 0..width {
                if tags.follows(before, tag) {
                    let factor = exp(transitions[before * width + tag].clamp(-20.0, 20.0));
                    forward[before * width + tag] = factor;
                    backward[tag * width + before] = factor;
                }
            }
        }
        let mask = |may: &dyn Fn(usize) -> bool| -> Vec<f32> {
            (0..width).map(|tag| if may(tag) { 1.0 } else { 0.0 }).collect()
        };
        let (start, end) = (mask(&|it| tags.starts(it)), mask(&|it| tags.ends(it)));
        Self { tags, forward, backward, start, end }
    }
}

/// One sequence under one CRF. Its memory is used again for the next.
#[derive(Default)]
pub(crate) struct Lattice {
    n_tokens: usize,
    /// Exponentials of the scores, scaled so that each token's sums to come stay near 1.
    local: Vec<f32>,
    alpha: Vec<f32>,
    beta: Vec<f32>,
    /// `local · beta`: what a tag is worth, seen from the token before.
    worth: Vec<f32>,
    log_z: f32,
}

impl Lattice {
    /// Sums over all sequences of tags with these scores, `[tokens, width]`.
    pub(crate) fn run(&mut self, potentials: &Potentials, scores: &[f32]) {
        let width = potentials.tags.width;
        self.n_tokens = scores.len() / width;
        self.local.clear();
        self.local.extend_from_slice(scores);
        self.alpha.resize(scores.len(), 0.0);
        self.beta.resize(scores.len(), 0.0);
        self.worth.resize(scores.len(), 0.0);
        self.log_z = 0.0;
        if self.n_tokens != 0 {
            self.forward(potentials);
            self.backward(potentials);
        }
    }

    fn forward(&mut self, potentials: &Potentials) {
        let width = potentials.tags.width;
        for at in 0..self.n_tokens {
            let local = &mut self.local[at * width..][..width];
            let max = local.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for it in local.iter_mut() {
                *it = exp((*it - max).max(DEEPEST));
            }
            let (before, alpha) = self.alpha.split_at_mut(at * width);
            let alpha = &mut alpha[..width];
            match at {
                0 => alpha.copy_from_slice(&potentials.start),
                _ => multiply(&before[(at - 1) * width..], &potentials.forward, alpha),
            }
            alpha.iter_mut().zip(&*local).for_each(|(it, local)| *it *= local);
            let sum = alpha.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            let inverse = 1.0 / sum;
            for it in alpha.iter_mut().chain(local) {
                *it *= inverse;
            }
            self.log_z += max + ln(sum);
        }
    }

    fn backward(&mut self, potentials: &Potentials) {
        let width = potentials.tags.width;
        let last = (self.n_tokens - 1) * width;
        let ends = self.alpha[last..].iter().zip(&potentials.end);
        let sum = ends.map(|(alpha, end)| alpha * end).sum::<f32>().max(f32::MIN_POSITIVE);
        self.log_z += ln(sum);
        for (beta, end) in self.beta[last..].iter_mut().zip(&potentials.end) {
            *beta = end / sum;
        }
        for at in (0..self.n_tokens).rev() {
            let (before, beta) = self.beta.split_at_mut(at * width);
            let worth = &mut self.worth[at * width..][..width];
            let local = &self.local[at * width..][..width];
            for ((worth, local), beta) in worth.iter_mut().zip(local).zip(beta.iter()) {
                *worth = local * beta;
            }
            if at != 0 {
                multiply(worth, &potentials.backward, &mut before[(at - 1) * width..]);
            }
        }
    }

    /// How probable each tag is at each token, `[tokens, width]`.
    pub(crate) fn unary(&self, unary: &mut Vec<f32>) {
        unary.clear();
        unary.extend(self.alpha.iter().zip(&self.beta).map(|(alpha, beta)| alpha * beta));
    }

    /// Adds how probable each pair of neighbours is, times `weight`, summed over the sequence.
    pub(crate) fn add_pairs(&self, potentials: &Potentials, weight: f32, pairs: &mut [f32]) {
        let width = potentials.tags.width;
        let mut sums = vec![0.0; width * width];
        let earlier = self.alpha.chunks_exact(width);
        for (alpha, worth) in earlier.zip(self.worth.chunks_exact(width).skip(1)) {
            for (alpha, row) in alpha.iter().zip(sums.chunks_exact_mut(width)) {
                row.iter_mut().zip(worth).for_each(|(it, worth)| *it += alpha * worth);
            }
        }
        for ((pair, sum), factor) in pairs.iter_mut().zip(sums).zip(&potentials.forward) {
            *pair += weight * sum * factor;
        }
    }

    /// Adds the loss's gradient for the transitions, and writes that for the scores over them.
    pub(crate) fn gradient(
        &mut self,
        potentials: &Potentials,
        target: &Target,
        scores: &mut Vec<f32>,
        transitions: &mut [f32],
    ) {
        let width = potentials.tags.width;
        let mut right = Vec::new();
        if let Target::Partly(tags) = target {
            self.run(potentials, &confined(scores, tags, width));
            self.unary(&mut right);
            self.add_pairs(potentials, -1.0, transitions);
        }
        self.run(potentials, scores);
        self.unary(scores);
        self.add_pairs(potentials, 1.0, transitions);
        match target {
            Target::Partly(_) => {
                scores.iter_mut().zip(right).for_each(|(it, share)| *it -= share);
            }
            Target::Tags(tags) => {
                for (at, tag) in tags.iter().enumerate() {
                    scores[at * width + usize::from(*tag)] -= 1.0;
                }
                for pair in tags.windows(2) {
                    transitions[usize::from(pair[0]) * width + usize::from(pair[1])] -= 1.0;
                }
            }
            Target::Shares { unary, pairs } => {
                scores.iter_mut().zip(unary).for_each(|(it, share)| *it -= share);
                transitions.iter_mut().zip(pairs).for_each(|(it, share)| *it -= share);
            }
        }
    }

    /// Every span that is more probable than [`FLOOR`], ordered by its first token.
    pub(crate) fn candidates(&self, potentials: &Potentials, found: &mut Vec<Candidate>) {
        let width = potentials.tags.width;
        found.clear();
        for first in 0..self.n_tokens {
            let at = first * width;
            if 1.0 - FLOOR < self.alpha[at + OUTSIDE] * self.beta[at + OUTSIDE] {
                continue;
            }
            for label in 0..potentials.tags.labels {
                self.candidates_from(potentials, first, label, found);
            }
        }
    }

    fn candidates_from(
        &self,
        potentials: &Potentials,
        first: usize,
        label: usize,
        found: &mut Vec<Candidate>,
    ) {
        let width = potentials.tags.width;
        let mut add = |last: usize, probability: f32| {
            if FLOOR <= probability {
                let (first, last, label) = (first as u32, last as u32, label as u16);
                let probability = probability.min(1.0);
                found.push(Candidate { span: TokenSpan { first, last, label }, probability });
            }
        };
        let [begin, inside, close, unit] =
            [Place::Begin, Place::Inside, Place::Last, Place::Unit].map(|it| tag(label, it));
        add(first, self.alpha[first * width + unit] * self.beta[first * width + unit]);
        let mut open = self.alpha[first * width + begin];
        let mut before = begin;
        for at in first + 1..self.n_tokens.min(first + LONGEST) {
            // No longer span is more probable than all of them together.
            if open * self.beta[(at - 1) * width + before] < FLOOR {
                return;
            }
            let step = &potentials.forward[before * width..];
            add(at, open * step[close] * self.worth[at * width + close]);
            open *= step[inside] * self.local[at * width + inside];
            before = inside;
        }
    }

    /// Minus the logarithm of what the target's tags are worth among all sequences.
    #[cfg(test)]
    pub(crate) fn loss(&mut self, scores: &[f32], transitions: &[f32], target: &Target) -> f32 {
        let potentials = Potentials::new(TAGS, transitions);
        let width = TAGS.width;
        let right = match target {
            Target::Partly(tags) => {
                self.run(&potentials, &confined(scores, tags, width));
                self.log_z
            }
            _ => 0.0,
        };
        self.run(&potentials, scores);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        match target {
            Target::Partly(_) => self.log_z - right,
            Target::Shares { unary, pairs } => {
                self.log_z - dot(unary, scores) - dot(pairs, transitions)
            }
            Target::Tags(tags) => {
                let tags: Vec<usize> = tags.iter().map(|it| usize::from(*it)).collect();
                let local: f32 = tags.iter().enumerate().map(|(t, k)| scores[t * width + k]).sum();
                let steps = tags.windows(2).map(|it| transitions[it[0] * width + it[1]]);
                self.log_z - local - steps.sum::<f32>()
            }
        }
    }
}

/// Scores under which a token whose tag is known has no other.
fn confined(scores: &[f32], tags: &[u16], width: usize) -> Vec<f32> {
    let mut confined = scores.to_vec();
    let rows = confined.chunks_exact_mut(width).zip(tags);
    for (row, tag) in rows.filter(|it| *it.1 != UNKNOWN) {
        let right = row[usize::from(*tag)];
        row.fill(f32::MIN);
        row[usize::from(*tag)] = right;
    }
    confined
}

#[cfg(test)]
const TAGS: Tags = Tags { labels: 2, width: 12 };

/// `out[j] = Σ vector[i] · rows[i][j]`.
fn multiply(vector: &[f32], rows: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    for (factor, row) in vector.iter().zip(rows.chunks_exact(out.len())) {
        if *factor != 0.0 {
            out.iter_mut().zip(row).for_each(|(it, value)| *it += factor * value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use random::Random;

    /// All sequences of tags that are allowed, with their scores' sums.
    fn sequences(scores: &[f32], transitions: &[f32]) -> Vec<(Vec<usize>, f64)> {
        let n = scores.len() / 12;
        let mut all = vec![(Vec::new(), 0.0)];
        for at in 0..n {
            let longer = |(tags, sum): &(Vec<usize>, f64)| -> Vec<(Vec<usize>, f64)> {
                let may = |tag: &usize| match tags.last() {
                    None => TAGS.starts(*tag),
                    Some(before) => TAGS.follows(*before, *tag),
                };
                let step = |tag: usize| tags.last().map_or(0.0, |it| transitions[it * 12 + tag]);
                (0..12)
                    .filter(|tag| may(tag) && (at + 1 < n || TAGS.ends(*tag)))
                    .map(|tag| {
                        let sum = sum + f64::from(scores[at * 12 + tag]) + f64::from(step(tag));
                        ([tags.as_slice(), &[tag]].concat(), sum)
                    })
                    .collect()
            };
            all = all.iter().flat_map(longer).collect();
        }
        all
    }

    fn sample(seed: u64) -> (Vec<f32>, Vec<f32>) {
        let mut random = Random::new(seed, 0);
        (random.uniforms(4 * 12, 2.0), random.uniforms(12 * 12, 1.0))
    }

    #[test]
    fn spans_are_as_probable_as_all_their_sequences() {
        let (scores, transitions) = sample(3);
        let all = sequences(&scores, &transitions);
        let z: f64 = all.iter().map(|it| it.1.exp()).sum();
        let potentials = Potentials::new(TAGS, &transitions);
        let mut lattice = Lattice::default();
        lattice.run(&potentials, &scores);
        assert!((f64::from(lattice.log_z) - z.ln()).abs() < 1e-4);
        let mut found = Vec::new();
        lattice.candidates(&potentials, &mut found);
        assert!(10 < found.len());
        for it in found {
            let gold = Tags::of(4, &[it.span]);
            let range = it.span.first as usize..=it.span.last as usize;
            let has = |tags: &Vec<usize>| range.clone().all(|at| tags[at] == usize::from(gold[at]));
            let p = all.iter().filter(|(tags, _)| has(tags)).map(|it| it.1.exp()).sum::<f64>() / z;
            assert!((p - f64::from(it.probability)).abs() < 1e-5, "{it:?}: {p}");
        }
    }

    #[test]
    fn gradients_are_the_loss_s_differences() {
        let (scores, transitions) = sample(5);
        let other = sample(6);
        let mut lattice = Lattice::default();
        let potentials = Potentials::new(TAGS, &other.1);
        lattice.run(&potentials, &other.0);
        let (mut unary, mut pairs) = (Vec::new(), vec![0.0; 144]);
        lattice.unary(&mut unary);
        lattice.add_pairs(&potentials, 1.0, &mut pairs);
        let targets = [
            Target::Tags(vec![0, 1, 3, 8]),
            Target::Partly(vec![UNKNOWN, UNKNOWN, 3, UNKNOWN]),
            Target::Shares { unary, pairs },
        ];
        for target in targets {
            let mut loss =
                |scores: &[f32], transitions: &[f32]| lattice.loss(scores, transitions, &target);
            let difference = |loss: &mut dyn FnMut(f32) -> f32| (loss(0.01) - loss(-0.01)) / 0.02;
            let nudged = |values: &[f32], at: usize, by: f32| -> Vec<f32> {
                let mut values = values.to_vec();
                values[at] += by;
                values
            };
            let by_scores: Vec<f32> = (0..scores.len())
                .map(|at| difference(&mut |by| loss(&nudged(&scores, at, by), &transitions)))
                .collect();
            let by_steps: Vec<f32> = (0..transitions.len())
                .map(|at| difference(&mut |by| loss(&scores, &nudged(&transitions, at, by))))
                .collect();
            let potentials = Potentials::new(TAGS, &transitions);
            let (mut found, mut steps) = (scores.clone(), vec![0.0; 144]);
            lattice.gradient(&potentials, &target, &mut found, &mut steps);
            for (expect, found) in by_scores.iter().zip(&found).chain(by_steps.iter().zip(&steps)) {
                assert!((expect - found).abs() < 2e-3, "{expect} {found}");
            }
        }
    }

    #[test]
    fn extreme_scores_stay_finite() {
        let potentials = Potentials::new(TAGS, &[0.0; 144]);
        let mut scores = vec![-500.0; 300 * 12];
        (0..300).for_each(|at| scores[at * 12 + [1, 7, 3][at % 3]] = 500.0);
        let mut lattice = Lattice::default();
        lattice.run(&potentials, &scores);
        let mut unary = Vec::new();
        lattice.unary(&mut unary);
        for row in unary.chunks_exact(12) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{row:?}");
        }
    }
}
