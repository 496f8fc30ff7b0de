//! Word vectors from elsewhere, as far as the words of the texts have some.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::tokens::tokenize;
use crate::words::key;

/// Word vectors that were made elsewhere, for the words of a project's texts.
///
/// They say something of words that the project's own texts use once, and more of all others. What
/// follows from them becomes part of the model, which asks for no vectors when it predicts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vectors {
    /// The row of each word, by its key.
    rows: FxHashMap<u32, usize>,
    /// `[rows, width]`; each row is a sum of vectors of length 1.
    values: Vec<f32>,
    width: usize,
}

impl Vectors {
    /// None yet, of `width` numbers each.
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Adds the vector of a word as it is spelled. Spellings that differ only in their case and
    /// their digits are one word, which has the mean of their directions. A vector that is 0, not
    /// finite or of another width says nothing, and is left out.
    pub fn insert(&mut self, word: &str, vector: &[f32]) {
        let length = vector.iter().map(|it| it * it).sum::<f32>().sqrt();
        if vector.len() != self.width || !length.is_normal() {
            return;
        }
        let start = *self.rows.entry(key(word)).or_insert(self.values.len());
        self.values.resize(self.values.len().max(start + self.width), 0.0);
        let row = self.values[start..].iter_mut();
        row.zip(vector).for_each(|(it, value)| *it += value / length);
    }

    /// Whether no word has a vector.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The vector of the word with this key.
    pub(crate) fn get(&self, key: u32) -> Option<&[f32]> {
        self.rows.get(&key).map(|start| &self.values[*start..][..self.width])
    }
}

/// The words of texts, each as it is spelled there: those whose vectors [`Vectors`] should have.
pub fn spellings<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<&'t str> {
    let words = |text: &'t str| {
        let tokens = tokenize(text).into_iter();
        tokens.map(|it| &text[it.start as usize..it.end as usize]).collect::<Vec<_>>()
    };
    texts.into_iter().flat_map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_word_share_a_direction() {
        let mut vectors = Vectors::new(2);
        vectors.insert("Aspirin", &[3.0, 0.0]);
        vectors.insert("aspirin", &[0.0, 9.0]);
        vectors.insert("nothing", &[0.0, 0.0]);
        vectors.insert("broken", &[f32::NAN, 1.0]);
        vectors.insert("short", &[1.0]);
        assert_eq!(vectors.get(key("ASPIRIN")), Some([1.0, 1.0].as_slice()));
        for word in ["nothing", "broken", "short", "unheard"] {
            assert_eq!(vectors.get(key(word)), None, "{word}");
        }
        assert!(!vectors.is_empty());
    }

    #[test]
    fn words_are_spelled_as_they_stand() {
        let found: Vec<&str> = spellings(["IL-2 and il", "IL"]).into_iter().collect();
        assert_eq!(found, ["-", "2", "IL", "and", "il"]);
    }
}
