//! File formats, one module each: reading and writing documents as streams.
//!
//! [`read`] tells what each file is by its content and gives one text at a time, with a
//! [`Warning`] for whatever could not be taken as it is. [`Writer`] and [`nerine::Writer`] take
//! one text at a time and say what the format cannot hold.
//!
//! | format | read | written |
//! |---|---|---|
//! | plain text, one text a file or a line | yes | |
//! | JSONL, Prodigy's and others | yes | yes |
//! | CSV, TSV | yes | |
//! | CoNLL: IOB2, BILUO and their kin | yes | yes |
//! | `.spacy`, spaCy's `DocBin` | yes | yes |
//! | `.nerine`, the portable project | yes | yes |

mod conll;
mod detect;
mod doc_bin;
mod file;
mod jsonl;
mod lines;
mod losses;
mod marks;
pub mod nerine;
mod place;
mod reader;
mod record;
mod table;
mod text;
mod warning;
mod writer;

pub use conll::Scheme;
pub use detect::{Format, Layout, detect, layout};
pub use file::{Files, InFile, ReadSeek};
pub use losses::{Loss, Losses, What, Which};
pub use reader::{Known, Options, Reader, SAMPLE_BYTES, read, text_hash};
pub use record::{FIELDS, MARK_FIELDS};
pub use table::{Columns, TableSample, sample as sample_table};
pub use warning::{MarkProblem, Reason, Severity, Warning};
pub use writer::{Kept, OutFormat, Writer};
