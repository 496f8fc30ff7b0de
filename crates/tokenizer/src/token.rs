//! One token of a text.

/// A token: a stretch of the text, and whether a blank that belongs to it follows.
///
/// Tokens lie one after the other. Their texts, each with a blank where `space` is set,
/// give the whole text again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// Where it starts, in bytes of the text.
    pub start: u32,
    /// Where it ends (exclusive), in bytes of the text.
    pub end: u32,
    /// Whether the next byte of the text is a blank (U+0020) that belongs to this token.
    pub space: bool,
    /// Whether the second pass over the text put it there.
    joined: bool,
    /// String id of the norm that a tokenizer exception gave it; 0 if none did.
    norm: u64,
}

impl Token {
    /// A token to which no exception gave a norm.
    pub fn new(start: u32, end: u32, space: bool) -> Self {
        Token { start, end, space, joined: false, norm: 0 }
    }

    /// The same token with the norm of an exception; 0 takes it away.
    #[must_use]
    pub(crate) fn with_norm(self, norm: u64) -> Self {
        Token { norm, ..self }
    }

    /// The same token, put there by the second pass over the text.
    #[must_use]
    pub(crate) fn joined(self) -> Self {
        Token { joined: true, ..self }
    }

    /// Whether it is of an exception that the first pass over the text tore apart. spaCy forgets
    /// of such a token, where it is the text's first, that it starts a sentence.
    pub fn is_joined(&self) -> bool {
        self.joined
    }

    /// Its text. `doc` is the text it was made from.
    pub fn text<'a>(&self, doc: &'a str) -> &'a str {
        &doc[self.start as usize..self.end as usize]
    }

    /// String id of the norm that a tokenizer exception gave it.
    ///
    /// The `n't` of "isn't" has the norm "not"; a stray `n't` has none of its own.
    pub fn norm(&self) -> Option<u64> {
        (self.norm != 0).then_some(self.norm)
    }
}
