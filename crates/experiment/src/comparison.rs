use std::collections::{BTreeMap, BTreeSet};

use corpus::{DocId, Label};
use serde::{Deserialize, Serialize};

use crate::evidence::{ScoredRun, gather, in_common};
use crate::stats::{Draws, redraw};
use crate::{
    Base, BaseKey, Caution, Curve, CurvePoint, Experiment, Fold, Pair, Record, Refusal, Row,
    Snapshot, Table, pairs, total,
};

/// Everything that the runs of an experiment say about its bases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The bases that have a run, in the experiment's order.
    pub bases: Vec<Base>,
    /// What each came to.
    pub table: Table,
    /// Each against each other.
    pub pairs: Vec<Pair>,
    /// How F1 grows with the documents that are learned from, for each base with runs on shares.
    pub curves: Vec<Curve>,
    /// How many documents all bases were scored on.
    pub n_docs: u32,
    /// How many seeds each base is to be trained with.
    pub n_seeds: u32,
    /// How many spans of each label there are to learn from and to score on.
    pub spans: BTreeMap<Label, SpanCounts>,
    /// What its owner should know.
    pub cautions: Vec<Caution>,
}

/// The spans of a label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanCounts {
    /// In the documents that the first fold learns from.
    pub train: u32,
    /// In the documents that are scored, over all folds.
    pub scored: u32,
    /// Of the scored ones, those whose words no document that is learned from has marked with the
    /// label, whatever their case.
    pub unseen: u32,
}

impl Comparison {
    /// Compares what is there. Runs of other experiments are not looked at, runs that are missing
    /// may come later. It draws many times, which takes part of a second: not for the page's
    /// thread.
    pub fn new(
        experiment: &Experiment,
        snapshot: &Snapshot,
        records: &[Record],
        draws: Draws,
    ) -> Result<Self, Refusal> {
        let cautions = experiment.check(snapshot)?;
        let records = own(experiment, records);
        let evidence = gather(experiment, snapshot, &records);
        let (docs, outcomes) = in_common(&evidence);
        let redraws = redraw(&outcomes.iter().collect::<Vec<_>>(), draws);
        let intervals = Draws { n: (draws.n / 5).max(1), ..draws };
        let rows = evidence.iter().enumerate().map(|(at, it)| Row {
            redrawn: redraws.interval(at),
            ..Row::new(it, experiment, intervals)
        });
        let table = Table { labels: snapshot.labels().to_vec(), rows: rows.collect() };
        let keys = evidence.iter().map(|it| it.base.key.clone());
        Ok(Self {
            bases: evidence.iter().map(|it| it.base.clone()).collect(),
            table,
            pairs: pairs(&keys.zip(outcomes).collect::<Vec<_>>(), &redraws, draws),
            curves: curves(experiment, snapshot, &records, draws.seed),
            n_docs: docs.len() as u32,
            n_seeds: experiment.seeds.len() as u32,
            spans: span_counts(experiment, snapshot),
            cautions,
        })
    }

    /// What people call a base.
    pub fn name(&self, base: &BaseKey) -> String {
        self.base(base).map_or_else(|| base.0.clone(), |it| it.name.clone())
    }

    /// The base of a key.
    pub fn base(&self, key: &BaseKey) -> Option<&Base> {
        self.bases.iter().find(|it| it.key == *key)
    }

    /// Two bases against each other, in either order.
    pub fn pair(&self, a: &BaseKey, b: &BaseKey) -> Option<&Pair> {
        let is_pair =
            |it: &&Pair| [(&it.higher, &it.lower), (&it.lower, &it.higher)].contains(&(a, b));
        self.pairs.iter().find(is_pair)
    }
}

/// The records of the experiment's runs, each run once.
fn own(experiment: &Experiment, records: &[Record]) -> Vec<Record> {
    let by_key: BTreeMap<_, _> = records.iter().map(|it| (&it.run.key, it)).collect();
    let record = |run: crate::Run| {
        let found = by_key.get(&run.key)?;
        // The same run may have another place in another experiment.
        Some(Record { run, ..(*found).clone() })
    };
    experiment.runs().into_iter().filter_map(record).collect()
}

fn curves(
    experiment: &Experiment,
    snapshot: &Snapshot,
    records: &[Record],
    seed: u64,
) -> Vec<Curve> {
    let curve = |base: &Base| {
        let mut shares: BTreeMap<u8, Vec<(u32, f64)>> = BTreeMap::new();
        for record in records.iter().filter(|it| it.run.base == base.key) {
            let run = ScoredRun::new(record, experiment, snapshot)?;
            let f1 = total(&run.docs).micro.f1();
            shares.entry(record.run.share).or_default().push((record.n_train_docs, f1));
        }
        let point = |runs: Vec<(u32, f64)>| {
            let n_docs = runs.iter().map(|it| it.0).sum::<u32>() / runs.len() as u32;
            CurvePoint { n_docs, f1: runs.into_iter().map(|it| it.1).collect() }
        };
        let points: Vec<_> = shares.into_values().map(point).collect();
        (1 < points.len()).then(|| Curve::new(base.key.clone(), points, seed))
    };
    experiment.bases.iter().filter(|it| it.is_trained()).filter_map(curve).collect()
}

fn span_counts(experiment: &Experiment, snapshot: &Snapshot) -> BTreeMap<Label, SpanCounts> {
    let mut counts: BTreeMap<Label, SpanCounts> = BTreeMap::new();
    let mut add = |docs: &[DocId], add: fn(&mut SpanCounts)| {
        for span in docs.iter().filter_map(|it| snapshot.doc(it)).flat_map(|it| &it.gold) {
            add(counts.entry(span.label().clone()).or_default());
        }
    };
    if let Some(fold) = experiment.split.folds.first() {
        add(&fold.train, |it| it.train += 1);
    }
    for scored in experiment.split.folds.iter().map(Fold::scored) {
        add(scored, |it| it.scored += 1);
    }
    for fold in &experiment.split.folds {
        let learned: BTreeSet<(&Label, String)> = named(snapshot, &fold.train).collect();
        for name in named(snapshot, fold.scored()).filter(|it| !learned.contains(it)) {
            counts.entry(name.0.clone()).or_default().unseen += 1;
        }
    }
    counts
}

/// The label and the words of each span, in small letters.
fn named<'s>(
    snapshot: &'s Snapshot,
    docs: &'s [DocId],
) -> impl Iterator<Item = (&'s Label, String)> {
    let docs = docs.iter().filter_map(|it| snapshot.doc(it));
    docs.flat_map(|doc| doc.gold.iter().map(|it| (it.label(), it.text(&doc.text).to_lowercase())))
}
