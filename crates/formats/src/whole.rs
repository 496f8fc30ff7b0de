use std::collections::VecDeque;

use crate::reader::{Found, Records};

/// The records of a file that was read at once.
pub(crate) struct Whole {
    found: VecDeque<Found>,
    n_bytes: u64,
}

impl Whole {
    /// `n_bytes` is the length of the file.
    pub(crate) fn new(found: impl IntoIterator<Item = Found>, n_bytes: u64) -> Self {
        Self { found: found.into_iter().collect(), n_bytes }
    }
}

impl Records for Whole {
    fn next_record(&mut self) -> Option<Found> {
        self.found.pop_front()
    }

    fn bytes_read(&self) -> u64 {
        self.n_bytes
    }
}
