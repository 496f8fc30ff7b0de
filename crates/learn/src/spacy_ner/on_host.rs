//! The layers on the processor. Products of matrices are burn's; all between them, and the way
//! back, is written out, so that each row is gone through while it is in the cache.

use burn::tensor::{Tensor, TensorData};
use model::{Tok2Vec, Transitions};

use super::adam::Trained;
use super::layers::{Back, Dropout, Input};
use super::weights::{self, MaxoutArrays};
use crate::device;

/// What thinc's `LayerNorm` adds to the variance.
const EPSILON: f32 = 1e-8;

/// Weights that rows are multiplied with, `[inputs, outputs]`.
struct Weight {
    trained: Trained,
    n_inputs: usize,
    /// The same for products.
    tensor: Tensor<2>,
}

/// The largest of several linear functions, normalised: `layer_norm(max_p(x · W_p + b_p))`.
struct Maxout {
    weight: Weight,
    /// `[pieces * outputs]`, piece by piece.
    bias: Trained,
    gain: Trained,
    shift: Trained,
}

/// What the way back through a [`Maxout`] needs.
struct Passed {
    /// `[rows, inputs]`
    input: Tensor<2>,
    /// The largest piece of each output, `[rows, outputs]`.
    largest: Vec<u32>,
    /// Outputs of mean 0 and variance 1, `[rows, outputs]`.
    normed: Vec<f32>,
    /// What each row was divided by, as a factor.
    scales: Vec<f32>,
}

/// What the way back through all layers needs.
struct Trace {
    input: Input,
    vectors: Option<Tensor<2>>,
    mix: Passed,
    layers: Vec<Passed>,
}

/// All layers.
pub(super) struct OnHost {
    /// What word vectors are multiplied with, `[vector width, width]`.
    vectors: Option<Weight>,
    mix: Maxout,
    /// Each adds what it finds in a row and its neighbours.
    layers: Vec<Maxout>,
    narrow: Weight,
    narrow_bias: Trained,
    lower: Weight,
    width: usize,
    window: usize,
    pub(super) is_frozen: bool,
    trace: Option<Trace>,
    /// The tokens' vectors and what the narrow layer made of them.
    tokens: Option<(Tensor<2>, Tensor<2>)>,
}

/// Numbers as a matrix of rows of this length.
fn tensor(values: Vec<f32>, width: usize) -> Tensor<2> {
    let shape = [values.len() / width, width];
    Tensor::from_data(TensorData::new(values, shape), &device::cpu())
}

/// The numbers of a matrix.
fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("they are of this type")
}

impl Weight {
    fn new(array: Vec<f32>, n_inputs: usize) -> Self {
        let n_outputs = array.len() / n_inputs;
        let tensor = tensor(array.clone(), n_outputs);
        Self { trained: Trained::new(array), n_inputs, tensor }
    }

    fn n_outputs(&self) -> usize {
        self.trained.values.len() / self.n_inputs
    }

    fn update(&mut self, learning_rate: f64) {
        self.trained.update(learning_rate);
        self.settle();
    }

    fn settle(&mut self) {
        self.tensor = tensor(self.trained.values.clone(), self.n_outputs());
    }

    /// Keeps the gradient that follows from what came in and the gradient of what went out, and
    /// gives back the latter as a tensor.
    fn judge(&mut self, input: Tensor<2>, of_output: Vec<f32>) -> Tensor<2> {
        let of_output = tensor(of_output, self.n_outputs());
        self.trained.gradient = values(input.transpose().matmul(of_output.clone()));
        of_output
    }

    /// The gradient of what came in.
    fn back(&self, of_output: Tensor<2>) -> Vec<f32> {
        values(of_output.matmul(self.tensor.clone().transpose()))
    }
}

impl Maxout {
    fn new(arrays: MaxoutArrays) -> Self {
        Self {
            weight: Weight::new(arrays.weight, arrays.n_inputs),
            bias: Trained::new(arrays.bias),
            gain: Trained::new(arrays.gain),
            shift: Trained::new(arrays.shift),
        }
    }

    fn width(&self) -> usize {
        self.gain.values.len()
    }

    /// - input: `[rows, inputs]`
    /// - output: `[rows, outputs]`
    fn read(&self, input: Tensor<2>) -> (Vec<f32>, Passed) {
        let width = self.width();
        let all = values(input.clone().matmul(self.weight.tensor.clone()));
        let n_rows = all.len() / self.bias.values.len();
        let mut passed = Passed {
            input,
            largest: vec![0; n_rows * width],
            normed: vec![0.0; n_rows * width],
            scales: vec![0.0; n_rows],
        };
        let mut output = vec![0.0; n_rows * width];
        let kept = passed.largest.chunks_exact_mut(width);
        let kept = kept.zip(passed.normed.chunks_exact_mut(width)).zip(&mut passed.scales);
        let rows = all.chunks_exact(self.bias.values.len()).zip(output.chunks_exact_mut(width));
        for ((row, output), ((largest, normed), scale)) in rows.zip(kept) {
            let mut pieces = row.chunks_exact(width).zip(self.bias.values.chunks_exact(width));
            if let Some((piece, bias)) = pieces.next() {
                let sums = piece.iter().zip(bias);
                normed.iter_mut().zip(sums).for_each(|(it, (value, bias))| *it = value + bias);
            }
            for (number, (piece, bias)) in (1..).zip(pieces) {
                let sums = piece.iter().zip(bias);
                for ((most, at), (value, bias)) in normed.iter_mut().zip(&mut *largest).zip(sums) {
                    let value = value + bias;
                    let is_larger = *most < value;
                    *most = if is_larger { value } else { *most };
                    *at = if is_larger { number } else { *at };
                }
            }
            *scale = norm(normed);
            let scaled = normed.iter().zip(&self.gain.values).zip(&self.shift.values);
            for (it, ((value, gain), shift)) in output.iter_mut().zip(scaled) {
                *it = value * gain + shift;
            }
        }
        (output, passed)
    }

    /// Keeps the gradients that follow from the gradient of what went out, and gives back the
    /// gradient of what came in.
    fn back(&mut self, passed: Passed, of_output: &[f32]) -> Vec<f32> {
        let (width, n_all) = (self.width(), self.bias.values.len());
        let mut of_all = vec![0.0; of_output.len() / width * n_all];
        let mut slopes = vec![0.0; width];
        let kept = passed.largest.chunks_exact(width);
        let kept = kept.zip(passed.normed.chunks_exact(width)).zip(&passed.scales);
        let rows = of_output.chunks_exact(width).zip(of_all.chunks_exact_mut(n_all));
        for ((of_output, of_all), ((largest, normed), scale)) in rows.zip(kept) {
            add_product(&mut self.gain.gradient, of_output, normed);
            add(&mut self.shift.gradient, of_output);
            let scaled = of_output.iter().zip(&self.gain.values);
            slopes.iter_mut().zip(scaled).for_each(|(it, (slope, gain))| *it = slope * gain);
            norm_back(&mut slopes, normed, *scale);
            for (number, piece) in (0..).zip(of_all.chunks_exact_mut(width)) {
                for (it, (slope, largest)) in piece.iter_mut().zip(slopes.iter().zip(largest)) {
                    *it = if *largest == number { *slope } else { 0.0 };
                }
            }
            add(&mut self.bias.gradient, of_all);
        }
        let of_all = self.weight.judge(passed.input, of_all);
        self.weight.back(of_all)
    }

    fn update(&mut self, learning_rate: f64) {
        self.weight.update(learning_rate);
        for it in [&mut self.bias, &mut self.gain, &mut self.shift] {
            it.update(learning_rate);
        }
    }
}

impl OnHost {
    pub(super) fn load(tok2vec: &Tok2Vec, ner: &Transitions) -> Self {
        let mix = Maxout::new(MaxoutArrays::of(&tok2vec.mix));
        let (narrow, lower) = (weights::narrow(ner), weights::lower(ner));
        Self {
            vectors: weights::vectors(tok2vec).map(|it| Weight::new(it.values, it.n_inputs)),
            width: mix.width(),
            mix,
            layers: tok2vec.encode.iter().map(|it| Maxout::new(MaxoutArrays::of(it))).collect(),
            narrow: Weight::new(narrow.values, narrow.n_inputs),
            narrow_bias: Trained::new(ner.narrow.bias.values().to_vec()),
            lower: Weight::new(lower.values, lower.n_inputs),
            window: tok2vec.window as usize,
            is_frozen: false,
            trace: None,
            tokens: None,
        }
    }

    pub(super) fn read(&self, input: &Input) -> Vec<f32> {
        let (tokens, _) = self.encode(input, false);
        values(self.narrowed(tokens).matmul(self.lower.tensor.clone()))
    }

    pub(super) fn forward(&mut self, input: Input) -> Vec<f32> {
        let (tokens, passed) = self.encode(&input, !self.is_frozen);
        self.trace = passed.map(|(vectors, mix, layers)| Trace { input, vectors, mix, layers });
        let narrowed = self.narrowed(tokens.clone());
        let parts = values(narrowed.clone().matmul(self.lower.tensor.clone()));
        self.tokens = Some((tokens, narrowed));
        parts
    }

    /// The tokens' vectors, `[tokens, width]`.
    #[expect(clippy::type_complexity, reason = "it is taken apart at once")]
    fn encode(
        &self,
        input: &Input,
        traces: bool,
    ) -> (Tensor<2>, Option<(Option<Tensor<2>>, Passed, Vec<Passed>)>) {
        let width = self.width;
        let silence = input.dropout.as_ref();
        let (words, vectors) = self.words(input);
        let (mixed, mix) = self.mix.read(words);
        // Rows of zeros are treated like any row behind this, as in thinc's `with_array`.
        let mut all = vec![0.0; input.rows.len() * width];
        for (row, word) in all.chunks_exact_mut(width).zip(&input.rows) {
            if let Some(values) = mixed.get(*word as usize * width..(*word as usize + 1) * width) {
                row.copy_from_slice(values);
            }
        }
        if let Some(Dropout { layers, .. }) = silence {
            multiply(&mut all, &layers[0]);
        }
        let mut passed = Vec::new();
        for (number, layer) in self.layers.iter().enumerate() {
            let (mut found, trace) = layer.read(neighbours(&all, width, self.window));
            if let Some(Dropout { layers, .. }) = silence {
                multiply(&mut found, &layers[number + 1]);
            }
            add(&mut all, &found);
            if traces {
                passed.push(trace);
            }
        }
        let mut tokens = Vec::with_capacity(input.tokens.len() * width);
        for row in &input.tokens {
            tokens.extend_from_slice(&all[*row as usize * width..][..width]);
        }
        (tensor(tokens, width), traces.then_some((vectors, mix, passed)))
    }

    /// What the mixing layer reads, and the words' vectors.
    fn words(&self, input: &Input) -> (Tensor<2>, Option<Tensor<2>>) {
        let n_columns = input.words.len() / input.n_words;
        let Some(weight) = self.vectors.as_ref().filter(|_| !input.vectors.is_empty()) else {
            return (tensor(input.words.clone(), n_columns), None);
        };
        let vectors = tensor(input.vectors.clone(), weight.n_inputs);
        let mut projected = values(vectors.clone().matmul(weight.tensor.clone()));
        if let Some(Dropout { vectors, .. }) = &input.dropout {
            projected.chunks_exact_mut(self.width).for_each(|it| multiply(it, vectors));
        }
        let mut words = Vec::with_capacity(input.words.len() + projected.len());
        let rows = input.words.chunks_exact(n_columns).zip(projected.chunks_exact(self.width));
        for (columns, projected) in rows {
            words.extend_from_slice(columns);
            words.extend_from_slice(projected);
        }
        (tensor(words, n_columns + self.width), Some(vectors))
    }

    fn narrowed(&self, tokens: Tensor<2>) -> Tensor<2> {
        let mut narrowed = values(tokens.matmul(self.narrow.tensor.clone()));
        let width = self.narrow_bias.values.len();
        narrowed.chunks_exact_mut(width).for_each(|it| add(it, &self.narrow_bias.values));
        tensor(narrowed, width)
    }

    pub(super) fn backward(&mut self, gradient: Vec<f32>) -> Option<Back> {
        let width = self.width;
        let (tokens, narrowed) = self.tokens.take().expect("it was read forward");
        let of_parts = self.lower.judge(narrowed, gradient);
        let of_narrowed = self.lower.back(of_parts);
        for row in of_narrowed.chunks_exact(self.narrow_bias.values.len()) {
            add(&mut self.narrow_bias.gradient, row);
        }
        let of_narrowed = self.narrow.judge(tokens, of_narrowed);
        let Trace { input, vectors, mix, layers } = self.trace.take()?;
        let of_tokens = self.narrow.back(of_narrowed);
        let squares = super::adam::square_norm(&of_tokens);
        let mut of_all = vec![0.0; input.rows.len() * width];
        for (row, slopes) in input.tokens.iter().zip(of_tokens.chunks_exact(width)) {
            add(&mut of_all[*row as usize * width..][..width], slopes);
        }
        let mut silenced = of_all.clone();
        for (number, passed) in layers.into_iter().enumerate().rev() {
            silenced.copy_from_slice(&of_all);
            if let Some(Dropout { layers, .. }) = &input.dropout {
                multiply(&mut silenced, &layers[number + 1]);
            }
            let of_windows = self.layers[number].back(passed, &silenced);
            add_windows(&mut of_all, &of_windows, width, self.window);
        }
        if let Some(Dropout { layers, .. }) = &input.dropout {
            multiply(&mut of_all, &layers[0]);
        }
        let mut of_mixed = vec![0.0; input.n_words * width];
        for (word, slopes) in input.rows.iter().zip(of_all.chunks_exact(width)) {
            // Rows of zeros come from no word.
            if let Some(it) = of_mixed.get_mut(*word as usize * width..(*word as usize + 1) * width)
            {
                add(it, slopes);
            }
        }
        let words = self.mix.back(mix, &of_mixed);
        let words = match (vectors, &mut self.vectors) {
            (Some(vectors), Some(weight)) => {
                let n_columns = input.words.len() / input.n_words;
                let mut columns = Vec::with_capacity(input.words.len());
                let mut projected = Vec::with_capacity(input.n_words * width);
                for row in words.chunks_exact(n_columns + width) {
                    let (of_columns, of_projected) = row.split_at(n_columns);
                    columns.extend_from_slice(of_columns);
                    projected.extend_from_slice(of_projected);
                }
                if let Some(Dropout { vectors, .. }) = &input.dropout {
                    projected.chunks_exact_mut(width).for_each(|it| multiply(it, vectors));
                }
                weight.judge(vectors, projected);
                columns
            }
            _ => words,
        };
        Some(Back { squares, words })
    }

    pub(super) fn update(&mut self, learning_rate: f64) {
        self.narrow.update(learning_rate);
        self.narrow_bias.update(learning_rate);
        self.lower.update(learning_rate);
        if !self.is_frozen {
            self.vectors.iter_mut().for_each(|it| it.update(learning_rate));
            self.mix.update(learning_rate);
            self.layers.iter_mut().for_each(|it| it.update(learning_rate));
        }
    }

    /// All arrays, in the order of [`Layers::weights`](super::layers::Layers).
    pub(super) fn trained(&self) -> Vec<&Trained> {
        let vectors = self.vectors.iter().map(|it| &it.trained);
        let maxouts = std::iter::once(&self.mix).chain(&self.layers);
        let maxouts = maxouts.flat_map(|it| [&it.weight.trained, &it.bias, &it.gain, &it.shift]);
        let narrow = [&self.narrow.trained, &self.narrow_bias, &self.lower.trained];
        vectors.chain(maxouts).chain(narrow).collect()
    }

    /// The same, to be changed. [`settle`](Self::settle) is to be called behind that.
    pub(super) fn trained_mut(&mut self) -> Vec<&mut Trained> {
        let vectors = self.vectors.iter_mut().map(|it| &mut it.trained);
        let maxouts = std::iter::once(&mut self.mix).chain(&mut self.layers);
        let maxouts = maxouts
            .flat_map(|it| [&mut it.weight.trained, &mut it.bias, &mut it.gain, &mut it.shift]);
        let narrow = [&mut self.narrow.trained, &mut self.narrow_bias, &mut self.lower.trained];
        vectors.chain(maxouts).chain(narrow).collect()
    }

    /// Computes with the weights as they are now.
    pub(super) fn settle(&mut self) {
        let maxouts = std::iter::once(&mut self.mix).chain(&mut self.layers);
        let weights = self.vectors.iter_mut().chain(maxouts.map(|it| &mut it.weight));
        weights.chain([&mut self.narrow, &mut self.lower]).for_each(Weight::settle);
    }
}

/// Brings numbers to mean 0 and variance 1, and gives back what they were multiplied with.
fn norm(row: &mut [f32]) -> f32 {
    let n = row.len() as f32;
    let mean = sum(row) / n;
    for it in &mut *row {
        *it -= mean;
    }
    let scale = (dot(row, row) / n + EPSILON).sqrt().recip();
    for it in row {
        *it *= scale;
    }
    scale
}

/// From the gradient of what [`norm`] made to that of what it was given.
fn norm_back(slopes: &mut [f32], normed: &[f32], scale: f32) {
    let n = slopes.len() as f32;
    let (mean, along) = (sum(slopes) / n, dot(slopes, normed) / n);
    let pairs = slopes.iter_mut().zip(normed);
    pairs.for_each(|(it, normed)| *it = scale * (*it - mean - normed * along));
}

/// Each row between its neighbours; zeros beyond the ends (thinc's `seq2col`).
///
/// - input: `[rows, width]`
/// - output: `[rows, (2 * window + 1) * width]`
fn neighbours(rows: &[f32], width: usize, window: usize) -> Tensor<2> {
    let n = (2 * window + 1) * width;
    let mut padded = vec![0.0; rows.len() + 2 * window * width];
    padded[window * width..][..rows.len()].copy_from_slice(rows);
    let mut all = Vec::with_capacity(rows.len() / width * n);
    padded.windows(n).step_by(width).for_each(|it| all.extend_from_slice(it));
    tensor(all, n)
}

/// Adds the gradient of [`neighbours`] to that of the rows.
fn add_windows(of_rows: &mut [f32], of_windows: &[f32], width: usize, window: usize) {
    let n_rows = of_rows.len() / width;
    for (at, of_window) in of_windows.chunks_exact((2 * window + 1) * width).enumerate() {
        for (column, slopes) in of_window.chunks_exact(width).enumerate() {
            if let Some(row) = (at + column).checked_sub(window).filter(|it| *it < n_rows) {
                add(&mut of_rows[row * width..][..width], slopes);
            }
        }
    }
}

fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, it)| *sum += it);
}

fn add_product(sums: &mut [f32], a: &[f32], b: &[f32]) {
    sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
}

fn multiply(values: &mut [f32], factors: &[f32]) {
    values.iter_mut().zip(factors).for_each(|(it, factor)| *it *= factor);
}

/// A sum in eight lanes.
fn sum(values: &[f32]) -> f32 {
    let (lanes, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for it in lanes {
        add(&mut sums, it);
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// A product in eight lanes.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    a.iter().zip(b).for_each(|(a, b)| add_product(&mut sums, a, b));
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
