//! The values of a file of JSON, one at a time: of a list over the whole file, or one after the
//! other as in JSONL. A value that is damaged costs only itself, and no more than one is in memory.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};

use corpus::Doc;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::detect::Sample;
use crate::file::ReadSeek;
use crate::jsonl::explain;
use crate::lines::{BUFFER, Damage, Lines, RECORD_LIMIT, decode};
use crate::reader::{Found, Problem, Records, Source, damage_warning};
use crate::warning::Reason;

/// One value, as it stands in the file.
struct Item {
    /// The line on which it starts, from 1.
    line: u64,
    text: String,
    damage: Option<Damage>,
}

/// Reads the values of a list, or values one after the other.
struct Items<R> {
    bytes: R,
    line: u64,
    position: u64,
    /// Whether the list's own bracket is still to come.
    before_list: bool,
    /// Whether the file is a list, which ends with a bracket.
    in_list: bool,
    ended: bool,
}

/// How far a value has been read.
#[derive(Default)]
struct Scan {
    has_started: bool,
    depth: u32,
    in_string: bool,
    is_escaped: bool,
}

/// What a byte is to the value that is being read.
enum Step {
    /// It is part of it.
    In,
    /// It is its last.
    Last,
    /// It comes behind it.
    Behind,
}

impl Scan {
    fn step(&mut self, byte: u8) -> Step {
        let is_first = !self.has_started;
        self.has_started = true;
        if self.in_string {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => {
                    self.in_string = false;
                    return if self.depth == 0 { Step::Last } else { Step::In };
                }
                _ => {}
            }
            return Step::In;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth == 0 => {
                return if is_first { Step::Last } else { Step::Behind };
            }
            b'}' | b']' => {
                self.depth -= 1;
                return if self.depth == 0 { Step::Last } else { Step::In };
            }
            b',' if self.depth == 0 => return Step::Behind,
            _ if self.depth == 0 && byte.is_ascii_whitespace() => return Step::Behind,
            _ => {}
        }
        Step::In
    }
}

impl<R: BufRead> Items<R> {
    fn new(bytes: R, in_list: bool) -> Self {
        Self { bytes, line: 1, position: 0, before_list: in_list, in_list, ended: false }
    }

    /// The next value; a reason where it cannot be had, with its line.
    fn next_item(&mut self) -> Option<Result<Item, (u64, Reason)>> {
        let (mut scan, mut text, mut line) = (Scan::default(), Vec::new(), self.line);
        let (mut too_long, mut done) = (false, false);
        while !done && !self.ended {
            let buffer = match self.bytes.fill_buf() {
                Ok(buffer) => buffer,
                Err(err) if err.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(err) => {
                    self.ended = true;
                    let reason = Reason::Unreadable { at: self.position, why: err.to_string() };
                    return Some(Err((self.line, reason)));
                }
            };
            self.ended = buffer.is_empty();
            let (mut at, mut start) = (0, 0);
            while at < buffer.len() && !done && !self.ended {
                let byte = buffer[at];
                if scan.has_started {
                    match scan.step(byte) {
                        Step::In => {}
                        Step::Last => done = true,
                        Step::Behind => break,
                    }
                } else {
                    (start, line) = (at, self.line);
                    let in_mark = self.position + (at as u64) < 3;
                    match byte {
                        b'[' if self.before_list => self.before_list = false,
                        b']' if self.in_list => self.ended = true,
                        0xef | 0xbb | 0xbf if in_mark => {}
                        b',' | b' ' | b'\t' | b'\r' | b'\n' => {}
                        _ => done = matches!(scan.step(byte), Step::Last),
                    }
                }
                self.line += u64::from(byte == b'\n');
                at += 1;
            }
            if scan.has_started && !too_long {
                text.extend_from_slice(&buffer[start..at]);
                too_long = RECORD_LIMIT < text.len() as u64;
            }
            done = done || at < buffer.len();
            self.bytes.consume(at);
            self.position += at as u64;
        }
        if too_long {
            return Some(Err((line, Reason::TooLong { limit: RECORD_LIMIT })));
        }
        let (text, damage) = decode(text);
        scan.has_started.then_some(Ok(Item { line, text, damage }))
    }
}

/// How the values of a file stand.
enum Values {
    Lines(Lines<BufReader<Box<dyn ReadSeek>>>),
    Items(Items<BufReader<Box<dyn ReadSeek>>>),
}

impl Values {
    fn next_value(&mut self) -> Option<Result<Item, (u64, Reason)>> {
        match self {
            Values::Items(items) => items.next_item(),
            Values::Lines(lines) => loop {
                let line = match lines.next_line()? {
                    Ok(line) => line,
                    Err(reason) => return Some(Err((lines.number(), reason))),
                };
                if !line.text.trim().is_empty() {
                    let (line, text, damage) = (line.number, line.text, line.damage);
                    return Some(Ok(Item { line, text, damage }));
                }
            },
        }
    }
}

/// What makes texts of a value: what is wrong with it goes to the list.
pub(crate) trait ReadValue {
    /// The texts in a value. `fallback_id` is an id that names file and line.
    fn read(&mut self, value: Value, fallback_id: &str, problems: &mut Vec<Problem>) -> Vec<Doc>;
}

/// The texts in a file of JSON values.
pub(crate) struct JsonRecords<R> {
    values: Values,
    stem: String,
    read: R,
    /// Texts that came with the last one.
    queue: VecDeque<Found>,
}

impl<R: ReadValue> JsonRecords<R> {
    /// Starts to read a file: a line is a value where the first line is one and more follow.
    pub(crate) fn new(source: Source, read: R) -> Self {
        let sample = Sample::new(&source.sample, "");
        let stem = source.file.stem().to_owned();
        let bytes = source.file.bytes;
        let values = if has_lines(&sample.text) {
            Values::Lines(Lines::of_file(bytes))
        } else {
            let is_list = sample.text.trim_start().starts_with('[');
            Values::Items(Items::new(BufReader::with_capacity(BUFFER, bytes), is_list))
        };
        Self { values, stem, read, queue: VecDeque::new() }
    }
}

/// Whether each line is a value: the first is whole, or the second begins another.
fn has_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let is_whole = |line: &str| serde_json::from_str::<IgnoredAny>(line).is_ok();
    let (Some(first), second) = (lines.next(), lines.next()) else { return false };
    match second {
        None => false,
        Some(second) if is_whole(first) => second.starts_with(['{', '[']),
        Some(second) => first.starts_with("{\"") && second.starts_with("{\""),
    }
}

/// The first value of a text that may break off behind it; of a list over the whole file, its
/// first value.
pub(crate) fn first_value(text: &str) -> Option<Value> {
    let mut values =
        Items::new(text.as_bytes(), text.trim_start().starts_with('[') && !has_lines(text));
    let item = values.next_item()?.ok()?;
    serde_json::from_str(&item.text).ok()
}

/// The whole values in the start of a file.
pub(crate) fn values(text: &str) -> Vec<Value> {
    if has_lines(text) {
        return text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
    }
    let mut items = Items::new(text.as_bytes(), text.trim_start().starts_with('['));
    let items = std::iter::from_fn(|| items.next_item());
    items.filter_map(|it| serde_json::from_str(&it.ok()?.text).ok()).collect()
}

impl<R: ReadValue> Records for JsonRecords<R> {
    fn bytes_read(&self) -> u64 {
        match &self.values {
            Values::Lines(lines) => lines.position(),
            Values::Items(items) => items.position,
        }
    }

    fn next_record(&mut self) -> Option<Found> {
        if let Some(found) = self.queue.pop_front() {
            return Some(found);
        }
        let item = match self.values.next_value()? {
            Ok(item) => item,
            Err((line, reason)) => return Some(Found::lost(line, reason)),
        };
        let value = match serde_json::from_str::<Value>(&item.text) {
            Ok(value) => value,
            Err(err) => {
                let line = item.line + err.line() as u64 - 1;
                return Some(Found::lost(line, Reason::NotJson { why: explain(&err) }));
            }
        };
        let mut problems = damage_warning(item.damage);
        let fallback_id = format!("{}-{}", self.stem, item.line);
        let docs = self.read.read(value, &fallback_id, &mut problems);
        let mut found = docs
            .into_iter()
            .map(|doc| Found::new(Some(item.line), Some(doc), Vec::<Problem>::new()));
        let mut first = found
            .next()
            .unwrap_or_else(|| Found::new(Some(item.line), None, Vec::<Problem>::new()));
        first.problems = problems;
        self.queue.extend(found);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, in_list: bool, expected: &[(u64, &str)]) {
        // A buffer of few bytes breaks values anywhere.
        for size in [1, 3, 64] {
            let bytes = BufReader::with_capacity(size, text.as_bytes());
            let mut items = Items::new(bytes, in_list);
            let mut found = Vec::new();
            while let Some(item) = items.next_item() {
                let item = item.expect("it can be read");
                found.push((item.line, item.text));
            }
            let found: Vec<(u64, &str)> = found.iter().map(|it| (it.0, it.1.as_str())).collect();
            assert_eq!(found, expected, "{text} by {size}");
        }
    }

    #[test]
    fn values_come_one_at_a_time() {
        check(
            r#"[{"a": "]}\\\"🧪"}, [1, [2]],null,"x"]"#,
            true,
            &[(1, r#"{"a": "]}\\\"🧪"}"#), (1, "[1, [2]]"), (1, "null"), (1, "\"x\"")],
        );
        check("{\n \"a\": 1\n}\n{\"b\": 2}\n", false, &[(1, "{\n \"a\": 1\n}"), (4, "{\"b\": 2}")]);
        check("\u{feff}[\n1,\n2\n]\n3", true, &[(2, "1"), (3, "2")]);
        check("} x {\"a", false, &[(1, "}"), (1, "x"), (1, "{\"a")]);
        check("", true, &[]);
        check("[", true, &[]);
    }

    #[test]
    fn the_first_value_is_seen_in_a_file_that_is_cut() {
        let value = |text: &str| first_value(text).map(|it| it.to_string());
        assert_eq!(value("[[\"a\", {}], [\"b"), Some("[\"a\",{}]".into()));
        assert_eq!(value("[\"a\", {}]\n[\"b\", {}]\n"), Some("[\"a\",{}]".into()));
        assert_eq!(value("{\"a\": 1}\n{\"b"), Some("{\"a\":1}".into()));
        assert_eq!(value("{\"a\": "), None);
        assert_eq!(value("text"), None);
    }
}
