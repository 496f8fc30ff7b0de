//! Precision, recall and F1 of predicted against gold spans, exact match on place and label, and
//! the errors by kind.

mod errors;
mod scores;

pub use errors::{ErrorKind, Mistake, mistakes};
pub use scores::{Prf, Scores};
