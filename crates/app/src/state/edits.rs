//! Every change of a text: planned, shown at once, written in order, and said to be saved only
//! when it is on disk.

use annotate::{Change, Edit, Entry, Rules, Step, Suggestion, visible};
use corpus::{Answer, Label};
use leptos::prelude::*;
use project::{DocNumber, ProjectId};
use storage::{Store, StoreError};

use super::{App, DocState, Focus, Order, sentence};
use crate::browser;
use crate::route::{Route, Screen};
use crate::words;

/// Whether what is on the screen is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// There is nothing to save.
    Nothing,
    /// It is being written.
    Saving,
    /// It is on disk since then.
    OnDevice { at_ms: u64 },
    /// It is not, and why.
    Not { why: String },
}

impl App {
    /// Makes an edit of the text in front. True when it changed something.
    pub(crate) fn edit(self, edit: Edit) -> bool {
        let work = self.work;
        let Some(text) = work.text.get_untracked() else { return false };
        if !self.may_write() {
            return false;
        }
        let overlaps_allowed =
            work.project.read_untracked().as_ref().is_some_and(|it| it.overlaps_allowed);
        let now = browser::now_ms();
        let rules = Rules { overlaps_allowed };
        let planned = edit.plan(text.text(), &work.annotation.read_untracked(), rules, now);
        match planned {
            Ok(change) if change.is_empty() => false,
            Ok(change) => {
                self.make(text.number, change, now);
                true
            }
            Err(error) => {
                self.say(sentence(&error));
                false
            }
        }
    }

    pub(super) fn may_write(self) -> bool {
        let is_writable = self.work.is_writable.get_untracked();
        if !is_writable {
            self.say("This project is open in another tab. You can read here, and write there.");
        }
        is_writable
    }

    fn make(self, doc: DocNumber, change: Change, now_ms: u64) {
        let entry = self.work.history.read_value().entry(doc.0, change, now_ms);
        self.put(entry);
    }

    /// Marks a stretch of the text in front and puts the focus on the mark.
    pub(crate) fn mark(self, start: u32, end: u32, label: Label) {
        let made = self.edit(Edit::Annotate { start, end, label: label.clone() });
        if made && let Ok(span) = corpus::Span::new(start, end, label) {
            self.work.selection.set(None);
            self.work.caret.set(end);
            self.work.anchor.set(end);
            self.work.focus.set(Some(Focus::Mark(span)));
        }
    }

    /// Answers the text in front and goes on to the next that is to do.
    pub(crate) fn answer(self, answer: Answer) {
        let work = self.work;
        let Some(doc) = work.text.read_untracked().as_ref().map(|it| it.number) else { return };
        let taking = match answer {
            Answer::Accept => work.open_suggestions.get_untracked(),
            Answer::Reject | Answer::Ignore => Vec::new(),
        };
        let edit = Edit::Answer { answer, taking, model: self.suggesting_name() };
        let changed = self.edit(edit);
        if !changed && !work.is_writable.get_untracked() {
            return;
        }
        let next = self.next_in_queue().or_else(|| self.next_to_do(doc, 1));
        let said = match answer {
            Answer::Accept => "Accepted",
            Answer::Reject => "Rejected",
            Answer::Ignore => "Ignored",
        };
        let said = format!("{said} text {}.", words::count(doc.0 + 1));
        match next {
            Some(next) => {
                self.say_with_undo(said);
                self.show_doc(next);
            }
            None => self.say_with_undo(format!("{said} That was the last one to do.")),
        }
    }

    /// Says that nobody has looked at what is selected, or at the rest of the text behind the caret;
    /// or, where that was said before, that somebody has.
    pub(crate) fn leave_unread(self) {
        let work = self.work;
        let Some(open) = work.text.get_untracked() else { return };
        let unread = work.annotation.with_untracked(|it| it.unread.clone());
        let caret = work.caret.get_untracked();
        let here = unread.iter().find(|it| it.0 <= caret && caret < it.1);
        let (stretch, is_read) = match (work.selection.get_untracked(), here) {
            (Some(it), _) => (it, unread.covers(it.0, it.1)),
            (None, Some(it)) => (it, true),
            (None, None) => ((caret, open.text().len() as u32), false),
        };
        let (start, end) = stretch;
        if end <= start {
            return self
                .say("Nothing is left of this text. Put the caret where you stopped reading.");
        }
        if self.edit(Edit::Look { start, end, is_read }) {
            work.selection.set(None);
            self.say_with_undo(match is_read {
                true => "Read: what is not marked there is no entity.",
                false => "Unread: nothing is learned from there but its marks.",
            });
        }
    }

    /// Says that somebody has looked at all of the text in front.
    pub(crate) fn read_all(self) {
        let Some(open) = self.work.text.get_untracked() else { return };
        let end = open.text().len() as u32;
        if self.edit(Edit::Look { start: 0, end, is_read: true }) {
            self.say_with_undo("All of this text counts as read.");
        }
    }

    /// Takes suggestions of the text in front.
    pub(crate) fn take(self, suggestions: Vec<Suggestion>) {
        let model = self.suggesting_name();
        self.edit(Edit::Take { suggestions, model });
    }

    /// The name of the model whose suggestions are shown.
    fn suggesting_name(self) -> String {
        let work = self.work;
        let run = work.project.read_untracked().as_ref().and_then(|it| it.suggesting);
        let runs = work.runs.read_untracked();
        let name = runs.iter().find(|it| Some(it.id) == run).map(|it| it.name.clone());
        name.unwrap_or_else(|| "nerine".to_owned())
    }

    /// The text that is worth most now, where the list is in that order.
    fn next_in_queue(self) -> Option<DocNumber> {
        let work = self.work;
        if work.order.get_untracked() != Order::WorthMost {
            return None;
        }
        let (listed, states) = (work.listed.get_untracked(), work.states.read_untracked());
        listed.iter().copied().find(|it| states[it.0 as usize].answer.is_none())
    }

    /// The next text without an answer in the list, forwards or backwards from `doc`.
    pub(crate) fn next_to_do(self, doc: DocNumber, step: i32) -> Option<DocNumber> {
        let work = self.work;
        let listed = work.listed.get_untracked();
        let states = work.states.read_untracked();
        let to_do = |it: &DocNumber| *it != doc && states[it.0 as usize].answer.is_none();
        let at = listed.iter().position(|it| *it == doc);
        // A text that just left the list is looked for by its number.
        let at = at.unwrap_or_else(|| listed.partition_point(|it| it.0 < doc.0));
        let (before, behind) = listed.split_at(at.min(listed.len()));
        let forwards = || behind.iter().chain(before).copied();
        let next = match step {
            1.. => forwards().find(to_do),
            _ => before.iter().rev().chain(behind.iter().rev()).copied().find(to_do),
        };
        let any = || (0..states.len() as u32).map(DocNumber).find(to_do);
        next.or_else(any)
    }

    /// The text before or behind `doc` in the list.
    pub(crate) fn neighbour(self, doc: DocNumber, step: i32) -> Option<DocNumber> {
        let listed = self.work.listed.get_untracked();
        let at = listed.iter().position(|it| *it == doc)?;
        listed.get(at.checked_add_signed(step as isize)?).copied()
    }

    /// Goes to a text of the open project.
    pub(crate) fn show_doc(self, doc: DocNumber) {
        if let Some(project) = self.work.project_id() {
            self.stop_asking_for_texts();
            self.open_doc(doc);
            self.go(Route::of(Screen::Annotate, &project).with_doc(doc));
        }
    }

    /// Takes the last edit back, in whatever text it was.
    pub(crate) fn undo(self) {
        let entries = self.work.history.read_value().undo(browser::now_ms());
        self.step_back(entries, "Undone", "Nothing to undo.");
    }

    /// Does the last undone edit again.
    pub(crate) fn redo(self) {
        let entries = self.work.history.read_value().redo(browser::now_ms());
        self.step_back(entries, "Done again", "Nothing to redo.");
    }

    fn step_back(self, entries: Vec<Entry>, what: &str, nothing: &str) {
        if !self.may_write() {
            return;
        }
        let Some(doc) = entries.first().map(|it| DocNumber(it.doc)) else {
            return self.say(nothing);
        };
        self.work.focus.set(None);
        let n_edits = entries.len() as u64;
        self.put_all(entries);
        match self.route.read_untracked().screen {
            // What became of the marks is seen there.
            Screen::Align => {
                self.say(format!("{what}: {}.", words::counted(n_edits, "edit", "edits")));
            }
            Screen::Projects
            | Screen::Annotate
            | Screen::Bases
            | Screen::Train
            | Screen::Compare
            | Screen::Export => {
                self.show_doc(doc);
            }
        }
    }

    /// Shows edits that were made in one go, and writes them.
    pub(super) fn put_all(self, entries: Vec<Entry>) {
        for entry in entries {
            self.put(entry);
        }
    }

    /// Shows an edit, and writes it.
    fn put(self, entry: Entry) {
        let work = self.work;
        work.history.update_value(|it| it.record(&entry));
        work.can_undo.set(!work.history.read_value().is_empty());
        let doc = entry.doc;
        if work.text.read_untracked().as_ref().is_some_and(|it| it.number.0 == doc) {
            work.annotation.update(|it| entry.change.apply(it));
        }
        work.cache.update_value(|cache| {
            if let Some(loaded) = cache.get_mut(&doc) {
                entry.change.apply(&mut loaded.record.annotation);
            }
        });
        self.refresh_state(doc);
        self.count_change(&entry);
        work.saved.set(Saved::Saving);
        work.pending.update_value(|it| it.push_back(entry));
        if !work.is_writing.get_value() {
            work.is_writing.set_value(true);
            browser::spawn(self.write_pending());
        }
    }

    /// Keeps the labels' counts and the pace of the work.
    fn count_change(self, entry: &Entry) {
        let work = self.work;
        let Change { added, removed, answer, .. } = &entry.change;
        if !added.is_empty() || !removed.is_empty() {
            work.label_counts.update(|counts| {
                for mark in added {
                    *counts.entry(mark.span.label().clone()).or_insert(0) += 1;
                }
                for mark in removed {
                    let count = counts.entry(mark.span.label().clone()).or_insert(0);
                    *count = count.saturating_sub(1);
                }
            });
        }
        if matches!((entry.step, answer), (Step::Do, Some((None, Some(_))))) {
            work.answered_ms.update_value(|it| it.push(entry.at_ms));
            work.secs_per_answer.set(work.answered_ms.with_value(|it| pace(it)));
        }
    }

    /// Counts a text's line in the list again, from what is on the screen.
    fn refresh_state(self, doc: u32) {
        let work = self.work;
        let overlaps = work.project.read_untracked().as_ref().is_some_and(|it| it.overlaps_allowed);
        let min_score = work.min_score.get_untracked();
        let state = work.cache.with_value(|cache| {
            let loaded = cache.get(&doc)?;
            let annotation = &loaded.record.annotation;
            let open = visible(&loaded.suggestions, annotation, min_score, overlaps).count();
            Some(DocState::of(annotation, open as u32))
        });
        if let Some(state) = state {
            work.states.update(|states| {
                if let Some(place) = states.get_mut(doc as usize) {
                    *place = state;
                }
            });
        }
    }

    /// Writes edits one after the other until there are none left.
    async fn write_pending(self) {
        let work = self.work;
        while let Some(entry) = work.pending.with_value(|it| it.front().cloned()) {
            let Some(project) = work.project_id() else { break };
            match self.write(&project, &entry).await {
                Ok(()) => work.pending.update_value(|it| drop(it.pop_front())),
                Err(StoreError::Conflict) => {
                    self.lose_to_another_tab(&project).await;
                    break;
                }
                Err(error @ StoreError::Missing { .. }) => {
                    // The project is gone, and they with it: nothing of them is saved.
                    work.pending.update_value(std::collections::VecDeque::clear);
                    work.saved.set(Saved::Nothing);
                    self.say(sentence(&error));
                }
                Err(error) => {
                    // What is on the screen stays in memory, and is tried again with the next
                    // edit.
                    work.saved.set(Saved::Not { why: sentence(&error) });
                    break;
                }
            }
        }
        if work.pending.with_value(std::collections::VecDeque::is_empty)
            && *work.saved.read_untracked() == Saved::Saving
        {
            work.saved.set(Saved::OnDevice { at_ms: browser::now_ms() });
        }
        work.is_writing.set_value(false);
        if !self.has_unsaved() && self.route.read_untracked().project.is_none() {
            self.close_project();
        }
    }

    /// Whether an edit is on the screen and not on disk. Its project stays open until it is.
    pub(crate) fn has_unsaved(self) -> bool {
        self.work.pending.with_value(|it| !it.is_empty())
    }

    /// Writes what is not on disk yet. True when all of it is.
    pub(super) async fn save_all(self) -> bool {
        self.save_again();
        while self.work.is_writing.get_value() {
            browser::sleep(10).await;
        }
        !self.has_unsaved()
    }

    /// Tries again to write what could not be written.
    pub(crate) fn save_again(self) {
        let work = self.work;
        if self.has_unsaved() && !work.is_writing.get_value() {
            work.saved.set(Saved::Saving);
            work.is_writing.set_value(true);
            browser::spawn(self.write_pending());
        }
    }

    async fn write(self, project: &ProjectId, entry: &Entry) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Err(StoreError::Blocked) };
        let kept =
            |doc: u32| self.work.cache.with_value(|it| it.get(&doc).map(|it| it.record.revision));
        let revision = match kept(entry.doc) {
            Some(revision) => revision,
            None => store.annotation(project, DocNumber(entry.doc)).await?.revision,
        };
        let done = store.commit(project, entry, revision).await?;
        self.work.cache.update_value(|cache| {
            if let Some(loaded) = cache.get_mut(&entry.doc) {
                loaded.record.revision = done.record.revision;
            }
        });
        if self.work.project_id().as_ref() == Some(project) {
            if kept(entry.doc).is_none() {
                let state = DocState::of(&done.record.annotation, 0);
                self.work.states.update(|it| {
                    if let Some(place) = it.get_mut(entry.doc as usize) {
                        *place = state;
                    }
                });
            }
            self.work.project.update(|it| {
                if let Some(record) = it {
                    record.counts = done.counts;
                    record.changed_ms = entry.at_ms;
                }
            });
            if entry.change.answer.is_some() || done.record.annotation.answer.is_some() {
                self.tell_companion(DocNumber(entry.doc));
            }
        }
        Ok(())
    }

    /// Forgets the texts that were read, and reads the one in front again.
    pub(super) fn read_front_again(self) {
        let work = self.work;
        let front = work.text.read_untracked().as_ref().map(|it| it.number);
        work.cache.update_value(std::collections::BTreeMap::clear);
        work.text.set(None);
        if let Some(doc) = front {
            self.open_doc(doc);
        }
    }

    /// Another tab wrote first: what it wrote is shown, what was not written here is dropped.
    async fn lose_to_another_tab(self, project: &ProjectId) {
        let work = self.work;
        work.pending.update_value(std::collections::VecDeque::clear);
        if let Some(store) = self.store()
            && let Ok(journal) = store.journal(project).await
        {
            work.history.set_value(annotate::History::replay(journal));
        }
        self.read_front_again();
        work.saved.set(Saved::OnDevice { at_ms: browser::now_ms() });
        self.say("This text was changed in another tab. Here is how it is now.");
    }
}

/// Seconds for an answer, from the times of the last of them. A pause of five minutes is no work.
fn pace(answered_ms: &[u64]) -> Option<f64> {
    const PAUSE_MS: u64 = 5 * 60 * 1000;
    let last = &answered_ms[answered_ms.len().saturating_sub(20)..];
    let gaps = last.windows(2).map(|it| it[1] - it[0]).filter(|it| *it < PAUSE_MS);
    let gaps: Vec<u64> = gaps.collect();
    let n = gaps.len();
    (2 <= n).then(|| gaps.iter().sum::<u64>() as f64 / 1000.0 / n as f64)
}
