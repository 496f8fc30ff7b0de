//! `PubTator`: title and abstract on a line each, then a line a mark, a blank line between texts.
//!
//! ```text
//! 1000001|t|Title.
//! 1000001|a|Abstract.
//! 1000001→0→5→Title→TYPE→D012345       a mark, with the database entry
//! 1000001→CID→D012345→D054321          a relation between entries
//! ```
//!
//! The text is title, line break, abstract. Offsets are code points, unless the words in the file
//! say otherwise.

use std::collections::VecDeque;
use std::io::{self, BufReader};

use corpus::Doc;
use serde_json::{Map, Value, json};

use crate::count::{Count, Scale};
use crate::detect::{Sample, Sure};
use crate::ents::{RawEnt, Taking, take};
use crate::extras::{Entry, Extras, Relation};
use crate::file::{InFile, ReadSeek};
use crate::format::{Format, Offsets, Write as Written};
use crate::lines::{Line, Lines};
use crate::losses::What;
use crate::reader::{Found, Options, Problem, Records, damage_warning};
use crate::warning::{Reason, Severity};
use crate::writer::{To, WriteTexts};

/// `PubTator`.
pub static PUBTATOR: Format = Format {
    key: "pubtator",
    aliases: &[],
    name: "PubTator",
    about: "Title and abstract on a line each, then a line a mark with its database entry; a \
            blank line between texts.",
    extensions: &["pubtator"],
    offsets: Offsets::CodePoints,
    holds: &[What::Marks, What::Overlaps, What::Ids, What::Relations, What::Normalisations],
    is_text: true,
    is_folder: false,
    together: None,
    recognise,
    read: Some(|source, options| Ok(Box::new(Pubtator::new(source.file, options)))),
    write: Written::Texts(|_| Box::new(WritePubtator)),
};

/// Certain where the first line is a title.
fn recognise(sample: &Sample<'_>) -> Option<Sure> {
    let mut lines = sample.text.lines().filter(|it| !it.trim().is_empty());
    lines.next().and_then(part).is_some_and(|it| it.1 == 't').then_some(Sure::Certain)
}

/// `1000001|t|Title.` as its three parts.
fn part(line: &str) -> Option<(&str, char, &str)> {
    let (id, rest) = line.split_once('|')?;
    let (kind, text) = rest.split_once('|')?;
    let is_id = !id.is_empty() && id.len() < 100 && !id.contains(char::is_whitespace);
    match kind {
        "t" if is_id => Some((id, 't', text)),
        "a" if is_id => Some((id, 'a', text)),
        _ => None,
    }
}

/// Reads one text a block of lines.
struct Pubtator {
    lines: Lines<BufReader<Box<dyn ReadSeek>>>,
    /// A line that belongs to the next text.
    ahead: VecDeque<Line>,
    taking: Taking,
}

impl Pubtator {
    fn new(file: InFile, options: &Options) -> Self {
        let taking =
            Taking { count: Count::CodePoints, pieces: options.pieces, breaks_at_lines: false };
        Self { lines: Lines::of_file(file.bytes), ahead: VecDeque::new(), taking }
    }
}

/// A text while its lines come in.
#[derive(Default)]
struct Block {
    line: Option<u64>,
    id: String,
    title: Option<String>,
    body: Option<String>,
    ents: Vec<RawEnt>,
    extras: Extras,
    problems: Vec<Problem>,
}

impl Block {
    /// Adds a line; false when it belongs to the next text.
    fn push(&mut self, line: &Line) -> bool {
        let has_marks = !self.ents.is_empty() || !self.extras.relations.is_empty();
        if let Some((id, kind, text)) = part(&line.text) {
            let is_new = match kind {
                't' => self.title.is_some() || has_marks,
                _ => self.body.is_some(),
            };
            if self.line.is_some() && (is_new || id != self.id) {
                return false;
            }
            id.clone_into(&mut self.id);
            let place = if kind == 't' { &mut self.title } else { &mut self.body };
            *place = Some(text.to_owned());
        } else if let Err(what) = self.about(&line.text, line.number) {
            let reason = Reason::own(Severity::Lost, what, "The line will be left out.");
            self.problems.push(Problem::on(line.number, reason));
        }
        self.line.get_or_insert(line.number);
        let damage = damage_warning(line.damage);
        self.problems
            .extend(damage.into_iter().map(|it| Problem { line: Some(line.number), ..it }));
        true
    }

    /// A line with a mark or a relation.
    fn about(&mut self, line: &str, number: u64) -> Result<(), String> {
        let cells: Vec<&str> = line.split('\t').collect();
        let place = |at: usize| cells.get(at)?.trim().parse::<i64>().ok();
        match (place(1).zip(place(2)), cells.as_slice()) {
            (Some(place), [_, _, _, quote, label, more @ ..]) => {
                let id = format!("T{}", self.ents.len() + 1);
                let entry = more.first().map_or("", |it| it.trim());
                if !matches!(entry, "" | "-") {
                    self.extras.entries.push(Entry {
                        target: id.clone(),
                        entry: entry.to_owned(),
                        ..Entry::default()
                    });
                }
                let mut kept = Map::new();
                if 1 < more.len() {
                    kept.insert("cells".into(), json!(&more[1..]));
                }
                self.ents.push(RawEnt {
                    id,
                    pieces: vec![place],
                    label: (*label).trim().to_owned(),
                    quote: Some((*quote).to_owned()),
                    more: kept,
                    line: Some(number),
                    file: None,
                });
                Ok(())
            }
            (None, [_, label, one, two, more @ ..]) => {
                let mut kept = Map::new();
                if !more.is_empty() {
                    kept.insert("cells".into(), json!(more));
                }
                let arg = |it: &&str| (String::new(), (*it).to_owned());
                self.extras.relations.push(Relation {
                    id: format!("R{}", self.extras.relations.len() + 1),
                    label: (*label).to_owned(),
                    args: vec![arg(one), arg(two)],
                    more: kept,
                });
                Ok(())
            }
            _ => Err(format!("is none of title, abstract, mark and relation: {}", start(line))),
        }
    }

    fn finish(mut self, taking: Taking) -> Found {
        if self.title.is_none() && self.body.is_none() {
            self.problems.push(Reason::NoText { field: "|t|".into(), found: None }.into());
            return Found::new(self.line, None, self.problems);
        }
        let parts = [self.title, self.body.filter(|it| !it.is_empty())];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
        if text.trim().is_empty() {
            self.problems.push(Reason::BlankText.into());
            return Found::new(self.line, None, self.problems);
        }
        let mut doc = Doc::new(self.id, text);
        self.extras.marks = take(&mut doc, self.ents, taking, &mut self.problems);
        self.extras.forget_names(&doc, "T");
        self.extras.keep(&mut doc);
        Found::new(self.line, Some(doc), self.problems)
    }
}

/// The start of a line, to be shown.
fn start(line: &str) -> String {
    format!("{:?}", line.chars().take(40).collect::<String>())
}

impl Records for Pubtator {
    fn bytes_read(&self) -> u64 {
        self.lines.position()
    }

    fn next_record(&mut self) -> Option<Found> {
        let mut block = Block::default();
        loop {
            let line = match self.ahead.pop_front() {
                Some(line) => line,
                None => match self.lines.next_line() {
                    Some(Ok(line)) => line,
                    Some(Err(reason)) => {
                        return Some(Found::lost(self.lines.number(), reason));
                    }
                    None if block.line.is_none() => return None,
                    None => break,
                },
            };
            if line.text.trim().is_empty() {
                if block.line.is_none() {
                    continue;
                }
                break;
            }
            if !block.push(&line) {
                self.ahead.push_back(line);
                break;
            }
        }
        Some(block.finish(self.taking))
    }
}

/// Writes one block a text.
struct WritePubtator;

impl WriteTexts for WritePubtator {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let fits = |it: char| !it.is_whitespace() && it != '|';
        let id: String =
            doc.id.0.chars().map(|it| if fits(it) { it } else { '_' }).take(99).collect();
        if id != doc.id.0 {
            to.tally
                .change(What::Ids, "Ids have no blanks and strokes: there is _ in place of them.");
        }
        // The first line break is the one between title and abstract.
        let (title, body) = doc.text.split_once('\n').unwrap_or((&doc.text, ""));
        let is_cut = doc.text.contains('\n') && body.is_empty();
        if is_cut || title.contains('\r') || body.contains(['\n', '\r']) {
            to.tally.change(What::Texts, "Line breaks but the first became blanks.");
        }
        writeln!(to.out, "{id}|t|{}", one_line(title))?;
        writeln!(to.out, "{id}|a|{}", one_line(body))?;
        let extras = Extras::of(doc).without_pieces();
        let named = extras.named(doc, "T");
        let about = extras.about(&named, to.tally);
        let scale = Scale::new(&doc.text, Count::CodePoints);
        for it in &named {
            let (start, end) = it.extent();
            let words = one_line(&doc.text[start as usize..end as usize]);
            let entries = about.entries.iter().filter(|entry| entry.target == it.id);
            let entries: Vec<&str> = entries.map(|it| it.entry.as_str()).collect();
            let entry = if entries.is_empty() { "-".into() } else { one_line(&entries.join(";")) };
            let (start, end) = (scale.of_byte(start), scale.of_byte(end));
            write!(to.out, "{id}\t{start}\t{end}\t{words}\t{}\t{entry}", it.label)?;
            write_cells(&it.more, to)?;
        }
        for it in &about.relations {
            let [(_, one), (_, two)] = it.args.as_slice() else {
                to.tally.leave_out(What::Relations, "Relations are between two database entries.");
                continue;
            };
            // Other formats relate marks: here the entries of them.
            let entry = |it: &str| match about.entries.iter().find(|entry| entry.target == it) {
                Some(entry) => Some(one_line(&entry.entry)),
                None => named.iter().all(|mark| mark.id != it).then(|| one_line(it)),
            };
            let (Some(one), Some(two)) = (entry(one), entry(two)) else {
                to.tally.leave_out(What::Relations, "Relations are between two database entries.");
                continue;
            };
            write!(to.out, "{id}\t{}\t{one}\t{two}", one_line(&it.label))?;
            write_cells(&it.more, to)?;
        }
        writeln!(to.out)
    }
}

/// The further cells of a line that was read, and its end.
fn write_cells(more: &Map<String, Value>, to: &mut To<'_>) -> io::Result<()> {
    for cell in more.get("cells").and_then(Value::as_array).into_iter().flatten() {
        write!(to.out, "\t{}", one_line(cell.as_str().unwrap_or_default()))?;
    }
    writeln!(to.out)
}

/// A text without line breaks and tabs, as many characters as before.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}
