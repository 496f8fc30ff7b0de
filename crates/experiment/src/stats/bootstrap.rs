use random::Random;

use super::{Draws, Interval, Outcomes, SAME, quantile};

/// Micro F1 of several systems on redrawn documents.
///
/// A redraw takes as many documents as there are, each as often as chance will (Efron 1979). All
/// systems and seeds see the same redraws, so that differences are paired.
#[derive(Clone, Debug, PartialEq)]
pub struct Redraws {
    /// Micro F1, averaged over seeds: for each system, of each redraw.
    f1: Vec<Vec<f64>>,
}

/// A stream of its own, so that no other test draws the same.
const STREAM: u64 = 11;

/// Redraws the documents. Systems must count the same documents in the same order.
pub fn redraw(systems: &[&Outcomes], draws: Draws) -> Redraws {
    let rows = Rows::new(systems);
    let mut random = Random::new(draws.seed, STREAM);
    let mut f1: Vec<Vec<f64>> = vec![Vec::with_capacity(draws.n as usize); systems.len()];
    let mut sums = vec![0; rows.width];
    for _ in 0..draws.n {
        sums.fill(0);
        for _ in 0..rows.n_docs {
            rows.add(random.below(rows.n_docs), &mut sums);
        }
        rows.f1(&sums).zip(&mut f1).for_each(|(value, all)| all.push(value));
    }
    Redraws { f1 }
}

impl Redraws {
    /// The percentile interval of a system's F1: the middle 95 % of redraws. None without redraws.
    pub fn interval(&self, system: usize) -> Option<Interval> {
        middle(self.f1[system].clone())
    }

    /// The percentile interval of the difference of two systems, the first less the second.
    pub fn difference(&self, first: usize, second: usize) -> Option<Interval> {
        middle(self.differences(first, second).collect())
    }

    /// The share of redraws in which the first system is lower than the second, 0 to 1.
    pub fn lower(&self, first: usize, second: usize) -> f64 {
        let n = self.differences(first, second).filter(|it| *it < -SAME).count();
        n as f64 / self.f1[first].len().max(1) as f64
    }

    /// The two-sided p of the paired bootstrap test: how often a redrawn difference is further
    /// from the `observed` one than that is from 0.
    ///
    /// This is the test of Berg-Kirkpatrick, Burkett and Klein (2012), who count redraws beyond
    /// twice the observed difference, for both sides. The observed data counts as one more draw,
    /// so p is never 0 (Davison and Hinkley 1997, 4.2).
    pub fn p(&self, first: usize, second: usize, observed: f64) -> f64 {
        let beyond = |it: &f64| observed.abs() - SAME <= (it - observed).abs();
        let n = self.differences(first, second).filter(beyond).count();
        (n + 1) as f64 / (self.f1[first].len() + 1) as f64
    }

    fn differences(&self, first: usize, second: usize) -> impl Iterator<Item = f64> {
        self.f1[first].iter().zip(&self.f1[second]).map(|(a, b)| a - b)
    }
}

fn middle(mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    Some(Interval { low: quantile(&values, 0.025)?, high: quantile(&values, 0.975)? })
}

/// The counts of all systems and seeds, document by document, since a redraw adds up documents.
struct Rows {
    counts: Vec<u32>,
    /// Counts in a row: twice hits, and predicted + gold, for each seed of each system.
    width: usize,
    n_docs: usize,
    /// How many seeds each system has.
    n_seeds: Vec<usize>,
}

impl Rows {
    fn new(systems: &[&Outcomes]) -> Self {
        let n_docs = systems.first().map_or(0, |it| it.n_docs());
        let n_seeds: Vec<usize> = systems.iter().map(|it| it.seeds.len()).collect();
        let width = 2 * n_seeds.iter().sum::<usize>();
        let mut counts = Vec::with_capacity(width * n_docs);
        for doc in 0..n_docs {
            for docs in systems.iter().flat_map(|it| &it.seeds) {
                counts.extend([2 * docs[doc].hits, docs[doc].predicted + docs[doc].gold]);
            }
        }
        Self { counts, width, n_docs, n_seeds }
    }

    fn add(&self, doc: usize, sums: &mut [u32]) {
        let row = &self.counts[doc * self.width..][..self.width];
        sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
    }

    fn f1(&self, sums: &[u32]) -> impl Iterator<Item = f64> {
        let mut rest = sums;
        self.n_seeds.iter().map(move |n| {
            let (own, others) = rest.split_at(2 * n);
            rest = others;
            let f1 = own.as_chunks::<2>().0.iter().map(|it| share(it[0], it[1]));
            f1.sum::<f64>() / (*n).max(1) as f64
        })
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}
