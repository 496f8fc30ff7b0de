//! Pieces of texts laid out as the rows of one matrix.

use serde::{Deserialize, Serialize};

use crate::Text;

/// A stretch of a text that is learned from or predicted in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Which text, by its place in a list.
    pub text: u32,
    /// Its first token.
    pub start: u32,
    /// The token behind its last.
    pub end: u32,
}

/// Cuts texts into pieces of at most so many tokens. A network sees `depth` words to either side,
/// and each piece is laid out with as many, so a cut changes nothing.
pub(crate) fn pieces<'a>(texts: impl Iterator<Item = &'a Text>, max_tokens: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (text, it) in texts.enumerate() {
        // Equal pieces: 65 tokens become 33 and 32, not 64 and 1.
        let n_pieces = it.len().div_ceil(max_tokens);
        let border = |at: usize| (it.len() * at / n_pieces) as u32;
        pieces.extend((0..n_pieces).map(|at| Piece {
            text: text as u32,
            start: border(at),
            end: border(at + 1),
        }));
    }
    pieces
}

/// What a row of the matrix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Zeros, that keep texts apart.
    Pad,
    /// A token beside the piece, laid out for its neighbours.
    Beside {
        /// Which text.
        text: u32,
        /// Which token.
        token: u32,
    },
    /// A token of the piece.
    Token {
        /// Which text.
        text: u32,
        /// Which token.
        token: u32,
    },
}

impl Row {
    /// Text and token of the row.
    pub(crate) fn token(self) -> Option<(usize, usize)> {
        match self {
            Row::Pad => None,
            Row::Beside { text, token } | Row::Token { text, token } => {
                Some((text as usize, token as usize))
            }
        }
    }
}

/// Lays pieces out as rows, with `depth` rows of zeros before, between and behind them, as spaCy
/// does (`with_array(pad=depth)`).
pub(crate) fn rows<'a>(
    pieces: &[Piece],
    text_at: impl Fn(usize) -> &'a Text,
    depth: usize,
) -> Vec<Row> {
    let mut rows = vec![Row::Pad; depth];
    for &Piece { text, start, end } in pieces {
        let before = start.saturating_sub(depth as u32)..start;
        let behind = end..(end + depth as u32).min(text_at(text as usize).len() as u32);
        rows.extend(before.map(|token| Row::Beside { text, token }));
        rows.extend((start..end).map(|token| Row::Token { text, token }));
        rows.extend(behind.map(|token| Row::Beside { text, token }));
        rows.extend(vec![Row::Pad; depth]);
    }
    rows
}

/// Brings the number of rows up to a multiple, since a GPU keeps memory for every size it has met.
pub(crate) fn fill_up(rows: &mut Vec<Row>, multiple: usize) {
    rows.resize(rows.len().next_multiple_of(multiple), Row::Pad);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(n: usize) -> Text {
        Text { tokens: vec![(0, 0); n], is_space: vec![false; n], ..Text::default() }
    }

    #[test]
    fn pieces_are_equal_and_complete() {
        let texts = [text(65), text(0), text(3)];
        let found = pieces(texts.iter(), 64);
        let places: Vec<_> = found.iter().map(|it| (it.text, it.start, it.end)).collect();
        assert_eq!(places, [(0, 0, 32), (0, 32, 65), (2, 0, 3)]);
    }

    #[test]
    fn rows_hold_the_words_beside_a_piece() {
        let text = text(4);
        let found = rows(&[Piece { text: 0, start: 1, end: 2 }], |_| &text, 2);
        let beside = |token| Row::Beside { text: 0, token };
        let token = Row::Token { text: 0, token: 1 };
        let pad = Row::Pad;
        assert_eq!(found, [pad, pad, beside(0), token, beside(2), beside(3), pad, pad]);
    }
}
