use std::future::Future;

use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, Transaction};
use corpus::Label;
use model::Model;

use crate::batch::{Piece, Row, fill_up, rows};
use crate::config::Config;
use crate::decode::{candidates, choose};
use crate::device;
use crate::encoder::Rows;
use crate::error::LearnError;
use crate::example::{Example, Text};
use crate::hash_embed::COLUMNS;
use crate::network::{Network, floats, is_token, matrix};
use crate::predictor::{FLOOR, Scored, scored};
use crate::tags::n_classes;
use random::Random;

/// What a model makes of a text whose spans are known.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Probable spans that do not overlap, in order, also those below the threshold.
    pub candidates: Vec<Scored>,
    /// Loss, summed over the tokens.
    pub loss: f64,
}

/// Something that learns from marked texts, a batch at a time.
pub trait Learner {
    /// Learns from pieces of the examples and gives the mean loss of a token before it did.
    fn learn(
        &mut self,
        examples: &[Example],
        pieces: &[Piece],
        learning_rate: f64,
    ) -> impl Future<Output = Result<f32, LearnError>>;

    /// Judges texts whose spans are known.
    fn judge(
        &mut self,
        examples: &[Example],
    ) -> impl Future<Output = Result<Vec<Judged>, LearnError>>;

    /// Sets how probable a span must be to be predicted.
    fn set_threshold(&mut self, threshold: f32);

    /// What was learned, as plain weights.
    fn model(&self) -> impl Future<Output = Result<Model, LearnError>>;
}

/// spaCy's hash-embedding CNN under a softmax over BILUO classes.
pub struct HashEmbedCnn {
    network: Network,
    optimizer: ModuleOptimizer,
    device: Device,
    dropout: f32,
    random: Random,
    row_multiple: usize,
}

impl HashEmbedCnn {
    /// A learner that knows nothing yet.
    pub fn new(config: &Config, base: &str, labels: &[Label], device: &Device) -> Self {
        let network = Network::new(config, base, labels, &device.clone().autodiff());
        Self::with_network(network, config, device)
    }

    /// A learner that goes on from a stored model. How fast each weight moved is forgotten.
    pub fn resume(config: &Config, model: &Model, device: &Device) -> Result<Self, LearnError> {
        let network = Network::load(model, &device.clone().autodiff())?;
        Ok(Self::with_network(network, config, device))
    }

    fn with_network(network: Network, config: &Config, device: &Device) -> Self {
        Self {
            network,
            optimizer: AdamConfig::new().with_epsilon(1e-8).init(),
            device: device.clone(),
            dropout: config.dropout,
            random: Random::new(config.seed, 1),
            // A GPU keeps memory for every size it has met; the CPU would only work more.
            row_multiple: if device::is_cpu(device) { 1 } else { 64 },
        }
    }

    fn width(&self) -> usize {
        self.network.tables.n_outputs() / COLUMNS
    }

    /// Factors that silence numbers, `width` for each row. None is drawn for the padding at the
    /// end: how much there is depends on the device, and each would then draw its own.
    fn draw(&mut self, rows: &[Row], width: usize) -> Vec<f32> {
        let n_drawn = rows.iter().rposition(|it| it.token().is_some()).map_or(0, |it| it + 1);
        let mut factors = self.random.dropout(n_drawn * width, self.dropout);
        factors.resize(rows.len() * width, 1.0);
        factors
    }

    /// Factors for the activations behind each layer, `depth + 1` times `[rows, width]`.
    fn dropout(&mut self, rows: &[Row], device: &Device) -> Vec<Tensor<2>> {
        if self.dropout <= 0.0 {
            return Vec::new();
        }
        let width = self.width();
        let factors = (0..=self.network.depth()).map(|_| self.draw(rows, width));
        factors.map(|it| matrix(it, rows.len(), device)).collect()
    }

    /// One step of the optimiser over the dense layers. Gives the loss, and the gradient of
    /// `input`, `[rows, n_inputs]`, for the tables.
    async fn descend(
        &mut self,
        rows: &[Row],
        input: Vec<f32>,
        targets: Vec<f32>,
        learning_rate: f64,
    ) -> Result<(f32, Vec<f32>), LearnError> {
        let device = self.device.clone().autodiff();
        let n_tokens: f32 = targets.iter().sum();
        let input = matrix(input, rows.len(), &device).require_grad();
        let rows_ = Rows {
            input: input.clone(),
            is_token: matrix(is_token(rows), rows.len(), &device),
            dropout: self.dropout(rows, &device),
        };
        let logits = self.network.tagger.forward(rows_);
        let targets = matrix(targets, rows.len(), &device);
        let loss = (log_softmax(logits, 1) * targets).sum() * (-1.0 / n_tokens);

        let mut gradients = loss.backward();
        let gradient = input.grad_remove(&mut gradients).expect("the input is a leaf");
        let gradients = GradientsParams::from_grads(gradients, &self.network.tagger);
        let tagger = self.network.tagger.clone();
        self.network.tagger = self.optimizer.step(learning_rate, tagger, gradients);

        let reading = Transaction::default().register(loss.inner()).register(gradient);
        let read = reading.execute_async().await.map_err(LearnError::device)?;
        let mut read = read.into_iter().map(floats);
        let mut next = || read.next().expect("as many as were registered");
        Ok((next()?[0], next()?))
    }
}

impl Learner for HashEmbedCnn {
    async fn learn(
        &mut self,
        examples: &[Example],
        pieces: &[Piece],
        learning_rate: f64,
    ) -> Result<f32, LearnError> {
        let text_at = |at: usize| &examples[at].text;
        let mut rows = rows(pieces, text_at, self.network.depth());
        fill_up(&mut rows, self.row_multiple);
        let width = self.width();
        // Whole columns of a token are silenced: its norm, its prefix, its suffix or its shape.
        let columns = self.draw(&rows, COLUMNS);
        let mut input = self.network.look_up(&rows, text_at);
        scale_columns(&mut input, &columns, width);
        let targets = targets(&rows, examples, n_classes(self.network.labels.len()));
        let step = self.descend(&rows, input, targets, learning_rate);
        let (loss, mut gradient) = step.await?;
        if !loss.is_finite() {
            return Err(LearnError::Diverged);
        }
        scale_columns(&mut gradient, &columns, width);
        for (row, gradient) in rows.iter().zip(gradient.chunks_exact(COLUMNS * width)) {
            if let Some((text, token)) = row.token() {
                self.network.tables.add_gradient(&examples[text].text.ids[token], gradient);
            }
        }
        self.network.tables.update(learning_rate as f32);
        Ok(loss)
    }

    async fn judge(&mut self, examples: &[Example]) -> Result<Vec<Judged>, LearnError> {
        let texts: Vec<&Text> = examples.iter().map(|it| &it.text).collect();
        let logits = self.network.predicting().judge(&texts, &self.device).await?;
        let labels = &self.network.labels;
        Ok(examples.iter().zip(logits).map(|(it, logits)| judged(it, &logits, labels)).collect())
    }

    fn set_threshold(&mut self, threshold: f32) {
        self.network.threshold = threshold;
    }

    async fn model(&self) -> Result<Model, LearnError> {
        self.network.model().await
    }
}

fn judged(example: &Example, logits: &[f32], labels: &[Label]) -> Judged {
    let found = choose(candidates(logits, &example.text.is_space, labels.len(), FLOOR));
    let k = n_classes(labels.len());
    let losses = logits.chunks_exact(k).zip(&example.tags).map(|(row, tag)| {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|it| (it - max).exp()).sum();
        f64::from(sum.ln() + max - row[*tag as usize])
    });
    Judged { loss: losses.sum(), candidates: scored(&found, &example.text, labels) }
}

/// One-hot classes of the tokens that are learned from, zeros elsewhere. `[rows, classes]`
fn targets(rows: &[Row], examples: &[Example], n_classes: usize) -> Vec<f32> {
    let mut targets = vec![0.0; rows.len() * n_classes];
    for (row, target) in rows.iter().zip(targets.chunks_exact_mut(n_classes)) {
        if let Row::Token { text, token } = *row {
            target[examples[text as usize].tags[token as usize] as usize] = 1.0;
        }
    }
    targets
}

/// Multiplies each stretch of `width` numbers with its factor.
fn scale_columns(values: &mut [f32], factors: &[f32], width: usize) {
    for (values, factor) in values.chunks_exact_mut(width).zip(factors) {
        for it in values {
            *it *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::batch::pieces;

    /// The losses of some steps with this multiple of rows.
    fn losses(row_multiple: usize) -> Vec<f32> {
        let config =
            Config { width: 8, depth: 2, rows: [50; 4], dropout: 0.3, ..Config::default() };
        let labels = [Label::new("A").unwrap()];
        let text = Text {
            tokens: (0..7).map(|at| (2 * at, 2 * at + 1)).collect(),
            ids: (0..7).map(|at| [at, at, at, 1]).collect(),
            is_space: vec![false; 7],
            ..Text::default()
        };
        let gold = corpus::Span::new(2, 5, labels[0].clone()).unwrap();
        let examples = [Example::new(text, &[gold], &labels)];
        let pieces = pieces(examples.iter().map(|it| &it.text), 64);
        let mut learner = HashEmbedCnn::new(&config, "blank:en", &labels, &device::cpu());
        learner.row_multiple = row_multiple;
        let mut step = || {
            let mut step = pin!(learner.learn(&examples, &pieces, 0.01));
            match step.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(loss) => loss.unwrap(),
                Poll::Pending => panic!("the processor does not wait"),
            }
        };
        (0..6).map(|_| step()).collect()
    }

    #[test]
    fn filling_up_rows_changes_no_draw() {
        for (few, many) in losses(1).into_iter().zip(losses(64)) {
            assert!((few - many).abs() < 1e-4, "{few} {many}");
        }
    }
}
