//! Which marks fall on the tokens of a base, which do not, why, and what to do about it.
//!
//! A model reads tokens, so a mark that starts or ends inside a token cannot be learned as it
//! stands. [`Tokens`] answers for one mark, as spaCy's `Doc.char_span` does; [`Report`] counts
//! and groups the marks of many texts for several bases; [`SpanEdit`] is what a correction does.
//! Nothing here cuts texts into tokens or changes a mark.
//!
//! Offsets are bytes.

mod advice;
mod cell;
mod fit;
mod overlap;
mod report;
mod row;
mod tokens;

pub use advice::{Action, Advice, Reason, Shift};
pub use cell::{Cell, Drawn, Verdict};
pub use fit::{Fit, Kind};
pub use report::{BaseReport, Counts, Misfit, Overlap, Plan, Report};
pub use row::{DocSpan, Row, SpanEdit};
pub use tokens::{Mode, Place, TokenRange, Tokens};
