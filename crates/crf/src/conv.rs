//! The convolutional member: embeddings of words and their parts, two convolutions of three tokens,
//! and a CRF.

use crate::company::VECTOR;
use crate::lexicon::Lexicon;
use crate::matmul::{BLOCK, PANEL, Rows, multiply};
use crate::sentence::Sentence;
use crate::tables::{Found, LEARNED, TABLES, Tables};
use crate::tags::Tags;
use crate::words::Words;
use random::Random;

/// Numbers of a token's input: those that are learned, then its vector.
pub(crate) const INPUT: usize = LEARNED + VECTOR;

/// Numbers of a token inside.
pub(crate) const HIDDEN: usize = 64;

/// Tokens that a convolution sees.
pub(crate) const WINDOW: usize = 3;

/// What a convolutional CRF has learned.
#[derive(Clone, Debug)]
pub(crate) struct Conv {
    pub(crate) tags: Tags,
    pub(crate) tables: Tables,
    /// The layers' weights in panels, each with its biases behind.
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
    pub(crate) last: Vec<f32>,
    /// `[tag before, tag]`.
    pub(crate) transitions: Vec<f32>,
}

/// Tags filled up to whole panels.
pub(crate) fn outputs(tags: Tags) -> usize {
    tags.width.next_multiple_of(PANEL)
}

impl Conv {
    pub(crate) fn new(tags: Tags, random: &mut Random) -> Self {
        let tables = Tables::new(random);
        let mut layer = |inputs: usize, outputs: usize| {
            let mut layer = random.uniforms(inputs * outputs, (3.0 / inputs as f32).sqrt());
            layer.resize(layer.len() + outputs, 0.0);
            layer
        };
        Self {
            tags,
            tables,
            first: layer(WINDOW * INPUT, HIDDEN),
            second: layer(WINDOW * HIDDEN, HIDDEN),
            last: layer(HIDDEN, outputs(tags)),
            transitions: vec![0.0; tags.width * tags.width],
        }
    }
}

/// What is silenced while learning: each kind of input of a token, and each number inside.
pub(crate) struct Dropout<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) share: f32,
}

/// What flows through the network for a few sentences at once. Its memory is used again.
///
/// Sentences lie below each other with one empty row between them, so that a window never sees
/// another sentence. Inputs of convolutions have one more row at each end.
#[derive(Default)]
pub(crate) struct Flow {
    pub(crate) n_rows: usize,
    /// The row of each sentence's first token.
    pub(crate) starts: Vec<usize>,
    pub(crate) found: Vec<Found>,
    /// Factors of each token's tables.
    pub(crate) factors: Vec<[f32; TABLES.len()]>,
    pub(crate) input: Vec<f32>,
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
    pub(crate) sum: Vec<f32>,
    pub(crate) scores: Vec<f32>,
}

fn clear(values: &mut Vec<f32>, n: usize) {
    values.clear();
    values.resize(n, 0.0);
}

/// A convolution's input as rows of windows.
pub(crate) fn windows(data: &[f32], width: usize) -> Rows<'_> {
    Rows { data, stride: width, width: WINDOW * width }
}

/// `n` rows of numbers that do not overlap.
pub(crate) fn plain(data: &[f32], width: usize) -> Rows<'_> {
    Rows { data, stride: width, width }
}

/// Adds a layer to `out`, which is of `width` numbers a row: biases, then products.
fn layer(n: usize, rows: Rows<'_>, layer: &[f32], out: &mut [f32], width: usize) {
    let (weights, biases) = layer.split_at(rows.width * width);
    out.chunks_exact_mut(width).take(n).for_each(|it| it.copy_from_slice(biases));
    multiply(n, rows, weights, out, width);
}

impl Flow {
    /// Runs the network. `dropout` is for learning only.
    pub(crate) fn run(
        &mut self,
        conv: &Conv,
        sentences: &[&Sentence],
        lexicon: &Lexicon,
        words: &Words,
        mut dropout: Option<Dropout<'_>>,
    ) {
        self.place(sentences);
        self.read(conv, sentences, lexicon, words, dropout.as_mut());
        let n = self.n_rows;
        let outputs = outputs(conv.tags);
        clear(&mut self.first, (n + 2) * HIDDEN);
        clear(&mut self.second, n * HIDDEN);
        clear(&mut self.scores, n * outputs);
        let first = &mut self.first[HIDDEN..][..n * HIDDEN];
        layer(n, windows(&self.input, INPUT), &conv.first, first, HIDDEN);
        rectify(first, sentences, &self.starts, dropout.as_mut());
        layer(n, windows(&self.first, HIDDEN), &conv.second, &mut self.second, HIDDEN);
        rectify(&mut self.second, sentences, &self.starts, dropout.as_mut());
        let both = self.first[HIDDEN..].iter().zip(&self.second);
        self.sum.clear();
        self.sum.extend(both.map(|(first, second)| first + second));
        layer(n, plain(&self.sum, HIDDEN), &conv.last, &mut self.scores, outputs);
    }

    /// Gives each sentence its rows.
    fn place(&mut self, sentences: &[&Sentence]) {
        self.starts.clear();
        let mut row = 0;
        for sentence in sentences {
            self.starts.push(row);
            row += sentence.len() + 1;
        }
        self.n_rows = row.next_multiple_of(BLOCK);
    }

    fn read(
        &mut self,
        conv: &Conv,
        sentences: &[&Sentence],
        lexicon: &Lexicon,
        words: &Words,
        mut dropout: Option<&mut Dropout<'_>>,
    ) {
        clear(&mut self.input, (self.n_rows + 2) * INPUT);
        self.found.clear();
        self.factors.clear();
        for (sentence, start) in sentences.iter().zip(&self.starts) {
            for at in 0..sentence.len() {
                let input = &mut self.input[(start + at + 1) * INPUT..][..INPUT];
                // The word, its affixes and shape, its runs of characters, its vector.
                let kept: Vec<f32> = match &mut dropout {
                    Some(it) => it.random.dropout(4, it.share),
                    None => vec![1.0; 4],
                };
                let factors = [kept[0], kept[1], kept[1], kept[1], kept[2]];
                let found = Found::new(sentence, at, lexicon);
                conv.tables.read(&found, &factors, input);
                self.found.push(found);
                self.factors.push(factors);
                let word = &lexicon.words[sentence.words[at] as usize];
                if let Some(row) = word.known.vector {
                    let vector = &words.vectors[row as usize * VECTOR..][..VECTOR];
                    let input = input[LEARNED..].iter_mut();
                    input.zip(vector).for_each(|(it, value)| *it = kept[3] * value);
                }
            }
        }
    }

    /// The scores of a sentence's tags, `[tokens, width]`.
    pub(crate) fn scores_of(
        &self,
        sentence: usize,
        n_tokens: usize,
        tags: Tags,
        scores: &mut Vec<f32>,
    ) {
        scores.clear();
        let outputs = outputs(tags);
        for row in
            self.scores[self.starts[sentence] * outputs..].chunks_exact(outputs).take(n_tokens)
        {
            scores.extend_from_slice(&row[..tags.width]);
        }
    }
}

/// Sets negative numbers to 0 and those of rows between sentences, and silences some.
fn rectify(
    values: &mut [f32],
    sentences: &[&Sentence],
    starts: &[usize],
    dropout: Option<&mut Dropout<'_>>,
) {
    let mut end = 0;
    for (sentence, start) in sentences.iter().zip(starts) {
        values[end * HIDDEN..start * HIDDEN].fill(0.0);
        end = start + sentence.len();
    }
    values[end * HIDDEN..].fill(0.0);
    for it in values.iter_mut() {
        *it = it.max(0.0);
    }
    if let Some(dropout) = dropout {
        let factors = dropout.random.dropout(values.len(), dropout.share);
        values.iter_mut().zip(factors).for_each(|(it, factor)| *it *= factor);
    }
}
