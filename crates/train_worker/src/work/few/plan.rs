//! Begins an experiment: its texts are frozen and divided, its runs wait.

use std::collections::BTreeMap;

use corpus::{Answer, Doc, DocId, Side};
use experiment::{ContentHash, Division, Experiment, Queue, RunKey, Snapshot, Split, State, Task};
use project::{DocNumber, ProjectId, ProjectRecord, RunRecord};
use protocol::{ExperimentPlan, PlannedBase, PlannedDivision, TrainReply};
use storage::{ExperimentRecord, Store, Way};

use crate::work::texts::BATCH;
use crate::work::{Clock, Page, Stopped, TURN_SECS};

/// Keeps the experiment, or adds bases to one that is there.
pub(crate) async fn plan(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    plan: ExperimentPlan,
) -> Result<(), Stopped> {
    let there = store.experiments(project).await?.into_iter().find(|it| it.id == plan.id);
    match there {
        Some(there) => extend(store, project, there, &plan).await?,
        None => begin(store, page, project, plan).await?,
    }
    page.send(TrainReply::Planned);
    Ok(())
}

async fn begin(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    plan: ExperimentPlan,
) -> Result<(), Stopped> {
    let whole = store.project(project).await?;
    let Texts { accepted, raw } = texts(store, page, &whole).await?;
    let refused = |err| Stopped::failed(&err);
    let snapshot = Snapshot::freeze(&accepted, &plan.labels, plan.group_by.as_deref());
    let snapshot = snapshot.map_err(refused)?;
    let division = match plan.division {
        PlannedDivision::AsProject => Division::Given(sides(&whole, &snapshot)),
        PlannedDivision::Shares { dev_percent, test_percent } => {
            Division::Shares { dev_percent, test_percent }
        }
        PlannedDivision::Folds { n, dev_percent } => Division::Folds { n, dev_percent },
    };
    let split = Split::draw(&snapshot, &division, whole.split.seed()).map_err(refused)?;
    let experiment = Experiment {
        snapshot: snapshot.hash().clone(),
        split,
        bases: Vec::new(),
        seeds: plan.seeds.clone(),
        shares: plan.shares.clone(),
        settings: String::new(),
    };
    let mut record = ExperimentRecord {
        id: plan.id,
        started_ms: plan.now_ms,
        experiment,
        plan: Vec::new(),
        ways: BTreeMap::new(),
        unfit: Vec::new(),
        raw,
        queue: Queue::new(plan.pool, []),
        runs: BTreeMap::new(),
        taken: std::collections::BTreeSet::new(),
        blind: Vec::new(),
    };
    add(&mut record, &snapshot, &plan)?;
    Ok(store.put_experiment(project, &record, Some(&snapshot)).await?)
}

async fn extend(
    store: &impl Store,
    project: &ProjectId,
    mut record: ExperimentRecord,
    plan: &ExperimentPlan,
) -> Result<(), Stopped> {
    let snapshot = store.snapshot(project, record.id).await?;
    add(&mut record, &snapshot, plan)?;
    Ok(store.put_experiment(project, &record, None).await?)
}

/// Adds the plan's bases, and has their runs wait behind those that are there.
fn add(
    record: &mut ExperimentRecord,
    snapshot: &Snapshot,
    plan: &ExperimentPlan,
) -> Result<(), Stopped> {
    for it in &plan.bases {
        let mut base = it.base.clone();
        if [RunRecord::NERINE, RunRecord::SPACY_NER_REHEARSAL].contains(&it.architecture.as_str()) {
            // What it reads beside the marked texts is part of how it is trained.
            let raw = base.settings.unwrap_or_default();
            base.settings = Some(format!("{raw}; texts to do: {}", named(&record.raw)));
        }
        record.experiment.bases.push(base);
        let way = Way { settings: it.settings.clone(), architecture: it.architecture.clone() };
        record.ways.insert(it.base.key.clone(), way);
    }
    record.experiment.check(snapshot).map_err(|err| Stopped::failed(&err))?;
    let unfit = record.experiment.unfit(snapshot).into_iter();
    record.unfit = unfit.map(|(key, why)| (key, why.to_string())).collect();
    if record.unfit.len() == record.experiment.bases.len() {
        return Err(Stopped::Failed { why: record.unfit[0].1.clone() });
    }
    record.plan = record.experiment.runs();
    let done = |key: &RunKey| record.queue.job(key).is_some_and(|it| it.state == State::Done);
    let old = record.queue.jobs().iter().map(|it| it.task.clone());
    let tasks: Vec<Task> = old.chain(tasks(record, &plan.bases)).collect();
    // Nothing begins before the page has taken it up.
    record.queue = Queue::new(plan.pool, tasks).reopen(done);
    Ok(())
}

/// Texts by their numbers, in a few characters.
fn named(docs: &[DocNumber]) -> String {
    let numbers: Vec<String> = docs.iter().map(|it| it.0.to_string()).collect();
    format!("{} {}", docs.len(), ContentHash::of(numbers.iter().map(String::as_str)))
}

/// What the runs of these bases need.
fn tasks<'r>(
    record: &'r ExperimentRecord,
    bases: &'r [PlannedBase],
) -> impl Iterator<Item = Task> + 'r {
    record.plan.iter().filter_map(move |run| {
        let base = bases.iter().find(|it| it.base.key == run.base)?;
        let is_fit = record.unfit.iter().all(|(key, _)| *key != run.base);
        is_fit.then(|| Task {
            run: run.key.clone(),
            base: run.base.clone(),
            on_gpu: base.on_gpu,
            memory_bytes: base.memory_bytes,
            work: f64::from(run.share),
        })
    })
}

/// The texts of a project, as far as an experiment reads them.
struct Texts {
    accepted: Vec<Doc>,
    /// Those without a verdict that no training of the project scores.
    raw: Vec<DocNumber>,
}

async fn texts(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectRecord,
) -> Result<Texts, Stopped> {
    let (mut accepted, mut raw) = (Vec::new(), Vec::new());
    let mut turn = Clock::every(TURN_SECS);
    for first in (0..project.counts.docs).step_by(BATCH as usize) {
        let texts = store.texts(&project.id, DocNumber(first), BATCH).await?;
        let decided = store.annotations(&project.id, DocNumber(first), BATCH).await?;
        for (number, (text, decided)) in (first..).zip(texts.into_iter().zip(decided)) {
            match decided.annotation.answer {
                Some(Answer::Accept) => accepted.push(Doc {
                    meta: text.meta,
                    annotation: decided.annotation,
                    ..Doc::new(text.id.0, text.text)
                }),
                None if project.split.side(&text.id) == Side::Train => raw.push(DocNumber(number)),
                _ => {}
            }
        }
        if turn.is_due() {
            page.turn().await;
        }
    }
    Ok(Texts { accepted, raw })
}

/// The sides that the project's own trainings give the texts.
fn sides(project: &ProjectRecord, snapshot: &Snapshot) -> BTreeMap<DocId, Side> {
    snapshot.docs().iter().map(|it| (it.id.clone(), project.split.side(&it.id))).collect()
}
