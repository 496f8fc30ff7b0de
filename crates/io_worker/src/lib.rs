//! The worker that reads and writes files and makes tokens, off the page's thread.
//!
//! What it does is written against [`storage::Store`] and a page that listens, so that it is
//! tested without a browser.

#[cfg(any(target_arch = "wasm32", test))]
mod alignment;
#[cfg(test)]
mod base_tests;
#[cfg(any(target_arch = "wasm32", test))]
mod bases;
#[cfg(target_arch = "wasm32")]
mod blob;
#[cfg(any(target_arch = "wasm32", test))]
mod check;
#[cfg(any(target_arch = "wasm32", test))]
mod config_file;
#[cfg(any(target_arch = "wasm32", test))]
mod export;
#[cfg(any(target_arch = "wasm32", test))]
mod import;
#[cfg(target_arch = "wasm32")]
mod mailbox;
#[cfg(any(target_arch = "wasm32", test))]
mod page;
#[cfg(any(target_arch = "wasm32", test))]
mod pipeline_run;
#[cfg(any(target_arch = "wasm32", test))]
mod preview;
#[cfg(any(target_arch = "wasm32", test))]
mod reading;
#[cfg(any(target_arch = "wasm32", test))]
mod spacy_project;
#[cfg(test)]
mod spacy_project_tests;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "wasm32", test))]
mod texts;

#[cfg(target_arch = "wasm32")]
pub use mailbox::start;
