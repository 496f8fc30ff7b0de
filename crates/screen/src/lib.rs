//! What the screens show, worked out without a browser: where marks and charts are drawn, how a
//! text is cut around them, how numbers are said, and what a training would learn from.
//!
//! All lengths are CSS pixels. The components of `app` measure, ask here, and draw.
#![expect(
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "lengths, epochs and seconds are small and never below 0 where they are rounded"
)]

pub mod alignment;
pub mod chart;
pub mod compare;
pub mod draft;
pub mod marks;
pub mod passage;
pub mod pipelines;
pub mod plan;
pub mod snippet;
pub mod words;
