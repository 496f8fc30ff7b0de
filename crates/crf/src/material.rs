//! What a training learns from, read once: words, features, sentences.

use rustc_hash::FxHashMap;

use crate::example::Piece;
use crate::lattice::Target;
use crate::lexicon::Lexicon;
use crate::sentence::Sentence;
use crate::tags::Right;
use crate::words::Words;

/// Sentences with the lexicon and the rows of features that they share.
#[derive(Default)]
pub(crate) struct Material {
    pub(crate) lexicon: Lexicon,
    /// The row of each feature, by its hash.
    pub(crate) rows: FxHashMap<u32, u32>,
    pub(crate) sentences: Vec<Sentence>,
    /// What is right of the labelled sentences, which come first.
    pub(crate) right: Vec<Right>,
}

impl Material {
    /// Reads one more piece. Features that were not met before get a row.
    pub(crate) fn add(&mut self, piece: &Piece, words: &Words) {
        let rows = &mut self.rows;
        let mut row = |key: u32| {
            let next = rows.len() as u32;
            Some(*rows.entry(key).or_insert(next))
        };
        let lexicon = &mut self.lexicon;
        let sentence = Sentence::read(&piece.text, &piece.tokens, true, words, lexicon, &mut row);
        self.sentences.push(sentence);
    }

    /// Reads a piece that nothing is learned from, as a model would read it.
    pub(crate) fn add_unseen(&mut self, piece: &Piece, words: &Words) {
        let mut row = |key: u32| self.rows.get(&key).copied();
        let lexicon = &mut self.lexicon;
        let sentence = Sentence::read(&piece.text, &piece.tokens, false, words, lexicon, &mut row);
        self.sentences.push(sentence);
    }

    /// How many of the sentences are labelled.
    pub(crate) fn n_labelled(&self) -> usize {
        self.right.len()
    }

    /// The labelled sentences' tags.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let pairs = self.sentences.iter().zip(&self.right);
        pairs.map(|(it, right)| Target::of(it.len(), right)).collect()
    }
}
