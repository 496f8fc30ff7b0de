//! The editing session without a screen: what a person can do to a text, how it is undone, and
//! how a caret walks through tokens and letters.

mod caret;
mod edit;
mod history;
mod rename;
mod suggestion;

pub use caret::{Boundaries, snap, trim};
pub use edit::{Change, Edit, EditError, Rules};
pub use history::{Entry, History, Step};
pub use rename::Renaming;
pub use suggestion::{Suggestion, visible};
