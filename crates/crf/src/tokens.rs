//! The learner's own tokens, finer than those of any base.
//!
//! A token is a run of letters (with the marks that combine with them), a run of digits, or one
//! other sign; white space lies between tokens. `IL-2Rα (5mg)` is `IL` `-` `2` `Rα` `(` `5` `mg`
//! `)`. So nearly every mark of a person begins and ends on tokens.

use std::ops::Range;

/// The kinds of characters that tokens are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Sign,
    Space,
}

fn kind(c: char) -> Kind {
    // Marks that combine belong to the letter before them.
    let combines = matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe0f}');
    match c {
        _ if c.is_whitespace() => Kind::Space,
        _ if c.is_alphabetic() || combines => Kind::Letter,
        _ if c.is_numeric() => Kind::Digit,
        _ => Kind::Sign,
    }
}

/// The tokens of a text as bytes, in order.
pub fn tokenize(text: &str) -> Vec<Range<u32>> {
    let mut tokens: Vec<Range<u32>> = Vec::new();
    let mut before = Kind::Space;
    for (at, c) in text.char_indices() {
        let (at, end) = (at as u32, (at + c.len_utf8()) as u32);
        let kind = kind(c);
        match tokens.last_mut() {
            Some(last) if kind == before && matches!(kind, Kind::Letter | Kind::Digit) => {
                last.end = end;
            }
            _ if kind == Kind::Space => {}
            _ => tokens.push(at..end),
        }
        before = kind;
    }
    tokens
}

/// Texts of no more tokens are learned and read in one piece.
const WHOLE: usize = 80;

/// No piece is longer, so that work on one is short.
const LONGEST: usize = 250;

/// Cuts the tokens of a text into pieces of about a sentence, each read on its own.
///
/// A piece ends at a line break, or at a full stop behind a word of three letters or more that a
/// capital or a digit follows after a space. `joined` says whether the tokens before and at an
/// index must stay together.
pub(crate) fn pieces(
    text: &str,
    tokens: &[Range<u32>],
    joined: impl Fn(usize) -> bool,
) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for at in 1..tokens.len() {
        let long = WHOLE < tokens.len() && ends_before(text, tokens, at);
        if (long || LONGEST <= at - start) && !joined(at) {
            pieces.push(start..at);
            start = at;
        }
    }
    if start < tokens.len() {
        pieces.push(start..tokens.len());
    }
    pieces
}

fn ends_before(text: &str, tokens: &[Range<u32>], at: usize) -> bool {
    let word = |at: usize| &text[tokens[at].start as usize..tokens[at].end as usize];
    let gap = &text[tokens[at - 1].end as usize..tokens[at].start as usize];
    if gap.contains('\n') {
        return true;
    }
    let opens = word(at).starts_with(|c: char| c.is_uppercase() || c.is_numeric());
    let closes = matches!(word(at - 1), "." | "!" | "?");
    let follows_a_word = 2 <= at && {
        let before = word(at - 2);
        3 <= before.chars().count() || before.starts_with(|c: char| !c.is_alphabetic())
    };
    !gap.is_empty() && opens && closes && follows_a_word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let words: Vec<&str> = tokenize(text)
            .into_iter()
            .map(|it| &text[it.start as usize..it.end as usize])
            .collect();
        assert_eq!(words, expect);
    }

    #[test]
    fn letters_digits_and_signs() {
        check("IL-2Rα (5mg)", &["IL", "-", "2", "Rα", "(", "5", "mg", ")"]);
        check("@bob's  #1\n", &["@", "bob", "'", "s", "#", "1"]);
        check("cafe\u{301} 粒子", &["cafe\u{301}", "粒子"]);
        check(" \u{a0}", &[]);
    }

    #[test]
    fn a_long_text_is_cut_at_sentences() {
        let text = format!("{}The end. Next by E. Coli.\nLine", "word ".repeat(80));
        let tokens = tokenize(&text);
        let cut = |joined: &dyn Fn(usize) -> bool| -> Vec<usize> {
            pieces(&text, &tokens, joined).iter().map(|it| it.end).collect()
        };
        assert_eq!(cut(&|_| false), [83, 89, 90]);
        assert_eq!(cut(&|at| at == 83), [89, 90]);
        let endless = tokenize(&"word ".repeat(600)).len();
        assert_eq!(
            pieces(&"word ".repeat(600), &tokenize(&"word ".repeat(600)), |_| false).len(),
            3
        );
        assert_eq!(endless, 600);
    }
}
