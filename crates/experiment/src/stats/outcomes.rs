use scorer::Prf;
use serde::{Deserialize, Serialize};

use super::mean;

/// The counts of one system in each document, once for each of its seeds.
///
/// All seeds, and all systems that are compared, count the same documents in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// For each seed the counts of all documents.
    pub seeds: Vec<Vec<Prf>>,
}

impl Outcomes {
    /// How many documents are counted.
    pub fn n_docs(&self) -> usize {
        self.seeds.first().map_or(0, Vec::len)
    }

    /// Micro F1 over all documents, averaged over seeds.
    pub fn f1(&self) -> f64 {
        mean(&self.seeds.iter().map(|docs| f1(docs)).collect::<Vec<_>>())
    }

    /// So many seeds, with those that there are in turns.
    pub(super) fn repeated(&self, n: usize) -> impl Iterator<Item = &Vec<Prf>> {
        self.seeds.iter().cycle().take(n)
    }
}

fn f1(docs: &[Prf]) -> f64 {
    let sum = |count: fn(&Prf) -> u32| docs.iter().map(count).sum();
    Prf { hits: sum(|it| it.hits), predicted: sum(|it| it.predicted), gold: sum(|it| it.gold) }.f1()
}
