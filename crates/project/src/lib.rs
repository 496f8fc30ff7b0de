//! Nerine's own records and their versioned bytes: a project, its texts, what was decided, the
//! runs of its models.

mod bytes;
mod record;
mod run;

pub use bytes::{BytesError, from_bytes, to_bytes};
pub use record::{
    AnnotationRecord, Counts, DocNumber, Head, ProjectId, ProjectRecord, SuggestionRecord,
    TextRecord, TokensRecord,
};
pub use run::{
    Device, DeviceChoice, Evaluation, RunId, RunRecord, RunState, SplitCounts, TextMistakes,
    TrainSettings,
};
