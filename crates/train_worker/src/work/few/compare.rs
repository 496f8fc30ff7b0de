//! Says what the runs of an experiment came to.

use std::collections::BTreeMap;

use corpus::DocId;
use experiment::report::{Heading, csv, html, markdown};
use experiment::stats::Draws;
use experiment::{
    BaseKey, Comparison, DifferingText, Findings, Forgetting, Record, Reference, Remedy,
    RemedyEffect, RemedyRun, Run, Snapshot, advise, remedy_effects,
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

    /// What bases found text by text.
    fn findings(&self) -> Findings {
        let split = &self.record.experiment.split;
        Findings::of(split, &self.record.plan, &self.snapshot, &self.records)
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
        RunRecord::SPACY_NER_BESIDE => Some(Remedy::SeparateNer),
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
    let findings = read.findings();
    page.turn().await;
    let heads = store.heads(project).await?;
    let numbers: BTreeMap<DocId, DocNumber> =
        heads.into_iter().map(|it| it.id).zip((0..).map(DocNumber)).collect();
    let n_differences = findings.texts.len() as u32;
    let difference = |DifferingText { text, gold, difference }| Difference {
        doc: numbers.get(&difference.doc).copied(),
        text,
        gold,
        models: difference.models,
    };
    let differences = findings.texts.into_iter().take(MOST_DIFFERENCES).map(difference).collect();
    let forgetting = read.forgetting();
    let remedies = remedies(&read.record, &comparison, &forgetting);
    page.send(TrainReply::Compared(Box::new(Compared {
        comparison,
        advice,
        differences,
        n_differences,
        confusions: findings.confusions,
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
    let read = Read::of(store, project, id).await?;
    let comparison = read.comparison()?;
    page.turn().await;
    let heading = Heading { title, made };
    let forgetting = read.forgetting();
    let findings = Findings {
        remedies: remedies(&read.record, &comparison, &forgetting),
        forgetting: forgetting.into_iter().map(|it| it.1).collect(),
        ..read.findings()
    };
    page.send(TrainReply::Report(match form {
        ReportForm::Html => html(&comparison, &advise(&comparison), &findings, &heading),
        ReportForm::Markdown => markdown(&comparison, &advise(&comparison), &findings, &heading),
        ReportForm::Csv => csv(&comparison),
    }));
    Ok(())
}
