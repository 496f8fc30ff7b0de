//! spaCy on disk: `.spacy` files of annotated texts, pipelines, and the files of word vectors that
//! `spacy init vectors` makes pipelines of.

pub mod doc_bin;
mod error;
mod msgpack;
pub mod pipeline;
pub mod vectors_file;
pub mod workspace;

pub use doc_bin::DocBin;
pub use error::{DocBinError, PipelineError, SafetensorsError};
pub use pipeline::{BatchWords, NotTaken, TrainingConfig, training_config};
pub use vectors_file::VectorsError;
