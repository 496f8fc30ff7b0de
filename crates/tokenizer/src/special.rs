//! Exceptions that hold an affix, looked for once the text is cut into tokens.
//!
//! Cutting off affixes tears such exceptions apart, so spaCy matches the pieces afterwards
//! (`Tokenizer._apply_special_cases`).

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Token;

/// The sequences of token texts to look for, as a trie.
#[derive(Default)]
pub(crate) struct Sequences {
    /// A number for every text that occurs in a sequence.
    words: FxHashMap<Box<str>, u32>,
    /// From a node by a word to the next node. The root is 0.
    edges: FxHashMap<(u32, u32), u32>,
    /// For each node whether a sequence ends there.
    is_end: Vec<bool>,
}

/// A stretch of tokens: first, and one past the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenSpan {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Sequences {
    /// Adds a sequence.
    pub(crate) fn insert<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        if self.is_end.is_empty() {
            self.is_end.push(false);
        }
        let mut node = 0;
        for text in texts {
            let next_word = self.words.len() as u32;
            let word = *self.words.entry(text.into()).or_insert(next_word);
            let next_node = self.is_end.len() as u32;
            node = *self.edges.entry((node, word)).or_insert(next_node);
            if node == next_node {
                self.is_end.push(false);
            }
        }
        self.is_end[node as usize] = true;
    }

    /// The places where a sequence lies, in the order of the text, none of them overlapping.
    pub(crate) fn find(&self, doc: &str, tokens: &[Token]) -> Vec<TokenSpan> {
        let mut spans = filter_spans(self.find_all(doc, tokens));
        spans.sort_by_key(|it| it.start);
        spans
    }

    fn find_all(&self, doc: &str, tokens: &[Token]) -> Vec<TokenSpan> {
        let words: Vec<Option<u32>> =
            tokens.iter().map(|it| self.words.get(it.text(doc)).copied()).collect();
        let mut found = Vec::new();
        for start in 0..words.len() {
            let mut node = 0;
            for (idx, word) in words.iter().enumerate().skip(start) {
                let Some(next) = word.and_then(|it| self.edges.get(&(node, it))) else { break };
                node = *next;
                if self.is_end[node as usize] {
                    found.push(TokenSpan { start, end: idx + 1 });
                }
            }
        }
        found
    }
}

/// Keeps the longest of overlapping spans, of equal ones the first.
///
/// A span that gives way still keeps others off its tokens, as in spaCy's
/// `Tokenizer._filter_special_spans`.
fn filter_spans(mut spans: Vec<TokenSpan>) -> Vec<TokenSpan> {
    spans.sort_by_key(|it| (std::cmp::Reverse(it.end - it.start), it.start));
    let mut seen = FxHashSet::default();
    spans.retain(|span| {
        let is_free = !seen.contains(&span.start) && !seen.contains(&(span.end - 1));
        seen.extend(span.start..span.end);
        is_free
    });
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sequences: &[&str], doc: &str, expected: &[(usize, usize)]) {
        let mut found = Sequences::default();
        for sequence in sequences {
            found.insert(sequence.split(' '));
        }
        let mut tokens = Vec::new();
        let mut start = 0;
        for word in doc.split(' ') {
            let end = start + word.len() as u32;
            tokens.push(Token::new(start, end, true));
            start = end + 1;
        }
        let found: Vec<_> =
            found.find(doc, &tokens).into_iter().map(|it| (it.start, it.end)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_longest_wins() {
        check(&["a", "a b", "b c d"], "a b c d a", &[(1, 4), (4, 5)]);
        check(&[], "a", &[]);
    }

    #[test]
    fn a_span_that_gives_way_blocks_its_tokens() {
        // `c d` overlaps `a b c` and is dropped, and so is `d`, which only `c d` covers.
        check(&["a b c", "c d", "d"], "a b c d", &[(0, 3)]);
    }
}
