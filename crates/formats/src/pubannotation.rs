//! `PubAnnotation`: JSON with a text and `denotations`, one object or a list of them.
//!
//! ```json
//! {"text": "Zn in cells", "sourcedb": "PubMed", "sourceid": "1", "denotations":
//!  [{"id": "T1", "span": {"begin": 0, "end": 2}, "obj": "Metal"}]}
//! ```
//!
//! A mark of several pieces has a list as its `span`, or is chained by relations. Nothing in a file
//! proves what offsets count: code points are taken.

use std::io;

use corpus::Doc;
use serde_json::{Map, Value, json};

use crate::count::{Count, Scale};
use crate::detect::{Sample, Sure};
use crate::ents::{RawEnt, Taking, take};
use crate::extras::{Attribute, Extras, Relation};
use crate::format::{Format, Offsets, Write as Written};
use crate::json_tree::{Values, text_of};
use crate::losses::What;
use crate::reader::{Found, Options, Problem, Records, Source};
use crate::record::kind;
use crate::warning::{Reason, Severity};
use crate::writer::{To, WriteTexts};

/// `PubAnnotation` JSON.
pub static PUBANNOTATION: Format = Format {
    key: "pubannotation",
    aliases: &[],
    name: "PubAnnotation",
    about: "JSON with a text, its denotations, and relations and attributes of them; one object, \
            a list of objects or one a line.",
    extensions: &["json"],
    offsets: Offsets::CodePoints,
    holds: &[
        What::Marks,
        What::Overlaps,
        What::Ids,
        What::Fragments,
        What::Relations,
        What::Attributes,
    ],
    is_text: true,
    is_folder: false,
    together: None,
    recognise,
    read: Some(open),
    write: Written::Texts(|_| Box::new(WritePubannotation::default())),
};

fn recognise(sample: &Sample<'_>) -> Option<Sure> {
    let is_one = sample.has_paths(&["text", "denotations[]"])
        || sample.has_paths(&["[].text", "[].denotations[]"])
        || sample.has_paths(&["text", "sourcedb", "sourceid"]);
    is_one.then_some(Sure::Certain)
}

fn open(source: Source, options: &Options) -> Result<Box<dyn Records>, Reason> {
    let taking =
        Taking { count: Count::CodePoints, pieces: options.pieces, breaks_at_lines: false };
    let values = Values::read(source)?;
    Ok(Box::new(Pubannotation { values, taking }))
}

/// Reads one text an object.
struct Pubannotation {
    values: Values,
    taking: Taking,
}

impl Records for Pubannotation {
    fn bytes_read(&self) -> u64 {
        self.values.bytes_read()
    }

    fn next_record(&mut self) -> Option<Found> {
        let (line, value) = match self.values.next()? {
            Ok(found) => found,
            Err(problem) => return Some(Found::new(None, None, vec![problem])),
        };
        let fallback = self.values.fallback_id();
        Some(match value {
            Value::Object(object) => record(object, line, &fallback, self.taking),
            other => Found::lost(line, Reason::NotObject { found: kind(&other) }),
        })
    }
}

fn record(mut object: Map<String, Value>, line: u64, fallback: &str, taking: Taking) -> Found {
    let mut problems: Vec<Problem> = Vec::new();
    let text = match text_of(&mut object, "text") {
        Ok(text) => text,
        Err(reason) => return Found::lost(line, reason),
    };
    let mut take_list = |field| match object.shift_remove(field) {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => Vec::new(),
        Some(other) => {
            let (expected, found) = ("a list", kind(&other));
            problems.push(Reason::WrongType { field, expected, found }.into());
            Vec::new()
        }
    };
    let denotations = take_list("denotations");
    let relations = take_list("relations");
    let attributes = take_list("attributes");
    let mut doc = Doc::new(id_of(&object).unwrap_or_else(|| fallback.to_owned()), text);
    let mut raws: Vec<RawEnt> =
        denotations.into_iter().enumerate().map(|(n, it)| raw(it, n + 1)).collect();
    let mut extras = Extras::default();
    for (n, it) in relations.into_iter().enumerate() {
        let Some(relation) = relation(it, n + 1) else {
            problems.push(bad("relation", n + 1));
            continue;
        };
        extras.relations.push(relation);
    }
    unchain(&mut raws, &mut extras);
    for (n, it) in attributes.into_iter().enumerate() {
        match attribute(it, n + 1) {
            Some(attribute) => extras.attributes.push(attribute),
            None => problems.push(bad("attribute", n + 1)),
        }
    }
    let is_proven = doc.text.chars().all(|it| u32::from(it) < 0x1_0000);
    if !is_proven && !raws.is_empty() {
        let what = "has characters that some programs count as two";
        let remedy = "Offsets are taken as code points. Look at the marks behind an emoji.";
        problems.push(Reason::own(Severity::Note, what, remedy).into());
    }
    extras.marks = take(&mut doc, raws, taking, &mut problems);
    extras.forget_names(&doc, "T");
    if object.len() != 1 || !object.contains_key("sourceid") {
        extras.more = object;
    }
    extras.keep(&mut doc);
    Found::new(Some(line), Some(doc), problems)
}

fn id_of(object: &Map<String, Value>) -> Option<String> {
    let word = |field: &str| match object.get(field)? {
        Value::String(word) if !word.trim().is_empty() => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let id = word("sourceid")?;
    Some(word("divid").map_or(id.clone(), |div| format!("{id}-{div}")))
}

fn bad(what: &str, nth: usize) -> Problem {
    let what = format!(", {what} {nth} has no id, subj, pred and obj");
    Reason::own(Severity::Lost, what, "It will be left out.").into()
}

fn raw(value: Value, nth: usize) -> RawEnt {
    let Value::Object(mut object) = value else { return RawEnt::default() };
    let pieces = match object.shift_remove("span") {
        Some(Value::Array(list)) => list.iter().map(piece).collect::<Option<Vec<_>>>(),
        Some(one) => piece(&one).map(|it| vec![it]),
        None => None,
    };
    let label = object.shift_remove("obj").map_or(String::new(), word);
    let id = object.shift_remove("id").map_or_else(|| format!("T{nth}"), word);
    RawEnt { id, pieces: pieces.unwrap_or_default(), label, more: object, ..RawEnt::default() }
}

fn piece(value: &Value) -> Option<(i64, i64)> {
    Some((value.get("begin")?.as_i64()?, value.get("end")?.as_i64()?))
}

fn word(value: Value) -> String {
    match value {
        Value::String(word) => word,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn relation(value: Value, nth: usize) -> Option<Relation> {
    let Value::Object(mut object) = value else { return None };
    let subj = object.shift_remove("subj").map(word)?;
    let obj = object.shift_remove("obj").map(word)?;
    let label = object.shift_remove("pred").map(word)?;
    let id = object.shift_remove("id").map_or_else(|| format!("R{nth}"), word);
    let args = vec![("subj".to_owned(), subj), ("obj".to_owned(), obj)];
    Some(Relation { id, label, args, more: object })
}

fn attribute(value: Value, nth: usize) -> Option<Attribute> {
    let Value::Object(mut object) = value else { return None };
    let target = object.shift_remove("subj").map(word)?;
    let name = object.shift_remove("pred").map(word)?;
    let value = object.shift_remove("obj")?;
    let id = object.shift_remove("id").map_or_else(|| format!("A{nth}"), word);
    Some(Attribute { id, name, target, value, more: object })
}

/// The relation that chains a piece to the one before it.
const CHAIN: &str = "_lexicallyChainedTo";
/// What a piece is that belongs to another.
const FRAGMENT: &str = "_FRAGMENT";

/// Puts the pieces of marks together that are chained by relations.
fn unchain(raws: &mut Vec<RawEnt>, extras: &mut Extras) {
    let mut chains = Vec::new();
    extras.relations.retain(|it| {
        let ends = it.args.iter().map(|it| it.1.clone()).collect::<Vec<_>>();
        let is_chain = it.label == CHAIN && ends.len() == 2;
        if is_chain {
            chains.push((ends[0].clone(), ends[1].clone()));
        }
        !is_chain
    });
    for (one, two) in chains {
        let at = |raws: &[RawEnt], id: &str| raws.iter().position(|it| it.id == id);
        let (Some(a), Some(b)) = (at(raws, &one), at(raws, &two)) else { continue };
        if a == b {
            continue;
        }
        // The piece gives what it has to the one it is chained to.
        let (from, to) = if raws[b].label == FRAGMENT { (b, a) } else { (a, b) };
        let pieces = raws[from].pieces.clone();
        raws[to].pieces.extend(pieces);
        let (kept, gone) = (raws[to].id.clone(), raws[from].id.clone());
        raws.remove(from);
        let ends = extras.relations.iter_mut().flat_map(|it| &mut it.args);
        ends.filter(|it| it.1 == gone).for_each(|it| it.1.clone_from(&kept));
    }
}

/// Writes an object where there is one text, else a list.
#[derive(Default)]
struct WritePubannotation {
    first: Option<Value>,
    is_list: bool,
}

impl WriteTexts for WritePubannotation {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let value = object_of(doc, to);
        if let (false, None) = (self.is_list, &self.first) {
            self.first = Some(value);
            return Ok(());
        }
        if let Some(first) = self.first.take() {
            write!(to.out, "[{first}")?;
            self.is_list = true;
        }
        write!(to.out, ",\n{value}")
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        match (self.first.take(), self.is_list) {
            (Some(first), _) => writeln!(to.out, "{first}"),
            (None, true) => writeln!(to.out, "]"),
            (None, false) => writeln!(to.out, "[]"),
        }
    }
}

fn object_of(doc: &Doc, to: &mut To<'_>) -> Value {
    let extras = Extras::of(doc);
    let named = extras.named(doc, "T");
    let about = extras.about(&named, to.tally);
    let scale = Scale::new(&doc.text, Count::CodePoints);
    let span = |it: &(u32, u32)| json!({"begin": scale.of_byte(it.0), "end": scale.of_byte(it.1)});
    let denotation = |it: &crate::extras::Named| {
        let span = match it.pieces.as_slice() {
            [one] => span(one),
            pieces => pieces.iter().map(span).collect(),
        };
        with(&it.more, [("id", json!(it.id)), ("span", span), ("obj", json!(it.label.as_str()))])
    };
    let mut object = Map::new();
    object.insert("text".into(), json!(doc.text));
    // What came with a text of this format; other formats keep other things there.
    let fields = about.more.iter().filter(|it| !it.0.contains('.'));
    object.extend(fields.map(|it| (it.0.clone(), it.1.clone())));
    if !object.contains_key("sourceid") {
        object.insert("sourceid".into(), json!(doc.id.0));
    }
    object.insert("denotations".into(), named.iter().map(denotation).collect());
    let mut relations: Vec<Value> = Vec::new();
    for it in &about.relations {
        let [one, two] = it.args.as_slice() else {
            to.tally.leave_out(What::Relations, "Relations have two ends.");
            continue;
        };
        let fields = [("id", &it.id), ("subj", &one.1), ("pred", &it.label), ("obj", &two.1)];
        relations.push(with(&it.more, fields.map(|it| (it.0, json!(it.1)))));
    }
    if !relations.is_empty() {
        object.insert("relations".into(), relations.into());
    }
    let attribute = |it: &Attribute| {
        let obj = if it.value.is_null() { json!(true) } else { it.value.clone() };
        let fields = [
            ("id", json!(it.id)),
            ("subj", json!(it.target)),
            ("pred", json!(it.name)),
            ("obj", obj),
        ];
        with(&it.more, fields)
    };
    if !about.attributes.is_empty() {
        object.insert("attributes".into(), about.attributes.iter().map(attribute).collect());
    }
    Value::Object(object)
}

/// An object of some fields and whatever else came with it.
fn with<const N: usize>(more: &Map<String, Value>, fields: [(&str, Value); N]) -> Value {
    let mut object: Map<String, Value> =
        fields.into_iter().map(|it| (it.0.to_owned(), it.1)).collect();
    for (name, value) in more {
        object.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(object)
}
