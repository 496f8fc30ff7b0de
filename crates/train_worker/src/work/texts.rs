//! The texts of a project: those that were accepted, and what a model made of them.

use corpus::{Annotation, Answer, Label, Side, Span, Unread};
use project::{DocNumber, ProjectId, RULES_PART, RunRecord, SplitCounts, TextMistakes};
use scorer::{Scores, mistakes};
use storage::Store;
use tokenizer::Tokenizer;

use super::{Clock, Page, Stopped, TURN_SECS};

/// How many records are read at a time.
pub(super) const BATCH: u32 = 500;

/// An accepted text, ready to be learned from or scored.
pub(super) struct Accepted<E> {
    pub(super) doc: DocNumber,
    pub(super) example: E,
}

/// The accepted texts of a project, by side.
pub(super) struct Sides<E> {
    pub(super) train: Vec<Accepted<E>>,
    pub(super) dev: Vec<Accepted<E>>,
    pub(super) test: Vec<Accepted<E>>,
}

impl<E: Clone> Sides<E> {
    pub(super) fn counts(&self) -> SplitCounts {
        SplitCounts {
            train: self.train.len() as u32,
            dev: self.dev.len() as u32,
            test: self.test.len() as u32,
        }
    }
}

/// The examples of a side.
pub(super) fn examples<E: Clone>(side: &[Accepted<E>]) -> Vec<E> {
    side.iter().map(|it| it.example.clone()).collect()
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

/// Reads the accepted texts, and makes of each, with its marks of these labels, what is learned
/// from.
pub(super) async fn accepted<E>(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    labels: &[Label],
    example: impl Fn(String, Vec<Span>, Unread) -> E,
) -> Result<Sides<E>, Stopped> {
    let record = store.project(project).await?;
    let mut sides = Sides { train: Vec::new(), dev: Vec::new(), test: Vec::new() };
    let mut turn = Clock::every(TURN_SECS);
    for first in (0..record.counts.docs).step_by(BATCH as usize) {
        let records = store.annotations(project, DocNumber(first), BATCH).await?;
        for (doc, decided) in (first..).map(DocNumber).zip(records) {
            if decided.annotation.answer != Some(Answer::Accept) {
                continue;
            }
            let text = store.text(project, doc).await?;
            let Annotation { marks, unread, .. } = decided.annotation;
            let spans = marks.into_iter().map(|mark| mark.span);
            let gold = spans.filter(|it| labels.contains(it.label())).collect();
            let side = match record.split.side(&text.id) {
                Side::Train => &mut sides.train,
                Side::Dev => &mut sides.dev,
                Side::Test => &mut sides.test,
            };
            side.push(Accepted { doc, example: example(text.text, gold, unread) });
            if turn.is_due() {
                page.turn().await;
            }
        }
    }
    Ok(sides)
}

/// How good a model is on the texts that it did not learn from.
#[derive(Default)]
pub(super) struct Judgement {
    dev: Option<Scores>,
    test: Option<Scores>,
    mistakes: Vec<TextMistakes>,
}

impl Judgement {
    /// Holds what was found in a text against what is right.
    pub(super) fn add(&mut self, doc: DocNumber, is_test: bool, gold: &[Span], found: &[Span]) {
        let scores = if is_test { &mut self.test } else { &mut self.dev };
        scores.get_or_insert_default().add(gold, found);
        let mistakes = mistakes(gold, found);
        if !mistakes.is_empty() {
            self.mistakes.push(TextMistakes { doc, is_test, mistakes });
        }
    }

    /// Writes it into the record of the run.
    pub(super) fn note(self, record: &mut RunRecord) {
        (record.dev, record.test, record.mistakes) = (self.dev, self.test, self.mistakes);
    }
}
