//! BILUO: the class of each token, from which spans follow.

use corpus::{Label, Span};

use crate::Text;

/// The class of a token outside of every span.
pub(crate) const OUTSIDE: u16 = 0;

/// Where a token lies in its span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first of several.
    Begin,
    /// Neither the first nor the last.
    Inside,
    /// The last of several.
    Last,
    /// The only one.
    Unit,
}

/// The class of a token at a place in a span of the label with this number.
pub(crate) fn class(label: usize, place: Place) -> usize {
    1 + 4 * label + place as usize
}

/// How many classes there are for so many labels.
pub(crate) fn n_classes(n_labels: usize) -> usize {
    1 + 4 * n_labels
}

/// Gold spans that no class can express.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlearned {
    /// Spans that do not start and end with a token.
    pub off_tokens: u32,
    /// Spans that overlap a longer one.
    pub overlapping: u32,
}

impl std::ops::AddAssign for Unlearned {
    fn add_assign(&mut self, other: Self) {
        self.off_tokens += other.off_tokens;
        self.overlapping += other.overlapping;
    }
}

/// The class of each token, and what is lost. Of overlapping spans the longest wins.
pub(crate) fn tags(text: &Text, gold: &[Span], labels: &[Label]) -> (Vec<u16>, Unlearned) {
    let mut tags = vec![OUTSIDE; text.len()];
    let mut unlearned = Unlearned::default();
    let mut by_length: Vec<&Span> = gold.iter().collect();
    by_length.sort_by_key(|it| (std::cmp::Reverse(it.end() - it.start()), it.start()));
    for span in by_length {
        let Some((first, last)) = tokens_of(text, span) else {
            unlearned.off_tokens += 1;
            continue;
        };
        let Some(label) = labels.iter().position(|it| it == span.label()) else { continue };
        if tags[first..=last].iter().any(|it| *it != OUTSIDE) {
            unlearned.overlapping += 1;
            continue;
        }
        for (at, tag) in tags.iter_mut().enumerate().take(last + 1).skip(first) {
            let place = match (at == first, at == last) {
                (true, true) => Place::Unit,
                (true, false) => Place::Begin,
                (false, true) => Place::Last,
                (false, false) => Place::Inside,
            };
            *tag = class(label, place) as u16;
        }
    }
    (tags, unlearned)
}

/// First and last token of a span that falls on tokens and has no whitespace at its ends.
fn tokens_of(text: &Text, span: &Span) -> Option<(usize, usize)> {
    let first = text.tokens.binary_search_by_key(&span.start(), |it| it.0).ok()?;
    let last = text.tokens.binary_search_by_key(&span.end(), |it| it.1).ok()?;
    let fits = first <= last && !text.is_space[first] && !text.is_space[last];
    fits.then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(spans: &[(u32, u32, &str)], tags_: &[u16], off_tokens: u32, overlapping: u32) {
        // "ab cd \n ef": the fourth token is a line break.
        let text = Text {
            tokens: vec![(0, 2), (3, 5), (6, 7), (8, 10)],
            ids: vec![[0; 4]; 4],
            is_space: vec![false, false, true, false],
            ..Text::default()
        };
        let label = |name: &str| Label::new(name).unwrap();
        let gold: Vec<Span> =
            spans.iter().map(|it| Span::new(it.0, it.1, label(it.2)).unwrap()).collect();
        let (found, unlearned) = tags(&text, &gold, &[label("A"), label("B")]);
        assert_eq!(found, tags_);
        assert_eq!(unlearned, Unlearned { off_tokens, overlapping });
    }

    #[test]
    fn spans_become_classes() {
        check(&[(0, 2, "A"), (3, 10, "B")], &[4, 5, 6, 7], 0, 0);
        check(&[(0, 5, "A")], &[1, 3, 0, 0], 0, 0);
    }

    #[test]
    fn what_cannot_be_learned_is_counted() {
        check(&[(0, 1, "A"), (3, 7, "A"), (8, 10, "A")], &[0, 0, 0, 4], 2, 0);
        check(&[(0, 2, "A"), (0, 5, "B"), (0, 5, "A")], &[5, 7, 0, 0], 0, 2);
    }
}
