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
            Step::Do => {
                self.undone.clear();
                self.done.push(entry.clone());
            }
            Step::Undo(seq) => self.undone.extend(pop(&mut self.done, seq)),
            Step::Redo(seq) => self.done.extend(pop(&mut self.undone, seq)),
        }
    }

    /// The journal line for a new edit of text number `doc`.
    pub fn entry(&self, doc: u32, change: Change, now_ms: u64) -> Entry {
        Entry { seq: self.next_seq, doc, at_ms: now_ms, step: Step::Do, change }
    }

    /// The journal line that takes the last edit back.
    pub fn undo(&self, now_ms: u64) -> Option<Entry> {
        let last = self.done.last()?;
        let change = last.change.inverse();
        let step = Step::Undo(last.seq);
        Some(Entry { seq: self.next_seq, doc: last.doc, at_ms: now_ms, step, change })
    }

    /// The journal line that does the last undone edit again.
    pub fn redo(&self, now_ms: u64) -> Option<Entry> {
        let last = self.undone.last()?;
        let change = last.change.clone();
        let step = Step::Redo(last.seq);
        Some(Entry { seq: self.next_seq, doc: last.doc, at_ms: now_ms, step, change })
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
        let undo = history.undo(3).unwrap();
        write(&mut history, &mut journal, undo);

        let mut reloaded = History::replay(journal.clone());
        let undo = reloaded.undo(4).unwrap();
        assert_eq!((undo.doc, undo.seq, undo.step), (3, 3, Step::Undo(0)));
        let redo = reloaded.redo(4).unwrap();
        assert_eq!((redo.doc, redo.step), (4, Step::Redo(1)));
        let mut doc = Annotation::default();
        redo.change.apply(&mut doc);
        assert_eq!(doc.answer, Some(Answer::Reject));

        reloaded.record(&redo);
        assert_eq!(reloaded.len(), 2);
        let new = reloaded.entry(5, answer(None, Some(Answer::Ignore)), 5);
        reloaded.record(&new);
        assert!(reloaded.redo(6).is_none(), "a new edit forgets what was undone");
    }
}
