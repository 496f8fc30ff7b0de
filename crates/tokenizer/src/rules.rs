//! What makes one tokenizer differ from another, as data.

pub use model::{Part, Rules};

/// Why rules make no tokenizer.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// One of the regular expressions is not one that we understand.
    #[error("tokenizer rule {name}: {source}: correct the regular expression")]
    Pattern {
        /// Which of the rules.
        name: &'static str,
        /// What is wrong with it.
        source: Box<fancy_regex::Error>,
    },
    /// The tokens of an exception are not the exception cut into pieces.
    #[error("the tokens of exception {key:?} do not join to it: correct them")]
    Exception {
        /// The exception.
        key: String,
    },
}
