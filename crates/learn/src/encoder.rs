//! spaCy's `MaxoutWindowEncoder` and a softmax layer, as burn modules.
//!
//! A batch is one long list of rows: the tokens of all texts, with rows of zeros between them. No
//! convolution is used: neighbours are laid side by side and multiplied, which is fast everywhere.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor, TensorData};

use random::Random;

/// Linear pieces of which the largest counts.
pub(crate) const PIECES: usize = 3;

/// The shape of a [`Maxout`].
#[derive(Config, Debug)]
pub(crate) struct MaxoutConfig {
    /// Numbers in.
    n_inputs: usize,
    /// Numbers out.
    n_outputs: usize,
}

/// The largest of three linear functions, normalised: `layer_norm(max_p(x · W_p + b_p))`.
#[derive(Module, Debug)]
pub(crate) struct Maxout {
    /// `[n_inputs, pieces * n_outputs]`, piece by piece.
    pub(crate) weight: Param<Tensor<2>>,
    /// `[pieces * n_outputs]`, piece by piece.
    pub(crate) bias: Param<Tensor<1>>,
    /// Over the outputs.
    pub(crate) norm: LayerNorm,
}

impl MaxoutConfig {
    /// A layer with random weights (Glorot's limits, as thinc counts them).
    pub(crate) fn init(&self, random: &mut Random, device: &Device) -> Maxout {
        let shape = [self.n_inputs, PIECES * self.n_outputs];
        let limit = (6.0 / (self.n_outputs + PIECES) as f32).sqrt();
        Maxout {
            weight: uniform(shape, limit, random, device),
            bias: Param::from_data(zeros(&shape[1..]), device),
            norm: norm(self.n_outputs).init(device),
        }
    }
}

/// spaCy's layer norm, which adds 1e-8 to the variance.
pub(crate) fn norm(n_outputs: usize) -> LayerNormConfig {
    LayerNormConfig::new(n_outputs).with_epsilon(1e-8)
}

impl Maxout {
    /// - input: `[rows, n_inputs]`
    /// - output: `[rows, n_outputs]`
    pub(crate) fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        let all = input.matmul(self.weight.val()) + self.bias.val().unsqueeze();
        let n = all.dims()[1] / PIECES;
        let piece = |at: usize| all.clone().narrow(1, at * n, n);
        self.norm.forward(piece(0).max_pair(piece(1)).max_pair(piece(2)))
    }
}

/// The shape of a [`Tagger`].
#[derive(Config, Debug)]
pub(crate) struct TaggerConfig {
    /// Numbers that stand for a token at first.
    n_inputs: usize,
    /// Numbers that stand for it later.
    width: usize,
    /// Layers that look at the neighbours.
    depth: usize,
    /// Classes to tell apart.
    n_classes: usize,
}

/// Mixes a token's features, looks `depth` times at its neighbours, and judges its class.
#[derive(Module, Debug)]
pub(crate) struct Tagger {
    /// From the looked-up vectors to the width of the network.
    pub(crate) mix: Maxout,
    /// Each adds what it finds in a token and its two neighbours.
    pub(crate) layers: Vec<Maxout>,
    /// `[width, classes]`
    pub(crate) weight: Param<Tensor<2>>,
    /// `[classes]`
    pub(crate) bias: Param<Tensor<1>>,
}

impl TaggerConfig {
    /// A network with random weights; the last layer is zero, so every class is as likely.
    pub(crate) fn init(&self, random: &mut Random, device: &Device) -> Tagger {
        let window = MaxoutConfig::new(3 * self.width, self.width);
        Tagger {
            mix: MaxoutConfig::new(self.n_inputs, self.width).init(random, device),
            layers: (0..self.depth).map(|_| window.init(random, device)).collect(),
            weight: Param::from_data(zeros(&[self.width, self.n_classes]), device),
            bias: Param::from_data(zeros(&[self.n_classes]), device),
        }
    }
}

impl Tagger {
    /// Judges each row.
    ///
    /// - rows: what the network reads
    /// - output: logits, `[rows, classes]`
    pub(crate) fn forward(&self, rows: Rows) -> Tensor<2> {
        self.encode(rows).matmul(self.weight.val()) + self.bias.val().unsqueeze()
    }

    /// - output: `[rows, width]`
    pub(crate) fn encode(&self, Rows { input, is_token, dropout }: Rows) -> Tensor<2> {
        let mut dropout = dropout.into_iter();
        let mut silence = |it: Tensor<2>| match dropout.next() {
            Some(factors) => it * factors,
            None => it,
        };
        // Padding starts as zeros and is then treated like any row, as in thinc's `with_array`.
        let mut rows = silence(self.mix.forward(input)) * is_token;
        for layer in &self.layers {
            rows = rows.clone() + silence(layer.forward(neighbours(rows)));
        }
        rows
    }
}

/// What a tagger reads: tokens and the padding between texts.
pub(crate) struct Rows {
    /// The looked-up vectors, `[rows, n_inputs]`.
    pub(crate) input: Tensor<2>,
    /// 1 for tokens, 0 for padding, `[rows, 1]`.
    pub(crate) is_token: Tensor<2>,
    /// Factors for the activations behind the mixing layer and each layer behind it, `depth + 1`
    /// times `[rows, width]`; none while predicting.
    pub(crate) dropout: Vec<Tensor<2>>,
}

/// Each row between its two neighbours; zeros beyond the ends (thinc's `seq2col`).
///
/// - input: `[rows, width]`
/// - output: `[rows, 3 * width]`
fn neighbours(rows: Tensor<2>) -> Tensor<2> {
    let [n, width] = rows.dims();
    let nothing = Tensor::<2>::zeros([1, width], &rows.device());
    let before = Tensor::cat(vec![nothing.clone(), rows.clone().narrow(0, 0, n - 1)], 0);
    let behind = Tensor::cat(vec![rows.clone().narrow(0, 1, n - 1), nothing], 0);
    Tensor::cat(vec![before, rows, behind], 1)
}

fn uniform(
    shape: [usize; 2],
    limit: f32,
    random: &mut Random,
    device: &Device,
) -> Param<Tensor<2>> {
    let values = random.uniforms(shape[0] * shape[1], limit);
    Param::from_data(TensorData::new(values, shape), device)
}

fn zeros(shape: &[usize]) -> TensorData {
    TensorData::new(vec![0.0f32; shape.iter().product()], shape)
}
