//! What a spaCy pipeline finds in a text, token for token as spaCy finds it.
//!
//! [`Predictor`] takes a pipeline as [`model`] describes it and needs nothing else: no tensors,
//! no browser, no device. Numbers are `f32`, texts go through in batches.
//!
//! The order of work is spaCy's: tokens, then each component on all texts of a batch. Components
//! that Nerine does not run are named by [`Predictor::differences`].

pub mod biluo;
mod cutter;
mod doc;
mod error;
mod head;
mod matcher;
mod ner;
mod numbers;
mod parser;
mod predictor;
mod python_set;
mod ruler;
mod sentences;
mod tok2vec;
mod tree;
mod word_vectors;

pub use cutter::{Cut, Cutter, starts_sentences};
pub use doc::{Entity, Parsed};
pub use error::{Difference, PredictError};
pub use predictor::Predictor;
pub use word_vectors::{RowFinder, WordVectors};
