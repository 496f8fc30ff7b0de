//! A batch as it is laid out for a device: its distinct words, and which of them each row is.

use predict::WordVectors;
use rustc_hash::FxHashMap;
use tokenizer::Attr;

use super::tables::Table;
use crate::Text;
use crate::batch::{Piece, Row, fill_up, rows};

/// The words of a batch and its rows.
pub(super) struct Words {
    /// The rows of the tables that each word picks, column by column.
    pub(super) picked: Vec<[u32; 4]>,
    /// The words' vectors, `[words, vector width]`; empty where none are read.
    pub(super) vectors: Vec<f32>,
    pub(super) n_distinct: usize,
    /// The word of each row; one behind the last for rows of zeros.
    pub(super) rows: Vec<u32>,
    /// The row of each token of the pieces, piece by piece.
    pub(super) tokens: Vec<u32>,
    /// How many of the tokens are real, before some are repeated to fill up.
    pub(super) n_tokens: usize,
    /// How many of the rows hold something, or stand between those that do.
    pub(super) n_rows: usize,
}

impl Words {
    /// Lays pieces out. `reach` is how far the layers see, in tokens. Each number of rows is
    /// brought up to the `multiple`.
    ///
    /// Before the windows a token's vector depends on its own features alone, so each of the
    /// distinct words is computed once.
    pub(super) fn new<'t>(
        pieces: &[Piece],
        text_at: impl Fn(usize) -> &'t Text + Copy,
        columns: &[(Attr, &Table)],
        vectors: Option<&WordVectors>,
        reach: usize,
        multiple: usize,
    ) -> Self {
        let mut seen: FxHashMap<Box<[u64]>, u32> = FxHashMap::default();
        let mut it = Self {
            picked: Vec::new(),
            vectors: Vec::new(),
            n_distinct: 0,
            rows: Vec::new(),
            tokens: Vec::new(),
            n_tokens: 0,
            n_rows: 0,
        };
        let mut laid = rows(pieces, text_at, reach);
        it.n_rows = laid.len();
        fill_up(&mut laid, multiple);
        let mut key = Vec::with_capacity(columns.len() + 1);
        for (at, row) in laid.iter().enumerate() {
            let Some((text, token)) = row.token() else {
                it.rows.push(u32::MAX);
                continue;
            };
            let text = text_at(text);
            let attributes = &text.attributes[token];
            key.clear();
            key.extend(columns.iter().map(|(attr, _)| attr.id(attributes)));
            key.extend(vectors.map(|_| attributes.orth));
            let word = seen.get(key.as_slice()).copied().unwrap_or_else(|| {
                let word = seen.len() as u32;
                seen.insert(key.as_slice().into(), word);
                it.picked.extend(columns.iter().zip(&key).map(|((_, table), id)| table.rows(*id)));
                if let Some(vectors) = vectors {
                    let start = it.vectors.len();
                    it.vectors.resize(start + vectors.width(), 0.0);
                    let out = &mut it.vectors[start..];
                    vectors.look_up(text.word(token), attributes.orth, out);
                }
                word
            });
            it.rows.push(word);
            if matches!(row, Row::Token { .. }) {
                it.tokens.push(at as u32);
            }
        }
        it.n_distinct = seen.len().next_multiple_of(multiple);
        if let Some(vectors) = vectors {
            it.vectors.resize(it.n_distinct * vectors.width(), 0.0);
        }
        let zeros = it.n_distinct as u32;
        it.rows.iter_mut().filter(|it| **it == u32::MAX).for_each(|it| *it = zeros);
        it.n_tokens = it.tokens.len();
        it.tokens.resize(it.n_tokens.next_multiple_of(multiple), 0);
        it
    }

    /// What the tables say of each word, `[words, columns * width]`.
    pub(super) fn look_up(&self, tables: &[Table], width: usize) -> Vec<f32> {
        let mut output = vec![0.0; self.n_distinct * tables.len() * width];
        let blocks = output.chunks_exact_mut(width).zip(&self.picked);
        for (at, (block, rows)) in blocks.enumerate() {
            tables[at % tables.len()].add_to(block, *rows);
        }
        output
    }
}
