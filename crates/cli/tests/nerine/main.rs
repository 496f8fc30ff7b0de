//! The built program, run as people run it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod commands;
mod comparing;
mod pipelines;
mod program;
mod refusals;
mod training;
