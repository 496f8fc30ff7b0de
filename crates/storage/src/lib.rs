//! Projects on disk: one trait, in `IndexedDB` for the browser and in memory for tests.

mod store;

pub use store::{Committed, NewTexts, Store, StoreError};
