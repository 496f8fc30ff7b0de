use serde::{Deserialize, Serialize};

/// Word vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vectors {
    /// How many numbers a vector has.
    pub width: u32,
    /// The vectors, one row after the other.
    pub rows: Vec<f32>,
    /// How a word finds its rows.
    pub mode: VectorMode,
}

/// How a word finds its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum VectorMode {
    /// By its string id: pairs of id and row, in the order of the file. Several words may share a
    /// row; a word that is not listed has no vector.
    Table(Vec<(u64, i32)>),
    /// By hashes of its character n-grams: every word has one.
    Floret(Floret),
}

/// The settings of floret vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floret {
    /// Shortest n-gram, in code points.
    pub min_n: u32,
    /// Longest n-gram, in code points.
    pub max_n: u32,
    /// How many rows each n-gram picks, 1 to 4.
    pub n_hashes: u32,
    /// What hashes are seeded with.
    pub seed: u32,
    /// Put before a word.
    pub begin: String,
    /// Put behind a word.
    pub end: String,
}

impl Vectors {
    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.rows.len().checked_div(self.width as usize).unwrap_or(0)
    }
}
