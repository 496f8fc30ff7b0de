//! doccano's JSONL: one object a text, its marks as triples, or as entities with relations.
//!
//! ```json
//! {"id": 1, "text": "🧪 HeLa cells.", "label": [[3, 13, "CELL_LINE"]], "Comments": []}
//! ```
//!
//! ```json
//! {"id": 1, "text": "🧪 HeLa cells.", "Comments": [], "relations": [],
//!  "entities": [{"id": 10, "label": "CELL_LINE", "start_offset": 3, "end_offset": 13}]}
//! ```
//!
//! Offsets count UTF-16 units, or characters as they are seen where a project was set so; no words
//! are quoted, so that the marks must tell. What else a text came with is written again.

use std::collections::BTreeMap;
use std::io;

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Label, Mark, Origin, Span};
use serde_json::{Map, Value, json};

use crate::count::Count;
use crate::detect::{Sample, Sure};
use crate::ents::{RawEnt, Taking, take};
use crate::extras::{Comment, EXTRAS, Extras, Named, Pieces, Relation};
use crate::format::{Format, Offsets, Write as Written};
use crate::items::{JsonRecords, ReadValue, first_value, values};
use crate::losses::What;
use crate::reader::{Options, Problem, Source};
use crate::record::{FIELDS, kind};
use crate::unproven::Evidence;
use crate::warning::{Reason, Severity};
use crate::writer::{To, WriteTexts};

/// What doccano exports.
pub static DOCCANO: Format = Format {
    key: "doccano",
    aliases: &[],
    name: "doccano JSONL",
    about: "One JSON object a line: a text with labels, or with entities and relations. Relations, \
            comments and other fields are kept.",
    extensions: &["jsonl", "json"],
    offsets: Offsets::Utf16,
    holds: &[
        What::Marks,
        What::Overlaps,
        What::Ids,
        What::Metadata,
        What::Relations,
        What::Comments,
        What::Annotators,
    ],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        let Value::Object(first) = first_value(&sample.text)? else { return None };
        let is_text = TEXTS.iter().any(|it| first.get(*it).is_some_and(Value::is_string));
        (is_text && marks_in(&first).is_some()).then_some(Sure::Certain)
    },
    read: Some(|source, options| {
        let read = ReadDoccano::new(&source, options);
        Ok(Box::new(JsonRecords::new(source, read)))
    }),
    write: Written::Texts(|_| Box::new(WriteDoccano)),
};

/// Where the text may stand.
const TEXTS: [&str; 3] = ["text", "data", "sentence"];

/// Where marks may stand.
const MARKS: [&str; 4] = ["entities", "label", "labels", "annotations"];

/// The field with doccano's marks, which are triples or have offsets of its name.
fn marks_in(object: &Map<String, Value>) -> Option<&'static str> {
    let is_mark = |it: &Value| match it {
        Value::Array(triple) => {
            triple.len() == 3 && triple[0].is_u64() && triple[1].is_u64() && triple[2].is_string()
        }
        Value::Object(mark) => mark.contains_key("start_offset") && mark.contains_key("end_offset"),
        _ => false,
    };
    let is_list = |name: &&str| match object.get(*name) {
        Some(Value::Array(list)) if list.is_empty() => object.contains_key("Comments"),
        Some(Value::Array(list)) => list.iter().all(is_mark),
        _ => false,
    };
    MARKS.into_iter().find(is_list)
}

/// What offsets may count, the default first.
const USUAL: [Count; 3] = [Count::Utf16, Count::Graphemes, Count::CodePoints];

struct ReadDoccano {
    annotator: Option<String>,
    /// What the first marks of the file say about offsets.
    evidence: Evidence,
    said: bool,
}

impl ReadDoccano {
    fn new(source: &Source, options: &Options) -> Self {
        let mut evidence = Evidence::new(&USUAL);
        for value in values(&Sample::new(&source.sample, "").text) {
            let Some(object) = value.as_object() else { continue };
            let text = TEXTS.iter().find_map(|it| object.get(*it)?.as_str()).unwrap_or_default();
            let list = marks_in(object).and_then(|it| object[it].as_array());
            let raws = list.into_iter().flatten().filter_map(raw_ent);
            let places: Vec<(i64, i64)> = raws.flat_map(|it| it.1.pieces).collect();
            evidence.add(text, &places);
        }
        Self { annotator: options.annotator.clone(), evidence, said: false }
    }
}

impl ReadValue for ReadDoccano {
    fn read(&mut self, value: Value, fallback_id: &str, problems: &mut Vec<Problem>) -> Vec<Doc> {
        let Value::Object(mut object) = value else {
            problems.push(Reason::NotObject { found: kind(&value) }.into());
            return Vec::new();
        };
        let text = TEXTS.into_iter().find(|it| object.get(*it).is_some_and(Value::is_string));
        let Some(Value::String(text)) = text.and_then(|it| object.shift_remove(it)) else {
            let found = object.get("text").map(kind);
            problems.push(Reason::NoText { field: "text".into(), found }.into());
            return Vec::new();
        };
        if text.trim().is_empty() {
            problems.push(Reason::BlankText.into());
            return Vec::new();
        }
        let id = match object.get("id") {
            Some(Value::String(id)) if !id.trim().is_empty() => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        if id.is_some() {
            object.shift_remove("id");
        }
        let mut doc = Doc::new(id.unwrap_or_else(|| fallback_id.to_owned()), text);
        let list = match marks_in(&object).and_then(|it| object.shift_remove(it)) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let mut extras = self.marks(&mut doc, &list, problems);
        if let Some(relations) = object.get("relations").and_then(Value::as_array) {
            let found: Option<Vec<Relation>> = relations.iter().map(relation).collect();
            if let Some(found) = found {
                extras.relations = found;
                object.shift_remove("relations");
            }
        }
        for field in ["Comments", "comments"] {
            let Some(comments) = object.get(field).and_then(Value::as_array) else { continue };
            let comment = |it: &Value| {
                let text = it.as_str()?.to_owned();
                Some(Comment { text, ..Comment::default() })
            };
            if let Some(found) = comments.iter().map(comment).collect::<Option<Vec<_>>>() {
                extras.comments.extend(found);
                object.shift_remove(field);
            }
        }
        if let Some(Value::Object(meta)) = object.get("meta").cloned() {
            object.shift_remove("meta");
            doc.meta.0.extend(meta);
        }
        extras.keep(&mut doc);
        if !object.is_empty() {
            doc.meta.0.insert(FIELDS.into(), Value::Object(object));
        }
        vec![doc]
    }
}

impl ReadDoccano {
    /// Adds the marks of one annotator, and keeps those of the others.
    fn marks(&mut self, doc: &mut Doc, list: &[Value], problems: &mut Vec<Problem>) -> Extras {
        let mut by_user: BTreeMap<String, Vec<RawEnt>> = BTreeMap::new();
        for (idx, mark) in list.iter().enumerate() {
            let Some((user, raw)) = raw_ent(mark) else {
                let why = crate::warning::MarkProblem::NotAMark;
                problems.push(Reason::BadMark { nth: idx + 1, why }.into());
                continue;
            };
            by_user.entry(user).or_default().push(raw);
        }
        let places: Vec<(i64, i64)> =
            by_user.values().flatten().flat_map(|it| it.pieces.clone()).collect();
        let count = self.evidence.count();
        let taking = Taking { count, pieces: Pieces::Whole, breaks_at_lines: false };
        let matters = Evidence::new(&USUAL).add(&doc.text, &places);
        if 1 < by_user.len() {
            let names: Vec<&str> = by_user.keys().map(String::as_str).collect();
            let what = format!("has marks of {} annotators ({})", names.len(), names.join(", "));
            let remedy = "Those of one come in, the others are kept with the text.";
            problems.push(Reason::own(Severity::Kept, what, remedy).into());
        }
        let wanted = self.annotator.as_ref().filter(|it| by_user.contains_key(*it)).cloned();
        let Some(chosen) = wanted.or_else(|| by_user.keys().next().cloned()) else {
            return Extras::default();
        };
        let raws = by_user.remove(&chosen).unwrap_or_default();
        let said = |it: &RawEnt| !it.id.is_empty() || !it.more.is_empty();
        let is_said = raws.iter().any(said);
        let mut extras = Extras { marks: take(doc, raws, taking, problems), ..Extras::default() };
        if !is_said {
            extras.marks.clear();
        }
        if !by_user.is_empty() {
            extras.annotator = chosen;
        }
        if matters && !std::mem::replace(&mut self.said, true) {
            problems.push(self.evidence.reason().into());
        }
        for (annotator, raws) in by_user {
            let mut other = Doc::new("", doc.text.as_str());
            let marks = take(&mut other, raws, taking, problems);
            extras.others.push(Extras { annotator, marks, ..Extras::default() });
        }
        extras
    }
}

/// A mark and who made it: a triple, or an object.
fn raw_ent(mark: &Value) -> Option<(String, RawEnt)> {
    let shown = |it: &Value| match it {
        Value::String(it) => it.clone(),
        other => other.to_string(),
    };
    if let Value::Array(_) = mark {
        let place = (mark.get(0)?.as_i64()?, mark.get(1)?.as_i64()?);
        let label = mark.get(2).map(shown)?;
        return Some((String::new(), RawEnt { pieces: vec![place], label, ..RawEnt::default() }));
    }
    let mut object = mark.as_object()?.clone();
    let mut take = |name: &str| object.shift_remove(name);
    let place = (take("start_offset")?.as_i64()?, take("end_offset")?.as_i64()?);
    let label = take("label").map(|it| shown(&it)).unwrap_or_default();
    let id = take("id").map(|it| shown(&it)).unwrap_or_default();
    let user = take("user").map(|it| shown(&it)).unwrap_or_default();
    Some((user, RawEnt { id, pieces: vec![place], label, more: object, ..RawEnt::default() }))
}

fn relation(value: &Value) -> Option<Relation> {
    let mut object = value.as_object()?.clone();
    let id = |it: Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let (from, to) = (object.shift_remove("from_id")?, object.shift_remove("to_id")?);
    let label = object.shift_remove("type").map(id).unwrap_or_default();
    Some(Relation {
        id: object.shift_remove("id").map(id).unwrap_or_default(),
        label,
        args: vec![("from".into(), id(from)), ("to".into(), id(to))],
        more: object,
    })
}

/// Writes an object a line.
struct WriteDoccano;

impl WriteTexts for WriteDoccano {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let ruler = Ruler::new(doc.text.as_str());
        let units = |at| ruler.from_bytes(at, Unit::Utf16);
        let extras = Extras::of(doc);
        let mut object = Map::new();
        object.insert("id".into(), number(&doc.id.0));
        object.insert("text".into(), json!(doc.text));
        if !extras.others.is_empty() {
            object.insert("annotations".into(), of_several(doc, &extras));
        } else if extras.marks.is_empty() && extras.relations.is_empty() {
            let triple =
                |it: &Span| json!([units(it.start()), units(it.end()), it.label().as_str()]);
            object.insert("label".into(), doc.spans().map(triple).collect());
        } else {
            let named = extras.named(doc, "");
            let about = extras.about(&named, to.tally);
            let entity = |it: &Named| {
                let (start, end) = it.extent();
                let mut entity = Map::new();
                entity.insert("id".into(), number(&it.id));
                entity.insert("label".into(), json!(it.label.as_str()));
                entity.insert("start_offset".into(), json!(units(start)));
                entity.insert("end_offset".into(), json!(units(end)));
                for (name, value) in &it.more {
                    entity.entry(name.clone()).or_insert_with(|| value.clone());
                }
                Value::Object(entity)
            };
            object.insert("entities".into(), named.iter().map(entity).collect());
            let relations = about.relations.iter().filter_map(relation_value);
            object.insert("relations".into(), relations.collect());
        }
        let comments = extras.comments.iter().map(|it| json!(it.text));
        object.insert("Comments".into(), comments.collect());
        let held = [EXTRAS, FIELDS];
        let meta = doc.meta.0.iter().filter(|it| !held.contains(&it.0.as_str()));
        let meta: Map<String, Value> = meta.map(|it| (it.0.clone(), it.1.clone())).collect();
        if !meta.is_empty() {
            object.insert("meta".into(), Value::Object(meta));
        }
        if let Some(Value::Object(more)) = doc.meta.0.get(FIELDS) {
            for (name, value) in more {
                object.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        serde_json::to_writer(&mut *to.out, &object)?;
        to.out.write_all(b"\n")
    }
}

/// The marks of several annotators in one list, as older versions have them.
fn of_several(doc: &Doc, extras: &Extras) -> Value {
    let ruler = Ruler::new(doc.text.as_str());
    let value = |it: &Named, user: &str, has_id: bool| {
        let (start, end) = it.extent();
        let mut mark = Map::new();
        if has_id && !it.id.is_empty() {
            mark.insert("id".into(), number(&it.id));
        }
        mark.insert("label".into(), number(it.label.as_str()));
        mark.insert("start_offset".into(), json!(ruler.from_bytes(start, Unit::Utf16)));
        mark.insert("end_offset".into(), json!(ruler.from_bytes(end, Unit::Utf16)));
        mark.insert("user".into(), number(user));
        mark.extend(it.more.clone());
        Value::Object(mark)
    };
    let named = extras.named(doc, "");
    let own = named.iter().map(|it| value(it, &extras.annotator, !extras.marks.is_empty()));
    let mut list: Vec<Value> = own.collect();
    for other in &extras.others {
        let mut theirs = Doc::new("", doc.text.as_str());
        let bytes = |at| ruler.to_bytes(at, Unit::CodePoints);
        for ent in &other.marks {
            let place = bytes(ent.start).zip(bytes(ent.end));
            let span = place.zip(Label::new(&ent.label).ok());
            let span = span.and_then(|((start, end), label)| Span::new(start, end, label).ok());
            let mark = |span| Mark { span, origin: Origin::Import, at_ms: 0 };
            theirs.annotation.marks.extend(span.map(mark));
        }
        theirs.annotation.marks.sort();
        let named = other.named(&theirs, "");
        list.extend(named.iter().map(|it| value(it, &other.annotator, true)));
    }
    Value::Array(list)
}

/// A name as doccano has it, which is a number where it can be.
fn number(name: &str) -> Value {
    let number = name.parse::<i64>().ok().filter(|it| it.to_string() == name);
    number.map_or_else(|| json!(name), |it| json!(it))
}

/// A relation of two; others have no place.
fn relation_value(relation: &Relation) -> Option<Value> {
    let [from, to] = relation.args.as_slice() else { return None };
    let mut object = Map::new();
    object.insert("id".into(), number(&relation.id));
    object.insert("from_id".into(), number(&from.1));
    object.insert("to_id".into(), number(&to.1));
    object.insert("type".into(), json!(relation.label));
    for (name, value) in &relation.more {
        object.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Some(Value::Object(object))
}
