//! The screens, one module each.

mod align;
mod annotate;
mod bases;
mod compare;
mod export;
pub(crate) mod projects;
mod train;

pub(crate) use align::AlignScreen;
pub(crate) use annotate::{AnnotateScreen, keys as annotate_keys};
pub(crate) use bases::BasesScreen;
pub(crate) use compare::{CompareScreen, ExperimentsGoOn};
pub(crate) use export::ExportScreen;
pub(crate) use projects::{ProjectsScreen, listen_to_files};
pub(crate) use train::TrainScreen;
