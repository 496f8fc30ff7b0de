use serde::{Deserialize, Serialize};

use crate::Change;

/// One line of a project's journal. The journal only grows: an undo is a line of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the journal, from 0.
    pub seq: u64,
    /// The text's number in the project.
    pub doc: u32,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Whether something was done, undone or redone.
    pub step: Step,
    /// What it did to the text.
    pub change: Change,
}

/// Why a journal line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Somebody edited.
    Do,
    /// Somebody took the edit of this number back.
    Undo(u64),
    /// Somebody did the edit of this number again after all.
    Redo(u64),
    /// Somebody edited in one go with the edit of this number, the first of them: they are undone
    /// together.
    With(u64),
}

impl Entry {
    /// The number of the first edit of those that were made in one go.
    fn first(&self) -> u64 {
        match self.step {
            Step::With(first) => first,
            Step::Do | Step::Undo(_) | Step::Redo(_) => self.seq,
        }
    }
}

/// What can be undone and redone, across texts and reloads.
#[derive(Clone, Debug, Default)]
pub struct History {
    next_seq: u64,
    done: Vec<Entry>,
    undone: Vec<Entry>,
}

impl History {
    /// The history that a journal tells.
    pub fn replay(journal: impl IntoIterator<Item = Entry>) -> Self {
        let mut history = Self::default();
        for entry in journal {
            history.record(&entry);
        }
        history
    }

    /// Takes over a line that has been stored.
    pub fn record(&mut self, entry: &Entry) {
        self.next_seq = self.next_seq.max(entry.seq + 1);
        match entry.step {
            Step::Do | Step::With(_) => {
                self.undone.clear();
                self.done.push(entry.clone());
            }
            Step::Undo(seq) => self.undone.extend(pop(&mut self.done, seq)),
            Step::Redo(seq) => self.done.extend(pop(&mut self.undone, seq)),
        }
    }

    /// The number of the next journal line. It grows with every edit.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The journal line for a new edit of text number `doc`.
    pub fn entry(&self, doc: u32, change: Change, now_ms: u64) -> Entry {
        Entry { seq: self.next_seq, doc, at_ms: now_ms, step: Step::Do, change }
    }

    /// The journal lines for edits that are made in one go, each of a text's number and what it
    /// does to the text as the edits before it leave it.
    pub fn entries(
        &self,
        changes: impl IntoIterator<Item = (u32, Change)>,
        now_ms: u64,
    ) -> Vec<Entry> {
        let line = |(seq, (doc, change))| {
            let step = if seq == self.next_seq { Step::Do } else { Step::With(self.next_seq) };
            Entry { seq, doc, at_ms: now_ms, step, change }
        };
        (self.next_seq..).zip(changes).map(line).collect()
    }

    /// The journal lines that take back the last edit, or all that were made in one go, the last
    /// first. Empty when nothing is left to undo.
    pub fn undo(&self, now_ms: u64) -> Vec<Entry> {
        self.lines(&self.done, now_ms, |it| (Step::Undo(it.seq), it.change.inverse()))
    }

    /// The journal lines that do again what was undone last. Empty when there is nothing.
    pub fn redo(&self, now_ms: u64) -> Vec<Entry> {
        self.lines(&self.undone, now_ms, |it| (Step::Redo(it.seq), it.change.clone()))
    }

    /// A line for each edit at the end of `stack` that was made in one go with the last.
    fn lines(
        &self,
        stack: &[Entry],
        now_ms: u64,
        step: impl Fn(&Entry) -> (Step, Change),
    ) -> Vec<Entry> {
        let first = stack.last().map(Entry::first);
        let together = stack.iter().rev().take_while(|it| Some(it.first()) == first);
        let line = |(seq, old): (u64, &Entry)| {
            let (step, change) = step(old);
            Entry { seq, doc: old.doc, at_ms: now_ms, step, change }
        };
        (self.next_seq..).zip(together).map(line).collect()
    }

    /// How many edits can be undone.
    pub fn len(&self) -> usize {
        self.done.len()
    }

    /// Whether nothing can be undone.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }
}

fn pop(stack: &mut Vec<Entry>, seq: u64) -> Option<Entry> {
    match stack.last() {
        Some(entry) if entry.seq == seq => stack.pop(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use corpus::{Annotation, Answer};

    use super::*;

    fn answer(before: Option<Answer>, after: Option<Answer>) -> Change {
        Change { answer: Some((before, after)), ..Change::default() }
    }

    #[test]
    fn undo_and_redo_survive_a_reload() {
        let mut journal = Vec::new();
        let mut history = History::default();
        let write = |history: &mut History, journal: &mut Vec<Entry>, entry: Entry| {
            history.record(&entry);
            journal.push(entry);
        };
        let accept = history.entry(3, answer(None, Some(Answer::Accept)), 1);
        write(&mut history, &mut journal, accept);
        let reject = history.entry(4, answer(None, Some(Answer::Reject)), 2);
        write(&mut history, &mut journal, reject);
        let [undo] = history.undo(3).try_into().unwrap();
        write(&mut history, &mut journal, undo);

        let mut reloaded = History::replay(journal.clone());
        let [undo] = reloaded.undo(4).try_into().unwrap();
        assert_eq!((undo.doc, undo.seq, undo.step), (3, 3, Step::Undo(0)));
        let [redo] = reloaded.redo(4).try_into().unwrap();
        assert_eq!((redo.doc, redo.step), (4, Step::Redo(1)));
        let mut doc = Annotation::default();
        redo.change.apply(&mut doc);
        assert_eq!(doc.answer, Some(Answer::Reject));

        reloaded.record(&redo);
        assert_eq!(reloaded.len(), 2);
        let new = reloaded.entry(5, answer(None, Some(Answer::Ignore)), 5);
        reloaded.record(&new);
        assert!(reloaded.redo(6).is_empty(), "a new edit forgets what was undone");
    }

    #[test]
    fn what_was_done_in_one_go_is_undone_in_one_go() {
        let accept = || answer(None, Some(Answer::Accept));
        let mut history = History::default();
        let mut journal = Vec::new();
        let mut write = |history: &mut History, entries: Vec<Entry>| {
            for entry in entries {
                history.record(&entry);
                journal.push(entry);
            }
        };
        let before = history.entry(7, accept(), 1);
        write(&mut history, vec![before]);
        let together = history.entries([(1, accept()), (2, accept()), (4, accept())], 2);
        assert_eq!(together.iter().map(|it| it.seq).collect::<Vec<_>>(), [1, 2, 3]);
        write(&mut history, together);

        let docs = |entries: &[Entry]| entries.iter().map(|it| it.doc).collect::<Vec<_>>();
        let undo = history.undo(3);
        assert_eq!(docs(&undo), [4, 2, 1]);
        // A page that was closed in between goes on where it stopped.
        write(&mut history, undo[..1].to_vec());
        assert_eq!(docs(&history.undo(3)), [2, 1]);
        let rest = history.undo(3);
        write(&mut history, rest);
        assert_eq!(docs(&history.undo(4)), [7]);
        let redo = history.redo(4);
        assert_eq!(docs(&redo), [1, 2, 4]);
        write(&mut history, redo);
        assert_eq!(docs(&history.undo(5)), [4, 2, 1]);
        assert_eq!(docs(&History::replay(journal).undo(5)), [4, 2, 1]);
    }
}
