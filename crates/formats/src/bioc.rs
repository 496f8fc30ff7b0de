//! BioC, as JSON and as XML: documents of passages, each with its offset in the document, and
//! annotations with locations that count from the document's start.
//!
//! What offsets count differs between programs: the unit is the one under which most annotations
//! have their words. It is written as code points, and the file says so. XML is read as the JSON of
//! the same document, and written from it.

mod laid;
mod read;
mod write;

use serde_json::{Map, Value};

use crate::count::Count;
use crate::detect::{Sample, Sure};
use crate::ents::Taking;
use crate::format::{Format, Offsets, Write as Written};
use crate::json_tree::Values;
use crate::losses::What;
use crate::reader::{Found, Options, Records};
use crate::record::kind;
use crate::warning::Reason;

pub(crate) use read::record;
pub(crate) use write::{document_of, head_of};

/// BioC as JSON.
pub static BIOC_JSON: Format = Format {
    key: "bioc-json",
    aliases: &["bioc"],
    name: "BioC JSON",
    about: "Documents of passages with annotations and relations, as JSON: a collection, a list of \
            documents, or a document a line.",
    extensions: &["json"],
    offsets: Offsets::CodePoints,
    holds: HOLDS,
    is_text: true,
    is_folder: false,
    together: None,
    recognise,
    read: Some(|source, options| {
        let values = Values::read(source)?;
        Ok(Box::new(Json { values, inside: Vec::new(), head: None, taking: taking(options) }))
    }),
    write: Written::Texts(|_| Box::new(write::WriteJson::default())),
};

/// What both forms hold.
pub(crate) const HOLDS: &[What] = &[
    What::Marks,
    What::Overlaps,
    What::Ids,
    What::Fragments,
    What::Relations,
    What::Normalisations,
];

fn recognise(sample: &Sample<'_>) -> Option<Sure> {
    let starts = ["", "[].", "documents[].", "PubTator3[].", "[].documents[]."];
    let is_one = |it: &&str| sample.has_paths(&[&format!("{it}passages[].offset")]);
    starts.iter().any(is_one).then_some(Sure::Certain)
}

pub(crate) fn taking(options: &Options) -> Taking {
    Taking { count: Count::Bytes, pieces: options.pieces, breaks_at_lines: false }
}

/// Reads one text a document.
struct Json {
    values: Values,
    /// Documents of the collection that is open, the last one first.
    inside: Vec<Value>,
    /// What the collection says of itself, for its first document.
    head: Option<Map<String, Value>>,
    taking: Taking,
}

impl Records for Json {
    fn bytes_read(&self) -> u64 {
        self.values.bytes_read()
    }

    fn next_record(&mut self) -> Option<Found> {
        loop {
            if let Some(document) = self.inside.pop() {
                let found = record(document, self.head.take(), self.taking, None);
                return Some(found);
            }
            let (line, value) = match self.values.next()? {
                Ok(found) => found,
                Err(problem) => return Some(Found::new(None, None, vec![problem])),
            };
            let mut object = match value {
                Value::Object(object) => object,
                other => {
                    return Some(Found::lost(line, Reason::NotObject { found: kind(&other) }));
                }
            };
            let documents =
                object.shift_remove("documents").or_else(|| object.shift_remove("PubTator3"));
            match documents {
                Some(Value::Array(documents)) => {
                    self.inside = documents.into_iter().rev().collect();
                    self.head = (!object.is_empty()).then_some(object);
                }
                Some(other) => {
                    let (field, expected, found) = ("documents", "a list", kind(&other));
                    return Some(Found::lost(line, Reason::WrongType { field, expected, found }));
                }
                None => return Some(record(Value::Object(object), None, self.taking, Some(line))),
            }
        }
    }
}

/// The infon that says what an annotation is.
const TYPE: &str = "type";
/// The infon that names the entry of a database.
const ENTRY: &str = "identifier";
