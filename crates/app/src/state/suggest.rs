//! Suggestions of a model: counted for the list, read again when a model has predicted.

use leptos::prelude::*;
use project::DocNumber;
use storage::{Store, StoreError};

use super::{App, DocState};

/// How many texts' suggestions are read at a time.
const BATCH: u32 = 1_000;

impl App {
    /// Counts the suggestions of every text for the list.
    pub(super) async fn count_suggestions(self) -> Result<(), StoreError> {
        let work = self.work;
        let (Some(store), Some(project)) = (self.store(), work.project_id()) else {
            return Ok(());
        };
        let visit = work.visit.get_value();
        let min_score = work.min_score.get_untracked();
        let total = work.states.read_untracked().len() as u32;
        let overlaps = work.project.read_untracked().as_ref().is_some_and(|it| it.overlaps_allowed);
        for first in (0..total).step_by(BATCH as usize) {
            let found = store.suggestions(&project, DocNumber(first), BATCH).await?;
            if work.visit.get_value() != visit {
                return Ok(());
            }
            if found.is_empty() {
                continue;
            }
            let records = store.annotations(&project, DocNumber(first), BATCH).await?;
            work.states.update(|states| {
                for (doc, record) in &found {
                    let at = (doc.0 - first) as usize;
                    let (Some(decided), Some(state)) =
                        (records.get(at), states.get_mut(doc.0 as usize))
                    else {
                        continue;
                    };
                    let decided = &decided.annotation;
                    let open = annotate::visible(&record.suggestions, decided, min_score, overlaps);
                    *state = DocState { suggested: open.count() as u32, ..*state };
                }
            });
        }
        Ok(())
    }

    /// Counts again, after the confidence from which they are shown has changed.
    pub(crate) async fn recount_suggestions(self) -> Result<(), StoreError> {
        self.work.states.update(|states| {
            for state in states {
                state.suggested = 0;
            }
        });
        self.count_suggestions().await
    }

    /// Reads suggestions again, after a model has made new ones or they were cleared. The text in
    /// front may keep those that it has.
    pub(crate) async fn reload_suggestions(self, keeps_front: bool) -> Result<(), StoreError> {
        let work = self.work;
        let (Some(store), Some(project)) = (self.store(), work.project_id()) else {
            return Ok(());
        };
        let kept: Vec<u32> = work.cache.with_value(|it| it.keys().copied().collect());
        for doc in kept {
            let is_front =
                || work.text.read_untracked().as_ref().is_some_and(|it| it.number.0 == doc);
            if keeps_front && is_front() {
                continue;
            }
            let found = store.suggestions(&project, DocNumber(doc), 1).await?;
            let found = found.into_iter().next().filter(|(number, _)| number.0 == doc);
            let suggestions = found.map(|(_, it)| it.suggestions).unwrap_or_default();
            work.cache.update_value(|cache| {
                if let Some(loaded) = cache.get_mut(&doc) {
                    loaded.suggestions.clone_from(&suggestions);
                }
            });
            if is_front() {
                work.suggestions.set(suggestions);
            }
        }
        self.recount_suggestions().await
    }
}
