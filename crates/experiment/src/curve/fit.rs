use random::Random;
use serde::{Deserialize, Serialize};

use super::CurvePoint;
use crate::stats::mean;

/// The inverse power law `a − b · n^(−c)`, with which learning curves are commonly described
/// (Figueroa, Zeng-Treitler, Kandula and Ngo 2012): `a` is where F1 would end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Law {
    /// Where F1 ends with no end of documents, 0 to 1.
    pub a: f64,
    /// How far it is from there with one document; 0 or more, and 0 for a curve that is flat.
    pub b: f64,
    /// How fast it gets there, 0.05 to 3.
    pub c: f64,
}

/// Slower curves are not told from a straight line of logarithms.
const SLOWEST: f64 = 0.05;
/// Faster curves are not told from flat ones.
const FASTEST: f64 = 3.0;
/// How many exponents are tried before the best is refined.
const TRIED: u32 = 60;

impl Law {
    /// F1 for so many training documents, 0 to 1.
    pub fn f1(&self, n_docs: u32) -> f64 {
        (self.a - self.b * f64::from(n_docs.max(1)).powf(-self.c)).clamp(0.0, 1.0)
    }
}

/// The law of least squares through points of documents, F1 and weight, such as the number of
/// runs. Three different numbers of documents or more make sense.
///
/// For a given `c` the rest is a straight line, so `c` alone is searched: on a grid, then between
/// the neighbours of the best by golden section. Nothing is drawn, no start must be guessed.
pub fn fit(points: &[(f64, f64, f64)]) -> Law {
    let ratio = (FASTEST / SLOWEST).powf(1.0 / f64::from(TRIED));
    let tried = |at: u32| SLOWEST * ratio.powf(f64::from(at));
    let squares = |c: f64| squares(points, &line(points, c));
    let best = (0..=TRIED).min_by(|a, b| squares(tried(*a)).total_cmp(&squares(tried(*b))));
    let best = best.expect("there are exponents");
    let (mut low, mut high) = (tried(best.saturating_sub(1)), tried((best + 1).min(TRIED)));
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    for _ in 0..60 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        match squares(left) <= squares(right) {
            true => high = right,
            false => low = left,
        }
    }
    line(points, f64::midpoint(low, high))
}

/// The best law of one exponent. It never falls, and never ends above 1.
fn line(points: &[(f64, f64, f64)], c: f64) -> Law {
    let placed: Vec<_> = points.iter().map(|(n, f1, w)| (n.powf(-c), *f1, *w)).collect();
    let weight: f64 = placed.iter().map(|it| it.2).sum();
    let weighted = |of: &dyn Fn(f64, f64) -> f64| {
        placed.iter().map(|(x, f1, w)| w * of(*x, *f1)).sum::<f64>() / weight
    };
    let (mean_x, mean_f1) = (weighted(&|x, _| x), weighted(&|_, f1| f1));
    let spread = weighted(&|x, _| (x - mean_x) * (x - mean_x));
    let slope = weighted(&|x, f1| (x - mean_x) * (f1 - mean_f1)) / spread.max(f64::MIN_POSITIVE);
    let (a, b) = (mean_f1 - slope * mean_x, -slope);
    if b < 0.0 {
        return Law { a: mean_f1, b: 0.0, c };
    }
    if a <= 1.0 {
        return Law { a, b, c };
    }
    // Held at 1, the line has its slope left to choose.
    let b = weighted(&|x, f1| x * (1.0 - f1)) / weighted(&|x, _| x * x);
    Law { a: 1.0, b, c }
}

fn squares(points: &[(f64, f64, f64)], law: &Law) -> f64 {
    let error = |n: f64, f1: f64| f1 - (law.a - law.b * n.powf(-law.c));
    points.iter().map(|(n, f1, weight)| weight * error(*n, *f1).powi(2)).sum()
}

/// How many laws are fitted to redrawn points.
const REDRAWN: usize = 200;
const STREAM: u64 = 13;
/// The least error of a point that is assumed, in F1: three points through which a law goes
/// exactly are not without error.
const LEAST_ERROR: f64 = 0.005;

/// Laws of points with errors drawn anew: each point is its mean plus a normal error. Its size is
/// the standard error over the point's runs, pooled over all points since each has few, or what
/// the law leaves unexplained, whichever is larger.
pub(super) fn bands(points: &[CurvePoint], law: Law, seed: u64) -> Vec<Law> {
    let spread = pooled_sd(points).max(unexplained(points, law)).max(LEAST_ERROR);
    let mut random = Random::new(seed, STREAM);
    let mut redrawn = || {
        let point = |it: &CurvePoint| {
            let error = spread / (it.f1.len() as f64).sqrt();
            let f1 = it.mean() + error * f64::from(random.normal());
            (f64::from(it.n_docs), f1, it.f1.len() as f64)
        };
        fit(&points.iter().map(point).collect::<Vec<_>>())
    };
    (0..REDRAWN).map(|_| redrawn()).collect()
}

/// The standard deviation of a run around its point.
fn pooled_sd(points: &[CurvePoint]) -> f64 {
    let squares = |it: &CurvePoint| {
        let mean = it.mean();
        it.f1.iter().map(|f1| (f1 - mean).powi(2)).sum::<f64>()
    };
    let degrees: usize = points.iter().map(|it| it.f1.len() - 1).sum();
    if degrees == 0 {
        return 0.0;
    }
    (points.iter().map(squares).sum::<f64>() / degrees as f64).sqrt()
}

/// The standard deviation of points around the law, whose three numbers take three points.
fn unexplained(points: &[CurvePoint], law: Law) -> f64 {
    let squares: Vec<f64> = points
        .iter()
        .map(|it| it.f1.len() as f64 * (it.mean() - law.f1(it.n_docs)).powi(2))
        .collect();
    let degrees = points.len().saturating_sub(3).max(1);
    (mean(&squares) * squares.len() as f64 / degrees as f64).sqrt()
}
