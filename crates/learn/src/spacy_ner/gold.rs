//! From marks to the right move of each token.

use corpus::{Label, Span, Unread};
use predict::biluo::{Action, LabelId, Move, Place};

use crate::{Example, Text, Unlearned};

/// The right moves of a text; none where nobody knows, as where nobody has looked.
///
/// A span that no moves can make leaves the tokens that it touches unknown, as in spaCy's
/// `offsets_to_biluo_tags`: they are not outside, either. Of overlapping spans the longest wins.
pub(super) fn moves(
    example: &Example,
    label_of: impl Fn(&Label) -> Option<LabelId>,
) -> Vec<Option<Move>> {
    moves_and_unlearned(&example.text, &example.gold, &example.unread, label_of).0
}

/// How many spans of a text no moves can make.
pub(crate) fn unlearned(text: &Text, spans: &[Span]) -> Unlearned {
    // What their labels are does not matter.
    moves_and_unlearned(text, spans, &Unread::default(), |_| Some(LabelId::NONE)).1
}

fn moves_and_unlearned(
    text: &Text,
    spans: &[Span],
    unread: &Unread,
    label_of: impl Fn(&Label) -> Option<LabelId>,
) -> (Vec<Option<Move>>, Unlearned) {
    let mut unlearned = Unlearned::default();
    let outside = Move { action: Action::Out, label: LabelId::NONE };
    let without = |it: &(u32, u32)| (!unread.touches(it.0, it.1)).then_some(outside);
    let mut moves: Vec<Option<Move>> = text.tokens.iter().map(without).collect();
    let mut is_taken = vec![false; text.len()];
    let mut by_length: Vec<&Span> = spans.iter().collect();
    by_length.sort_by_key(|it| (std::cmp::Reverse(it.end() - it.start()), it.start()));
    for span in by_length {
        let Some(label) = label_of(span.label()) else { continue };
        let first = text.tokens.partition_point(|it| it.1 <= span.start());
        let end = text.tokens.partition_point(|it| it.0 < span.end());
        let fits = fits(text, span, first, end);
        if fits && !is_taken[first..end].contains(&true) {
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
            let tokens = moves[first..end].iter_mut().zip(&is_taken[first..end]);
            tokens.filter(|it| !it.1).for_each(|it| *it.0 = None);
        }
        is_taken[first..end].fill(true);
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
        let wanted = (wanted, Unlearned { off_tokens, overlapping });
        check_with(spans, Unread::default(), wanted);
    }

    #[track_caller]
    fn check_with(spans: &[(u32, u32, &str)], unread: Unread, wanted: (&str, Unlearned)) {
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
        let known = [a_label(), Label::new("B").unwrap()];
        let example = Example::new(text, &spans, &known).with_unread(unread);
        let found = moves(&example, |it| labels.find(it.as_str()));
        let shown = found.iter().map(|it| match it {
            None => "-".to_owned(),
            Some(Move { action: Action::Out, .. }) => "O".to_owned(),
            Some(it) => {
                let label = if it.label == a { "A" } else { "B" };
                assert!(it.label == a || it.label == b);
                format!("{:.1}-{label}", format!("{:?}", it.action))
            }
        });
        assert_eq!((shown.collect::<Vec<_>>().join(" ").as_str(), example.unlearned), wanted);
    }

    fn a_label() -> Label {
        Label::new("A").unwrap()
    }

    #[test]
    fn nobody_knows_what_is_right_where_nobody_looked() {
        let unread = Unread::from(vec![(4, 9)]);
        let none = Unlearned::default();
        check_with(&[], unread.clone(), ("O - - - O", none));
        check_with(&[(0, 2, "A"), (8, 10, "B")], unread, ("U-A - - U-B O", none));
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
