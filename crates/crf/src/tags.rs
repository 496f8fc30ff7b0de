//! Tags of tokens, BILOU: a token lies outside, or begins, continues, closes or is a span.

use std::ops::Range;

/// The tag of a token outside every span.
pub(crate) const OUTSIDE: usize = 0;

/// How many labels can be told apart. Time and memory grow with their square.
pub(crate) const MOST_LABELS: usize = 32;

/// Where a token lies in its span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Begin,
    Inside,
    Last,
    Unit,
}

/// The tag of a place in a span.
pub(crate) fn tag(label: usize, place: Place) -> usize {
    1 + 4 * label + place as usize
}

/// A span as the members see it: tokens and the number of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TokenSpan {
    /// First token.
    pub(crate) first: u32,
    /// Last token.
    pub(crate) last: u32,
    /// Number of the label.
    pub(crate) label: u16,
}

/// What is right of a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Right {
    /// Its spans, in order.
    pub(crate) spans: Vec<TokenSpan>,
    /// For each token whether nobody knows what it is; empty where all is known.
    pub(crate) unknown: Vec<bool>,
}

impl Right {
    /// Whether it is known if a span is right: it is where all its tokens are known, and where it
    /// overlaps a span that is right.
    pub(crate) fn judges(&self, span: &TokenSpan) -> bool {
        let overlaps = |it: &TokenSpan| it.first <= span.last && span.first <= it.last;
        let tokens = span.first as usize..=span.last as usize;
        let is_known = self.unknown.get(tokens).is_none_or(|it| !it.contains(&true));
        is_known || self.spans.iter().any(overlaps)
    }
}

/// The tag of a token of which nobody knows what it is.
pub(crate) const UNKNOWN: u16 = u16::MAX;

/// How many tags there are, and how many numbers a token's scores take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tags {
    /// How many labels there are.
    pub(crate) labels: usize,
    /// Tags, filled up to a multiple of four so that they are summed four at a time.
    pub(crate) width: usize,
}

impl Tags {
    pub(crate) fn new(labels: usize) -> Self {
        Self { labels, width: (1 + 4 * labels).next_multiple_of(4) }
    }

    /// Whether a tag leaves no span open behind it.
    fn closes(tag: usize) -> bool {
        tag == OUTSIDE || 2 <= (tag - 1) % 4
    }

    /// Whether a tag stands where no span is open.
    fn opens(tag: usize) -> bool {
        tag == OUTSIDE || matches!((tag - 1) % 4, 0 | 3)
    }

    fn exists(self, tag: usize) -> bool {
        tag < 1 + 4 * self.labels
    }

    /// Whether a sequence may start with a tag.
    pub(crate) fn starts(self, tag: usize) -> bool {
        self.exists(tag) && Self::opens(tag)
    }

    /// Whether a sequence may end with a tag.
    pub(crate) fn ends(self, tag: usize) -> bool {
        self.exists(tag) && Self::closes(tag)
    }

    /// Whether a tag may follow another.
    pub(crate) fn follows(self, before: usize, tag: usize) -> bool {
        if !self.exists(before) || !self.exists(tag) {
            return false;
        }
        match Self::closes(before) {
            true => Self::opens(tag),
            false => !Self::opens(tag) && (before - 1) / 4 == (tag - 1) / 4,
        }
    }

    /// The tags of tokens whose spans are known and do not overlap.
    pub(crate) fn of(n_tokens: usize, spans: &[TokenSpan]) -> Vec<u16> {
        let mut tags = vec![OUTSIDE as u16; n_tokens];
        for span in spans {
            let Range { start, end } = span.first as usize..span.last as usize;
            let mut set = |at: usize, place| tags[at] = tag(span.label.into(), place) as u16;
            if start == end {
                set(start, Place::Unit);
                continue;
            }
            (start + 1..end).for_each(|at| set(at, Place::Inside));
            set(start, Place::Begin);
            set(end, Place::Last);
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_once_open_is_closed() {
        let tags = Tags::new(2);
        let (begin, last) = (tag(1, Place::Begin), tag(1, Place::Last));
        assert!(tags.follows(OUTSIDE, begin) && tags.follows(begin, last));
        assert!(!tags.follows(begin, OUTSIDE) && !tags.follows(begin, tag(0, Place::Last)));
        assert!(tags.follows(last, begin) && !tags.starts(last) && !tags.ends(begin));
        assert_eq!(tags.width, 12);
        assert!(!tags.follows(OUTSIDE, 9), "the filling is no tag");
        let spans =
            [TokenSpan { first: 1, last: 3, label: 0 }, TokenSpan { first: 4, last: 4, label: 1 }];
        assert_eq!(Tags::of(6, &spans), [0, 1, 2, 3, 8, 0]);
    }
}
