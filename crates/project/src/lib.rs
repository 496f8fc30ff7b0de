//! Nerine's own records and their versioned bytes: a project, its texts, what was decided, the
//! runs of its models.

mod base;
mod bytes;
mod parts;
mod record;
mod run;

pub use base::{BaseComponent, BaseRecord, BaseVectors, Fate};
pub use bytes::{BytesError, from_bytes, to_bytes};
pub use parts::{
    PickedRows, PipelineBuilder, PipelineParts, RULES_PART, TRUNK_PART, rules_of_part,
    trunk_of_part,
};
pub use record::{
    AnnotationRecord, Counts, DocNumber, Head, ProjectId, ProjectRecord, SuggestionRecord,
    TextRecord, TokensRecord,
};
pub use run::{
    Device, DeviceChoice, Evaluation, ExperimentId, RunId, RunRecord, RunState, SplitCounts, Stage,
    TextMistakes, TrainSettings,
};
