//! The accepted texts of the open project, read from storage.

use std::collections::BTreeMap;
use std::sync::Arc;

use corpus::{Answer, DocId, Label};
use leptos::prelude::*;
use project::DocNumber;
use storage::Store;

use crate::browser;
use crate::state::{App, Saved, sentence};

/// The accepted texts, and how many marks of each label they hold.
pub(crate) type Accepted = Arc<Vec<(DocId, BTreeMap<Label, u32>)>>;

/// How many annotations are read at a time.
const BATCH: u32 = 2_000;

/// Reads what is accepted, and again whenever something was saved.
pub(crate) fn watch_accepted(app: App) -> RwSignal<Option<Accepted>> {
    let accepted = RwSignal::new(None);
    Effect::new(move || {
        if !matches!(&*app.work.saved.read(), Saved::OnDevice { .. }) {
            return;
        }
        browser::spawn(async move {
            match read_accepted(app).await {
                // The screen may be gone by now.
                Ok(found) => drop(accepted.try_set(Some(found))),
                Err(error) => app.say(sentence(&error)),
            }
        });
    });
    accepted
}

async fn read_accepted(app: App) -> Result<Accepted, storage::StoreError> {
    let (Some(store), Some(project)) = (app.store(), app.work.project_id()) else {
        return Ok(Accepted::default());
    };
    let heads = app.work.heads.get_untracked();
    let mut accepted = Vec::new();
    for first in (0..heads.len() as u32).step_by(BATCH as usize) {
        let records = store.annotations(&project, DocNumber(first), BATCH).await?;
        for (head, record) in heads.iter().skip(first as usize).zip(&records) {
            if record.annotation.answer != Some(Answer::Accept) {
                continue;
            }
            let mut marks = BTreeMap::new();
            for mark in &record.annotation.marks {
                *marks.entry(mark.span.label().clone()).or_default() += 1;
            }
            accepted.push((head.id.clone(), marks));
        }
    }
    Ok(Arc::new(accepted))
}
