use std::collections::{BTreeMap, BTreeSet};

use corpus::{Label, Span};
use serde::{Deserialize, Serialize};

/// Counts of hits and misses, from which precision, recall and F1 follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prf {
    /// Predicted and right.
    pub hits: u32,
    /// Predicted, right or wrong.
    pub predicted: u32,
    /// Gold, found or not.
    pub gold: u32,
}

impl Prf {
    /// Share of the predicted that is right, 0 to 1; 0 when nothing was predicted.
    pub fn precision(&self) -> f64 {
        ratio(self.hits, self.predicted)
    }

    /// Share of the gold that was found, 0 to 1; 0 when there is none.
    pub fn recall(&self) -> f64 {
        ratio(self.hits, self.gold)
    }

    /// Harmonic mean of precision and recall, 0 to 1.
    pub fn f1(&self) -> f64 {
        ratio(2 * self.hits, self.predicted + self.gold)
    }
}

fn ratio(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// Scores of many documents: over all labels together, and for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// All labels together.
    pub micro: Prf,
    /// Each label alone.
    pub labels: BTreeMap<Label, Prf>,
}

impl Scores {
    /// Counts one document. A span given twice counts once.
    pub fn add<'a>(
        &mut self,
        gold: impl IntoIterator<Item = &'a Span>,
        predicted: impl IntoIterator<Item = &'a Span>,
    ) {
        let gold: BTreeSet<_> = gold.into_iter().collect();
        let predicted: BTreeSet<_> = predicted.into_iter().collect();
        for span in &gold {
            self.count(span.label(), |prf| prf.gold += 1);
        }
        for span in &predicted {
            self.count(span.label(), |prf| prf.predicted += 1);
        }
        for span in gold.intersection(&predicted) {
            self.count(span.label(), |prf| prf.hits += 1);
        }
    }

    fn count(&mut self, label: &Label, add: impl Fn(&mut Prf)) {
        add(&mut self.micro);
        if !self.labels.contains_key(label) {
            self.labels.insert(label.clone(), Prf::default());
        }
        self.labels.get_mut(label).into_iter().for_each(add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32, label: &str) -> Span {
        Span::new(start, end, Label::new(label).unwrap()).unwrap()
    }

    #[test]
    fn place_and_label_must_both_be_right() {
        let mut scores = Scores::default();
        let gold = [span(0, 3, "A"), span(5, 8, "A"), span(9, 10, "B")];
        let predicted = [span(0, 3, "A"), span(5, 9, "A"), span(9, 10, "A"), span(0, 3, "A")];
        scores.add(&gold, &predicted);
        assert_eq!(scores.micro, Prf { hits: 1, predicted: 3, gold: 3 });
        assert_eq!(
            scores.labels[&Label::new("A").unwrap()],
            Prf { hits: 1, predicted: 3, gold: 2 }
        );
        assert!((scores.micro.f1() - 1.0 / 3.0).abs() < 1e-12);
        assert!(Prf::default().f1().abs() < f64::EPSILON);
    }
}
