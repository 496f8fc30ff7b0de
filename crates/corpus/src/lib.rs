//! Annotated text as plain data: documents, spans, labels, answers, splits, and the conversion
//! between the three rulers that offsets are counted with.
//!
//! Offsets inside Nerine are bytes. Code points (Python's unit) and UTF-16 units (the browser's)
//! exist only in [`offsets`], called at the doors.

mod doc;
mod label;
pub mod offsets;
mod span;
mod split;
mod unread;

pub use doc::{Annotation, Answer, Doc, DocId, Mark, Meta, Origin};
pub use label::{Label, LabelDef, LabelError, palette};
pub use span::{Span, SpanError};
pub use split::{Side, SplitRule, SplitRuleError};
pub use unread::Unread;
