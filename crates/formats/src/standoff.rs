//! The lines of brat's standoff format, which the BioNLP shared tasks brought up; `→` is a tab.
//!
//! ```text
//! T1→Gene 0 4;9 12→BRCA one      a mark, its pieces, its words
//! E1→Binding:T2 Theme:T1         an event
//! R1→Part-of Arg1:T1 Arg2:T3     a relation
//! *→Equiv T1 T4                 things that are the same
//! A1→Negation E1                 an attribute, perhaps with a value
//! N1→Reference T1 HGNC:1100→BRCA1
//! #1→AnnotatorNotes T1→a comment
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use corpus::Doc;
use serde_json::{Map, Value};

use crate::count::{Count, Scale};
use crate::ents::RawEnt;
use crate::extras::{
    Attribute, Comment, Entry, Event, Extras, Named, Relation, is_numbered, rename,
};
use crate::losses::{Tally, What};
use crate::reader::Problem;
use crate::warning::{Reason, Severity};

/// The entry of a mark that says in which of several files it stands.
pub(crate) const PART: &str = "part";

/// What the lines of one or more files say.
#[derive(Default)]
pub(crate) struct Standoff {
    /// The marks.
    pub(crate) ents: Vec<RawEnt>,
    /// All else.
    pub(crate) extras: Extras,
    ids: BTreeSet<String>,
}

impl Standoff {
    /// Adds the lines of a file. What is wrong with a line costs that line. Of formats with
    /// several files, `part` says which it is.
    pub(crate) fn add(
        &mut self,
        lines: &str,
        file: &str,
        part: Option<&str>,
        problems: &mut Vec<Problem>,
    ) {
        for (idx, line) in lines.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let number = idx as u64 + 1;
            if line.trim().is_empty() {
                continue;
            }
            if let Err(what) = self.line(line, file, number, part) {
                let reason = Reason::own(Severity::Lost, what, "The line will be left out.");
                problems
                    .push(Problem { file: Some(file.to_owned()), ..Problem::on(number, reason) });
            }
        }
    }

    fn line(
        &mut self,
        line: &str,
        file: &str,
        number: u64,
        part: Option<&str>,
    ) -> Result<(), String> {
        let (id, rest) = line.split_once('\t').ok_or("has no tab behind its first word")?;
        let (head, tail) = rest.split_once('\t').map_or((rest, None), |it| (it.0, Some(it.1)));
        let mut words = head.split(' ').filter(|it| !it.is_empty()).map(str::to_owned);
        let first = words.next().ok_or("says nothing behind its first word")?;
        if id != "*" && !self.ids.insert(id.to_owned()) {
            return Err(format!("has the name {id:?}, which is taken"));
        }
        let id = id.to_owned();
        match id.as_bytes().first() {
            Some(b'T') => {
                let places = head[first.len()..].trim();
                let pieces = pieces(places).ok_or("has no start and end that are whole numbers")?;
                let mut more = Map::new();
                if let Some(part) = part {
                    more.insert(PART.into(), part.into());
                }
                let (quote, file) = (tail.map(str::to_owned), Some(file.to_owned()));
                let line = Some(number);
                self.ents.push(RawEnt { id, pieces, label: first, quote, more, line, file });
            }
            Some(b'R') => {
                let args = args(words).ok_or("has an end without a role")?;
                let relation = Relation { id, label: first, args, more: Map::new() };
                self.extras.relations.push(relation);
            }
            Some(b'*') => {
                let args = words.map(|it| (String::new(), it)).collect();
                let relation = Relation { id, label: first, args, more: Map::new() };
                self.extras.relations.push(relation);
            }
            Some(b'E') => {
                let (label, trigger) = first.split_once(':').ok_or("has no trigger")?;
                let (label, trigger) = (label.to_owned(), trigger.to_owned());
                let args = args(words).ok_or("has a participant without a role")?;
                self.extras.events.push(Event { id, label, trigger, args });
            }
            Some(b'A' | b'M') => {
                let target = words.next().ok_or("is about nothing")?;
                let value = words.collect::<Vec<_>>().join(" ");
                let value = if value.is_empty() { Value::Null } else { Value::String(value) };
                let more = Map::new();
                self.extras.attributes.push(Attribute { id, name: first, target, value, more });
            }
            Some(b'N') => {
                let target = words.next().ok_or("is about nothing")?;
                let entry = words.collect::<Vec<_>>().join(" ");
                let name = tail.unwrap_or_default().to_owned();
                self.extras.entries.push(Entry { id, target, entry, name });
            }
            Some(b'#') => {
                let target = words.next().unwrap_or_default();
                let text = tail.unwrap_or_default().to_owned();
                self.extras.comments.push(Comment { id, kind: first, target, text });
            }
            _ => return Err(format!("begins with {id:?}, which is none of T R * E A M N #")),
        }
        Ok(())
    }
}

/// `0 4;9 12`.
fn pieces(places: &str) -> Option<Vec<(i64, i64)>> {
    let piece = |it: &str| {
        let mut numbers = it.split_ascii_whitespace().map(|it| it.parse::<i64>().ok());
        let piece = numbers.next()??.min(i64::MAX / 4);
        let end = numbers.next()??;
        numbers.next().is_none().then_some((piece, end))
    };
    places.split(';').map(piece).collect()
}

/// `Theme:T1 Cause:E2`.
fn args(words: impl Iterator<Item = String>) -> Option<Vec<(String, String)>> {
    words.map(|it| it.split_once(':').map(|it| (it.0.to_owned(), it.1.to_owned()))).collect()
}

/// What texts of this format count: Python's text files have one character a line end.
pub(crate) const COUNT: Count = Count::CodePointsLf;

/// Lines about one text, ready to be written.
pub(crate) struct Lines {
    /// What stands in the first of two files, or in the only one.
    pub(crate) first: String,
    /// What stands in the second.
    pub(crate) second: String,
    /// The types that the lines name.
    pub(crate) types: Types,
}

/// The names that stand in lines, by what they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Types {
    pub(crate) entities: BTreeSet<String>,
    pub(crate) relations: BTreeSet<String>,
    /// With the roles that they have.
    pub(crate) events: BTreeMap<String, BTreeSet<String>>,
    /// With the values that they have.
    pub(crate) attributes: BTreeMap<String, BTreeSet<String>>,
}

impl Types {
    /// Adds others.
    pub(crate) fn extend(&mut self, other: Types) {
        self.entities.extend(other.entities);
        self.relations.extend(other.relations);
        for (name, roles) in other.events {
            self.events.entry(name).or_default().extend(roles);
        }
        for (name, values) in other.attributes {
            self.attributes.entry(name).or_default().extend(values);
        }
    }
}

/// The files that the lines about a text stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One, as brat has it.
    One,
    /// Two, as the BioNLP shared tasks have it: marks that are given, and all else.
    Two,
}

/// The marks of a text with all that is about them as lines.
pub(crate) fn lines(doc: &Doc, extras: &Extras, layout: Layout, tally: &mut Tally) -> Lines {
    let named = extras.named(doc, "T");
    lines_of(&named, extras, &doc.text, layout, tally)
}

/// The same of marks that have names already.
pub(crate) fn lines_of(
    named: &[Named],
    extras: &Extras,
    text: &str,
    layout: Layout,
    tally: &mut Tally,
) -> Lines {
    let about = extras.about(named, tally);
    let scale = Scale::new(text, COUNT);
    let mut lines = Lines { first: String::new(), second: String::new(), types: Types::default() };
    let triggers: BTreeSet<&str> = about.events.iter().map(|it| it.trigger.as_str()).collect();
    let mut written = BTreeSet::new();
    let old: Vec<&str> = named.iter().map(|it| it.id.as_str()).collect();
    let ids = rename(&old, "T", |it| is_numbered(it, "T"));
    for (idx, it) in named.iter().enumerate() {
        let pieces = at_line_breaks(&it.pieces, text);
        let label = word(it.label.as_str());
        if pieces.is_empty() {
            tally.leave_out(What::Marks, "A mark of nothing but line breaks has no place.");
            continue;
        }
        let extent = (pieces[0].0, pieces[pieces.len() - 1].1);
        if label != it.label.as_str() {
            tally.change(
                What::Marks,
                "Types have no blanks and signs: there is _ in place of them.",
            );
        } else if extent != it.extent() {
            tally.change(What::Marks, "Marks begin and end with no line break.");
        }
        written.insert(it.id.as_str());
        let is_trigger = triggers.contains(it.id.as_str());
        if !is_trigger {
            lines.types.entities.insert(label.clone());
        }
        let is_second = match it.more.get(PART).and_then(Value::as_str) {
            _ if layout == Layout::One => false,
            Some(part) => part == "a2",
            None => is_trigger,
        };
        let out = if is_second { &mut lines.second } else { &mut lines.first };
        let place = |it: &(u32, u32)| format!("{} {}", scale.of_byte(it.0), scale.of_byte(it.1));
        let places: Vec<String> = pieces.iter().map(place).collect();
        let words: Vec<&str> =
            pieces.iter().map(|it| &text[it.0 as usize..it.1 as usize]).collect();
        let words = one_line(&words.join(" "));
        let id = &ids[idx];
        let _ = writeln!(out, "{id}\t{label} {}\t{words}", places.join(";"));
    }
    let written: Vec<Named> =
        named.iter().filter(|it| written.contains(it.id.as_str())).cloned().collect();
    let about = about.about(&written, tally);
    let ids = Ids::new(named, &about, layout);
    lines.second.push_str(&about_lines(&about, &ids, &mut lines.types, tally));
    lines
}

/// The names that things get in the file: as they are, where this format takes them.
struct Ids {
    /// Of whatever can be named elsewhere.
    new: BTreeMap<String, String>,
    events: Vec<String>,
    relations: Vec<String>,
    attributes: Vec<String>,
}

impl Ids {
    fn new(named: &[Named], about: &Extras, layout: Layout) -> Self {
        let mut new = BTreeMap::new();
        let mut add = |old: &[&str], prefix: &str, others: &str| {
            let fits = |it: &str| is_numbered(it, prefix) || is_numbered(it, others);
            let names = rename(old, prefix, fits);
            for (old, name) in old.iter().zip(&names) {
                new.entry((*old).to_owned()).or_insert_with(|| name.clone());
            }
            names
        };
        add(&named.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), "T", "T");
        let events: Vec<&str> = about.events.iter().map(|it| it.id.as_str()).collect();
        let events = add(&events, "E", "E");
        let relations: Vec<&str> = about.relations.iter().map(|it| it.id.as_str()).collect();
        let relations = add(&relations, "R", "R");
        let attributes: Vec<&str> = about.attributes.iter().map(|it| it.id.as_str()).collect();
        let attributes = match layout {
            Layout::One => add(&attributes, "A", "M"),
            Layout::Two => add(&attributes, "M", "A"),
        };
        Self { new, events, relations, attributes }
    }

    fn of(&self, old: &str) -> String {
        self.new.get(old).cloned().unwrap_or_else(|| old.to_owned())
    }
}

/// The lines of all but marks.
fn about_lines(about: &Extras, ids: &Ids, types: &mut Types, tally: &mut Tally) -> String {
    let mut out = String::new();
    for (it, own) in about.events.iter().zip(&ids.events) {
        let label = word(&it.label);
        let _ = write!(out, "{own}\t{label}:{}", ids.of(&it.trigger));
        let roles = types.events.entry(label).or_default();
        for (role, arg) in &it.args {
            let role = word(role);
            let _ = write!(out, " {role}:{}", ids.of(arg));
            roles.insert(role.trim_end_matches(|it: char| it.is_ascii_digit()).to_owned());
        }
        out.push('\n');
    }
    for (it, own) in about.relations.iter().zip(&ids.relations) {
        let label = word(&it.label);
        if it.id == "*" {
            let args: Vec<String> = it.args.iter().map(|it| ids.of(&it.1)).collect();
            let _ = writeln!(out, "*\t{label} {}", args.join(" "));
        } else if it.args.iter().any(|it| !ids.new.contains_key(&it.1)) {
            tally.leave_out(What::Relations, "Relations are between marks, not database entries.");
            continue;
        } else if let [one, two] = it.args.as_slice() {
            let role = |it: &str, empty: &str| if it.is_empty() { empty.into() } else { word(it) };
            let (one, two) = (
                format!("{}:{}", role(&one.0, "Arg1"), ids.of(&one.1)),
                format!("{}:{}", role(&two.0, "Arg2"), ids.of(&two.1)),
            );
            let _ = writeln!(out, "{own}\t{label} {one} {two}");
        } else {
            tally.leave_out(What::Relations, "Relations have two ends.");
            continue;
        }
        types.relations.insert(label);
    }
    for (it, own) in about.attributes.iter().zip(&ids.attributes) {
        let (name, value) = (word(&it.name), plain(&it.value));
        let values = types.attributes.entry(name.clone()).or_default();
        let _ = write!(out, "{own}\t{name} {}", ids.of(&it.target));
        if !value.is_empty() {
            let _ = write!(out, " {value}");
            values.insert(value);
        }
        out.push('\n');
    }
    let old: Vec<&str> = about.entries.iter().map(|it| it.id.as_str()).collect();
    let names = rename(&old, "N", |it| is_numbered(it, "N"));
    for (it, own) in about.entries.iter().zip(names) {
        let mut entry = one_line(&it.entry).replace([' ', '\t'], "_");
        if !entry.contains(':') {
            tally.change(What::Normalisations, "A number has its database before it: here “ID:”.");
            entry.insert_str(0, "ID:");
        }
        let _ = writeln!(
            out,
            "{own}\tReference {} {entry}\t{}",
            ids.of(&it.target),
            one_line(&it.name)
        );
    }
    let old: Vec<&str> = about.comments.iter().map(|it| it.id.as_str()).collect();
    let names = rename(&old, "#", |it| is_numbered(it, "#"));
    for (it, own) in about.comments.iter().zip(names) {
        let kind = if it.kind.is_empty() { "AnnotatorNotes".to_owned() } else { word(&it.kind) };
        let text = one_line(&it.text);
        if text != it.text {
            tally.change(What::Comments, "Their line breaks became blanks.");
        }
        let _ = writeln!(out, "{own}\t{kind} {}\t{text}", ids.of(&it.target));
    }
    out
}

/// The pieces without the line breaks in them.
fn at_line_breaks(pieces: &[(u32, u32)], text: &str) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    for &(start, end) in pieces {
        let mut at = start;
        for part in text[start as usize..end as usize].split(['\n', '\r']) {
            let behind = at + part.len() as u32;
            if !part.is_empty() {
                found.push((at, behind));
            }
            at = behind + 1;
        }
    }
    found.sort_unstable();
    found
}

/// A name without blanks and signs: letters, digits, `-`, `_` and `.` stay.
pub(crate) fn word(name: &str) -> String {
    let fits = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.');
    let word: String = name.chars().map(|it| if fits(it) { it } else { '_' }).collect();
    if word.is_empty() { "_".to_owned() } else { word }
}

/// A text on one line, without tabs at which it would break.
fn one_line(text: &str) -> String {
    text.chars().map(|it| if matches!(it, '\n' | '\r') { ' ' } else { it }).collect()
}

/// The value of an attribute, as it stands in a line.
fn plain(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(true) => String::new(),
        Value::String(value) => {
            one_line(value).split(' ').filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string().split_whitespace().collect::<Vec<_>>().join("_"),
    }
}
