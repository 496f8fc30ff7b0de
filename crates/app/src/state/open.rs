//! Opening a project and a text.

use std::sync::Arc;

use annotate::{Boundaries, History};
use corpus::offsets::{Ruler, Unit};
use corpus::{DocId, Meta};
use leptos::prelude::*;
use project::{DocNumber, ProjectId, TokensRecord};
use protocol::{IoReply, IoRequest};
use storage::{Store, StoreError};

use super::workspace::Loaded;
use super::{App, DocState, Saved, Workspace, sentence};
use crate::browser;
use crate::browser::Lock;

/// How many texts are read ahead.
const AHEAD: usize = 6;
/// How many texts are kept read.
const KEPT: usize = 48;
/// How many records are read at a time while a project is opened.
const BATCH: u32 = 2_000;

/// A text in front of somebody.
#[derive(Clone, Debug)]
pub(crate) struct OpenText {
    pub(crate) number: DocNumber,
    pub(crate) id: DocId,
    pub(crate) meta: Meta,
    pub(crate) ruler: Ruler<Arc<str>>,
}

impl PartialEq for OpenText {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && self.id == other.id
    }
}

impl OpenText {
    pub(crate) fn text(&self) -> &str {
        self.ruler.text()
    }

    /// A byte offset in the browser's unit.
    pub(crate) fn to_utf16(&self, at: u32) -> u32 {
        self.ruler.from_bytes(at, Unit::Utf16).unwrap_or_else(|| self.ruler.len(Unit::Utf16))
    }

    /// An offset of the browser in bytes; one inside a character moves to its start.
    pub(crate) fn to_bytes(&self, at: u32) -> u32 {
        let inside = || at.checked_sub(1).and_then(|at| self.ruler.to_bytes(at, Unit::Utf16));
        let found = self.ruler.to_bytes(at, Unit::Utf16).or_else(inside);
        found.unwrap_or_else(|| self.ruler.len(Unit::Bytes))
    }
}

impl App {
    /// Leaves the open project.
    pub(super) fn close_project(self) {
        let work = self.work;
        if work.project.read_untracked().is_none() {
            return;
        }
        if self.has_unsaved() {
            // It is closed when all is written. If that fails, it waits for whoever comes back.
            return self.save_again();
        }
        work.visit.update_value(|it| *it += 1);
        self.stop_following();
        self.comparing.forget();
        work.forget();
        browser::spawn(async move { self.refresh_projects().await });
    }

    /// Opens a project, unless it is open, and the text in front.
    pub(super) fn open_project(self, id: ProjectId, doc: Option<DocNumber>) {
        let work = self.work;
        if work.project_id().as_ref() == Some(&id) {
            self.save_again();
            match doc {
                Some(doc) => self.open_doc(doc),
                None => self.open_first(),
            }
            return;
        }
        let Some(_) = self.store() else { return };
        if self.has_unsaved() {
            return browser::spawn(self.leave_for(id, doc));
        }
        work.visit.update_value(|it| *it += 1);
        self.stop_following();
        self.comparing.forget();
        work.forget();
        browser::spawn(async move {
            if let Err(error) = self.read_project(id, doc).await {
                self.say(sentence(&error));
                self.go(crate::route::Route::HOME);
            }
        });
    }

    /// Opens another project once the edits of this one are on disk.
    async fn leave_for(self, id: ProjectId, doc: Option<DocNumber>) {
        if self.save_all().await {
            if self.route.read_untracked().project.as_ref() == Some(&id) {
                self.open_project(id, doc);
            }
            return;
        }
        let name = self.work.project.read_untracked().as_ref().map(|it| it.name.clone());
        let name = name.unwrap_or_default();
        let why = match self.work.saved.get_untracked() {
            Saved::Not { why } => why,
            Saved::Nothing | Saved::Saving | Saved::OnDevice { .. } => String::new(),
        };
        self.say(format!("Your last edits in “{name}” are not saved yet. {why}"));
        self.go(crate::route::Route::HOME);
    }

    async fn read_project(self, id: ProjectId, doc: Option<DocNumber>) -> Result<(), StoreError> {
        let work = self.work;
        let visit = work.visit.get_value();
        let Some(store) = self.store() else { return Ok(()) };
        let record = store.project(&id).await?;
        let lock = browser::lock(&format!("nerine:write:{}", id.0)).await;
        let heads = store.heads(&id).await?;
        let mut states = Vec::with_capacity(heads.len());
        let mut label_counts = std::collections::BTreeMap::new();
        for first in (0..heads.len() as u32).step_by(BATCH as usize) {
            let records = store.annotations(&id, DocNumber(first), BATCH).await?;
            states.extend(records.iter().map(|it| DocState::of(&it.annotation, 0)));
            for mark in records.iter().flat_map(|it| &it.annotation.marks) {
                *label_counts.entry(mark.span.label().clone()).or_insert(0) += 1;
            }
        }
        if work.visit.get_value() != visit {
            return Ok(());
        }
        work.is_writable.set(!matches!(lock, Lock::Taken));
        work.lock.set_value(Some(lock));
        work.heads.set(Arc::new(heads));
        work.states.set(states);
        work.label_counts.set(label_counts);
        // A project that came from a file may not say when it last changed.
        let at_ms = if record.changed_ms == 0 { browser::now_ms() } else { record.changed_ms };
        work.saved.set(Saved::OnDevice { at_ms });
        work.project.set(Some(record));
        match doc {
            Some(doc) => self.open_doc(doc),
            None => self.open_first(),
        }
        work.runs.set(super::training::own(store.runs(&id).await?));
        self.look_for_experiments(&id).await?;
        let journal = store.journal(&id).await?;
        if work.visit.get_value() == visit {
            // Edits made since the project came up are in the journal's future, not in it.
            let made = work.history.get_value();
            if made.is_empty() {
                work.history.set_value(History::replay(journal));
                work.can_undo.set(!work.history.read_value().is_empty());
            }
        }
        self.count_suggestions().await?;
        if work.visit.get_value() == visit {
            self.follow_along();
        }
        Ok(())
    }

    /// Opens the text that was last in front, else the first that is to do.
    fn open_first(self) {
        if self.work.text.read_untracked().is_some() {
            return;
        }
        let states = self.work.states.read_untracked();
        let first = states.iter().position(|it| it.answer.is_none()).unwrap_or(0);
        let is_empty = states.is_empty();
        drop(states);
        if !is_empty {
            self.open_doc(DocNumber(first as u32));
        }
    }

    /// Puts a text in front.
    pub(crate) fn open_doc(self, doc: DocNumber) {
        let work = self.work;
        if work.states.read_untracked().len() <= doc.0 as usize {
            return;
        }
        if work.text.read_untracked().as_ref().is_some_and(|it| it.number == doc) {
            return self.read_ahead(doc);
        }
        if let Some(loaded) = work.cache.with_value(|it| it.get(&doc.0).cloned()) {
            work.show(loaded);
            return self.read_ahead(doc);
        }
        let visit = work.visit.get_value();
        browser::spawn(async move {
            match self.read_doc(doc).await {
                Ok(loaded) if work.visit.get_value() == visit => {
                    work.keep(&loaded);
                    work.show(loaded);
                    self.read_ahead(doc);
                }
                Ok(_) => {}
                Err(error) => self.say(sentence(&error)),
            }
        });
    }

    async fn read_doc(self, doc: DocNumber) -> Result<Loaded, StoreError> {
        let missing = || StoreError::Missing { what: "the project".to_owned() };
        let store = self.store().ok_or_else(missing)?;
        let project = self.work.project_id().ok_or_else(missing)?;
        let base = self.base();
        let text = store.text(&project, doc).await?;
        let record = store.annotation(&project, doc).await?;
        let suggestions = store.suggestions(&project, doc, 1).await?;
        let tokens = store.tokens(&project, &base, &[doc]).await?.pop().flatten();
        let suggestions = suggestions.into_iter().next().filter(|(number, _)| *number == doc);
        // The base may be another one by now.
        let tokens = tokens.filter(|_| self.base() == base);
        let boundaries = tokens.map(|it| boundaries(&text.text, &it));
        let ruler = Ruler::new(Arc::from(text.text));
        let open = OpenText { number: doc, id: text.id, meta: text.meta, ruler };
        Ok(Loaded {
            text: Arc::new(open),
            record,
            suggestions: suggestions.map(|(_, it)| it.suggestions).unwrap_or_default(),
            boundaries,
        })
    }

    /// The name of the base whose tokens count in the open project.
    pub(crate) fn base(self) -> String {
        let project = self.work.project.read_untracked();
        project.as_ref().map_or_else(|| "blank:en".to_owned(), |it| it.base.clone())
    }

    /// Reads the texts that will be wanted next, and has their tokens made.
    pub(super) fn read_ahead(self, doc: DocNumber) {
        let work = self.work;
        let visit = work.visit.get_value();
        let listed = work.listed.get_untracked();
        let at = listed.iter().position(|it| *it == doc).unwrap_or(0);
        let mut wanted: Vec<DocNumber> = vec![doc];
        wanted.extend(listed.iter().copied().cycle().skip(at + 1).take(AHEAD.min(listed.len())));
        wanted.dedup();
        browser::spawn(async move {
            for doc in &wanted {
                let is_kept = work.cache.with_value(|it| it.contains_key(&doc.0));
                if !is_kept && let Ok(loaded) = self.read_doc(*doc).await {
                    if work.visit.get_value() != visit {
                        return;
                    }
                    work.keep(&loaded);
                }
            }
            self.make_tokens(wanted, visit).await;
        });
    }

    /// Has `io_worker` make the tokens that nobody made yet. Until they are there, a selection
    /// snaps to Unicode words.
    async fn make_tokens(self, mut docs: Vec<DocNumber>, visit: u32) {
        let work = self.work;
        let has = |doc: &DocNumber| {
            work.cache.with_value(|it| it.get(&doc.0).is_some_and(|it| it.boundaries.is_some()))
        };
        docs.retain(|doc| !has(doc));
        let Some(project) = work.project_id().filter(|_| !docs.is_empty()) else { return };
        let base = self.base();
        let request = IoRequest::Tokens { project, base: base.clone(), docs };
        let Ok((IoReply::Tokens(made), _)) = self.workers().io.ask(request, Vec::new()).await
        else {
            return;
        };
        if work.visit.get_value() != visit || self.base() != base {
            return;
        }
        for (doc, tokens) in made {
            let Some(loaded) = work.cache.with_value(|it| it.get(&doc.0).cloned()) else {
                continue;
            };
            let made = boundaries(loaded.text.text(), &TokensRecord { tokens });
            let loaded = Loaded { boundaries: Some(made.clone()), ..loaded };
            work.keep(&loaded);
            if work.doc_untracked() == Some(doc) {
                work.boundaries.set(made);
                work.has_tokens.set(true);
            }
        }
    }
}

fn boundaries(text: &str, record: &TokensRecord) -> Arc<Boundaries> {
    Arc::new(Boundaries::of_tokens(text, &record.tokens))
}

impl Workspace {
    fn doc_untracked(self) -> Option<DocNumber> {
        self.text.read_untracked().as_ref().map(|it| it.number)
    }

    /// Keeps a text read, and forgets the one that lies farthest away when there are too many.
    fn keep(self, loaded: &Loaded) {
        let at = loaded.text.number.0;
        let front = self.doc_untracked();
        self.cache.update_value(|cache| {
            cache.insert(at, loaded.clone());
            while KEPT < cache.len() {
                let far = |it: &u32| it.abs_diff(at);
                let away = |it: &&u32| Some(DocNumber(**it)) != front;
                let Some(farthest) = cache.keys().filter(away).copied().max_by_key(far) else {
                    return;
                };
                cache.remove(&farthest);
            }
        });
    }

    fn show(self, loaded: Loaded) {
        let has_tokens = loaded.boundaries.is_some();
        let words = || Arc::new(Boundaries::of_unicode_words(loaded.text.text()));
        let boundaries = loaded.boundaries.clone().unwrap_or_else(words);
        self.clear_place();
        self.caret.set(0);
        self.anchor.set(0);
        self.annotation.set(loaded.record.annotation);
        self.suggestions.set(loaded.suggestions);
        self.boundaries.set(boundaries);
        self.has_tokens.set(has_tokens);
        self.text.set(Some(loaded.text));
    }

    fn forget(self) {
        self.project.set(None);
        self.text.set(None);
        self.clear_place();
        self.pinned.set(None);
        self.annotation.set(corpus::Annotation::default());
        self.suggestions.set(Vec::new());
        self.heads.set(Arc::default());
        self.states.set(Vec::new());
        self.runs.set(Vec::new());
        self.label_counts.set(std::collections::BTreeMap::new());
        self.secs_per_answer.set(None);
        self.answered_ms.set_value(Vec::new());
        self.query.set(String::new());
        self.found.set(None);
        self.filter.set(super::Filter::All);
        self.order.set(super::Order::Imported);
        self.chose_order.set_value(false);
        self.history.set_value(History::default());
        self.can_undo.set(false);
        self.cache.set_value(std::collections::BTreeMap::new());
        self.lock.set_value(None);
        self.saved.set(Saved::Nothing);
    }
}
