use std::sync::Arc;

use corpus::Label;
use rustc_hash::FxHashMap;

use crate::member::{Member, Reader};
use crate::reading::{Reading, Scored, shifted};
use crate::words::Words;

/// A trained few-label model.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) labels: Arc<[Label]>,
    pub(crate) words: Arc<Words>,
    pub(crate) rows: FxHashMap<u32, u32>,
    /// Members and their weights, which sum to 1.
    pub(crate) members: Vec<(f32, Member)>,
    /// How probable a span must be to be predicted, before `shift`.
    pub(crate) threshold: f32,
    /// What is added to the logits of probabilities, so that they say how often they are right.
    pub(crate) shift: f32,
}

impl Model {
    /// What it tells apart.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// How probable a span must be to be predicted.
    pub fn threshold(&self) -> f32 {
        shifted(self.threshold, self.shift)
    }

    /// The spans of a text that are more probable than the threshold and do not overlap, in order.
    pub fn predict(&self, text: &str) -> Vec<Scored> {
        self.read(text).finish().spans(self.threshold())
    }

    /// Probable spans that do not overlap, in order, also those below the threshold.
    pub fn suggest(&self, text: &str) -> Vec<Scored> {
        self.read(text).finish().spans(0.0)
    }

    /// Begins to read a text.
    pub fn read(&self, text: &str) -> Reading<'_> {
        let readers = self.members.iter().map(|(weight, it)| (*weight, Reader::new(it)));
        let (labels, words) = (self.labels.clone(), &self.words);
        Reading::new(readers.collect(), words, &self.rows, labels, self.shift, text)
    }
}
