//! From marks to the right move of each token.

use corpus::{Label, Span};
use predict::biluo::{Action, LabelId, Move, Place};

use crate::{Text, Unlearned};

/// The right moves of a text; none where nobody knows.
///
/// A span that no moves can make leaves the tokens that it touches unknown, as in spaCy's
/// `offsets_to_biluo_tags`: they are not outside, either. Of overlapping spans the longest wins.
pub(super) fn moves(
    text: &Text,
    spans: &[Span],
    label_of: impl Fn(&Label) -> Option<LabelId>,
) -> Vec<Option<Move>> {
    moves_and_unlearned(text, spans, label_of).0
}

/// How many spans of a text no moves can make.
pub(crate) fn unlearned(text: &Text, spans: &[Span]) -> Unlearned {
    // What their labels are does not matter.
    moves_and_unlearned(text, spans, |_| Some(LabelId::NONE)).1
}

fn moves_and_unlearned(
    text: &Text,
    spans: &[Span],
    label_of: impl Fn(&Label) -> Option<LabelId>,
) -> (Vec<Option<Move>>, Unlearned) {
    let mut unlearned = Unlearned::default();
    let outside = Move { action: Action::Out, label: LabelId::NONE };
    let mut moves = vec![Some(outside); text.len()];
    let mut by_length: Vec<&Span> = spans.iter().collect();
    by_length.sort_by_key(|it| (std::cmp::Reverse(it.end() - it.start()), it.start()));
    for span in by_length {
        let Some(label) = label_of(span.label()) else { continue };
        let first = text.tokens.partition_point(|it| it.1 <= span.start());
        let end = text.tokens.partition_point(|it| it.0 < span.end());
        let is_free = |it: &Option<Move>| *it == Some(outside);
        let fits = fits(text, span, first, end);
        if fits && moves[first..end].iter().all(is_free) {
            for (at, it) in moves[first..end].iter_mut().enumerate() {
                let action = match (at == 0, first + at + 1 == end) {
                    (true, true) => Action::Unit,
                    (true, false) => Action::Begin,
                    (false, true) => Action::Last,
                    (false, false) => Action::In,
                };
                *it = Some(Move { action, label });
            }
        } else {
            unlearned.off_tokens += u32::from(!fits);
            unlearned.overlapping += u32::from(fits);
            moves[first..end].iter_mut().filter(|it| is_free(it)).for_each(|it| *it = None);
        }
    }
    (moves, unlearned)
}

/// Whether a span is made of these tokens, of which neither the first nor the last is whitespace.
fn fits(text: &Text, span: &Span, first: usize, end: usize) -> bool {
    first < end
        && text.tokens[first].0 == span.start()
        && text.tokens[end - 1].1 == span.end()
        && !text.is_space[first]
        && !text.is_space[end - 1]
}

/// What decides which moves may be made at a token of a text that no component has seen.
pub(super) fn place(text: &Text, at: usize) -> Place {
    Place { is_last: at + 1 == text.len(), is_space: text.is_space[at], ..Place::default() }
}

#[cfg(test)]
mod tests {
    use predict::biluo::Labels;

    use super::*;

    #[track_caller]
    fn check(spans: &[(u32, u32, &str)], wanted: &str, off_tokens: u32, overlapping: u32) {
        // "ab cd \n ef gh": the third token is a line break.
        let text = Text {
            tokens: vec![(0, 2), (3, 5), (6, 7), (8, 10), (11, 13)],
            is_space: vec![false, false, true, false, false],
            ..Text::default()
        };
        let mut labels = Labels::default();
        let [a, b] = ["A", "B"].map(|it| labels.add(it));
        let span = |it: &(u32, u32, &str)| Span::new(it.0, it.1, Label::new(it.2).unwrap());
        let spans: Vec<Span> = spans.iter().map(|it| span(it).unwrap()).collect();
        let found = moves(&text, &spans, |it| labels.find(it.as_str()));
        let shown = found.iter().map(|it| match it {
            None => "-".to_owned(),
            Some(Move { action: Action::Out, .. }) => "O".to_owned(),
            Some(it) => {
                let label = if it.label == a { "A" } else { "B" };
                assert!(it.label == a || it.label == b);
                format!("{:.1}-{label}", format!("{:?}", it.action))
            }
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), wanted);
        assert_eq!(unlearned(&text, &spans), Unlearned { off_tokens, overlapping });
    }

    #[test]
    fn spans_become_moves() {
        check(&[(0, 2, "A"), (3, 10, "B")], "U-A B-B I-B L-B O", 0, 0);
        check(&[(8, 13, "A"), (0, 2, "Other")], "O O O B-A L-A", 0, 0);
    }

    #[test]
    fn what_no_moves_make_is_unknown_and_counted() {
        check(&[(0, 1, "A"), (4, 9, "B")], "- - - - O", 2, 0);
        check(&[(3, 7, "A")], "O - - O O", 1, 0);
        check(&[(0, 5, "A"), (3, 7, "B")], "B-A L-A - O O", 1, 0);
        check(&[(0, 2, "A"), (0, 5, "B"), (0, 5, "A")], "B-B L-B O O O", 0, 2);
        check(&[(0, 1, "A"), (3, 7, "A"), (8, 10, "A")], "- - - U-A O", 2, 0);
        // It overlaps one that cannot be learned either.
        check(&[(0, 7, "A"), (3, 5, "A")], "- - - O O", 1, 1);
    }
}
