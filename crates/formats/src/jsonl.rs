//! JSONL: one object a line with `text`, and perhaps Prodigy's `spans`, `meta`, `answer`.
//!
//! Offsets are code points, unless the quotes in the file say otherwise. Fields that Nerine does
//! not know are kept with the text and written again.

use std::io::{self, BufReader, Write};

use corpus::Doc;
use serde_json::Value;
use tokenizer::Token;

use crate::file::{InFile, ReadSeek};
use crate::lines::Lines;
use crate::reader::{Found, damage_warning};
use crate::record::{doc_of, kind, object_of};
use crate::warning::Reason;

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

    pub(crate) fn bytes_read(&self) -> u64 {
        self.lines.position()
    }
}

impl Iterator for Jsonl {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
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
            if found.problems.contains(&(None, Reason::Tokens)) {
                if self.said_tokens {
                    found.problems.retain(|it| it.1 != Reason::Tokens);
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
    Found::new(Some(number), doc, problems.into_iter().map(|it| (None, it)).collect())
}

/// Where the parser gave up, as a sentence.
fn explain(err: &serde_json::Error) -> String {
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

/// Writes a text as one line that [`Jsonl`] reads.
pub(crate) fn write_line(
    doc: &Doc,
    tokens: Option<&[Token]>,
    out: &mut impl Write,
) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &object_of(doc, tokens))?;
    out.write_all(b"\n")
}
