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

/// The least share of a step's weights in their average.
const LEAST_SHARE: f32 = 0.0001;

/// The share of the weights behind step `time`, from 1, in their running average: thinc's
/// `update_averages`. The average starts from zeros, of which nothing is left soon.
pub(super) fn share(time: u32) -> f32 {
    (9.0 / (10.0 + f64::from(time)) as f32).max(LEAST_SHARE)
}

/// Brings an average on by one step.
#[inline]
pub(super) fn average(average: &mut f32, weight: f32, share: f32) {
    *average -= share * (*average - weight);
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
    pub(super) means: Vec<f32>,
    pub(super) squares: Vec<f32>,
    /// The running average of the values; none where it is not asked for.
    pub(super) averages: Option<Vec<f32>>,
    /// Steps so far.
    pub(super) time: u32,
}

impl Trained {
    pub(super) fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        let (gradient, means) = (zeros.clone(), zeros.clone());
        Self { values, gradient, means, squares: zeros, averages: None, time: 0 }
    }

    /// Takes the average of the values from now on.
    pub(super) fn take_averages(&mut self) {
        self.averages = Some(vec![0.0; self.values.len()]);
    }

    /// What is kept of it and read with: the average, where it is taken and a step was made.
    pub(super) fn result(&self) -> &[f32] {
        self.averages.as_ref().filter(|_| self.time != 0).unwrap_or(&self.values)
    }

    /// Puts the average in the place of the values, or back: thinc's `use_params`.
    pub(super) fn swap_averages(&mut self) {
        if let Some(it) = self.averages.as_mut().filter(|_| self.time != 0) {
            std::mem::swap(&mut self.values, it);
        }
    }

    /// Whether a kept array can take its place.
    pub(super) fn fits(&self, kept: &Trained) -> bool {
        kept.is_of(self.values.len(), self.averages.is_some())
    }

    /// Whether everything of it is of `n` numbers, but the gradient, which is not kept, and whether
    /// it has averages.
    pub(super) fn is_of(&self, n: usize, has_averages: bool) -> bool {
        let all = [&self.values, &self.means, &self.squares].into_iter().chain(&self.averages);
        self.averages.is_some() == has_averages && all.into_iter().all(|it| it.len() == n)
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
        let all = weights.zip(moments);
        let Some(averages) = &mut self.averages else {
            for ((weight, slope), (mean, square)) in all {
                rates.apply(weight, mean, square, scale * *slope);
                *slope = 0.0;
            }
            return;
        };
        // In the same go: each array is as large as the cache.
        let share = share(self.time);
        for (((weight, slope), (mean, square)), it) in all.zip(averages) {
            rates.apply(weight, mean, square, scale * *slope);
            *slope = 0.0;
            average(it, *weight, share);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Param;
    use burn::tensor::{Tensor, TensorData};
    use serde::Deserialize;

    use super::super::adam_on_device::{AllMoments, step};
    use super::*;
    use crate::device;

    /// What thinc makes of gradients.
    #[derive(Deserialize)]
    struct Start {
        learn_rate: f64,
        weights: Vec<f32>,
        late: Vec<(u32, f32)>,
    }

    #[derive(Deserialize)]
    struct Step {
        gradient: Vec<f32>,
        weights: Vec<f32>,
        averages: Vec<f32>,
    }

    #[track_caller]
    fn assert_near(found: &[f32], wanted: &[f32]) {
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 3e-6, "{found} is not {wanted}");
        }
    }

    #[test]
    fn weights_and_their_averages_are_thinc_s() {
        let mut lines = include_str!("../../tests/golden/averages.jsonl").lines();
        let golden: Start = serde_json::from_str(lines.next().unwrap()).unwrap();
        let mut on_host = Trained::new(golden.weights.clone());
        on_host.take_averages();
        assert_eq!(on_host.result(), golden.weights, "there is no average yet");
        let on = device::cpu().autodiff();
        let tensor = |it: &[f32]| TensorData::new(it.to_vec(), [it.len()]);
        let mut array: Param<Tensor<1>> = Param::from_data(tensor(&golden.weights), &on);
        let mut all = AllMoments::new();
        let numbers = |it: Tensor<1>| -> Vec<f32> { it.into_data().try_into_vec().unwrap() };
        for line in lines {
            let Step { gradient, weights, averages } = serde_json::from_str(line).unwrap();
            on_host.gradient.copy_from_slice(&gradient);
            on_host.update(golden.learn_rate);
            assert_near(&on_host.values, &weights);
            assert_near(on_host.result(), &averages);
            let gradient = Tensor::from_data(tensor(&gradient), &device::cpu());
            step(&mut array, gradient, &mut all, golden.learn_rate, true);
            assert_near(&numbers(array.val().inner()), &weights);
            let found = all[&array.id].averages.clone().expect("they are asked for");
            assert_near(&numbers(found), &averages);
        }
        for (time, wanted) in golden.late {
            let mut found = 0.0;
            average(&mut found, 1.0, share(time));
            assert!((found / wanted - 1.0).abs() < 1e-6, "{time}: {found} is not {wanted}");
        }
    }

    #[test]
    fn averages_are_swapped_in_and_out() {
        let mut it = Trained::new(vec![1.0, -2.0]);
        it.take_averages();
        it.swap_averages();
        assert_eq!(it.values, [1.0, -2.0], "no step was made");
        it.gradient.fill(0.5);
        it.update(0.1);
        let (values, averages) = (it.values.clone(), it.result().to_vec());
        it.swap_averages();
        assert_eq!(it.values, averages);
        it.swap_averages();
        assert_eq!((it.values.as_slice(), it.result()), (&*values, &*averages));
    }
}
