//! The rules of the built-in bases, as `tests/golden/spacy/dump_rules.py` writes them.
//!
//! What patterns have in common is written once, in `pieces.json`, and named where it belongs:
//! `@{ALPHA}`. A base inherits the exceptions of another. Exceptions that the first pass tears
//! apart come with the tokens that it makes of them, since finding that out takes long.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Base, Part, Rules};

/// The rules of a base, and what follows from them.
pub(crate) struct Shipped {
    pub(crate) rules: Rules,
    /// The texts of the tokens that the first pass makes of each exception that it tears apart.
    pub(crate) torn: Vec<Vec<String>>,
}

impl Base {
    /// The rules of its tokenizer, as spaCy writes them. None where each character is a token.
    pub fn rules(self) -> Option<Rules> {
        self.shipped().map(|it| it.rules)
    }

    pub(crate) fn shipped(self) -> Option<Shipped> {
        let file = File::read(self.file()?);
        let pieces = serde_json::from_str(include_str!("../rules/pieces.json"));
        let pieces: BTreeMap<String, String> = pieces.expect("we ship valid pieces");
        let whole = |pattern: Option<String>| pattern.map(|it| with_pieces(&it, &pieces));
        let mut rules = Rules {
            prefix_search: whole(file.prefix_search),
            suffix_search: whole(file.suffix_search),
            infix_finditer: whole(file.infix_finditer),
            token_match: whole(file.token_match),
            url_match: whole(file.url_match),
            faster_heuristics: true,
            exceptions: parts(file.exceptions).collect(),
        };
        let mut inherits = file.inherits;
        while let Some(file) = inherits.map(|it| File::read(it.json())) {
            rules.exceptions.extend(parts(file.exceptions));
            inherits = file.inherits;
        }
        Some(Shipped { rules, torn: file.torn })
    }

    fn file(self) -> Option<&'static str> {
        Some(match self {
            Base::BlankEn => Inherited::En.json(),
            Base::BlankDe => include_str!("../rules/de.json"),
            Base::BlankFr => include_str!("../rules/fr.json"),
            Base::BlankEs => include_str!("../rules/es.json"),
            Base::BlankXx => Inherited::Xx.json(),
            Base::SciSpacy => include_str!("../rules/scispacy.json"),
            Base::BlankZh => return None,
        })
    }
}

/// A file of rules.
#[derive(Deserialize)]
struct File {
    prefix_search: Option<String>,
    suffix_search: Option<String>,
    infix_finditer: Option<String>,
    token_match: Option<String>,
    url_match: Option<String>,
    inherits: Option<Inherited>,
    /// The parts of each exception; none if the exception is its only part.
    exceptions: BTreeMap<String, Vec<FilePart>>,
    torn: Vec<Vec<String>>,
}

/// A base whose exceptions others have too.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Inherited {
    Xx,
    En,
}

/// A part of an exception.
#[derive(Deserialize)]
#[serde(untagged)]
enum FilePart {
    Plain(String),
    /// Text and norm.
    WithNorm(String, String),
}

impl File {
    fn read(json: &str) -> Self {
        serde_json::from_str(json).expect("we ship valid rules")
    }
}

impl Inherited {
    fn json(self) -> &'static str {
        match self {
            Inherited::Xx => include_str!("../rules/xx.json"),
            Inherited::En => include_str!("../rules/en.json"),
        }
    }
}

/// A pattern with its pieces in full.
fn with_pieces(pattern: &str, pieces: &BTreeMap<String, String>) -> String {
    let mut whole = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("@{") {
        let (name, after) = after.split_once('}').expect("a piece's name ends");
        whole.push_str(before);
        whole.push_str(&pieces[name]);
        rest = after;
    }
    whole.push_str(rest);
    whole
}

fn parts(exceptions: BTreeMap<String, Vec<FilePart>>) -> impl Iterator<Item = (String, Vec<Part>)> {
    exceptions.into_iter().map(|(key, parts)| {
        let parts = match parts.is_empty() {
            true => vec![Part { orth: key.clone(), norm: None }],
            false => parts.into_iter().map(FilePart::into_part).collect(),
        };
        (key, parts)
    })
}

impl FilePart {
    fn into_part(self) -> Part {
        match self {
            FilePart::Plain(orth) => Part { orth, norm: None },
            FilePart::WithNorm(orth, norm) => Part { orth, norm: Some(norm) },
        }
    }
}
