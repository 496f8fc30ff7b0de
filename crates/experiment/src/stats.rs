//! How sure figures are. Every draw is from a given seed.

mod bootstrap;
mod holm;
mod outcomes;
mod permutation;
mod summary;

pub use bootstrap::{Redraws, redraw};
pub use holm::holm;
pub use outcomes::Outcomes;
pub use permutation::permutation_p;
pub use summary::{Interval, Summary, mean, quantile, sample_sd, t_interval, t_quantile};

use serde::{Deserialize, Serialize};

/// How often to draw, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draws {
    /// How often; at least 1.
    pub n: u32,
    /// What the draws start from.
    pub seed: u64,
}

impl Default for Draws {
    fn default() -> Self {
        Self { n: 10_000, seed: 1 }
    }
}

/// Differences that are closer than this are the same: sums of the same numbers in another order.
const SAME: f64 = 1e-12;
