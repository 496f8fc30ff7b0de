//! What a file is, told from its first bytes; its name only breaks ties.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::format::{FORMATS, Format};
use crate::json_tree;
use crate::warning::Reason;

/// What a text is in a plain text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The whole file.
    File,
    /// Every line that is not blank.
    Line,
}

/// How surely a file is of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// It can be read so, as most files can.
    Fallback,
    /// It looks like it.
    Possible,
    /// It is, unless it is something that looks like it.
    Likely,
    /// It says so itself.
    Certain,
}

/// What a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The format.
    pub format: &'static Format,
    /// How surely.
    pub sure: Sure,
    /// For plain text: what a text is.
    pub layout: Option<Layout>,
}

/// What a file may be, the most probable first. There is always one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings(Vec<Reading>);

impl Readings {
    /// What it most probably is.
    pub fn best(&self) -> Reading {
        self.0[0]
    }

    /// All of them.
    pub fn all(&self) -> &[Reading] {
        &self.0
    }

    /// Whether the second is as probable as the first, so that a person should look.
    pub fn is_open(&self) -> bool {
        self.0.get(1).is_some_and(|it| it.sure == self.0[0].sure)
    }
}

/// The start of a file, as formats look at it.
pub(crate) struct Sample<'a> {
    /// The bytes, at most [`SAMPLE_BYTES`](crate::SAMPLE_BYTES).
    pub(crate) bytes: &'a [u8],
    /// The bytes as text without a byte order mark. The last line may be cut.
    pub(crate) text: Cow<'a, str>,
    /// How the name ends, in lower case, without the dot.
    pub(crate) extension: String,
    paths: OnceCell<BTreeSet<String>>,
}

impl<'a> Sample<'a> {
    pub(crate) fn new(bytes: &'a [u8], name: &str) -> Self {
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        let extension = name.rsplit_once('.').map_or("", |it| it.1).to_ascii_lowercase();
        Self { bytes, text, extension, paths: OnceCell::new() }
    }

    /// Whether the file starts as a JSON object or list.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.text.trim_start().as_bytes().first(), Some(b'{' | b'['))
    }

    /// Whether the first JSON value has something under each of these paths: see
    /// [`json_tree::paths`].
    pub(crate) fn has_paths(&self, wanted: &[&str]) -> bool {
        let paths = self.paths.get_or_init(|| match self.is_json() {
            true => json_tree::paths(&self.text),
            false => BTreeSet::new(),
        });
        wanted.iter().all(|it| paths.contains(*it))
    }
}

/// What a file that starts with the bytes `first` may be.
///
/// Files that no format can read are refused with the reason.
pub fn detect(first: &[u8], name: &str) -> Result<Readings, Reason> {
    let sample = Sample::new(first, name);
    let read = |format: &&'static Format| {
        let sure = format.read.and((format.recognise)(&sample))?;
        Some(Reading { format, sure, layout: None })
    };
    let binary = FORMATS.iter().filter(|it| !it.is_text).find_map(read);
    if let Some(binary) = binary {
        return Ok(Readings(vec![binary]));
    }
    refuse(first, true)?;
    let mut readings: Vec<Reading> =
        FORMATS.iter().filter(|it| it.is_text).filter_map(read).collect();
    let is_named = |it: &Reading| it.format.extensions.contains(&sample.extension.as_str());
    readings.sort_by_key(|it| (Reverse(it.sure), !is_named(it)));
    let is_plain = readings.iter().all(|it| it.sure <= Sure::Possible);
    if is_plain && sample.is_json() && (sample.extension == "json" || is_json_tree(&sample.text)) {
        return Err(Reason::JsonTree);
    }
    for reading in &mut readings {
        if *reading.format == crate::text::TEXT {
            reading.layout = Some(layout(first));
        }
    }
    // Every text can be read as plain text.
    match readings.is_empty() {
        true => Err(Reason::Binary { what: "a file of no known format" }),
        false => Ok(Readings(readings)),
    }
}

/// Refuses what is no text at all.
pub(crate) fn refuse(first: &[u8], is_text: bool) -> Result<(), Reason> {
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
    if !is_text {
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
    use crate::{CONLL, CSV, JSONL, TEXT, TSV};

    #[track_caller]
    fn check(first: &[u8], name: &str, expected: &Result<&'static Format, Reason>) {
        assert_eq!(detect(first, name).map(|it| it.best().format), *expected);
    }

    #[test]
    fn the_content_decides() {
        check(b"{\"text\": \"a\"}\n", "a.txt", &Ok(&JSONL));
        check(b"\xef\xbb\xbf{\"text\": \"a\"}\n", "a", &Ok(&JSONL));
        check(b"{\"text\": \"a\n{\"text\": \"b\"}\n", "a", &Ok(&JSONL));
        check(b"Year,Title\n2012,A\n2013,B\n", "a", &Ok(&CSV));
        check(b"Year\tTitle\n2012\tA\n2013\tB\n", "a.txt", &Ok(&TSV));
        check(b"Zn\tB-Chemical\nin\tO\n\nCells\tO\n", "a.tsv", &Ok(&CONLL));
        check("One, two.\nThree, four.\n".as_bytes(), "a.txt", &Ok(&TEXT));
        check(b"[1] Gold nanorods were made.\n", "a.txt", &Ok(&TEXT));
        check("Plain texts, with é.".as_bytes(), "a", &Ok(&TEXT));
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
    fn what_a_file_may_be_is_listed_and_a_tie_is_open() {
        let readings = detect(b"Year\tTitle\n2012\tA\n2013\tB\n", "a.txt").unwrap();
        let names: Vec<&str> = readings.all().iter().map(|it| it.format.key).collect();
        assert_eq!((names, readings.is_open()), (vec!["tsv", "text"], false));
        assert_eq!(readings.all()[1].layout, Some(Layout::File));
        let readings = detect(b"Zn\tB-Chemical\nin\tO\n\nCells\tO\n", "a.tsv").unwrap();
        let names: Vec<&str> = readings.all().iter().map(|it| it.format.key).collect();
        assert_eq!(names, ["conll", "tsv", "text"]);
    }

    #[test]
    fn long_lines_are_texts_of_their_own() {
        let line = "word ".repeat(40);
        assert_eq!(layout(format!("{line}\n{line}\n{line}\n").as_bytes()), Layout::Line);
        assert_eq!(layout(format!("{line}\n\n{line}\n{line}").as_bytes()), Layout::File);
        assert_eq!(layout(b"short\nlines\nof prose\n"), Layout::File);
    }
}
