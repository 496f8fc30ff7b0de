use std::collections::VecDeque;

use corpus::{Answer, Doc};
use project::SuggestionRecord;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::detect::{Layout, detect, refuse};
use crate::extras::Pieces;
use crate::file::{Files, InFile};
use crate::format::Format;
use crate::groups::{Group, Shared, group};
use crate::lines::Damage;
use crate::table::Columns;
use crate::warning::{Reason, Warning};
use crate::zipped::unpack;

/// How many bytes are looked at to tell what a file is.
pub const SAMPLE_BYTES: usize = 64 * 1024;

/// How files are read. What is `None` is detected for each file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format.
    pub format: Option<&'static Format>,
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
    /// What becomes of marks of several pieces.
    pub pieces: Pieces,
    /// Whose marks count where a text has those of several annotators; without it, those of the
    /// first by name. The others are kept with the text.
    pub annotator: Option<String>,
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

/// A file whose format is known, about to be read.
pub(crate) struct Source {
    /// The file, at its start.
    pub(crate) file: InFile,
    /// Its first bytes, at most [`SAMPLE_BYTES`].
    pub(crate) sample: Vec<u8>,
    /// Its length in bytes.
    pub(crate) len: u64,
    /// What it is read as.
    pub(crate) format: &'static Format,
    /// The other files about the same text.
    pub(crate) beside: Vec<InFile>,
    /// Files that hold for this text and the ones behind it.
    pub(crate) shared: Vec<Shared>,
}

/// The records of a file, one at a time.
pub(crate) trait Records {
    /// The next record; none at the end.
    fn next_record(&mut self) -> Option<Found>;

    /// Bytes read so far, about.
    fn bytes_read(&self) -> u64;
}

/// What is wrong with a record or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file, where it is not the one that the record is in.
    pub(crate) file: Option<String>,
    /// The line, where it is not the one on which the record starts.
    pub(crate) line: Option<u64>,
    /// The byte in that line, from 1.
    pub(crate) column: Option<u64>,
    /// What is wrong.
    pub(crate) reason: Reason,
}

impl Problem {
    /// Something on a line of its own.
    pub(crate) fn on(line: u64, reason: Reason) -> Self {
        Self { line: Some(line), ..reason.into() }
    }
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Self { file: None, line: None, column: None, reason }
    }
}

impl From<(Option<u64>, Reason)> for Problem {
    fn from((column, reason): (Option<u64>, Reason)) -> Self {
        Self { column, ..reason.into() }
    }
}

/// What one record of a file gave.
pub(crate) struct Found {
    /// The line the record starts on.
    pub(crate) line: Option<u64>,
    /// The text, unless it is lost.
    pub(crate) doc: Option<Doc>,
    /// What is wrong with it.
    pub(crate) problems: Vec<Problem>,
    /// What a model proposes for the text.
    pub(crate) suggestions: Option<SuggestionRecord>,
}

impl Found {
    pub(crate) fn new(
        line: Option<u64>,
        doc: Option<Doc>,
        problems: Vec<impl Into<Problem>>,
    ) -> Self {
        let problems = problems.into_iter().map(Into::into).collect();
        Self { line, doc, problems, suggestions: None }
    }

    /// A record that is left out.
    pub(crate) fn lost(line: u64, reason: Reason) -> Self {
        Self::new(Some(line), None, vec![reason])
    }

    /// Something about the whole file.
    pub(crate) fn whole(reason: Reason) -> Self {
        Self::new(None, None, vec![reason])
    }
}

/// The warning about replaced bytes.
pub(crate) fn damage_warning(damage: Option<Damage>) -> Vec<Problem> {
    let warn = |it: Damage| (Some(it.column), Reason::NotUtf8 { places: it.places }).into();
    damage.into_iter().map(warn).collect()
}

/// Reads the texts of `files`, one record at a time. Zips are unpacked, and files about the same
/// text read together. A record that cannot be taken as it is gives warnings; no record ends the
/// reading.
pub fn read(files: Files, options: Options) -> Reader {
    let (files, warnings) = unpack(files);
    let mut groups: VecDeque<Group> = group(files, options.format).into();
    let total_bytes = groups.iter_mut().map(len).sum();
    Reader {
        groups,
        current: None,
        queue: warnings.into_iter().map(Err).collect(),
        options,
        seen: FxHashSet::default(),
        repeats: FxHashMap::default(),
        line: None,
        suggestions: None,
        done_bytes: 0,
        total_bytes,
    }
}

/// Bytes of a file and those that belong to it.
fn len(group: &mut Group) -> u64 {
    let files = std::iter::once(&mut group.file).chain(&mut group.beside);
    files.map(|file| file.measure().unwrap_or_default()).sum()
}

/// Texts and warnings, in the order of the files. A text comes before its warnings.
pub struct Reader {
    groups: VecDeque<Group>,
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
    records: Box<dyn Records>,
}

impl Reader {
    /// Bytes read so far, of [`Reader::bytes_total`].
    pub fn bytes_read(&self) -> u64 {
        let open = self.current.as_ref();
        let here = open.map_or(0, |open| open.records.bytes_read().min(open.len));
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
        let Some(mut group) = self.groups.pop_front() else { return false };
        let path = group.file.path.clone();
        let len = len(&mut group);
        match open(group, len, &self.options) {
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
                problems.push(Reason::InProject.into());
            } else {
                if !self.seen.insert(hash) {
                    problems.push(Reason::Repeated.into());
                }
                problems.extend(self.name(&mut doc).map(Problem::from));
                let open = doc.annotation.answer.is_none() && !doc.annotation.marks.is_empty();
                if self.options.accept_marked && open {
                    doc.annotation.answer = Some(Answer::Accept);
                }
                self.line = line;
                self.suggestions = suggestions;
                self.queue.push_back(Ok(doc));
            }
        }
        let warn = |it: Problem| Warning {
            file: it.file.unwrap_or_else(|| path.to_owned()),
            line: it.line.or(line),
            column: it.column,
            reason: it.reason,
        };
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
            if let Some(found) = open.records.next_record() {
                let path = open.path.clone();
                self.take(&path, found);
            } else {
                self.done_bytes += open.len;
                self.current = None;
            }
        }
    }
}

/// Finds out what the file is, and starts to read it.
fn open(mut group: Group, len: u64, options: &Options) -> Result<Box<dyn Records>, Reason> {
    let unreadable = |err: std::io::Error| Reason::Unreadable { at: 0, why: err.to_string() };
    let sample = group.file.peek(SAMPLE_BYTES).map_err(unreadable)?;
    let format = match options.format.or(group.format) {
        // A text with nothing in it is for its format to tell of.
        Some(format) if group.format.is_some() => format,
        Some(format) => {
            refuse(&sample, format.is_text)?;
            format
        }
        None => detect(&sample, &group.file.path)?.best().format,
    };
    let open = format.read.ok_or(Reason::NotRead { format: format.name })?;
    let Group { file, beside, shared, .. } = group;
    open(Source { file, sample, len, format, beside, shared }, options)
}
