//! From arrays as spaCy keeps them to arrays as the layers compute with them, and back.
//!
//! spaCy lays a maxout out as `[outputs, pieces, inputs]`; here it is
//! `[inputs, pieces * outputs]`, so that each piece is one stretch of columns.

use model::{Array, Linear, Lower, Tok2Vec, Transitions};

use super::states::States;
use super::tables::Table;

/// Puts `[outputs, pieces, inputs]` in the order `[pieces, outputs, inputs]`.
pub(super) fn pieces_first(values: &[f32], n_pieces: usize, n_inputs: usize) -> Vec<f32> {
    swapped(values, n_pieces, n_inputs)
}

/// Puts `[pieces, outputs, inputs]` in the order `[outputs, pieces, inputs]`.
pub(super) fn outputs_first(values: &[f32], n_outputs: usize, n_inputs: usize) -> Vec<f32> {
    swapped(values, n_outputs, n_inputs)
}

/// Swaps the two outer of three sides. `middle` and `inner` are the lengths of the others.
fn swapped(values: &[f32], middle: usize, inner: usize) -> Vec<f32> {
    let mut ordered = Vec::with_capacity(values.len());
    for at in 0..middle {
        for outer in values.chunks_exact(middle * inner) {
            ordered.extend_from_slice(&outer[at * inner..][..inner]);
        }
    }
    ordered
}

/// Turns rows of this length into columns.
fn transposed(values: &[f32], row: usize) -> Vec<f32> {
    swapped(values, row, 1)
}

/// What rows are multiplied with, `[inputs, outputs]`.
pub(super) struct Matrix {
    pub(super) values: Vec<f32>,
    pub(super) n_inputs: usize,
}

/// The arrays of a maxout.
pub(super) struct MaxoutArrays {
    /// `[inputs, pieces * outputs]`, piece by piece.
    pub(super) weight: Vec<f32>,
    pub(super) n_inputs: usize,
    /// `[pieces * outputs]`, piece by piece.
    pub(super) bias: Vec<f32>,
    /// Of the normalisation, `[outputs]`.
    pub(super) gain: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

fn sides<const N: usize>(array: &Array) -> [usize; N] {
    let shape = array.shape();
    std::array::from_fn(|at| shape[at] as usize)
}

impl MaxoutArrays {
    pub(super) fn of(model: &model::Maxout) -> Self {
        let [_, n_pieces, n_inputs] = sides(&model.weight);
        let weight = pieces_first(model.weight.values(), n_pieces, n_inputs);
        Self {
            weight: transposed(&weight, n_inputs),
            n_inputs,
            bias: pieces_first(model.bias.values(), n_pieces, 1),
            gain: model.gain.values().to_vec(),
            shift: model.shift.values().to_vec(),
        }
    }
}

/// What a tok2vec multiplies word vectors with.
pub(super) fn vectors(model: &Tok2Vec) -> Option<Matrix> {
    let array = model.vectors.as_ref()?;
    let [_, n_inputs] = sides(array);
    Some(Matrix { values: transposed(array.values(), n_inputs), n_inputs })
}

/// The weight of a transition model's first layer.
pub(super) fn narrow(model: &Transitions) -> Matrix {
    let [_, n_inputs] = sides(&model.narrow.weight);
    Matrix { values: transposed(model.narrow.weight.values(), n_inputs), n_inputs }
}

/// The weight of its second, feature by feature, then piece by piece.
pub(super) fn lower(model: &Transitions) -> Matrix {
    let [_, n_outputs, n_pieces, n_inputs] = sides(&model.lower.weight);
    let features = model.lower.weight.values().chunks_exact(n_outputs * n_pieces * n_inputs);
    let values: Vec<f32> = features.flat_map(|it| pieces_first(it, n_pieces, n_inputs)).collect();
    Matrix { values: transposed(&values, n_inputs), n_inputs }
}

/// The tables of a tok2vec.
pub(super) fn tables(model: &Tok2Vec) -> Vec<Table> {
    let table = |it: &model::HashEmbed| {
        let [_, width] = sides(&it.table);
        Table::new(it.seed, width, it.table.values().to_vec())
    };
    model.embeds.iter().map(table).collect()
}

fn array(shape: &[u32], values: Vec<f32>) -> Array {
    let shape: Vec<usize> = shape.iter().map(|it| *it as usize).collect();
    Array::new(&shape, values).expect("training changes no shape")
}

/// Puts what was trained in the place of what a tok2vec had. `trained` are the arrays in the order of
/// [`Layers::weights`](super::layers::Layers::weights).
pub(super) fn save_tok2vec(
    model: &mut Tok2Vec,
    tables: &[Table],
    trained: &mut impl Iterator<Item = Vec<f32>>,
) {
    let mut next = || trained.next().expect("each array was trained");
    for (embed, table) in model.embeds.iter_mut().zip(tables) {
        let mut table = table.clone();
        table.settle_all();
        embed.table = array(embed.table.shape(), table.result().to_vec());
    }
    if let Some(vectors) = &mut model.vectors {
        let [width, _] = sides(vectors);
        *vectors = array(vectors.shape(), transposed(&next(), width));
    }
    for it in std::iter::once(&mut model.mix).chain(&mut model.encode) {
        let [n_outputs, n_pieces, n_inputs] = sides(&it.weight);
        let weight = transposed(&next(), n_outputs * n_pieces);
        it.weight = array(it.weight.shape(), outputs_first(&weight, n_outputs, n_inputs));
        it.bias = array(it.bias.shape(), outputs_first(&next(), n_outputs, 1));
        it.gain = array(it.gain.shape(), next());
        it.shift = array(it.shift.shape(), next());
    }
}

/// The same for a transition model. Its source stays as it is.
pub(super) fn save_transitions(
    model: &mut Transitions,
    states: &States,
    trained: &mut impl Iterator<Item = Vec<f32>>,
) {
    let mut next = || trained.next().expect("each array was trained");
    let [n_features, n_outputs, n_pieces, n_inputs] = sides(&model.lower.weight);
    let [n_hidden, _] = sides(&model.narrow.weight);
    model.narrow = Linear {
        weight: array(model.narrow.weight.shape(), transposed(&next(), n_hidden)),
        bias: array(model.narrow.bias.shape(), next()),
    };
    let lower = transposed(&next(), n_features * n_pieces * n_outputs);
    let by_feature = |values: &[f32], inner: usize| -> Vec<f32> {
        let features = values.chunks_exact(n_pieces * n_outputs * inner);
        features.flat_map(|it| outputs_first(it, n_outputs, inner)).collect()
    };
    model.lower = Lower {
        weight: array(model.lower.weight.shape(), by_feature(&lower, n_inputs)),
        bias: array(model.lower.bias.shape(), outputs_first(states.bias.result(), n_outputs, 1)),
        pad: array(model.lower.pad.shape(), by_feature(states.pad.result(), 1)),
    };
    if let (Some(model), Some((weight, bias))) = (&mut model.upper, &states.upper) {
        model.weight = array(model.weight.shape(), weight.result().to_vec());
        model.bias = array(model.bias.shape(), bias.result().to_vec());
    }
}
