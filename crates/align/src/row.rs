use corpus::{DocId, Label, Span};
use serde::{Deserialize, Serialize};

use crate::{Cell, Verdict};

/// Marks that are alike: same text, same label, and in every base the same tokens, cut alike.
/// One correction serves all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What is marked.
    pub text: String,
    /// As what.
    pub label: Label,
    /// How each base sees it, in the order of the bases.
    pub cells: Vec<Cell>,
    /// Where the marks are, in the order of the texts.
    pub places: Vec<DocSpan>,
}

/// A mark and the text that it is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocSpan {
    /// The text.
    pub doc: DocId,
    /// The mark.
    pub span: Span,
}

/// A mark that is to stand elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpanEdit {
    /// The text.
    pub doc: DocId,
    /// The mark as it is.
    pub old: Span,
    /// The mark as it is to be.
    pub new: Span,
}

impl Row {
    /// Whether some base cannot learn the marks.
    pub fn is_cut(&self) -> bool {
        self.cells.iter().any(|it| !it.verdict.fits())
    }

    /// What makes all marks of the row fit base number `base`. Empty when they fit, or when a
    /// person has to look.
    pub fn fix_all(&self, base: usize) -> Vec<SpanEdit> {
        let Some(Cell { verdict: Verdict::Misfit { fix: Some(shift), .. }, .. }) =
            self.cells.get(base)
        else {
            return Vec::new();
        };
        let edit = |it: &DocSpan| {
            let new = shift.apply(&it.span)?;
            Some(SpanEdit { doc: it.doc.clone(), old: it.span.clone(), new })
        };
        self.places.iter().filter_map(edit).collect()
    }
}
