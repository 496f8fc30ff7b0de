//! Sentence starts without a parse: spaCy's `senter` and `sentencizer`.

use std::sync::LazyLock;

use fancy_regex::Regex;
use model::{Sentencizer as SentencizerModel, Senter as SenterModel};
use rustc_hash::FxHashSet;

use crate::{
    doc::{Doc, Start},
    head,
    numbers::{Affine, Matrix},
};

/// A model that says of each token whether a sentence starts there.
pub(crate) struct Senter {
    output: Affine,
    overwrite: bool,
}

impl Senter {
    pub(crate) fn new(model: &SenterModel) -> Self {
        Self { output: Affine::new(&model.output), overwrite: model.overwrite }
    }

    pub(crate) fn apply(&self, docs: &mut [Doc<'_>], vectors: &Matrix) {
        let scores = self.output.apply(vectors.into());
        let mut offset = 0;
        for doc in docs {
            let is_start = |idx| head::best(scores.row(offset + idx), |_| true) == Some(1);
            let starts: Vec<bool> = (0..doc.len()).map(is_start).collect();
            offset += starts.len();
            set_starts(doc, &starts, self.overwrite);
        }
    }
}

/// Starts a sentence behind punctuation.
pub(crate) struct Sentencizer {
    ends: FxHashSet<String>,
    overwrite: bool,
}

impl Sentencizer {
    pub(crate) fn new(model: SentencizerModel) -> Self {
        Self { ends: model.ends.into_iter().collect(), overwrite: model.overwrite }
    }

    pub(crate) fn apply(&self, docs: &mut [Doc<'_>]) {
        for doc in docs {
            let mut starts = vec![false; doc.len()];
            if let Some(first) = starts.first_mut() {
                *first = true;
            }
            let mut is_over = false;
            for (idx, start) in starts.iter_mut().enumerate() {
                let word = doc.word(idx);
                let is_end = self.ends.contains(word);
                if is_over && !is_end && !is_punct(word) {
                    *start = true;
                    is_over = false;
                } else if is_end {
                    is_over = true;
                }
            }
            set_starts(doc, &starts, self.overwrite);
        }
    }
}

/// Whether a word is all punctuation: spaCy's `is_punct`.
pub(crate) fn is_punct(word: &str) -> bool {
    static PUNCT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\p{P}*$").expect("it is a regular expression"));
    PUNCT.is_match(word).unwrap_or(false)
}

fn set_starts(doc: &mut Doc<'_>, starts: &[bool], overwrite: bool) {
    for (start, is_start) in doc.starts.iter_mut().zip(starts) {
        if overwrite || *start == Start::Unknown {
            *start = if *is_start { Start::Yes } else { Start::No };
        }
    }
}
