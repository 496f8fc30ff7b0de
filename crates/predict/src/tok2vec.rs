//! A vector for each token: hashed features, mixed and seen through windows.

use model::Tok2Vec as Weights;
use rustc_hash::FxHashMap;
use tokenizer::{Attr, Attributes, murmur};

use crate::{
    doc::Doc,
    numbers::{self, Matrix, NormedMaxout, Rows},
    word_vectors::WordVectors,
};

/// A tok2vec that can be run.
pub(crate) struct Tok2Vec {
    embeds: Vec<Embed>,
    vectors: Option<numbers::Weights>,
    mix: NormedMaxout,
    encode: Vec<NormedMaxout>,
    window: usize,
}

struct Embed {
    attr: Attr,
    seed: u32,
    table: Matrix,
}

impl Tok2Vec {
    pub(crate) fn new(weights: &Weights) -> Self {
        let embeds = weights.embeds.iter().map(|it| Embed {
            attr: Attr::from_name(&it.attr).unwrap_or(Attr::Norm),
            seed: it.seed,
            table: Matrix {
                width: it.table.shape()[1] as usize,
                values: it.table.values().to_vec(),
            },
        });
        Self {
            embeds: embeds.collect(),
            vectors: weights.vectors.as_ref().map(numbers::Weights::of),
            mix: NormedMaxout::new(&weights.mix),
            encode: weights.encode.iter().map(NormedMaxout::new).collect(),
            window: weights.window as usize,
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.mix.width()
    }

    /// The vectors of all tokens of all texts, text by text.
    pub(crate) fn apply(&self, docs: &[Doc<'_>], vectors: Option<&WordVectors>) -> Matrix {
        let (words, which) = self.distinct(docs);
        let mixed = self.mix.apply((&self.embed(&words, vectors)).into());
        self.convolve(docs, &mixed, &which)
    }

    /// The words that differ in a feature, and which of them each token is.
    ///
    /// Before the windows a token's vector depends on its own features alone, so each is
    /// computed once.
    fn distinct<'t>(&self, docs: &[Doc<'t>]) -> (Vec<Word<'t>>, Vec<usize>) {
        let mut seen: FxHashMap<Box<[u64]>, usize> = FxHashMap::default();
        let mut words = Vec::new();
        let mut which = Vec::new();
        let mut key = Vec::new();
        for doc in docs {
            for (idx, attributes) in doc.attributes.iter().enumerate() {
                key.clear();
                key.extend(self.embeds.iter().map(|it| it.attr.id(attributes)));
                key.extend(self.vectors.as_ref().map(|_| attributes.orth));
                let word = seen.get(key.as_slice()).copied().unwrap_or_else(|| {
                    seen.insert(key.as_slice().into(), words.len());
                    words.push(Word { attributes: *attributes, text: doc.word(idx) });
                    words.len() - 1
                });
                which.push(word);
            }
        }
        (words, which)
    }

    /// Features of words, one block after the other: tables in order, then word vectors.
    fn embed(&self, words: &[Word<'_>], vectors: Option<&WordVectors>) -> Matrix {
        let width = self.width();
        let n_blocks = self.embeds.len() + usize::from(self.vectors.is_some());
        let mut out = Matrix::zeros(words.len(), width * n_blocks);
        for (idx, word) in words.iter().enumerate() {
            let blocks = out.row_mut(idx).chunks_exact_mut(width);
            for (embed, block) in self.embeds.iter().zip(blocks) {
                let n_rows = embed.table.n_rows() as u32;
                for hash in murmur::of_id(embed.attr.id(&word.attributes), embed.seed) {
                    let row = embed.table.row((hash % n_rows) as usize);
                    for (out, it) in block.iter_mut().zip(row) {
                        *out += it;
                    }
                }
            }
        }
        if let (Some(projection), Some(vectors)) = (&self.vectors, vectors) {
            let mut found = Matrix::zeros(words.len(), vectors.width());
            for (idx, word) in words.iter().enumerate() {
                vectors.look_up(word.text, word.attributes.orth, found.row_mut(idx));
            }
            let projected = projection.apply((&found).into());
            for idx in 0..words.len() {
                out.row_mut(idx)[width * self.embeds.len()..].copy_from_slice(projected.row(idx));
            }
        }
        out
    }

    /// Sends all texts through the windows, with rows of zeros before, between and behind them.
    ///
    /// Those rows are rows like others: they take on values and hand them on, as in thinc's
    /// `with_array` with `pad`. There are as many as the windows reach, so texts do not see each
    /// other.
    fn convolve(&self, docs: &[Doc<'_>], mixed: &Matrix, which: &[usize]) -> Matrix {
        let (width, window) = (self.width(), self.window);
        let pad = window * self.encode.len();
        let n_rows = docs.iter().map(|it| it.len() + pad).sum::<usize>() + pad;
        // The window of the first and of the last row reaches further than the rows.
        let mut padded = Matrix::zeros(n_rows + 2 * window, width);
        let mut places = Vec::with_capacity(which.len());
        let mut place = window;
        for doc in docs {
            place += pad;
            places.extend(place..place + doc.len());
            place += doc.len();
        }
        for (place, word) in places.iter().zip(which) {
            padded.row_mut(*place).copy_from_slice(mixed.row(*word));
        }
        for layer in &self.encode {
            let windows =
                Rows { values: &padded.values, width: width * (2 * window + 1), step: width };
            let seen = layer.apply(windows);
            let rows = &mut padded.values[window * width..][..seen.values.len()];
            for (it, seen) in rows.iter_mut().zip(&seen.values) {
                *it += seen;
            }
        }
        let mut out = Matrix::zeros(places.len(), width);
        for (idx, place) in places.iter().enumerate() {
            out.row_mut(idx).copy_from_slice(padded.row(*place));
        }
        out
    }
}

struct Word<'t> {
    attributes: Attributes,
    text: &'t str,
}
