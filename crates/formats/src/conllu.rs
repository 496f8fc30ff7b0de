//! `CoNLL`-U and `CoNLL`-U Plus: one word a line with ten columns, or those that
//! `# global.columns` names; a blank line behind each sentence.
//!
//! ```text
//! # sent_id = demo-1
//! # text = HeLa cells.
//! 1  HeLa   _  _  _  _  _  _  _  NE=B-CELL_LINE
//! 2  cells  _  _  _  _  _  _  _  NE=I-CELL_LINE|SpaceAfter=No
//! 3  .      _  _  _  _  _  _  _  _
//! ```
//!
//! Marks are tags in `MISC` (`NE=`), brackets there (`Entity=`), or a column of tags with a name
//! such as `NER`. All columns and comments are kept with the text and written again.

mod entity;
mod misc;
mod write;

use std::io::BufReader;

use corpus::{Mark, Origin, Span};
use serde_json::{Map, Value, json};

use self::misc::Misc;
use self::write::WriteConllu;
use crate::detect::{Sample, Sure};
use crate::file::{InFile, ReadSeek};
use crate::format::{Format, Offsets, Write as Written};
use crate::lines::{Lines, RECORD_LIMIT};
use crate::losses::What;
use crate::reader::{Found, Problem, Records, damage_warning};
use crate::tags::{Reading, Tagged, decode};
use crate::warning::{Reason, Severity};
use crate::words::Joined;

/// `CoNLL`-U: ten columns.
pub static CONLLU: Format = Format {
    key: "conllu",
    aliases: &["conll-u", "ud"],
    name: "CoNLL-U",
    about: "One word a line with ten columns, a blank line behind each sentence; marks are \
            entries of MISC: NE=B-…, or brackets in Entity=….",
    extensions: &["conllu"],
    offsets: Offsets::Tokens,
    holds: &[What::Marks, What::Ids, What::Metadata],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        let lines = sample.text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
        let is_row = |line: &str| line.split('\t').count() == 10 && id_of(line).is_some();
        let rows: Vec<bool> = lines.take(200).map(is_row).collect();
        let n = rows.iter().filter(|it| **it).count();
        let is_like = rows.first() == Some(&true) && rows.len() * 9 <= n * 10 + 10;
        (is_like && !names_columns(sample)).then_some(Sure::Certain)
    },
    read: Some(|source, _| Ok(Box::new(Conllu::new(source.file)))),
    write: Written::Texts(|_| Box::new(WriteConllu::new(false))),
};

/// `CoNLL`-U Plus: the columns that its first line names.
pub static CONLLU_PLUS: Format = Format {
    key: "conllu-plus",
    aliases: &["conllup", "conll-u-plus"],
    name: "CoNLL-U Plus",
    about: "CoNLL-U with the columns that its first line names; marks are a column NER.",
    extensions: &["conllup"],
    recognise: |sample| names_columns(sample).then_some(Sure::Certain),
    write: Written::Texts(|_| Box::new(WriteConllu::new(true))),
    ..CONLLU
};

fn names_columns(sample: &Sample<'_>) -> bool {
    sample.text.lines().take(5).any(|it| it.starts_with("# global.columns ="))
}

/// The entry of [`Doc::meta`] that holds what came with a sentence: `comments` without their `#`,
/// `columns` where they are not the ten, `rows`, the cells of each line, and `type_at`, which part
/// of a mention is its type where that is not the second.
const EXTRAS: &str = "_conllu";

/// The ten columns.
const TEN: [&str; 10] =
    ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"];

/// Which column holds what. Columns are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Columns {
    names: Vec<String>,
    id: Option<usize>,
    form: usize,
    misc: Option<usize>,
    /// Tags.
    tags: Option<usize>,
}

impl Columns {
    fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let at = |name: &str| names.iter().position(|it| it == name);
        let is_tags = |name: &String| {
            let name = name.rsplit(':').next().unwrap_or_default().to_ascii_uppercase();
            matches!(name.as_str(), "NER" | "NE" | "NER_TAG" | "ENTITY" | "BIO" | "IOB")
        };
        Self {
            id: at("ID"),
            form: at("FORM").unwrap_or_default(),
            misc: at("MISC"),
            tags: names.iter().position(is_tags),
            names,
        }
    }

    fn ten() -> Self {
        Self::of(TEN)
    }
}

/// The number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    Word(u64),
    /// A token of several words.
    Range(u64, u64),
    /// A word that is not in the text.
    Empty,
}

fn id_of(line: &str) -> Option<Id> {
    parse_id(line.split('\t').next()?)
}

fn parse_id(cell: &str) -> Option<Id> {
    let number = |it: &str| it.parse::<u64>().ok();
    if let Some((first, last)) = cell.split_once('-') {
        return Some(Id::Range(number(first)?, number(last)?)).filter(|it| match it {
            Id::Range(first, last) => first <= last,
            _ => false,
        });
    }
    match cell.split_once('.') {
        Some((word, nth)) => number(word).zip(number(nth)).map(|_| Id::Empty),
        None => number(cell).map(Id::Word),
    }
}

/// Reads one text a sentence.
struct Conllu {
    lines: Lines<BufReader<Box<dyn ReadSeek>>>,
    stem: String,
    n_texts: u64,
    columns: Columns,
    /// Which part of a mention is its type.
    type_at: usize,
}

impl Conllu {
    fn new(file: InFile) -> Self {
        let stem = file.stem().to_owned();
        let lines = Lines::of_file(file.bytes);
        let columns = Columns::ten();
        Self { lines, stem, n_texts: 0, columns, type_at: 1 }
    }

    /// Takes what is said of the whole file.
    fn global(&mut self, comment: &str) -> bool {
        let Some((key, value)) = comment.split_once('=') else { return false };
        match key.trim() {
            "global.columns" => {
                let columns = Columns::of(value.split_whitespace());
                if !columns.names.is_empty() {
                    self.columns = columns;
                }
                true
            }
            "global.Entity" => {
                let mut parts = value.trim().split('-');
                self.type_at = parts.position(|it| it == "etype").unwrap_or(1);
                // It is kept, since the entries that it explains are.
                false
            }
            _ => false,
        }
    }
}

/// A sentence while its lines come in.
#[derive(Default)]
struct Sentence {
    line: Option<u64>,
    id: Option<String>,
    text: Option<String>,
    comments: Vec<Value>,
    rows: Vec<(u64, Vec<String>)>,
    n_bytes: u64,
    problems: Vec<Problem>,
}

impl Records for Conllu {
    fn bytes_read(&self) -> u64 {
        self.lines.position()
    }

    fn next_record(&mut self) -> Option<Found> {
        let mut sentence = Sentence::default();
        loop {
            let line = match self.lines.next_line() {
                Some(Ok(line)) => line,
                Some(Err(reason)) => return Some(Found::lost(self.lines.number(), reason)),
                None if sentence.rows.is_empty() => return None,
                None => break,
            };
            sentence.n_bytes += line.text.len() as u64;
            if RECORD_LIMIT < sentence.n_bytes {
                let reason = Reason::TooLong { limit: RECORD_LIMIT };
                return Some(Found::lost(sentence.line.unwrap_or(line.number), reason));
            }
            if line.text.trim().is_empty() {
                match sentence.rows.is_empty() {
                    true => continue,
                    false => break,
                }
            }
            sentence.line.get_or_insert(line.number);
            let damage = damage_warning(line.damage);
            sentence
                .problems
                .extend(damage.into_iter().map(|it| Problem { line: Some(line.number), ..it }));
            match line.text.strip_prefix('#') {
                Some(comment) if !self.global(comment) => sentence.comment(comment),
                Some(_) => {}
                None => sentence.row(line.number, &line.text, &self.columns),
            }
        }
        self.n_texts += 1;
        let fallback = format!("{}-{}", self.stem, self.n_texts);
        Some(sentence.finish(&self.columns, self.type_at, fallback))
    }
}

impl Sentence {
    fn comment(&mut self, comment: &str) {
        let (key, value) = match comment.split_once('=') {
            Some((key, value)) => (key.trim(), value.strip_prefix(' ').unwrap_or(value)),
            None => (comment.trim(), ""),
        };
        match key {
            "sent_id" if !value.trim().is_empty() => self.id = Some(value.trim().to_owned()),
            "text" if !value.trim().is_empty() => self.text = Some(value.to_owned()),
            _ => self.comments.push(json!(comment)),
        }
    }

    fn row(&mut self, number: u64, line: &str, columns: &Columns) {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let (found, expected) = (cells.len(), columns.names.len());
        let has_id =
            columns.id.is_none_or(|at| cells.get(at).is_some_and(|it| parse_id(it).is_some()));
        let has_form = cells.get(columns.form).is_some_and(|it| !it.trim().is_empty());
        if !has_id || !has_form {
            let what = match has_id {
                true => "has no word",
                false => "has no number where a word should have it",
            };
            let reason = Reason::own(Severity::Lost, what, "The line will be left out.");
            return self.problems.push(Problem::on(number, reason));
        }
        match found.cmp(&expected) {
            std::cmp::Ordering::Less => {
                self.problems.push(Problem::on(number, Reason::ShortRow { found, expected }));
            }
            std::cmp::Ordering::Greater => {
                self.problems.push(Problem::on(number, Reason::LongRow { found, expected }));
            }
            std::cmp::Ordering::Equal => {}
        }
        self.rows.push((number, cells));
    }

    fn finish(mut self, columns: &Columns, type_at: usize, fallback_id: String) -> Found {
        let rows: Vec<Vec<&str>> =
            self.rows.iter().map(|it| it.1.iter().map(String::as_str).collect()).collect();
        let surface = Surface::of(&rows, columns);
        if surface.tokens.is_empty() {
            let reason = Reason::own(Severity::Lost, "has no word", "It will be left out.");
            self.problems.push(reason.into());
            return Found::new(self.line, None, self.problems);
        }
        let (joined, other) = self.check_text(surface.join(&rows, columns));
        let (marks, problems) = surface.marks(&rows, columns, type_at);
        self.problems.extend(other.map(Problem::from));
        for (row, reason) in problems {
            self.problems.push(Problem::on(self.rows[row].0, reason));
        }
        let span = |it: &Tagged| {
            let (first, last) = (joined.words[it.first], joined.words[it.last]);
            Span::new(first.start, last.end, it.label.clone()).ok()
        };
        let mut spans: Vec<Span> = marks.iter().filter_map(span).collect();
        spans.sort();
        spans.dedup();
        let mut doc = joined.into_doc(self.id.unwrap_or(fallback_id));
        let mark = |span| Mark { span, origin: Origin::Import, at_ms: 0 };
        doc.annotation.marks = spans.into_iter().map(mark).collect();
        doc.meta.0.insert(EXTRAS.into(), extras(self.comments, &self.rows, columns, type_at));
        Found::new(self.line, Some(doc), self.problems)
    }

    /// The text that the words make, unless `# text` tells another that is made of them.
    fn check_text(&self, joined: Joined) -> (Joined, Option<Reason>) {
        let Some(text) = &self.text else { return (joined, None) };
        if *text == write::one_line(&joined.text) {
            return (joined, None);
        }
        let words: Vec<&str> = joined.words.iter().map(|it| it.text(&joined.text)).collect();
        match Joined::within(text, words) {
            Some(within) => (within, None),
            None => (joined, Some(Reason::OtherText)),
        }
    }
}

fn extras(
    comments: Vec<Value>,
    rows: &[(u64, Vec<String>)],
    columns: &Columns,
    type_at: usize,
) -> Value {
    let mut extras = Map::new();
    if *columns != Columns::ten() {
        extras.insert("columns".into(), json!(columns.names));
    }
    if !comments.is_empty() {
        extras.insert("comments".into(), Value::Array(comments));
    }
    if type_at != 1 {
        extras.insert("type_at".into(), json!(type_at));
    }
    extras.insert("rows".into(), rows.iter().map(|it| json!(it.1)).collect());
    Value::Object(extras)
}

/// The rows that make the text, and the rows of each of them.
struct Surface {
    tokens: Vec<Surfaced>,
}

/// A stretch of the text that has a row of its own.
struct Surfaced {
    /// Its row.
    row: usize,
    /// The rows of its words; itself where it is one word.
    words: Vec<usize>,
}

impl Surface {
    fn of(rows: &[Vec<&str>], columns: &Columns) -> Self {
        let mut tokens: Vec<Surfaced> = Vec::new();
        // The last number of the range that is open.
        let mut until = None;
        for (row, cells) in rows.iter().enumerate() {
            let id = columns.id.and_then(|at| cells.get(at)).and_then(|it| parse_id(it));
            match id {
                Some(Id::Empty) => {}
                Some(Id::Range(_, last)) => {
                    until = Some(last);
                    tokens.push(Surfaced { row, words: Vec::new() });
                }
                Some(Id::Word(n)) if until.is_some_and(|it| n <= it) => {
                    if let Some(token) = tokens.last_mut() {
                        token.words.push(row);
                    }
                }
                Some(Id::Word(_)) | None => {
                    until = None;
                    tokens.push(Surfaced { row, words: vec![row] });
                }
            }
        }
        Self { tokens }
    }

    fn join(&self, rows: &[Vec<&str>], columns: &Columns) -> Joined {
        let mut joined = Joined::default();
        let mut gap = String::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let cells = &rows[token.row];
            let misc = columns.misc.and_then(|at| cells.get(at)).map_or("_", |it| *it);
            let misc = Misc::of(misc);
            if joined.words.is_empty() {
                joined.text.push_str(&misc.before());
            }
            joined.push(&gap, cells[columns.form]);
            gap = misc.behind().unwrap_or_else(|| " ".to_owned());
            if misc.get("SpacesAfter").is_none() && at + 1 == self.tokens.len() {
                gap.clear();
            }
        }
        joined.text.push_str(&gap);
        joined
    }

    /// The marks on tokens of the text, and what is wrong with the tags, each at its row.
    fn marks(
        &self,
        rows: &[Vec<&str>],
        columns: &Columns,
        type_at: usize,
    ) -> (Vec<Tagged>, Vec<(usize, Reason)>) {
        let misc = |row: usize, key: &str| {
            columns.misc.and_then(|at| rows[row].get(at)).and_then(|it| Misc::of(it).get(key))
        };
        let tag = |row: usize| {
            let column = columns.tags.and_then(|at| rows[row].get(at)).copied();
            column.filter(|it| *it != "_").or_else(|| misc(row, "NE")).or_else(|| misc(row, "NER"))
        };
        // A token of several words has a tag of its own, or each of its words has one.
        let parts = self.tokens.iter().enumerate().flat_map(|(at, token)| {
            let of_words = token.words.iter().any(|it| tag(*it).is_some());
            let rows = if of_words { token.words.clone() } else { vec![token.row] };
            rows.into_iter().map(move |row| (at, row))
        });
        let parts: Vec<(usize, usize)> = parts.collect();
        let tags = parts.iter().map(|it| tag(it.1).unwrap_or("O"));
        let tags: Vec<String> = tags.map(misc::unescape).collect();
        let (mut marks, problems) = decode(tags.iter().map(String::as_str), Reading::default());
        for it in &mut marks {
            (it.first, it.last) = (parts[it.first].0, parts[it.last].0);
        }
        let mut problems: Vec<(usize, Reason)> =
            problems.into_iter().map(|it| (parts[it.0].1, it.1)).collect();
        let in_words: Vec<(usize, usize)> = (self.tokens.iter().enumerate())
            .flat_map(|(at, token)| token.words.iter().map(move |row| (at, *row)))
            .collect();
        let cells = in_words.iter().map(|it| misc(it.1, "Entity"));
        let (mentions, n_odd) = entity::mentions(cells, type_at);
        if n_odd != 0 {
            let what = format!("has {n_odd} brackets in “Entity=” that fit no other");
            let remedy = "Nothing is marked there. Mentions that go on in another sentence are not \
                          marks.";
            problems.push((0, Reason::own(Severity::Lost, what, remedy)));
        }
        marks.extend(mentions.into_iter().map(|it| Tagged {
            first: in_words[it.first].0,
            last: in_words[it.last].0,
            ..it
        }));
        (marks, problems)
    }
}
