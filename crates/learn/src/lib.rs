//! Training and prediction: text and marks in, plain weights and scored spans out.
//!
//! [`Training`] goes in small steps and its caller owns the loop, so a worker can look at its
//! mailbox between two of them. What learns is behind [`Learner`]; the one there is,
//! [`HashEmbedCnn`], is spaCy's hash-embedding encoder under a head that tags tokens. [`Predictor`]
//! is a stored model at work.
//!
//! Nothing here knows a browser. A device is made by [`device`] and handed in; every random draw is
//! made on the host, so that the same seed gives the same run.

mod batch;
mod batching;
mod config;
mod decode;
pub mod device;
mod encoder;
mod error;
mod example;
mod hash_embed;
mod learner;
mod network;
mod predictor;
mod self_test;
mod spacy_ner;
mod tags;
mod training;

pub use batch::Piece;
pub use config::{Batch, Config, Rate};
pub use error::LearnError;
pub use example::{Example, Text};
pub use learner::{HashEmbedCnn, Judged, Learner};
pub use network::{ARCHITECTURE, VERSION};
pub use predictor::{Predictor, Scored};
pub use self_test::{TraceError, compare_traces, loss_trace, words_per_sec};
pub use spacy_ner::{SpacyNer, Start, count_tokens};
pub use tags::Unlearned;
pub use training::{Evaluation, Progress, Stop, Training};
