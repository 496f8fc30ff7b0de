//! A trained model at rest: what it was made from, its labels, and its weights as named arrays of
//! `f32`. No tensors, no files.
//!
//! [`Model`] is one of Nerine's own, or what training changed of a [`Pipeline`], which is spaCy's.

mod ner_parts;
mod pipeline;
mod rules;
mod trained;
mod untrained;
mod vectors;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use ner_parts::NerParts;
pub use pipeline::{
    Component, HashEmbed, Kept, Layer, Linear, Lower, Maxout, Move, Moves, Pattern, PatternWhat,
    Pipeline, Ruler, RulerKind, Sentencizer, Senter, Source, Step, Tok2Vec, Touches, Transitions,
};
pub use rules::{Part, Rules};
pub use trained::{Keeps, SPACY_NER};
pub use untrained::Shape;
pub use vectors::{Floret, VectorMode, Vectors};

/// A trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What the model is built like, with the version of that plan. Whoever loads it must know
    /// the pair.
    pub architecture: Architecture,
    /// The base that its tokens come from, such as `blank:en`.
    pub base: String,
    /// What it predicts, in the order of its classes.
    pub labels: Vec<String>,
    /// The numbers that its shape follows from (widths, depths, rows), by name.
    pub shape: BTreeMap<String, u32>,
    /// Its weights, by name.
    pub arrays: BTreeMap<String, Array>,
}

/// The plan a model was built by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Architecture {
    /// Its name, such as `hash-embed-cnn+biluo`.
    pub name: String,
    /// Grows whenever old weights would mean something else.
    pub version: u32,
}

/// Numbers in a rectangle, row by row.
///
/// Invariant: the shape's product is the number of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Array {
    shape: Vec<u32>,
    values: Vec<f32>,
}

/// Why a model cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The values do not fill the shape.
    #[error("{values} values do not fill an array of shape {shape:?}")]
    WrongLength {
        /// The shape.
        shape: Vec<u32>,
        /// How many values there are.
        values: usize,
    },
    /// An array that the architecture needs is not there.
    #[error("the model has no array {name:?}: it is damaged, or not of this architecture")]
    MissingArray {
        /// The array's name.
        name: String,
    },
    /// A number that the architecture needs is not there.
    #[error("the model does not say its {name:?}: it is damaged, or not of this architecture")]
    MissingShape {
        /// The number's name.
        name: String,
    },
    /// An array has not the shape that the architecture needs.
    #[error("the array {name:?} has shape {found:?}, not {wanted:?}")]
    WrongShape {
        /// The array's name.
        name: String,
        /// The shape it has.
        found: Vec<u32>,
        /// The shape it should have.
        wanted: Vec<u32>,
    },
    /// A pipeline finds no entities.
    #[error("the pipeline has no ner component that runs: choose another base")]
    NoNer,
    /// Nobody here knows the architecture.
    #[error("the model is a {name:?} version {version}, which this version of Nerine cannot read")]
    UnknownArchitecture {
        /// The architecture's name.
        name: String,
        /// Its version.
        version: u32,
    },
}

impl Model {
    /// The array of this name, which must have this shape.
    pub fn array(&self, name: &str, wanted: &[usize]) -> Result<&Array, ModelError> {
        let missing = || ModelError::MissingArray { name: name.to_owned() };
        let array = self.arrays.get(name).ok_or_else(missing)?;
        let wanted: Vec<u32> = wanted.iter().map(|&it| it as u32).collect();
        if array.shape == wanted {
            return Ok(array);
        }
        Err(ModelError::WrongShape { name: name.to_owned(), found: array.shape.clone(), wanted })
    }

    /// The number of this name.
    pub fn size(&self, name: &str) -> Result<usize, ModelError> {
        let missing = || ModelError::MissingShape { name: name.to_owned() };
        self.shape.get(name).map(|&it| it as usize).ok_or_else(missing)
    }
}

impl Array {
    /// The values of a rectangle, row by row.
    pub fn new(shape: &[usize], values: Vec<f32>) -> Result<Self, ModelError> {
        let shape: Vec<u32> = shape.iter().map(|&it| it as u32).collect();
        if shape.iter().map(|&it| it as usize).product::<usize>() == values.len() {
            return Ok(Self { shape, values });
        }
        Err(ModelError::WrongLength { shape, values: values.len() })
    }

    /// As many of one value as the shape holds.
    pub fn filled(shape: &[u32], value: f32) -> Self {
        let n = shape.iter().map(|it| *it as usize).product();
        Self { shape: shape.to_vec(), values: vec![value; n] }
    }

    /// Its values, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Makes a side longer by `by`, with zeros behind what was there.
    pub(crate) fn grow(&mut self, side: usize, by: u32) {
        let inside: usize = self.shape[side..].iter().map(|it| *it as usize).product();
        let added: usize = self.shape[side + 1..].iter().map(|it| *it as usize).product();
        let added = vec![0.0; added * by as usize];
        let mut values = Vec::with_capacity(self.values.len() + added.len());
        for block in self.values.chunks_exact(inside) {
            values.extend_from_slice(block);
            values.extend_from_slice(&added);
        }
        self.values = values;
        self.shape[side] += by;
    }

    /// Its sides, outermost first.
    pub fn shape(&self) -> &[u32] {
        &self.shape
    }

    /// Its values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// An array as it is stored, before its invariant is checked.
#[derive(Serialize, Deserialize)]
struct Raw {
    shape: Vec<u32>,
    values: Vec<f32>,
}

impl TryFrom<Raw> for Array {
    type Error = ModelError;

    fn try_from(raw: Raw) -> Result<Self, ModelError> {
        let shape: Vec<usize> = raw.shape.iter().map(|&it| it as usize).collect();
        Array::new(&shape, raw.values)
    }
}

impl From<Array> for Raw {
    fn from(array: Array) -> Self {
        Raw { shape: array.shape, values: array.values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_grows_by_zeros() {
        let mut array = Array::new(&[2, 1, 2], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        array.grow(1, 1);
        let expected = vec![1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0, 0.0];
        assert_eq!(array, Array::new(&[2, 2, 2], expected).unwrap());
    }

    #[test]
    fn values_fill_their_shape() {
        let array = Array::new(&[2, 3], vec![0.0; 6]).unwrap();
        assert_eq!(array.shape(), [2, 3]);
        let short = Array::new(&[2, 3], vec![0.0; 5]);
        assert_eq!(short, Err(ModelError::WrongLength { shape: vec![2, 3], values: 5 }));
    }
}
