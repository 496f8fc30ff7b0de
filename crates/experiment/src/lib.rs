//! One set of annotated texts, many bases: what an experiment is, which runs it has, how sure its
//! figures are, and what they say.
//!
//! A [`Snapshot`] freezes texts and marks, a [`Split`] says who is learned from and who is scored,
//! and an [`Experiment`] expands to [`Run`]s. Nothing here trains, reads files or knows the time:
//! times and predictions come in as arguments.
#![expect(
    clippy::cast_sign_loss,
    reason = "times, sizes and shares are never below 0 where they are rounded"
)]

mod advice;
mod base;
mod blind;
mod comparison;
mod confusion;
mod curve;
mod disagree;
mod evidence;
mod findings;
mod forgetting;
mod pair;
mod plan;
mod problem;
mod queue;
mod record;
pub mod report;
#[cfg(test)]
mod sample;
mod snapshot;
mod split;
pub mod stats;
mod table;
mod words;

pub use advice::{Advice, Figure, Rule, Sentence, advise};
pub use base::{Base, BaseKey, BaseKind};
pub use blind::{BlindTest, Choice, Tally, Trial};
pub use comparison::{Comparison, SpanCounts};
pub use confusion::{Confusion, Places};
pub use curve::{Curve, CurvePoint, Gain, Law, NoLaw, REACH, fit};
pub use disagree::{Disagreement, MistakeFilter, ModelMistakes, disagreements};
pub use findings::{DifferingText, Findings};
pub use forgetting::{
    Forgetting, Kept, Reference, Remedy, RemedyEffect, RemedyRun, remedy_effects,
};
pub use pair::{Pair, SIGNIFICANT, Verdict, pairs};
pub use plan::{Experiment, Run, RunKey};
pub use problem::{Caution, ENOUGH_DOCS, Refusal};
pub use queue::{Command, Event, Job, Pool, Queue, Slot, State, Task};
pub use record::{DocScores, Look, Prediction, Record, total};
pub use snapshot::{ContentHash, FrozenDoc, Snapshot};
pub use split::{Division, Fold, Split};
pub use table::{Column, Direction, Filter, Measure, Measures, Row, Table};
