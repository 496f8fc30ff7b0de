use random::Random;
use scorer::Prf;

use super::{Draws, Outcomes, SAME};

/// A stream of its own, so that no other test draws the same.
const STREAM: u64 = 12;

/// The two-sided p of the approximate randomisation test (Noreen 1989; for NLP Yeh 2000) on the
/// difference of micro F1, averaged over seeds: how often a difference at least as large comes up
/// when it is left to chance, document by document, which system gave which answer.
///
/// All seeds of a document change sides together. Where one system has fewer seeds, both have
/// theirs in turns until all are equally often met; a system that nothing random is in has one. Where there are no more ways to
/// change sides than draws, all of them are gone through and p is exact. Else the observed data
/// counts as one more draw, so p is never 0.
pub fn permutation_p(first: &Outcomes, second: &Outcomes, draws: Draws) -> f64 {
    let swaps = Swaps::new(first, second);
    let observed = swaps.difference(&swaps.sums).abs();
    let n_ways = 1_u64.checked_shl(swaps.n_docs as u32).filter(|_| swaps.n_docs < 63);
    if let Some(n_ways) = n_ways.filter(|it| *it <= u64::from(draws.n)) {
        let n = (0..n_ways).filter(|it| observed - SAME <= swaps.swapped(|| *it)).count();
        return n as f64 / n_ways as f64;
    }
    let mut random = Random::new(draws.seed, STREAM);
    let draw = |_: &u32| observed - SAME <= swaps.swapped(|| random.bits());
    let n = (0..draws.n).filter(draw).count();
    (n + 1) as f64 / f64::from(draws.n + 1)
}

/// Documents whose sides one draw decides.
const CHUNK: usize = u64::BITS as usize;

/// What changes when systems change sides in a document. Documents where nothing would are left
/// out.
struct Swaps {
    n_docs: usize,
    n_seeds: usize,
    /// For each seed, over all documents: twice hits, and predicted + gold, of the first system,
    /// then of the second.
    sums: Vec<[i64; 4]>,
    /// The second's counts less the first's in the documents that differ, [`CHUNK`] of them
    /// together: for each chunk, seed and count a column. The last chunk is filled up with zeros.
    changes: Vec<[i32; CHUNK]>,
}

impl Swaps {
    fn new(first: &Outcomes, second: &Outcomes) -> Self {
        let n_seeds = least_common_multiple(first.seeds.len(), second.seeds.len());
        let pairs: Vec<_> = first.repeated(n_seeds).zip(second.repeated(n_seeds)).collect();
        let sums = pairs.iter().map(|(a, b)| {
            a.iter().zip(b.iter()).fold([0; 4], |sums, (a, b)| {
                let ([hits_a, all_a], [hits_b, all_b]) = (counts(a), counts(b));
                let [w, x, y, z] = [hits_a, all_a, hits_b, all_b].map(i64::from);
                [sums[0] + w, sums[1] + x, sums[2] + y, sums[3] + z]
            })
        });
        let change = |doc: usize, seed: usize, count: usize| {
            let (a, b) = pairs[seed];
            counts(&b[doc])[count] - counts(&a[doc])[count]
        };
        let columns = || (0..n_seeds).flat_map(|seed| [(seed, 0), (seed, 1)]);
        let differs = |doc: &usize| columns().any(|it| change(*doc, it.0, it.1) != 0);
        let n_docs = first.n_docs().min(second.n_docs());
        let differing: Vec<usize> = (0..n_docs).filter(differs).collect();
        let mut changes = Vec::new();
        for docs in differing.chunks(CHUNK) {
            for (seed, count) in columns() {
                let mut column = [0; CHUNK];
                for (cell, doc) in column.iter_mut().zip(docs) {
                    *cell = change(*doc, seed, count);
                }
                changes.push(column);
            }
        }
        Self { n_docs: differing.len(), n_seeds, sums: sums.collect(), changes }
    }

    /// The size of the difference after documents change sides whose bit is set. `bits` gives the
    /// next 64 of them.
    fn swapped(&self, mut bits: impl FnMut() -> u64) -> f64 {
        let mut moved = vec![0_i32; 2 * self.n_seeds];
        for columns in self.changes.chunks(2 * self.n_seeds.max(1)) {
            let bits = bits();
            let mut masks = [0; CHUNK];
            for (at, mask) in masks.iter_mut().enumerate() {
                *mask = -((bits >> at & 1) as i32);
            }
            for (sum, column) in moved.iter_mut().zip(columns) {
                *sum += column.iter().zip(&masks).map(|(change, mask)| change & mask).sum::<i32>();
            }
        }
        let moved = moved.as_chunks::<2>().0;
        let sums = self.sums.iter().zip(moved).map(|(sum, moved)| {
            let [hits, all] = moved.map(i64::from);
            [sum[0] + hits, sum[1] + all, sum[2] - hits, sum[3] - all]
        });
        self.mean_difference(sums).abs()
    }

    fn difference(&self, sums: &[[i64; 4]]) -> f64 {
        self.mean_difference(sums.iter().copied())
    }

    fn mean_difference(&self, sums: impl Iterator<Item = [i64; 4]>) -> f64 {
        let share =
            |part: i64, whole: i64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let differences = sums.map(|it| share(it[0], it[1]) - share(it[2], it[3]));
        differences.sum::<f64>() / self.n_seeds.max(1) as f64
    }
}

/// F1 is the first over the second.
fn counts(prf: &Prf) -> [i32; 2] {
    [2 * prf.hits.cast_signed(), (prf.predicted + prf.gold).cast_signed()]
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut rest, mut divisor) = (a, b);
    while divisor != 0 {
        (rest, divisor) = (divisor, rest % divisor);
    }
    a / rest.max(1) * b
}
