//! Small parts that screens are made of.

mod bases;
mod dialog;
mod icon;
mod label;
mod later;
mod measured;
mod progress;
mod save_pipeline;
mod tokens;

pub(crate) use bases::BaseOptions;
pub(crate) use dialog::Dialog;
pub(crate) use icon::{Brand, Icon, Picture};
pub(crate) use label::{LabelChip, Shape, shape_path, slot_class};
pub(crate) use later::{Build, Later, NotFetched, part};
pub(crate) use measured::Measured;
pub(crate) use progress::Bar;
pub(crate) use save_pipeline::SavePipeline;
pub(crate) use tokens::TokensDrawn;
