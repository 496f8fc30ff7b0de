//! Matrices, row by row.

use model::{Array, Linear, Maxout};
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder, linalg::general_mat_mul};

/// How many rows are worked on at a time, so that what comes out stays in the cache.
const ROWS: usize = 256;

/// What thinc's `LayerNorm` adds to the variance.
const EPSILON: f32 = 1e-8;

/// A matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) width: usize,
    pub(crate) values: Vec<f32>,
}

impl Matrix {
    pub(crate) fn zeros(n_rows: usize, width: usize) -> Self {
        Self { width, values: vec![0.0; n_rows * width] }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    pub(crate) fn row(&self, idx: usize) -> &[f32] {
        &self.values[idx * self.width..][..self.width]
    }

    pub(crate) fn row_mut(&mut self, idx: usize) -> &mut [f32] {
        &mut self.values[idx * self.width..][..self.width]
    }
}

/// Rows of numbers that may overlap: a matrix, or the windows of one.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'m> {
    pub(crate) values: &'m [f32],
    /// How many numbers a row has.
    pub(crate) width: usize,
    /// How many numbers lie between the beginnings of two rows.
    pub(crate) step: usize,
}

impl<'m> From<&'m Matrix> for Rows<'m> {
    fn from(matrix: &'m Matrix) -> Self {
        Self { values: &matrix.values, width: matrix.width, step: matrix.width }
    }
}

impl Rows<'_> {
    fn n_rows(&self) -> usize {
        match self.values.len().checked_sub(self.width) {
            Some(rest) if 0 < self.step => rest / self.step + 1,
            _ => 0,
        }
    }

    /// Rows from `first` on, `n_rows` of them.
    fn part(&self, first: usize, n_rows: usize) -> ArrayView2<'_, f32> {
        let values = &self.values[first * self.step..];
        let shape = (n_rows, self.width).strides((self.step, 1));
        ArrayView2::from_shape(shape, values).expect("rows lie inside the values")
    }
}

/// The weights of a linear map: `[outputs, inputs]`.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    outputs: usize,
    inputs: usize,
    values: Vec<f32>,
}

impl Weights {
    pub(crate) fn new(outputs: usize, inputs: usize, values: Vec<f32>) -> Self {
        Self { outputs, inputs, values }
    }

    /// From an array whose last side are the inputs.
    pub(crate) fn of(array: &Array) -> Self {
        let inputs = array.shape().last().map_or(0, |it| *it as usize);
        let outputs = array.values().len().checked_div(inputs).unwrap_or(0);
        Self::new(outputs, inputs, array.values().to_vec())
    }

    /// Multiplies rows: `out[i, o] = Σ rows[i, k] · weights[o, k]`.
    fn multiply(&self, rows: &ArrayView2<'_, f32>, out: &mut [f32]) {
        let n_rows = rows.nrows();
        let weights = ArrayView2::from_shape((self.outputs, self.inputs), &self.values)
            .expect("a matrix is full");
        let mut out = ArrayViewMut2::from_shape((n_rows, self.outputs), out)
            .expect("there is room for each row");
        general_mat_mul(1.0, rows, &weights.t(), 0.0, &mut out);
    }

    /// Multiplies rows, piece by piece, and hands on each piece's first row with what came out.
    fn each_piece(&self, rows: Rows<'_>, mut take: impl FnMut(usize, &mut [f32])) {
        let n_rows = rows.n_rows();
        let mut out = vec![0.0; ROWS.min(n_rows) * self.outputs];
        let mut first = 0;
        while first < n_rows {
            let n_here = ROWS.min(n_rows - first);
            let out = &mut out[..n_here * self.outputs];
            self.multiply(&rows.part(first, n_here), out);
            take(first, out);
            first += n_here;
        }
    }

    /// The product as a matrix.
    pub(crate) fn apply(&self, rows: Rows<'_>) -> Matrix {
        let mut out = Matrix::zeros(rows.n_rows(), self.outputs);
        let width = out.width;
        self.each_piece(rows, |first, piece| {
            out.values[first * width..][..piece.len()].copy_from_slice(piece);
        });
        out
    }
}

/// A linear map with its bias.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    weights: Weights,
    bias: Vec<f32>,
}

impl Affine {
    pub(crate) fn new(linear: &Linear) -> Self {
        Self { weights: Weights::of(&linear.weight), bias: linear.bias.values().to_vec() }
    }

    pub(crate) fn apply(&self, rows: Rows<'_>) -> Matrix {
        let mut out = self.weights.apply(rows);
        for row in out.values.chunks_exact_mut(self.bias.len()) {
            for (it, bias) in row.iter_mut().zip(&self.bias) {
                *it += bias;
            }
        }
        out
    }
}

/// Maxout and layer normalisation. Weights lie piece by piece, `[pieces, outputs, inputs]`, so
/// that the largest is found in long strides.
#[derive(Clone, Debug)]
pub(crate) struct NormedMaxout {
    weights: Weights,
    bias: Vec<f32>,
    pieces: usize,
    gain: Vec<f32>,
    shift: Vec<f32>,
}

impl NormedMaxout {
    pub(crate) fn new(maxout: &Maxout) -> Self {
        let shape = maxout.weight.shape();
        let [outputs, pieces, inputs] = [0, 1, 2].map(|it| shape[it] as usize);
        Self {
            weights: Weights::new(
                outputs * pieces,
                inputs,
                pieces_first(maxout.weight.values(), pieces, inputs),
            ),
            bias: pieces_first(maxout.bias.values(), pieces, 1),
            pieces,
            gain: maxout.gain.values().to_vec(),
            shift: maxout.shift.values().to_vec(),
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.gain.len()
    }

    /// What comes out for each row.
    pub(crate) fn apply(&self, rows: Rows<'_>) -> Matrix {
        let width = self.width();
        let mut out = Matrix::zeros(rows.n_rows(), width);
        self.weights.each_piece(rows, |first, piece| {
            let outs = out.values[first * width..].chunks_exact_mut(width);
            for (pieces, out) in piece.chunks_exact(width * self.pieces).zip(outs) {
                largest(pieces, &self.bias, out);
                self.normalise(out);
            }
        });
        out
    }

    fn normalise(&self, row: &mut [f32]) {
        let n = row.len() as f32;
        let mean = sum(row.iter().copied()) / n;
        let variance = sum(row.iter().map(|it| (it - mean) * (it - mean))) / n + EPSILON;
        let scale = 1.0 / variance.sqrt();
        for ((it, gain), shift) in row.iter_mut().zip(&self.gain).zip(&self.shift) {
            *it = (*it - mean) * scale * gain + shift;
        }
    }
}

/// A sum in eight lanes, which is faster and closer to the truth than one.
fn sum(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let mut lanes = [0.0; 8];
    for (idx, it) in values.enumerate() {
        lanes[idx % 8] += it;
    }
    lanes.iter().sum()
}

/// The largest of each output's pieces with their biases. Pieces lie one after the other.
pub(crate) fn largest(pieces: &[f32], bias: &[f32], out: &mut [f32]) {
    let width = out.len();
    for ((out, it), bias) in out.iter_mut().zip(&pieces[..width]).zip(&bias[..width]) {
        *out = it + bias;
    }
    let others = pieces.chunks_exact(width).zip(bias.chunks_exact(width)).skip(1);
    for (pieces, bias) in others {
        for ((out, it), bias) in out.iter_mut().zip(pieces).zip(bias) {
            *out = out.max(it + bias);
        }
    }
}

/// Puts `[outputs, pieces, inputs]` in the order `[pieces, outputs, inputs]`.
pub(crate) fn pieces_first(values: &[f32], pieces: usize, inputs: usize) -> Vec<f32> {
    let mut ordered = Vec::with_capacity(values.len());
    for piece in 0..pieces {
        for output in values.chunks_exact(pieces * inputs) {
            ordered.extend_from_slice(&output[piece * inputs..][..inputs]);
        }
    }
    ordered
}
