//! thinc's `Adam`: each array's gradient is clipped on its own, and weights decay apart from it.

use serde::{Deserialize, Serialize};

/// How much of the mean gradient stays from step to step.
pub(super) const BETA_1: f32 = 0.9;

/// How much of the mean square stays.
pub(super) const BETA_2: f32 = 0.999;

/// What keeps the root of the mean square off zero.
pub(super) const EPSILON: f32 = 1e-8;

/// The norm above which an array's gradient is scaled down to it.
pub(super) const MAX_NORM: f32 = 1.0;

/// The share of a weight that it loses in a step, in step sizes.
pub(super) const DECAY: f64 = 0.01;

/// One step's factors for an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Rates {
    /// What the quotient of the moments is multiplied with, bias corrected.
    pub(super) step: f32,
    /// The share of itself that each weight loses.
    pub(super) decay: f32,
}

impl Rates {
    /// The factors of an array's step `time`, from 1.
    pub(super) fn at(time: u32, learning_rate: f64) -> Self {
        let fix = |beta: f32| 1.0 - f64::from(beta).powf(f64::from(time));
        Self {
            step: (learning_rate * fix(BETA_2).sqrt() / fix(BETA_1)) as f32,
            decay: (learning_rate * DECAY) as f32,
        }
    }

    /// Moves a weight by its gradient.
    #[inline]
    pub(super) fn apply(self, weight: &mut f32, mean: &mut f32, square: &mut f32, slope: f32) {
        *mean = BETA_1 * *mean + (1.0 - BETA_1) * slope;
        *square = BETA_2 * *square + (1.0 - BETA_2) * slope * slope;
        *weight -= self.step * *mean / (square.sqrt() + EPSILON);
        *weight -= self.decay * *weight;
    }
}

/// What a gradient of this square norm is multiplied with.
pub(super) fn clip(square_norm: f64) -> f32 {
    let norm = square_norm.sqrt() as f32;
    if MAX_NORM <= norm { MAX_NORM / norm } else { 1.0 }
}

/// The sum of squares.
pub(super) fn square_norm(values: &[f32]) -> f64 {
    // A sum of rows stays exact enough in f32; the sum of sums is not small.
    values.chunks(256).map(|it| f64::from(it.iter().map(|it| it * it).sum::<f32>())).sum()
}

/// An array on the host that is trained.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Trained {
    pub(super) values: Vec<f32>,
    /// Zeros between two steps, so that it is not kept.
    #[serde(skip)]
    pub(super) gradient: Vec<f32>,
    means: Vec<f32>,
    squares: Vec<f32>,
    time: u32,
}

impl Trained {
    pub(super) fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { values, gradient: zeros.clone(), means: zeros.clone(), squares: zeros, time: 0 }
    }

    /// An array that was trained elsewhere.
    #[cfg(any(test, feature = "gpu"))]
    pub(super) fn kept(values: Vec<f32>, means: Vec<f32>, squares: Vec<f32>, time: u32) -> Self {
        Self { values, gradient: Vec::new(), means, squares, time }
    }

    /// Its numbers, the means and mean squares of their gradients, and how many steps it has seen.
    #[cfg(any(test, feature = "gpu"))]
    pub(super) fn into_parts(self) -> (Vec<f32>, Vec<f32>, Vec<f32>, u32) {
        (self.values, self.means, self.squares, self.time)
    }

    /// Whether a kept array can take its place.
    pub(super) fn fits(&self, kept: &Trained) -> bool {
        kept.has_length(self.values.len())
    }

    /// Whether everything of it is of `n` numbers, but the gradient, which is not kept.
    pub(super) fn has_length(&self, n: usize) -> bool {
        [&self.values, &self.means, &self.squares].iter().all(|it| it.len() == n)
    }

    /// Puts a kept array that [fits](Self::fits) in its place.
    pub(super) fn restore(&mut self, kept: Trained) {
        *self = Self { gradient: vec![0.0; kept.values.len()], ..kept };
    }

    /// Moves the weights, and forgets the gradient.
    pub(super) fn update(&mut self, learning_rate: f64) {
        self.time += 1;
        let rates = Rates::at(self.time, learning_rate);
        let scale = clip(square_norm(&self.gradient));
        let moments = self.means.iter_mut().zip(&mut self.squares);
        let weights = self.values.iter_mut().zip(&mut self.gradient);
        for ((weight, slope), (mean, square)) in weights.zip(moments) {
            rates.apply(weight, mean, square, scale * *slope);
            *slope = 0.0;
        }
    }
}
