//! What a person does to whole projects.

use leptos::prelude::*;
use project::{Counts, ProjectId, ProjectRecord, RunRecord};
use protocol::{ExportFormat, ExportOptions, IoReply, IoRequest, Which};
use storage::{Store, StoreError};

use super::{App, sentence};
use crate::browser;
use crate::route::{Route, Screen};

impl App {
    /// Asks the browser to keep what is stored, unless it promised that already. To be called when
    /// a person does something that stores.
    pub(crate) fn keep_what_is_stored(self) {
        if self.space.read_untracked().is_some_and(|it| it.persisted) {
            return;
        }
        browser::spawn(async move {
            let persisted = browser::persist().await;
            self.space.update(|it| {
                if let Some(space) = it {
                    space.persisted = persisted;
                }
            });
        });
    }

    /// Makes an empty project and opens it.
    pub(crate) fn create_project(self, name: String, overlaps_allowed: bool) {
        let Some(store) = self.store() else { return };
        self.keep_what_is_stored();
        let now = browser::now_ms();
        let record = ProjectRecord {
            id: browser::new_project_id(),
            name,
            created_ms: now,
            changed_ms: now,
            exported_ms: None,
            trashed_ms: None,
            labels: Vec::new(),
            guidelines: String::new(),
            overlaps_allowed,
            base: "blank:en".to_owned(),
            split: corpus::SplitRule::default(),
            split_frozen: false,
            suggesting: None,
            counts: Counts::default(),
        };
        browser::spawn(async move {
            match store.create_project(&record).await {
                Ok(()) => {
                    self.refresh_projects().await;
                    self.go(Route::of(Screen::Annotate, &record.id));
                }
                Err(error) => self.say(sentence(&error)),
            }
        });
    }

    /// Calls a project something else.
    pub(crate) fn rename_project(self, id: ProjectId, name: String) {
        self.update_project_soon(id, move |it| it.name = name);
    }

    /// Moves a project to the trash.
    pub(crate) async fn trash_project(self, id: ProjectId) -> Result<(), StoreError> {
        let now = browser::now_ms();
        self.update_project(id, move |it| it.trashed_ms = Some(now)).await
    }

    /// Takes a project out of the trash.
    pub(crate) async fn restore_project(self, id: ProjectId) -> Result<(), StoreError> {
        self.update_project(id, |it| it.trashed_ms = None).await
    }

    /// Deletes projects for good.
    pub(crate) async fn delete_projects(self, ids: Vec<ProjectId>) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Ok(()) };
        let mut outcome = Ok(());
        for id in ids {
            outcome = store.delete_project(&id).await;
            if outcome.is_err() {
                break;
            }
        }
        self.refresh_projects().await;
        outcome
    }

    /// Copies a project with everything in it.
    pub(crate) async fn duplicate_project(self, id: ProjectId) -> Result<(), String> {
        let projects = self.projects.get_untracked().unwrap_or_default();
        let Some(record) = projects.iter().find(|it| it.id == id) else { return Ok(()) };
        let name = free_name(&record.name, &projects);
        self.keep_what_is_stored();
        let copy = browser::new_project_id();
        let now_ms = browser::now_ms();
        let request = IoRequest::Duplicate { project: id, copy, name: name.clone(), now_ms };
        match self.workers().io.ask(request, Vec::new()).await {
            Ok((IoReply::Imported { .. }, _)) => {
                self.refresh_projects().await;
                self.say(format!("Copied as “{name}”."));
                Ok(())
            }
            Ok((IoReply::Failed { why }, _)) => Err(why),
            Ok(_) => Ok(()),
            Err(fault) => Err(sentence(&fault)),
        }
    }

    /// Saves a project to a file, whole. Gives back the file's name.
    pub(crate) async fn back_up(self, id: ProjectId) -> Result<String, String> {
        let options = ExportOptions {
            format: ExportFormat::Nerine,
            which: Which::All,
            base: "blank:en".to_owned(),
            history: true,
        };
        let now_ms = browser::now_ms();
        let request = IoRequest::Export { project: id, options, now_ms };
        let (files, blobs) = match self.workers().io.ask(request, Vec::new()).await {
            Ok((IoReply::Exported { files, .. }, blobs)) => (files, blobs),
            Ok((IoReply::Failed { why }, _)) => return Err(why),
            Ok(_) => return Err("Nothing was written. Try again.".to_owned()),
            Err(fault) => return Err(sentence(&fault)),
        };
        let mut saved = String::new();
        for (file, blob) in files.iter().zip(&blobs) {
            browser::download(&file.name, blob);
            saved.clone_from(&file.name);
        }
        self.refresh_projects().await;
        Ok(saved)
    }

    /// The runs of a project; none while they cannot be read.
    pub(crate) async fn runs_of(self, id: &ProjectId) -> Vec<RunRecord> {
        match self.store() {
            Some(store) => super::training::own(store.runs(id).await.unwrap_or_default()),
            None => Vec::new(),
        }
    }
}

/// A name for a copy that no project has: “X (copy)”, “X (copy 2)”.
fn free_name(name: &str, taken: &[ProjectRecord]) -> String {
    let is_free = |it: &String| taken.iter().all(|project| project.name != *it);
    let nth = |n: u32| match n {
        1 => format!("{name} (copy)"),
        n => format!("{name} (copy {n})"),
    };
    // One of so many names is free.
    let candidates = 1..=taken.len() as u32 + 1;
    candidates.map(nth).find(is_free).unwrap_or_else(|| name.to_owned())
}
