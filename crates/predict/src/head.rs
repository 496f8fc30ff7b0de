//! What a transition model makes of a state: the sum over the tokens that it looks at.

use model::Transitions;

use crate::numbers::{Affine, Matrix, Weights, largest, pieces_first};

/// The layers that all transition models share.
pub(crate) struct Head {
    narrow: Affine,
    /// `[features, pieces, outputs, inputs]`
    lower: Weights,
    bias: Vec<f32>,
    pad: Vec<f32>,
    /// Numbers of one feature: pieces times outputs.
    stride: usize,
    outputs: usize,
    /// `[hidden, classes]`, and the bias.
    upper: Option<(Vec<f32>, Vec<f32>)>,
    n_classes: usize,
}

/// The sums' parts for each token of a batch and each feature.
pub(crate) struct Parts(Matrix);

/// Room for the numbers of one state.
pub(crate) struct Scratch {
    sum: Vec<f32>,
    hidden: Vec<f32>,
    pub(crate) scores: Vec<f32>,
}

impl Head {
    pub(crate) fn new(model: &Transitions) -> Self {
        let shape = model.lower.weight.shape();
        let [outputs, pieces, inputs] = [1, 2, 3].map(|it| shape[it] as usize);
        let by_feature = |values: &[f32], inputs: usize| -> Vec<f32> {
            let features = values.chunks_exact(outputs * pieces * inputs);
            features.flat_map(|it| pieces_first(it, pieces, inputs)).collect()
        };
        let lower = by_feature(model.lower.weight.values(), inputs);
        let upper = model.upper.as_ref().map(|upper| {
            (transposed(upper.weight.values(), outputs), upper.bias.values().to_vec())
        });
        Self {
            narrow: Affine::new(&model.narrow),
            lower: Weights::new(lower.len() / inputs, inputs, lower),
            bias: pieces_first(model.lower.bias.values(), pieces, 1),
            pad: by_feature(model.lower.pad.values(), 1),
            stride: outputs * pieces,
            outputs,
            n_classes: upper.as_ref().map_or(outputs, |(_, bias)| bias.len()),
            upper,
        }
    }

    /// Prepares the tokens of a batch.
    pub(crate) fn prepare(&self, vectors: &Matrix) -> Parts {
        let narrowed = self.narrow.apply(vectors.into());
        Parts(self.lower.apply((&narrowed).into()))
    }

    pub(crate) fn scratch(&self) -> Scratch {
        Scratch {
            sum: vec![0.0; self.stride],
            hidden: vec![0.0; self.outputs],
            scores: vec![0.0; self.n_classes],
        }
    }

    /// Scores the classes of a state that looks at these tokens of the batch; none stands for a
    /// token that is not there. The order of sums is that of spaCy's `predict_states`.
    pub(crate) fn score<'s>(
        &self,
        parts: &Parts,
        tokens: &[Option<usize>],
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let Scratch { sum, hidden, scores } = scratch;
        sum.fill(0.0);
        for (feature, token) in tokens.iter().enumerate() {
            let values = token.map_or(self.pad.as_slice(), |it| parts.0.row(it));
            for (sum, it) in sum.iter_mut().zip(&values[feature * self.stride..]) {
                *sum += it;
            }
        }
        let Some((weights, bias)) = &self.upper else {
            largest(sum, &self.bias, scores);
            return scores;
        };
        largest(sum, &self.bias, hidden);
        scores.fill(0.0);
        for (hidden, weights) in hidden.iter().zip(weights.chunks_exact(bias.len())) {
            for (score, weight) in scores.iter_mut().zip(weights) {
                *score += hidden * weight;
            }
        }
        for (score, bias) in scores.iter_mut().zip(bias) {
            *score += bias;
        }
        scores
    }
}

/// Turns rows of this length into columns.
fn transposed(values: &[f32], row: usize) -> Vec<f32> {
    (0..row).flat_map(|at| values.iter().skip(at).step_by(row).copied()).collect()
}

/// The best class that is valid; the first of equal ones.
pub(crate) fn best(scores: &[f32], mut is_valid: impl FnMut(usize) -> bool) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (class, score) in scores.iter().enumerate() {
        if best.is_none_or(|it| scores[it] < *score) && is_valid(class) {
            best = Some(class);
        }
    }
    best
}
