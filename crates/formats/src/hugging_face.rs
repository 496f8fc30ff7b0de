//! Hugging Face's token classification: JSON with `tokens` and `ner_tags`.
//!
//! ```json
//! {"id": "demo-1", "tokens": ["HeLa", "cells"], "ner_tags": ["B-CELL_LINE", "I-CELL_LINE"]}
//! ```
//!
//! Tags are strings, or numbers whose names a field of any record may give. What is written has
//! the text and its marks as columns, too, which `datasets` carries through: so marks keep their
//! characters and may overlap.

use std::io;

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Mark, Origin, Span};
use serde_json::{Map, Value, json};

use crate::detect::Sure;
use crate::format::{Format, Offsets, Write as Written};
use crate::items::{JsonRecords, ReadValue, first_value};
use crate::losses::{Tally, What};
use crate::marks::{RawMark, marks_of};
use crate::place::{place, words_of};
use crate::reader::Problem;
use crate::record::{kind, span_object};
use crate::tags::{Census, Scheme, decode, encode};
use crate::warning::{Reason, Severity};
use crate::words::{Joined, WORDS, own_words};
use crate::writer::{To, WriteTexts};

/// Tokens and tags.
pub static HUGGING_FACE: Format = Format {
    key: "hf",
    aliases: &["hugging-face", "datasets"],
    name: "Hugging Face tokens",
    about: "One JSON object a line with tokens and ner_tags, as strings or as numbers with names; \
            text and spans are written beside them.",
    extensions: &["jsonl", "json"],
    offsets: Offsets::Tokens,
    holds: &[What::Marks, What::Overlaps, What::Ids, What::Metadata],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        let Value::Object(first) = first_value(&sample.text)? else { return None };
        let words = first.get("tokens")?.as_array()?;
        let is_like = tags_of(&first).is_some() && words.iter().all(Value::is_string);
        is_like.then_some(Sure::Certain)
    },
    read: Some(|source, _| Ok(Box::new(JsonRecords::new(source, ReadTokens::default())))),
    write: Written::Texts(|_| Box::new(WriteTokens)),
};

/// Texts and spans: what is written can be read as JSONL.
pub static HUGGING_FACE_SPANS: Format = Format {
    key: "hf-spans",
    aliases: &[],
    name: "Hugging Face spans",
    about: "One JSON object a line with text and entities, whose offsets are code points.",
    offsets: Offsets::CodePoints,
    holds: &[What::Marks, What::Overlaps, What::Ids],
    recognise: |_| None,
    read: None,
    write: Written::Texts(|_| Box::new(WriteSpans)),
    ..HUGGING_FACE
};

/// The entry of [`Doc::meta`] that holds the other columns.
const EXTRAS: &str = "_hf";

/// Where tags may stand.
const TAGS: [&str; 4] = ["ner_tags", "tags", "labels", "ner"];

fn tags_of(record: &Map<String, Value>) -> Option<&'static str> {
    let is_tags = |name: &&str| match record.get(*name) {
        Some(Value::Array(tags)) => tags.iter().all(|it| it.is_string() || it.is_i64()),
        _ => false,
    };
    TAGS.into_iter().find(is_tags)
}

/// Reads records, and knows the names of tags that are numbers.
#[derive(Default)]
struct ReadTokens {
    names: Vec<String>,
    said_no_names: bool,
}

impl ReadValue for ReadTokens {
    fn read(&mut self, value: Value, fallback_id: &str, problems: &mut Vec<Problem>) -> Vec<Doc> {
        let mut record = match value {
            Value::Object(record) => record,
            other => {
                problems.push(Reason::NotObject { found: kind(&other) }.into());
                return Vec::new();
            }
        };
        self.take_names(&mut record);
        let tags = tags_of(&record).and_then(|it| record.shift_remove(it));
        let (tokens, tags) = match (record.shift_remove("tokens"), tags) {
            (Some(Value::Array(tokens)), Some(Value::Array(tags))) => (tokens, tags),
            (tokens, _) => {
                let found = tokens.as_ref().filter(|it| !it.is_array()).map(kind);
                let field = if tokens.is_none() || found.is_some() { "tokens" } else { TAGS[0] };
                problems.push(Reason::NoText { field: field.into(), found }.into());
                return Vec::new();
            }
        };
        let tags = self.names_of(&tags, problems);
        let (words, tags) = shown(&tokens, tags, problems);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if words.is_empty() {
            problems.push(Reason::BlankText.into());
            return Vec::new();
        }
        let text = match record.shift_remove("text") {
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                record.insert("text".into(), other);
                None
            }
            None => None,
        };
        let within = text.as_ref().map(|it| Joined::within(it, words.iter().copied()));
        if let Some(None) = within {
            problems.push(Reason::OtherText.into());
        }
        let has_text = matches!(within, Some(Some(_)));
        let joined = within.flatten().unwrap_or_else(|| Joined::with_blanks(words));
        let tokens = joined.words.clone();
        let id = match record.get("id") {
            Some(Value::String(id)) if !id.trim().is_empty() => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        if id.is_some() {
            record.shift_remove("id");
        }
        let mut doc = joined.into_doc(id.unwrap_or_else(|| fallback_id.to_owned()));
        let mut census = Census::default();
        census.add(tags.iter().map(String::as_str));
        let (marks, faults) = decode(tags.iter().map(String::as_str), census.reading().0);
        problems.extend(faults.into_iter().map(|it| Problem::from(it.1)));
        let span = |first: usize, last: usize, label| {
            Span::new(tokens[first].start, tokens[last].end, label).ok()
        };
        let of_tags = marks.into_iter().filter_map(|it| span(it.first, it.last, it.label));
        let of_tags: Vec<Mark> =
            of_tags.map(|span| Mark { span, origin: Origin::Import, at_ms: 0 }).collect();
        doc.annotation.marks = match record.get("spans") {
            Some(Value::Array(spans)) if has_text && spans.iter().all(is_span) => {
                let raw = spans.iter().map(|it| RawMark::of(it, false)).collect();
                let mut reasons = Vec::new();
                let (marks, _) = marks_of(raw, Unit::CodePoints, &doc.text, &mut reasons);
                problems.extend(reasons.into_iter().map(Problem::from));
                record.shift_remove("spans");
                marks
            }
            _ => of_tags,
        };
        doc.annotation.marks.sort();
        if !record.is_empty() {
            doc.meta.0.insert(EXTRAS.into(), Value::Object(record));
        }
        vec![doc]
    }
}

fn is_span(value: &Value) -> bool {
    ["start", "end", "label"].iter().all(|it| value.get(it).is_some())
}

impl ReadTokens {
    /// Takes the names of tags from a record that has them.
    fn take_names(&mut self, record: &mut Map<String, Value>) {
        for field in ["label_names", "ner_tags_names", "names", "id2label"] {
            let names: Option<Vec<String>> = match record.get(field) {
                Some(Value::Array(names)) => {
                    names.iter().map(|it| it.as_str().map(str::to_owned)).collect()
                }
                Some(Value::Object(names)) => (0..names.len())
                    .map(|n| names.get(&n.to_string())?.as_str().map(str::to_owned))
                    .collect(),
                _ => None,
            };
            if let Some(names) = names.filter(|it| it.iter().any(|it| it == "O")) {
                self.names = names;
                record.shift_remove(field);
            }
        }
    }

    /// The tags as strings. Without names a number is taken as most data sets have them: 0 is
    /// outside, then each label has two, for its first word and the others.
    fn names_of(&mut self, tags: &[Value], problems: &mut Vec<Problem>) -> Vec<String> {
        let mut without = false;
        let name = |tag: &Value| match tag {
            Value::String(tag) => tag.clone(),
            tag => match (tag.as_i64(), tag.as_u64().and_then(|it| self.names.get(it as usize))) {
                (_, Some(name)) => name.clone(),
                // What trainers leave out, such as the second piece of a word.
                (Some(0 | -100), None) => "O".to_owned(),
                (Some(n), None) if self.names.is_empty() && 0 < n => {
                    without = true;
                    let letter = if n % 2 == 1 { "B" } else { "I" };
                    format!("{letter}-Label {}", (n + 1) / 2)
                }
                _ => tag.to_string(),
            },
        };
        let found = tags.iter().map(name).collect();
        if without && !self.said_no_names {
            let what = "has numbers as tags, and no names for them";
            let remedy = "They are taken in pairs as B- and I- of Label 1, Label 2 and so on. Add a \
                          field “label_names” with the list of all tags to the first record.";
            problems.push(Reason::own(Severity::Changed, what, remedy).into());
            self.said_no_names = true;
        }
        found
    }
}

/// The tokens that show, each with its tag.
fn shown(
    tokens: &[Value],
    tags: Vec<String>,
    problems: &mut Vec<Problem>,
) -> (Vec<String>, Vec<String>) {
    if tokens.len() != tags.len() {
        let what = format!("has {} tokens and {} tags", tokens.len(), tags.len());
        let remedy = "Words without a tag come in without a mark.";
        problems.push(Reason::own(Severity::Changed, what, remedy).into());
    }
    let mut blank = 0;
    let tags = tags.into_iter().chain(std::iter::repeat("O".to_owned()));
    let (mut words, mut their_tags) = (Vec::new(), Vec::new());
    for (token, tag) in tokens.iter().zip(tags) {
        let word = match token {
            Value::String(word) => word.clone(),
            other => other.to_string(),
        };
        if word.trim().is_empty() {
            blank += 1;
        } else {
            words.push(word);
            their_tags.push(tag);
        }
    }
    if blank != 0 {
        let what = format!("has {blank} tokens without a character");
        problems.push(Reason::own(Severity::Changed, what, "They are left out.").into());
    }
    (words, their_tags)
}

/// Writes tokens and tags, with the text and its marks.
struct WriteTokens;

impl WriteTexts for WriteTokens {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[WORDS, EXTRAS]);
        let tokens = own_words(doc).unwrap_or_else(|| to.tokenizer.tokenize(&doc.text));
        let words = words_of(&tokens, &doc.text);
        // The tags may not hold every mark; the spans beside them do.
        let tags = encode(words.len(), &place(doc, &words, &mut Tally::default()), Scheme::Iob2);
        let ruler = Ruler::new(doc.text.as_str());
        let mut record = Map::new();
        record.insert("id".into(), json!(doc.id.0));
        record.insert("tokens".into(), words.iter().map(|it| json!(it.text(&doc.text))).collect());
        record.insert("ner_tags".into(), json!(tags));
        record.insert("text".into(), json!(doc.text));
        let spans = doc.spans().map(|it| Value::Object(span_object(it, &doc.text, &ruler)));
        record.insert("spans".into(), spans.collect());
        if let Some(Value::Object(more)) = doc.meta.0.get(EXTRAS) {
            for (name, value) in more {
                record.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        serde_json::to_writer(&mut *to.out, &record)?;
        to.out.write_all(b"\n")
    }
}

/// Writes texts and spans.
struct WriteSpans;

impl WriteTexts for WriteSpans {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let ruler = Ruler::new(doc.text.as_str());
        let spans = doc.spans().map(|it| Value::Object(span_object(it, &doc.text, &ruler)));
        let record = json!({
            "id": doc.id.0,
            "text": doc.text,
            "entities": spans.collect::<Value>(),
        });
        serde_json::to_writer(&mut *to.out, &record)?;
        to.out.write_all(b"\n")
    }
}
