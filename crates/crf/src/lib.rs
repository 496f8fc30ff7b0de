//! Nerine's few-label learner.

mod adam;
mod error;
mod example;
mod hash;
mod lattice;
mod lexicon;
mod linear;
mod material;
mod model;
mod numbers;
mod pace;
mod random;
mod sentence;
mod shape;
mod tags;
mod tokens;
mod training;
mod words;

pub use error::TrainError;
pub use example::Example;
pub use model::{Model, Scored};
pub use pace::{Progress, Stage};
pub use tokens::tokenize;
pub use training::{Input, Step, Training};
pub use words::Words;
