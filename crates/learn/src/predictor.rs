use burn::tensor::Device;
use corpus::{Label, Span};
use model::Model;

use crate::Text;
use crate::decode::{Candidate, candidates, choose};
use crate::error::LearnError;
use crate::network::Network;

/// The least probable spans that anybody is told of.
pub(crate) const FLOOR: f32 = 0.05;

/// A predicted span and how probable it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The span, in bytes.
    pub span: Span,
    /// Its share of all that the text could mean to the model, 0 to 1.
    pub probability: f32,
}

/// A stored model at work.
pub struct Predictor {
    network: Network,
    device: Device,
}

impl Predictor {
    /// Brings a stored model onto a device.
    pub fn new(model: &Model, device: &Device) -> Result<Self, LearnError> {
        Ok(Self { network: Network::load(model, device)?, device: device.clone() })
    }

    /// What the model predicts, in the order of its classes.
    pub fn labels(&self) -> &[Label] {
        &self.network.labels
    }

    /// How probable a span must be to be predicted, 0 to 1.
    pub fn threshold(&self) -> f32 {
        self.network.threshold
    }

    /// The spans of each text, none overlapping another, in order. A caller that must stay
    /// responsive passes a thousand words at a time.
    pub async fn predict(&self, texts: &[&Text]) -> Result<Vec<Vec<Scored>>, LearnError> {
        let logits = self.network.judge(texts, &self.device).await?;
        let labels = &self.network.labels;
        let floor = self.network.threshold.max(FLOOR);
        let spans = |(text, logits): (&&Text, Vec<f32>)| {
            let found = candidates(&logits, &text.is_space, labels.len(), floor);
            scored(&choose(found), text, labels)
        };
        Ok(texts.iter().zip(logits).map(spans).collect())
    }
}

/// Tokens as places in the text.
pub(crate) fn scored(candidates: &[Candidate], text: &Text, labels: &[Label]) -> Vec<Scored> {
    let scored = candidates.iter().map(|it| {
        let (start, end) = (text.tokens[it.first as usize].0, text.tokens[it.last as usize].1);
        let span = Span::new(start, end, labels[it.label as usize].clone());
        Scored { span: span.expect("tokens are not empty"), probability: it.probability }
    });
    scored.collect()
}
