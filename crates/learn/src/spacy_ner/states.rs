//! What a state scores, what that costs, and the gradient of it: the layers of spaCy's
//! `TransitionBasedParser` that see one state at a time. They are small and each state follows from
//! the one before, so the host computes them.

use model::Transitions;
use predict::biluo::{Move, Place, State};

use super::adam::Trained;
use super::on_host::dot;
use super::oracle::{Gold, cost};

/// A slope below this is none. Products of what is smaller fall out of the normal range of `f32`,
/// where processors are slow; a weight's mean square is lost in [`EPSILON`] long before.
///
/// [`EPSILON`]: super::adam::EPSILON
const LEAST_SLOPE: f64 = 1e-14;

/// The layers behind what each token adds to a state.
#[derive(Clone, Debug)]
pub(super) struct States {
    pub(super) n_features: usize,
    pub(super) n_pieces: usize,
    /// Numbers that come out of the largest pieces.
    pub(super) n_hidden: usize,
    /// `[pieces, outputs]`
    pub(super) bias: Trained,
    /// What stands for a token that is not there, `[features, pieces, outputs]`.
    pub(super) pad: Trained,
    /// `[classes, outputs]`, and `[classes]`. None: the outputs are the classes.
    pub(super) upper: Option<(Trained, Trained)>,
    sum: Vec<f32>,
    hidden: Vec<f32>,
    /// The largest piece of each output.
    largest: Vec<u32>,
    scores: Vec<f32>,
    slopes: Vec<f32>,
    hidden_slopes: Vec<f32>,
    sum_slopes: Vec<f32>,
}

/// What the tokens of a batch add to states.
pub(super) struct Parts<'a> {
    /// `[tokens, features * pieces * outputs]`
    pub(super) values: &'a [f32],
    /// The place of the text's first token among the batch's. Where the text begins before its
    /// piece, it is below zero and wraps around.
    pub(super) offset: usize,
}

/// How a state was judged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Loss {
    /// How improbable the moves are that cost least, as a logarithm.
    pub(super) log: f64,
    /// The sum of the squared slopes, which is what spaCy shows.
    pub(super) squares: f64,
}

impl std::ops::AddAssign for Loss {
    fn add_assign(&mut self, other: Self) {
        self.log += other.log;
        self.squares += other.squares;
    }
}

impl States {
    pub(super) fn new(model: &Transitions) -> Self {
        let shape = model.lower.weight.shape();
        let [n_features, n_hidden, n_pieces] = [0, 1, 2].map(|it| shape[it] as usize);
        let upper = model.upper.as_ref().map(|it| {
            (Trained::new(it.weight.values().to_vec()), Trained::new(it.bias.values().to_vec()))
        });
        let n_classes = upper.as_ref().map_or(n_hidden, |it| it.1.values.len());
        let pad = model.lower.pad.values().chunks_exact(n_hidden * n_pieces);
        let pad = pad.flat_map(|it| super::weights::pieces_first(it, n_pieces, 1)).collect();
        let bias = super::weights::pieces_first(model.lower.bias.values(), n_pieces, 1);
        Self {
            n_features,
            n_pieces,
            n_hidden,
            bias: Trained::new(bias),
            pad: Trained::new(pad),
            upper,
            sum: vec![0.0; n_pieces * n_hidden],
            hidden: vec![0.0; n_hidden],
            largest: vec![0; n_hidden],
            scores: vec![0.0; n_classes],
            slopes: vec![0.0; n_classes],
            hidden_slopes: vec![0.0; n_hidden],
            sum_slopes: vec![0.0; n_pieces * n_hidden],
        }
    }

    /// How many numbers a token adds up to for all features.
    pub(super) fn n_parts(&self) -> usize {
        self.n_features * self.n_pieces * self.n_hidden
    }

    /// Whether a mask belongs to the hidden layer: only where another layer is behind it.
    pub(super) fn is_masked(&self) -> bool {
        self.upper.is_some()
    }

    /// Scores the classes of a state that looks at these tokens of its text. `mask` silences some
    /// of the hidden layer.
    pub(super) fn score(
        &mut self,
        parts: &Parts<'_>,
        tokens: &[Option<usize>],
        mask: Option<&[f32]>,
    ) -> &[f32] {
        let stride = self.n_pieces * self.n_hidden;
        self.sum.copy_from_slice(&self.bias.values);
        for (feature, token) in tokens.iter().enumerate() {
            let values = match token {
                Some(it) => &parts.values[parts.row(*it) * self.n_features * stride..],
                None => self.pad.values.as_slice(),
            };
            let values = &values[feature * stride..][..stride];
            self.sum.iter_mut().zip(values).for_each(|(sum, it)| *sum += it);
        }
        self.largest_pieces();
        let Some((weight, bias)) = &self.upper else {
            self.scores.copy_from_slice(&self.hidden);
            return &self.scores;
        };
        if let Some(mask) = mask {
            self.hidden.iter_mut().zip(mask).for_each(|(it, factor)| *it *= factor);
        }
        let rows = weight.values.chunks_exact(self.n_hidden).zip(&bias.values);
        for (score, (row, bias)) in self.scores.iter_mut().zip(rows) {
            *score = dot(row, &self.hidden) + bias;
        }
        &self.scores
    }

    fn largest_pieces(&mut self) {
        let n = self.n_hidden;
        self.hidden.copy_from_slice(&self.sum[..n]);
        self.largest.fill(0);
        for (piece, sums) in self.sum.chunks_exact(n).enumerate().skip(1) {
            for ((hidden, largest), sum) in self.hidden.iter_mut().zip(&mut self.largest).zip(sums)
            {
                if *hidden < *sum {
                    (*hidden, *largest) = (*sum, piece as u32);
                }
            }
        }
        // A single piece is rectified where nothing is behind it: spaCy's `ParserStepModel`.
        if self.n_pieces == 1 && self.upper.is_none() {
            self.hidden.iter_mut().for_each(|it| *it = it.max(0.0));
        }
    }

    /// Judges the scores of a state, and keeps their slopes: spaCy's `cpu_log_loss`.
    pub(super) fn judge(
        &mut self,
        moves: &[Move],
        place: &Place,
        state: &State,
        gold: &Gold,
    ) -> Loss {
        let open = state.open.map(|it| it.1);
        let costs = moves.iter().map(|it| match it.is_valid(place, open) {
            true => Some(cost(*it, state, gold)),
            false => None,
        });
        let costs: Vec<Option<u8>> = costs.collect();
        let Some(least) = costs.iter().flatten().min() else {
            self.slopes.fill(0.0);
            return Loss::default();
        };
        let is_gold = |it: &Option<u8>| it.as_ref() == Some(least);
        let max_all = largest(self.scores.iter());
        let gold_scores = self.scores.iter().zip(&costs).filter(|it| is_gold(it.1));
        let max_gold = largest(gold_scores.map(|it| it.0));
        let (mut sum_all, mut sum_gold) = (1e-10_f64, 1e-10_f64);
        for (score, cost) in self.scores.iter().zip(&costs) {
            sum_all += f64::from(score - max_all).exp();
            if is_gold(cost) {
                sum_gold += f64::from(score - max_gold).exp();
            }
        }
        let mut squares = 0.0;
        for ((score, cost), slope) in self.scores.iter().zip(&costs).zip(&mut self.slopes) {
            let mut it = f64::from(score - max_all).exp() / sum_all;
            if is_gold(cost) {
                it -= f64::from(score - max_gold).exp() / sum_gold;
            }
            *slope = not_tiny(it);
            squares += it * it;
        }
        let log = sum_all.ln() + f64::from(max_all) - sum_gold.ln() - f64::from(max_gold);
        Loss { log, squares }
    }

    /// Keeps the slopes that pull the scores of the last state towards `wanted`, and gives back the
    /// sum of their squares: spaCy's `TransitionParser.rehearse`. `classes` says which of the wanted
    /// ones belongs to each, and `n_states` how many states are pulled in the same step.
    pub(super) fn pull(
        &mut self,
        wanted: &[f32],
        classes: &[Option<usize>],
        n_states: usize,
    ) -> f64 {
        let mut squares = 0.0;
        for ((score, class), slope) in self.scores.iter().zip(classes).zip(&mut self.slopes) {
            let off = class.map_or(0.0, |it| f64::from(score - wanted[it]));
            *slope = not_tiny(off / n_states as f64);
            squares += f64::from(*slope) * f64::from(*slope);
        }
        squares
    }

    /// The best valid class of the last state that was scored; the first of equal ones.
    pub(super) fn best(&self, moves: &[Move], place: &Place, state: &State) -> Option<usize> {
        let open = state.open.map(|it| it.1);
        let mut best: Option<usize> = None;
        for (class, score) in self.scores.iter().enumerate() {
            if best.is_none_or(|it| self.scores[it] < *score) && moves[class].is_valid(place, open)
            {
                best = Some(class);
            }
        }
        best
    }

    /// Adds the gradient of the last state that was judged to those of the layers, and to
    /// `gradient`, that of the parts.
    pub(super) fn descend(
        &mut self,
        parts: &Parts<'_>,
        tokens: &[Option<usize>],
        mask: Option<&[f32]>,
        gradient: &mut [f32],
    ) {
        let n = self.n_hidden;
        match &mut self.upper {
            None => self.hidden_slopes.copy_from_slice(&self.slopes),
            Some((weight, bias)) => {
                self.hidden_slopes.fill(0.0);
                for (class, slope) in self.slopes.iter().enumerate() {
                    bias.gradient[class] += slope;
                    let row = class * n..(class + 1) * n;
                    add_scaled(&mut weight.gradient[row.clone()], &self.hidden, *slope);
                    add_scaled(&mut self.hidden_slopes, &weight.values[row], *slope);
                }
                if let Some(mask) = mask {
                    let slopes = self.hidden_slopes.iter_mut().zip(mask);
                    slopes.for_each(|(it, factor)| *it *= factor);
                }
            }
        }
        let is_rectified = self.n_pieces == 1 && self.upper.is_none();
        self.sum_slopes.fill(0.0);
        for (output, slope) in self.hidden_slopes.iter().enumerate() {
            if !is_rectified || 0.0 < self.hidden[output] {
                self.sum_slopes[self.largest[output] as usize * n + output] = *slope;
            }
        }
        add_scaled(&mut self.bias.gradient, &self.sum_slopes, 1.0);
        let stride = self.sum_slopes.len();
        for (feature, token) in tokens.iter().enumerate() {
            let sums = match token {
                Some(it) => &mut gradient[parts.row(*it) * self.n_features * stride..],
                None => self.pad.gradient.as_mut_slice(),
            };
            add_scaled(&mut sums[feature * stride..][..stride], &self.sum_slopes, 1.0);
        }
    }

    /// Moves the weights against their gradient.
    pub(super) fn update(&mut self, learning_rate: f64) {
        self.trained_mut().into_iter().for_each(|it| it.update(learning_rate));
    }

    /// All arrays.
    pub(super) fn trained(&self) -> Vec<&Trained> {
        let upper = self.upper.iter().flat_map(|(weight, bias)| [weight, bias]);
        [&self.bias, &self.pad].into_iter().chain(upper).collect()
    }

    /// The same, to be changed.
    pub(super) fn trained_mut(&mut self) -> Vec<&mut Trained> {
        let upper = self.upper.iter_mut().flat_map(|(weight, bias)| [weight, bias]);
        [&mut self.bias, &mut self.pad].into_iter().chain(upper).collect()
    }
}

impl Parts<'_> {
    /// The row of a token of the text.
    fn row(&self, token: usize) -> usize {
        token.wrapping_add(self.offset)
    }
}

/// A slope, or none where it is below [`LEAST_SLOPE`].
fn not_tiny(slope: f64) -> f32 {
    if slope.abs() < LEAST_SLOPE { 0.0 } else { slope as f32 }
}

fn largest<'a>(scores: impl Iterator<Item = &'a f32>) -> f32 {
    scores.copied().fold(f32::NEG_INFINITY, f32::max)
}

fn add_scaled(sums: &mut [f32], values: &[f32], factor: f32) {
    sums.iter_mut().zip(values).for_each(|(sum, it)| *sum += factor * it);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_and_their_products_with_small_weights_stay_in_the_range_of_fast_numbers() {
        for exponent in -320..=0 {
            let slope = not_tiny(10_f64.powi(exponent));
            assert!(slope == 0.0 || (slope * 1e-9 * 1e-9).is_normal(), "{slope:e}");
        }
        assert!(not_tiny(-0.25) < -0.2);
    }
}
