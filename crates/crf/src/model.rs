use std::sync::Arc;

use corpus::{Label, Span};
use rustc_hash::FxHashMap;

use crate::example::{Piece, cut};
use crate::lexicon::Lexicon;
use crate::member::{Member, Reader};
use crate::numbers::{logit, sigmoid};
use crate::sentence::Sentence;
use crate::spans::{Candidate, average, choose};
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
        self.spans(text, self.threshold)
    }

    /// Probable spans that do not overlap, in order, also those below the threshold.
    pub fn suggest(&self, text: &str) -> Vec<Scored> {
        self.spans(text, 0.0)
    }

    fn spans(&self, text: &str, threshold: f32) -> Vec<Scored> {
        let mut lexicon = Lexicon::default();
        let mut readers: Vec<(f32, Reader<'_>)> =
            self.members.iter().map(|(weight, it)| (*weight, Reader::new(it))).collect();
        let mut found = Vec::new();
        for piece in cut(&text.into()) {
            let mut row = |key: u32| self.rows.get(&key).copied();
            let Piece { text, tokens, .. } = &piece;
            let sentence = Sentence::read(text, tokens, false, &self.words, &mut lexicon, &mut row);
            let lists: Vec<(f32, Vec<Candidate>)> = readers
                .iter_mut()
                .map(|(weight, it)| (*weight, it.candidates(&sentence, &lexicon, &self.words)))
                .collect();
            let chosen = choose(average(&lists), threshold);
            found.extend(chosen.iter().map(|it| scored(&piece, it, &self.labels, self.shift)));
        }
        found
    }
}

/// A candidate of a piece as a span of its text. `shift` is added to the logit.
pub(crate) fn scored(piece: &Piece, it: &Candidate, labels: &[Label], shift: f32) -> Scored {
    let start = piece.tokens[it.span.first as usize].start;
    let end = piece.tokens[it.span.last as usize].end;
    let label = labels[usize::from(it.span.label)].clone();
    Scored {
        span: Span::new(start, end, label).expect("tokens are not empty"),
        probability: shifted(it.probability, shift),
    }
}

/// A probability whose logit is `shift` higher.
pub(crate) fn shifted(probability: f32, shift: f32) -> f32 {
    sigmoid(logit(probability) + shift)
}
