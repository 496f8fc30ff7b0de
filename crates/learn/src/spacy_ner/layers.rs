//! The layers between the tables and the states: on the processor, or on a graphics card.

#![cfg_attr(
    not(any(test, feature = "gpu")),
    expect(clippy::unused_async, reason = "only a graphics card is waited for")
)]

use burn::tensor::Device;
use model::{Tok2Vec, Transitions};

use super::adam::Trained;
#[cfg(any(test, feature = "gpu"))]
use super::on_device::OnDevice;
use super::on_host::OnHost;
use crate::device;
use crate::error::LearnError;

/// What the layers read of a batch.
pub(super) struct Input {
    /// What the tables say of each word of the batch, `[words, columns * width]`.
    pub(super) words: Vec<f32>,
    /// The words' vectors, `[words, vector width]`; empty where none are read.
    pub(super) vectors: Vec<f32>,
    pub(super) n_words: usize,
    /// The word of each row; one behind the last for rows of zeros.
    pub(super) rows: Vec<u32>,
    /// The row of each token.
    pub(super) tokens: Vec<u32>,
    /// What is silenced while training.
    pub(super) dropout: Option<Dropout>,
}

/// Factors that silence some numbers and keep the mean.
pub(super) struct Dropout {
    /// For the projected vectors of all words, `[width]`; empty where there are none.
    pub(super) vectors: Vec<f32>,
    /// Behind the mixing layer and each layer behind it, `depth + 1` times `[rows, width]`.
    pub(super) layers: Vec<Vec<f32>>,
}

/// What a pass back tells beside the gradients of the layers.
pub(super) struct Back {
    /// The sum of the squared gradients of the tokens' vectors.
    pub(super) squares: f64,
    /// The gradient of what the tables say of each word, `[words, columns * width]`.
    pub(super) words: Vec<f32>,
}

/// The layers, wherever they are computed. Both give the same but for rounding.
pub(super) enum Layers {
    /// On the processor.
    Host(Box<OnHost>),
    /// On a graphics card.
    #[cfg(any(test, feature = "gpu"))]
    Device(Box<OnDevice>),
}

impl Layers {
    /// The layers of a tok2vec behind its tables, and the first of a transition model.
    pub(super) fn load(tok2vec: &Tok2Vec, ner: &Transitions, device: &Device) -> Self {
        #[cfg(feature = "gpu")]
        if !device::is_cpu(device) {
            return Layers::Device(Box::new(OnDevice::load(tok2vec, ner, device)));
        }
        debug_assert!(device::is_cpu(device), "no other device is compiled in");
        Layers::Host(Box::new(OnHost::load(tok2vec, ner)))
    }

    /// Leaves all before the tokens' vectors as it is.
    pub(super) fn freeze(&mut self) {
        match self {
            Layers::Host(it) => it.is_frozen = true,
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.is_frozen = true,
        }
    }

    /// Takes the average of all weights from now on.
    pub(super) fn take_averages(&mut self) {
        match self {
            Layers::Host(it) => it.trained_mut().into_iter().for_each(Trained::take_averages),
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.takes_averages = true,
        }
    }

    /// Puts the averages in the place of the weights, or back: thinc's `use_params`.
    pub(super) fn swap_averages(&mut self) {
        match self {
            Layers::Host(it) => {
                it.trained_mut().into_iter().for_each(Trained::swap_averages);
                it.settle();
            }
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.swap_averages(),
        }
    }

    /// What each token adds to states, `[tokens, features * pieces * outputs]`.
    pub(super) async fn read(&self, input: Input) -> Result<Vec<f32>, LearnError> {
        match self {
            Layers::Host(it) => Ok(it.read(&input)),
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.read(&input).await,
        }
    }

    /// The same, and keeps what [`backward`](Self::backward) needs.
    pub(super) async fn forward(&mut self, input: Input) -> Result<Vec<f32>, LearnError> {
        match self {
            Layers::Host(it) => Ok(it.forward(input)),
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.forward(&input).await,
        }
    }

    /// Goes back through what was last read forward, from the gradient of what came out. None where
    /// all before the tokens' vectors stays as it is.
    pub(super) async fn backward(
        &mut self,
        gradient: Vec<f32>,
    ) -> Result<Option<Back>, LearnError> {
        match self {
            Layers::Host(it) => Ok(it.backward(gradient)),
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.backward(gradient).await,
        }
    }

    /// Moves all weights against their gradients.
    pub(super) fn update(&mut self, learning_rate: f64) {
        match self {
            Layers::Host(it) => it.update(learning_rate),
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.update(learning_rate),
        }
    }

    /// All weights, and where their averages are taken, those: what word vectors are multiplied with,
    /// where there are any; weight, bias, gain and shift of the mixing layer and of each layer behind
    /// it; then weight and bias of the narrow layer, and the weight of the lower one. Weights are
    /// `[inputs, outputs]`, and the outputs of a maxout lie piece by piece.
    pub(super) async fn weights(&self) -> Result<Vec<Vec<f32>>, LearnError> {
        match self {
            Layers::Host(it) => Ok(it.trained().iter().map(|it| it.result().to_vec()).collect()),
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.results().await,
        }
    }

    /// All arrays with what their optimiser keeps, in the same order. Whoever keeps it, either kind
    /// of layers goes on from it.
    pub(super) async fn trained(&self) -> Result<Vec<Trained>, LearnError> {
        match self {
            Layers::Host(it) => Ok(it.trained().into_iter().cloned().collect()),
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.trained().await,
        }
    }

    /// Whether kept arrays can take the place of all.
    pub(super) fn fit(&mut self, kept: &[Trained]) -> bool {
        match self {
            Layers::Host(it) => {
                let all = it.trained();
                all.len() == kept.len() && all.iter().zip(kept).all(|(it, kept)| it.fits(kept))
            }
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.fit(kept),
        }
    }

    /// Puts kept arrays that fit in the place of those that [`trained`](Self::trained) gives.
    pub(super) fn restore(&mut self, kept: impl Iterator<Item = Trained>) {
        match self {
            Layers::Host(it) => {
                it.trained_mut().into_iter().zip(kept).for_each(|(it, kept)| it.restore(kept));
                it.settle();
            }
            #[cfg(any(test, feature = "gpu"))]
            Layers::Device(it) => it.restore(kept),
        }
    }

    /// The gradients of all weights, in the same order.
    #[cfg(test)]
    pub(super) async fn gradients(&self) -> Result<Vec<Vec<f32>>, LearnError> {
        match self {
            Layers::Host(it) => Ok(it.trained().iter().map(|it| it.gradient.clone()).collect()),
            Layers::Device(it) => it.gradients().await,
        }
    }
}
