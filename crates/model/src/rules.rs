use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The rules of a tokenizer: regular expressions as Python writes them, and exceptions.
///
/// The fields are named as in the `tokenizer` file of a spaCy pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its text.
    #[serde(rename = "ORTH")]
    pub orth: String,
    /// Its norm, if the exception gives one.
    #[serde(rename = "NORM", default)]
    pub norm: Option<String>,
}
