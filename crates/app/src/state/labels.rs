//! Renaming a label, wherever the open project speaks of it.

use annotate::{History, Renaming};
use leptos::prelude::*;
use storage::{Store, StoreError};

use super::{App, Saved, sentence};
use crate::browser;

impl App {
    /// Gives a label of the open project another name. The screen says saved when it is on disk.
    pub(crate) fn rename_label(self, renaming: Renaming) {
        let work = self.work;
        if !self.may_write() {
            return;
        }
        browser::spawn(async move {
            if !self.save_all().await {
                return self.say("Your last edits are not saved yet. Rename the label after that.");
            }
            // Edits that are made meanwhile wait.
            work.is_writing.set_value(true);
            work.saved.set(Saved::Saving);
            let renamed = self.write_renaming(&renaming).await;
            work.is_writing.set_value(false);
            work.saved.set(Saved::OnDevice { at_ms: browser::now_ms() });
            self.save_again();
            match renamed {
                Ok(()) => self.say(format!("“{}” is now “{}”.", renaming.from, renaming.to)),
                Err(error) => self.say(sentence(&error)),
            }
        });
    }

    async fn write_renaming(self, renaming: &Renaming) -> Result<(), StoreError> {
        let work = self.work;
        let (Some(store), Some(project)) = (self.store(), work.project_id()) else {
            return Ok(());
        };
        let record = store.rename_label(&project, renaming, browser::now_ms()).await?;
        let journal = store.journal(&project).await?;
        if work.project_id().as_ref() != Some(&project) {
            return Ok(());
        }
        work.history.set_value(History::replay(journal));
        work.label_counts.update(|counts| {
            if let Some(count) = counts.remove(&renaming.from) {
                *counts.entry(renaming.to.clone()).or_insert(0) += count;
            }
        });
        if work.pinned.read_untracked().as_ref() == Some(&renaming.from) {
            work.pinned.set(Some(renaming.to.clone()));
        }
        work.project.set(Some(record));
        self.read_front_again();
        Ok(())
    }
}
