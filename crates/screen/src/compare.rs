//! Comparing bases: which there are to choose from, what a comparison would take, and where its
//! figures are drawn.

mod candidate;
mod form;
mod interval;
mod passage;
mod plane;
mod say;

pub use candidate::{Candidate, Limits, Variant, candidates, usual};
pub use form::{Divide, Field, Form, Texts};
pub use interval::{Scale, outline};
pub use passage::{Mark, Piece, difference, passage, window};
pub use plane::{LEFT, Plane, axis};
pub use say::{confused, job_state, of_runs, run_name, runs_left, shorten};
