//! From arrays as spaCy keeps them to arrays as a device computes with them, and back.
//!
//! spaCy lays a maxout out as `[outputs, pieces, inputs]`; on a device it is
//! `[inputs, pieces * outputs]`, so that each piece is one stretch of columns.

use burn::module::{Module, Param};
use burn::nn::LayerNormConfig;
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use model::{Array, Linear, Lower, Transitions};

use super::encoder::{Encoder, Maxout, Narrow};
use super::states::States;
use super::tables::Table;
use crate::error::LearnError;

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

/// Numbers on a device, to be trained.
fn parameter<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> Param<Tensor<D>> {
    Param::from_data(TensorData::new(values, shape), device)
}

/// Numbers as a matrix of so many rows, on a device.
pub(super) fn matrix(values: Vec<f32>, n_rows: usize, device: &Device) -> Tensor<2> {
    let shape = [n_rows, values.len() / n_rows];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The numbers that were read from a device.
pub(super) fn floats(data: TensorData) -> Result<Vec<f32>, LearnError> {
    data.try_into_vec().map_err(LearnError::device)
}

fn sides<const N: usize>(array: &Array) -> [usize; N] {
    let shape = array.shape();
    std::array::from_fn(|at| shape[at] as usize)
}

impl Maxout {
    fn load(model: &model::Maxout, device: &Device) -> Self {
        let [n_outputs, n_pieces, n_inputs] = sides(&model.weight);
        let n = n_outputs * n_pieces;
        let weight = pieces_first(model.weight.values(), n_pieces, n_inputs);
        let mut norm = LayerNormConfig::new(n_outputs).with_epsilon(1e-8).init(device);
        norm.gamma = parameter(model.gain.values().to_vec(), [n_outputs], device);
        norm.beta = Some(parameter(model.shift.values().to_vec(), [n_outputs], device));
        Self {
            weight: parameter(transposed(&weight, n_inputs), [n_inputs, n], device),
            bias: parameter(pieces_first(model.bias.values(), n_pieces, 1), [n], device),
            norm,
        }
    }
}

impl Encoder {
    /// The layers of a tok2vec behind its tables, on a device.
    pub(super) fn load(model: &model::Tok2Vec, device: &Device) -> Self {
        let vectors = model.vectors.as_ref().map(|it| {
            let [width, n_inputs] = sides(it);
            parameter(transposed(it.values(), n_inputs), [n_inputs, width], device)
        });
        Self {
            vectors,
            mix: Maxout::load(&model.mix, device),
            layers: model.encode.iter().map(|it| Maxout::load(it, device)).collect(),
        }
    }
}

impl Narrow {
    /// The first layers of a transition model, on a device.
    pub(super) fn load(model: &Transitions, device: &Device) -> Self {
        let [n_hidden, width] = sides(&model.narrow.weight);
        let [n_features, n_outputs, n_pieces, n_inputs] = sides(&model.lower.weight);
        let features = model.lower.weight.values().chunks_exact(n_outputs * n_pieces * n_inputs);
        let lower: Vec<f32> =
            features.flat_map(|it| pieces_first(it, n_pieces, n_inputs)).collect();
        let n = n_features * n_pieces * n_outputs;
        let weight = transposed(model.narrow.weight.values(), width);
        Self {
            weight: parameter(weight, [width, n_hidden], device),
            bias: parameter(model.narrow.bias.values().to_vec(), [n_hidden], device),
            lower: parameter(transposed(&lower, n_inputs), [n_inputs, n], device),
        }
    }
}

/// The tables of a tok2vec.
pub(super) fn tables(model: &model::Tok2Vec) -> Vec<Table> {
    let table = |it: &model::HashEmbed| {
        let [_, width] = sides(&it.table);
        Table::new(it.seed, width, it.table.values().to_vec())
    };
    model.embeds.iter().map(table).collect()
}

/// Arrays that are read from a device in one go.
struct Reading(Vec<Vec<f32>>);

impl Reading {
    /// The next of them.
    fn next(&mut self) -> Vec<f32> {
        self.0.pop().expect("as many as were registered")
    }
}

fn register<const D: usize>(to: Transaction, array: &Param<Tensor<D>>) -> Transaction {
    to.register(array.val())
}

async fn read(from: Transaction) -> Result<Reading, LearnError> {
    let read = from.execute_async().await.map_err(LearnError::device)?;
    let mut read = read.into_iter().map(floats).collect::<Result<Vec<_>, _>>()?;
    read.reverse();
    Ok(Reading(read))
}

fn array(shape: &[u32], values: Vec<f32>) -> Array {
    let shape: Vec<usize> = shape.iter().map(|it| *it as usize).collect();
    Array::new(&shape, values).expect("training changes no shape")
}

/// Puts what was trained in the place of what a tok2vec had.
pub(super) async fn save_tok2vec(
    model: &mut model::Tok2Vec,
    encoder: &Encoder,
    tables: &[Table],
) -> Result<(), LearnError> {
    let encoder = encoder.valid();
    let mut from = Transaction::default();
    from = encoder.vectors.iter().fold(from, register);
    for it in std::iter::once(&encoder.mix).chain(&encoder.layers) {
        from = register(register(from, &it.weight), &it.bias);
        from = register(from, &it.norm.gamma);
        from = it.norm.beta.iter().fold(from, register);
    }
    let mut read = read(from).await?;
    for (embed, table) in model.embeds.iter_mut().zip(tables) {
        let mut table = table.clone();
        table.settle_all();
        embed.table = array(embed.table.shape(), table.values().to_vec());
    }
    if let Some(vectors) = &mut model.vectors {
        let [width, _] = sides(vectors);
        *vectors = array(vectors.shape(), transposed(&read.next(), width));
    }
    for it in std::iter::once(&mut model.mix).chain(&mut model.encode) {
        let [n_outputs, n_pieces, n_inputs] = sides(&it.weight);
        let weight = transposed(&read.next(), n_outputs * n_pieces);
        it.weight = array(it.weight.shape(), outputs_first(&weight, n_outputs, n_inputs));
        it.bias = array(it.bias.shape(), outputs_first(&read.next(), n_outputs, 1));
        it.gain = array(it.gain.shape(), read.next());
        it.shift = array(it.shift.shape(), read.next());
    }
    Ok(())
}

/// The same for a transition model. Its source stays as it is.
pub(super) async fn save_transitions(
    model: &mut Transitions,
    narrow: &Narrow,
    states: &States,
) -> Result<(), LearnError> {
    let narrow = narrow.valid();
    let from = register(register(Transaction::default(), &narrow.weight), &narrow.bias);
    let mut read = read(register(from, &narrow.lower)).await?;
    let [n_features, n_outputs, n_pieces, n_inputs] = sides(&model.lower.weight);
    let [n_hidden, _] = sides(&model.narrow.weight);
    model.narrow = Linear {
        weight: array(model.narrow.weight.shape(), transposed(&read.next(), n_hidden)),
        bias: array(model.narrow.bias.shape(), read.next()),
    };
    let lower = transposed(&read.next(), n_features * n_pieces * n_outputs);
    let by_feature = |values: &[f32], inner: usize| -> Vec<f32> {
        let features = values.chunks_exact(n_pieces * n_outputs * inner);
        features.flat_map(|it| outputs_first(it, n_outputs, inner)).collect()
    };
    model.lower = Lower {
        weight: array(model.lower.weight.shape(), by_feature(&lower, n_inputs)),
        bias: array(model.lower.bias.shape(), outputs_first(&states.bias.values, n_outputs, 1)),
        pad: array(model.lower.pad.shape(), by_feature(&states.pad.values, 1)),
    };
    if let (Some(model), Some((weight, bias))) = (&mut model.upper, &states.upper) {
        model.weight = array(model.weight.shape(), weight.values.clone());
        model.bias = array(model.bias.shape(), bias.values.clone());
    }
    Ok(())
}
