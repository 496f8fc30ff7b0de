use std::ops::Range;
use std::sync::Arc;

use corpus::{Label, Span, Unread};

use crate::tags::{Right, TokenSpan};
use crate::tokens::{pieces, tokenize};

/// A text with all that is right about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    /// The text.
    pub text: Arc<str>,
    /// Its spans. Of those that overlap, the longest is learned.
    pub spans: Vec<Span>,
    /// Where it is not known what is right beside those spans.
    pub unread: Unread,
}

/// A piece of a text: its tokens, and what of them is right.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) text: Arc<str>,
    pub(crate) tokens: Vec<Range<u32>>,
    pub(crate) right: Right,
}

impl Piece {
    /// Whether nothing is known of it.
    pub(crate) fn is_unread(&self) -> bool {
        !self.right.unknown.is_empty() && self.right.unknown.iter().all(|it| *it)
    }
}

/// Cuts a text without spans.
pub(crate) fn cut(text: &Arc<str>) -> Vec<Piece> {
    cut_with(text, &[], &Unread::default())
}

/// Cuts an example, never through a span. Spans that do not fall on tokens or have other labels
/// are left out.
pub(crate) fn cut_example(example: &Example, labels: &[Label]) -> Vec<Piece> {
    let tokens = tokenize(&example.text);
    let gold = token_spans(&tokens, &example.spans, labels);
    cut_with(&example.text, &gold, &example.unread)
}

/// How many spans of these labels cannot be learned, since they do not fall on tokens or overlap a
/// longer one.
pub fn unlearnable(example: &Example, labels: &[Label]) -> usize {
    let wanted = example.spans.iter().filter(|it| labels.contains(it.label())).count();
    wanted - token_spans(&tokenize(&example.text), &example.spans, labels).len()
}

fn cut_with(text: &Arc<str>, gold: &[TokenSpan], unread: &Unread) -> Vec<Piece> {
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
        let spans: Vec<TokenSpan> = inside.map(moved).collect();
        let tokens = tokens[range.clone()].to_vec();
        let mut unknown: Vec<bool> =
            tokens.iter().map(|it| unread.touches(it.start, it.end)).collect();
        for it in &spans {
            unknown[it.first as usize..=it.last as usize].fill(false);
        }
        if !unknown.contains(&true) {
            unknown.clear();
        }
        Piece { text: text.clone(), tokens, right: Right { spans, unknown } }
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
        let unread = Unread::from(vec![(0, 3), (5, 7)]);
        let (example, labels) = (Example { text, spans, unread }, [label]);
        let pieces = cut_example(&example, &labels);
        let Right { spans, unknown } = &pieces[0].right;
        let found: Vec<_> = spans.iter().map(|it| (it.first, it.last)).collect();
        assert_eq!(found, [(0, 2), (4, 4)]);
        assert_eq!(*unknown, [false, false, false, true, false]);
        assert!(!pieces[0].is_unread());
        assert_eq!(unlearnable(&example, &labels), 2);
        assert_eq!(unlearnable(&example, &[]), 0);
    }
}
