//! CSV and TSV: some columns make the text, one names it, the others are kept with it.

use std::io::BufReader;

use corpus::Doc;
use serde_json::Value;

use crate::detect::{Sample, Sure};
use crate::file::ReadSeek;
use crate::format::{Format, Offsets, Write};
use crate::lines::{BUFFER, Damage, decode};
use crate::losses::What;
use crate::reader::{Found, Records, Source};
use crate::warning::Reason;

/// Values between commas or semicolons.
pub static CSV: Format = Format {
    key: "csv",
    aliases: &[],
    name: "CSV",
    about: "A table with commas or semicolons; some columns make the text, the others are kept \
            with it.",
    extensions: &["csv"],
    offsets: Offsets::None,
    holds: &[What::Metadata, What::Ids],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| recognise(sample, &CSV),
    read: Some(|source, options| Ok(Box::new(Table::new(source, options.columns.as_ref())))),
    write: Write::No,
};

/// Values between tabs.
pub static TSV: Format = Format {
    key: "tsv",
    name: "TSV",
    about: "A table with tabs; some columns make the text, the others are kept with it.",
    extensions: &["tsv", "tab"],
    recognise: |sample| recognise(sample, &TSV),
    ..CSV
};

fn recognise(sample: &Sample<'_>, format: &'static Format) -> Option<Sure> {
    let extension = sample.extension.as_str();
    let is_other = [&CSV, &TSV].iter().any(|it| it.extensions.contains(&extension));
    let is_table = match extension {
        _ if is_other => format.extensions.contains(&extension),
        // Prose with a comma a line is prose.
        "txt" | "md" if *format == CSV => false,
        _ => looks_like(&sample.text) == Some(format),
    };
    is_table.then_some(Sure::Possible)
}

/// A row of more lines than this probably lacks a closing quote.
const MANY_LINES: u64 = 200;

/// Which columns make a text. They are counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// What the text is made of, joined by a line break.
    pub text: Vec<usize>,
    /// What the text is called by.
    pub id: Option<usize>,
}

/// What the first rows of a table show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSample {
    /// The heads; `Column 1` and so on where the first row is no head.
    pub names: Vec<String>,
    /// The first rows, at most five.
    pub rows: Vec<Vec<String>>,
    /// The columns that probably make the text.
    pub columns: Columns,
}

/// Looks at a table that starts with the bytes `first`.
pub fn sample(first: &[u8], format: &Format) -> TableSample {
    let shape = Shape::of(first, format);
    let rows: Vec<_> =
        shape.rows.iter().skip(usize::from(shape.has_head)).take(5).cloned().collect();
    TableSample { columns: shape.guess(), names: shape.names, rows }
}

/// How a table is written.
struct Shape {
    delimiter: u8,
    has_head: bool,
    names: Vec<String>,
    /// The first rows with the head.
    rows: Vec<Vec<String>>,
}

impl Shape {
    fn of(first: &[u8], format: &Format) -> Self {
        let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
        let delimiter = match *format == TSV {
            true => b'\t',
            false => csv_delimiter(first),
        };
        let rows = rows(first, delimiter);
        let head = rows.first().cloned().unwrap_or_default();
        let is_name = |cell: &String| {
            let cell = cell.trim();
            !cell.is_empty() && cell.len() <= 60 && cell.parse::<f64>().is_err()
        };
        let distinct = (1..head.len()).all(|at| !head[..at].contains(&head[at]));
        let has_head = !head.is_empty() && head.iter().all(is_name) && distinct && 1 < rows.len();
        let names = match has_head {
            true => head.iter().map(|it| it.trim().to_owned()).collect(),
            false => (1..=head.len()).map(|n| format!("Column {n}")).collect(),
        };
        Self { delimiter, has_head, names, rows }
    }

    /// The columns that are probably meant: by their names, else the one with most letters.
    fn guess(&self) -> Columns {
        let named = |words: &[&str]| {
            let same = |word: &&str| self.names.iter().position(|it| it.eq_ignore_ascii_case(word));
            words.iter().find_map(same)
        };
        let body = named(&[
            "text",
            "abstract",
            "abstract text",
            "abstracttext",
            "body",
            "content",
            "sentence",
        ]);
        let title = named(&["title", "article title", "articletitle", "heading"]);
        let id =
            named(&["id", "doc_id", "docid", "pmid", "pubmed id", "pmcid", "doi", "uid", "key"]);
        let length = |at: &usize| -> usize {
            let data = self.rows.iter().skip(usize::from(self.has_head));
            data.filter_map(|row| row.get(*at)).map(String::len).sum()
        };
        let longest = || (0..self.names.len()).filter(|it| Some(*it) != id).max_by_key(length);
        let text = match (title, body) {
            (Some(title), Some(body)) => vec![title, body],
            (None, Some(body)) => vec![body],
            (Some(title), None) => match longest() {
                Some(body) if body != title => vec![title, body],
                _ => vec![title],
            },
            (None, None) => longest().into_iter().collect(),
        };
        Columns { text, id }
    }
}

/// The delimiter that stands most often in the first line, outside of quotes.
fn csv_delimiter(first: &[u8]) -> u8 {
    let (mut quoted, mut counts) = (false, [0; 3]);
    for byte in first {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    match counts {
        [comma, semicolon, tab] if comma < semicolon && tab <= semicolon => b';',
        [comma, _, tab] if comma < tab => b'\t',
        _ => b',',
    }
}

/// The rows of a sample; its last one may be cut off and is left out if there are others.
fn rows(first: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = builder(delimiter).from_reader(first);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut record = csv::ByteRecord::new();
    while rows.len() < 12 && reader.read_byte_record(&mut record).unwrap_or(false) {
        rows.push(record.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect());
    }
    let is_whole = crate::reader::SAMPLE_BYTES > first.len();
    if rows.len() < 12 && 2 < rows.len() && !is_whole {
        rows.pop();
    }
    rows
}

fn builder(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true).buffer_capacity(BUFFER);
    // In TSV a quote is mostly a letter like others; where a cell starts with one it is not.
    builder.quoting(true);
    builder
}

/// Whether a text without a telling name is a table: rows of the same number of cells, under
/// short heads.
fn looks_like(text: &str) -> Option<&'static Format> {
    [&TSV, &CSV].into_iter().find(|format| {
        let shape = Shape::of(text.as_bytes(), format);
        let n = shape.names.len();
        2 <= n
            && shape.has_head
            && 3 <= shape.rows.len()
            && shape.rows.iter().all(|it| it.len() == n)
    })
}

/// Reads one text a row.
pub(crate) struct Table {
    reader: csv::Reader<BufReader<Box<dyn ReadSeek>>>,
    record: csv::ByteRecord,
    names: Vec<String>,
    columns: Columns,
    has_head: bool,
    stem: String,
    row: u64,
    ended: bool,
}

impl Table {
    fn new(source: Source, columns: Option<&Columns>) -> Self {
        let Source { file, sample, format, .. } = source;
        let stem = file.stem().to_owned();
        let shape = Shape::of(&sample, format);
        let mut columns = columns.cloned().unwrap_or_else(|| shape.guess());
        if columns.text.is_empty() {
            columns.text = shape.guess().text;
        }
        let reader =
            builder(shape.delimiter).from_reader(BufReader::with_capacity(BUFFER, file.bytes));
        Self {
            reader,
            record: csv::ByteRecord::new(),
            names: shape.names,
            columns,
            has_head: shape.has_head,
            stem,
            row: 0,
            ended: false,
        }
    }

    /// The row that was just read.
    fn found(&self, line: u64, end_line: u64) -> Found {
        let mut damage: Option<Damage> = None;
        let cells: Vec<String> =
            self.record.iter().map(|cell| cell_text(cell, &mut damage)).collect();
        // A column of a cell says nothing about the line.
        let damage = damage.map(|it| (None, Reason::NotUtf8 { places: it.places }));
        let mut problems: Vec<_> = damage.into_iter().collect();
        if MANY_LINES < end_line.saturating_sub(line) {
            problems.push((None, Reason::OpenQuote { lines: end_line - line }));
        }
        let (found, expected) = (cells.len(), self.names.len());
        if found < expected {
            problems.push((None, Reason::ShortRow { found, expected }));
        } else if expected < found {
            problems.push((None, Reason::LongRow { found, expected }));
        }
        let part = |at: &usize| cells.get(*at).filter(|it| !it.trim().is_empty());
        let parts: Vec<&str> =
            self.columns.text.iter().filter_map(part).map(String::as_str).collect();
        if parts.is_empty() {
            let name = |at: &usize| self.names.get(*at).map_or("text", String::as_str);
            let field = self.columns.text.first().map_or("text", name).to_owned();
            problems.push((None, Reason::NoText { field, found: None }));
            return Found::new(Some(line), None, problems);
        }
        let id = self.columns.id.as_ref().and_then(part).map(|it| it.trim().to_owned());
        let id = id.unwrap_or_else(|| format!("{}-{}", self.stem, self.row));
        let mut doc = Doc::new(id, parts.join("\n"));
        for (at, cell) in cells.iter().enumerate() {
            let used = self.columns.id == Some(at) || self.columns.text == [at];
            if cell.is_empty() || used {
                continue;
            }
            // Joined columns stay apart in the metadata only where they are short, such as titles.
            if self.columns.text.contains(&at) && self.columns.text.first() != Some(&at) {
                continue;
            }
            let name = self.names.get(at).cloned().unwrap_or_else(|| format!("Column {}", at + 1));
            doc.meta.0.insert(name, Value::String(cell.clone()));
        }
        Found::new(Some(line), Some(doc), problems)
    }
}

fn cell_text(cell: &[u8], damage: &mut Option<Damage>) -> String {
    let (text, found) = decode(cell.to_vec());
    if let Some(found) = found {
        damage.get_or_insert(Damage { places: 0, ..found }).places += found.places;
    }
    text
}

impl Records for Table {
    fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }

    fn next_record(&mut self) -> Option<Found> {
        loop {
            if self.ended {
                return None;
            }
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(err) => {
                    self.ended = true;
                    let (at, why) = (self.bytes_read(), err.to_string());
                    return Some(Found::whole(Reason::Unreadable { at, why }));
                }
            }
            if self.row == 0 && self.has_head {
                self.has_head = false;
                continue;
            }
            self.row += 1;
            let line = self.record.position().map_or(self.row, csv::Position::line);
            return Some(self.found(line, self.reader.position().line()));
        }
    }
}
