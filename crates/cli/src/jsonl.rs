//! One record a line, none left out: what is read here goes out again line by line, or is held
//! against another file line by line.

use std::fs;
use std::path::Path;

use anyhow::Result;
use corpus::{Label, Span};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::refusal::refuse;

/// A line of a file.
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: usize,
    object: Map<String, Value>,
}

/// A span as files hold it, in code points.
#[derive(Serialize)]
pub(crate) struct SpanOut<'a> {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) label: &'a str,
    /// How probable it is, 0 to 1, where the model knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
}

/// The lines of a file that are not blank. The first that is no JSON object ends the command.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>> {
    let name = path.display();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(err) => return refuse(format!("{name} cannot be read ({err}): check its path")),
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut lines = Vec::new();
    for (idx, line) in bytes.split(|it| *it == b'\n').enumerate() {
        let number = idx + 1;
        let Ok(line) = str::from_utf8(line) else {
            return refuse(format!("{name}, line {number} is not UTF-8: save the file as UTF-8"));
        };
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(object)) => lines.push(Line { number, object }),
            Ok(_) | Err(_) => {
                return refuse(format!(
                    "{name}, line {number} is not a JSON object: give it JSONL, one object a line"
                ));
            }
        }
    }
    if lines.is_empty() {
        return refuse(format!("{name} holds no text: give it JSONL, one object a line"));
    }
    Ok(lines)
}

impl Line {
    /// The text, if the line has one.
    pub(crate) fn text(&self) -> Option<&str> {
        self.object.get("text").and_then(Value::as_str)
    }

    /// The text of a line that must have one.
    pub(crate) fn needed_text(&self, path: &Path) -> Result<&str> {
        match self.text() {
            Some(text) => Ok(text),
            None => refuse(format!(
                "{}, line {} has no \"text\" that is a string: add it",
                path.display(),
                self.number
            )),
        }
    }

    /// The spans, which the line must have. Their offsets stay code points.
    pub(crate) fn spans(&self, path: &Path) -> Result<Vec<Span>> {
        let place = format!("{}, line {}", path.display(), self.number);
        let Some(Value::Array(list)) = self.object.get("spans") else {
            return refuse(format!("{place} has no \"spans\" that is a list: add it"));
        };
        let mut spans = Vec::with_capacity(list.len());
        for (idx, value) in list.iter().enumerate() {
            match span_of(value) {
                Ok(span) => spans.push(span),
                Err(why) => return refuse(format!("{place}, span {}: {why}", idx + 1)),
            }
        }
        Ok(spans)
    }
}

fn span_of(value: &Value) -> Result<Span, String> {
    let offset = |name: &str| {
        let number = value.get(name).and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
        number.ok_or_else(|| format!("its {name:?} is not a whole number from 0 on"))
    };
    let (start, end) = (offset("start")?, offset("end")?);
    let label =
        value.get("label").and_then(Value::as_str).ok_or("its \"label\" is not a string")?;
    let label = Label::new(label).map_err(|err| err.to_string())?;
    Span::new(start, end, label).map_err(|err| err.to_string())
}
