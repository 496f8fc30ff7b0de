//! What the offsets of a file count, proven by the words that the file quotes.

use std::fmt;

use corpus::offsets::{Ruler, Unit};
use unicode_segmentation::UnicodeSegmentation;

/// What offsets count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Unicode code points.
    CodePoints,
    /// UTF-16 code units.
    Utf16,
    /// UTF-8 bytes.
    Bytes,
    /// What people see as characters: extended grapheme clusters.
    Graphemes,
    /// Code points, with a carriage return and line feed as one.
    CodePointsLf,
    /// UTF-16 code units, with a carriage return and line feed as one.
    Utf16Lf,
}

impl Count {
    /// All of them, the most usual first.
    pub const ALL: [Count; 6] = [
        Count::CodePoints,
        Count::Utf16,
        Count::Bytes,
        Count::CodePointsLf,
        Count::Utf16Lf,
        Count::Graphemes,
    ];
}

impl From<Unit> for Count {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::CodePoints => Count::CodePoints,
            Unit::Utf16 => Count::Utf16,
            Unit::Bytes => Count::Bytes,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Count::CodePoints => "code points",
            Count::Utf16 => "UTF-16 units",
            Count::Bytes => "bytes",
            Count::Graphemes => "characters as they are seen",
            Count::CodePointsLf => "code points with line ends as one",
            Count::Utf16Lf => "UTF-16 units with line ends as one",
        })
    }
}

/// One text measured in one way of counting.
pub(crate) struct Scale<'a> {
    text: &'a str,
    by: By<'a>,
}

enum By<'a> {
    Ruler(Ruler<&'a str>, Unit),
    /// The byte at which each offset lies; one inside a character has that of its start.
    Places(Vec<u32>),
}

impl<'a> Scale<'a> {
    pub(crate) fn new(text: &'a str, count: Count) -> Self {
        let ruler = |unit| By::Ruler(Ruler::new(text), unit);
        let by = match count {
            Count::CodePoints => ruler(Unit::CodePoints),
            Count::Utf16 => ruler(Unit::Utf16),
            Count::Bytes => ruler(Unit::Bytes),
            Count::CodePointsLf if !text.contains("\r\n") => ruler(Unit::CodePoints),
            Count::Utf16Lf if !text.contains("\r\n") => ruler(Unit::Utf16),
            Count::CodePointsLf => By::Places(places(pieces(text), |_| 1)),
            Count::Utf16Lf => By::Places(places(pieces(text), |it| match it {
                "\r\n" => 1,
                it => it.chars().map(char::len_utf16).sum(),
            })),
            Count::Graphemes => By::Places(places(text.graphemes(true), |_| 1)),
        };
        Self { text, by }
    }

    /// Length of the text.
    pub(crate) fn len(&self) -> u32 {
        match &self.by {
            By::Ruler(ruler, unit) => ruler.len(*unit),
            By::Places(places) => places.len() as u32 - 1,
        }
    }

    /// The byte at which the offset `at` lies. None behind the text or inside a character.
    pub(crate) fn to_byte(&self, at: i64) -> Option<u32> {
        let at = u32::try_from(at).ok()?;
        match &self.by {
            By::Ruler(ruler, unit) => ruler.to_bytes(at, *unit),
            By::Places(places) => {
                let is_inside = 0 < at && places.get(at as usize) == places.get(at as usize - 1);
                places.get(at as usize).copied().filter(|_| !is_inside)
            }
        }
    }

    /// The offset of a byte on a character's border.
    pub(crate) fn of_byte(&self, byte: u32) -> u32 {
        match &self.by {
            By::Ruler(ruler, unit) => ruler.from_bytes(byte, *unit).unwrap_or_else(|| self.len()),
            // Inside a character, such as between carriage return and line feed, its start.
            By::Places(places) => {
                let mut at = places.partition_point(|it| *it <= byte) - 1;
                // Of several offsets inside one character the first is its start.
                while 0 < at && places[at - 1] == places[at] {
                    at -= 1;
                }
                at as u32
            }
        }
    }

    /// The words between two offsets.
    pub(crate) fn words(&self, start: i64, end: i64) -> Option<&'a str> {
        self.text.get(self.to_byte(start)? as usize..self.to_byte(end)? as usize)
    }
}

/// Code points, and carriage return with line feed as one.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let len = match rest.starts_with("\r\n") {
            true => 2,
            false => rest.chars().next()?.len_utf8(),
        };
        let (piece, behind) = rest.split_at(len);
        rest = behind;
        Some(piece)
    })
}

/// The byte of each offset, where each piece counts as many as `len` says.
fn places<'a>(pieces: impl Iterator<Item = &'a str>, len: impl Fn(&str) -> usize) -> Vec<u32> {
    let mut places = vec![0];
    let mut byte = 0;
    for piece in pieces {
        places.extend(std::iter::repeat_n(byte, len(piece).saturating_sub(1)));
        byte += piece.len() as u32;
        places.push(byte);
    }
    places
}

/// What a file says lies at some offsets.
pub(crate) struct Quote<'a> {
    /// The pieces, from and to.
    pub(crate) pieces: &'a [(i64, i64)],
    /// The words, pieces joined by a blank or nothing.
    pub(crate) words: &'a str,
}

impl Quote<'_> {
    /// Whether the words are at the offsets.
    pub(crate) fn fits(&self, scale: &Scale<'_>) -> bool {
        match self.pieces {
            [(start, end)] => scale.words(*start, *end).is_some_and(|it| same(it, self.words)),
            pieces => {
                let words = pieces.iter().map(|it| scale.words(it.0, it.1));
                let words: Option<Vec<&str>> = words.collect();
                words.is_some_and(|it| same(&it.concat(), self.words))
            }
        }
    }
}

/// Whether two quotes are the same but for blanks, which many programs change.
fn same(a: &str, b: &str) -> bool {
    let shown = |it: &char| !it.is_whitespace();
    a == b || edges(a) == edges(b) && a.chars().filter(shown).eq(b.chars().filter(shown))
}

/// Whether a quote begins and ends with a blank.
fn edges(words: &str) -> (bool, bool) {
    (words.starts_with(char::is_whitespace), words.ends_with(char::is_whitespace))
}

/// The way of counting under which most quotes are at their offsets; of equals the first, with
/// `default` before all others.
pub(crate) fn proven(text: &str, default: Count, quotes: &[Quote<'_>]) -> Count {
    let fitting = |count| {
        let scale = Scale::new(text, count);
        quotes.iter().filter(|it| it.fits(&scale)).count()
    };
    let mut best = (fitting(default), default);
    if best.0 == quotes.len() || text.is_ascii() && !text.contains('\r') {
        return default;
    }
    for count in Count::ALL {
        let n = fitting(count);
        if best.0 < n {
            best = (n, count);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a🧪🧪e\u{301}\r\nHeLa\r\n👩‍🔬 x";

    #[test]
    fn every_way_of_counting_finds_the_same_words() {
        let byte = TEXT.find("HeLa").unwrap() as u32;
        let starts = [(Count::CodePoints, 7), (Count::Utf16, 9), (Count::Bytes, 14)];
        let more = [(Count::Graphemes, 5), (Count::CodePointsLf, 6), (Count::Utf16Lf, 8)];
        for (count, start) in starts.into_iter().chain(more) {
            let scale = Scale::new(TEXT, count);
            assert_eq!(scale.words(start, start + 4), Some("HeLa"), "{count}");
            assert_eq!(i64::from(scale.of_byte(byte)), start, "{count}");
            assert_eq!(scale.to_byte(scale.len().into()), Some(TEXT.len() as u32), "{count}");
            assert_eq!(scale.of_byte(TEXT.len() as u32), scale.len(), "{count}");
            let quote = Quote { pieces: &[(start, start + 4)], words: "HeLa" };
            assert_eq!(proven(TEXT, Count::CodePoints, &[quote]), count);
        }
    }

    #[test]
    fn most_quotes_decide_and_a_tie_is_the_default() {
        let quote = |start, words| (vec![(start, start + 4)], words);
        let raw = [quote(9, "HeLa"), quote(9, "HeLa"), quote(0, "hood")];
        let quotes: Vec<_> = raw.iter().map(|it| Quote { pieces: &it.0, words: it.1 }).collect();
        assert_eq!(proven(TEXT, Count::CodePoints, &quotes), Count::Utf16);
        assert_eq!(proven(TEXT, Count::Bytes, &[]), Count::Bytes);
        assert_eq!(proven("plain", Count::Bytes, &quotes), Count::Bytes);
    }

    #[test]
    fn an_offset_inside_a_character_is_none() {
        assert_eq!(Scale::new("🧪", Count::Utf16Lf).to_byte(1), None);
        assert_eq!(Scale::new("🧪\r\n", Count::Utf16Lf).to_byte(1), None);
        assert_eq!(Scale::new("a", Count::CodePoints).to_byte(-1), None);
        assert_eq!(Scale::new("a", Count::Graphemes).to_byte(2), None);
    }
}
