//! thinc's `Adam` for arrays on a graphics card.

use std::collections::BTreeMap;

use burn::module::{Param, ParamId};
use burn::tensor::Tensor;

use super::adam::{BETA_1, BETA_2, EPSILON, MAX_NORM, Rates, share};

/// What is kept of an array from step to step.
#[derive(Clone, Debug)]
pub(super) struct Moments<const D: usize> {
    pub(super) means: Tensor<D>,
    pub(super) squares: Tensor<D>,
    /// The running average of the array; none where it is not asked for.
    pub(super) averages: Option<Tensor<D>>,
    /// Steps so far.
    pub(super) time: u32,
}

/// The moments of arrays. Those that never moved have none.
pub(super) type AllMoments<const D: usize> = BTreeMap<ParamId, Moments<D>>;

/// Moves an array by its gradient, and brings its average on where it is asked for.
pub(super) fn step<const D: usize>(
    array: &mut Param<Tensor<D>>,
    gradient: Tensor<D>,
    all: &mut AllMoments<D>,
    learning_rate: f64,
    takes_averages: bool,
) {
    // min(1, 1 / norm), where it is computed: reading the norm would stall a graphics card.
    let norm = gradient.clone().square().sum().sqrt();
    let scale = norm.clamp_min(MAX_NORM).recip().mul_scalar(MAX_NORM);
    let gradient = gradient * scale.unsqueeze::<D>();
    let new = gradient.clone().mul_scalar(1.0 - BETA_1);
    let new_squares = gradient.square().mul_scalar(1.0 - BETA_2);
    let (means, squares, averages, time) = match all.remove(&array.id) {
        None => (new, new_squares, None, 1),
        Some(Moments { means, squares, averages, time }) => (
            means.mul_scalar(BETA_1) + new,
            squares.mul_scalar(BETA_2) + new_squares,
            averages,
            time + 1,
        ),
    };
    let rates = Rates::at(time, learning_rate);
    let root = squares.clone().sqrt().add_scalar(EPSILON);
    let moved = array.val().inner() - (means.clone() / root).mul_scalar(rates.step);
    let moved = moved.mul_scalar(1.0 - rates.decay);
    let averages = takes_averages.then(|| {
        let (share, new) = (share(time), moved.clone());
        match averages {
            None => new.mul_scalar(share),
            Some(it) => it.mul_scalar(1.0 - share) + new.mul_scalar(share),
        }
    });
    all.insert(array.id, Moments { means, squares, averages, time });
    put(array, moved);
}

/// Gives an array other numbers.
pub(super) fn put<const D: usize>(array: &mut Param<Tensor<D>>, values: Tensor<D>) {
    *array = Param::initialized(array.id, Tensor::from_inner(values).require_grad());
}
