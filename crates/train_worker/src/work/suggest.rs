//! Predicts the texts that are to do, and keeps what is found.

use annotate::Suggestion;
use learn::device::Device;
use learn::{Predictor, Text};
use project::{Device as Kind, DocNumber, ProjectId, RunId, SuggestionRecord};
use protocol::TrainReply;
use storage::Store;

use super::texts::{BATCH, tokenizer};
use super::{BETWEEN_REPLIES_SECS, Clock, Page, Stopped};

/// Words that are predicted between two looks at the mailbox.
const WORDS_AT_A_TIME: usize = 1_000;

/// Makes the suggestions of a run for every text without an answer.
pub(crate) async fn suggest(
    store: &impl Store,
    page: &impl Page,
    device: &Device,
    kind: Kind,
    project: &ProjectId,
    run: RunId,
) -> Result<(), Stopped> {
    let missing = || Stopped::Failed {
        why: "this run has no model: train again, or choose another run".to_owned(),
    };
    let model = store.weights(project, run).await?.ok_or_else(missing)?;
    let tokenizer = tokenizer(store, &model.base).await?;
    let predictor = Predictor::new(&model, device).map_err(|err| Stopped::on(kind, &err))?;
    let docs = store.project(project).await?.counts.docs;
    let mut to_do = Vec::new();
    for first in (0..docs).step_by(BATCH as usize) {
        let records = store.annotations(project, DocNumber(first), BATCH).await?;
        let open = (first..).zip(records).filter(|(_, it)| it.annotation.answer.is_none());
        to_do.extend(open.map(|(doc, _)| DocNumber(doc)));
    }
    store.clear_suggestions(project).await?;

    let total = to_do.len() as u32;
    let mut reports = Clock::every(BETWEEN_REPLIES_SECS);
    let (mut n_docs, mut n_spans) = (0, 0);
    let mut batch: Vec<(DocNumber, Text)> = Vec::new();
    for (at, doc) in to_do.iter().enumerate() {
        let text = store.text(project, *doc).await?;
        batch.push((*doc, Text::new(&tokenizer, &text.text)));
        let words: usize = batch.iter().map(|(_, text)| text.len()).sum();
        if words < WORDS_AT_A_TIME && at + 1 < to_do.len() {
            continue;
        }
        let found =
            predict(&predictor, &batch, run).await.map_err(|err| Stopped::on(kind, &err))?;
        n_docs += batch.len() as u32;
        n_spans += found.iter().map(|(_, it)| it.suggestions.len() as u32).sum::<u32>();
        store.put_suggestions(project, &found).await?;
        batch.clear();
        if reports.is_due() {
            page.send(TrainReply::Suggesting { done: n_docs, total });
        }
        page.turn().await;
        if page.wants_stop() {
            break;
        }
    }
    page.send(TrainReply::Suggested { docs: n_docs, spans: n_spans });
    Ok(())
}

async fn predict(
    predictor: &Predictor,
    batch: &[(DocNumber, Text)],
    run: RunId,
) -> Result<Vec<(DocNumber, SuggestionRecord)>, learn::LearnError> {
    let texts: Vec<&Text> = batch.iter().map(|(_, text)| text).collect();
    let found = predictor.predict(&texts).await?;
    let record = |found: Vec<learn::Scored>| SuggestionRecord {
        run,
        suggestions: found
            .into_iter()
            .map(|it| Suggestion { span: it.span, score: it.probability })
            .collect(),
    };
    Ok(batch.iter().map(|(doc, _)| *doc).zip(found.into_iter().map(record)).collect())
}
