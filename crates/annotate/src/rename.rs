use corpus::{Annotation, Label, Mark, Span};

use crate::{Change, Entry, Suggestion};

/// A label gets another name, wherever a project speaks of it: in marks, in what was refused, in
/// what can be undone, and in what is suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    /// The name it had.
    pub from: Label,
    /// The name it gets.
    pub to: Label,
}

impl Renaming {
    /// Renames in what was decided about a text. True when it spoke of the label.
    pub fn annotation(&self, annotation: &mut Annotation) -> bool {
        let is_changed = self.marks(&mut annotation.marks) | self.spans(&mut annotation.refused);
        if is_changed {
            annotation.marks.sort();
            annotation.refused.sort();
            annotation.refused.dedup();
        }
        is_changed
    }

    /// Renames in a line of the journal, so that undo and redo find the marks again. True when it
    /// spoke of the label.
    pub fn entry(&self, entry: &mut Entry) -> bool {
        let Change { removed, added, unrefused, refused, answer: _, flag: _, unread: _ } =
            &mut entry.change;
        let marks = self.marks(removed) | self.marks(added);
        marks | self.spans(unrefused) | self.spans(refused)
    }

    /// Renames in what a model proposes for a text. True when it spoke of the label.
    pub fn suggestions(&self, suggestions: &mut [Suggestion]) -> bool {
        let mut is_changed = false;
        for suggestion in suggestions.iter_mut() {
            is_changed |= self.span(&mut suggestion.span);
        }
        if is_changed {
            suggestions.sort_by(|a, b| a.span.cmp(&b.span));
        }
        is_changed
    }

    fn marks(&self, marks: &mut [Mark]) -> bool {
        marks.iter_mut().fold(false, |is_changed, it| self.span(&mut it.span) | is_changed)
    }

    fn spans(&self, spans: &mut [Span]) -> bool {
        spans.iter_mut().fold(false, |is_changed, it| self.span(it) | is_changed)
    }

    fn span(&self, span: &mut Span) -> bool {
        let is_it = *span.label() == self.from;
        if is_it {
            *span = span.clone().with_label(self.to.clone());
        }
        is_it
    }
}

#[cfg(test)]
mod tests {
    use corpus::Origin;

    use super::*;
    use crate::{Edit, History, Rules};

    fn label(name: &str) -> Label {
        Label::new(name).unwrap()
    }

    fn span(start: u32, end: u32, name: &str) -> Span {
        Span::new(start, end, label(name)).unwrap()
    }

    #[test]
    fn what_was_done_before_can_be_undone_after() {
        let text = "Zinc binds to tin.";
        let mut annotation = Annotation::default();
        let mut history = History::default();
        let mut journal = Vec::new();
        let edits = [
            Edit::Annotate { start: 0, end: 4, label: label("Metal") },
            Edit::Annotate { start: 14, end: 17, label: label("Zeta") },
            Edit::Relabel { span: span(0, 4, "Metal"), label: label("Zeta") },
            Edit::Refuse(vec![span(5, 10, "Metal")]),
        ];
        for edit in edits {
            let change = edit.plan(text, &annotation, Rules::default(), 1).unwrap();
            change.apply(&mut annotation);
            let entry = history.entry(0, change, 1);
            history.record(&entry);
            journal.push(entry);
        }

        let renaming = Renaming { from: label("Metal"), to: label("zinc or tin") };
        assert!(renaming.annotation(&mut annotation));
        assert_eq!(annotation.refused, [span(5, 10, "zinc or tin")]);
        let changed: Vec<_> = journal.iter_mut().map(|it| renaming.entry(it)).collect();
        assert_eq!(changed, [true, false, true, true]);
        assert!(!renaming.annotation(&mut annotation), "nothing has the old name");

        let mut history = History::replay(journal);
        while let Some(entry) = history.undo(2).pop() {
            entry.change.apply(&mut annotation);
            history.record(&entry);
            let names = annotation.marks.iter().map(|it| it.span.label().as_str());
            assert!(names.into_iter().all(|it| it != "Metal"));
        }
        assert_eq!(annotation, Annotation::default());
    }

    #[test]
    fn what_is_sorted_stays_sorted() {
        let mark = |name: &str| Mark { span: span(0, 4, name), origin: Origin::Person, at_ms: 0 };
        let renaming = Renaming { from: label("A"), to: label("C") };
        let mut annotation =
            Annotation { marks: vec![mark("A"), mark("B")], ..Annotation::default() };
        assert!(renaming.annotation(&mut annotation));
        assert_eq!(annotation.marks, [mark("B"), mark("C")]);
        let suggestion = |name| Suggestion { span: span(0, 4, name), score: 0.5 };
        let mut suggestions = [suggestion("A"), suggestion("B")];
        assert!(renaming.suggestions(&mut suggestions));
        assert_eq!(suggestions, [suggestion("B"), suggestion("C")]);
    }
}
