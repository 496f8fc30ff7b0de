//! What a file is, told from its first bytes; its name only breaks ties.

use serde_json::Value;

use crate::conll;
use crate::doc_bin;
use crate::table;
use crate::warning::Reason;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Plain text.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// Values between commas or semicolons.
    Csv,
    /// Values between tabs.
    Tsv,
    /// One token a line, its tag last.
    Conll,
    /// spaCy's `DocBin`.
    Spacy,
    /// Nerine's portable file.
    Nerine,
}

/// What a text is in a plain text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The whole file.
    File,
    /// Every line that is not blank.
    Line,
}

impl Format {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "Plain text",
            Format::Jsonl => "JSONL",
            Format::Csv => "CSV",
            Format::Tsv => "TSV",
            Format::Conll => "CoNLL",
            Format::Spacy => "spaCy",
            Format::Nerine => "Nerine project",
        }
    }
}

/// The format of a file that starts with the bytes `first`. Plain text also says what a text is.
///
/// Files that no format can read are refused with the reason.
pub fn detect(first: &[u8], name: &str) -> Result<(Format, Option<Layout>), Reason> {
    if first.starts_with(b"PK\x03\x04") {
        return Ok((Format::Nerine, None));
    }
    if doc_bin::looks_like(first) {
        return Ok((Format::Spacy, None));
    }
    refuse(first, Format::Text)?;
    let text = String::from_utf8_lossy(first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first));
    let extension = name.rsplit_once('.').map_or("", |it| it.1).to_ascii_lowercase();
    match text.trim_start().chars().next() {
        Some('{') if looks_like_jsonl(&text) => return Ok((Format::Jsonl, None)),
        Some('{' | '[') if extension == "json" || is_json_tree(&text) => {
            return Err(Reason::JsonTree);
        }
        _ => {}
    }
    if matches!(extension.as_str(), "jsonl" | "ndjson") {
        return Ok((Format::Jsonl, None));
    }
    if conll::looks_like(&text) {
        return Ok((Format::Conll, None));
    }
    match (extension.as_str(), table::looks_like(&text)) {
        ("csv", _) => Ok((Format::Csv, None)),
        ("tsv" | "tab", _) => Ok((Format::Tsv, None)),
        // Prose with a comma a line is prose.
        ("txt" | "md", Some(Format::Csv)) | (_, None) => Ok((Format::Text, Some(layout(first)))),
        (_, Some(format)) => Ok((format, None)),
    }
}

/// Refuses what is no text at all.
pub(crate) fn refuse(first: &[u8], format: Format) -> Result<(), Reason> {
    const MAGIC: [(&[u8], &str); 8] = [
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "packed with gzip"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"\xd0\xcf\x11\xe0", "an Office document"),
        (b"7z\xbc\xaf", "packed with 7-Zip"),
        (b"BZh", "packed with bzip2"),
    ];
    if first.iter().all(u8::is_ascii_whitespace) || first == b"\xef\xbb\xbf" {
        return Err(Reason::Empty);
    }
    if matches!(format, Format::Nerine | Format::Spacy) {
        return Ok(());
    }
    if first.starts_with(b"PK\x03\x04") {
        return Err(Reason::OtherZip);
    }
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") || is_bare_utf16(first) {
        return Err(Reason::Utf16);
    }
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| first.starts_with(magic)) {
        return Err(Reason::Binary { what });
    }
    let odd = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if first.contains(&0) || first.len() < 10 * first.iter().filter(odd).count() {
        return Err(Reason::Binary { what: "a binary file" });
    }
    Ok(())
}

/// UTF-16 without a mark: every other byte of mostly Latin text is zero.
fn is_bare_utf16(first: &[u8]) -> bool {
    let pairs = first.chunks_exact(2);
    let n = pairs.len();
    let low = pairs.clone().filter(|it| it[0] == 0 && it[1] != 0).count();
    let high = pairs.filter(|it| it[0] != 0 && it[1] == 0).count();
    4 <= n && (n * 7 < low * 10 || n * 7 < high * 10)
}

/// Whether the first line is an object, as far as it is there, or a damaged one before others.
fn looks_like_jsonl(text: &str) -> bool {
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

/// Whether the bytes begin one JSON value of several lines.
fn is_json_tree(text: &str) -> bool {
    match serde_json::from_str::<Value>(text) {
        Ok(_) => true,
        Err(err) => err.is_eof() && 1 < err.line(),
    }
}

/// What a text probably is in a plain text file that starts with the bytes `first`: a line where
/// lines are long and stand without blank lines between.
pub fn layout(first: &[u8]) -> Layout {
    let text = String::from_utf8_lossy(first);
    let mut lengths: Vec<usize> = text.trim_end().lines().map(str::len).collect();
    lengths.sort_unstable();
    let is_list = 3 <= lengths.len() && lengths[0] != 0 && 120 <= lengths[lengths.len() / 2];
    if is_list { Layout::Line } else { Layout::File }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: &[u8], name: &str, expected: &Result<Format, Reason>) {
        assert_eq!(detect(first, name).map(|it| it.0), *expected);
    }

    #[test]
    fn the_content_decides() {
        check(b"{\"text\": \"a\"}\n", "a.txt", &Ok(Format::Jsonl));
        check(b"\xef\xbb\xbf{\"text\": \"a\"}\n", "a", &Ok(Format::Jsonl));
        check(b"{\"text\": \"a\n{\"text\": \"b\"}\n", "a", &Ok(Format::Jsonl));
        check(b"Year,Title\n2012,A\n2013,B\n", "a", &Ok(Format::Csv));
        check(b"Year\tTitle\n2012\tA\n2013\tB\n", "a.txt", &Ok(Format::Tsv));
        check(b"Zn\tB-Chemical\nin\tO\n\nCells\tO\n", "a.tsv", &Ok(Format::Conll));
        check("One, two.\nThree, four.\n".as_bytes(), "a.txt", &Ok(Format::Text));
        check(b"[1] Gold nanorods were made.\n", "a.txt", &Ok(Format::Text));
        check("Plain texts, with é.".as_bytes(), "a", &Ok(Format::Text));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        check(b"", "a.txt", &Err(Reason::Empty));
        check(b"\xef\xbb\xbf", "a.txt", &Err(Reason::Empty));
        check(b"\xff\xfea\0b\0", "a.txt", &Err(Reason::Utf16));
        check(b"a\0b\0c\0d\0e\0", "a.txt", &Err(Reason::Utf16));
        check(b"%PDF-1.7", "a.txt", &Err(Reason::Binary { what: "a PDF" }));
        check(b"ab\0\0\x01cd\x02", "a.txt", &Err(Reason::Binary { what: "a binary file" }));
        check(b"[\n  {\"text\": 1},\n", "a.json", &Err(Reason::JsonTree));
        check(b"[\n  {\"text\": 1},\n", "a.txt", &Err(Reason::JsonTree));
    }

    #[test]
    fn long_lines_are_texts_of_their_own() {
        let line = "word ".repeat(40);
        assert_eq!(layout(format!("{line}\n{line}\n{line}\n").as_bytes()), Layout::Line);
        assert_eq!(layout(format!("{line}\n\n{line}\n{line}").as_bytes()), Layout::File);
        assert_eq!(layout(b"short\nlines\nof prose\n"), Layout::File);
    }
}
