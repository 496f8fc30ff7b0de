//! Word vectors, and what a tok2vec makes of them.

use model::{Floret, VectorMode, Vectors};
use rustc_hash::FxHashMap;

use tokenizer::murmur;

/// Finds the rows of words among a table's: what [`WordVectors`] does without the table.
pub struct RowFinder(Mode);

enum Mode {
    Table(FxHashMap<u64, usize>),
    Floret(Floret),
}

impl RowFinder {
    /// Makes a way of finding rows ready.
    pub fn new(mode: VectorMode) -> Self {
        Self(match mode {
            // Negative rows stand for words without a vector.
            VectorMode::Table(keys) => Mode::Table(
                keys.into_iter()
                    .filter_map(|(key, row)| Some((key, usize::try_from(row).ok()?)))
                    .collect(),
            ),
            VectorMode::Floret(floret) => Mode::Floret(floret),
        })
    }

    /// Gives `use_row` the rows whose mean is the vector of a word with the string id `orth`, of a
    /// table of `n_rows`. Their number; 0 where the word has no vector.
    pub fn for_each_row(
        &self,
        word: &str,
        orth: u64,
        n_rows: usize,
        mut use_row: impl FnMut(usize),
    ) -> usize {
        match &self.0 {
            Mode::Table(keys) => {
                let row = keys.get(&orth).copied();
                row.into_iter().for_each(&mut use_row);
                usize::from(row.is_some())
            }
            Mode::Floret(floret) => for_each_n_gram(floret, word, n_rows, use_row),
        }
    }
}

/// The rows of all n-grams of a word: spaCy's `Vectors.get_batch`.
fn for_each_n_gram(
    floret: &Floret,
    word: &str,
    n_rows: usize,
    mut use_row: impl FnMut(usize),
) -> usize {
    let word = format!("{}{word}{}", floret.begin, floret.end);
    let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    let mut n_grams = vec![word.as_str()];
    // None is longer than the word.
    for n in floret.min_n..=floret.max_n.min(ends.len() as u32) {
        let starts = ends.iter().zip(ends.iter().skip(n as usize));
        n_grams.extend(starts.map(|(start, end)| &word[*start..*end]));
    }
    let mut n_used = 0;
    for n_gram in n_grams {
        let hashes = murmur::of_bytes(n_gram.as_bytes(), floret.seed);
        for hash in hashes.iter().take(floret.n_hashes as usize) {
            n_used += 1;
            use_row(*hash as usize % n_rows);
        }
    }
    n_used
}

/// Word vectors that can be looked up.
pub struct WordVectors {
    width: usize,
    rows: Vec<f32>,
    finder: RowFinder,
}

impl WordVectors {
    /// Makes vectors ready.
    pub fn new(vectors: Vectors) -> Self {
        let finder = RowFinder::new(vectors.mode);
        Self { width: vectors.width as usize, rows: vectors.rows, finder }
    }

    /// How many numbers a vector has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Writes the vector of a word into `out`, which is zero. A word without one leaves zeros.
    pub fn look_up(&self, word: &str, orth: u64, out: &mut [f32]) {
        let n_rows = self.rows.len() / self.width;
        let n = self.finder.for_each_row(word, orth, n_rows, |row| {
            let row = &self.rows[row * self.width..][..self.width];
            out.iter_mut().zip(row).for_each(|(it, value)| *it += value);
        });
        if 1 < n {
            for it in out {
                *it /= n as f32;
            }
        }
    }
}
