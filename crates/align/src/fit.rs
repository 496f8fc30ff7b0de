use serde::{Deserialize, Serialize};

use crate::{Mode, Place, TokenRange, Tokens, tokens::is_blank};

/// How a mark lies on the tokens of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fit {
    /// Its tokens, if it starts and ends with one.
    pub strict: Option<TokenRange>,
    /// The tokens that lie in it as a whole.
    pub contract: Option<TokenRange>,
    /// The tokens that it touches.
    pub expand: Option<TokenRange>,
    /// Why a model with this base cannot learn it. None: it fits.
    pub misfit: Option<Kind>,
}

/// Why a mark cannot be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It holds no word: nothing, or nothing but blanks.
    NoToken,
    /// It starts inside a token and ends inside a token.
    BothInside,
    /// It starts inside a token.
    StartInside,
    /// It ends inside a token.
    EndInside,
    /// It starts or ends with a blank.
    BlankAtEdge,
    /// A sentence starts in its middle, where something that runs before `ner` says so.
    CrossesSentence,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::NoToken,
        Kind::BothInside,
        Kind::StartInside,
        Kind::EndInside,
        Kind::BlankAtEdge,
        Kind::CrossesSentence,
    ];

    /// What a person reads, as in "cuts a word".
    pub fn words(self) -> &'static str {
        match self {
            Kind::NoToken => "holds no word",
            Kind::BothInside => "cuts words at both ends",
            Kind::StartInside | Kind::EndInside => "cuts a word",
            Kind::BlankAtEdge => "has a blank at its edge",
            Kind::CrossesSentence => "crosses a sentence",
        }
    }
}

impl Tokens<'_> {
    /// How the bytes of a mark lie on the tokens.
    pub fn fit(&self, place: Place) -> Fit {
        let strict = self.char_span(place, Mode::Strict);
        Fit {
            strict,
            contract: self.char_span(place, Mode::Contract),
            expand: self.char_span(place, Mode::Expand),
            misfit: self.misfit(place, strict),
        }
    }

    fn misfit(&self, place: Place, strict: Option<TokenRange>) -> Option<Kind> {
        let words = place.text(self.text);
        if words.trim_matches(is_blank).is_empty() {
            return Some(Kind::NoToken);
        }
        match (self.cut_at(place.start), self.cut_at(place.end)) {
            (Some(_), Some(_)) => return Some(Kind::BothInside),
            (Some(_), None) => return Some(Kind::StartInside),
            (None, Some(_)) => return Some(Kind::EndInside),
            (None, None) => {}
        }
        // Blanks can be tokens, but no entity starts with one, and ours end with none.
        if words.starts_with(is_blank) || words.ends_with(is_blank) {
            return Some(Kind::BlankAtEdge);
        }
        match strict {
            None => Some(Kind::NoToken),
            Some(range) if self.crosses_sentence(range) => Some(Kind::CrossesSentence),
            Some(_) => None,
        }
    }

    /// Whether one of the tokens but the first starts a sentence.
    fn crosses_sentence(&self, range: TokenRange) -> bool {
        let next = self.sentence_starts.partition_point(|it| *it <= range.start);
        self.sentence_starts.get(next).is_some_and(|it| *it < range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(start: u32, end: u32, expected: Option<Kind>) {
        // The fourth token is a line break, and a sentence starts with "ef".
        let bounds = [(0, 2), (3, 5), (5, 6), (6, 7), (7, 9), (10, 12)];
        let tokens = Tokens { text: "ab cd.\nef gh ", bounds: &bounds, sentence_starts: &[0, 4] };
        assert_eq!(tokens.fit(Place { start, end }).misfit, expected);
    }

    #[test]
    fn kinds() {
        check(0, 5, None);
        check(7, 12, None);
        check(1, 5, Some(Kind::StartInside));
        check(0, 4, Some(Kind::EndInside));
        check(1, 4, Some(Kind::BothInside));
        check(0, 3, Some(Kind::BlankAtEdge));
        check(2, 5, Some(Kind::BlankAtEdge));
        check(6, 9, Some(Kind::BlankAtEdge));
        check(3, 7, Some(Kind::BlankAtEdge));
        check(2, 3, Some(Kind::NoToken));
        check(6, 7, Some(Kind::NoToken));
        check(10, 99, Some(Kind::NoToken));
        check(3, 9, Some(Kind::CrossesSentence));
    }
}
