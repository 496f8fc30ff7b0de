//! JSON over a whole file: read at once up to a limit, and looked at while only its start is there.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::{Map, Value};

use crate::file::InFile;
use crate::lines::{Damage, decode};
use crate::reader::{Problem, Source};
use crate::warning::Reason;

/// The longest file that is read as one JSON value, in bytes.
const LIMIT: u64 = 128 * 1024 * 1024;

/// The deepest nesting: `serde_json`’s own limit.
const DEPTH: usize = 128;

/// Reads a file as one JSON value, with a warning where bytes had to be replaced.
pub(crate) fn read(file: &mut InFile) -> Result<(Value, Option<Damage>), Reason> {
    let (text, damage) = read_text(file, LIMIT)?;
    parse(&text).map(|value| (value, damage))
}

/// Reads a whole file of at most `limit` bytes as text without its byte order mark.
pub(crate) fn read_text(file: &mut InFile, limit: u64) -> Result<(String, Option<Damage>), Reason> {
    let mut bytes = Vec::new();
    let read = file.bytes.by_ref().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|err| Reason::Unreadable { at: 0, why: err.to_string() })?;
    if limit < bytes.len() as u64 {
        return Err(Reason::FileTooLong { limit });
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(decode(bytes))
}

/// A text as one JSON value. What is wrong has its line and column.
pub(crate) fn parse(text: &str) -> Result<Value, Reason> {
    serde_json::from_str(text).map_err(|err| explain(&err))
}

fn explain(err: &serde_json::Error) -> Reason {
    Reason::BadTree { line: err.line() as u64, column: err.column() as u64, why: why(err) }
}

fn why(err: &serde_json::Error) -> String {
    let message = err.to_string();
    match message.split(" at line ").next().unwrap_or_default() {
        "recursion limit exceeded" => format!("it is nested deeper than {DEPTH} levels"),
        why => why.to_owned(),
    }
}

/// A value and the line on which it starts, or what is wrong there.
type At = Result<(u64, Value), Problem>;

/// The values of a file: one, those of one list, or several behind each other, as one a line.
pub(crate) struct Values {
    found: std::vec::IntoIter<At>,
    stem: String,
    n_read: usize,
    n_all: usize,
    len: u64,
}

impl Values {
    /// Reads a whole file.
    pub(crate) fn read(mut source: Source) -> Result<Self, Reason> {
        let (text, damage) = read_text(&mut source.file, LIMIT)?;
        let mut values = values(&text)?;
        if let Some(problem) = damage_problem(damage) {
            values.insert(0, Err(problem));
        }
        let stem = source.file.stem().to_owned();
        let n_all = values.len();
        Ok(Self { found: values.into_iter(), stem, n_read: 0, n_all, len: source.len })
    }

    /// The next value and the line on which it stands, or what is wrong there.
    pub(crate) fn next(&mut self) -> Option<At> {
        let value = self.found.next()?;
        self.n_read += 1;
        Some(value)
    }

    /// What the last text is called that has no name.
    pub(crate) fn fallback_id(&self) -> String {
        match self.n_all {
            1 => self.stem.clone(),
            _ => format!("{}-{}", self.stem, self.n_read),
        }
    }

    /// Bytes read so far, about.
    pub(crate) fn bytes_read(&self) -> u64 {
        let scaled = self.n_read as u128 * u128::from(self.len) / self.n_all.max(1) as u128;
        u64::try_from(scaled).unwrap_or(self.len)
    }
}

/// The values of a text, with the line of each. A damaged one costs the rest of its line where
/// others follow; where nothing can be read, that is the reason.
fn values(text: &str) -> Result<Vec<At>, Reason> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    let mut n_good = 0;
    let mut first_fault = None;
    while !rest.trim_start().is_empty() {
        let blank = rest.len() - rest.trim_start().len();
        line += newlines(&rest[..blank]);
        rest = &rest[blank..];
        if let Some(list) = rest.strip_prefix('[') {
            let (elements, behind) = elements(list);
            n_good += usize::from(behind.is_some());
            for element in elements {
                let at =
                    line + newlines(&rest[..element.as_ptr() as usize - rest.as_ptr() as usize]);
                match serde_json::from_str(element) {
                    Ok(value) => {
                        n_good += 1;
                        found.push(Ok((at, value)));
                    }
                    Err(err) => {
                        let fault = fault(&err, at);
                        first_fault.get_or_insert(fault.0);
                        found.push(Err(fault.1));
                    }
                }
            }
            let behind = behind.unwrap_or_default();
            line += newlines(&rest[..rest.len() - behind.len()]);
            rest = behind;
            continue;
        }
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        match stream.next() {
            Some(Ok(value)) => {
                let (value_text, behind) = rest.split_at(stream.byte_offset());
                found.push(Ok((line, value)));
                line += newlines(value_text);
                rest = behind;
                n_good += 1;
            }
            Some(Err(err)) => {
                let fault = fault(&err, line);
                first_fault.get_or_insert(fault.0);
                found.push(Err(fault.1));
                // The next line may begin another value.
                let next = rest.find('\n').map_or("", |it| &rest[it..]);
                line += newlines(&rest[..rest.len() - next.len()]);
                rest = next;
                if 1000 < found.iter().filter(|it| it.is_err()).count() {
                    break;
                }
            }
            None => break,
        }
    }
    match first_fault {
        Some(fault) if n_good == 0 => Err(fault),
        _ => Ok(found),
    }
}

/// What is wrong with a value that starts on a line: as the reason for a whole file, and of one
/// record.
fn fault(err: &serde_json::Error, line: u64) -> (Reason, Problem) {
    let (line, column) = (line + err.line().max(1) as u64 - 1, err.column() as u64);
    let why = why(err);
    let problem = Reason::NotJson { why: format!("There is a fault: {why}.") };
    let problem = Problem { line: Some(line), column: Some(column), ..problem.into() };
    (Reason::BadTree { line, column, why }, problem)
}

/// The elements of a list whose bracket is open, and what stands behind it, if it is closed.
fn elements(list: &str) -> (Vec<&str>, Option<&str>) {
    let (mut found, mut start) = (Vec::new(), 0);
    let (mut depth, mut is_quoted, mut is_escaped) = (0_u64, false, false);
    let mut add = |element: &'_ std::ops::Range<usize>| {
        let element = list[element.clone()].trim();
        if !element.is_empty() {
            found.push(element);
        }
    };
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'[' | b'{' => depth += 1,
            b']' if depth == 0 => {
                add(&(start..at));
                return (found, Some(&list[at + 1..]));
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                add(&(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    add(&(start..list.len()));
    (found, None)
}

fn newlines(text: &str) -> u64 {
    text.bytes().filter(|it| *it == b'\n').count() as u64
}

/// The text under `field`, taken out.
pub(crate) fn text_of(object: &mut Map<String, Value>, field: &str) -> Result<String, Reason> {
    match object.shift_remove(field) {
        Some(Value::String(text)) if text.trim().is_empty() => Err(Reason::BlankText),
        Some(Value::String(text)) => Ok(text),
        other => {
            let found = other.as_ref().map(crate::record::kind);
            Err(Reason::NoText { field: field.to_owned(), found })
        }
    }
}

/// The warning about replaced bytes of a whole file.
pub(crate) fn damage_problem(damage: Option<Damage>) -> Option<Problem> {
    damage.map(|it| Problem::from(Reason::NotUtf8 { places: it.places }))
}

/// The paths of keys in the first JSON value of a text that may break off anywhere, such as
/// `documents[].passages[].text`. Of long texts, the first ones.
pub(crate) fn paths(text: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    // Where the value is that is being read; a list's ends with `[]`.
    let mut stack: Vec<(String, bool)> = Vec::new();
    let (mut here, mut wants_key) = (String::new(), false);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && paths.len() < 256 {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'{' | b'[' if stack.len() == DEPTH => break,
            b'{' => {
                stack.push((here.clone(), false));
                wants_key = true;
            }
            b'[' => {
                here.push_str("[]");
                paths.insert(here.clone());
                stack.push((here.clone(), true));
                wants_key = false;
            }
            b'}' | b']' => {
                stack.pop();
                let Some((path, is_list)) = stack.last() else { break };
                here.clone_from(path);
                wants_key = !is_list;
            }
            b',' => {
                let Some((path, is_list)) = stack.last() else { break };
                here.clone_from(path);
                wants_key = !is_list;
            }
            b'"' => {
                let start = at;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let Some(key) = text.get(start..at) else { break };
                at += 1;
                if wants_key {
                    wants_key = false;
                    if !here.is_empty() {
                        here.push('.');
                    }
                    here.push_str(key);
                    paths.insert(here.clone());
                }
            }
            _ => {}
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[&str]) {
        let found = paths(json);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{json}");
    }

    #[test]
    fn the_paths_of_a_value_are_seen_however_much_of_it_is_there() {
        let json = r#"{"a": [{"b": "x{\"y\": 1}", "c": {"d": null}}, {"e": 1}], "f": 2}"#;
        check(json, &["a", "a[]", "a[].b", "a[].c", "a[].c.d", "a[].e", "f"]);
        check(&json[..16], &["a", "a[]", "a[].b"]);
        check("[{\"a\": []}] {\"b\": 1}", &["[]", "[].a", "[].a[]"]);
        check("\"a\"", &[]);
        check("{\"\\", &[]);
        check(
            &"[".repeat(1000),
            &paths(&"[".repeat(500)).iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }

    #[test]
    fn a_fault_has_its_line_and_column_and_a_long_file_its_limit() {
        let bad = |line, column, why: &str| Reason::BadTree { line, column, why: why.into() };
        assert_eq!(parse("{\n \"a\": x}"), Err(bad(2, 7, "expected value")));
        let deep = "[".repeat(200);
        assert_eq!(parse(&deep), Err(bad(1, 128, "it is nested deeper than 128 levels")));
        let mut file = InFile::new("a.json", Cursor::new(b"\xef\xbb\xbf[1]".to_vec()));
        assert_eq!(read(&mut file).map(|it| it.0), Ok(serde_json::json!([1])));
        let mut file = InFile::new("a.json", Cursor::new(b"[1, 2]".to_vec()));
        assert_eq!(read_text(&mut file, 5), Err(Reason::FileTooLong { limit: 5 }));
    }
}
