use corpus::Span;
use serde::{Deserialize, Serialize};

/// What is wrong with a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ErrorKind {
    /// A gold span that nothing predicted touches.
    Missed,
    /// A predicted span that touches no gold span.
    Extra,
    /// A gold span is touched, under another label.
    WrongLabel,
    /// The right label, with another start or end.
    WrongEdge,
}

/// One error of a model in one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// What is wrong.
    pub kind: ErrorKind,
    /// What is right; none for [`ErrorKind::Extra`].
    pub gold: Option<Span>,
    /// What was predicted; none for [`ErrorKind::Missed`].
    pub predicted: Option<Span>,
}

/// The errors in one text, in order. Each span is part of at most one error, exact hits of none.
/// A wrong span is held against the gold span that explains it best: one in the same place, else
/// one of the same label, else the one that shares most bytes.
pub fn mistakes(gold: &[Span], predicted: &[Span]) -> Vec<Mistake> {
    let mut open: Vec<&Span> = gold.iter().filter(|it| !predicted.contains(it)).collect();
    let mut found = Vec::new();
    for wrong in predicted.iter().filter(|it| !gold.contains(it)) {
        let near = open.iter().enumerate().filter(|(_, it)| it.overlaps(wrong));
        let best = near.max_by_key(|(_, it)| likeness(it, wrong)).map(|(idx, _)| idx);
        let gold = best.map(|idx| open.remove(idx).clone());
        let kind = match &gold {
            None => ErrorKind::Extra,
            Some(gold) if gold.label() == wrong.label() => ErrorKind::WrongEdge,
            Some(_) => ErrorKind::WrongLabel,
        };
        found.push(Mistake { kind, gold, predicted: Some(wrong.clone()) });
    }
    found.extend(open.into_iter().map(|gold| Mistake {
        kind: ErrorKind::Missed,
        gold: Some(gold.clone()),
        predicted: None,
    }));
    found.sort_by_key(|it| it.gold.as_ref().or(it.predicted.as_ref()).map(Span::start));
    found
}

/// How well a gold span explains a wrong one that overlaps it.
fn likeness(gold: &Span, wrong: &Span) -> (bool, bool, u32) {
    let shared = gold.end().min(wrong.end()) - gold.start().max(wrong.start());
    (gold.same_place(wrong), gold.label() == wrong.label(), shared)
}

#[cfg(test)]
mod tests {
    use corpus::Label;

    use super::*;

    fn span(start: u32, end: u32, label: &str) -> Span {
        Span::new(start, end, Label::new(label).unwrap()).unwrap()
    }

    #[test]
    fn every_wrong_span_is_one_error() {
        let gold = [span(0, 3, "A"), span(5, 9, "A"), span(11, 14, "B"), span(20, 22, "B")];
        let predicted = [span(0, 3, "A"), span(6, 9, "A"), span(11, 14, "A"), span(30, 31, "B")];
        let kinds: Vec<_> = mistakes(&gold, &predicted).into_iter().map(|it| it.kind).collect();
        let expected =
            [ErrorKind::WrongEdge, ErrorKind::WrongLabel, ErrorKind::Missed, ErrorKind::Extra];
        assert_eq!(kinds, expected);
    }
}
