//! Corrections of marks that do not fall on tokens, and the base whose tokens count.

use std::sync::Arc;

use annotate::{Boundaries, Change, Edit, Rules};
use corpus::Annotation;
use leptos::prelude::*;
use project::{DocNumber, ProjectId};
use protocol::MarkFix;
use storage::{Store, StoreError};

use super::{App, sentence};
use crate::browser;
use crate::words;

/// What became of corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// Marks that were moved.
    pub(crate) done: u32,
    /// Marks that were left as they are: they are not there any more, or another would have to go.
    pub(crate) left: u32,
}

impl App {
    /// Uses another base's tokens in the open project. No mark is touched.
    pub(crate) fn use_base(self, base: String) {
        let work = self.work;
        let Some(id) = work.project_id() else { return };
        if self.base() == base || !self.may_write() {
            return;
        }
        browser::spawn(async move {
            let new = base.clone();
            if let Err(error) = self.update_project(id, move |it| it.base = new).await {
                return self.say(sentence(&error));
            }
            work.cache.update_value(|cache| {
                for it in cache.values_mut() {
                    it.boundaries = None;
                }
            });
            if let Some(text) = work.text.get_untracked() {
                work.boundaries.set(Arc::new(Boundaries::of_unicode_words(text.text())));
                work.has_tokens.set(false);
                self.read_ahead(text.number);
            }
            self.say(format!("The tokens are those of {base} now. No mark was changed."));
        });
    }

    /// Moves marks, all in one go: one undo takes them back. `told` hears how many texts are read.
    pub(crate) async fn fix_marks(
        self,
        fixes: Vec<MarkFix>,
        told: impl Fn(usize),
    ) -> Result<Fixed, String> {
        let work = self.work;
        if !self.may_write() {
            return Ok(Fixed::default());
        }
        let unsaved =
            || "Your last edits are not saved yet. Correct the marks after that.".to_owned();
        if !self.save_all().await {
            return Err(unsaved());
        }
        let Some(project) = work.project_id() else { return Ok(Fixed::default()) };
        let before = work.history.read_value().next_seq();
        let now = browser::now_ms();
        let (mut changes, mut fixed) = (Vec::new(), Fixed::default());
        for (n_read, of_doc) in fixes.chunk_by(|a, b| a.doc == b.doc).enumerate() {
            let doc = of_doc[0].doc;
            told(n_read);
            let (text, annotation) =
                self.words_and_marks(&project, doc).await.map_err(|it| sentence(&it))?;
            let planned = self.plan_fixes(of_doc, &text, annotation, now);
            fixed.done += planned.len() as u32;
            fixed.left += (of_doc.len() - planned.len()) as u32;
            changes.extend(planned.into_iter().map(|it| (doc.0, it)));
        }
        let is_same = work.project_id().as_ref() == Some(&project)
            && work.history.read_value().next_seq() == before;
        if !is_same {
            return Err("Something was edited meanwhile. Correct the marks again.".to_owned());
        }
        let entries = work.history.read_value().entries(changes, now);
        self.put_all(entries);
        Ok(fixed)
    }

    /// A text's words and what is decided about it.
    async fn words_and_marks(
        self,
        project: &ProjectId,
        doc: DocNumber,
    ) -> Result<(String, Annotation), StoreError> {
        let kept = self.work.cache.with_value(|it| it.get(&doc.0).cloned());
        if let Some(kept) = kept {
            return Ok((kept.text.text().to_owned(), kept.record.annotation));
        }
        let store = self.store().ok_or(StoreError::Blocked)?;
        let text = store.text(project, doc).await?.text;
        Ok((text, store.annotation(project, doc).await?.annotation))
    }

    /// What the corrections of one text do, one after the other. One that would take another mark
    /// away is left out.
    fn plan_fixes(
        self,
        fixes: &[MarkFix],
        text: &str,
        mut annotation: Annotation,
        now_ms: u64,
    ) -> Vec<Change> {
        let overlaps_allowed =
            self.work.project.read_untracked().as_ref().is_some_and(|it| it.overlaps_allowed);
        let mut changes = Vec::new();
        for MarkFix { old, new, .. } in fixes {
            let (start, end) = (new.start(), new.end());
            let edit = Edit::Resize { span: old.clone(), start, end };
            match edit.plan(text, &annotation, Rules { overlaps_allowed }, now_ms) {
                Ok(change) if change.removed.len() == 1 => {
                    change.apply(&mut annotation);
                    changes.push(change);
                }
                Ok(_) | Err(_) => {}
            }
        }
        changes
    }
}

impl Fixed {
    /// What is said when it is done.
    pub(crate) fn words(self) -> String {
        let done = words::counted(self.done, "mark is", "marks are");
        match self.left {
            0 => format!("{done} corrected."),
            left => {
                let left = words::counted(left, "was", "were");
                format!("{done} corrected, {left} left as before: another mark is in the way.")
            }
        }
    }
}
