//! `GLiNER`'s JSON: a list of records with `tokenized_text` and `ner`.
//!
//! ```json
//! [{"tokenized_text": ["HeLa", "cells", "."], "ner": [[0, 1, "CELL_LINE"]]}]
//! ```
//!
//! A mark names its first and its last token, both inclusive. Marks may overlap. What is written
//! has `id` and `text`, too, which trainers do not look at.

use std::io;

use corpus::{Doc, Label, Mark, Origin, Span};
use serde_json::{Map, Value, json};

use crate::detect::Sure;
use crate::format::{Format, Offsets, Write as Written};
use crate::items::{JsonRecords, ReadValue, first_value};
use crate::losses::What;
use crate::place::{place_all, words_of};
use crate::reader::Problem;
use crate::record::kind;
use crate::warning::{MarkProblem, Reason};
use crate::words::{Joined, WORDS, own_words};
use crate::writer::{To, WriteTexts};

/// Tokens and marks on them.
pub static GLINER: Format = Format {
    key: "gliner",
    aliases: &[],
    name: "GLiNER JSON",
    about: "A list of records with tokenized_text and ner, whose marks name their first and last \
            token.",
    extensions: &["json", "jsonl"],
    offsets: Offsets::Tokens,
    holds: &[What::Marks, What::Overlaps, What::Ids, What::Metadata],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        let first = first_value(&sample.text)?;
        first.get("tokenized_text")?.as_array()?;
        Some(Sure::Certain)
    },
    read: Some(|source, _| Ok(Box::new(JsonRecords::new(source, ReadGliner)))),
    write: Written::Texts(|_| Box::new(WriteGliner::default())),
};

/// The entry of [`Doc::meta`] that holds the other fields of a record.
const EXTRAS: &str = "_gliner";

struct ReadGliner;

impl ReadValue for ReadGliner {
    fn read(&mut self, value: Value, fallback_id: &str, problems: &mut Vec<Problem>) -> Vec<Doc> {
        let mut record = match value {
            Value::Object(record) => record,
            other => {
                problems.push(Reason::NotObject { found: kind(&other) }.into());
                return Vec::new();
            }
        };
        let words = match record.shift_remove("tokenized_text") {
            Some(Value::Array(words)) => words,
            other => {
                let found = other.as_ref().map(kind);
                problems.push(Reason::NoText { field: "tokenized_text".into(), found }.into());
                return Vec::new();
            }
        };
        let words: Vec<String> = words
            .into_iter()
            .map(|it| match it {
                Value::String(word) => word,
                other => other.to_string(),
            })
            .collect();
        let Some(joined) = join(&words, &mut record, problems) else {
            problems.push(Reason::BlankText.into());
            return Vec::new();
        };
        let places = joined.1;
        let id = match record.shift_remove("id") {
            Some(Value::String(id)) if !id.trim().is_empty() => id,
            Some(Value::Number(id)) => id.to_string(),
            _ => fallback_id.to_owned(),
        };
        let mut doc = joined.0.into_doc(id);
        let marks = match record.shift_remove("ner") {
            Some(Value::Array(marks)) => marks,
            None | Some(Value::Null) => Vec::new(),
            Some(other) => {
                let found = kind(&other);
                problems.push(Reason::WrongType { field: "ner", expected: "a list", found }.into());
                Vec::new()
            }
        };
        let mut spans: Vec<Span> = Vec::new();
        for (idx, mark) in marks.iter().enumerate() {
            let nth = idx + 1;
            match span_of(mark, &places) {
                Ok(span) if spans.contains(&span) => {
                    problems.push(Reason::MarkedTwice { nth }.into());
                }
                Ok(span) => spans.push(span),
                Err(why) => problems.push(Reason::BadMark { nth, why }.into()),
            }
        }
        spans.sort();
        let mark = |span| Mark { span, origin: Origin::Import, at_ms: 0 };
        doc.annotation.marks = spans.into_iter().map(mark).collect();
        if !record.is_empty() {
            doc.meta.0.insert(EXTRAS.into(), Value::Object(record));
        }
        vec![doc]
    }
}

/// The text, and where each token lies in it; none for tokens without a character.
type Placed = (Joined, Vec<Option<(u32, u32)>>);

fn join(
    words: &[String],
    record: &mut Map<String, Value>,
    problems: &mut Vec<Problem>,
) -> Option<Placed> {
    let shown = || words.iter().map(String::as_str).filter(|it| !it.trim().is_empty());
    shown().next()?;
    let within = match record.get("text") {
        Some(Value::String(text)) => Some(Joined::within(text, shown())),
        _ => None,
    };
    match &within {
        Some(Some(_)) => drop(record.shift_remove("text")),
        Some(None) => problems.push(Reason::OtherText.into()),
        None => {}
    }
    let joined = within.flatten();
    let joined = joined.unwrap_or_else(|| Joined::with_blanks(shown()));
    let mut tokens = joined.words.iter();
    let place = |word: &String| match word.trim().is_empty() {
        true => None,
        false => tokens.next().map(|it| (it.start, it.end)),
    };
    let places = words.iter().map(place).collect();
    Some((joined, places))
}

/// `[first, last, label]`.
fn span_of(mark: &Value, places: &[Option<(u32, u32)>]) -> Result<Span, MarkProblem> {
    let at = |nth: usize| mark.get(nth).and_then(Value::as_i64).ok_or(MarkProblem::NotAMark);
    let (start, end) = (at(0)?, at(1)?);
    if end < start {
        return Err(MarkProblem::Reversed { start, end });
    }
    let out = MarkProblem::OutOfRange { start, end, len: places.len() as u32 };
    let place = |at: i64| usize::try_from(at).ok().and_then(|at| *places.get(at)?);
    let (first, last) = (place(start).ok_or(out.clone())?, place(end).ok_or(out)?);
    let name = mark.get(2).and_then(Value::as_str).unwrap_or_default();
    let label = Label::new(name).map_err(|err| MarkProblem::BadLabel { why: err.to_string() })?;
    Span::new(first.0, last.1, label).map_err(|_reversed| MarkProblem::Reversed { start, end })
}

/// Writes a list, a record a line.
#[derive(Default)]
struct WriteGliner {
    has_begun: bool,
}

impl WriteTexts for WriteGliner {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[WORDS, EXTRAS]);
        let tokens = own_words(doc).unwrap_or_else(|| to.tokenizer.tokenize(&doc.text));
        let words = words_of(&tokens, &doc.text);
        let marks = place_all(doc, &words, to.tally);
        let mut record = Map::new();
        record.insert("id".into(), json!(doc.id.0));
        let shown = words.iter().map(|it| json!(it.text(&doc.text)));
        record.insert("tokenized_text".into(), shown.collect());
        let marks = marks.iter().map(|it| json!([it.first, it.last, it.span.label().as_str()]));
        record.insert("ner".into(), marks.collect());
        record.insert("text".into(), json!(doc.text));
        if let Some(Value::Object(more)) = doc.meta.0.get(EXTRAS) {
            for (name, value) in more {
                record.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        to.out.write_all(if self.has_begun { b",\n" } else { b"[\n" })?;
        self.has_begun = true;
        Ok(serde_json::to_writer(&mut *to.out, &record)?)
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        to.out.write_all(if self.has_begun { b"\n]\n" } else { b"[]\n" })
    }
}
