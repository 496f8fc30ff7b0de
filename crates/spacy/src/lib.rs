//! spaCy on disk: `.spacy` files of annotated texts, and pipelines.

pub mod doc_bin;
mod error;
mod msgpack;
pub mod pipeline;

pub use doc_bin::DocBin;
pub use error::{DocBinError, PipelineError};
