//! Predicts the texts that are to do, and keeps what is found.

use annotate::Suggestion;
use crf::{Found, Model};
use project::{DocNumber, ProjectId, RunId, SuggestionRecord};
use protocol::TrainReply;
use storage::Store;

use super::LEAST_PROBABLE;
use crate::work::texts::BATCH;
use crate::work::{BETWEEN_REPLIES_SECS, Clock, Page, Stopped, TURN_SECS, weights};

/// Texts whose suggestions are kept at a time.
const KEPT: usize = 50;

/// Reads texts with the model of a run: what it would predict by itself.
pub(crate) async fn read(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: RunId,
    docs: &[DocNumber],
) -> Result<(), Stopped> {
    let model = model(store, project, run).await?;
    let mut turn = Clock::every(TURN_SECS);
    let mut found = Vec::with_capacity(docs.len());
    for doc in docs {
        let text = store.text(project, *doc).await?;
        found.push(model.predict(&text.text).into_iter().map(|it| it.span).collect());
        if turn.is_due() {
            page.turn().await;
        }
    }
    page.send(TrainReply::Read(found));
    Ok(())
}

async fn model(store: &impl Store, project: &ProjectId, run: RunId) -> Result<Model, Stopped> {
    let weights = weights(store, project, run).await?;
    Model::from_bytes(&weights).map_err(|it| Stopped::failed(&it))
}

/// Makes the suggestions of a run for every text without an answer. Spans that the model would not
/// predict by itself come too, with their probability: the person chooses from where they are shown.
pub(crate) async fn suggest(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: RunId,
) -> Result<(), Stopped> {
    let model = model(store, project, run).await?;
    let to_do = to_do(store, project).await?;
    store.clear_suggestions(project).await?;

    let total = to_do.len() as u32;
    let mut reports = Clock::every(BETWEEN_REPLIES_SECS);
    let mut turn = Clock::every(TURN_SECS);
    let (mut docs, mut spans) = (0, 0);
    for batch in to_do.chunks(KEPT) {
        let mut found = Vec::new();
        for doc in batch {
            let text = store.text(project, *doc).await?;
            let mut reading = model.read(&text.text);
            while reading.step() {
                if turn.is_due() {
                    page.turn().await;
                }
            }
            let suggestions = suggestions(&reading.finish());
            docs += 1;
            spans += suggestions.iter().filter(|it| model.threshold() <= it.score).count() as u32;
            found.push((*doc, SuggestionRecord { run, suggestions }));
            if reports.is_due() {
                page.send(TrainReply::Suggesting { done: docs, total });
            }
        }
        store.put_suggestions(project, &found).await?;
        if page.wants_stop() {
            break;
        }
    }
    page.send(TrainReply::Suggested { docs, spans });
    Ok(())
}

/// What was found, as it is kept.
pub(super) fn suggestions(found: &Found) -> Vec<Suggestion> {
    let spans = found.spans(LEAST_PROBABLE).into_iter();
    spans.map(|it| Suggestion { span: it.span, score: it.probability }).collect()
}

/// The texts without an answer.
async fn to_do(store: &impl Store, project: &ProjectId) -> Result<Vec<DocNumber>, Stopped> {
    let n_docs = store.project(project).await?.counts.docs;
    let mut to_do = Vec::new();
    for first in (0..n_docs).step_by(BATCH as usize) {
        let records = store.annotations(project, DocNumber(first), BATCH).await?;
        let open = (first..).zip(records).filter(|(_, it)| it.annotation.answer.is_none());
        to_do.extend(open.map(|(doc, _)| DocNumber(doc)));
    }
    Ok(to_do)
}
