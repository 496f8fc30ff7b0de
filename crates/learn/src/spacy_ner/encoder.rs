//! The layers that a device computes: spaCy's `MultiHashEmbed` behind its tables, its
//! `MaxoutWindowEncoder`, and the first layers of its `TransitionBasedParser`.
//!
//! A batch is one long list of rows: the tokens of all texts, with rows of zeros between them. No
//! convolution is used: neighbours are laid side by side and multiplied, which is fast everywhere.

use burn::module::{Module, Param};
use burn::nn::LayerNorm;
use burn::tensor::{Int, Tensor};

/// The largest of several linear functions, normalised: `layer_norm(max_p(x · W_p + b_p))`.
#[derive(Module, Debug)]
pub(super) struct Maxout {
    /// `[inputs, pieces * outputs]`, piece by piece.
    pub(super) weight: Param<Tensor<2>>,
    /// `[pieces * outputs]`, piece by piece.
    pub(super) bias: Param<Tensor<1>>,
    /// Over the outputs.
    pub(super) norm: LayerNorm,
}

impl Maxout {
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
pub(super) struct Encoder {
    /// What word vectors are multiplied with, `[vector width, width]`.
    pub(super) vectors: Option<Param<Tensor<2>>>,
    /// From all features of a word to the width of the network.
    pub(super) mix: Maxout,
    /// Each adds what it finds in a token and its neighbours.
    pub(super) layers: Vec<Maxout>,
}

/// What an encoder reads.
pub(super) struct Input {
    /// What the tables say of each word of the batch, `[words, columns * width]`.
    pub(super) words: Tensor<2>,
    /// The words' vectors, `[words, vector width]`.
    pub(super) vectors: Option<Tensor<2>>,
    /// The word of each row; one behind the last for rows of zeros. `[rows]`
    pub(super) rows: Tensor<1, Int>,
    /// The row of each token. `[tokens]`
    pub(super) tokens: Tensor<1, Int>,
    /// How many neighbours on either side a layer reads.
    pub(super) window: usize,
    /// What is silenced while training.
    pub(super) dropout: Option<Dropout>,
}

/// Factors that silence some numbers and keep the mean.
pub(super) struct Dropout {
    /// For the projected vectors of all words, `[1, width]`.
    pub(super) vectors: Option<Tensor<2>>,
    /// Behind the mixing layer and each layer behind it, `depth + 1` times `[rows, width]`.
    pub(super) layers: Vec<Tensor<2>>,
}

impl Encoder {
    /// - output: `[tokens, width]`
    pub(super) fn forward(&self, input: Input) -> Tensor<2> {
        let Input { words, vectors, rows, tokens, window, dropout } = input;
        let (silence, layers) = dropout.map_or((None, Vec::new()), |it| (it.vectors, it.layers));
        let mut layers = layers.into_iter();
        let mut silenced = |it: Tensor<2>| match layers.next() {
            Some(factors) => it * factors,
            None => it,
        };
        let words = match vectors.zip(self.vectors.as_ref()) {
            Some((vectors, weight)) => {
                let projected = vectors.matmul(weight.val());
                let projected = match silence {
                    Some(factors) => projected * factors,
                    None => projected,
                };
                Tensor::cat(vec![words, projected], 1)
            }
            None => words,
        };
        let mixed = self.mix.forward(words);
        let nothing = Tensor::zeros([1, mixed.dims()[1]], &mixed.device());
        // Padding starts as zeros and is then treated like any row, as in thinc's `with_array`.
        let mut all = silenced(Tensor::cat(vec![mixed, nothing], 0).select(0, rows));
        for layer in &self.layers {
            all = all.clone() + silenced(layer.forward(neighbours(all, window)));
        }
        all.select(0, tokens)
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
pub(super) struct Narrow {
    /// `[width, hidden]`
    pub(super) weight: Param<Tensor<2>>,
    /// `[hidden]`
    pub(super) bias: Param<Tensor<1>>,
    /// `[hidden, features * pieces * outputs]`, feature by feature, then piece by piece.
    pub(super) lower: Param<Tensor<2>>,
}

impl Narrow {
    /// - input: `[tokens, width]`
    /// - output: `[tokens, features * pieces * outputs]`
    pub(super) fn forward(&self, tokens: Tensor<2>) -> Tensor<2> {
        let narrow = tokens.matmul(self.weight.val()) + self.bias.val().unsqueeze();
        narrow.matmul(self.lower.val())
    }
}
