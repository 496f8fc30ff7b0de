use std::collections::BTreeSet;
use std::fmt;

use corpus::{DocId, Label};
use serde::{Deserialize, Serialize};

use crate::snapshot::Fields;
use crate::{Base, BaseKey, Caution, ContentHash, ENOUGH_DOCS, Fold, Refusal, Snapshot, Split};

/// Which bases are trained, on what, and how often: everything that its runs follow from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experiment {
    /// The snapshot that it is of.
    pub snapshot: ContentHash,
    /// Who is learned from and who is scored.
    pub split: Split,
    /// What runs start from.
    pub bases: Vec<Base>,
    /// What random draws start from; each base is trained once with each.
    pub seeds: Vec<u64>,
    /// Shares of the training documents for learning curves, in per cent. The whole, 100, is
    /// always part of it.
    pub shares: Vec<u8>,
    /// How bases are trained, in the trainer's own words.
    pub settings: String,
}

/// What tells a run from every other: 32 hexadecimal digits of a SHA-256 over everything that it
/// follows from. A run of the same key need not be done again, in this experiment or another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunKey(pub String);

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One training of one base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What tells it from every other.
    pub key: RunKey,
    /// What it starts from.
    pub base: BaseKey,
    /// What its random draws start from; 0 where nothing is trained.
    pub seed: u64,
    /// Position of its fold in the split.
    pub fold: u16,
    /// Share of the training documents that it learns from, in per cent.
    pub share: u8,
}

impl Experiment {
    /// The runs in the order in which they are best done: first each base once on all training
    /// documents, then further folds and seeds, then the smaller shares.
    ///
    /// A base that is only scored has one run for each fold: nothing in it is random.
    pub fn runs(&self) -> Vec<Run> {
        let mut runs = Vec::new();
        for share in self.shares() {
            for (at_seed, seed) in self.seeds.iter().enumerate() {
                for (at, fold) in self.split.folds.iter().enumerate() {
                    for base in &self.bases {
                        if base.is_trained() || (at_seed == 0 && share == 100) {
                            runs.push(self.run(base, *seed, at as u16, fold, share));
                        }
                    }
                }
            }
        }
        runs
    }

    /// How many runs of a base are on all training documents.
    pub fn n_full_runs(&self, base: &Base) -> usize {
        let n_seeds = if base.is_trained() { self.seeds.len() } else { 1 };
        n_seeds * self.split.folds.len()
    }

    /// The base of a key.
    pub fn base(&self, key: &BaseKey) -> Option<&Base> {
        self.bases.iter().find(|it| it.key == *key)
    }

    /// Whether the experiment can be, and what its owner should know. Bases that cannot be scored
    /// are told apart by [`Experiment::unfit`].
    pub fn check(&self, snapshot: &Snapshot) -> Result<Vec<Caution>, Refusal> {
        if self.bases.is_empty() {
            return Err(Refusal::NoBases);
        }
        let mut keys = BTreeSet::new();
        if let Some(twice) = self.bases.iter().find(|it| !keys.insert(&it.key)) {
            return Err(Refusal::SameBase(twice.name.clone()));
        }
        if self.seeds.is_empty() {
            return Err(Refusal::NoSeeds);
        }
        if let Some(share) = self.shares.iter().find(|it| !(1..=100).contains(*it)) {
            return Err(Refusal::BadShare(*share));
        }
        check_split(snapshot, &self.split)?;
        let mut cautions = split_cautions(snapshot, &self.split);
        let stranger =
            |base: &&Base| base.is_trained() && base.keeps_ner() && !shares_label(base, snapshot);
        cautions.extend(
            self.bases
                .iter()
                .filter(stranger)
                .map(|it| Caution::KnowsOtherLabels { base: it.name.clone() }),
        );
        Ok(cautions)
    }

    /// The bases that are only scored and know none of the labels, with the reason why they have
    /// no place here. The others can be compared without them.
    pub fn unfit(&self, snapshot: &Snapshot) -> Vec<(BaseKey, Refusal)> {
        let unfit = self.bases.iter().filter(|it| !it.is_trained() && !shares_label(it, snapshot));
        let refusal = |base: &Base| Refusal::NoSharedLabel { base: base.name.clone() };
        unfit.map(|it| (it.key.clone(), refusal(it))).collect()
    }

    /// The shares in the order in which they are done: the whole first.
    fn shares(&self) -> Vec<u8> {
        let all: BTreeSet<u8> = self.shares.iter().copied().chain([100]).collect();
        all.into_iter().rev().collect()
    }

    fn run(&self, base: &Base, seed: u64, at: u16, fold: &Fold, share: u8) -> Run {
        let mut digest = Fields::default();
        digest.text(&self.snapshot.0);
        digest.text(&base.key.0);
        digest.docs(fold.scored());
        let seed = if base.is_trained() { seed } else { 0 };
        if base.is_trained() {
            digest.text(base.settings.as_ref().unwrap_or(&self.settings));
            digest.text(&seed.to_string());
            digest.docs(fold.train_share(share));
            digest.docs(&fold.dev);
        }
        let mut hex = digest.hex();
        hex.truncate(32);
        Run { key: RunKey(hex), base: base.key.clone(), seed, fold: at, share }
    }
}

/// Whether a label of the base means one of the snapshot's.
fn shares_label(base: &Base, snapshot: &Snapshot) -> bool {
    base.labels.iter().any(|it| it.among(snapshot.labels()).is_some())
}

fn check_split(snapshot: &Snapshot, split: &Split) -> Result<(), Refusal> {
    let every = split.folds.iter().flat_map(|it| it.train.iter().chain(&it.dev).chain(&it.test));
    if let Some(unknown) = every.into_iter().find(|it| snapshot.doc(it).is_none()) {
        return Err(Refusal::UnknownDoc(unknown.clone()));
    }
    for (at, fold) in split.folds.iter().enumerate() {
        if fold.train.is_empty() {
            return Err(Refusal::NoTrainDocs);
        }
        if fold.scored().is_empty() {
            return Err(Refusal::NoScoredDocs);
        }
        if labels_of(snapshot, &fold.train).is_empty() {
            return Err(Refusal::NoTrainSpans { fold: at as u16 });
        }
    }
    if split.folds.is_empty() { Err(Refusal::NoScoredDocs) } else { Ok(()) }
}

fn split_cautions(snapshot: &Snapshot, split: &Split) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let scored: BTreeSet<DocId> = split.folds.iter().flat_map(Fold::scored).cloned().collect();
    let is_scored = labels_of(snapshot, &scored);
    let is_learned: BTreeSet<&Label> =
        split.folds.iter().flat_map(|it| labels_of(snapshot, &it.train)).collect();
    for label in snapshot.labels() {
        if !is_learned.contains(label) {
            let docs = snapshot.docs().iter().filter(|it| scored.contains(&it.id));
            let spans = docs.flat_map(|it| &it.gold).filter(|it| it.label() == label);
            let n_spans = spans.count() as u32;
            cautions.push(Caution::OnlyScored { label: label.clone(), n_spans });
        } else if !is_scored.contains(label) {
            cautions.push(Caution::NeverScored { label: label.clone() });
        }
    }
    if split.folds.iter().any(|it| it.test.is_empty()) {
        cautions.push(Caution::ScoredOnDev);
    }
    if split.folds.iter().any(|it| it.dev.is_empty()) {
        cautions.push(Caution::NoDev);
    }
    if scored.len() < ENOUGH_DOCS {
        cautions.push(Caution::FewScored { n_docs: scored.len() });
    }
    cautions
}

fn labels_of<'s, 'd>(
    snapshot: &'s Snapshot,
    docs: impl IntoIterator<Item = &'d DocId>,
) -> BTreeSet<&'s Label> {
    let docs = docs.into_iter().filter_map(|it| snapshot.doc(it));
    docs.flat_map(|it| &it.gold).map(corpus::Span::label).collect()
}

#[cfg(test)]
mod tests;
