use corpus::{Annotation, Answer, Label, Mark, Origin, Span, SpanError, Unread};
use serde::{Deserialize, Serialize};

use crate::Suggestion;

/// One thing a person can do to a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Marks the bytes `start..end`. What the mark overlaps gives way unless overlaps are allowed.
    Annotate {
        /// First byte.
        start: u32,
        /// Byte behind the last.
        end: u32,
        /// What it is.
        label: Label,
    },
    /// Gives a mark another label.
    Relabel {
        /// The mark as it is.
        span: Span,
        /// Its new label.
        label: Label,
    },
    /// Moves a mark's edges.
    Resize {
        /// The mark as it is.
        span: Span,
        /// Its new first byte.
        start: u32,
        /// Its new byte behind the last.
        end: u32,
    },
    /// Takes a mark away.
    Remove(Span),
    /// Makes marks of suggestions.
    Take {
        /// What is taken.
        suggestions: Vec<Suggestion>,
        /// The model that made them.
        model: String,
    },
    /// Refuses suggestions, so that they do not come back.
    Refuse(Vec<Span>),
    /// Gives the verdict, and takes the suggestions on the page with it.
    Answer {
        /// The verdict.
        answer: Answer,
        /// What is taken with it.
        taking: Vec<Suggestion>,
        /// The model that made them.
        model: String,
    },
    /// Takes the verdict back.
    Reopen,
    /// Flags the text with a note, or takes the flag away.
    Flag(Option<String>),
    /// Says whether somebody has looked at the bytes `start..end`.
    Look {
        /// First byte.
        start: u32,
        /// Byte behind the last.
        end: u32,
        /// Whether somebody has.
        is_read: bool,
    },
}

/// Why an edit cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The offsets do not fit the text.
    #[error(transparent)]
    Span(#[from] SpanError),
    /// There is no such mark (any more).
    #[error("there is no mark at {start}–{end} any more")]
    NoSuchMark {
        /// First byte.
        start: u32,
        /// Byte behind the last.
        end: u32,
    },
}

/// What holds for every edit of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether marks may overlap.
    pub overlaps_allowed: bool,
}

/// What an edit does to an [`Annotation`], so that it can be applied and taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Marks that go.
    pub removed: Vec<Mark>,
    /// Marks that come.
    pub added: Vec<Mark>,
    /// Refusals that go.
    pub unrefused: Vec<Span>,
    /// Refusals that come.
    pub refused: Vec<Span>,
    /// The verdict before and after.
    pub answer: Option<(Option<Answer>, Option<Answer>)>,
    /// The flag's note before and after.
    pub flag: Option<(Option<String>, Option<String>)>,
    /// Where nobody has looked, before and after.
    pub unread: Option<(Unread, Unread)>,
}

impl Edit {
    /// What the edit does to `annotation` of `text`. An empty change means: nothing to do.
    pub fn plan(
        self,
        text: &str,
        annotation: &Annotation,
        rules: Rules,
        now_ms: u64,
    ) -> Result<Change, EditError> {
        let mut change = Change::default();
        let by_hand = |span| Mark { span, origin: Origin::Person, at_ms: now_ms };
        match self {
            Edit::Annotate { start, end, label } => {
                let span = Span::within(text, start, end, label)?;
                change.put(by_hand(span), annotation, rules);
            }
            Edit::Relabel { span, label } => {
                change.removed.push(find(annotation, &span)?);
                change.put(by_hand(span.with_label(label)), annotation, rules);
            }
            Edit::Resize { span, start, end } => {
                change.removed.push(find(annotation, &span)?);
                let moved = Span::within(text, start, end, span.label().clone())?;
                change.put(by_hand(moved), annotation, rules);
            }
            Edit::Remove(span) => change.removed.push(find(annotation, &span)?),
            Edit::Take { suggestions, model } => {
                change.take(suggestions, &model, text, annotation, rules, now_ms)?;
            }
            Edit::Refuse(spans) => {
                let new = |span: &Span| annotation.refused.binary_search(span).is_err();
                change.refused = spans.into_iter().filter(new).collect();
            }
            Edit::Answer { answer, taking, model } => {
                change.take(taking, &model, text, annotation, rules, now_ms)?;
                change.answer = Some((annotation.answer, Some(answer)));
            }
            Edit::Reopen => change.answer = Some((annotation.answer, None)),
            Edit::Flag(note) => change.flag = Some((annotation.flag.clone(), note)),
            Edit::Look { start, end, is_read } => {
                let mut unread = annotation.unread.clone();
                match is_read {
                    true => unread.remove(start, end),
                    false => unread.add(start, end),
                }
                unread.check(text)?;
                change.unread = Some((annotation.unread.clone(), unread));
            }
        }
        change.drop_no_ops();
        Ok(change)
    }
}

fn find(annotation: &Annotation, span: &Span) -> Result<Mark, EditError> {
    let same = |mark: &&Mark| mark.span == *span;
    annotation
        .marks
        .iter()
        .find(same)
        .cloned()
        .ok_or(EditError::NoSuchMark { start: span.start(), end: span.end() })
}

impl Change {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Change::default()
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Change {
        Change {
            removed: self.added.clone(),
            added: self.removed.clone(),
            unrefused: self.refused.clone(),
            refused: self.unrefused.clone(),
            answer: self.answer.map(|(before, after)| (after, before)),
            flag: self.flag.clone().map(|(before, after)| (after, before)),
            unread: self.unread.clone().map(|(before, after)| (after, before)),
        }
    }

    /// Makes the change. Marks stay sorted.
    pub fn apply(&self, annotation: &mut Annotation) {
        annotation.marks.retain(|mark| !self.removed.contains(mark));
        annotation.marks.extend(self.added.iter().cloned());
        annotation.marks.sort();
        annotation.marks.dedup();
        annotation.refused.retain(|span| !self.unrefused.contains(span));
        annotation.refused.extend(self.refused.iter().cloned());
        annotation.refused.sort();
        annotation.refused.dedup();
        if let Some((_, after)) = &self.answer {
            annotation.answer = *after;
        }
        if let Some((_, after)) = &self.flag {
            annotation.flag.clone_from(after);
        }
        if let Some((_, after)) = &self.unread {
            annotation.unread.clone_from(after);
        }
    }

    /// Adds a mark. The same span twice is once; what it overlaps gives way where it must.
    fn put(&mut self, mark: Mark, annotation: &Annotation, rules: Rules) {
        let gives_way = |it: &Mark| match rules.overlaps_allowed {
            true => it.span == mark.span,
            false => it.span.overlaps(&mark.span),
        };
        for old in annotation.marks.iter().filter(|it| gives_way(it)) {
            if !self.removed.contains(old) {
                self.removed.push(old.clone());
            }
        }
        self.added.retain(|it| !gives_way(it));
        self.added.push(mark);
    }

    fn take(
        &mut self,
        suggestions: Vec<Suggestion>,
        model: &str,
        text: &str,
        annotation: &Annotation,
        rules: Rules,
        now_ms: u64,
    ) -> Result<(), EditError> {
        for Suggestion { span, .. } in suggestions {
            span.check(text)?;
            if annotation.refused.binary_search(&span).is_ok() {
                self.unrefused.push(span.clone());
            }
            let mark = Mark { span, origin: Origin::Model(model.to_owned()), at_ms: now_ms };
            self.put(mark, annotation, rules);
        }
        Ok(())
    }

    /// Forgets what would change nothing: the same span put where it was, the same verdict.
    fn drop_no_ops(&mut self) {
        let spans = |marks: &[Mark]| {
            let mut spans: Vec<_> = marks.iter().map(|mark| mark.span.clone()).collect();
            spans.sort();
            spans
        };
        if spans(&self.removed) == spans(&self.added) {
            self.removed.clear();
            self.added.clear();
        }
        self.answer = self.answer.take().filter(|(before, after)| before != after);
        self.flag = self.flag.take().filter(|(before, after)| before != after);
        self.unread = self.unread.take().filter(|(before, after)| before != after);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(name: &str) -> Label {
        Label::new(name).unwrap()
    }

    fn plan(edit: Edit, annotation: &Annotation, overlaps_allowed: bool) -> Change {
        edit.plan("abcdefghij", annotation, Rules { overlaps_allowed }, 7).unwrap()
    }

    fn annotate(start: u32, end: u32, name: &str) -> Edit {
        Edit::Annotate { start, end, label: label(name) }
    }

    fn spans(annotation: &Annotation) -> Vec<(u32, u32, &str)> {
        let parts = |mark: &'_ Mark| (mark.span.start(), mark.span.end());
        annotation
            .marks
            .iter()
            .map(|mark| (parts(mark).0, parts(mark).1, mark.span.label().as_str()))
            .collect()
    }

    #[test]
    fn what_a_mark_overlaps_gives_way() {
        let mut doc = Annotation::default();
        plan(annotate(0, 4, "A"), &doc, false).apply(&mut doc);
        plan(annotate(5, 8, "A"), &doc, false).apply(&mut doc);
        plan(annotate(3, 6, "B"), &doc, false).apply(&mut doc);
        assert_eq!(spans(&doc), [(3, 6, "B")]);
    }

    #[test]
    fn overlaps_stay_where_they_are_allowed() {
        let mut doc = Annotation::default();
        plan(annotate(0, 4, "A"), &doc, true).apply(&mut doc);
        plan(annotate(0, 4, "B"), &doc, true).apply(&mut doc);
        plan(annotate(3, 6, "B"), &doc, true).apply(&mut doc);
        assert_eq!(spans(&doc), [(0, 4, "A"), (0, 4, "B"), (3, 6, "B")]);
    }

    #[test]
    fn doing_it_twice_is_nothing_to_do() {
        let mut doc = Annotation::default();
        plan(annotate(0, 4, "A"), &doc, false).apply(&mut doc);
        assert!(plan(annotate(0, 4, "A"), &doc, false).is_empty());
        assert!(plan(Edit::Reopen, &doc, false).is_empty());
    }

    #[test]
    fn a_mark_that_is_gone_cannot_be_changed() {
        let span = Span::new(1, 2, label("A")).unwrap();
        let gone = Edit::Remove(span).plan("abc", &Annotation::default(), Rules::default(), 0);
        assert_eq!(gone, Err(EditError::NoSuchMark { start: 1, end: 2 }));
    }

    fn any_edit() -> impl Strategy<Value = Edit> {
        let place = (0u32..9, 1u32..4).prop_map(|(start, len)| (start, (start + len).min(10)));
        let name = prop_oneof![Just("A"), Just("B")];
        let suggestion = (place.clone(), name.clone()).prop_map(|((start, end), name)| {
            Suggestion { span: Span::new(start, end, label(name)).unwrap(), score: 0.5 }
        });
        let looked = place.clone().prop_map(|it| (it.0, it.1));
        prop_oneof![
            (looked, any::<bool>()).prop_map(|((start, end), is_read)| Edit::Look {
                start,
                end,
                is_read
            }),
            (place, name).prop_map(|((start, end), name)| annotate(start, end, name)),
            suggestion.clone().prop_map(|it| Edit::Refuse(vec![it.span])),
            proptest::collection::vec(suggestion, 0..3).prop_map(|taking| Edit::Answer {
                answer: Answer::Accept,
                taking,
                model: "m".into()
            }),
            Just(Edit::Reopen),
            Just(Edit::Flag(Some("look".into()))),
        ]
    }

    proptest! {
        #[test]
        fn every_change_can_be_taken_back(
            edits in proptest::collection::vec(any_edit(), 1..12),
            overlaps_allowed: bool,
        ) {
            let mut doc = Annotation::default();
            for edit in edits {
                let before = doc.clone();
                let change = plan(edit, &doc, overlaps_allowed);
                change.apply(&mut doc);
                let mut back = doc.clone();
                change.inverse().apply(&mut back);
                prop_assert_eq!(&back, &before);
                let overlap = doc.marks.windows(2).any(|it| it[0].span.overlaps(&it[1].span));
                prop_assert!(overlaps_allowed || !overlap);
            }
        }
    }
}
