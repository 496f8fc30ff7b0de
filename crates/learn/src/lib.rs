//! Training spaCy's `ner`: text and marks in, plain weights out.
//!
//! [`Training`] goes in small steps and its caller owns the loop, so a worker can look at its
//! mailbox between two of them. What learns is behind [`Learner`]; the one there is, [`SpacyNer`],
//! trains spaCy's own architecture as spaCy does, from nothing or on from a pipeline. What its
//! weights find in other texts is for the crate `predict`.
//!
//! Nothing here knows a browser. A device is made by [`device`] and handed in; every random draw is
//! made on the host, so that the same seed gives the same run.

mod batch;
mod batching;
mod config;
pub mod device;
mod echo;
mod error;
mod example;
mod learner;
mod self_test;
mod spacy_ner;
mod training;

pub use batch::Piece;
pub use config::{Batch, Config};
pub use echo::{Echo, spans};
pub use error::LearnError;
pub use example::{Example, Text, Unlearned};
pub use learner::{Judged, Learner};
pub use self_test::{TraceError, compare_traces, loss_trace, words_per_sec};
pub use spacy_ner::{SpacyNer, Start, Tutor, count_tokens};
pub use training::{Evaluation, Progress, Stop, Training};
