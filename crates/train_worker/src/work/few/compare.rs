//! Says what the runs of an experiment came to.

use std::collections::BTreeMap;

use corpus::DocId;
use experiment::report::{Heading, csv, html, markdown};
use experiment::stats::Draws;
use experiment::{
    BaseKey, Comparison, Confusion, Fold, Forgetting, MistakeFilter, Places, Record, Reference,
    Remedy, RemedyEffect, RemedyRun, Run, Snapshot, advise, disagreements, remedy_effects,
};
use project::{DocNumber, ExperimentId, ProjectId, RunRecord};
use protocol::{Compared, Difference, MOST_DIFFERENCES, ReportForm, TrainReply};
use storage::{ExperimentRecord, Outcome, Store};

use crate::work::{Page, Stopped};

/// What is there of an experiment.
struct Read {
    record: ExperimentRecord,
    snapshot: Snapshot,
    /// What came of the runs that are done.
    records: Vec<Record>,
    /// What they forgot, each with its run.
    forgot: Vec<(Run, Forgetting)>,
}

impl Read {
    async fn of(
        store: &impl Store,
        project: &ProjectId,
        id: ExperimentId,
    ) -> Result<Self, Stopped> {
        let record = store.experiment(project, id).await?;
        let snapshot = store.snapshot(project, id).await?;
        let (mut records, mut forgot) = (Vec::new(), Vec::new());
        for run in record.runs.values() {
            let Some(Outcome { record, forgetting }) = store.outcome(project, *run).await? else {
                continue;
            };
            forgot.extend(forgetting.into_iter().map(|it| (record.run.clone(), it)));
            records.push(record);
        }
        Ok(Self { record, snapshot, records, forgot })
    }

    fn comparison(&self) -> Result<Comparison, Stopped> {
        let (experiment, draws) = (&self.record.experiment, Draws::default());
        let compared = Comparison::new(experiment, &self.snapshot, &self.records, draws);
        compared.map_err(|err| Stopped::failed(&err))
    }

    /// For each base that has been through all folds once: what it found then, as of one run.
    fn once(&self) -> Vec<(BaseKey, Record)> {
        let experiment = &self.record.experiment;
        let by_key: BTreeMap<_, &Record> =
            self.records.iter().map(|it| (&it.run.key, it)).collect();
        let runs = &self.record.plan;
        let of_base = |base: &experiment::Base| {
            let seed = runs.iter().find(|it| it.base == base.key && it.share == 100)?.seed;
            let folds = runs
                .iter()
                .filter(|it| it.base == base.key && it.share == 100 && it.seed == seed)
                .map(|it| by_key.get(&it.key).copied().cloned());
            let records: Vec<Record> = folds.collect::<Option<_>>()?;
            let whole = records.into_iter().reduce(|mut all, one| {
                all.predictions.extend(one.predictions);
                all
            });
            Some((base.key.clone(), whole?))
        };
        experiment.bases.iter().filter_map(of_base).collect()
    }

    /// All texts that are scored.
    fn scored(&self) -> Vec<DocId> {
        let folds = &self.record.experiment.split.folds;
        let mut docs: Vec<DocId> = folds.iter().flat_map(Fold::scored).cloned().collect();
        docs.sort();
        docs.dedup();
        docs
    }

    /// What bases forgot, in the run of each with the first seed.
    fn forgetting(&self) -> Vec<(BaseKey, Forgetting)> {
        let experiment = &self.record.experiment;
        let first = experiment.seeds.first();
        let is_first = |it: &Run| Some(&it.seed) == first && it.fold == 0 && it.share == 100;
        let told = self.forgot.iter().filter(|(run, _)| is_first(run));
        let mut told: Vec<(BaseKey, Forgetting)> =
            told.map(|(run, it)| (run.base.clone(), it.clone())).collect();
        let place = |key: &BaseKey| experiment.bases.iter().position(|it| it.key == *key);
        told.sort_by_key(|(key, _)| place(key));
        told
    }
}

/// What a way of training does against forgetting; none where it is no training of a pipeline.
fn remedy(architecture: &str) -> Option<Remedy> {
    match architecture {
        RunRecord::SPACY_NER => Some(Remedy::None),
        RunRecord::SPACY_NER_FROZEN => Some(Remedy::FrozenTok2vec),
        RunRecord::SPACY_NER_REPLAY => Some(Remedy::Replay),
        RunRecord::SPACY_NER_REHEARSAL => Some(Remedy::Rehearsal),
        _ => None,
    }
}

/// What remedies kept and cost, for each pipeline of which several were tried.
fn remedies(
    record: &ExperimentRecord,
    comparison: &Comparison,
    forgetting: &[(BaseKey, Forgetting)],
) -> Vec<(String, Vec<RemedyEffect>)> {
    let mut tried: BTreeMap<&str, Vec<RemedyRun>> = BTreeMap::new();
    for row in &comparison.table.rows {
        // What nobody marks is what training forgets.
        let own = || forgetting.iter().filter(|(key, _)| *key == row.base).map(|it| &it.1);
        let told = own().find(|it| it.reference == Reference::Silver).or_else(|| own().next());
        let Some((way, forgetting)) = record.ways.get(&row.base).zip(told) else { continue };
        let Some(remedy) = remedy(&way.architecture) else { continue };
        tried.entry(&way.settings.base).or_default().push(RemedyRun {
            remedy,
            forgetting: forgetting.clone(),
            learned_f1: row.micro.f1.mean,
            train_secs: row.train_secs.mean,
            model_bytes: row.model_bytes,
        });
    }
    let several = tried.into_iter().filter(|(_, runs)| 1 < runs.len());
    several.filter_map(|(base, runs)| Some((base.to_owned(), remedy_effects(&runs)?))).collect()
}

/// Tells the page.
pub(crate) async fn compare(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    id: ExperimentId,
) -> Result<(), Stopped> {
    let read = Read::of(store, project, id).await?;
    page.turn().await;
    let comparison = read.comparison()?;
    page.turn().await;
    let advice = advise(&comparison);
    let once = read.once();
    let docs = read.scored();
    let fold = Fold { test: docs.clone(), ..Fold::default() };
    let confusions = once.iter().map(|(key, record)| {
        let of = |places| Confusion::of(record, &read.snapshot, &fold, places);
        (key.clone(), [of(Places::Exact), of(Places::Overlapping)])
    });
    let confusions = confusions.collect();
    let models: Vec<(&BaseKey, &Record)> = once.iter().map(|(key, it)| (key, it)).collect();
    let found = disagreements(&read.snapshot, &models, &docs, &MistakeFilter::default());
    page.turn().await;
    let heads = store.heads(project).await?;
    let numbers: BTreeMap<DocId, DocNumber> =
        heads.into_iter().map(|it| it.id).zip((0..).map(DocNumber)).collect();
    let n_differences = found.len() as u32;
    let difference = |it: experiment::Disagreement| {
        let doc = read.snapshot.doc(&it.doc)?;
        Some(Difference {
            doc: numbers.get(&it.doc).copied(),
            text: doc.text.clone(),
            gold: doc.gold.clone(),
            models: it.models,
        })
    };
    let differences = found.into_iter().take(MOST_DIFFERENCES).filter_map(difference).collect();
    let forgetting = read.forgetting();
    let remedies = remedies(&read.record, &comparison, &forgetting);
    page.send(TrainReply::Compared(Box::new(Compared {
        comparison,
        advice,
        differences,
        n_differences,
        confusions,
        forgetting,
        remedies,
    })));
    Ok(())
}

/// Writes a report.
pub(crate) async fn report(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    id: ExperimentId,
    form: ReportForm,
    made: String,
) -> Result<(), Stopped> {
    let title = store.project(project).await?.name;
    let comparison = Read::of(store, project, id).await?.comparison()?;
    let heading = Heading { title, made };
    page.send(TrainReply::Report(match form {
        ReportForm::Html => html(&comparison, &advise(&comparison), &heading),
        ReportForm::Markdown => markdown(&comparison, &advise(&comparison), &heading),
        ReportForm::Csv => csv(&comparison),
    }));
    Ok(())
}
