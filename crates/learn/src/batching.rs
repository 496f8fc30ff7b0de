//! Pieces in batches.

use crate::batch::Piece;
use crate::config::Batch;

/// The share by which a batch of words may be larger than asked for.
const TOLERANCE: f64 = 0.2;

/// Cuts a list of pieces into batches. `n_done` counts the batches that were made before, and is
/// brought up to date: the size grows with it.
///
/// It is spaCy's `minibatch_by_words`: what does not fit waits for the next batch, as long as it
/// stays within the tolerance; what is longer than that is a batch of its own.
pub(crate) fn batches(pieces: Vec<Piece>, words: Batch, n_done: &mut u32) -> Vec<Vec<Piece>> {
    let mut size = || {
        *n_done += 1;
        (words.start * words.compound.powf(f64::from(*n_done - 1))).min(words.stop)
    };
    let mut batches = Vec::new();
    let mut target = size();
    let (mut batch, mut overflow) = (Vec::new(), Vec::new());
    let (mut n_batch, mut n_overflow) = (0.0, 0.0);
    for piece in pieces {
        let n = f64::from(piece.end - piece.start);
        let most = target * (1.0 + TOLERANCE);
        if most < n {
            batches.push(vec![piece]);
        } else if overflow.is_empty() && n_batch + n <= target {
            batch.push(piece);
            n_batch += n;
        } else if n_batch + n_overflow + n <= most {
            overflow.push(piece);
            n_overflow += n;
        } else {
            batches.push(std::mem::replace(&mut batch, std::mem::take(&mut overflow)));
            target = size();
            (n_batch, n_overflow) = (n_overflow, 0.0);
            if n_batch + n <= target {
                batch.push(piece);
                n_batch += n;
            } else if n_batch + n <= target * (1.0 + TOLERANCE) {
                overflow.push(piece);
                n_overflow = n;
            } else {
                batches.push(std::mem::replace(&mut batch, vec![piece]));
                target = size();
                n_batch = n;
            }
        }
    }
    batch.extend(overflow);
    batches.push(batch);
    batches.retain(|it| !it.is_empty());
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces of these lengths, and the lengths in each batch.
    #[track_caller]
    fn check(lengths: &[u32], size: f64, wanted: &[&[u32]]) {
        let piece = |(text, n): (usize, &u32)| Piece { text: text as u32, start: 0, end: *n };
        let pieces = lengths.iter().enumerate().map(piece).collect();
        let words = Batch { start: size, stop: 1000.0, compound: 1.0 };
        let found = batches(pieces, words, &mut 0);
        let lengths = found.iter().map(|it| it.iter().map(|it| it.end).collect::<Vec<_>>());
        assert_eq!(lengths.collect::<Vec<_>>(), wanted);
    }

    // The expected batches are those of `spacy.training.batchers.minibatch_by_words`.
    #[test]
    fn batches_are_spacy_s() {
        check(&[4, 4, 3, 5, 30, 2, 9, 1], 10.0, &[&[4, 4], &[30], &[3, 5, 2], &[9, 1]]);
        check(&[10, 2, 10, 2], 10.0, &[&[10], &[2], &[10, 2]]);
        check(&[], 10.0, &[]);
    }

    #[test]
    fn sizes_grow_from_batch_to_batch() {
        let piece = Piece { text: 0, start: 0, end: 1 };
        let words = Batch { start: 2.0, stop: 8.0, compound: 2.0 };
        let mut n_done = 0;
        let found = batches(vec![piece; 30], words, &mut n_done);
        let lengths: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(lengths, [2, 4, 8, 8, 8]);
        assert_eq!(n_done, 5);
    }
}
