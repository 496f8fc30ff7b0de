//! CSV of spans: one row a mark.
//!
//! ```csv
//! id,text,start,end,label,quote
//! demo-1,🧪 HeLa cells.,2,12,CELL_LINE,HeLa cells
//! ```
//!
//! Rows of one text follow each other; its text need stand in the first of them alone. A row
//! without offsets is a text without marks. Offsets count code points, unless the quotes say
//! otherwise.

use std::io::{self, BufReader};

use corpus::Doc;
use corpus::offsets::{Ruler, Unit};
use serde_json::{Map, Value, json};

use crate::detect::{Sample, Sure};
use crate::file::ReadSeek;
use crate::format::{Format, Offsets, Write as Written};
use crate::lines::{BUFFER, decode};
use crate::losses::What;
use crate::marks::{RawMark, marks_of};
use crate::reader::{Found, Problem, Records, Source};
use crate::record::MARK_FIELDS;
use crate::warning::{Reason, Severity};
use crate::writer::{To, WriteTexts};

/// One row a mark.
pub static CSV_SPANS: Format = Format {
    key: "csv-spans",
    aliases: &["spans-csv"],
    name: "CSV of spans",
    about: "A table with a row for each mark: the id of its text, the text, where the mark starts \
            and ends, its label and its words.",
    extensions: &["csv", "tsv"],
    offsets: Offsets::CodePoints,
    holds: &[What::Marks, What::Overlaps, What::Ids],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| Heads::of(sample).map(|_| Sure::Certain),
    read: Some(|source, _| match Heads::of(&Sample::new(&source.sample, "")) {
        Some((heads, delimiter)) => Ok(Box::new(SpansTable::new(source, heads, delimiter))),
        None => Err(Reason::own_file(
            "has no columns with text, start, end and label",
            "Nothing of it comes in. Name the columns so in its first row.",
        )),
    }),
    write: Written::Texts(|_| Box::new(WriteSpans::default())),
};

/// Which column holds what, counted from 0.
#[derive(Clone, Debug)]
struct Heads {
    names: Vec<String>,
    id: Option<usize>,
    text: usize,
    start: usize,
    end: usize,
    label: usize,
    quote: Option<usize>,
}

impl Heads {
    /// The columns of a table of spans, and what parts them.
    fn of(sample: &Sample<'_>) -> Option<(Self, u8)> {
        let first = sample.text.lines().next()?;
        let delimiters = [b',', b';', b'\t'];
        let delimiter = delimiters
            .into_iter()
            .max_by_key(|it| first.bytes().filter(|byte| byte == it).count())?;
        let mut reader = builder(delimiter).from_reader(first.as_bytes());
        let names: Vec<String> =
            reader.records().next()?.ok()?.iter().map(|it| it.trim().to_owned()).collect();
        let plain: Vec<String> =
            names.iter().map(|it| it.to_lowercase().replace([' ', '-'], "_")).collect();
        let named =
            |words: &[&str]| words.iter().find_map(|word| plain.iter().position(|it| it == word));
        let start =
            named(&["start", "begin", "start_offset", "start_char", "span_start", "start_index"])?;
        let end = named(&["end", "end_offset", "end_char", "span_end", "end_index", "stop"])?;
        let label =
            named(&["label", "type", "entity_type", "tag", "category", "class", "entity_label"])?;
        let quote = named(&[
            "quote",
            "mention",
            "span",
            "span_text",
            "entity_text",
            "entity",
            "term",
            "surface",
        ]);
        let text = named(&[
            "text",
            "document_text",
            "full_text",
            "sentence",
            "content",
            "abstract",
            "document",
        ])?;
        let id = named(&[
            "id",
            "doc_id",
            "docid",
            "document_id",
            "text_id",
            "pmid",
            "file",
            "filename",
            "doc",
        ]);
        let heads = Self { names, id, text, start, end, label, quote };
        Some((heads, delimiter))
    }
}

fn builder(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true).buffer_capacity(BUFFER);
    builder
}

/// A row, as text.
struct Row {
    line: u64,
    cells: Vec<String>,
    is_damaged: bool,
}

impl Row {
    fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

/// Reads the rows of one text at a time.
struct SpansTable {
    reader: csv::Reader<BufReader<Box<dyn ReadSeek>>>,
    record: csv::ByteRecord,
    heads: Heads,
    stem: String,
    n_texts: u64,
    /// The row that begins the next text.
    next: Option<Row>,
    is_at_head: bool,
    /// Lines to add to what the parser says: where lines end with a carriage return and a line
    /// feed, it lets the latter begin the next row.
    more_lines: u64,
    broken: Option<Reason>,
    ended: bool,
}

impl SpansTable {
    fn new(source: Source, heads: Heads, delimiter: u8) -> Self {
        let stem = source.file.stem().to_owned();
        let first = source.sample.split_inclusive(|it| *it == b'\n').next().unwrap_or_default();
        let bytes = BufReader::with_capacity(BUFFER, source.file.bytes);
        Self {
            reader: builder(delimiter).from_reader(bytes),
            record: csv::ByteRecord::new(),
            heads,
            stem,
            n_texts: 0,
            next: None,
            is_at_head: true,
            more_lines: u64::from(first.ends_with(b"\r\n")),
            broken: None,
            ended: false,
        }
    }

    fn next_row(&mut self) -> Option<Row> {
        while !self.ended {
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) if std::mem::take(&mut self.is_at_head) => {}
                Ok(true) => {
                    let mut is_damaged = false;
                    let mut cell = |it: &[u8]| {
                        let (text, damage) = decode(it.to_vec());
                        is_damaged |= damage.is_some();
                        text
                    };
                    let cells = self.record.iter().map(&mut cell).collect();
                    let line = self.record.position().map_or(0, csv::Position::line);
                    let line = line + self.more_lines;
                    return Some(Row { line, cells, is_damaged });
                }
                Ok(false) => self.ended = true,
                Err(err) => {
                    self.ended = true;
                    let (at, why) = (self.bytes_read(), err.to_string());
                    self.broken = Some(Reason::Unreadable { at, why });
                }
            }
        }
        None
    }

    /// Whether a row is about the same text as the first of its rows.
    fn belongs(&self, row: &Row, first: &Row) -> bool {
        let (text, own) = (row.cell(self.heads.text), first.cell(self.heads.text));
        let same_text = text.is_empty() || text == own;
        match self.heads.id {
            Some(id) => same_text && row.cell(id) == first.cell(id),
            None => same_text,
        }
    }

    fn found(&mut self, rows: &[Row]) -> Found {
        self.n_texts += 1;
        let first = &rows[0];
        let mut problems: Vec<Problem> = Vec::new();
        for row in rows {
            if row.is_damaged {
                problems.push(Problem::on(row.line, Reason::NotUtf8 { places: 1 }));
            }
            let (found, expected) = (row.cells.len(), self.heads.names.len());
            if found < expected {
                problems.push(Problem::on(row.line, Reason::ShortRow { found, expected }));
            } else if expected < found {
                problems.push(Problem::on(row.line, Reason::LongRow { found, expected }));
            }
        }
        let text = first.cell(self.heads.text);
        if text.trim().is_empty() {
            let field = self.heads.names[self.heads.text].clone();
            problems.push(Reason::NoText { field, found: None }.into());
            return Found::new(Some(first.line), None, problems);
        }
        let id = self.heads.id.map(|it| first.cell(it).trim()).filter(|it| !it.is_empty());
        let id = id.map_or_else(|| format!("{}-{}", self.stem, self.n_texts), str::to_owned);
        let mut doc = Doc::new(id, text);
        let mut raw = Vec::new();
        for row in rows {
            let place = [self.heads.start, self.heads.end].map(|it| row.cell(it).trim());
            match place.map(str::parse::<f64>) {
                [Ok(start), Ok(end)] => raw.push(self.raw_mark(row, start, end)),
                _ if place == ["", ""] => {}
                [Err(_), _] | [_, Err(_)] => {
                    let what = format!("has {:?} and {:?} as offsets", place[0], place[1]);
                    let remedy = "The mark will be left out, the text comes in.";
                    problems.push(Problem::on(row.line, Reason::own(Severity::Lost, what, remedy)));
                }
            }
        }
        let mut reasons = Vec::new();
        let (marks, fields) = marks_of(raw, Unit::CodePoints, &doc.text, &mut reasons);
        problems.extend(reasons.into_iter().map(Problem::from));
        doc.annotation.marks = marks;
        doc.annotation.marks.sort();
        if !fields.is_empty() {
            doc.meta.0.insert(MARK_FIELDS.into(), Value::Array(fields));
        }
        Found::new(Some(first.line), Some(doc), problems)
    }

    fn raw_mark(&self, row: &Row, start: f64, end: f64) -> RawMark {
        let mut object = Map::new();
        object.insert("start".into(), json!(start));
        object.insert("end".into(), json!(end));
        let label = row.cell(self.heads.label).trim();
        if !label.is_empty() {
            object.insert("label".into(), json!(label));
        }
        let quote = self.heads.quote.map(|it| row.cell(it)).filter(|it| !it.is_empty());
        object.extend(quote.map(|it| ("text".to_owned(), json!(it))));
        let used = [self.heads.text, self.heads.start, self.heads.end, self.heads.label];
        for (at, name) in self.heads.names.iter().enumerate() {
            let is_other =
                !used.contains(&at) && self.heads.quote != Some(at) && self.heads.id != Some(at);
            if is_other && !row.cell(at).is_empty() && !object.contains_key(name) {
                object.insert(name.clone(), json!(row.cell(at)));
            }
        }
        RawMark::of(&Value::Object(object), false)
    }
}

impl Records for SpansTable {
    fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }

    fn next_record(&mut self) -> Option<Found> {
        let first = match self.next.take() {
            Some(row) => Some(row),
            None => self.next_row(),
        };
        let Some(first) = first else { return self.broken.take().map(Found::whole) };
        let mut rows = vec![first];
        while let Some(row) = self.next_row() {
            if !self.belongs(&row, &rows[0]) {
                self.next = Some(row);
                break;
            }
            rows.push(row);
        }
        Some(self.found(&rows))
    }
}

/// Writes a row for each mark; a text without marks has one row.
#[derive(Default)]
struct WriteSpans {
    has_begun: bool,
}

impl WriteTexts for WriteSpans {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(Vec::new());
        if !self.has_begun {
            table.write_record(["id", "text", "start", "end", "label", "quote"])?;
            self.has_begun = true;
        }
        let ruler = Ruler::new(doc.text.as_str());
        let points = |at| {
            ruler.from_bytes(at, Unit::CodePoints).map_or_else(String::new, |it| it.to_string())
        };
        let mut text = doc.text.as_str();
        for span in doc.spans() {
            let (start, end) = (points(span.start()), points(span.end()));
            let (label, quote) = (span.label().as_str(), span.text(&doc.text));
            table.write_record([doc.id.0.as_str(), text, &start, &end, label, quote])?;
            text = "";
        }
        if !text.is_empty() {
            table.write_record([doc.id.0.as_str(), text, "", "", "", ""])?;
        }
        let bytes = table.into_inner().map_err(|err| io::Error::other(err.to_string()))?;
        to.out.write_all(&bytes)
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        match self.has_begun {
            true => Ok(()),
            false => to.out.write_all(b"id,text,start,end,label,quote\n"),
        }
    }
}
