//! A pipeline in parts, since word vectors can be larger than what a browser stores in one piece.
//!
//! Part 0 is the tokenizer's rules, part 1 everything else but the rows of the vectors, and the
//! parts from 2 on are those rows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::{Pipeline, Rules, Vectors};
use serde::{Deserialize, Serialize};

use crate::bytes::{BytesError, from_bytes, to_bytes};

/// How many numbers of vectors are one part.
const NUMBERS_IN_PART: usize = 1 << 20;

/// The part that holds the tokenizer's rules.
pub const RULES_PART: u32 = 0;

/// The part that holds everything but the rules and the rows of the vectors.
pub const TRUNK_PART: u32 = 1;

/// What is in front of the vectors' rows.
#[derive(Serialize, Deserialize)]
struct Trunk {
    /// Without rules and rows.
    pipeline: Pipeline,
    /// How many numbers the rows are.
    n_numbers: u64,
}

/// A pipeline taken apart. It is never in memory twice: each part is made when it is asked for.
pub struct PipelineParts {
    front: [Vec<u8>; 2],
    rows: Vec<f32>,
}

impl PipelineParts {
    /// Takes a pipeline apart.
    pub fn new(mut pipeline: Pipeline) -> Self {
        let rows = pipeline.vectors.as_mut().map(|it| std::mem::take(&mut it.rows));
        let rows = rows.unwrap_or_default();
        let rules = to_bytes(&std::mem::take(&mut pipeline.tokenizer));
        let trunk = to_bytes(&Trunk { pipeline, n_numbers: rows.len() as u64 });
        Self { front: [rules, trunk], rows }
    }

    /// How many parts there are.
    pub fn count(&self) -> u32 {
        (self.front.len() + self.rows.len().div_ceil(NUMBERS_IN_PART)) as u32
    }

    /// The bytes of all parts.
    pub fn n_bytes(&self) -> u64 {
        let front: usize = self.front.iter().map(Vec::len).sum();
        (front + size_of_val(self.rows.as_slice())) as u64
    }

    /// The parts in order.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let front = self.front.iter().map(|it| Cow::Borrowed(it.as_slice()));
        let bytes = |rows: &[f32]| rows.iter().flat_map(|it| it.to_le_bytes()).collect();
        let rows = self.rows.chunks(NUMBERS_IN_PART);
        front.chain(rows.map(move |it| Cow::Owned(bytes(it))))
    }
}

/// The rules in [`RULES_PART`].
pub fn rules_of_part(part: &[u8]) -> Result<Rules, BytesError> {
    from_bytes(part)
}

/// Puts a pipeline together again.
#[derive(Default)]
pub struct PipelineBuilder {
    rules: Option<Rules>,
    trunk: Option<Pipeline>,
    rows: Vec<f32>,
    n_numbers: u64,
}

impl PipelineBuilder {
    /// Adds the next part.
    pub fn add(&mut self, part: &[u8]) -> Result<(), BytesError> {
        if self.rules.is_none() {
            self.rules = Some(from_bytes(part)?);
        } else if self.trunk.is_none() {
            let Trunk { pipeline, n_numbers } = from_bytes(part)?;
            let vectors_are_told = pipeline.vectors.is_some() || n_numbers == 0;
            let n_numbers = usize::try_from(n_numbers).ok().filter(|_| vectors_are_told);
            self.n_numbers = n_numbers.ok_or_else(|| damaged("vectors that cannot be"))? as u64;
            self.trunk = Some(pipeline);
        } else {
            let (numbers, rest) = part.as_chunks::<4>();
            if !rest.is_empty() || self.n_numbers < (self.rows.len() + numbers.len()) as u64 {
                return Err(damaged("vectors of another length"));
            }
            if self.rows.is_empty() {
                self.rows.reserve_exact(self.n_numbers as usize);
            }
            self.rows.extend(numbers.iter().map(|it| f32::from_le_bytes(*it)));
        }
        Ok(())
    }

    /// The pipeline, when all parts are there.
    pub fn finish(self) -> Result<Pipeline, BytesError> {
        let (Some(rules), Some(mut pipeline)) = (self.rules, self.trunk) else {
            return Err(damaged("parts are missing"));
        };
        if self.rows.len() as u64 != self.n_numbers {
            return Err(damaged("vectors are missing"));
        }
        pipeline.tokenizer = rules;
        if let Some(vectors) = &mut pipeline.vectors {
            vectors.rows = self.rows;
            let is_whole = vectors.n_rows() * vectors.width as usize == vectors.rows.len();
            if !is_whole {
                return Err(damaged("a row of the vectors is cut"));
            }
        }
        Ok(pipeline)
    }
}

fn damaged(reason: &str) -> BytesError {
    BytesError::Damaged { reason: reason.to_owned() }
}

/// Some rows of a pipeline's vectors, picked from its parts: the others are in memory for as long as
/// their part is.
pub struct PickedRows {
    width: usize,
    /// In order.
    wanted: Vec<usize>,
    values: Vec<f32>,
    /// Numbers that went by.
    n_read: usize,
}

impl PickedRows {
    /// Picks rows of `width` numbers. Parts come in order from the first behind [`TRUNK_PART`].
    pub fn new(width: u32, wanted: BTreeSet<usize>) -> Self {
        let wanted: Vec<usize> = wanted.into_iter().collect();
        let width = width as usize;
        let values = vec![0.0; wanted.len() * width];
        Self { width, wanted, values, n_read: 0 }
    }

    /// Picks from the next part.
    pub fn add(&mut self, part: &[u8]) -> Result<(), BytesError> {
        let (numbers, rest) = part.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(damaged("vectors of another length"));
        }
        let read = self.n_read..self.n_read + numbers.len();
        self.n_read = read.end;
        let first = self.wanted.partition_point(|it| (it + 1) * self.width <= read.start);
        let rows = self.wanted[first..].iter().zip(first..);
        for (row, at) in rows.take_while(|it| it.0 * self.width < read.end) {
            // A row may lie in two parts.
            let start = (row * self.width).max(read.start);
            let end = ((row + 1) * self.width).min(read.end);
            let to = &mut self.values[at * self.width + start - row * self.width..];
            let from = &numbers[start - read.start..end - read.start];
            to.iter_mut().zip(from).for_each(|(it, bytes)| *it = f32::from_le_bytes(*bytes));
        }
        Ok(())
    }

    /// A row that was wanted. None where its part did not come.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        let at = self.wanted.binary_search(&row).ok()?;
        let is_read = (row + 1) * self.width <= self.n_read;
        is_read.then(|| &self.values[at * self.width..][..self.width])
    }
}

/// The pipeline in [`TRUNK_PART`], without its tokenizer's rules and the rows of its vectors, and how
/// many rows those are.
pub fn trunk_of_part(part: &[u8]) -> Result<(Pipeline, usize), BytesError> {
    let Trunk { pipeline, n_numbers } = from_bytes(part)?;
    let width = pipeline.vectors.as_ref().map_or(0, |it| u64::from(it.width));
    let n_rows = n_numbers.checked_div(width).unwrap_or(0);
    match usize::try_from(n_rows) {
        Ok(n_rows) => Ok((pipeline, n_rows)),
        Err(_) => Err(damaged("vectors that cannot be")),
    }
}

/// How a pipeline's vectors are shown.
impl From<&Vectors> for crate::BaseVectors {
    fn from(vectors: &Vectors) -> Self {
        let words = match &vectors.mode {
            model::VectorMode::Table(words) => Some(words.len() as u32),
            model::VectorMode::Floret(_) => None,
        };
        Self { rows: vectors.n_rows() as u32, width: vectors.width, words }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::VectorMode;

    use super::*;

    fn pipeline(n_rows: usize) -> Pipeline {
        let width = 300;
        let rows = (0..n_rows * width).map(|it| it as f32).collect();
        let mode = VectorMode::Table(vec![(7, 0), (9, 1)]);
        Pipeline {
            lang: "en".to_owned(),
            name: "tiny".to_owned(),
            version: "1.0.0".to_owned(),
            tokenizer: Rules { prefix_search: Some("^a".to_owned()), ..Rules::default() },
            norms: BTreeMap::from([(5, "norm".to_owned())]),
            vectors: Some(Vectors { width: width as u32, rows, mode }),
            components: Vec::new(),
            files: BTreeMap::from([("meta.json".to_owned(), b"{}".to_vec())]),
        }
    }

    fn parts_of(apart: &PipelineParts) -> Vec<Vec<u8>> {
        apart.iter().map(Cow::into_owned).collect()
    }

    fn together<'p>(parts: impl Iterator<Item = &'p Vec<u8>>) -> Result<Pipeline, BytesError> {
        let mut builder = PipelineBuilder::default();
        for part in parts {
            builder.add(part)?;
        }
        builder.finish()
    }

    #[test]
    fn a_pipeline_is_taken_apart_and_put_together() {
        for n_rows in [0, 1, 4_000] {
            let whole = pipeline(n_rows);
            let apart = PipelineParts::new(whole.clone());
            let parts = parts_of(&apart);
            assert_eq!(parts.len(), apart.count() as usize);
            assert_eq!(parts.iter().map(Vec::len).sum::<usize>() as u64, apart.n_bytes());
            assert_eq!(rules_of_part(&parts[0]), Ok(whole.tokenizer.clone()));
            assert_eq!(together(parts.iter()), Ok(whole));
        }
    }

    #[test]
    fn rows_are_picked_from_the_parts() {
        let parts = parts_of(&PipelineParts::new(pipeline(8_000)));
        assert_eq!(parts.len(), 5);
        let (trunk, n_rows) = trunk_of_part(&parts[TRUNK_PART as usize]).unwrap();
        assert_eq!((trunk.vectors.unwrap().width, n_rows), (300, 8_000));
        // 3,495 and 6,990 lie in two parts.
        let wanted = [0, 1, 3_494, 3_495, 3_496, 6_990, 7_999];
        let mut picked = PickedRows::new(300, wanted.into());
        for part in &parts[2..] {
            assert_eq!(picked.row(7_999), None);
            picked.add(part).unwrap();
        }
        for row in wanted {
            let expected: Vec<f32> = (row * 300..(row + 1) * 300).map(|it| it as f32).collect();
            assert_eq!(picked.row(row), Some(expected.as_slice()), "{row}");
        }
        assert_eq!(picked.row(2), None);
        assert!(picked.add(&[0; 3]).is_err());
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let parts = parts_of(&PipelineParts::new(pipeline(4_000)));
        let is_damaged =
            |it: Result<Pipeline, BytesError>| matches!(it, Err(BytesError::Damaged { .. }));
        for n in 0..parts.len() {
            assert!(is_damaged(together(parts[..n].iter())), "{n} parts");
        }
        let twice = parts.iter().chain(parts.last());
        assert!(is_damaged(together(twice)));
        let mut cut = parts.clone();
        cut[2].pop();
        assert!(is_damaged(together(cut.iter())));
    }
}
