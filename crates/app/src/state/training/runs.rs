//! The runs of a project: numbered, read again, renamed, deleted.

use leptos::prelude::*;
use project::{ProjectId, RunId, RunRecord};
use storage::{Store, StoreError};

use super::super::{App, sentence};
use crate::browser;

/// The runs that stand for themselves: those of experiments are shown there.
pub(in crate::state) fn own(mut runs: Vec<RunRecord>) -> Vec<RunRecord> {
    runs.retain(|it| it.experiment.is_none());
    runs
}

impl App {
    /// Reads the runs again, when their project is open.
    pub(in crate::state) async fn refresh_runs(
        self,
        project: &ProjectId,
    ) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Ok(()) };
        let runs = own(store.runs(project).await?);
        if self.work.project_id().as_ref() == Some(project) {
            self.work.runs.set(runs);
        }
        Ok(())
    }

    /// The number of a run that is about to be made: no earlier run had it, deleted ones neither.
    pub(in crate::state) async fn next_run(self, project: &ProjectId) -> Result<RunId, StoreError> {
        let Some(store) = self.store() else { return Ok(RunId(1)) };
        let used = store.runs(project).await?.iter().map(|it| it.id.0).max().unwrap_or(0);
        self.next_number(&format!("last-run:{}", project.0), used).await.map(RunId)
    }

    /// A number that nobody was given before under this setting, above `used`.
    pub(in crate::state) async fn next_number(
        self,
        setting: &str,
        used: u32,
    ) -> Result<u32, StoreError> {
        let Some(store) = self.store() else { return Ok(used + 1) };
        let numbering = self.numbering.get_value();
        let _held = numbering.lock().await;
        let kept = store.setting(setting).await?;
        let kept = kept.and_then(|it| <[u8; 4]>::try_from(it.as_slice()).ok());
        let next = used.max(kept.map_or(0, u32::from_le_bytes)) + 1;
        store.put_setting(setting, &next.to_le_bytes()).await?;
        Ok(next)
    }

    /// Gives a run another name.
    pub(crate) fn rename_run(self, run: RunId, name: String) {
        let Some(project) = self.work.project_id() else { return };
        browser::spawn(async move {
            let Some(store) = self.store() else { return };
            let renamed = async {
                let mut record = store.run(&project, run).await?;
                record.name = name;
                store.put_run(&project, &record).await?;
                self.refresh_runs(&project).await
            };
            if let Err(error) = renamed.await {
                self.say(sentence(&error));
            }
        });
    }

    /// Deletes a run with its model, and the suggestions it made.
    pub(crate) fn delete_run(self, run: RunId) {
        let Some(project) = self.work.project_id() else { return };
        let suggesting = self.work.project.read_untracked().as_ref().and_then(|it| it.suggesting);
        self.training.trouble.update(|it| {
            if it.as_ref().is_some_and(|it| it.resume == Some(run)) {
                *it = None;
            }
        });
        browser::spawn(async move {
            let Some(store) = self.store() else { return };
            let deleted = async {
                store.delete_run(&project, run).await?;
                if suggesting == Some(run) {
                    store.clear_suggestions(&project).await?;
                    self.update_project(project.clone(), |it| it.suggesting = None).await?;
                    self.reload_suggestions(false).await?;
                }
                self.refresh_runs(&project).await
            };
            if let Err(error) = deleted.await {
                self.say(sentence(&error));
            }
        });
    }
}
