use corpus::{Label, Span};
use serde::{Deserialize, Serialize};

use crate::{Fold, Record, Snapshot};

/// How often each gold label was predicted as which label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// The labels, sorted. Rows and columns are in this order, then “none”.
    pub labels: Vec<Label>,
    /// Counts: a row for each gold label and one for no gold span, a column for each predicted
    /// label and one for no predicted span. The last of the last row is always 0.
    pub cells: Vec<Vec<u32>>,
}

/// When a predicted span is held to mean a gold span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Places {
    /// When they cover the same bytes.
    #[default]
    Exact,
    /// When they share a byte; each span has at most one partner, the one that it shares most
    /// with.
    Overlapping,
}

impl Confusion {
    /// An empty matrix. Labels are sorted, none twice.
    pub fn new(labels: &[Label]) -> Self {
        let n = labels.len() + 1;
        Self { labels: labels.to_vec(), cells: vec![vec![0; n]; n] }
    }

    /// Counts all documents that a run scored.
    pub fn of(record: &Record, snapshot: &Snapshot, fold: &Fold, places: Places) -> Self {
        let mut confusion = Self::new(snapshot.labels());
        let predicted = record.predicted(fold.scored(), snapshot);
        for (id, predicted) in fold.scored().iter().zip(predicted) {
            let gold = snapshot.doc(id).map_or(&[][..], |it| &it.gold);
            confusion.add(gold, &predicted, places);
        }
        confusion
    }

    /// Counts one document. Spans of other labels are not looked at.
    pub fn add(&mut self, gold: &[Span], predicted: &[Span], places: Places) {
        let known = |spans: &[Span]| -> Vec<(Span, usize)> {
            let mut spans: Vec<_> =
                spans.iter().filter_map(|it| Some((it.clone(), self.at(it.label())?))).collect();
            spans.sort();
            spans.dedup();
            spans
        };
        let (gold, predicted) = (known(gold), known(predicted));
        let none = self.labels.len();
        let partners = partners(&gold, &predicted, places);
        let mut is_met = vec![false; predicted.len()];
        for ((_, label), partner) in gold.iter().zip(&partners) {
            let column = partner.map_or(none, |it| predicted[it].1);
            self.cells[*label][column] += 1;
            if let Some(partner) = partner {
                is_met[*partner] = true;
            }
        }
        for ((_, label), _) in predicted.iter().zip(is_met).filter(|it| !it.1) {
            self.cells[none][*label] += 1;
        }
    }

    /// How often a gold label was predicted as another, or as none; most often first. `None` is
    /// no span.
    pub fn confused(&self) -> Vec<(Option<&Label>, Option<&Label>, u32)> {
        let mut found = Vec::new();
        for (row, cells) in self.cells.iter().enumerate() {
            for (column, n) in cells.iter().enumerate().filter(|(at, n)| *at != row && 0 < **n) {
                found.push((self.labels.get(row), self.labels.get(column), *n));
            }
        }
        found.sort_by_key(|it| std::cmp::Reverse(it.2));
        found
    }

    fn at(&self, label: &Label) -> Option<usize> {
        self.labels.binary_search(label).ok()
    }
}

/// For each gold span the position of its predicted partner. Hits are paired first, then what
/// shares most bytes.
fn partners(
    gold: &[(Span, usize)],
    predicted: &[(Span, usize)],
    places: Places,
) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (row, (gold, _)) in gold.iter().enumerate() {
        for (column, (found, _)) in predicted.iter().enumerate() {
            let meets = match places {
                Places::Exact => gold.same_place(found),
                Places::Overlapping => gold.overlaps(found),
            };
            if meets {
                let shared = gold.end().min(found.end()) - gold.start().max(found.start());
                let likeness = (
                    gold.same_place(found) && gold.label() == found.label(),
                    gold.same_place(found),
                    shared,
                );
                pairs.push((std::cmp::Reverse(likeness), row, column));
            }
        }
    }
    pairs.sort();
    let (mut partners, mut is_taken) = (vec![None; gold.len()], vec![false; predicted.len()]);
    for (_, row, column) in pairs {
        if partners[row].is_none() && !is_taken[column] {
            partners[row] = Some(column);
            is_taken[column] = true;
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{label, span};

    #[track_caller]
    fn check(places: Places, expected: [[u32; 3]; 3]) {
        let gold = [span(0, 3, "A"), span(5, 9, "A"), span(11, 14, "B"), span(20, 22, "B")];
        let predicted = [
            span(0, 3, "A"),
            span(5, 9, "B"),
            span(12, 14, "A"),
            span(13, 14, "B"),
            span(30, 31, "B"),
            span(0, 3, "C"),
        ];
        let mut confusion = Confusion::new(&["A", "B"].map(label));
        confusion.add(&gold, &predicted, places);
        assert_eq!(confusion.cells, expected);
    }

    #[test]
    fn gold_labels_meet_predicted_labels_in_the_same_place() {
        check(Places::Exact, [[1, 1, 0], [0, 0, 2], [1, 2, 0]]);
    }

    #[test]
    fn or_in_places_that_overlap_most() {
        check(Places::Overlapping, [[1, 1, 0], [1, 0, 1], [0, 2, 0]]);
    }

    #[test]
    fn what_is_confused_most_comes_first() {
        let mut confusion = Confusion::new(&["A", "B"].map(label));
        confusion.cells = vec![vec![9, 2, 1], vec![5, 9, 0], vec![0, 0, 0]];
        let (a, b) = (label("A"), label("B"));
        assert_eq!(
            confusion.confused(),
            [(Some(&b), Some(&a), 5), (Some(&a), Some(&b), 2), (Some(&a), None, 1)]
        );
    }
}
