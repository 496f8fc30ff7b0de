//! `.spacy`, the file that `spacy train` reads: spaCy's `DocBin`.
//!
//! A [`DocBin`] holds all that the file holds and is written with the same bytes inside.
//! [`DocBin::doc`] makes a text with marks of it, [`DocBin::add`] takes one in; both say what they
//! leave out.

mod add;
mod doc;
mod file;
mod span_groups;

use std::collections::BTreeMap;

use rmpv::Value;

pub use add::Setting;
pub use doc::Note;

/// Annotated texts as spaCy packs them.
#[derive(Clone, Debug, PartialEq)]
pub struct DocBin {
    /// The attributes of a token that are written, by spaCy's numbers; `ORTH` (65) is one.
    attrs: Vec<u64>,
    /// The texts.
    docs: Vec<BinDoc>,
    /// Every string that occurs, by its id.
    strings: BTreeMap<String, u64>,
    /// The strings by their ids.
    by_id: BTreeMap<u64, String>,
    /// Whether texts keep data of their users.
    has_user_data: bool,
    /// The version that the file says.
    version: String,
}

/// One text of a [`DocBin`].
#[derive(Clone, Debug, PartialEq)]
struct BinDoc {
    /// Values of attributes, token by token.
    tokens: Vec<u64>,
    /// Whether a blank follows each token.
    spaces: Vec<bool>,
    /// Labels of the whole text, a map.
    cats: Value,
    /// What spaCy says of the text, a map.
    flags: Value,
    /// Spans that may overlap, as spaCy packs them.
    span_groups: Vec<u8>,
    /// Data of its user, as msgpack. None: not kept.
    user_data: Option<Vec<u8>>,
}

/// Numbers of token attributes in spaCy's `attrs`.
mod attr {
    pub(super) const ORTH: u64 = 65;
    pub(super) const NORM: u64 = 67;
    pub(super) const LEMMA: u64 = 73;
    pub(super) const POS: u64 = 74;
    pub(super) const TAG: u64 = 75;
    pub(super) const DEP: u64 = 76;
    pub(super) const ENT_IOB: u64 = 77;
    pub(super) const ENT_TYPE: u64 = 78;
    pub(super) const HEAD: u64 = 79;
    pub(super) const SENT_START: u64 = 80;
    pub(super) const ENT_KB_ID: u64 = 452;
    pub(super) const MORPH: u64 = 453;
    pub(super) const ENT_ID: u64 = 454;

    /// What spaCy writes when nothing else is asked for.
    pub(super) const ALL: [u64; 13] = [
        ORTH, NORM, LEMMA, POS, TAG, DEP, ENT_IOB, ENT_TYPE, HEAD, SENT_START, ENT_KB_ID, MORPH,
        ENT_ID,
    ];
}

impl Default for DocBin {
    fn default() -> Self {
        Self::new()
    }
}

impl DocBin {
    /// One without texts, with the attributes that spaCy writes by default.
    pub fn new() -> Self {
        let mut bin = Self {
            attrs: attr::ALL.to_vec(),
            docs: Vec::new(),
            strings: BTreeMap::new(),
            by_id: BTreeMap::new(),
            has_user_data: false,
            version: "0.1".to_owned(),
        };
        // spaCy's set of strings is empty until a text is added; each text has the empty string.
        bin.by_id.insert(0, String::new());
        bin
    }

    /// How many texts it holds.
    pub fn len(&self) -> usize {
        self.docs.len()
    }

    /// Whether it holds no text.
    pub fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }

    /// The text of a string id: a reserved symbol's, or one that the file lists.
    fn string(&self, id: u64) -> Option<&str> {
        tokenizer::lex::symbol(id).or_else(|| self.by_id.get(&id).map(String::as_str))
    }

    /// Adds a string and gives its id.
    fn intern(&mut self, string: &str) -> u64 {
        if let Some(id) = self.strings.get(string) {
            return *id;
        }
        let id = tokenizer::lex::string_id(string);
        self.strings.insert(string.to_owned(), id);
        self.by_id.insert(id, string.to_owned());
        id
    }

    /// Where an attribute lies in a token's row.
    fn column(&self, attr: u64) -> Option<usize> {
        self.attrs.iter().position(|it| *it == attr)
    }
}
