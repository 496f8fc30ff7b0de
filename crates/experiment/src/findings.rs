use std::collections::BTreeMap;

use corpus::{DocId, Span};

use crate::{
    BaseKey, Confusion, Disagreement, Fold, Forgetting, MistakeFilter, Places, Record,
    RemedyEffect, Run, Snapshot, Split, disagreements,
};

/// What models found text by text, and what they forgot: what stands beside a
/// [`Comparison`](crate::Comparison)'s figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Which labels each base takes for which: in the same places, then in overlapping ones.
    pub confusions: Vec<(BaseKey, [Confusion; 2])>,
    /// Texts in which bases differ, those first that tell most.
    pub texts: Vec<DifferingText>,
    /// What bases forgot.
    pub forgetting: Vec<Forgetting>,
    /// What remedies against that kept and cost, by what people call the pipeline.
    pub remedies: Vec<(String, Vec<RemedyEffect>)>,
}

/// A text in which bases differ from each other or from its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferingText {
    /// The text.
    pub text: String,
    /// Its marks.
    pub gold: Vec<Span>,
    /// How they differ.
    pub difference: Disagreement,
}

impl Findings {
    /// Reads what each base found in the run of its first seed, over all folds. `plan` is all runs
    /// of the experiment in their order; a base without those runs is left out.
    pub fn of(split: &Split, plan: &[Run], snapshot: &Snapshot, records: &[Record]) -> Self {
        let models = first_of_each(plan, records);
        let mut docs: Vec<DocId> = split.folds.iter().flat_map(Fold::scored).cloned().collect();
        docs.sort();
        docs.dedup();
        let fold = Fold { test: docs.clone(), ..Fold::default() };
        let confusion = |(key, record): &(BaseKey, Record)| {
            let of = |places| Confusion::of(record, snapshot, &fold, places);
            (key.clone(), [of(Places::Exact), of(Places::Overlapping)])
        };
        let by_base: Vec<(&BaseKey, &Record)> = models.iter().map(|it| (&it.0, &it.1)).collect();
        let text = |difference: Disagreement| {
            let doc = snapshot.doc(&difference.doc)?;
            Some(DifferingText { text: doc.text.clone(), gold: doc.gold.clone(), difference })
        };
        let found = disagreements(snapshot, &by_base, &docs, &MistakeFilter::default());
        Self {
            confusions: models.iter().map(confusion).collect(),
            texts: found.into_iter().filter_map(text).collect(),
            ..Self::default()
        }
    }
}

/// For each base that has been through all folds once: what it found then, as of one run.
fn first_of_each(plan: &[Run], records: &[Record]) -> Vec<(BaseKey, Record)> {
    let by_key: BTreeMap<_, &Record> = records.iter().map(|it| (&it.run.key, it)).collect();
    let mut bases: Vec<&BaseKey> = Vec::new();
    for run in plan {
        if !bases.contains(&&run.base) {
            bases.push(&run.base);
        }
    }
    let of_base = |base: &BaseKey| {
        let whole = || plan.iter().filter(|it| it.base == *base && it.share == 100);
        let seed = whole().next()?.seed;
        let folds = whole().filter(|it| it.seed == seed);
        let records = folds.map(|it| by_key.get(&it.key).copied().cloned());
        let records: Vec<Record> = records.collect::<Option<_>>()?;
        let all = records.into_iter().reduce(|mut all, one| {
            all.predictions.extend(one.predictions);
            all
        });
        Some((base.clone(), all?))
    };
    bases.into_iter().filter_map(of_base).collect()
}
