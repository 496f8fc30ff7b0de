//! Lexical attributes: what spaCy's models know of a token.

use std::{borrow::Cow, sync::LazyLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::Token;

/// The lexical attributes of one token, as the numbers that spaCy's models read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// String id of the norm: that of the exception, or a table's, or the lower-case text.
    pub norm: u64,
    /// String id of the text in lower case.
    pub lower: u64,
    /// String id of the text.
    pub orth: u64,
    /// String id of the first code point.
    pub prefix: u64,
    /// String id of the last three code points.
    pub suffix: u64,
    /// String id of the [shape](shape).
    pub shape: u64,
    /// Whether a blank that belongs to the token follows.
    pub spacy: bool,
    /// Whether it is all whitespace.
    pub is_space: bool,
}

/// The attributes of a token. `doc` is the text that the token was made from.
pub fn attributes(doc: &str, token: &Token) -> Attributes {
    attributes_with(doc, token, &Norms::default())
}

/// The attributes of a token in a pipeline with norms of its own.
pub fn attributes_with(doc: &str, token: &Token, norms: &Norms) -> Attributes {
    let text = token.text(doc);
    let orth = string_id(text);
    let lower = string_id(&text.to_lowercase());
    let table_norm = || LEXEMES.base_norms.get(text).map(|norm| string_id(norm));
    let own_norm = || norms.0.get(&orth).copied();
    Attributes {
        norm: token.norm().or_else(own_norm).or_else(table_norm).unwrap_or(lower),
        lower,
        orth,
        prefix: string_id(prefix(text)),
        suffix: string_id(suffix(text)),
        shape: string_id(&shape(text)),
        spacy: token.space,
        is_space: is_space(text),
    }
}

/// Norms that a pipeline gives to words: those of tokenizer exceptions go before them.
#[derive(Clone, Debug, Default)]
pub struct Norms(FxHashMap<u64, u64>);

impl Norms {
    /// Takes each word's string id with its norm, as in spaCy's table `lexeme_norm`.
    pub fn new<'a>(norms: impl IntoIterator<Item = (u64, &'a str)>) -> Self {
        Self(norms.into_iter().map(|(word, norm)| (word, string_id(norm))).collect())
    }
}

/// The norm of a word that no exception made, and that no pipeline has a norm for.
pub fn norm(word: &str) -> Cow<'_, str> {
    match LEXEMES.base_norms.get(word) {
        Some(norm) => Cow::Borrowed(norm.as_str()),
        None => Cow::Owned(word.to_lowercase()),
    }
}

/// Whether a word is all whitespace.
pub fn is_space(word: &str) -> bool {
    !word.is_empty() && word.chars().all(is_whitespace)
}

/// Whether Python's `str.isalpha` holds of a word.
pub fn is_alpha(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|ch| is_in(&LEXEMES.alpha, ch))
}

/// Whether Python's `str.isdigit` holds of a word.
pub fn is_digit(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|ch| is_in(&LEXEMES.digit, ch))
}

/// One of the [`Attributes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attr {
    /// The norm.
    Norm,
    /// The text in lower case.
    Lower,
    /// The text.
    Orth,
    /// The first code point.
    Prefix,
    /// The last three code points.
    Suffix,
    /// The shape.
    Shape,
    /// Whether a blank follows.
    Spacy,
    /// Whether it is all whitespace.
    IsSpace,
}

impl Attr {
    /// All of them, in the order of [`Attributes`].
    pub const ALL: [Attr; 8] = [
        Attr::Norm,
        Attr::Lower,
        Attr::Orth,
        Attr::Prefix,
        Attr::Suffix,
        Attr::Shape,
        Attr::Spacy,
        Attr::IsSpace,
    ];

    /// Its name in spaCy, as in `IS_SPACE`.
    pub fn name(self) -> &'static str {
        match self {
            Attr::Norm => "NORM",
            Attr::Lower => "LOWER",
            Attr::Orth => "ORTH",
            Attr::Prefix => "PREFIX",
            Attr::Suffix => "SUFFIX",
            Attr::Shape => "SHAPE",
            Attr::Spacy => "SPACY",
            Attr::IsSpace => "IS_SPACE",
        }
    }

    /// The attribute that spaCy gives this name.
    pub fn from_name(name: &str) -> Option<Attr> {
        Attr::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The number that a model reads: a string id, or 0 and 1 for no and yes.
    pub fn id(self, of: &Attributes) -> u64 {
        match self {
            Attr::Norm => of.norm,
            Attr::Lower => of.lower,
            Attr::Orth => of.orth,
            Attr::Prefix => of.prefix,
            Attr::Suffix => of.suffix,
            Attr::Shape => of.shape,
            Attr::Spacy => u64::from(of.spacy),
            Attr::IsSpace => u64::from(of.is_space),
        }
    }
}

/// The number by which spaCy knows a string: that of a reserved symbol, else its hash.
///
/// Ordinary words such as "X", "det" and "mark" are reserved symbols.
pub fn string_id(text: &str) -> u64 {
    match LEXEMES.symbols.get(text) {
        Some(id) => *id,
        None => murmur_hash_64a(text.as_bytes(), 1),
    }
}

/// The reserved symbol of this number.
pub fn symbol(id: u64) -> Option<&'static str> {
    static SYMBOLS: LazyLock<FxHashMap<u64, &str>> =
        LazyLock::new(|| LEXEMES.symbols.iter().map(|(text, id)| (*id, text.as_str())).collect());
    SYMBOLS.get(&id).copied()
}

/// The first code point.
pub fn prefix(text: &str) -> &str {
    let end = text.char_indices().nth(1).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// The last three code points.
pub fn suffix(text: &str) -> &str {
    let start = text.char_indices().nth_back(2).map_or(0, |(at, _)| at);
    &text[start..]
}

/// The text with its letters as `X` and `x` and its digits as `d`, runs cut after four.
///
/// From 100 code points on it is `LONG`.
pub fn shape(text: &str) -> String {
    if text.chars().nth(99).is_some() {
        return "LONG".to_owned();
    }
    let mut shape = String::with_capacity(text.len());
    let mut last = None;
    let mut run = 0;
    for ch in text.chars() {
        let class = shape_class(ch);
        run = if last == Some(class) { run + 1 } else { 1 };
        last = Some(class);
        if run <= 4 {
            shape.push(class);
        }
    }
    shape
}

fn shape_class(ch: char) -> char {
    if is_in(&LEXEMES.alpha, ch) {
        if ch.is_uppercase() { 'X' } else { 'x' }
    } else if is_in(&LEXEMES.digit, ch) {
        'd'
    } else {
        ch
    }
}

/// Whether Python's `str.isspace` holds, which knows four more than Rust.
pub fn is_whitespace(ch: char) -> bool {
    ch.is_whitespace() || matches!(ch, '\u{1c}'..='\u{1f}')
}

/// Language-independent tables, made by `tests/golden/spacy/dump_rules.py`.
#[derive(Deserialize)]
struct Lexemes {
    /// Strings that spaCy numbers by hand.
    symbols: FxHashMap<String, u64>,
    /// Norms of quotes, dashes and currency signs.
    base_norms: FxHashMap<String, String>,
    /// First and last of each range of code points for which Python's `str.isalpha` holds.
    alpha: Vec<(u32, u32)>,
    /// The same for `str.isdigit`.
    digit: Vec<(u32, u32)>,
}

static LEXEMES: LazyLock<Lexemes> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../rules/lexemes.json")).expect("we ship valid tables")
});

fn is_in(ranges: &[(u32, u32)], ch: char) -> bool {
    let ch = u32::from(ch);
    let idx = ranges.partition_point(|(_, last)| *last < ch);
    ranges.get(idx).is_some_and(|(first, _)| *first <= ch)
}

/// Austin Appleby's `MurmurHash64A`.
fn murmur_hash_64a(bytes: &[u8], seed: u64) -> u64 {
    const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
    const SHIFT: u32 = 47;

    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (blocks, tail) = bytes.as_chunks::<8>();
    for block in blocks {
        let mut key = u64::from_le_bytes(*block).wrapping_mul(MULTIPLIER);
        key = (key ^ (key >> SHIFT)).wrapping_mul(MULTIPLIER);
        hash = (hash ^ key).wrapping_mul(MULTIPLIER);
    }
    if !tail.is_empty() {
        let mut block = [0; 8];
        block[..tail.len()].copy_from_slice(tail);
        hash = (hash ^ u64::from_le_bytes(block)).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ (hash >> SHIFT)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_have_their_numbers() {
        assert_eq!(string_id(""), 0);
        assert_eq!(string_id("ORTH"), 65);
        assert_eq!(string_id("PERSON"), 380);
    }

    #[test]
    fn shapes() {
        let cases = [
            ("", ""),
            ("Fe3O4@SiO2", "XxdXd@XxXd"),
            ("nanoparticles", "xxxx"),
            ("10⁻³", "dd⁻d"),
            ("......", "...."),
            ("Äöß中", "Xxxx"),
        ];
        for (text, expected) in cases {
            assert_eq!(shape(text), expected);
        }
        assert_eq!(shape(&"é".repeat(99)), "xxxx");
        assert_eq!(shape(&"é".repeat(100)), "LONG");
    }

    #[test]
    fn affixes_count_code_points() {
        assert_eq!((prefix("äbcd"), suffix("abcä")), ("ä", "bcä"));
        assert_eq!((prefix("ä"), suffix("ä")), ("ä", "ä"));
        assert_eq!((prefix(""), suffix("")), ("", ""));
    }
}
