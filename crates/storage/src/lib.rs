//! Projects on disk: one trait, in `IndexedDB` for the browser and in memory for tests.
//!
//! What a call does is written once, in `records`, over tables of bytes; the two places to keep
//! them differ only in their transactions.

mod error;
mod experiment;
#[cfg(target_arch = "wasm32")]
mod indexed_db;
mod memory;
mod records;
mod rows;
mod store;
mod table;
#[cfg(test)]
mod tests;

pub use self::experiment::{ExperimentRecord, Outcome, Way};
pub use error::StoreError;
#[cfg(target_arch = "wasm32")]
pub use indexed_db::IndexedDb;
pub use memory::Memory;
pub use store::{Committed, NewTexts, Store};
