use std::collections::{BTreeMap, BTreeSet};

use corpus::{DocId, Label};
use scorer::Prf;

use crate::stats::Outcomes;
use crate::{Base, DocScores, Experiment, Record, Snapshot};

/// The runs of one base on all training documents, scored.
pub(crate) struct Evidence<'e> {
    pub(crate) base: &'e Base,
    pub(crate) runs: Vec<ScoredRun<'e>>,
}

/// A run, and its scores in each document.
pub(crate) struct ScoredRun<'e> {
    pub(crate) record: &'e Record,
    pub(crate) docs: Vec<DocScores>,
}

impl<'e> ScoredRun<'e> {
    /// Scores a run; none for a fold that the experiment does not have.
    pub(crate) fn new(
        record: &'e Record,
        experiment: &Experiment,
        snapshot: &Snapshot,
    ) -> Option<Self> {
        let fold = experiment.split.folds.get(usize::from(record.run.fold))?;
        Some(Self { record, docs: record.score_docs(snapshot, fold) })
    }
}

/// The bases in the experiment's order that have at least one run on all training documents.
pub(crate) fn gather<'e>(
    experiment: &'e Experiment,
    snapshot: &Snapshot,
    records: &'e [Record],
) -> Vec<Evidence<'e>> {
    let of_base = |base: &'e Base| {
        let own = records.iter().filter(|it| it.run.base == base.key && it.run.share == 100);
        let mut runs: Vec<_> =
            own.filter_map(|it| ScoredRun::new(it, experiment, snapshot)).collect();
        runs.sort_by_key(|it| (it.record.run.seed, it.record.run.fold));
        Evidence { base, runs }
    };
    experiment.bases.iter().map(of_base).filter(|it| !it.runs.is_empty()).collect()
}

impl Evidence<'_> {
    /// The counts of every document for each seed that has scored most documents. While folds
    /// are missing, seeds that are less far are left out.
    fn by_seed(&self, count: impl Fn(&DocScores) -> Prf) -> Vec<BTreeMap<&DocId, Prf>> {
        let mut seeds: BTreeMap<u64, BTreeMap<&DocId, Prf>> = BTreeMap::new();
        for run in &self.runs {
            let counts = run.docs.iter().map(|it| (&it.doc, count(it)));
            seeds.entry(run.record.run.seed).or_default().extend(counts);
        }
        let most = seeds.values().max_by_key(|it| it.len());
        let docs: Vec<&DocId> = most.into_iter().flat_map(BTreeMap::keys).copied().collect();
        seeds.into_values().filter(|it| it.keys().copied().eq(docs.iter().copied())).collect()
    }

    /// The counts of one label, or of all, in the documents that its seeds have scored.
    pub(crate) fn outcomes(&self, label: Option<&Label>) -> Outcomes {
        let count = |it: &DocScores| match label {
            None => it.scores.micro,
            Some(label) => it.scores.labels.get(label).copied().unwrap_or_default(),
        };
        let seeds = self.by_seed(count).into_iter();
        Outcomes { seeds: seeds.map(|it| it.into_values().collect()).collect() }
    }
}

/// The documents that all bases were scored on, and what each base did there.
pub(crate) fn in_common(evidence: &[Evidence<'_>]) -> (Vec<DocId>, Vec<Outcomes>) {
    let seeds: Vec<_> = evidence.iter().map(|it| it.by_seed(|it| it.scores.micro)).collect();
    let docs_of = |it: &Vec<BTreeMap<&DocId, Prf>>| -> BTreeSet<DocId> {
        it.first().into_iter().flat_map(BTreeMap::keys).map(|it| (*it).clone()).collect()
    };
    let docs = seeds.iter().map(docs_of).reduce(|all, own| &all & &own).unwrap_or_default();
    let counts = |seed: &BTreeMap<&DocId, Prf>| docs.iter().map(|it| seed[it]).collect();
    let outcomes = seeds.iter().map(|it| Outcomes { seeds: it.iter().map(counts).collect() });
    let outcomes = outcomes.collect();
    (docs.into_iter().collect(), outcomes)
}
