//! Word vectors, and what a tok2vec makes of them.

use model::{Floret, VectorMode, Vectors};
use rustc_hash::FxHashMap;

use tokenizer::murmur;

/// Word vectors that can be looked up.
pub struct WordVectors {
    width: usize,
    rows: Vec<f32>,
    mode: Mode,
}

enum Mode {
    Table(FxHashMap<u64, usize>),
    Floret(Floret),
}

impl WordVectors {
    /// Makes vectors ready.
    pub fn new(vectors: Vectors) -> Self {
        let mode = match vectors.mode {
            // Negative rows stand for words without a vector.
            VectorMode::Table(keys) => Mode::Table(
                keys.into_iter()
                    .filter_map(|(key, row)| Some((key, usize::try_from(row).ok()?)))
                    .collect(),
            ),
            VectorMode::Floret(floret) => Mode::Floret(floret),
        };
        Self { width: vectors.width as usize, rows: vectors.rows, mode }
    }

    /// How many numbers a vector has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Writes the vector of a word into `out`, which is zero. A word without one leaves zeros.
    pub fn look_up(&self, word: &str, orth: u64, out: &mut [f32]) {
        match &self.mode {
            Mode::Table(keys) => {
                if let Some(row) = keys.get(&orth) {
                    out.copy_from_slice(self.row(*row));
                }
            }
            Mode::Floret(floret) => self.floret(floret, word, out),
        }
    }

    fn row(&self, idx: usize) -> &[f32] {
        &self.rows[idx * self.width..][..self.width]
    }

    /// The mean of the rows of all n-grams: spaCy's `Vectors.get_batch`.
    fn floret(&self, floret: &Floret, word: &str, out: &mut [f32]) {
        let n_rows = self.rows.len() / self.width;
        let word = format!("{}{word}{}", floret.begin, floret.end);
        let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        let mut n_grams = vec![word.as_str()];
        // None is longer than the word.
        for n in floret.min_n..=floret.max_n.min(ends.len() as u32) {
            let starts = ends.iter().zip(ends.iter().skip(n as usize));
            n_grams.extend(starts.map(|(start, end)| &word[*start..*end]));
        }
        let mut n_added = 0_u32;
        for n_gram in n_grams {
            for hash in murmur::of_bytes(n_gram.as_bytes(), floret.seed)
                .iter()
                .take(floret.n_hashes as usize)
            {
                n_added += 1;
                for (out, it) in out.iter_mut().zip(self.row(*hash as usize % n_rows)) {
                    *out += it;
                }
            }
        }
        for out in out {
            *out /= n_added as f32;
        }
    }
}
