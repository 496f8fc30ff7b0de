//! Pipelines that a person brought, as bases: added, listed, used for suggestions, removed.

use std::sync::Arc;

use leptos::prelude::*;
use project::{BaseRecord, Device, ProjectId, RunId, RunRecord, RunState, TrainSettings};
use protocol::{BASES, CallId, FileInfo, IoReply, IoRequest, PipelineFile, PipelineOf};
use storage::{Store, StoreError};
use web_sys::Blob;

use super::{App, Suggesting, sentence};
use crate::browser;
use crate::words;

/// The base of projects whose own was removed.
const INSTEAD: &str = "blank:en";

/// A pipeline that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Adding {
    /// What its file or folder is called.
    pub(crate) title: String,
    /// Bytes read, and then once more bytes stored.
    pub(crate) done: u64,
    /// All of them; 0 while nobody knows.
    pub(crate) total: u64,
}

/// The bases that a person brought, on this page. A handful of pointers, so it is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Bases {
    /// All of them, by name; none until they are read.
    pub(crate) all: RwSignal<Option<Arc<Vec<BaseRecord>>>>,
    pub(crate) adding: RwSignal<Option<Adding>>,
    /// Why the last one could not be added.
    pub(crate) failed: RwSignal<Option<String>>,
    /// The pipeline that is being written to a file, and how many bytes of it there are.
    pub(crate) saving: RwSignal<Option<(PipelineOf, u64)>>,
    call: StoredValue<Option<CallId>>,
}

impl Bases {
    pub(super) fn new() -> Self {
        Self {
            all: RwSignal::new(None),
            adding: RwSignal::new(None),
            failed: RwSignal::new(None),
            saving: RwSignal::new(None),
            call: StoredValue::new(None),
        }
    }

    /// Those that are here. Tracked.
    pub(crate) fn list(self) -> Vec<BaseRecord> {
        self.all.read().as_ref().map(|it| it.to_vec()).unwrap_or_default()
    }

    /// The names of all bases that can be used, built-in ones first, each with what its tokens
    /// are. Tracked.
    pub(crate) fn usable(self) -> Vec<(String, String)> {
        let built_in = BASES.iter().map(|it| (it.name.to_owned(), it.says.to_owned()));
        let brought = self.list().into_iter().map(|it| {
            let says = format!("words as {} cuts them", it.package);
            (it.name, says)
        });
        built_in.chain(brought).collect()
    }

    /// What the tokens of a base are, for people. Tracked.
    pub(crate) fn says(self, name: &str) -> Option<String> {
        self.usable().into_iter().find(|it| it.0 == name).map(|it| it.1)
    }
}

impl App {
    /// Reads which pipelines are here.
    pub(crate) async fn refresh_bases(self) {
        let Some(store) = self.store() else { return };
        match store.bases().await {
            Ok(bases) => self.bases.all.set(Some(Arc::new(bases))),
            Err(error) => self.say(sentence(&error)),
        }
    }

    /// Opens a pipeline that a person brought, and keeps it.
    pub(crate) fn add_base(self, files: Vec<(FileInfo, Blob)>) {
        let bases = self.bases;
        if files.is_empty() || bases.adding.read_untracked().is_some() {
            return;
        }
        let (files, blobs): (Vec<FileInfo>, Vec<Blob>) = files.into_iter().unzip();
        let first = files[0].name.clone();
        let title = match files.len() {
            1 => first,
            _ => first.split_once('/').map_or(first.clone(), |(folder, _)| folder.to_owned()),
        };
        bases.failed.set(None);
        bases.adding.set(Some(Adding { title, done: 0, total: 0 }));
        self.keep_what_is_stored();
        browser::spawn(async move {
            let added = self.hear_of_base(files, blobs).await;
            bases.call.set_value(None);
            bases.adding.set(None);
            match added {
                Ok(Some((base, true))) => self.say(format!("{} is here.", base.name)),
                Ok(Some((base, false))) => self.say(format!("{} was here already.", base.name)),
                Ok(None) => self.say("Given up. Nothing was added."),
                Err(why) => {
                    self.spoken.set(why.clone());
                    bases.failed.set(Some(why));
                }
            }
            self.refresh_bases().await;
            self.space.set(browser::space().await);
        });
    }

    /// What was added and whether it is new, or why nothing was. None when it was given up.
    async fn hear_of_base(
        self,
        files: Vec<FileInfo>,
        blobs: Vec<Blob>,
    ) -> Result<Option<(BaseRecord, bool)>, String> {
        let request = IoRequest::AddBase { files, now_ms: browser::now_ms() };
        let mut replies = self.workers().io.call(request, blobs);
        self.bases.call.set_value(Some(replies.id()));
        while let Some(answer) = replies.next().await {
            match answer.map_err(|fault| sentence(&fault))?.0 {
                IoReply::Progress { done, total, .. } => self.bases.adding.update(|it| {
                    if let Some(adding) = it {
                        (adding.done, adding.total) = (done, total);
                    }
                }),
                IoReply::BaseAdded { base, is_new } => return Ok(Some((*base, is_new))),
                IoReply::Cancelled => return Ok(None),
                IoReply::Failed { why } => return Err(why),
                _ => {}
            }
        }
        Err("The pipeline was not read to its end. Try again.".to_owned())
    }

    /// Gives up the pipeline that is being read.
    pub(crate) fn stop_adding_base(self) {
        if let Some(call) = self.bases.call.get_value() {
            drop(self.workers().io.call(IoRequest::Cancel(call), Vec::new()));
        }
    }

    /// Saves a pipeline as one file, with the browser's downloads.
    pub(crate) fn save_pipeline(self, pipeline: PipelineOf, form: PipelineFile) {
        let saving = self.bases.saving;
        if saving.read_untracked().is_some() {
            return;
        }
        saving.set(Some((pipeline.clone(), 0)));
        browser::spawn(async move {
            let request = IoRequest::Pack { pipeline: pipeline.clone(), form };
            let hear = move |done| saving.set(Some((pipeline.clone(), done)));
            let saved = self.have_packed(request, hear).await;
            saving.set(None);
            match saved {
                Ok(file) => self.say(format!("Saved as {file}. It is with your downloads.")),
                Err(why) => self.say(why),
            }
        });
    }

    /// Has the file worker pack something and saves it, with the browser's downloads; `hear` is told
    /// how many bytes there are. The name of the file, or why there is none.
    pub(super) async fn have_packed(
        self,
        request: IoRequest,
        hear: impl Fn(u64),
    ) -> Result<String, String> {
        let mut replies = self.workers().io.call(request, Vec::new());
        while let Some(answer) = replies.next().await {
            match answer.map_err(|fault| sentence(&fault))? {
                (IoReply::Progress { done, .. }, _) => hear(done),
                (IoReply::Packed(file), blobs) => {
                    for blob in &blobs {
                        browser::download(&file.name, blob);
                    }
                    return Ok(file.name);
                }
                (IoReply::Failed { why }, _) => return Err(why),
                _ => {}
            }
        }
        Err("The file was not written to its end. Try again.".to_owned())
    }

    /// Removes a pipeline from this device. Projects that use its tokens use those of another base
    /// from then on.
    pub(crate) fn remove_base(self, name: String) {
        browser::spawn(async move {
            let Some(store) = self.store() else { return };
            let removed = async {
                let users = untrack(|| self.projects_with(&name));
                store.delete_base(&name).await?;
                for id in users {
                    match self.work.project_id().as_ref() == Some(&id) {
                        // Its text in front is cut anew.
                        true => self.use_base(INSTEAD.to_owned()),
                        false => {
                            self.update_project(id, |it| INSTEAD.clone_into(&mut it.base)).await?;
                        }
                    }
                }
                Ok::<(), StoreError>(())
            };
            match removed.await {
                Ok(()) => self.say(format!("{name} was removed. No mark was changed.")),
                Err(error) => self.say(sentence(&error)),
            }
            self.refresh_bases().await;
            self.base_is_gone(&name).await;
            self.space.set(browser::space().await);
        });
    }

    /// The projects whose selections grow to the tokens of a base. Tracked.
    pub(crate) fn projects_with(self, base: &str) -> Vec<ProjectId> {
        let projects = self.projects.get().unwrap_or_default();
        projects.iter().filter(|it| it.base == base).map(|it| it.id.clone()).collect()
    }

    /// Has a pipeline find its entities in the open project's texts that are to do, as it came:
    /// a run of its own, scored on what was accepted.
    pub(crate) fn suggest_with_base(self, base: BaseRecord) {
        let Some(project) = self.work.project_id() else { return };
        if self.training.suggesting.read_untracked().is_some() || !self.may_write() {
            return;
        }
        browser::spawn(async move {
            match self.run_of_base(&project, base).await {
                Ok(run) => self.suggest(project, run, true, false).await,
                Err(error) => self.say(sentence(&error)),
            }
        });
    }

    /// The run of a pipeline as it came: made when there is none yet.
    async fn run_of_base(self, project: &ProjectId, base: BaseRecord) -> Result<RunId, StoreError> {
        let store = self.store().ok_or(StoreError::Blocked)?;
        let runs = store.runs(project).await?;
        let is_its = |it: &&RunRecord| it.is_as_it_came() && it.settings.base == base.name;
        if let Some(run) = runs.iter().find(is_its) {
            return Ok(run.id);
        }
        let id = self.next_run(project).await?;
        let labels = base.labels.iter().filter_map(|it| corpus::Label::new(it).ok()).collect();
        let why = "Runs on the CPU, beside the page.".to_owned();
        let settings = TrainSettings::new(&base.name, labels);
        let record = RunRecord {
            // Nothing is trained, so nothing can be cut short.
            state: RunState::Done { why: RunRecord::NOTHING_TRAINED.to_owned() },
            device: Some((Device::Cpu, why)),
            architecture: RunRecord::AS_IT_CAME.to_owned(),
            ..RunRecord::new(id, base.package, browser::now_ms(), settings)
        };
        // It is scored on sides that must not change afterwards.
        self.update_project(project.clone(), |it| it.split_frozen = true).await?;
        store.put_run(project, &record).await?;
        self.refresh_runs(project).await?;
        Ok(id)
    }

    /// How many texts a pipeline looked at and spans it found, and what else is to say; or the
    /// sentence why not.
    pub(super) async fn hear_pipeline(
        self,
        project: &ProjectId,
        run: RunId,
        is_scored: bool,
    ) -> Result<(u32, u32, String), String> {
        let request = IoRequest::RunPipeline { project: project.clone(), run, is_scored };
        let mut replies = self.workers().io.call(request, Vec::new());
        while let Some(answer) = replies.next().await {
            match answer.map_err(|fault| sentence(&fault))?.0 {
                IoReply::Progress { done, total, .. } => {
                    self.training.suggesting.update(|it| {
                        if let Some(Suggesting { done: at, total: of, .. }) = it {
                            (*at, *of) = (done as u32, total as u32);
                        }
                    });
                }
                IoReply::Suggested { docs, spans, said } => {
                    self.take_labels_of(project, run).await.map_err(|it| sentence(&it))?;
                    self.refresh_runs(project).await.map_err(|it| sentence(&it))?;
                    return Ok((docs, spans, said));
                }
                IoReply::Failed { why } => return Err(why),
                _ => {}
            }
        }
        Err("The pipeline gave no answer. Try again.".to_owned())
    }

    /// Gives the project the labels that a pipeline finds and it has no word for, so that its
    /// suggestions can be taken by key as others are.
    async fn take_labels_of(self, project: &ProjectId, run: RunId) -> Result<(), StoreError> {
        let store = self.store().ok_or(StoreError::Blocked)?;
        let labels = store.run(project, run).await?.settings.labels;
        self.update_project(project.clone(), move |it| {
            for label in labels {
                if label.among(it.labels.iter().map(|def| &def.label)).is_none() {
                    it.labels.push(corpus::palette::define(label, &it.labels));
                }
            }
        })
        .await
    }
}

/// “12.4 MB”, or of how many where that is known.
pub(crate) fn how_far(adding: &Adding) -> String {
    let bytes = |n: u64| words::bytes(n as f64);
    match (adding.done, adding.total) {
        (0, _) => "Opening".to_owned(),
        (done, 0) => bytes(done),
        (done, total) => format!("{} of {}", bytes(done), bytes(total)),
    }
}
