//! What is known of words as bytes.

use crate::bytes::{Keys, Reader, Writer};
use crate::company::{DIRECTIONS, VECTOR};
use crate::error::ModelError;
use crate::words::{CLUSTERINGS, Known, Words, buckets, from_buckets};

/// What the bytes of words start with: their kind, and the version of their form.
const START: &[u8; 8] = b"NERINEW\x01";

/// How the cases of a word are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// As counts, which a training asks for.
    Exact,
    /// As shares, which are enough to predict.
    Shares,
}

impl Words {
    /// The words as bytes, so that they need not be read from the raw text again.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer(START.to_vec());
        write_words(self, Counts::Exact, &mut writer);
        writer.0
    }

    /// Reads what [`Words::to_bytes`] wrote, and refuses anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader(bytes);
        if reader.take(START.len()) != Ok(START.as_slice()) {
            return Err(ModelError::Unknown);
        }
        let words = read_words(Counts::Exact, &mut reader)?;
        if reader.0.is_empty() { Ok(words) } else { Err(ModelError::Damaged) }
    }
}

/// The bit above those of the cases: clusters and a vector follow.
const CLUSTERED: u8 = 0x40;

/// The bit above that: vectors from elsewhere have a say in them.
const GIVEN: u8 = 0x80;

pub(crate) fn write_words(words: &Words, counts: Counts, writer: &mut Writer) {
    let mut known: Vec<(u32, Known)> = words.known.iter().map(|it| (*it.0, *it.1)).collect();
    known.sort_unstable_by_key(|it| it.0);
    writer.number(known.len() as u32);
    let mut keys = Keys(0);
    for (key, word) in known {
        keys.write(key, writer);
        let bits = if word.vector.is_some() { CLUSTERED } else { 0 }
            | if word.is_given { GIVEN } else { 0 };
        match counts {
            Counts::Exact => {
                writer.byte(bits);
                word.counts.iter().for_each(|it| writer.number((*it).into()));
            }
            Counts::Shares => {
                let [lower, title, upper] = buckets(word.counts).map(|it| it as u8);
                writer.byte(bits | lower | title << 2 | upper << 4);
            }
        }
        let Some(vector) = word.vector else { continue };
        word.clusters.iter().for_each(|it| writer.byte(*it as u8));
        let vector = &words.vectors[vector as usize * VECTOR..][..VECTOR];
        vector.chunks_exact(DIRECTIONS).for_each(|it| writer.coarse_row(it));
    }
}

pub(crate) fn read_words(counts: Counts, reader: &mut Reader<'_>) -> Result<Words, ModelError> {
    let mut words = Words::default();
    let mut keys = Keys(0);
    let mut n_vectors = 0;
    for _ in 0..reader.count()? {
        let key = keys.read(reader)?;
        let bits = reader.byte()?;
        let counts = match counts {
            Counts::Exact => read_counts(reader)?,
            Counts::Shares => from_buckets([0, 2, 4].map(|at| u32::from(bits >> at & 3))),
        };
        let mut known = Known { counts, is_given: bits & GIVEN != 0, ..Known::default() };
        if bits & CLUSTERED != 0 {
            let clusters = reader.take(CLUSTERINGS)?;
            known.clusters.iter_mut().zip(clusters).for_each(|(it, byte)| *it = (*byte).into());
            known.vector = Some(n_vectors);
            n_vectors += 1;
            let start = words.vectors.len();
            words.vectors.resize(start + VECTOR, 0.0);
            for row in words.vectors[start..].chunks_exact_mut(DIRECTIONS) {
                reader.coarse_row(row)?;
            }
        }
        words.known.insert(key, known);
    }
    Ok(words)
}

fn read_counts(reader: &mut Reader<'_>) -> Result<[u16; 4], ModelError> {
    let mut counts = [0; 4];
    for it in &mut counts {
        *it = reader.number()?.try_into().or(Err(ModelError::Damaged))?;
    }
    Ok(counts)
}
