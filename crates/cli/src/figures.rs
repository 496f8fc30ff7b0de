//! Scores as people compare them: per cent, with two decimals.

use std::collections::BTreeMap;

use scorer::{Prf, Scores};
use serde::Serialize;

/// Scores of many texts.
#[derive(Serialize)]
pub(crate) struct Figures {
    /// Over all labels together.
    pub(crate) micro: Figure,
    /// Each label alone.
    pub(crate) labels: BTreeMap<String, Figure>,
}

/// Precision, recall and F1 in per cent, and the counts that they follow from.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Figure {
    p: f64,
    r: f64,
    pub(crate) f: f64,
    tp: u32,
    fp: u32,
    #[serde(rename = "fn")]
    missed: u32,
}

impl Figures {
    pub(crate) fn of(scores: &Scores) -> Self {
        let labels = scores.labels.iter().map(|(label, prf)| (label.to_string(), figure(*prf)));
        Self { micro: figure(scores.micro), labels: labels.collect() }
    }
}

fn figure(prf: Prf) -> Figure {
    let (p, r) = (prf.precision(), prf.recall());
    // From precision and recall, not from the counts: the last bit decides how a tie is rounded,
    // and this is how others compute it.
    let f = if p + r == 0.0 { 0.0 } else { 2.0 * p * r / (p + r) };
    Figure {
        p: per_cent(p),
        r: per_cent(r),
        f: per_cent(f),
        tp: prf.hits,
        fp: prf.predicted - prf.hits,
        missed: prf.gold - prf.hits,
    }
}

/// A share in per cent with two decimals.
pub(crate) fn per_cent(share: f64) -> f64 {
    decimals(100.0 * share, 2)
}

/// A number with so many decimals, rounded as it would be printed.
pub(crate) fn decimals(number: f64, n: usize) -> f64 {
    format!("{number:.n$}").parse().expect("a printed number is a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_two_decimals() {
        let figure = figure(Prf { hits: 2, predicted: 3, gold: 7 });
        assert_eq!(figure, Figure { p: 66.67, r: 28.57, f: 40.0, tp: 2, fp: 1, missed: 5 });
        let nothing = self::figure(Prf::default());
        assert_eq!(nothing, Figure { p: 0.0, r: 0.0, f: 0.0, tp: 0, fp: 0, missed: 0 });
    }
}
