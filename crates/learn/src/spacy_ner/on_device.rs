//! The layers on a graphics card. Tensors are all there is here, and burn finds the way back.

use std::cell::RefCell;

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData, Transaction};
use model::{Tok2Vec, Transitions};

use super::adam::Trained;
use super::adam_on_device::{AllMoments, Moments, put, step};
use super::layers::{self, Back, Input};
use super::weights::{self, Matrix, MaxoutArrays};
use crate::error::LearnError;

/// Numbers on a device, to be trained.
fn parameter<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> Param<Tensor<D>> {
    Param::from_data(TensorData::new(values, shape), device)
}

fn weight(Matrix { values, n_inputs }: Matrix, device: &Device) -> Param<Tensor<2>> {
    let shape = [n_inputs, values.len() / n_inputs];
    parameter(values, shape, device)
}

/// Numbers as a matrix of so many rows, on a device.
fn matrix(values: Vec<f32>, n_rows: usize, device: &Device) -> Tensor<2> {
    let shape = [n_rows, values.len() / n_rows];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The numbers that were read from a device.
fn floats(data: TensorData) -> Result<Vec<f32>, LearnError> {
    data.try_into_vec().map_err(LearnError::device)
}

/// The largest of several linear functions, normalised: `layer_norm(max_p(x · W_p + b_p))`.
#[derive(Module, Debug)]
struct Maxout {
    /// `[inputs, pieces * outputs]`, piece by piece.
    weight: Param<Tensor<2>>,
    /// `[pieces * outputs]`, piece by piece.
    bias: Param<Tensor<1>>,
    /// Over the outputs.
    norm: LayerNorm,
}

impl Maxout {
    fn load(model: &model::Maxout, device: &Device) -> Self {
        let MaxoutArrays { weight, n_inputs, bias, gain, shift } = MaxoutArrays::of(model);
        let (n, width) = (bias.len(), gain.len());
        let mut norm = LayerNormConfig::new(width).with_epsilon(1e-8).init(device);
        norm.gamma = parameter(gain, [width], device);
        norm.beta = Some(parameter(shift, [width], device));
        Self {
            weight: parameter(weight, [n_inputs, n], device),
            bias: parameter(bias, [n], device),
            norm,
        }
    }

    /// - input: `[rows, inputs]`
    /// - output: `[rows, outputs]`
    fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        let all = input.matmul(self.weight.val()) + self.bias.val().unsqueeze();
        let ([_, n_all], [n]) = (all.dims(), self.norm.gamma.dims());
        let first = all.clone().narrow(1, 0, n);
        let others = (1..n_all / n).map(|piece| all.clone().narrow(1, piece * n, n));
        self.norm.forward(others.fold(first, Tensor::max_pair))
    }
}

/// From looked-up vectors to the vectors of tokens.
#[derive(Module, Debug)]
struct Encoder {
    /// What word vectors are multiplied with, `[vector width, width]`.
    vectors: Option<Param<Tensor<2>>>,
    /// From all features of a word to the width of the network.
    mix: Maxout,
    /// Each adds what it finds in a token and its neighbours.
    layers: Vec<Maxout>,
}

/// What is silenced while training, on the device.
struct Dropout {
    /// `[1, width]`
    vectors: Option<Tensor<2>>,
    /// `depth + 1` times `[rows, width]`.
    layers: Vec<Tensor<2>>,
}

impl Dropout {
    fn load(dropout: &layers::Dropout, n_rows: usize, width: usize, device: &Device) -> Self {
        let layer = |it: &Vec<f32>| {
            let mut factors = it.clone();
            // Rows that only fill up come to nothing in any case.
            factors.resize(n_rows * width, 1.0);
            matrix(factors, n_rows, device)
        };
        let has_vectors = !dropout.vectors.is_empty();
        Self {
            vectors: has_vectors.then(|| matrix(dropout.vectors.clone(), 1, device)),
            layers: dropout.layers.iter().map(layer).collect(),
        }
    }
}

impl Encoder {
    fn load(model: &Tok2Vec, device: &Device) -> Self {
        Self {
            vectors: weights::vectors(model).map(|it| weight(it, device)),
            mix: Maxout::load(&model.mix, device),
            layers: model.encode.iter().map(|it| Maxout::load(it, device)).collect(),
        }
    }

    /// `words` is what the tables say of each word, which a gradient is asked of.
    ///
    /// - output: `[tokens, width]`
    fn forward(
        &self,
        input: &Input,
        words: Tensor<2>,
        window: usize,
        device: &Device,
    ) -> Tensor<2> {
        let [width] = self.mix.norm.gamma.dims();
        let dropout = input.dropout.as_ref();
        let dropout = dropout.map(|it| Dropout::load(it, input.rows.len(), width, device));
        let (silence, layers) = dropout.map_or((None, Vec::new()), |it| (it.vectors, it.layers));
        let mut layers = layers.into_iter();
        let mut silenced = |it: Tensor<2>| match layers.next() {
            Some(factors) => it * factors,
            None => it,
        };
        let words = match self.vectors.as_ref().filter(|_| !input.vectors.is_empty()) {
            Some(weight) => {
                let vectors = matrix(input.vectors.clone(), input.n_words, device);
                let projected = vectors.matmul(weight.val());
                let projected = match silence {
                    Some(factors) => projected * factors,
                    None => projected,
                };
                Tensor::cat(vec![words, projected], 1)
            }
            None => words,
        };
        // There are never as many rows as would wrap around.
        let ints = |values: &[u32]| {
            let values: Vec<i32> = values.iter().map(|it| it.cast_signed()).collect();
            let n = values.len();
            Tensor::<1, Int>::from_data(TensorData::new(values, [n]), device)
        };
        let mixed = self.mix.forward(words);
        let nothing = Tensor::zeros([1, mixed.dims()[1]], &mixed.device());
        // Padding starts as zeros and is then treated like any row, as in thinc's `with_array`.
        let rows = ints(&input.rows);
        let mut all = silenced(Tensor::cat(vec![mixed, nothing], 0).select(0, rows));
        for layer in &self.layers {
            all = all.clone() + silenced(layer.forward(neighbours(all, window)));
        }
        all.select(0, ints(&input.tokens))
    }
}

/// Each row between its neighbours; zeros beyond the ends (thinc's `seq2col`).
///
/// - input: `[rows, width]`
/// - output: `[rows, (2 * window + 1) * width]`
fn neighbours(rows: Tensor<2>, window: usize) -> Tensor<2> {
    let [n, width] = rows.dims();
    let shifted = |by: usize| {
        let nothing = Tensor::<2>::zeros([by, width], &rows.device());
        let before = Tensor::cat(vec![nothing.clone(), rows.clone().narrow(0, 0, n - by)], 0);
        let behind = Tensor::cat(vec![rows.clone().narrow(0, by, n - by), nothing], 0);
        (before, behind)
    };
    let (before, behind): (Vec<_>, Vec<_>) = (1..=window).map(shifted).unzip();
    let all = before.into_iter().rev().chain([rows]).chain(behind);
    Tensor::cat(all.collect(), 1)
}

/// From the vectors of tokens to what each adds to the states that look at it.
#[derive(Module, Debug)]
struct Narrow {
    /// `[width, hidden]`
    weight: Param<Tensor<2>>,
    /// `[hidden]`
    bias: Param<Tensor<1>>,
    /// `[hidden, features * pieces * outputs]`, feature by feature, then piece by piece.
    lower: Param<Tensor<2>>,
}

impl Narrow {
    fn load(model: &Transitions, device: &Device) -> Self {
        let bias = model.narrow.bias.values().to_vec();
        let n = bias.len();
        Self {
            weight: weight(weights::narrow(model), device),
            bias: parameter(bias, [n], device),
            lower: weight(weights::lower(model), device),
        }
    }

    /// - input: `[tokens, width]`
    /// - output: `[tokens, features * pieces * outputs]`
    fn forward(&self, tokens: Tensor<2>) -> Tensor<2> {
        let narrow = tokens.matmul(self.weight.val()) + self.bias.val().unsqueeze();
        narrow.matmul(self.lower.val())
    }
}

/// What the way back needs.
struct Trace {
    /// What the tables say of each word.
    words: Tensor<2>,
    /// The tokens' vectors as the encoder gave them, and again as a beginning.
    encoded: Tensor<2>,
    tokens: Tensor<2>,
    parts: Tensor<2>,
}

/// Gradients of all layers.
struct Slopes {
    encoder: Option<GradientsParams>,
    narrow: GradientsParams,
}

impl Slopes {
    /// The gradient of an array; none of one that stays as it is.
    fn of<const D: usize>(&self, array: &Param<Tensor<D>>) -> Option<Tensor<D>> {
        let encoder = self.encoder.as_ref().and_then(|it| it.get::<D>(array.id));
        encoder.or_else(|| self.narrow.get::<D>(array.id))
    }
}

/// An array of the layers.
enum Array<'a> {
    Matrix(&'a mut Param<Tensor<2>>),
    List(&'a mut Param<Tensor<1>>),
}

/// All arrays, in the order of [`Layers::weights`](layers::Layers::weights).
fn arrays<'a>(encoder: &'a mut Encoder, narrow: &'a mut Narrow) -> Vec<Array<'a>> {
    let mut all: Vec<Array<'a>> = encoder.vectors.iter_mut().map(Array::Matrix).collect();
    for it in std::iter::once(&mut encoder.mix).chain(&mut encoder.layers) {
        all.extend([Array::Matrix(&mut it.weight), Array::List(&mut it.bias)]);
        all.push(Array::List(&mut it.norm.gamma));
        all.extend(it.norm.beta.iter_mut().map(Array::List));
    }
    let Narrow { weight, bias, lower } = narrow;
    all.extend([Array::Matrix(weight), Array::List(bias), Array::Matrix(lower)]);
    all
}

/// Puts a kept array in the place of one.
fn restore<const D: usize>(
    array: &mut Param<Tensor<D>>,
    kept: Trained,
    all: &mut AllMoments<D>,
    device: &Device,
) {
    let shape = array.val().dims();
    let tensor = |values| Tensor::<D>::from_data(TensorData::new(values, shape), device);
    put(array, tensor(kept.values));
    let moments = Moments {
        means: tensor(kept.means),
        squares: tensor(kept.squares),
        averages: kept.averages.map(tensor),
        time: kept.time,
    };
    match kept.time {
        0 => drop(all.remove(&array.id)),
        _ => drop(all.insert(array.id, moments)),
    }
}

/// Puts the average of an array in its place, or back.
fn swap_average<const D: usize>(array: &mut Param<Tensor<D>>, all: &mut AllMoments<D>) {
    if let Some(average) = all.get_mut(&array.id).and_then(|it| it.averages.as_mut()) {
        let values = std::mem::replace(average, array.val().inner());
        put(array, values);
    }
}

/// All layers.
pub(super) struct OnDevice {
    encoder: Encoder,
    narrow: Narrow,
    of_matrices: AllMoments<2>,
    of_lists: AllMoments<1>,
    device: Device,
    window: usize,
    pub(super) is_frozen: bool,
    pub(super) takes_averages: bool,
    trace: Option<Trace>,
    slopes: Option<Slopes>,
}

impl OnDevice {
    pub(super) fn load(tok2vec: &Tok2Vec, ner: &Transitions, device: &Device) -> Self {
        let on = device.clone().autodiff();
        Self {
            encoder: Encoder::load(tok2vec, &on),
            narrow: Narrow::load(ner, &on),
            of_matrices: AllMoments::new(),
            of_lists: AllMoments::new(),
            device: device.clone(),
            window: tok2vec.window as usize,
            is_frozen: false,
            takes_averages: false,
            trace: None,
            slopes: None,
        }
    }

    pub(super) async fn read(&self, input: &Input) -> Result<Vec<f32>, LearnError> {
        let parts = self.narrow.valid().forward(self.encode(input));
        floats(parts.into_data_async().await.map_err(LearnError::device)?)
    }

    /// The tokens' vectors, out of layers that do not learn.
    fn encode(&self, input: &Input) -> Tensor<2> {
        let words = matrix(input.words.clone(), input.n_words, &self.device);
        self.encoder.valid().forward(input, words, self.window, &self.device)
    }

    pub(super) async fn forward(&mut self, input: &Input) -> Result<Vec<f32>, LearnError> {
        let on = self.device.clone().autodiff();
        let words = matrix(input.words.clone(), input.n_words, &on).require_grad();
        let encoded = if self.is_frozen {
            Tensor::from_inner(self.encode(input))
        } else {
            self.encoder.forward(input, words.clone(), self.window, &on)
        };
        // Two passes back, so that the gradient between them is known.
        let tokens = Tensor::<2>::from_inner(encoded.clone().inner()).require_grad();
        let parts = self.narrow.forward(tokens.clone());
        let read = parts.clone().inner().into_data_async().await.map_err(LearnError::device)?;
        self.trace = Some(Trace { words, encoded, tokens, parts });
        floats(read)
    }

    pub(super) async fn backward(
        &mut self,
        gradient: Vec<f32>,
    ) -> Result<Option<Back>, LearnError> {
        let Trace { words, encoded, tokens, parts } = self.trace.take().expect("it was read");
        let on = self.device.clone().autodiff();
        let gradient = matrix(gradient, parts.dims()[0], &on);
        let mut slopes = (parts * gradient).sum().backward();
        let of_tokens = tokens.grad_remove(&mut slopes).expect("the tokens are a leaf");
        let narrow = GradientsParams::from_grads(slopes, &self.narrow);
        if self.is_frozen {
            self.slopes = Some(Slopes { encoder: None, narrow });
            return Ok(None);
        }
        let squares = of_tokens.clone().square().sum();
        let mut slopes = (encoded * Tensor::from_inner(of_tokens)).sum().backward();
        let of_words = words.grad_remove(&mut slopes).expect("the words are a leaf");
        let encoder = Some(GradientsParams::from_grads(slopes, &self.encoder));
        self.slopes = Some(Slopes { encoder, narrow });
        let [squares, words] = read([squares.unsqueeze(), of_words]).await?;
        Ok(Some(Back { squares: f64::from(squares[0]), words }))
    }

    pub(super) fn update(&mut self, learning_rate: f64) {
        let Some(slopes) = self.slopes.take() else { return };
        let averages = self.takes_averages;
        for array in arrays(&mut self.encoder, &mut self.narrow) {
            match array {
                Array::Matrix(it) => {
                    if let Some(slope) = slopes.of(it) {
                        step(it, slope, &mut self.of_matrices, learning_rate, averages);
                    }
                }
                Array::List(it) => {
                    if let Some(slope) = slopes.of(it) {
                        step(it, slope, &mut self.of_lists, learning_rate, averages);
                    }
                }
            }
        }
    }

    /// Puts the averages of all arrays in their places, or back.
    pub(super) fn swap_averages(&mut self) {
        for array in arrays(&mut self.encoder, &mut self.narrow) {
            match array {
                Array::Matrix(it) => swap_average(it, &mut self.of_matrices),
                Array::List(it) => swap_average(it, &mut self.of_lists),
            }
        }
    }

    /// All arrays with what their optimiser keeps, in the order of
    /// [`Layers::weights`](layers::Layers::weights).
    pub(super) async fn trained(&self) -> Result<Vec<Trained>, LearnError> {
        let times = RefCell::new(Vec::new());
        let values = self.arrays(
            |it| {
                times.borrow_mut().push(self.of_matrices.get(&it.id).map_or(0, |it| it.time));
                it.val()
            },
            |it| {
                times.borrow_mut().push(self.of_lists.get(&it.id).map_or(0, |it| it.time));
                it.val()
            },
        );
        let values = values.await?;
        let means = self.moments(|it| it.means.clone(), |it| it.means.clone()).await?;
        let squares = self.moments(|it| it.squares.clone(), |it| it.squares.clone()).await?;
        let mut averages = vec![None; values.len()];
        if self.takes_averages {
            let taken = "they are taken from the first step on";
            let all = self.moments(
                |it| it.averages.clone().expect(taken),
                |it| it.averages.clone().expect(taken),
            );
            averages = all.await?.into_iter().map(Some).collect();
        }
        let all = values.into_iter().zip(means).zip(squares).zip(averages).zip(times.into_inner());
        let trained = |((((values, means), squares), averages), time)| Trained {
            values,
            gradient: Vec::new(),
            means,
            squares,
            averages,
            time,
        };
        Ok(all.map(trained).collect())
    }

    /// Something that the optimiser keeps of each array, in the same order; zeros where no step was
    /// made.
    async fn moments(
        &self,
        of_matrix: impl Fn(&Moments<2>) -> Tensor<2>,
        of_list: impl Fn(&Moments<1>) -> Tensor<1>,
    ) -> Result<Vec<Vec<f32>>, LearnError> {
        let matrix = |it: &Param<Tensor<2>>| match self.of_matrices.get(&it.id) {
            Some(it) => of_matrix(it),
            None => it.val().inner().zeros_like(),
        };
        let list = |it: &Param<Tensor<1>>| match self.of_lists.get(&it.id) {
            Some(it) => of_list(it),
            None => it.val().inner().zeros_like(),
        };
        self.arrays(matrix, list).await
    }

    /// Whether kept arrays, in the same order, can take the place of its own.
    pub(super) fn fit(&mut self, kept: &[Trained]) -> bool {
        let length = |it: Array<'_>| match it {
            Array::Matrix(it) => it.val().shape().num_elements(),
            Array::List(it) => it.val().shape().num_elements(),
        };
        let all = arrays(&mut self.encoder, &mut self.narrow);
        let takes_averages = self.takes_averages;
        all.len() == kept.len()
            && all.into_iter().zip(kept).all(|(it, kept)| kept.is_of(length(it), takes_averages))
    }

    /// Puts kept arrays, in the same order, in the place of its own.
    pub(super) fn restore(&mut self, kept: impl Iterator<Item = Trained>) {
        let device = &self.device;
        for (array, kept) in arrays(&mut self.encoder, &mut self.narrow).into_iter().zip(kept) {
            match array {
                Array::Matrix(it) => restore(it, kept, &mut self.of_matrices, device),
                Array::List(it) => restore(it, kept, &mut self.of_lists, device),
            }
        }
    }

    /// In the order of [`Layers::weights`](layers::Layers::weights).
    pub(super) async fn results(&self) -> Result<Vec<Vec<f32>>, LearnError> {
        fn result<const D: usize>(of: &Param<Tensor<D>>, all: &AllMoments<D>) -> Tensor<D> {
            let average = all.get(&of.id).and_then(|it| it.averages.clone());
            average.unwrap_or_else(|| of.val().inner())
        }
        self.arrays(|it| result(it, &self.of_matrices), |it| result(it, &self.of_lists)).await
    }

    /// In the same order.
    #[cfg(test)]
    pub(super) async fn gradients(&self) -> Result<Vec<Vec<f32>>, LearnError> {
        let slopes = self.slopes.as_ref().expect("a pass went back");
        let has = "it has a gradient";
        self.arrays(|it| slopes.of(it).expect(has), |it| slopes.of(it).expect(has)).await
    }

    /// Something of all parameters, matrices and lists.
    async fn arrays(
        &self,
        of_matrix: impl Fn(&Param<Tensor<2>>) -> Tensor<2>,
        of_list: impl Fn(&Param<Tensor<1>>) -> Tensor<1>,
    ) -> Result<Vec<Vec<f32>>, LearnError> {
        let mut from = Transaction::default();
        if let Some(it) = &self.encoder.vectors {
            from = from.register(of_matrix(it));
        }
        for it in std::iter::once(&self.encoder.mix).chain(&self.encoder.layers) {
            from = from.register(of_matrix(&it.weight)).register(of_list(&it.bias));
            from = from.register(of_list(&it.norm.gamma));
            if let Some(shift) = &it.norm.beta {
                from = from.register(of_list(shift));
            }
        }
        let Narrow { weight, bias, lower } = &self.narrow;
        from = from.register(of_matrix(weight)).register(of_list(bias)).register(of_matrix(lower));
        let read = from.execute_async().await.map_err(LearnError::device)?;
        read.into_iter().map(floats).collect()
    }
}

/// Reads matrices in one go.
async fn read<const N: usize>(tensors: [Tensor<2>; N]) -> Result<[Vec<f32>; N], LearnError> {
    let reading = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let read = reading.execute_async().await.map_err(LearnError::device)?;
    let read = read.into_iter().map(floats).collect::<Result<Vec<_>, _>>()?;
    Ok(read.try_into().expect("as many as were registered"))
}
