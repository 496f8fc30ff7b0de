//! Nerine's few-label learner.

mod adam;
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
mod material;
mod matmul;
mod member;
mod model;
mod numbers;
mod pace;
mod random;
mod sentence;
mod shape;
mod spectrum;
mod tables;
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
