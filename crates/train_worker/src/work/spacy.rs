//! Runs of spaCy's own architecture: what they start from.

use learn::Start;
use model::Shape;
use project::PipelineBuilder;
use storage::Store;
use tokenizer::{Base, Norms};

use super::{Clock, Page, Stopped, TURN_SECS};

/// What training starts from: nothing but a built-in base's rules, or a pipeline that a person
/// brought.
pub(super) async fn start(
    store: &impl Store,
    page: &impl Page,
    name: &str,
) -> Result<Start, Stopped> {
    if let Ok(base) = name.parse::<Base>() {
        let none = || Stopped::Failed {
            why: format!(
                "{base} has no rules that a spaCy pipeline can hold: choose another base, or \
                 Nerine's model"
            ),
        };
        let rules = base.rules().ok_or_else(none)?;
        return Ok(Start::Blank(base.lang().to_owned(), Box::new(rules), Shape::default()));
    }
    let record = store.base(name).await?;
    let (mut builder, mut turn) = (PipelineBuilder::default(), Clock::every(TURN_SECS));
    for number in 0..record.n_parts {
        let part = store.base_part(name, number).await?;
        builder.add(&part).map_err(|it| Stopped::failed(&it))?;
        if turn.is_due() {
            page.turn().await;
        }
    }
    let pipeline = builder.finish().map_err(|it| Stopped::failed(&it))?;
    Ok(Start::Pipeline(Box::new(pipeline)))
}

/// The norms of words that a pipeline brings.
pub(super) fn norms(start: Option<&Start>) -> Norms {
    match start {
        Some(Start::Pipeline(it) | Start::OtherLabels(it)) => {
            Norms::new(it.norms.iter().map(|(word, norm)| (*word, norm.as_str())))
        }
        Some(Start::Blank(..)) | None => Norms::default(),
    }
}
