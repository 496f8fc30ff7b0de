//! Text into characters: spaCy's `zh` tokenizer as it is without a segmenter.

use crate::{Token, lex::is_whitespace};

/// Each code point that is no whitespace is a token.
///
/// One blank behind a token belongs to it; all other whitespace up to the next token is a token
/// too (`spacy.util.get_words_and_spaces`).
pub(crate) fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    // Where the whitespace that no token holds yet starts.
    let mut gap = 0;
    for (at, ch) in text.char_indices().filter(|(_, ch)| !is_whitespace(*ch)) {
        push_gap(&mut tokens, gap, at);
        let end = at + ch.len_utf8();
        let space = text[end..].starts_with(' ');
        tokens.push(Token::new(at as u32, end as u32, space));
        gap = end + usize::from(space);
    }
    push_gap(&mut tokens, gap, text.len());
    tokens
}

fn push_gap(tokens: &mut Vec<Token>, start: usize, end: usize) {
    if start < end {
        tokens.push(Token::new(start as u32, end as u32, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let tokens = tokenize(text);
        let words: Vec<String> = tokens
            .iter()
            .map(|it| format!("{}{}", it.text(text), if it.space { "_" } else { "" }))
            .collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn blanks_belong_to_what_is_before_them() {
        check("金 Au", &["金_", "A", "u"]);
        check(" 金  。\n", &[" ", "金_", " ", "。", "\n"]);
        check("", &[]);
        check("  ", &["  "]);
    }
}
