use std::sync::Arc;

use corpus::{Label, Span};
use rustc_hash::FxHashMap;

use crate::example::{Piece, cut};
use crate::lattice::{Candidate, average, choose};
use crate::lexicon::Lexicon;
use crate::member::{Member, Reader};
use crate::numbers::{logit, sigmoid};
use crate::sentence::Sentence;
use crate::words::Words;

/// A span and how sure the model is of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The span.
    pub span: Span,
    /// How probable it is that a person would mark exactly this, 0 to 1.
    pub probability: f32,
}

/// A trained few-label model.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) labels: Vec<Label>,
    pub(crate) words: Words,
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
        self.shown(self.threshold)
    }

    /// The spans of a text that are more probable than the threshold and do not overlap, in order.
    pub fn predict(&self, text: &str) -> Vec<Scored> {
        self.spans(text, self.threshold)
    }

    /// Probable spans that do not overlap, in order, also those below the threshold.
    pub fn suggest(&self, text: &str) -> Vec<Scored> {
        self.spans(text, 0.0)
    }

    fn shown(&self, probability: f32) -> f32 {
        sigmoid(logit(probability) + self.shift)
    }

    fn spans(&self, text: &str, threshold: f32) -> Vec<Scored> {
        let text: Arc<str> = text.into();
        let mut found = Vec::new();
        for piece in cut(&text) {
            for it in choose(self.candidates(&piece), threshold) {
                let start = piece.tokens[it.span.first as usize].start;
                let end = piece.tokens[it.span.last as usize].end;
                let label = self.labels[usize::from(it.span.label)].clone();
                let probability = self.shown(it.probability);
                let span = Span::new(start, end, label).expect("tokens are not empty");
                found.push(Scored { span, probability });
            }
        }
        found
    }

    fn candidates(&self, piece: &Piece) -> Vec<Candidate> {
        let mut lexicon = Lexicon::default();
        let mut row = |key: u32| self.rows.get(&key).copied();
        let sentence =
            Sentence::read(&piece.text, &piece.tokens, false, &self.words, &mut lexicon, &mut row);
        let lists: Vec<(f32, Vec<Candidate>)> = self
            .members
            .iter()
            .map(|(weight, it)| {
                let found = Reader::new(it).candidates(&sentence, &lexicon, &self.words);
                (*weight, found)
            })
            .collect();
        average(&lists)
    }
}
