//! JSONL: one object a line with `text`, and perhaps Prodigy's `spans`, `meta`, `answer`.
//!
//! Offsets are code points, unless the quotes in the file say otherwise. Fields that Nerine does
//! not know are kept with the text and written again.

use std::io::{self, BufReader, Write};

use corpus::Doc;
use serde_json::Value;
use tokenizer::Token;

use crate::detect::{Sample, Sure};
use crate::file::{InFile, ReadSeek};
use crate::format::{Format, Offsets, Write as Written};
use crate::items::first_value;
use crate::lines::Lines;
use crate::losses::{Losses, Tally, What, Which};
use crate::reader::{Found, Records, damage_warning};
use crate::record::{doc_of, kind, object_of};
use crate::warning::Reason;
use crate::writer::{To, WriteTexts};

/// One JSON object a line, with Prodigy's fields.
pub static JSONL: Format = Format {
    key: "jsonl",
    aliases: &["prodigy"],
    name: "JSONL",
    about: "One JSON object a line, with the fields of Prodigy; fields that Nerine does not know \
            are kept.",
    extensions: &["jsonl", "ndjson"],
    offsets: Offsets::CodePoints,
    holds: &[
        What::Marks,
        What::Overlaps,
        What::Answers,
        What::Unread,
        What::Notes,
        What::Metadata,
        What::Ids,
        What::Fragments,
        What::Relations,
        What::Events,
        What::Attributes,
        What::Normalisations,
        What::Comments,
    ],
    is_text: true,
    is_folder: false,
    together: None,
    recognise,
    read: Some(|source, _| {
        let first = first_value(&Sample::new(&source.sample, "").text);
        let is_pattern = |it: &Value| {
            it.get("label").is_some() && it.get("pattern").is_some() && it.get("text").is_none()
        };
        match first.as_ref().is_some_and(is_pattern) {
            true => Err(Reason::own_file(
                "holds patterns, not texts",
                "Nothing of it comes in. Patterns find marks in spaCy and Prodigy; import texts.",
            )),
            false => Ok(Box::new(Jsonl::new(source.file))),
        }
    }),
    write: Written::Texts(|_| Box::new(WriteJsonl)),
};

fn recognise(sample: &Sample<'_>) -> Option<Sure> {
    let is_named = matches!(sample.extension.as_str(), "jsonl" | "ndjson");
    match sample.text.trim_start().starts_with('{') && looks_like(&sample.text) {
        true => Some(Sure::Likely),
        false if is_named && sample.is_json() => Some(Sure::Likely),
        false => is_named.then_some(Sure::Possible),
    }
}

/// Whether the first line is an object, as far as it is there, or a damaged one before others.
fn looks_like(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_object =
        |line: &str| serde_json::from_str::<serde_json::Map<String, Value>>(line).is_ok();
    match lines.next() {
        Some(first) if is_object(first) => true,
        // One line that is longer than the sample, or broken, beside good ones.
        Some(first) => {
            let first = first.trim_start();
            first.starts_with("{\"") && first.len() > 1000 || lines.any(is_object)
        }
        None => false,
    }
}

/// Reads one object a line.
pub(crate) struct Jsonl {
    lines: Lines<BufReader<Box<dyn ReadSeek>>>,
    stem: String,
    said_tokens: bool,
}

impl Jsonl {
    pub(crate) fn new(file: InFile) -> Self {
        let stem = file.stem().to_owned();
        Self { lines: Lines::of_file(file.bytes), stem, said_tokens: false }
    }
}

impl Records for Jsonl {
    fn bytes_read(&self) -> u64 {
        self.lines.position()
    }

    fn next_record(&mut self) -> Option<Found> {
        loop {
            let line = match self.lines.next_line()? {
                Ok(line) => line,
                Err(reason) => return Some(Found::lost(self.lines.number(), reason)),
            };
            if line.text.trim().is_empty() {
                continue;
            }
            let mut found = parse(&line.text, line.number, &self.stem);
            // Once a file is enough.
            if found.problems.iter().any(|it| it.reason == Reason::Tokens) {
                if self.said_tokens {
                    found.problems.retain(|it| it.reason != Reason::Tokens);
                }
                self.said_tokens = true;
            }
            found.problems.splice(0..0, damage_warning(line.damage));
            return Some(found);
        }
    }
}

/// The text in one line.
pub(crate) fn parse(line: &str, number: u64, stem: &str) -> Found {
    let object = match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(object)) => object,
        Ok(other) => return Found::lost(number, Reason::NotObject { found: kind(&other) }),
        Err(err) => return Found::lost(number, Reason::NotJson { why: explain(&err) }),
    };
    let mut problems = Vec::new();
    let doc = doc_of(object, &format!("{stem}-{number}"), &mut problems);
    Found::new(Some(number), doc, problems)
}

/// Where the parser gave up, as a sentence.
pub(crate) fn explain(err: &serde_json::Error) -> String {
    let message = err.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    match message.strip_prefix("EOF while parsing ") {
        None if message == "expected ident" || message == "expected value" => {
            format!("There is no value at byte {}.", err.column())
        }
        Some("a value") => "The line ends where a value should be.".into(),
        Some(what) => format!("The line ends in the middle of {what}."),
        None => {
            let mut letters = message.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            format!("{first}{} at byte {}.", letters.as_str(), err.column())
        }
    }
}

/// Writes one object a line.
struct WriteJsonl;

impl WriteTexts for WriteJsonl {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let tokens = to.tokenizer.tokenize(&doc.text);
        write_line(doc, Some(&tokens), &mut to.out)
    }

    fn losses(&self, tally: &Tally, which: Which, _: &str) -> Option<Losses> {
        Some(tally.all_kept(which, false))
    }
}

/// Writes a text as one line that [`Jsonl`] reads.
pub(crate) fn write_line(
    doc: &Doc,
    tokens: Option<&[Token]>,
    out: &mut impl Write,
) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &object_of(doc, tokens))?;
    out.write_all(b"\n")
}
