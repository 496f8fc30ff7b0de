//! Pipelines: opened from a folder, zip, wheel or tar.gz, and written again, or its numbers
//! alone.

mod config;
mod extended;
mod filled;
mod json;
mod layers;
mod moves;
mod networks;
mod open;
mod plan;
mod rulers;
mod safetensors;
mod save;
mod sink;
mod source;
mod thinc;
mod tokenizer_file;
mod training;
mod training_config;
mod vocab;

pub use config::Config;
pub(crate) use filled::config as blank_config;
pub use open::open;
pub use safetensors::{Entry, Head, save_safetensors};
pub use save::{labels, save};
pub use sink::{
    FolderSink, Sink, ZipSink, full_name, package_name, save_wheel, save_zip, wheel_name,
};
pub use source::{Archive, Folder, Open, Source, Take};
pub use training::{Training, note_training};
pub use training_config::{BatchWords, NotTaken, TrainingConfig, training_config};
