//! What the project's own raw text says about words.

use rustc_hash::FxHashMap;

use crate::hash::Hash;
use crate::shape::{Case, case};

/// How many kinds of clusters a word belongs to.
pub(crate) const CLUSTERINGS: usize = 6;

/// The cluster of a word that has none.
pub(crate) const NO_CLUSTER: u16 = u16::MAX;

/// How often a word came in which case, and the company it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Occurrences of the word in lower case, as a title, in capitals, and in any case.
    pub(crate) counts: [u16; 4],
    /// Its clusters.
    pub(crate) clusters: [u16; CLUSTERINGS],
    /// The row of its vector, if it has one.
    pub(crate) vector: Option<u32>,
    /// Whether vectors from elsewhere say something of it, so that it would be known without the
    /// texts.
    pub(crate) is_given: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self { counts: [0; 4], clusters: [NO_CLUSTER; CLUSTERINGS], vector: None, is_given: false }
    }
}

/// What is known of the words of the raw text: how often each came in which case, its clusters and
/// its vectors. Made without a label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// By the word's key.
    pub(crate) known: FxHashMap<u32, Known>,
    /// `[words with a vector, VECTOR]`.
    pub(crate) vectors: Vec<f32>,
}

/// What a word is known by: lower case, all digits alike.
pub(crate) fn key(word: &str) -> u32 {
    let mut hash = Hash::new(0);
    for c in word.chars() {
        if c.is_numeric() {
            hash = hash.with(u32::from('0'));
        } else {
            hash = c.to_lowercase().fold(hash, |it, c| it.with(u32::from(c)));
        }
    }
    hash.finish()
}

/// Which of a word's counts a case belongs to, if to one.
fn column(case: Case) -> Option<usize> {
    match case {
        Case::Lower => Some(0),
        Case::Title => Some(1),
        Case::Upper => Some(2),
        Case::Mixed | Case::Digits | Case::Sign => None,
    }
}

impl Words {
    /// Counts one more occurrence.
    pub(crate) fn count(&mut self, word: &str) {
        let characters: Vec<char> = word.chars().collect();
        let known = self.known.entry(key(word)).or_default();
        for at in [column(case(&characters)), Some(3)].into_iter().flatten() {
            known.counts[at] = known.counts[at].saturating_add(1);
        }
    }

    /// What is known of a word. `own` takes the occurrence that is looked at out of the counts,
    /// and asks for two others before it gives clusters: else a learner would trust that every
    /// word it meets is known, as all those it learns from are.
    pub(crate) fn get(&self, word: &str, own: bool) -> Known {
        let mut known = self.known.get(&key(word)).copied().unwrap_or_default();
        if own {
            let characters: Vec<char> = word.chars().collect();
            for at in [column(case(&characters)), Some(3)].into_iter().flatten() {
                known.counts[at] = known.counts[at].saturating_sub(1);
            }
            if known.counts[3] < 2 && !known.is_given {
                known.clusters = [NO_CLUSTER; CLUSTERINGS];
                known.vector = None;
            }
        }
        known
    }
}

/// How large a share of a word's occurrences each case has: none, less than half, less than all,
/// all.
pub(crate) fn buckets(counts: [u16; 4]) -> [u32; 3] {
    let [lower, title, upper, all] = counts.map(u32::from);
    let bucket =
        |n: u32| u32::from(n != 0) + u32::from(n != 0 && all <= 2 * n) + u32::from(n == all);
    [lower, title, upper].map(|it| if all == 0 { 0 } else { bucket(it) })
}

/// Counts that have these shares.
pub(crate) fn from_buckets(buckets: [u32; 3]) -> [u16; 4] {
    let [lower, title, upper] = buckets.map(|it| [0, 1, 2, 4][it.min(3) as usize]);
    [lower, title, upper, 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_survive() {
        for counts in [[0, 0, 0, 3], [1, 4, 1, 7], [5, 0, 0, 5], [1, 1, 0, 2], [1, 0, 0, 9]] {
            assert_eq!(buckets(from_buckets(buckets(counts))), buckets(counts), "{counts:?}");
        }
        assert_eq!(buckets([1, 4, 0, 7]), [1, 2, 0]);
        assert_eq!(buckets([0, 0, 5, 5]), [0, 0, 3]);
    }
}
