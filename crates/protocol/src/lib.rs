//! The messages between page and workers.
//!
//! They are small: they name records, and the records lie in storage. Files travel beside a
//! message as the browser's own `Blob`s, in the order the message names them.

mod alignment;
mod envelope;
mod experiment;
mod io;
mod train;

pub use alignment::{AlignedBase, AlignedRow, Alignment, BASES, BuiltIn, MarkFix};
pub use envelope::{BUILD, Breakage, Call, CallId, Frame, Hello, Mismatch, Program, VERSION};
pub use experiment::{
    Compared, Difference, ExperimentPart, ExperimentPlan, MOST_DIFFERENCES, PlannedBase,
    PlannedDivision, ReportForm,
};
pub use io::{
    Column, ConfigSettings, ExportFormat, ExportOptions, FileInfo, ImportTarget, IoReply,
    IoRequest, LossReport, LossRow, Passage, PipelineFile, PipelineOf, Preview, PreviewRow,
    ReadFormat, ReadOptions, Severity, StorageCheck, TextLayout, Verdict, Warning, Warnings, Which,
};
pub use train::{FewRequest, Probe, Queued, TrainProgress, TrainReply, TrainRequest, Why};
