//! Adam for dense weights.

/// How fast the squares of gradients are forgotten, and the gradients.
const BETA: (f32, f32) = (0.9, 0.99);

/// The state of Adam for one array, with decoupled decay.
#[derive(Clone, Debug)]
pub(crate) struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    /// Powers of the two rates, for the correction of the start.
    powers: (f32, f32),
    decay: f32,
}

impl Adam {
    /// For an array of `n` weights that shrink by `decay` times the step size at each step.
    pub(crate) fn new(n: usize, decay: f32) -> Self {
        Self { first: vec![0.0; n], second: vec![0.0; n], powers: (1.0, 1.0), decay }
    }

    /// Moves the weights against the gradient, and clears it.
    pub(crate) fn step(&mut self, rate: f32, weights: &mut [f32], gradient: &mut [f32]) {
        self.powers = (self.powers.0 * BETA.0, self.powers.1 * BETA.1);
        let (first, second) = (1.0 / (1.0 - self.powers.0), 1.0 / (1.0 - self.powers.1));
        let keep = 1.0 - rate * self.decay;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((weight, gradient), (m, v)) in weights.iter_mut().zip(gradient).zip(moments) {
            *m = BETA.0 * *m + (1.0 - BETA.0) * *gradient;
            *v = BETA.1 * *v + (1.0 - BETA.1) * *gradient * *gradient;
            *weight = keep * *weight - rate * (first * *m) / ((second * *v).sqrt() + 1e-8);
            *gradient = 0.0;
        }
    }
}
