//! Nerine's own learner at work: a crate of its own, which learns from few marks.

pub(crate) mod companion;
pub(crate) mod compare;
mod inbox;
pub(crate) mod plan;
mod queue;
pub(crate) mod suggest;
pub(crate) mod train;
mod vectors;

use std::sync::Arc;

use corpus::{Answer, Side, Span, Unread};
use crf::Example;
use project::{DocNumber, ProjectId};
use random::Random;
use storage::Store;

use super::texts::BATCH;
use super::{Clock, Page, Stopped, TURN_SECS};

#[cfg(any(test, target_arch = "wasm32"))]
pub(crate) use inbox::Inbox;

/// The most raw text that words are read from, in bytes. What is left out is drawn at random.
const MOST_RAW: usize = 4_000_000;

/// Spans that are less probable are suggested to nobody.
const LEAST_PROBABLE: f32 = 0.05;

/// Texts whose words are read: those to do and those accepted, on the train side. Of the others
/// nothing is learned, so that scores say how good a model is on texts that it has never seen.
async fn raw_texts(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    seed: u64,
) -> Result<Vec<Arc<str>>, Stopped> {
    let record = store.project(project).await?;
    let mut batches: Vec<u32> = (0..record.counts.docs).step_by(BATCH as usize).collect();
    Random::new(seed, 4).shuffle(&mut batches);
    let (mut raw, mut n_bytes) = (Vec::new(), 0);
    let mut turn = Clock::every(TURN_SECS);
    for first in batches {
        let texts = store.texts(project, DocNumber(first), BATCH).await?;
        let decided = store.annotations(project, DocNumber(first), BATCH).await?;
        for (text, decided) in texts.into_iter().zip(decided) {
            let is_read = matches!(decided.annotation.answer, None | Some(Answer::Accept))
                && record.split.side(&text.id) == Side::Train;
            if is_read && n_bytes < MOST_RAW {
                n_bytes += text.text.len();
                raw.push(Arc::from(text.text));
            }
            if turn.is_due() {
                page.turn().await;
            }
        }
        if MOST_RAW <= n_bytes {
            break;
        }
    }
    Ok(raw)
}

/// The words of these texts, those of some where they are too many: drawn at random.
pub(super) async fn texts_of(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    docs: &[DocNumber],
    seed: u64,
) -> Result<Vec<Arc<str>>, Stopped> {
    let mut docs = docs.to_vec();
    Random::new(seed, 4).shuffle(&mut docs);
    let (mut raw, mut n_bytes) = (Vec::new(), 0);
    let mut turn = Clock::every(TURN_SECS);
    for doc in docs {
        if MOST_RAW <= n_bytes {
            break;
        }
        let text = store.text(project, doc).await?.text;
        n_bytes += text.len();
        raw.push(Arc::from(text));
        if turn.is_due() {
            page.turn().await;
        }
    }
    Ok(raw)
}

fn example(text: String, spans: Vec<Span>, unread: Unread) -> Example {
    Example { text: text.into(), spans, unread }
}
