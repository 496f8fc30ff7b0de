//! Bringing texts in: files are looked at first, and added when somebody says so. All reading is
//! done by `io_worker`; here is what the screen shows of it.

use std::sync::Arc;

use leptos::prelude::*;
use project::{DocNumber, ProjectId};
use protocol::{
    CallId, FileInfo, ImportTarget, IoReply, IoRequest, Preview, ReadFormat, ReadOptions, Warnings,
};
use storage::{Store, StoreError};
use web_sys::Blob;

use super::{App, DocState, sentence};
use crate::browser;
use crate::route::{Route, Screen};
use crate::words;

/// How long numbers stand still while something runs, in milliseconds.
const BEAT_MS: f64 = 250.0;

/// What the sample lies under, and what its project is called.
const SAMPLE: (&str, &str) = ("./sample/nanoparticles.nerine", "Nanoparticle abstracts (sample)");

/// Files that a person brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Brought {
    /// What they are called together: the file's name, or “3 files”.
    pub(crate) title: String,
    pub(crate) files: Vec<FileInfo>,
    /// The size of all of them.
    pub(crate) bytes: u64,
}

impl Brought {
    fn new(files: Vec<FileInfo>) -> Self {
        let title = match files.as_slice() {
            [file] => file.name.clone(),
            files => words::counted(files.len() as u64, "file", "files"),
        };
        let bytes = files.iter().map(|it| it.bytes).sum();
        Self { title, files, bytes }
    }

    /// What a project of these files may be called: the file's name without its ending, or the
    /// folder's.
    fn project_name(&self) -> String {
        let Some(first) = self.files.first() else { return String::new() };
        let name = match (self.files.len(), first.name.split_once('/')) {
            (2.., Some((folder, _))) => folder,
            (2.., None) => "Imported texts",
            _ => {
                let file = first.name.rsplit('/').next().unwrap_or(&first.name);
                file.rsplit_once('.').map_or(file, |(stem, _)| stem)
            }
        };
        let name = name.trim();
        if name.is_empty() { "Imported texts".to_owned() } else { name.to_owned() }
    }
}

/// What `io_worker` does with the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Looks at them.
    Reading,
    /// Adds their texts to a project.
    Adding,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Running {
    pub(crate) doing: Doing,
    /// Bytes read.
    pub(crate) done: u64,
    pub(crate) total: u64,
    /// Texts so far.
    pub(crate) docs: u32,
    /// Seconds until it is done, as it looks; none in the first moments.
    pub(crate) left_secs: Option<f64>,
    /// Whether it was told to give up.
    pub(crate) is_ending: bool,
    started_ms: f64,
    shown_ms: f64,
}

impl Running {
    fn new(doing: Doing, total: u64) -> Self {
        let now = browser::uptime_ms();
        Self {
            doing,
            done: 0,
            total,
            docs: 0,
            left_secs: None,
            is_ending: false,
            started_ms: now,
            shown_ms: now,
        }
    }

    /// The same a little later; none while it is too early to show it.
    fn advanced(self, done: u64, total: u64, docs: u32) -> Option<Self> {
        let now = browser::uptime_ms();
        if now - self.shown_ms < BEAT_MS {
            return None;
        }
        let secs = (now - self.started_ms) / 1e3;
        let rate = done as f64 / secs;
        let is_telling = 1.0 < secs && 0.0 < rate;
        let left_secs = is_telling.then(|| total.saturating_sub(done) as f64 / rate);
        Some(Self { done, total, docs, left_secs, shown_ms: now, ..self })
    }

    /// Share done, 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        if self.total == 0 { 0.0 } else { self.done as f64 / self.total as f64 }
    }
}

/// Texts that came in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Added {
    pub(crate) project: ProjectId,
    /// The project's name.
    pub(crate) name: String,
    pub(crate) docs: u32,
    pub(crate) warnings: Warnings,
}

impl Added {
    /// What came in and what did not, in one line.
    pub(crate) fn sentence(&self) -> String {
        let added = words::counted(self.docs, "text", "texts");
        let was = if self.docs == 1 { "was" } else { "were" };
        let lost = self.warnings.lost;
        let out = match lost {
            0 => "Nothing was left out.".to_owned(),
            1 => "1 thing was left out.".to_owned(),
            _ => format!("{} things were left out.", words::count(lost)),
        };
        format!("{added} {was} added to “{}”. {out}", self.name)
    }
}

/// What is being brought in. There is one import at a time, wherever on the page it was begun.
#[derive(Clone, Copy)]
pub(crate) struct Import {
    /// What was brought and neither added nor put away.
    pub(crate) brought: RwSignal<Option<Arc<Brought>>>,
    /// What it holds, once it was looked at.
    pub(crate) preview: RwSignal<Option<Arc<Preview>>>,
    pub(crate) running: RwSignal<Option<Running>>,
    /// Why the last thing could not be done.
    pub(crate) failed: RwSignal<Option<String>>,
    /// What came in last.
    pub(crate) added: RwSignal<Option<Arc<Added>>>,
    /// The project the texts would go to; none for a new one.
    pub(crate) target: RwSignal<Option<ProjectId>>,
    /// The new project's name.
    pub(crate) name: RwSignal<String>,
    /// Whether the open project asks for more texts, in place of the text in front.
    pub(crate) is_open: RwSignal<bool>,
    /// Whether something is dragged over the page.
    pub(crate) is_over: RwSignal<bool>,
    /// How many places on the screen take texts.
    pub(crate) panels: RwSignal<u32>,
    /// Whether texts that come with marks and without a verdict come in as accepted.
    pub(crate) accept_marked: RwSignal<bool>,
    blobs: StoredValue<Vec<Blob>, LocalStorage>,
    /// How the files were last asked to be read.
    asked: StoredValue<ReadOptions>,
    call: StoredValue<Option<CallId>>,
    /// Grows with every call, so that replies to one that was given up are dropped.
    turn: StoredValue<u32>,
}

/// The lock on a project that is being made.
pub(super) fn import_lock(id: &ProjectId) -> String {
    format!("nerine:import:{}", id.0)
}

/// How a call ended.
enum Outcome {
    Done(IoReply),
    Cancelled,
    Failed(String),
    /// Another call has taken its place.
    Dropped,
}

impl Import {
    pub(super) fn new() -> Self {
        Self {
            brought: RwSignal::new(None),
            preview: RwSignal::new(None),
            running: RwSignal::new(None),
            failed: RwSignal::new(None),
            added: RwSignal::new(None),
            target: RwSignal::new(None),
            name: RwSignal::new(String::new()),
            is_open: RwSignal::new(false),
            is_over: RwSignal::new(false),
            panels: RwSignal::new(0),
            accept_marked: RwSignal::new(false),
            blobs: StoredValue::new_local(Vec::new()),
            asked: StoredValue::new(ReadOptions::default()),
            call: StoredValue::new(None),
            turn: StoredValue::new(0),
        }
    }

    /// Whether texts are being added just now.
    pub(crate) fn is_adding(self) -> bool {
        self.running.read_untracked().is_some_and(|it| it.doing == Doing::Adding)
    }

    fn put_away(self) {
        self.brought.set(None);
        self.preview.set(None);
        self.running.set(None);
        self.blobs.set_value(Vec::new());
    }
}

impl App {
    /// Looks at files that a person brought. Nothing is added.
    pub(crate) fn bring(self, files: Vec<(FileInfo, Blob)>) {
        let import = self.import;
        if files.is_empty() {
            return;
        }
        if import.is_adding() {
            return self.say("Texts are still being added. Wait until that is done, or cancel it.");
        }
        let (files, blobs) = files.into_iter().unzip();
        let brought = Brought::new(files);
        import.name.set(brought.project_name());
        import.accept_marked.set(false);
        import.preview.set(None);
        import.added.set(None);
        import.blobs.set_value(blobs);
        import.brought.set(Some(Arc::new(brought)));
        self.look(ReadOptions::default());
    }

    /// Looks at the files again, read in another way or for another project.
    pub(crate) fn look(self, options: ReadOptions) {
        let import = self.import;
        let Some(brought) = import.brought.get_untracked().filter(|_| !import.is_adding()) else {
            return;
        };
        self.give_call_up();
        import.failed.set(None);
        import.asked.set_value(options.clone());
        let request = IoRequest::Preview {
            files: brought.files.clone(),
            options,
            project: import.target.get_untracked(),
        };
        let running = Running::new(Doing::Reading, brought.bytes);
        let focused = browser::focused().map(|it| it.id()).filter(|it| !it.is_empty());
        browser::spawn(async move {
            match self.follow(request, import.blobs.get_value(), running).await {
                Outcome::Done(IoReply::Previewed(preview)) => {
                    if let Some(name) = &preview.project_name {
                        import.name.set(name.clone());
                    }
                    self.spoken.set(format!(
                        "{} read: {}.",
                        brought.title,
                        words::counted(preview.docs, "text", "texts")
                    ));
                    import.preview.set(Some(Arc::from(preview)));
                    // What was chosen in is drawn again with what it led to.
                    browser::next_frame().await;
                    if let Some(focused) = focused.filter(|_| browser::focused().is_none()) {
                        browser::focus(&focused);
                    }
                }
                Outcome::Done(_) | Outcome::Dropped => {}
                Outcome::Cancelled => import.put_away(),
                Outcome::Failed(why) => {
                    import.failed.set(Some(why));
                    if import.preview.read_untracked().is_none() {
                        import.put_away();
                    }
                }
            }
        });
    }

    /// Chooses where the texts would go, and looks at them again: what is new there depends on
    /// what is there.
    pub(crate) fn aim(self, target: Option<ProjectId>) {
        let import = self.import;
        import.target.set(target);
        let shown = import.preview.read_untracked().as_ref().map(|it| it.options.clone());
        self.look(shown.unwrap_or_else(|| import.asked.get_value()));
    }

    /// Has texts go where a screen that asks for them says. Those that are being added stay where
    /// they go.
    pub(crate) fn aim_from_screen(self, into: Option<ProjectId>) {
        if !self.import.is_adding() && self.import.target.get_untracked() != into {
            self.aim(into);
        }
    }

    /// Asks for more texts for the open project. False when none is open.
    pub(crate) fn ask_for_texts(self) -> bool {
        let Some(project) = self.work.project_id() else { return false };
        self.aim_from_screen(Some(project.clone()));
        self.import.is_open.set(true);
        if self.route.read_untracked().screen != Screen::Annotate {
            self.go(Route::of(Screen::Annotate, &project));
        }
        true
    }

    /// Whether the screen asks for texts in place of the text in front. Tracked.
    pub(crate) fn asks_for_texts(self) -> bool {
        let import = self.import;
        let is_adding = || import.running.read().is_some_and(|it| it.doing == Doing::Adding);
        let here = self.work.project.read().as_ref().map(|it| it.id.clone());
        import.is_open.get() || is_adding() && here.is_some() && *import.target.read() == here
    }

    /// Has the text in front again. Texts that are being added still come in.
    pub(crate) fn stop_asking_for_texts(self) {
        let import = self.import;
        if import.is_open.get_untracked() && !import.is_adding() {
            self.cancel_import();
        }
        import.is_open.set(false);
    }

    /// Puts the files away, or gives up what is being done with them.
    pub(crate) fn cancel_import(self) {
        let import = self.import;
        if import.is_adding() {
            // They are added as a whole or not at all; which of the two, the worker says.
            if let Some(call) = import.call.get_value() {
                import.running.update(|it| {
                    if let Some(running) = it {
                        running.is_ending = true;
                    }
                });
                drop(self.workers().io.call(IoRequest::Cancel(call), Vec::new()));
            }
            return;
        }
        self.give_call_up();
        import.failed.set(None);
        import.put_away();
    }

    /// Adds the texts, as the preview showed them.
    pub(crate) fn add_texts(self) {
        let import = self.import;
        let Some(preview) = import.preview.get_untracked() else { return };
        let Some(brought) = import.brought.get_untracked() else { return };
        if import.running.read_untracked().is_some() {
            return;
        }
        let target = match import.target.get_untracked() {
            Some(id) => ImportTarget::Existing(id),
            None => ImportTarget::New {
                id: browser::new_project_id(),
                name: import.name.get_untracked().trim().to_owned(),
            },
        };
        let accept_marked = import.accept_marked.get_untracked();
        let options = ReadOptions { accept_marked, ..preview.options.clone() };
        let files = brought.files.clone();
        self.keep_what_is_stored();
        browser::spawn(self.add(files, options, target));
    }

    /// Makes a project of the sample that comes with the page, and opens it.
    pub(crate) fn add_sample(self) {
        let import = self.import;
        if import.running.read_untracked().is_some() {
            return;
        }
        self.cancel_import();
        self.keep_what_is_stored();
        let (url, name) = SAMPLE;
        browser::spawn(async move {
            let Some(blob) = browser::fetch(url).await else {
                let why = "The sample could not be loaded. Check the connection and try again.";
                return import.failed.set(Some(why.to_owned()));
            };
            let file = url.rsplit('/').next().unwrap_or(url).to_owned();
            let files = vec![FileInfo { name: file, bytes: blob.size() as u64 }];
            import.brought.set(Some(Arc::new(Brought::new(files.clone()))));
            import.blobs.set_value(vec![blob]);
            let options =
                ReadOptions { format: Some(ReadFormat::Nerine), ..ReadOptions::default() };
            let target = ImportTarget::New { id: browser::new_project_id(), name: name.to_owned() };
            self.add(files, options, target).await;
        });
    }

    async fn add(self, files: Vec<FileInfo>, options: ReadOptions, target: ImportTarget) {
        let import = self.import;
        import.failed.set(None);
        import.added.set(None);
        // The texts' numbers are the worker's to give while this tab is the one that writes. A
        // project that is being made lies in the trash, which another tab would empty.
        let lock = match &target {
            ImportTarget::Existing(id) => self.lock_for_import(id).await,
            ImportTarget::New { id, .. } => Ok(Some(browser::lock(&import_lock(id)).await)),
        };
        let lock = match lock {
            Ok(lock) => lock,
            Err(why) => return import.failed.set(Some(why)),
        };
        let running = Running::new(Doing::Adding, files.iter().map(|it| it.bytes).sum());
        let is_sample = import.preview.read_untracked().is_none();
        let now_ms = browser::now_ms();
        let request = IoRequest::Import { files, options, target: target.clone(), now_ms };
        let outcome = self.follow(request, import.blobs.get_value(), running).await;
        if let Outcome::Failed(_) = outcome {
            self.clear_rest(&target).await;
        }
        drop(lock);
        match outcome {
            Outcome::Done(IoReply::Imported { project, docs, warnings }) => {
                import.put_away();
                if is_sample && let Some(store) = self.store() {
                    // The sample is as old as the page; this copy is new.
                    let now = browser::now_ms();
                    let dated = store.update_project(&project, move |it| {
                        it.created_ms = now;
                        it.changed_ms = now;
                    });
                    if let Err(error) = dated.await {
                        import.failed.set(Some(sentence(&error)));
                    }
                }
                self.show_added(project, docs, warnings).await;
            }
            Outcome::Done(_) | Outcome::Dropped => {}
            Outcome::Cancelled => {
                if is_sample {
                    import.put_away();
                }
                self.say("Cancelled. Nothing was added.");
            }
            Outcome::Failed(why) => {
                if is_sample {
                    import.put_away();
                }
                import.failed.set(Some(format!("{why} Nothing was added.")));
            }
        }
    }

    /// Clears away what an import left that its worker did not end itself.
    async fn clear_rest(self, target: &ImportTarget) {
        let Some(store) = self.store() else { return };
        // What stays is not seen: it is cleared when the page is opened, or texts are added, again.
        let _cleared = match target {
            ImportTarget::New { id, .. } => store.delete_project(id).await,
            ImportTarget::Existing(id) => store.discard_staged(id).await,
        };
    }

    /// Takes the right to write in a project that is not open here.
    async fn lock_for_import(self, id: &ProjectId) -> Result<Option<browser::Lock>, String> {
        let elsewhere =
            "This project is open in another tab. Close it there, then add the texts here.";
        if self.work.project_id().as_ref() == Some(id) {
            return match self.work.is_writable.get_untracked() {
                true => Ok(None),
                false => Err(elsewhere.to_owned()),
            };
        }
        match browser::lock(&format!("nerine:write:{}", id.0)).await {
            browser::Lock::Taken => Err(elsewhere.to_owned()),
            lock => Ok(Some(lock)),
        }
    }

    /// Says what came in, and opens it.
    async fn show_added(self, project: ProjectId, docs: u32, warnings: Warnings) {
        self.refresh_projects().await;
        let projects = self.projects.get_untracked().unwrap_or_default();
        let record = projects.iter().find(|it| it.id == project);
        let name = record.map(|it| it.name.clone()).unwrap_or_default();
        let first = record.map_or(0, |it| it.counts.docs.saturating_sub(docs));
        let added = Added { project: project.clone(), name, docs, warnings };
        self.say(added.sentence());
        self.import.added.set(Some(Arc::new(added)));
        if self.work.project_id().as_ref() == Some(&project) {
            if let Err(error) = self.take_in_new_texts(&project, first).await {
                self.say(sentence(&error));
            }
            if 0 < docs {
                self.show_doc(DocNumber(first));
                // What learns along read the texts there were when it began.
                self.stop_following();
                self.follow_along();
            }
        } else {
            self.go(Route::of(Screen::Annotate, &project));
        }
    }

    /// Shows the texts from number `first` on, which were just added to the open project.
    async fn take_in_new_texts(self, project: &ProjectId, first: u32) -> Result<(), StoreError> {
        let work = self.work;
        let Some(store) = self.store() else { return Ok(()) };
        let record = store.project(project).await?;
        let heads = store.heads(project).await?;
        let n = (heads.len() as u32).saturating_sub(first);
        let records = store.annotations(project, DocNumber(first), n).await?;
        if work.project_id().as_ref() != Some(project) {
            return Ok(());
        }
        work.heads.set(Arc::new(heads));
        work.states.update(|states| {
            states.truncate(first as usize);
            states.extend(records.iter().map(|it| DocState::of(&it.annotation, 0)));
        });
        work.label_counts.update(|counts| {
            for mark in records.iter().flat_map(|it| &it.annotation.marks) {
                *counts.entry(mark.span.label().clone()).or_insert(0) += 1;
            }
        });
        work.project.set(Some(record));
        Ok(())
    }

    /// Sends a call and shows how far it is, until it is answered or another takes its place.
    async fn follow(self, request: IoRequest, blobs: Vec<Blob>, running: Running) -> Outcome {
        let import = self.import;
        import.turn.update_value(|it| *it += 1);
        let turn = import.turn.get_value();
        let mut replies = self.workers().io.call(request, blobs);
        import.call.set_value(Some(replies.id()));
        import.running.set(Some(running));
        let outcome = loop {
            let answer = replies.next().await;
            if import.turn.get_value() != turn {
                return Outcome::Dropped;
            }
            match answer {
                Some(Ok((IoReply::Progress { done, total, docs }, _))) => {
                    let now = import.running.get_untracked();
                    if let Some(later) = now.and_then(|it| it.advanced(done, total, docs)) {
                        import.running.set(Some(later));
                    }
                }
                Some(Ok((IoReply::Cancelled, _))) => break Outcome::Cancelled,
                Some(Ok((IoReply::Failed { why }, _))) => break Outcome::Failed(why),
                Some(Ok((reply, _))) => break Outcome::Done(reply),
                Some(Err(fault)) => break Outcome::Failed(sentence(&fault)),
                None => break Outcome::Failed("The call was not answered. Try again.".to_owned()),
            }
        };
        import.call.set_value(None);
        import.running.set(None);
        outcome
    }

    /// Has a call that still runs given up; its replies are dropped.
    fn give_call_up(self) {
        let import = self.import;
        import.turn.update_value(|it| *it += 1);
        if let Some(call) = import.call.get_value() {
            import.call.set_value(None);
            drop(self.workers().io.call(IoRequest::Cancel(call), Vec::new()));
        }
        import.running.set(None);
    }
}
