//! The texts of a project as a network reads them.

use corpus::{Answer, Label, Side};
use learn::{Example, Text};
use project::{DocNumber, ProjectId, RULES_PART, SplitCounts};
use storage::Store;
use tokenizer::{Norms, Tokenizer};

use super::{Clock, Page, Stopped, TURN_SECS};

/// How many records are read at a time.
pub(super) const BATCH: u32 = 500;

/// An accepted text, ready to be learned from or scored.
pub(super) struct Accepted {
    pub(super) doc: DocNumber,
    pub(super) example: Example,
}

/// The accepted texts of a project, by side.
#[derive(Default)]
pub(super) struct Sides {
    pub(super) train: Vec<Accepted>,
    pub(super) dev: Vec<Accepted>,
    pub(super) test: Vec<Accepted>,
}

impl Sides {
    pub(super) fn counts(&self) -> SplitCounts {
        SplitCounts {
            train: self.train.len() as u32,
            dev: self.dev.len() as u32,
            test: self.test.len() as u32,
        }
    }
}

/// The tokenizer of a base, by its name: a built-in one, or one that a person brought.
pub(super) async fn tokenizer(store: &impl Store, name: &str) -> Result<Tokenizer, Stopped> {
    if let Ok(base) = name.parse::<tokenizer::Base>() {
        return Ok(Tokenizer::new(base));
    }
    let part = store.base_part(name, RULES_PART).await?;
    let rules = project::rules_of_part(&part).map_err(|err| Stopped::failed(&err))?;
    Tokenizer::from_rules(&rules).map_err(|err| Stopped::failed(&err))
}

/// Reads and tokenizes the accepted texts as a base does, with the norms that it gives to words.
/// Marks of other labels are left out.
pub(super) async fn accepted(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    base: &str,
    norms: &Norms,
    labels: &[Label],
) -> Result<Sides, Stopped> {
    let record = store.project(project).await?;
    let tokenizer = tokenizer(store, base).await?;
    let mut sides = Sides::default();
    let mut turn = Clock::every(TURN_SECS);
    for first in (0..record.counts.docs).step_by(BATCH as usize) {
        let records = store.annotations(project, DocNumber(first), BATCH).await?;
        for (doc, decided) in (first..).map(DocNumber).zip(records) {
            if decided.annotation.answer != Some(Answer::Accept) {
                continue;
            }
            let text = store.text(project, doc).await?;
            let gold: Vec<_> = decided.annotation.marks.into_iter().map(|mark| mark.span).collect();
            let cut = Text::with_norms(&tokenizer, norms, &text.text);
            let example = Example::new(cut, &gold, labels);
            let accepted = Accepted { doc, example };
            match record.split.side(&text.id) {
                Side::Train => sides.train.push(accepted),
                Side::Dev => sides.dev.push(accepted),
                Side::Test => sides.test.push(accepted),
            }
            if turn.is_due() {
                page.turn().await;
            }
        }
    }
    Ok(sides)
}
