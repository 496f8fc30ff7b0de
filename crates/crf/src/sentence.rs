//! A piece of text as both members read it: words, their surroundings, and what is right.

use std::ops::Range;

use crate::hash::Hash;
use crate::lexicon::{Lexicon, Word, clusters};
use crate::shape::Capitals;
use crate::words::{Words, buckets};

/// Kinds of features that depend on where a word stands.
#[derive(Clone, Copy)]
enum Kind {
    Word = 100,
    Shape,
    Suffix,
    Edge,
    Pair,
    Cluster,
    Touch,
    Chunk,
    ChunkShape,
    Outlines,
    Capitals,
    CapitalsElsewhere,
}

/// In which cases a word comes elsewhere, of one that does not.
const UNHEARD: u32 = u32::MAX;

/// A piece of text, of about a sentence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sentence {
    /// Numbers of its words.
    pub(crate) words: Vec<u32>,
    /// Rows of the features of the surroundings, of one token after the other.
    context: Vec<u32>,
    /// Where each token's rows end.
    ends: Vec<u32>,
    /// 1 where a token touches the one before, 2 where it touches the one behind.
    pub(crate) touches: Vec<u8>,
}

impl Sentence {
    /// Reads the words at `tokens`.
    pub(crate) fn read(
        text: &str,
        tokens: &[Range<u32>],
        own: bool,
        known: &Words,
        lexicon: &mut Lexicon,
        row: &mut impl FnMut(u32) -> Option<u32>,
    ) -> Self {
        let mut sentence = Self::default();
        for (at, token) in tokens.iter().enumerate() {
            let word = &text[token.start as usize..token.end as usize];
            sentence.words.push(lexicon.number(word, own, known, row));
            let left = 0 < at && tokens[at - 1].end == token.start;
            let right = tokens.get(at + 1).is_some_and(|it| it.start == token.end);
            sentence.touches.push(u8::from(left) + 2 * u8::from(right));
        }
        let capitals = sentence.capitals(tokens, lexicon);
        for at in 0..tokens.len() {
            sentence.surroundings(at, capitals, lexicon, row);
        }
        sentence
    }

    /// How many tokens it has.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Rows of the features of a token's surroundings.
    pub(crate) fn context(&self, at: usize) -> &[u32] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.context[start as usize..self.ends[at] as usize]
    }

    /// The word that stands `place` tokens behind one.
    fn word<'a>(&self, at: usize, place: i32, lexicon: &'a Lexicon) -> Option<&'a Word> {
        let number = self.words.get(at.checked_add_signed(place as isize)?)?;
        Some(&lexicon.words[*number as usize])
    }

    fn surroundings(
        &mut self,
        at: usize,
        capitals: Capitals,
        lexicon: &Lexicon,
        row: &mut impl FnMut(u32) -> Option<u32>,
    ) {
        let mut keys = Vec::with_capacity(64);
        let here = &lexicon.words[self.words[at] as usize];
        let hash = |kind: Kind, place: i32| Hash::new(kind as u32).with(place.cast_unsigned());
        for place in -2..=2_i32 {
            let Some(word) = self.word(at, place, lexicon) else {
                keys.push(hash(Kind::Edge, place));
                continue;
            };
            keys.extend(
                clusters(word).map(|(kind, it)| hash(Kind::Cluster, place).with(kind).with(it)),
            );
            if place == 0 {
                continue;
            }
            keys.push(hash(Kind::Word, place).with(word.lower));
            keys.push(hash(Kind::Shape, place).with(word.shape));
            if place.abs() == 1 {
                keys.push(hash(Kind::Suffix, place).with(word.suffix));
                keys.push(hash(Kind::Pair, place).with(word.lower).with(here.lower));
            }
        }
        let touches = u32::from(self.touches[at]);
        keys.push(hash(Kind::Touch, 0).with(touches));
        if touches != 0 {
            keys.extend(self.chunk(at, lexicon));
        }
        keys.extend(self.outlines(at, lexicon));
        let alike = |kind: Kind| hash(kind, 0).with(capitals as u32).with(here.case as u32);
        let elsewhere = match here.known.counts {
            [.., 0] => UNHEARD,
            counts => buckets(counts).into_iter().fold(0, |all, it| 4 * all + it),
        };
        keys.push(alike(Kind::Capitals));
        keys.push(alike(Kind::CapitalsElsewhere).with(elsewhere));
        self.context.extend(keys.into_iter().filter_map(|it| row(it.finish())));
        self.ends.push(self.context.len() as u32);
    }

    /// How capitals are used in it. Single letters say nothing of that.
    fn capitals(&self, tokens: &[Range<u32>], lexicon: &Lexicon) -> Capitals {
        let words = self.words.iter().zip(tokens).filter(|it| it.1.start + 1 < it.1.end);
        Capitals::of(words.map(|it| lexicon.words[*it.0 as usize].case))
    }

    /// How a token looks together with its neighbours.
    fn outlines(&self, at: usize, lexicon: &Lexicon) -> [Hash; 3] {
        let [left, here, right] =
            [-1, 0, 1].map(|it| self.word(at, it, lexicon).map_or(0, |it| it.outline));
        let hash = |place: u32| Hash::new(Kind::Outlines as u32).with(place);
        [
            hash(0).with(left).with(here),
            hash(1).with(here).with(right),
            hash(2).with(left).with(here).with(right),
        ]
    }

    /// What stands between two spaces around a token, as a whole: `IL-2` for `2`.
    fn chunk(&self, at: usize, lexicon: &Lexicon) -> [Hash; 2] {
        let first = (1..=at).rev().find(|it| self.touches[*it] & 1 == 0).unwrap_or(0);
        let hash = |kind: Kind| Hash::new(kind as u32).with((at - first).min(3) as u32);
        let (mut word, mut shape) = (hash(Kind::Chunk), hash(Kind::ChunkShape));
        for at in first..self.len() {
            let it = &lexicon.words[self.words[at] as usize];
            word = word.with(it.lower);
            shape = shape.with(it.shape);
            if self.touches[at] & 2 == 0 {
                break;
            }
        }
        [word, shape]
    }
}
