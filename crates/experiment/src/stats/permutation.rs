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
    match n_ways.filter(|it| *it <= u64::from(draws.n)) {
        Some(n_ways) => {
            let n = (0..n_ways).filter(|it| observed - SAME <= swaps.swapped(|_| *it)).count();
            n as f64 / n_ways as f64
        }
        None => {
            let mut random = Random::new(draws.seed, STREAM);
            let draw = |_: &u32| observed - SAME <= swaps.swapped(|_| random.bits());
            let n = (0..draws.n).filter(draw).count();
            (n + 1) as f64 / f64::from(draws.n + 1)
        }
    }
}

/// What changes when systems change sides in a document. Documents where nothing would are left
/// out.
struct Swaps {
    n_docs: usize,
    n_seeds: usize,
    /// For each seed, over all documents: twice hits, and predicted + gold, of the first system,
    /// then of the second.
    sums: Vec<[i64; 4]>,
    /// For each document that differs, for each seed: the second's counts less the first's.
    changes: Vec<[i32; 2]>,
}

impl Swaps {
    fn new(first: &Outcomes, second: &Outcomes) -> Self {
        let n_seeds = least_common_multiple(first.seeds.len(), second.seeds.len());
        let pairs: Vec<_> = first.repeated(n_seeds).zip(second.repeated(n_seeds)).collect();
        let sums = pairs.iter().map(|(a, b)| {
            let pairs = a.iter().zip(b.iter());
            pairs.fold([0; 4], |[w, x, y, z], (a, b)| {
                let ([hits_a, all_a], [hits_b, all_b]) = (counts(a), counts(b));
                let add = |sum: i64, count: i32| sum + i64::from(count);
                [add(w, hits_a), add(x, all_a), add(y, hits_b), add(z, all_b)]
            })
        });
        let change = |doc: usize| {
            pairs.iter().map(move |(a, b)| {
                let (a, b) = (counts(&a[doc]), counts(&b[doc]));
                [b[0] - a[0], b[1] - a[1]]
            })
        };
        let differs = |doc: &usize| change(*doc).any(|it| it != [0, 0]);
        let n_docs = first.n_docs().min(second.n_docs());
        let differing: Vec<usize> = (0..n_docs).filter(differs).collect();
        let changes = differing.iter().flat_map(|it| change(*it)).collect();
        Self { n_docs: differing.len(), n_seeds, sums: sums.collect(), changes }
    }

    /// The size of the difference after documents change sides whose bit is set. `bits` gives the
    /// next 64 of them.
    fn swapped(&self, mut bits: impl FnMut(usize) -> u64) -> f64 {
        let mut moved = vec![[0_i32; 2]; self.n_seeds];
        let chunks = self.changes.chunks(64 * self.n_seeds.max(1));
        for (at, docs) in chunks.enumerate() {
            let mut bits = bits(at);
            for doc in docs.chunks_exact(self.n_seeds) {
                let mask = -((bits & 1) as i32);
                bits >>= 1;
                for (sum, change) in moved.iter_mut().zip(doc) {
                    sum[0] += change[0] & mask;
                    sum[1] += change[1] & mask;
                }
            }
        }
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
    [2 * prf.hits as i32, (prf.predicted + prf.gold) as i32]
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut rest, mut divisor) = (a, b);
    while divisor != 0 {
        (rest, divisor) = (divisor, rest % divisor);
    }
    a / rest.max(1) * b
}
