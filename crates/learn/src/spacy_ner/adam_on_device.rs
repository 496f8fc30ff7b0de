//! thinc's `Adam` for arrays on a graphics card.

use burn::optim::{AdaptiveMomentumState as Moments, LearningRate, Optimizer};
use burn::tensor::{Device, Tensor};

use super::adam::{BETA_1, BETA_2, EPSILON, MAX_NORM, Rates};

/// The optimiser. What it keeps of each array, burn carries along.
#[derive(Clone, Debug)]
pub(super) struct Adam;

impl Optimizer for Adam {
    type State<const D: usize> = Moments<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        weights: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Moments<D>>,
    ) -> (Tensor<D>, Option<Moments<D>>) {
        // min(1, 1 / norm), where it is computed: reading the norm would stall a graphics card.
        let norm = gradient.clone().square().sum().sqrt();
        let scale = norm.clamp_min(MAX_NORM).recip().mul_scalar(MAX_NORM);
        let gradient = gradient * scale.unsqueeze::<D>();
        let new = gradient.clone().mul_scalar(1.0 - BETA_1);
        let new_square = gradient.square().mul_scalar(1.0 - BETA_2);
        let state = match state {
            None => Moments::new(1, new, new_square),
            Some(Moments { time, moment_1, moment_2, .. }) => Moments::new(
                time + 1,
                moment_1.mul_scalar(BETA_1) + new,
                moment_2.mul_scalar(BETA_2) + new_square,
            ),
        };
        let rates = Rates::at(state.time as u32, learning_rate);
        let root = state.moment_2.clone().sqrt().add_scalar(EPSILON);
        let moved = weights - (state.moment_1.clone() / root).mul_scalar(rates.step);
        (moved.mul_scalar(1.0 - rates.decay), Some(state))
    }

    fn to_device<const D: usize>(state: Moments<D>, device: &Device) -> Moments<D> {
        state.to_device(device)
    }
}
