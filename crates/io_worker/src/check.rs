//! Whether what is stored can be read back whole.

use corpus::Span;
use model::Model;
use project::{DocNumber, ProjectId, ProjectRecord, RunState, from_bytes};
use protocol::{IoReply, StorageCheck};
use storage::{Store, StoreError};

use crate::bases;
use crate::page::{Pace, Page, Stopped};
use crate::texts::{BATCH, batches};

/// How many sentences about damage the page gets.
const MOST_DAMAGE: usize = 100;

/// Reads back everything that is stored, and holds it together: every text has its head and its
/// record, every mark lies in its text, every model has its weights, every pipeline is what was added.
/// Nothing is changed.
pub(crate) async fn check(
    store: &impl Store,
    page: &impl Page,
    now_ms: u64,
) -> Result<IoReply, Stopped> {
    let projects = store.projects().await?;
    // One that is just being filled is not whole yet.
    let projects: Vec<_> = projects.into_iter().filter(|it| it.trashed_ms != Some(0)).collect();
    let total: u32 = projects.iter().map(|it| it.counts.docs).sum();
    let mut found = StorageCheck { at_ms: now_ms, ..StorageCheck::default() };
    let mut pace = Pace::new(page);
    for project in &projects {
        found.projects += 1;
        for first in batches(project) {
            let damage = texts(store, project, first).await;
            report(&mut found.damage, project, damage);
            found.texts += BATCH.min(project.counts.docs - first.0);
            pace.tell(found.texts.into(), total.into(), found.texts).await?;
        }
        let damage = rest(store, project).await;
        report(&mut found.damage, project, damage);
    }
    for base in store.bases().await? {
        if !bases::is_whole(store, page, &base).await? {
            found.damage.push(format!("The base {} is not what was added.", base.name));
        }
    }
    Ok(IoReply::Checked(found))
}

/// Adds what is damaged in a project, with the project's name before it.
fn report(all: &mut Vec<String>, project: &ProjectRecord, damage: Result<Vec<String>, StoreError>) {
    let damage = damage.unwrap_or_else(|error| vec![error.to_string()]);
    let room = MOST_DAMAGE.saturating_sub(all.len());
    all.extend(damage.into_iter().take(room).map(|it| format!("“{}”: {it}.", project.name)));
}

/// What is damaged in a batch of texts.
async fn texts(
    store: &impl Store,
    project: &ProjectRecord,
    first: DocNumber,
) -> Result<Vec<String>, StoreError> {
    let wanted = BATCH.min(project.counts.docs - first.0) as usize;
    let texts = store.texts(&project.id, first, BATCH).await?;
    let records = store.annotations(&project.id, first, BATCH).await?;
    let mut damage = Vec::new();
    for (found, what) in [(texts.len(), "texts"), (records.len(), "records of the texts")] {
        if found < wanted {
            let (from, to) = (first.0 + 1, first.0 as usize + wanted);
            damage.push(format!("of the {what} {from} to {to} only {found} can be read"));
        }
    }
    for (number, (text, record)) in (first.0 + 1..).zip(texts.iter().zip(&records)) {
        let lies_inside = |span: &Span| {
            Span::within(&text.text, span.start(), span.end(), span.label().clone()).is_ok()
        };
        if !record.annotation.marks.iter().all(|it| lies_inside(&it.span)) {
            damage.push(format!("marks of text {number} lie outside of it"));
        }
    }
    Ok(damage)
}

/// What is damaged beside the texts: heads, undo history, suggestions, models.
async fn rest(store: &impl Store, project: &ProjectRecord) -> Result<Vec<String>, StoreError> {
    let id: &ProjectId = &project.id;
    let mut damage = Vec::new();
    let heads = store.heads(id).await?.len();
    if heads < project.counts.docs as usize {
        damage.push(format!("the list has {heads} of {} texts", project.counts.docs));
    }
    store.journal(id).await?;
    for first in batches(project) {
        store.suggestions(id, first, BATCH).await?;
    }
    for experiment in store.experiments(id).await? {
        store.snapshot(id, experiment.id).await?;
        for run in experiment.runs.values() {
            store.outcome(id, *run).await?;
        }
    }
    for run in store.runs(id).await? {
        let is_done = matches!(run.state, RunState::Done { .. }) && run.weights_bytes != 0;
        let name = &run.name;
        match store.weights(id, run.id).await? {
            None if is_done => damage.push(format!("the model “{name}” has lost its weights")),
            Some(bytes) if run.is_spacy_ner() && from_bytes::<Model>(&bytes).is_err() => {
                damage.push(format!("the weights of the model “{name}” are damaged"));
            }
            None | Some(_) => {}
        }
    }
    Ok(damage)
}
