use std::collections::VecDeque;

use corpus::{Answer, Doc};
use project::SuggestionRecord;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::conll::Conll;
use crate::detect::{Format, Layout, detect, refuse};
use crate::doc_bin;
use crate::file::{Files, InFile};
use crate::jsonl::Jsonl;
use crate::lines::Damage;
use crate::nerine;
use crate::table::{Columns, Table};
use crate::text::{EachLine, WholeFile};
use crate::warning::{Reason, Warning};

/// How many bytes are looked at to tell what a file is.
pub const SAMPLE_BYTES: usize = 64 * 1024;

/// How files are read. What is `None` is detected for each file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format.
    pub format: Option<Format>,
    /// For plain text: what a text is.
    pub layout: Option<Layout>,
    /// For tables: which columns make the text.
    pub columns: Option<Columns>,
    /// What the project has already.
    pub known: Known,
    /// Whether texts that the project has already come in again.
    pub add_known: bool,
    /// Whether texts that come with marks and without a verdict count as accepted.
    pub accept_marked: bool,
}

/// The texts that are there already, by id and by content.
#[derive(Clone, Debug, Default)]
pub struct Known {
    ids: FxHashSet<String>,
    texts: FxHashSet<u64>,
}

impl Known {
    /// Adds a text of the project.
    pub fn add(&mut self, id: &str, text: &str) {
        self.ids.insert(id.to_owned());
        self.texts.insert(text_hash(text));
    }
}

/// FNV-1a of a text: equal texts have equal hashes.
pub fn text_hash(text: &str) -> u64 {
    let step = |h: u64, byte: &u8| (h ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    text.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// What one record of a file gave.
pub(crate) struct Found {
    /// The line the record starts on.
    pub(crate) line: Option<u64>,
    /// The text, unless it is lost.
    pub(crate) doc: Option<Doc>,
    /// What is wrong with it, and at which byte of its line.
    pub(crate) problems: Vec<(Option<u64>, Reason)>,
    /// What a model proposes for the text.
    pub(crate) suggestions: Option<SuggestionRecord>,
}

impl Found {
    pub(crate) fn new(
        line: Option<u64>,
        doc: Option<Doc>,
        problems: Vec<(Option<u64>, Reason)>,
    ) -> Self {
        Self { line, doc, problems, suggestions: None }
    }

    /// A record that is left out.
    pub(crate) fn lost(line: u64, reason: Reason) -> Self {
        Self::new(Some(line), None, vec![(None, reason)])
    }

    /// Something about the whole file.
    pub(crate) fn whole(reason: Reason) -> Self {
        Self::new(None, None, vec![(None, reason)])
    }
}

/// The warning about replaced bytes.
pub(crate) fn damage_warning(damage: Option<Damage>) -> Vec<(Option<u64>, Reason)> {
    let warn = |it: Damage| (Some(it.column), Reason::NotUtf8 { places: it.places });
    damage.into_iter().map(warn).collect()
}

/// Reads the texts of `files`, one record at a time. A record that cannot be taken as it is gives
/// warnings; no record ends the reading.
pub fn read(mut files: Files, options: Options) -> Reader {
    let total = files.iter_mut().map(|file| file.measure().unwrap_or_default()).sum();
    Reader {
        files: files.into(),
        current: None,
        queue: VecDeque::new(),
        options,
        seen: FxHashSet::default(),
        repeats: FxHashMap::default(),
        line: None,
        suggestions: None,
        done_bytes: 0,
        total_bytes: total,
    }
}

/// Texts and warnings, in the order of the files. A text comes before its warnings.
pub struct Reader {
    files: VecDeque<InFile>,
    current: Option<Open>,
    queue: VecDeque<Result<Doc, Warning>>,
    options: Options,
    /// Hashes of the texts that these files brought.
    seen: FxHashSet<u64>,
    /// How often each id that came twice has come.
    repeats: FxHashMap<String, u32>,
    line: Option<u64>,
    suggestions: Option<SuggestionRecord>,
    done_bytes: u64,
    total_bytes: u64,
}

/// The file that is being read.
struct Open {
    path: String,
    len: u64,
    records: Records,
}

enum Records {
    WholeFile(WholeFile),
    EachLine(EachLine),
    Jsonl(Jsonl),
    Table(Box<Table>),
    Conll(Conll),
    Spacy(Box<doc_bin::Texts>),
    Nerine(Box<nerine::Texts>),
}

impl Reader {
    /// Bytes read so far, of [`Reader::bytes_total`].
    pub fn bytes_read(&self) -> u64 {
        let here = self.current.as_ref().map_or(0, |open| open.bytes_read().min(open.len));
        self.done_bytes + here
    }

    /// Bytes of all files.
    pub fn bytes_total(&self) -> u64 {
        self.total_bytes
    }

    /// The line on which the last text started, from 1, where its format has lines.
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// What a model proposed for the last text, where its format tells.
    pub fn take_suggestions(&mut self) -> Option<SuggestionRecord> {
        self.suggestions.take()
    }

    /// Opens the next file. False when there is none.
    fn open_next(&mut self) -> bool {
        let Some(mut file) = self.files.pop_front() else { return false };
        let path = file.path.clone();
        let len = file.measure().unwrap_or_default();
        match open(file, &self.options) {
            Ok(records) => self.current = Some(Open { path, len, records }),
            Err(reason) => {
                self.done_bytes += len;
                let warning = Warning { file: path, line: None, column: None, reason };
                self.queue.push_back(Err(warning));
            }
        }
        true
    }

    /// Gives the text its final id, and queues it with its warnings.
    fn take(&mut self, path: &str, found: Found) {
        let Found { line, doc, mut problems, suggestions } = found;
        if let Some(mut doc) = doc {
            let hash = text_hash(&doc.text);
            let known = self.options.known.texts.contains(&hash);
            if known && !self.options.add_known {
                problems.push((None, Reason::InProject));
            } else {
                if !self.seen.insert(hash) {
                    problems.push((None, Reason::Repeated));
                }
                problems.extend(self.name(&mut doc).map(|it| (None, it)));
                let open = doc.annotation.answer.is_none() && !doc.annotation.marks.is_empty();
                if self.options.accept_marked && open {
                    doc.annotation.answer = Some(Answer::Accept);
                }
                self.line = line;
                self.suggestions = suggestions;
                self.queue.push_back(Ok(doc));
            }
        }
        let warn = |(column, reason)| Warning { file: path.to_owned(), line, column, reason };
        self.queue.extend(problems.into_iter().map(warn).map(Err));
    }

    /// Makes the id one that no other text has.
    fn name(&mut self, doc: &mut Doc) -> Option<Reason> {
        let ids = &mut self.options.known.ids;
        if ids.insert(doc.id.0.clone()) {
            return None;
        }
        let id = doc.id.0.clone();
        let n = self.repeats.entry(id.clone()).or_insert(1);
        let new = loop {
            *n += 1;
            let new = format!("{id}-{n}");
            if ids.insert(new.clone()) {
                break new;
            }
        };
        doc.id.0.clone_from(&new);
        Some(Reason::DuplicateId { id, new })
    }
}

impl Iterator for Reader {
    type Item = Result<Doc, Warning>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return Some(item);
            }
            let Some(open) = &mut self.current else {
                if !self.open_next() {
                    return None;
                }
                continue;
            };
            if let Some(found) = open.next() {
                let path = open.path.clone();
                self.take(&path, found);
            } else {
                self.done_bytes += open.len;
                self.current = None;
            }
        }
    }
}

impl Open {
    fn next(&mut self) -> Option<Found> {
        match &mut self.records {
            Records::WholeFile(it) => it.next(),
            Records::EachLine(it) => it.next(),
            Records::Jsonl(it) => it.next(),
            Records::Table(it) => it.next(),
            Records::Conll(it) => it.next(),
            Records::Spacy(it) => it.next(),
            Records::Nerine(it) => it.next(),
        }
    }

    fn bytes_read(&self) -> u64 {
        match &self.records {
            Records::WholeFile(it) => it.bytes_read(),
            Records::EachLine(it) => it.bytes_read(),
            Records::Jsonl(it) => it.bytes_read(),
            Records::Table(it) => it.bytes_read(),
            Records::Conll(it) => it.bytes_read(),
            Records::Spacy(it) => it.bytes_read(self.len),
            Records::Nerine(it) => it.bytes_read(self.len),
        }
    }
}

/// Finds out what the file is, and starts to read it.
fn open(mut file: InFile, options: &Options) -> Result<Records, Reason> {
    let unreadable = |err: std::io::Error| Reason::Unreadable { at: 0, why: err.to_string() };
    let sample = file.peek(SAMPLE_BYTES).map_err(unreadable)?;
    let format = match options.format {
        Some(format) => {
            refuse(&sample, format)?;
            format
        }
        None => detect(&sample, &file.path)?.0,
    };
    Ok(match format {
        Format::Text => match options.layout.unwrap_or_else(|| crate::detect::layout(&sample)) {
            Layout::File => Records::WholeFile(WholeFile::new(file)),
            Layout::Line => Records::EachLine(EachLine::new(file)),
        },
        Format::Jsonl => Records::Jsonl(Jsonl::new(file)),
        Format::Csv | Format::Tsv => {
            Records::Table(Box::new(Table::new(file, &sample, format, options.columns.as_ref())))
        }
        Format::Conll => Records::Conll(Conll::new(file)),
        Format::Spacy => Records::Spacy(Box::new(doc_bin::Texts::new(file)?)),
        Format::Nerine => Records::Nerine(Box::new(nerine::Texts::new(file)?)),
    })
}
