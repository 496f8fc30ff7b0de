//! The texts of the open project that have a verdict, read from storage.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use project::DocNumber;
use screen::plan::Answered;
use storage::Store;

use crate::browser;
use crate::state::{App, Saved, sentence};

/// The texts with a verdict.
pub(crate) type All = Arc<Vec<Answered>>;

/// How many annotations are read at a time.
const BATCH: u32 = 2_000;

/// Reads what has a verdict, and again whenever something was saved.
pub(crate) fn watch_answered(app: App) -> RwSignal<Option<All>> {
    let answered = RwSignal::new(None);
    Effect::new(move || {
        if !matches!(&*app.work.saved.read(), Saved::OnDevice { .. }) {
            return;
        }
        browser::spawn(async move {
            match read_answered(app).await {
                // The screen may be gone by now.
                Ok(found) => drop(answered.try_set(Some(found))),
                Err(error) => app.say(sentence(&error)),
            }
        });
    });
    answered
}

async fn read_answered(app: App) -> Result<All, storage::StoreError> {
    let (Some(store), Some(project)) = (app.store(), app.work.project_id()) else {
        return Ok(All::default());
    };
    let heads = app.work.heads.get_untracked();
    let mut answered = Vec::new();
    for first in (0..heads.len() as u32).step_by(BATCH as usize) {
        let records = store.annotations(&project, DocNumber(first), BATCH).await?;
        for (head, record) in heads.iter().skip(first as usize).zip(&records) {
            let Some(answer) = record.annotation.answer else { continue };
            let mut marks = BTreeMap::new();
            for mark in &record.annotation.marks {
                *marks.entry(mark.span.label().clone()).or_default() += 1;
            }
            let is_partly_read = !record.annotation.unread.is_empty();
            answered.push(Answered { id: head.id.clone(), answer, marks, is_partly_read });
        }
    }
    Ok(Arc::new(answered))
}
