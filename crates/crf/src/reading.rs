//! Texts as trained members read them, a piece at a time, and what they find there.

use std::sync::Arc;

use corpus::{Label, Span};
use rustc_hash::FxHashMap;

use crate::example::{Piece, cut};
use crate::lexicon::Lexicon;
use crate::member::Reader;
use crate::numbers::{logit, sigmoid};
use crate::sentence::Sentence;
use crate::spans::{Candidate, average, choose};
use crate::tags::TokenSpan;
use crate::words::Words;

/// A span and how sure the model is of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The span.
    pub span: Span,
    /// How probable it is that a person would mark exactly this, 0 to 1.
    pub probability: f32,
}

/// A text that is being read. Its caller does one short step after another.
pub struct Reading<'m> {
    /// With their weights, which sum to 1.
    readers: Vec<(f32, Reader<'m>)>,
    words: &'m Words,
    rows: &'m FxHashMap<u32, u32>,
    lexicon: Lexicon,
    pieces: std::vec::IntoIter<Piece>,
    /// What is added to the logits of probabilities.
    shift: f32,
    found: Found,
}

impl<'m> Reading<'m> {
    pub(crate) fn new(
        readers: Vec<(f32, Reader<'m>)>,
        words: &'m Words,
        rows: &'m FxHashMap<u32, u32>,
        labels: Arc<[Label]>,
        shift: f32,
        text: &str,
    ) -> Self {
        let pieces = cut(&text.into()).into_iter();
        let found = Found { labels, spans: Vec::new(), n_tokens: 0 };
        Self { readers, words, rows, lexicon: Lexicon::default(), pieces, shift, found }
    }

    /// Reads about a sentence more. False when there was none left.
    pub fn step(&mut self) -> bool {
        let Some(Piece { text, tokens, .. }) = self.pieces.next() else { return false };
        let mut row = |key: u32| self.rows.get(&key).copied();
        let sentence =
            Sentence::read(&text, &tokens, false, self.words, &mut self.lexicon, &mut row);
        let lists: Vec<(f32, Vec<Candidate>)> = self
            .readers
            .iter_mut()
            .map(|(weight, it)| (*weight, it.candidates(&sentence, &self.lexicon, self.words)))
            .collect();
        let in_bytes = |it: Candidate| Candidate {
            span: TokenSpan {
                first: tokens[it.span.first as usize].start,
                last: tokens[it.span.last as usize].end - 1,
                label: it.span.label,
            },
            probability: shifted(it.probability, self.shift),
        };
        self.found.spans.extend(average(&lists).into_iter().map(in_bytes));
        self.found.n_tokens += tokens.len();
        true
    }

    /// Reads the rest.
    pub fn finish(mut self) -> Found {
        while self.step() {}
        self.found
    }
}

/// All spans of a text that are not improbable, also those that overlap.
#[derive(Clone, Debug)]
pub struct Found {
    labels: Arc<[Label]>,
    /// By their first and last byte.
    spans: Vec<Candidate>,
    n_tokens: usize,
}

impl Found {
    /// The most probable spans that do not overlap, in order, as long as they are at least as
    /// probable as this.
    pub fn spans(&self, threshold: f32) -> Vec<Scored> {
        let chosen = choose(self.spans.clone(), threshold).into_iter();
        let scored = |it: Candidate| Scored {
            span: Span::new(
                it.span.first,
                it.span.last + 1,
                self.labels[usize::from(it.span.label)].clone(),
            )
            .expect("tokens are not empty"),
            probability: it.probability,
        };
        chosen.map(scored).collect()
    }

    /// How many of the decisions about its spans are expected to be wrong.
    pub fn doubt(&self) -> f32 {
        self.spans.iter().map(|it| it.probability.min(1.0 - it.probability)).sum()
    }

    /// How many tokens the text has.
    pub fn n_tokens(&self) -> usize {
        self.n_tokens
    }

    /// What two models together hold probable of the same text; `share` is that of the other. Of
    /// a label that only one of them knows, that one speaks alone.
    #[must_use]
    pub fn blended(&self, other: &Found, share: f32) -> Found {
        let knows = |labels: &[Label], it: &Label| labels.contains(it);
        let mut labels = self.labels.to_vec();
        labels.extend(other.labels.iter().filter(|it| !knows(&self.labels, it)).cloned());
        let weighted = |found: &Found, share: f32, rest: &Found| {
            let spans = found.spans.iter().map(|it| {
                let label = &found.labels[usize::from(it.span.label)];
                let at = labels.iter().position(|it| it == label).expect("it was put in");
                let weight = if knows(&rest.labels, label) { share } else { 1.0 };
                let span = TokenSpan { label: at as u16, ..it.span };
                Candidate { span, probability: weight * it.probability }
            });
            (1.0, spans.collect::<Vec<_>>())
        };
        let lists = [weighted(self, 1.0 - share, other), weighted(other, share, self)];
        let spans = average(&lists);
        Found { spans, labels: labels.into(), n_tokens: self.n_tokens }
    }
}

/// A probability whose logit is `shift` higher.
pub(crate) fn shifted(probability: f32, shift: f32) -> f32 {
    sigmoid(logit(probability) + shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(labels: &[&str], spans: &[(u32, u16, f32)]) -> Found {
        let labels = labels.iter().map(|it| Label::new(it).unwrap()).collect();
        let candidate = |(first, label, probability): &(u32, u16, f32)| Candidate {
            span: TokenSpan { first: *first, last: first + 3, label: *label },
            probability: *probability,
        };
        Found { labels, spans: spans.iter().map(candidate).collect(), n_tokens: 9 }
    }

    #[test]
    fn two_models_are_averaged_by_the_names_of_their_labels() {
        let one = found(&["Drug", "Gene"], &[(0, 0, 0.8), (10, 1, 0.6), (20, 1, 0.9)]);
        let other = found(&["Gene", "Cell"], &[(10, 0, 0.2), (30, 1, 0.7)]);
        let blended = one.blended(&other, 0.5);
        let spans = blended.spans(0.0).into_iter().map(|it| {
            let probability = (100.0 * it.probability).round();
            (it.span.start(), it.span.label().to_string(), probability)
        });
        let spans: Vec<_> = spans.collect();
        let expected =
            [(0, "Drug", 80.0), (10, "Gene", 40.0), (20, "Gene", 45.0), (30, "Cell", 70.0)];
        assert_eq!(spans, expected.map(|(at, label, it)| (at, label.to_owned(), it)));
        assert!((blended.doubt() - (0.2 + 0.4 + 0.45 + 0.3)).abs() < 1e-5);
    }
}
