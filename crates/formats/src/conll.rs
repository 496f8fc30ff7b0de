//! Columns: one word a line with what is said of it, a blank line between texts. `CoNLL`-2002 and
//! -2003, `NERsuite`, and any kin with two columns or more.
//!
//! ```text
//! # id = demo-1
//! 🧪          O
//! PEG-coated  B-NANOPARTICLE
//! AuNPs       I-NANOPARTICLE
//! ```
//!
//! The format holds no text. Words are put together by `# text = …` or by columns of offsets where
//! a file has them, else with one blank between. Other columns, the documents that texts belong to
//! and comments are kept with the text and written again.

mod shape;
mod write;

use std::io::BufReader;

use corpus::offsets::Unit;
use corpus::{Doc, Mark, Origin, Span};
use serde_json::{Map, Value, json};

use self::shape::{Line, Shape, length_in};
use self::write::{Blocks, Order};
use crate::detect::{Sample, Sure};
use crate::extras;
use crate::file::ReadSeek;
use crate::format::{Format, Offsets, Write as Written};
use crate::lines::{Lines, RECORD_LIMIT};
use crate::losses::What;
use crate::reader::{Found, Problem, Records, Source, damage_warning};
use crate::tags::{Scheme, decode};
use crate::warning::{Reason, Severity};
use crate::words::Joined;

/// One token a line, its tag last, of whatever scheme; written as IOB2.
pub static CONLL: Format = Format {
    key: "conll",
    aliases: &["conll-iob2"],
    name: "CoNLL",
    about: "One token a line, its tag in the last column, a blank line between texts. Every \
            scheme is read: IOB1, IOB2, IOE1, IOE2, BILUO, BIOES and BMES. IOB2 is written.",
    extensions: &["conll", "iob", "iob2", "bio"],
    offsets: Offsets::Tokens,
    holds: &[What::Marks, What::Ids],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        let shape = Shape::of(&sample.text, false);
        (shape.is_sure && !shape.is_nersuite()).then_some(Sure::Likely)
    },
    read: Some(|source, _| Ok(Box::new(Conll::new(source)))),
    write: Written::Texts(|_| Box::new(Blocks::new(Scheme::Iob2, Order::WordFirst))),
};

/// The same with the tags B I L U O.
pub static CONLL_BILUO: Format = Format {
    key: "conll-biluo",
    aliases: &[],
    name: "CoNLL, BILUO",
    about: "CoNLL with the tags B I L U O.",
    recognise: |_| None,
    write: Written::Texts(|_| Box::new(Blocks::new(Scheme::Biluo, Order::WordFirst))),
    ..CONLL
};

/// The same with the tags B I E S O.
pub static CONLL_BIOES: Format = Format {
    key: "conll-bioes",
    name: "CoNLL, BIOES",
    about: "CoNLL with the tags B I E S O.",
    write: Written::Texts(|_| Box::new(Blocks::new(Scheme::Bioes, Order::WordFirst))),
    ..CONLL_BILUO
};

/// The same with the tags B M E S O.
pub static CONLL_BMES: Format = Format {
    key: "conll-bmes",
    name: "CoNLL, BMES",
    about: "CoNLL with the tags B M E S O.",
    write: Written::Texts(|_| Box::new(Blocks::new(Scheme::Bmes, Order::WordFirst))),
    ..CONLL_BILUO
};

/// The same with the tags I O, and B between neighbours.
pub static CONLL_IOB1: Format = Format {
    key: "conll-iob1",
    name: "CoNLL, IOB1",
    about: "CoNLL with the tags I O, and B where a mark follows one of its label at once, as in \
            CoNLL-2003.",
    write: Written::Texts(|_| Box::new(Blocks::new(Scheme::Iob1, Order::WordFirst))),
    ..CONLL_BILUO
};

/// The same with the tags I E O.
pub static CONLL_IOE2: Format = Format {
    key: "conll-ioe2",
    name: "CoNLL, IOE2",
    about: "CoNLL with the tags I E O.",
    write: Written::Texts(|_| Box::new(Blocks::new(Scheme::Ioe2, Order::WordFirst))),
    ..CONLL_BILUO
};

/// Tag, start, end, token.
pub static NERSUITE: Format = Format {
    key: "nersuite",
    name: "NERsuite",
    about: "One token a line: its tag, its offsets, itself, and columns of grammar.",
    extensions: &["nersuite", "tsv"],
    recognise: |sample| {
        let shape = Shape::of(&sample.text, false);
        (shape.is_sure && shape.is_nersuite()).then_some(Sure::Likely)
    },
    write: Written::Texts(|_| Box::new(Blocks::new(Scheme::Iob2, Order::TagFirst))),
    ..CONLL_BILUO
};

/// The entry of [`Doc::meta`] that holds what came with a text in columns: `document` (a name, or
/// its number in the file), `offset` of the first word in its document, which counts code points or
/// what `unit` says, `columns` (the other cells of each word), `comments`.
pub(crate) const EXTRAS: &str = "_conll";

/// The longest gap between two words that offsets may tell, in characters.
const GAP_LIMIT: u64 = 1000;

/// Reads one text a block of lines.
struct Conll {
    lines: Lines<BufReader<Box<dyn ReadSeek>>>,
    stem: String,
    n_texts: u64,
    shape: Shape,
    /// The document that the texts belong to.
    document: Option<Value>,
    n_documents: u64,
}

impl Conll {
    fn new(source: Source) -> Self {
        let stem = source.file.stem().to_owned();
        let shape = Shape::of(&Sample::new(&source.sample, "").text, *source.format == NERSUITE);
        let lines = Lines::of_file(source.file.bytes);
        Self { lines, stem, n_texts: 0, shape, document: None, n_documents: 0 }
    }

    /// A new document begins, perhaps with a name.
    fn start_document(&mut self, name: Option<&str>) {
        self.n_documents += 1;
        self.document = Some(name.map_or(json!(self.n_documents), |it| json!(it)));
    }

    /// Takes a comment that stands before or in a text.
    fn comment(&mut self, comment: &str, block: &mut Block) {
        let (key, value) = match comment.split_once('=') {
            Some((key, value)) => (key.trim(), value.trim()),
            None => (comment.trim(), ""),
        };
        match key {
            "id" | "sent_id" if !value.is_empty() => block.id = Some(value.to_owned()),
            "text" if !value.is_empty() => block.text = Some(value.to_owned()),
            "doc_id" | "newdoc id" if !value.is_empty() => self.start_document(Some(value)),
            "newdoc" => self.start_document(None),
            _ => block.comments.push(json!(comment)),
        }
    }
}

/// A text while its lines come in.
#[derive(Default)]
struct Block {
    line: Option<u64>,
    id: Option<String>,
    text: Option<String>,
    comments: Vec<Value>,
    document: Option<Value>,
    rows: Vec<Row>,
    n_bytes: u64,
    problems: Vec<Problem>,
}

/// One word.
struct Row {
    line: u64,
    word: String,
    tag: String,
    /// Start and end, as the file counts them.
    place: Option<(u64, u64)>,
    rest: Vec<Value>,
}

impl Block {
    fn push(&mut self, line: u64, cells: &[&str], shape: &Shape) {
        let n = cells.len();
        let word = cells.get(shape.word).copied().unwrap_or(cells[0]);
        if word.trim().is_empty() {
            let reason = Reason::ShortRow { found: n - 1, expected: shape.n_columns };
            return self.problems.push(Problem::on(line, reason));
        }
        // In a line that is too long or too short, the tag is still the last.
        let tag_at = if shape.tag + 1 == shape.n_columns { n - 1 } else { shape.tag };
        let tag = cells.get(tag_at).filter(|_| 1 < n).copied().unwrap_or_else(|| {
            let reason = Reason::ShortRow { found: n, expected: shape.n_columns.max(2) };
            self.problems.push(Problem::on(line, reason));
            "O"
        });
        let number = |at: usize| cells.get(at).and_then(|it| it.parse::<u64>().ok());
        let place = shape.offsets.and_then(|(at, _)| number(at).zip(number(at + 1)));
        let measures = |at: usize| shape.offsets.is_some_and(|it| it.0 == at || it.0 + 1 == at);
        let other = |at: usize| at != shape.word && at != tag_at && !measures(at);
        let rest = cells.iter().enumerate().filter(|it| other(it.0));
        self.rows.push(Row {
            line,
            word: word.to_owned(),
            tag: tag.to_owned(),
            place,
            rest: rest.map(|it| json!(it.1)).collect(),
        });
    }

    /// The text: as a comment has it, as offsets have it, or with blanks; and where in its
    /// document it starts.
    fn join(&mut self, shape: &Shape) -> (Joined, Option<u64>) {
        let words = || self.rows.iter().map(|it| it.word.as_str());
        let mut offset = None;
        let mut joined = None;
        if let Some((_, unit)) = shape.offsets {
            joined = self.join_by_offsets(unit);
            offset = joined.as_ref().and(self.rows[0].place).map(|it| it.0);
            if joined.is_none() {
                self.problems.push(with_blanks("has offsets that do not fit its words"));
            }
        }
        if let Some(text) = &self.text {
            let within = Joined::within(text, words());
            if within.is_none() {
                self.problems.push(Reason::OtherText.into());
            }
            joined = within.or(joined);
        }
        (joined.unwrap_or_else(|| Joined::with_blanks(words())), offset)
    }

    /// `None` where an offset is absent, or does not fit its word.
    fn join_by_offsets(&self, unit: Unit) -> Option<Joined> {
        let mut joined = Joined::default();
        let mut at = self.rows.first()?.place?.0;
        for row in &self.rows {
            let (start, end) = row.place?;
            let gap = start.checked_sub(at).filter(|it| *it <= GAP_LIMIT)?;
            if end.checked_sub(start)? != u64::from(length_in(&row.word, unit)) {
                return None;
            }
            joined.push(&" ".repeat(gap as usize), &row.word);
            at = end;
        }
        Some(joined)
    }

    fn finish(mut self, shape: &Shape, fallback_id: String) -> Found {
        let (joined, offset) = self.join(shape);
        let (marks, problems) = decode(self.rows.iter().map(|it| it.tag.as_str()), shape.reading);
        let problems = problems.into_iter();
        self.problems.extend(problems.map(|(at, reason)| Problem::on(self.rows[at].line, reason)));
        let span = |first: usize, last: usize, label| {
            Span::new(joined.words[first].start, joined.words[last].end, label).ok()
        };
        let marks: Vec<Mark> = marks
            .into_iter()
            .filter_map(|it| span(it.first, it.last, it.label))
            .map(|span| Mark { span, origin: Origin::Import, at_ms: 0 })
            .collect();
        let mut doc = joined.into_doc(self.id.unwrap_or(fallback_id));
        doc.annotation.marks = marks;
        doc.annotation.marks.sort();
        let mut extras = Map::new();
        extras.extend(self.document.map(|it| ("document".to_owned(), it)));
        extras.extend(offset.map(|it| ("offset".to_owned(), json!(it))));
        if offset.is_some() && shape.offsets.is_some_and(|it| it.1 == Unit::Utf16) {
            extras.insert("unit".into(), json!("utf16"));
        }
        if self.rows.iter().any(|it| !it.rest.is_empty()) {
            let rows = self.rows.into_iter().map(|it| Value::Array(it.rest));
            extras.insert("columns".into(), rows.collect());
        }
        if !self.comments.is_empty() {
            extras.insert("comments".into(), Value::Array(self.comments));
        }
        if !extras.is_empty() {
            doc.meta.0.insert(EXTRAS.into(), Value::Object(extras));
        }
        Found::new(self.line, Some(doc), self.problems)
    }
}

impl Records for Conll {
    fn bytes_read(&self) -> u64 {
        self.lines.position()
    }

    fn next_record(&mut self) -> Option<Found> {
        let mut block = Block::default();
        loop {
            let line = match self.lines.next_line() {
                Some(Ok(line)) => line,
                Some(Err(reason)) => return Some(Found::lost(self.lines.number(), reason)),
                None if block.rows.is_empty() => return None,
                None => break,
            };
            block.n_bytes += line.text.len() as u64;
            if RECORD_LIMIT < block.n_bytes {
                // What was read of it is let go, the rest comes as a text of its own.
                let reason = Reason::TooLong { limit: RECORD_LIMIT };
                return Some(Found::lost(block.line.unwrap_or(line.number), reason));
            }
            match Line::of(&line.text) {
                Line::Blank if block.rows.is_empty() => {}
                Line::Blank => break,
                Line::DocStart(cells) => {
                    let name = cells.into_iter().find(|it| !matches!(*it, "O" | "_" | "-X-" | "-"));
                    self.start_document(name);
                    if !block.rows.is_empty() {
                        break;
                    }
                }
                Line::Comment(comment) => {
                    block.line.get_or_insert(line.number);
                    self.comment(comment, &mut block);
                }
                Line::Row(cells) => {
                    block.line.get_or_insert(line.number);
                    if block.rows.is_empty() {
                        block.document.clone_from(&self.document);
                    }
                    let damage = damage_warning(line.damage).into_iter();
                    block
                        .problems
                        .extend(damage.map(|it| Problem { line: Some(line.number), ..it }));
                    block.push(line.number, &cells, &self.shape);
                }
            }
        }
        self.n_texts += 1;
        let mut found = block.finish(&self.shape, format!("{}-{}", self.stem, self.n_texts));
        found.problems.splice(0..0, self.shape.note.take().map(Problem::from));
        Some(found)
    }
}

/// Why words have one blank between.
fn with_blanks(what: &str) -> Problem {
    let remedy = "The words come in with a blank between.";
    Reason::own(Severity::Changed, what, remedy).into()
}

/// Whether the text came with something that the format has no column for.
pub(crate) fn has_more(doc: &Doc) -> bool {
    let is_more = |(key, it): (&String, &Value)| key != extras::EXTRAS && !it.is_null();
    doc.meta.0.iter().any(is_more)
}
