//! Small parts that screens are made of.

mod dialog;
mod icon;
mod label;
mod later;
mod progress;

pub(crate) use dialog::Dialog;
pub(crate) use icon::{Brand, Icon, Picture};
pub(crate) use label::{LabelChip, Shape, slot_class};
pub(crate) use later::{Build, Later, NotFetched, part};
pub(crate) use progress::Bar;
