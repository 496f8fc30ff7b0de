//! Tables of the convolutional member: what a token is known by, as rows of numbers.

use crate::hash::Hash;
use crate::lexicon::{Lexicon, Word};
use crate::sentence::Sentence;
use random::Random;

/// A table of embeddings.
#[derive(Clone, Copy)]
pub(crate) struct Table {
    pub(crate) rows: usize,
    pub(crate) width: usize,
    /// Where its numbers lie in a token's input.
    pub(crate) at: usize,
}

pub(crate) const WORD: Table = Table { rows: 8192, width: 32, at: 0 };
pub(crate) const PREFIX: Table = Table { rows: 4096, width: 16, at: 32 };
pub(crate) const SUFFIX: Table = Table { rows: 4096, width: 16, at: 48 };
pub(crate) const SHAPE: Table = Table { rows: 1024, width: 16, at: 64 };
pub(crate) const GRAM: Table = Table { rows: 16_384, width: 32, at: 80 };

/// All tables, in the order in which they are stored.
pub(crate) const TABLES: [Table; 5] = [WORD, PREFIX, SUFFIX, SHAPE, GRAM];

/// Numbers of a token that are learned.
pub(crate) const LEARNED: usize = GRAM.at + GRAM.width;

/// Step size of `AdaGrad`.
const RATE: f32 = 0.03;

/// The standard deviation of the numbers at the start.
const SPREAD: f32 = 0.1;

/// Learned rows of numbers, table after table.
#[derive(Clone, Debug)]
pub(crate) struct Tables(pub(crate) [Vec<f32>; TABLES.len()]);

impl Tables {
    /// Sets rows that nothing was learned about to 0: they would be noise to a word that finds them.
    pub(crate) fn forget_start(&mut self, squares: &Tables) {
        for (at, table) in TABLES.iter().enumerate() {
            let rows = self.0[at].chunks_exact_mut(table.width);
            for (row, squares) in rows.zip(squares.0[at].chunks_exact(table.width)) {
                if squares.iter().all(|it| *it == 0.0) {
                    row.fill(0.0);
                }
            }
        }
    }
}

/// The rows of a token's embeddings.
pub(crate) struct Found {
    rows: [u32; 4],
    grams: Vec<u32>,
}

impl Found {
    /// Where to look for a token.
    pub(crate) fn new(sentence: &Sentence, at: usize, lexicon: &Lexicon) -> Self {
        let word: &Word = &lexicon.words[sentence.words[at] as usize];
        // How a word looks, and what it touches: its shape as a part of what stands between spaces.
        let shape = Hash::new(word.shape).with(sentence.touches[at].into()).finish();
        let row = |hash: u32, table: Table| hash % table.rows as u32;
        Self {
            rows: [
                row(word.lower, WORD),
                row(word.prefix, PREFIX),
                row(word.suffix, SUFFIX),
                row(shape, SHAPE),
            ],
            grams: word.grams.iter().map(|it| row(*it, GRAM)).collect(),
        }
    }

    /// The table, row and weight of each embedding.
    fn parts(&self) -> impl Iterator<Item = (usize, u32, f32)> {
        let scale = 1.0 / (self.grams.len().max(1) as f32).sqrt();
        let single = self.rows.iter().enumerate().map(|(table, row)| (table, *row, 1.0));
        single.chain(self.grams.iter().map(move |row| (4, *row, scale)))
    }
}

impl Tables {
    pub(crate) fn new(random: &mut Random) -> Self {
        let limit = SPREAD * 3.0f32.sqrt();
        Self(TABLES.map(|it| random.uniforms(it.rows * it.width, limit)))
    }

    /// Adds a token's embeddings to its input. `factors` silences tables.
    pub(crate) fn read(&self, found: &Found, factors: &[f32; TABLES.len()], input: &mut [f32]) {
        for (table, row, weight) in found.parts() {
            let weight = weight * factors[table];
            if weight == 0.0 {
                continue;
            }
            let Table { width, at, .. } = TABLES[table];
            let values = &self.0[table][row as usize * width..][..width];
            input[at..][..width]
                .iter_mut()
                .zip(values)
                .for_each(|(it, value)| *it += weight * value);
        }
    }

    /// Moves a token's embeddings against the gradient of its input. `squares` are the sums of
    /// squared gradients.
    pub(crate) fn learn(
        &mut self,
        squares: &mut Tables,
        found: &Found,
        factors: &[f32; TABLES.len()],
        gradient: &[f32],
        pace: f32,
    ) {
        for (table, row, weight) in found.parts() {
            let weight = weight * factors[table];
            if weight == 0.0 {
                continue;
            }
            let Table { width, at, .. } = TABLES[table];
            let range = row as usize * width..(row as usize + 1) * width;
            let values = self.0[table][range.clone()].iter_mut().zip(&mut squares.0[table][range]);
            for ((value, square), gradient) in values.zip(&gradient[at..]) {
                let gradient = weight * gradient;
                *square += gradient * gradient;
                *value -= RATE * pace * gradient / (square.sqrt() + 1e-8);
            }
        }
    }
}
