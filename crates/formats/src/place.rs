//! Marks on whole tokens, for formats that hold one label a token.

use corpus::{Doc, Span};
use tokenizer::Token;

use crate::losses::{Tally, What, overlapping};
use crate::record::tokens_of;

/// A mark on whole tokens.
pub(crate) struct Placed<'a> {
    /// Its first token.
    pub(crate) first: usize,
    /// Its last token.
    pub(crate) last: usize,
    /// What was marked.
    pub(crate) span: &'a Span,
}

/// The tokens that are not blank.
pub(crate) fn words_of(tokens: &[Token], text: &str) -> Vec<Token> {
    tokens.iter().copied().filter(|it| !it.text(text).trim().is_empty()).collect()
}

/// The marks that such a format can hold, in order. They grow to whole tokens; of those that then
/// share a token the longest stays.
pub(crate) fn place<'a>(doc: &'a Doc, words: &[Token], tally: &mut Tally) -> Vec<Placed<'a>> {
    let mut spans: Vec<&Span> = doc.spans().collect();
    spans.sort_by_key(|it| (std::cmp::Reverse(it.end() - it.start()), it.start()));
    let overlaps = overlapping(&doc.annotation.marks);
    let mut placed: Vec<Placed<'a>> = Vec::new();
    for span in spans {
        let Some((first, last)) = tokens_of(span, words) else {
            tally.marks_left_out += 1;
            continue;
        };
        if placed.iter().any(|it| it.first <= last && first <= it.last) {
            let clashes = overlaps.contains(&span);
            match clashes {
                true => tally.overlaps_left_out += 1,
                false => tally.marks_left_out += 1,
            }
            continue;
        }
        if (words[first].start, words[last].end) != (span.start(), span.end()) {
            tally.marks_changed += 1;
        }
        placed.push(Placed { first, last, span });
    }
    placed.sort_by_key(|it| it.first);
    placed
}

/// The marks for a format that holds several a token. They grow to whole tokens; of those that are
/// the same then, one stays.
pub(crate) fn place_all<'a>(doc: &'a Doc, words: &[Token], tally: &mut Tally) -> Vec<Placed<'a>> {
    let mut placed: Vec<Placed<'a>> = Vec::new();
    for span in doc.spans() {
        let Some((first, last)) = tokens_of(span, words) else {
            tally.leave_out(What::Marks, "Some cover no token.");
            continue;
        };
        let is_same =
            |it: &Placed<'_>| (it.first, it.last, it.span.label()) == (first, last, span.label());
        if placed.iter().any(is_same) {
            tally.leave_out(What::Marks, "Some are the same on whole tokens.");
            continue;
        }
        if (words[first].start, words[last].end) != (span.start(), span.end()) {
            tally.change(What::Marks, "Marks grow to whole tokens.");
        }
        placed.push(Placed { first, last, span });
    }
    placed
}
