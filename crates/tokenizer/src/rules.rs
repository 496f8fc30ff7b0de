//! What makes one tokenizer differ from another, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The rules of a tokenizer: regular expressions as Python writes them, and exceptions.
///
/// The fields are named as in the `tokenizer` file of a spaCy pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rules {
    /// Finds what is cut off at the front of a chunk.
    #[serde(default)]
    pub prefix_search: Option<String>,
    /// Finds what is cut off at the end of a chunk.
    #[serde(default)]
    pub suffix_search: Option<String>,
    /// Finds where what is left is cut in the middle.
    #[serde(default)]
    pub infix_finditer: Option<String>,
    /// Matches at the front of what must stay whole, asked before affixes are cut off.
    #[serde(default)]
    pub token_match: Option<String>,
    /// Matches at the front of what must stay whole, asked after affixes are cut off.
    #[serde(default)]
    pub url_match: Option<String>,
    /// Whether only exceptions that hold an affix or a blank are looked for a second time.
    #[serde(default = "yes")]
    pub faster_heuristics: bool,
    /// Strings whose tokens are given; the parts joined are the string.
    pub exceptions: BTreeMap<String, Vec<Part>>,
}

fn yes() -> bool {
    true
}

/// One token of an exception.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Part {
    /// Its text.
    #[serde(rename = "ORTH")]
    pub orth: String,
    /// Its norm, if the exception gives one.
    #[serde(rename = "NORM", default)]
    pub norm: Option<String>,
}

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
