use serde::{Deserialize, Serialize};

/// A text with the tokens that a base makes of it.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    /// The text.
    pub text: &'a str,
    /// Each token as `start..end` in bytes, in order. Only single blanks lie between them.
    pub bounds: &'a [(u32, u32)],
    /// The numbers of the tokens with which a sentence starts, in order, where something that
    /// runs before `ner` sets them: no entity may hold such a token but as its first. Else empty.
    pub sentence_starts: &'a [u32],
}

/// Tokens in a row, by number, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenRange {
    /// The first.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// A stretch of a text in bytes, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// First byte.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
}

/// What becomes of a stretch that does not fall on tokens: spaCy's `alignment_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Nothing: it must start and end with a token.
    Strict,
    /// The tokens that lie in it as a whole.
    Contract,
    /// The tokens that it touches.
    Expand,
}

impl TokenRange {
    /// How many tokens there are.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl Place {
    /// Whether the two share at least one byte.
    pub fn overlaps(self, other: Place) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// What stands there. Empty when the place is of another text.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The same without blanks at its ends.
    #[must_use]
    pub(crate) fn trimmed(self, text: &str) -> Place {
        let whole = self.text(text);
        let front = whole.len() - whole.trim_start_matches(is_blank).len();
        let words = whole.trim_matches(is_blank);
        let start = self.start + front as u32;
        Place { start, end: start + words.len() as u32 }
    }
}

impl Tokens<'_> {
    /// The tokens of the bytes `start..end`; none where `mode` makes no span of them.
    ///
    /// As spaCy's `Doc.char_span`, whose span may be empty: `Expand` gives no token for a blank
    /// between two.
    pub fn char_span(&self, place: Place, mode: Mode) -> Option<TokenRange> {
        let mut start = self.at(place.start)?;
        let last = self.at(place.end.checked_sub(1)?)?;
        let (first, mut end) = (self.bounds[start], last + 1);
        let cuts_first = first.0 < place.start;
        let cuts_last = place.end < self.bounds[last].1;
        match mode {
            Mode::Strict if first.0 != place.start || place.end != self.bounds[last].1 => {
                return None;
            }
            Mode::Strict => {}
            Mode::Contract => {
                start += usize::from(cuts_first);
                end -= usize::from(cuts_last);
                if end <= start {
                    return None;
                }
            }
            Mode::Expand => start += usize::from(place.start == first.1),
        }
        Some(TokenRange { start: start as u32, end: end as u32 })
    }

    /// Where some tokens lie. None if there is no token.
    pub fn place(&self, range: TokenRange) -> Option<Place> {
        let tokens = self.bounds.get(range.start as usize..range.end as usize)?;
        Some(Place { start: tokens.first()?.0, end: tokens.last()?.1 })
    }

    /// The number of the token that holds a byte, its own blank included.
    fn at(&self, byte: u32) -> Option<usize> {
        let idx = self.bounds.partition_point(|it| it.1 <= byte);
        match self.bounds.get(idx) {
            Some((start, _)) if *start <= byte => Some(idx),
            _ => idx.checked_sub(1).filter(|it| self.bounds[*it].1 == byte && self.has_blank(*it)),
        }
    }

    /// Whether a blank that belongs to it follows a token.
    fn has_blank(&self, idx: usize) -> bool {
        let next = self.bounds.get(idx + 1).map_or(self.text.len() as u32, |it| it.0);
        self.bounds[idx].1 < next
    }

    /// The token in which the byte border `at` lies, neither at its start nor at its end.
    pub(crate) fn cut_at(&self, at: u32) -> Option<Place> {
        let idx = self.bounds.partition_point(|it| it.1 <= at);
        let (start, end) = *self.bounds.get(idx)?;
        (start < at).then_some(Place { start, end })
    }
}

/// Whether Python's `str.isspace` holds, which knows four more than Rust.
pub(crate) fn is_blank(ch: char) -> bool {
    ch.is_whitespace() || matches!(ch, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strict, contract and expand of `[`…`]` in a text whose tokens end where `|` stands.
    #[track_caller]
    fn check(marked: &str, expected: [Option<(u32, u32)>; 3]) {
        let (mut text, mut bounds, mut place) = (String::new(), Vec::new(), [0; 2]);
        let mut start = 0;
        for ch in marked.chars() {
            match ch {
                '[' => place[0] = text.len() as u32,
                ']' => place[1] = text.len() as u32,
                '|' => {
                    bounds.push((start, text.len() as u32));
                    start = text.len() as u32;
                }
                _ => {
                    text.push(ch);
                    if ch == ' ' {
                        start = text.len() as u32;
                    }
                }
            }
        }
        let tokens = Tokens { text: &text, bounds: &bounds, sentence_starts: &[] };
        let place = Place { start: place[0], end: place[1] };
        let found = [Mode::Strict, Mode::Contract, Mode::Expand]
            .map(|it| tokens.char_span(place, it).map(|it| (it.start, it.end)));
        assert_eq!(found, expected, "{marked:?}");
    }

    #[test]
    fn on_tokens_all_agree() {
        check("[ab| cd|]", [Some((0, 2)); 3]);
        check("ab| [cd|].|", [Some((1, 2)); 3]);
    }

    #[test]
    fn inside_tokens() {
        check("a[b| cd|]", [None, Some((1, 2)), Some((0, 2))]);
        check("[ab| c]d|", [None, Some((0, 1)), Some((0, 2))]);
        check("a[b]c|", [None, None, Some((0, 1))]);
    }

    #[test]
    fn blanks() {
        check("[ab| ]cd|", [None, Some((0, 1)), Some((0, 1))]);
        check("ab|[ cd|]", [None, Some((1, 2)), Some((1, 2))]);
        // Between two tokens there is no token, and spaCy makes an empty span of it.
        check("ab|[ ]cd|", [None, None, Some((1, 1))]);
    }

    #[test]
    fn outside_the_text() {
        check("[]ab|", [None; 3]);
        let tokens = Tokens { text: "ab", bounds: &[(0, 2)], sentence_starts: &[] };
        assert_eq!(tokens.char_span(Place { start: 0, end: 3 }, Mode::Expand), None);
    }
}
