//! Runs of spaCy's own architecture: what they start from.

use learn::Start;
use model::{Pipeline, Shape};
use project::{PipelineBuilder, RunRecord};
use storage::Store;
use tokenizer::{Base, Norms};

use super::{Clock, Page, Stopped, TURN_SECS};

/// What training starts from: nothing but a built-in base's rules, or a pipeline that a person
/// brought.
pub(super) async fn start(
    store: &impl Store,
    page: &impl Page,
    run: &RunRecord,
) -> Result<Start, Stopped> {
    let name = &run.settings.base;
    if let Ok(base) = name.parse::<Base>() {
        let none = || Stopped::Failed {
            why: format!(
                "{base} has no rules that a spaCy pipeline can hold: choose another base, or \
                 Nerine's model"
            ),
        };
        return Ok(Start::blank(base.lang(), base.rules().ok_or_else(none)?));
    }
    let pipeline = Box::new(pipeline(store, page, name).await?);
    let has_ner = pipeline.trained_ner().is_some();
    Ok(match has_ner && !run.keeps_tokens_only() {
        true if run.is_beside() => Start::Beside(pipeline, Shape::default()),
        true => Start::Pipeline(pipeline),
        false => Start::Tokens(pipeline, Shape::default()),
    })
}

/// A pipeline that a person brought.
pub(super) async fn pipeline(
    store: &impl Store,
    page: &impl Page,
    name: &str,
) -> Result<Pipeline, Stopped> {
    let record = store.base(name).await?;
    let (mut builder, mut turn) = (PipelineBuilder::default(), Clock::every(TURN_SECS));
    for number in 0..record.n_parts {
        let part = store.base_part(name, number).await?;
        builder.add(&part).map_err(|it| Stopped::failed(&it))?;
        if turn.is_due() {
            page.turn().await;
        }
    }
    builder.finish().map_err(|it| Stopped::failed(&it))
}

/// The norms of words that a base brings.
pub(super) fn norms(start: &Start) -> Norms {
    Norms::new(start.base().norms.iter().map(|(word, norm)| (*word, norm.as_str())))
}
