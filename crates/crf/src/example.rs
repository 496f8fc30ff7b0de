use std::ops::Range;
use std::sync::Arc;

use corpus::{Label, Span};

use crate::tags::TokenSpan;
use crate::tokens::{pieces, tokenize};

/// A text with all that is right about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The text.
    pub text: Arc<str>,
    /// Its spans. Of those that overlap, the longest is learned.
    pub spans: Vec<Span>,
}

/// A piece of a text: its tokens, and the spans of them that are right.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) text: Arc<str>,
    pub(crate) tokens: Vec<Range<u32>>,
    pub(crate) gold: Vec<TokenSpan>,
}

/// Cuts a text without spans.
pub(crate) fn cut(text: &Arc<str>) -> Vec<Piece> {
    cut_with(text, &[])
}

/// Cuts an example, never through a span. Spans that do not fall on tokens or have other labels
/// are left out.
pub(crate) fn cut_example(example: &Example, labels: &[Label]) -> Vec<Piece> {
    let tokens = tokenize(&example.text);
    cut_with(&example.text, &token_spans(&tokens, &example.spans, labels))
}

/// How many spans of these labels cannot be learned, since they do not fall on tokens or overlap a
/// longer one.
pub fn unlearnable(example: &Example, labels: &[Label]) -> usize {
    let wanted = example.spans.iter().filter(|it| labels.contains(it.label())).count();
    wanted - token_spans(&tokenize(&example.text), &example.spans, labels).len()
}

fn cut_with(text: &Arc<str>, gold: &[TokenSpan]) -> Vec<Piece> {
    let tokens = tokenize(text);
    let joined =
        |at: usize| gold.iter().any(|it| (it.first as usize) < at && at <= it.last as usize);
    let piece = |range: Range<usize>| {
        let (start, end) = (range.start as u32, range.end as u32);
        let inside = gold.iter().filter(|it| start <= it.first && it.last < end);
        let moved = |it: &TokenSpan| TokenSpan {
            first: it.first - start,
            last: it.last - start,
            label: it.label,
        };
        Piece {
            text: text.clone(),
            tokens: tokens[range.clone()].to_vec(),
            gold: inside.map(moved).collect(),
        }
    };
    pieces(text, &tokens, joined).into_iter().map(piece).collect()
}

/// Spans by tokens, the longest of those that overlap, in order.
fn token_spans(tokens: &[Range<u32>], spans: &[Span], labels: &[Label]) -> Vec<TokenSpan> {
    let mut found: Vec<TokenSpan> = spans
        .iter()
        .filter_map(|span| {
            let first = tokens.binary_search_by_key(&span.start(), |it| it.start).ok()?;
            let last = tokens.binary_search_by_key(&span.end(), |it| it.end).ok()?;
            let label = labels.iter().position(|it| it == span.label())?;
            Some(TokenSpan { first: first as u32, last: last as u32, label: label as u16 })
        })
        .collect();
    found.sort_by_key(|it| (std::cmp::Reverse(it.last - it.first), *it));
    let mut kept: Vec<TokenSpan> = Vec::new();
    for it in found {
        if kept.iter().all(|other| it.last < other.first || other.last < it.first) {
            kept.push(it);
        }
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_become_tokens() {
        let label = Label::new("Drug").unwrap();
        let span = |start, end| Span::new(start, end, label.clone()).unwrap();
        let text: Arc<str> = "IL-2 and aspirin".into();
        let spans = vec![span(0, 4), span(0, 2), span(9, 16), span(5, 7)];
        let (example, labels) = (Example { text, spans }, [label]);
        let pieces = cut_example(&example, &labels);
        let found: Vec<_> = pieces[0].gold.iter().map(|it| (it.first, it.last)).collect();
        assert_eq!(found, [(0, 2), (4, 4)]);
        assert_eq!(unlearnable(&example, &labels), 2);
        assert_eq!(unlearnable(&example, &[]), 0);
    }
}
