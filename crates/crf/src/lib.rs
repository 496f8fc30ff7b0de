//! Nerine's few-label learner: the best that 50 to 5,000 marked sentences and the project's own
//! raw text allow, in seconds, in plain `f32`.
//!
//! Two CRFs look at the same tokens in different ways: a linear one over sparse features of words
//! and their surroundings, and a convolutional one over embeddings. Each learns from the marks, then
//! both learn what they together hold probable of raw sentences. What a model predicts are spans
//! with probabilities, not the one most probable sequence of tags: members that saw few marks are
//! too timid for that. Where the convolutional member does not help, which is tried on parts of the
//! marked sentences, the linear one stays alone.
//!
//! [`train`] and [`read_words`] give [`Work`], of which its caller does one short step after
//! another. [`Live`] is the linear member while a person annotates; it learns from each text at
//! once. A trained [`Model`] is a few megabytes of bytes.
//!
//! The same input gives the same model on every machine: sums are in fixed order, exponentials and
//! logarithms are our own, and no hash map's order shows. `docs/learner.md` has the figures.

mod adam;
mod bytes;
mod check;
mod clusters;
mod company;
mod conv;
mod conv_fit;
mod course;
mod error;
mod example;
mod hash;
mod lattice;
mod lexicon;
mod linear;
mod live;
mod material;
mod matmul;
mod member;
mod model;
mod numbers;
mod pace;
mod pack;
mod pack_words;
mod reading;
mod sentence;
mod shape;
mod spans;
mod spectrum;
mod tables;
mod tags;
mod tokens;
mod training;
mod vectors;
mod words;
mod work;

pub use error::{ModelError, TrainError};
pub use example::{Example, unlearnable};
pub use live::Live;
pub use model::Model;
pub use pace::{Look, Progress, Stage};
pub use reading::{Found, Reading, Scored};
pub use tokens::tokenize;
pub use training::{Input, read_words, train};
pub use vectors::{Vectors, spellings};
pub use words::Words;
pub use work::{Step, Work};
