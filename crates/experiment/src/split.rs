mod stratify;

use std::collections::{BTreeMap, BTreeSet};

use corpus::{DocId, Side};
use random::Random;
use serde::{Deserialize, Serialize};

use crate::{FrozenDoc, Refusal, Snapshot};
use stratify::{Item, stratify};

/// How documents are divided into those that are learned from and those that are scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Division {
    /// Once, by shares; the rest is trained on.
    Shares {
        /// Documents that decide when to stop, in per cent of all.
        dev_percent: u8,
        /// Documents that are only scored, in per cent of all.
        test_percent: u8,
    },
    /// Once, as somebody decided. A document that is not named is trained on.
    Given(BTreeMap<DocId, Side>),
    /// So many times that each document is scored once.
    Folds {
        /// How many times.
        n: u8,
        /// Documents that decide when to stop, in per cent of those that are not scored.
        dev_percent: u8,
    },
}

/// A frozen division of a snapshot's documents, as lists of ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// One, or as many as there are folds.
    pub folds: Vec<Fold>,
}

/// Which documents are learned from and which are scored in one run. No document is on two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Learned from, in an order whose every quarter has its share of each label.
    pub train: Vec<DocId>,
    /// Decide when to stop; sorted.
    pub dev: Vec<DocId>,
    /// Only scored; sorted.
    pub test: Vec<DocId>,
}

impl Split {
    /// Divides the documents of a snapshot. The same seed gives the same split.
    ///
    /// Parts are drawn by iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011), so
    /// that each has its share of each label's spans. Documents of one group stay together,
    /// except where a [`Division::Given`] parts them.
    pub fn draw(snapshot: &Snapshot, division: &Division, seed: u64) -> Result<Self, Refusal> {
        let mut folds = match division {
            Division::Shares { dev_percent, test_percent } => {
                vec![by_shares(snapshot, *dev_percent, *test_percent, seed)?]
            }
            Division::Given(sides) => vec![as_given(snapshot, sides)?],
            Division::Folds { n, dev_percent } => by_folds(snapshot, *n, *dev_percent, seed)?,
        };
        for fold in &mut folds {
            fold.dev.sort();
            fold.test.sort();
            fold.train = in_quarters(snapshot, &fold.train, seed);
        }
        Ok(Self { folds })
    }
}

impl Fold {
    /// The documents that scores are of: the test side, else the dev side.
    pub fn scored(&self) -> &[DocId] {
        if self.test.is_empty() { &self.dev } else { &self.test }
    }

    /// The first `percent` of the training documents, at least one. Smaller shares are part of
    /// larger ones.
    pub fn train_share(&self, percent: u8) -> &[DocId] {
        let n = (self.train.len() * usize::from(percent.min(100))).div_ceil(100);
        &self.train[..n.max(1).min(self.train.len())]
    }
}

/// Streams of draws, so that one division does not depend on another.
const TEST: u64 = 1;
const DEV: u64 = 2;
const QUARTERS: u64 = 3;

fn by_shares(snapshot: &Snapshot, dev: u8, test: u8, seed: u64) -> Result<Fold, Refusal> {
    if 100 <= dev.saturating_add(test) {
        return Err(Refusal::NothingToTrain { dev, test });
    }
    if dev == 0 && test == 0 {
        return Err(Refusal::NoScoredDocs);
    }
    let items = items(snapshot, snapshot.docs());
    let wanted = 1 + usize::from(0 < dev) + usize::from(0 < test);
    if items.len() < wanted.min(2) {
        return Err(Refusal::TooFewGroups { found: items.len(), wanted });
    }
    let shares = [100 - dev - test, test, dev].map(f64::from);
    let parts = stratify(&items, &shares, &mut Random::new(seed, TEST));
    let [train, test, dev] = parts.try_into().expect("there are as many parts as shares");
    Ok(Fold { train, dev, test })
}

fn as_given(snapshot: &Snapshot, sides: &BTreeMap<DocId, Side>) -> Result<Fold, Refusal> {
    if let Some(unknown) = sides.keys().find(|it| snapshot.doc(it).is_none()) {
        return Err(Refusal::UnknownDoc(unknown.clone()));
    }
    let mut fold = Fold::default();
    for doc in snapshot.docs() {
        let side = match sides.get(&doc.id) {
            None | Some(Side::Train) => &mut fold.train,
            Some(Side::Dev) => &mut fold.dev,
            Some(Side::Test) => &mut fold.test,
        };
        side.push(doc.id.clone());
    }
    if fold.train.is_empty() {
        return Err(Refusal::NoTrainDocs);
    }
    if fold.scored().is_empty() {
        return Err(Refusal::NoScoredDocs);
    }
    Ok(fold)
}

fn by_folds(snapshot: &Snapshot, n: u8, dev: u8, seed: u64) -> Result<Vec<Fold>, Refusal> {
    if n < 2 {
        return Err(Refusal::TooFewFolds(n));
    }
    if 100 <= dev {
        return Err(Refusal::NothingToTrain { dev, test: 0 });
    }
    let every = items(snapshot, snapshot.docs());
    if every.len() < usize::from(n) {
        return Err(Refusal::TooFewGroups { found: every.len(), wanted: n.into() });
    }
    let tests = stratify(&every, &vec![1.0; n.into()], &mut Random::new(seed, TEST));
    let fold = |test: Vec<DocId>| {
        let tested: BTreeSet<&DocId> = test.iter().collect();
        let is_tested = |doc: &&FrozenDoc| tested.contains(&doc.id);
        let rest = items(snapshot, snapshot.docs().iter().filter(|it| !is_tested(it)));
        let shares = [f64::from(100 - dev), f64::from(dev)];
        let parts = stratify(&rest, &shares, &mut Random::new(seed, DEV));
        let [train, dev] = parts.try_into().expect("there are as many parts as shares");
        Fold { train, dev, test }
    };
    Ok(tests.into_iter().map(fold).collect())
}

/// Orders training documents so that each quarter has its share of each label. Groups may be
/// parted here: all of them are on the train side.
fn in_quarters(snapshot: &Snapshot, train: &[DocId], seed: u64) -> Vec<DocId> {
    let alone = |id: &DocId| {
        let doc = snapshot.doc(id)?;
        Some(Item { docs: vec![id.clone()], spans: label_counts(snapshot, [doc]) })
    };
    let items: Vec<Item> = train.iter().filter_map(alone).collect();
    let mut random = Random::new(seed, QUARTERS);
    let mut quarters = stratify(&items, &[1.0; 4], &mut random);
    for quarter in &mut quarters {
        quarter.sort();
        random.shuffle(quarter);
    }
    quarters.concat()
}

/// What is drawn together: the documents of a group, or a document without one.
fn items<'d>(snapshot: &Snapshot, docs: impl IntoIterator<Item = &'d FrozenDoc>) -> Vec<Item> {
    let mut groups: BTreeMap<&str, Vec<&FrozenDoc>> = BTreeMap::new();
    let mut alone = Vec::new();
    for doc in docs {
        match &doc.group {
            Some(group) => groups.entry(group).or_default().push(doc),
            None => alone.push(vec![doc]),
        }
    }
    let item = |docs: Vec<&FrozenDoc>| Item {
        docs: docs.iter().map(|it| it.id.clone()).collect(),
        spans: label_counts(snapshot, docs),
    };
    alone.into_iter().chain(groups.into_values()).map(item).collect()
}

/// How many spans of each label of the snapshot the documents hold.
fn label_counts<'d>(
    snapshot: &Snapshot,
    docs: impl IntoIterator<Item = &'d FrozenDoc>,
) -> Vec<u32> {
    let mut counts = vec![0; snapshot.labels().len()];
    for span in docs.into_iter().flat_map(|it| &it.gold) {
        let label = snapshot.labels().binary_search(span.label());
        counts[label.expect("a snapshot knows the labels of its spans")] += 1;
    }
    counts
}

#[cfg(test)]
mod tests;
