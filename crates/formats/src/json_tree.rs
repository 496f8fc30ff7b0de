//! JSON over a whole file: read at once up to a limit, and looked at while only its start is there.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::Value;

use crate::file::InFile;
use crate::lines::{Damage, decode};
use crate::reader::Problem;
use crate::warning::Reason;

/// The longest file that is read as one JSON value, in bytes.
const LIMIT: u64 = 128 * 1024 * 1024;

/// The deepest nesting: serde_json's own limit.
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
    serde_json::from_str(text).map_err(|err| {
        let message = err.to_string();
        let why = message.split(" at line ").next().unwrap_or_default().to_owned();
        let why = match why.as_str() {
            "recursion limit exceeded" => format!("it is nested deeper than {DEPTH} levels"),
            _ => why,
        };
        Reason::BadTree { line: err.line() as u64, column: err.column() as u64, why }
    })
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
            &paths(&"[".repeat(500)).iter().map(|it| it.as_str()).collect::<Vec<_>>(),
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
