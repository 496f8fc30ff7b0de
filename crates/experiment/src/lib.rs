//! One set of annotated texts, many bases: what an experiment is, which runs it has, how sure its
//! figures are, and what they say.
//!
//! A [`Snapshot`] freezes texts and marks, a [`Split`] says who is learned from and who is scored,
//! and an [`Experiment`] expands to [`Run`]s. Nothing here trains, reads files or knows the time:
//! times and predictions come in as arguments.

mod base;
mod plan;
mod problem;
mod record;
#[cfg(test)]
mod sample;
mod snapshot;
mod split;
pub mod stats;

pub use base::{Base, BaseKey, BaseKind, PipelineParts};
pub use plan::{Experiment, Run, RunKey};
pub use problem::{Caution, ENOUGH_DOCS, Refusal};
pub use record::{DocScores, Look, Prediction, Record, total};
pub use snapshot::{ContentHash, FrozenDoc, Snapshot};
pub use split::{Division, Fold, Split};
