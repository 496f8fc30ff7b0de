//! BioC, as JSON and as XML: documents of passages, each with its offset in the document, and
//! annotations with locations that count from the document's start.
//!
//! What offsets count differs between programs: the unit is the one under which most annotations
//! have their words. It is written as code points, and the file says so. XML is read as the JSON of
//! the same document, and written from it.

use std::io;

use corpus::Doc;
use corpus::offsets::{Ruler, Unit};
use serde_json::{Map, Value, json};

use crate::count::{Count, Quote, Scale};
use crate::detect::{Sample, Sure};
use crate::ents::{RawEnt, Taking, take};
use crate::extras::{Entry, Extras, Named, Relation};
use crate::format::{Format, Offsets, Write as Written};
use crate::json_tree::Values;
use crate::losses::What;
use crate::reader::{Found, Options, Problem, Records};
use crate::record::kind;
use crate::warning::{MarkProblem, Reason, Severity};
use crate::writer::{To, WriteTexts};

/// BioC as JSON.
pub static BIOC_JSON: Format = Format {
    key: "bioc-json",
    aliases: &["bioc"],
    name: "BioC JSON",
    about: "Documents of passages with annotations and relations, as JSON: a collection, a list of \
            documents, or a document a line.",
    extensions: &["json"],
    offsets: Offsets::CodePoints,
    holds: HOLDS,
    is_text: true,
    is_folder: false,
    together: None,
    recognise,
    read: Some(|source, options| {
        let values = Values::read(source)?;
        Ok(Box::new(Json { values, inside: Vec::new(), head: None, taking: taking(options) }))
    }),
    write: Written::Texts(|_| Box::new(WriteJson { n: 0 })),
};

/// What both forms hold.
pub(crate) const HOLDS: &[What] = &[
    What::Marks,
    What::Overlaps,
    What::Ids,
    What::Fragments,
    What::Relations,
    What::Normalisations,
];

fn recognise(sample: &Sample<'_>) -> Option<Sure> {
    let starts = ["", "[].", "documents[].", "PubTator3[].", "[].documents[]."];
    let is_one = |it: &&str| sample.has_paths(&[&format!("{it}passages[].offset")]);
    starts.iter().any(is_one).then_some(Sure::Certain)
}

pub(crate) fn taking(options: &Options) -> Taking {
    Taking { count: Count::Bytes, pieces: options.pieces, breaks_at_lines: false }
}

/// Reads one text a document.
struct Json {
    values: Values,
    /// Documents of the collection that is open, the last one first.
    inside: Vec<Value>,
    /// What the collection says of itself, for its first document.
    head: Option<Map<String, Value>>,
    taking: Taking,
}

impl Records for Json {
    fn bytes_read(&self) -> u64 {
        self.values.bytes_read()
    }

    fn next_record(&mut self) -> Option<Found> {
        loop {
            if let Some(document) = self.inside.pop() {
                let found = record(document, self.head.take(), self.taking, None);
                return Some(found);
            }
            let (line, value) = match self.values.next()? {
                Ok(found) => found,
                Err(problem) => return Some(Found::new(None, None, vec![problem])),
            };
            let mut object = match value {
                Value::Object(object) => object,
                other => {
                    return Some(Found::lost(line, Reason::NotObject { found: kind(&other) }));
                }
            };
            let documents =
                object.shift_remove("documents").or_else(|| object.shift_remove("PubTator3"));
            match documents {
                Some(Value::Array(documents)) => {
                    self.inside = documents.into_iter().rev().collect();
                    self.head = (!object.is_empty()).then_some(object);
                }
                Some(other) => {
                    let (field, expected, found) = ("documents", "a list", kind(&other));
                    return Some(Found::lost(line, Reason::WrongType { field, expected, found }));
                }
                None => return Some(record(Value::Object(object), None, self.taking, Some(line))),
            }
        }
    }
}

/// Where a passage, or a sentence of one, lies in the text that is put together.
struct Laid {
    /// Its offset in the file.
    offset: i64,
    text: String,
    /// Its first byte.
    start: usize,
}

/// A document as a text. `line` is where it starts, if that is known.
pub(crate) fn record(
    document: Value,
    head: Option<Map<String, Value>>,
    taking: Taking,
    line: Option<u64>,
) -> Found {
    let mut problems: Vec<Problem> = Vec::new();
    let Value::Object(mut document) = document else {
        return Found::new(line, None, vec![Reason::NotObject { found: kind(&document) }]);
    };
    let id = match document.shift_remove("id") {
        Some(Value::String(id)) if !id.trim().is_empty() => id,
        Some(Value::Number(id)) => id.to_string(),
        _ => "text".to_owned(),
    };
    let passages = list(document.shift_remove("passages"));
    let mut texts = Vec::new();
    for passage in &passages {
        let sentences = passage.get("sentences").and_then(Value::as_array);
        let own = passage.get("text").and_then(Value::as_str).unwrap_or_default();
        let parts = match sentences {
            Some(list) if own.is_empty() => list.iter().collect(),
            _ => vec![passage],
        };
        for (n, part) in parts.iter().enumerate() {
            let offset = part.get("offset").and_then(Value::as_i64).unwrap_or_default();
            let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
            texts.push((offset, text.to_owned(), if n == 0 { "\n" } else { " " }));
        }
    }
    let raws = raws(&document, &passages);
    let declared = head.as_ref().and_then(|it| it.get("infons")?.get("offset_unit")?.as_str());
    let declared = match declared {
        Some("utf16" | "utf-16" | "utf16_code_unit") => Count::Utf16,
        Some("byte" | "bytes" | "utf-8") => Count::Bytes,
        _ => Count::CodePoints,
    };
    let count = unit(&texts, &raws, declared);
    let (text, laid) = lay(&texts, count);
    if text.trim().is_empty() {
        return Found::new(line, None, vec![Reason::BlankText]);
    }
    let mut doc = Doc::new(id, text);
    let mut extras = Extras::default();
    let mut kept = Vec::new();
    let (mut ents, mut starts) = (Vec::new(), Vec::new());
    for (nth, (place, raw, annotation)) in raws.into_iter().enumerate() {
        if raw.pieces.is_empty() {
            kept.push(json!({"in": place, "annotation": annotation}));
            continue;
        }
        if let Some(Value::String(entry)) = raw.more.get("infons").and_then(|it| it.get(ENTRY)) {
            let (target, entry) = (raw.id.clone(), entry.clone());
            extras.entries.push(Entry { target, entry, ..Entry::default() });
        }
        let pieces: Option<Vec<(i64, i64)>> =
            raw.pieces.iter().map(|it| to_bytes(*it, &laid, count)).collect();
        let Some(pieces) = pieces else {
            let (start, end) = raw.pieces[0];
            let why = MarkProblem::OutOfRange { start, end, len: len(&doc.text, count) };
            problems.push(Reason::BadMark { nth: nth + 1, why }.into());
            continue;
        };
        if let Ok(byte) = u32::try_from(pieces[0].0) {
            starts.push((raw.pieces[0].0, byte));
        }
        ents.push(RawEnt { pieces, ..raw });
    }
    if !kept.is_empty() {
        let what = format!("has {} annotations without a place in the text", kept.len());
        problems.push(Reason::own(Severity::Note, what, "They are kept with the text.").into());
        extras.more.insert("annotations".into(), kept.into());
    }
    if count != declared {
        let base = texts.first().map_or(0, |it| it.0);
        let should = Scale::new(&doc.text, declared);
        let moved = |it: &(i64, u32)| it.0.abs_diff(base + i64::from(should.of_byte(it.1))) as u32;
        let moved = starts.iter().map(moved).max().unwrap_or_default();
        problems.push(Reason::OtherUnit { unit: count, moved }.into());
    }
    for (n, ent) in ents.iter_mut().enumerate().filter(|it| it.1.label.is_empty()) {
        ent.label = crate::record::unnamed().to_string();
        problems.push(Reason::NoLabel { nth: n + 1, label: ent.label.clone() }.into());
    }
    extras.marks = take(&mut doc, ents, taking, &mut problems);
    for ent in &mut extras.marks {
        forget_label(ent);
    }
    relations(&document, &passages, &mut extras);
    let shape = shape(&passages, &laid, &doc.text);
    extras.forget_names(&doc, "");
    if let Some(shape) = shape {
        extras.more.insert("passages".into(), shape);
    }
    let infons =
        document.get("infons").filter(|it| it.as_object().is_some_and(|it| !it.is_empty()));
    if let Some(infons) = infons {
        extras.more.insert("infons".into(), infons.clone());
    }
    let head = head.map(without_unit).filter(|it| !is_made(it));
    if let Some(head) = head {
        extras.more.insert("collection".into(), Value::Object(head));
    }
    extras.keep(&mut doc);
    Found::new(line, Some(doc), problems)
}

/// The infon that says what an annotation is.
const TYPE: &str = "type";
/// The infon that names the entry of a database.
const ENTRY: &str = "identifier";

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

/// The annotations of a document with where they stand: the number of the passage, or none.
fn raws(document: &Map<String, Value>, passages: &[Value]) -> Vec<(Option<usize>, RawEnt, Value)> {
    let own = document.get("annotations").and_then(Value::as_array).into_iter().flatten();
    let mut found: Vec<_> = Vec::new();
    for (n, passage) in passages.iter().enumerate() {
        let here = |it: &Value| it.get("annotations").and_then(Value::as_array).cloned();
        let sentences = passage.get("sentences").and_then(Value::as_array).into_iter().flatten();
        for it in here(passage).into_iter().chain(sentences.filter_map(here)).flatten() {
            found.push((Some(n), raw(&it, Some(n)), it));
        }
    }
    found.extend(own.map(|it| (None, raw(it, None), it.clone())));
    found
}

fn raw(annotation: &Value, passage: Option<usize>) -> RawEnt {
    let word = |value: Option<&Value>| match value {
        Some(Value::String(word)) => word.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let location = |it: &Value| {
        let (start, len) = (it.get("offset")?.as_i64()?, it.get("length")?.as_i64()?);
        Some((start, start.saturating_add(len)))
    };
    let locations = annotation.get("locations").and_then(Value::as_array);
    let pieces = locations.map(|it| it.iter().filter_map(location).collect());
    let infons = annotation.get("infons").and_then(Value::as_object).cloned().unwrap_or_default();
    let label = word(infons.get(TYPE));
    let mut more = Map::new();
    if passage.is_none() {
        more.insert("in".into(), "document".into());
    }
    if !infons.is_empty() {
        more.insert("infons".into(), Value::Object(infons));
    }
    let quote = annotation.get("text").and_then(Value::as_str).filter(|it| !it.is_empty());
    RawEnt {
        id: word(annotation.get("id")),
        pieces: pieces.unwrap_or_default(),
        label,
        quote: quote.map(str::to_owned),
        more,
        ..RawEnt::default()
    }
}

fn len(text: &str, count: Count) -> u32 {
    Scale::new(text, count).len()
}

/// Leaves out of a mark's infons what it says itself.
fn forget_label(ent: &mut crate::extras::Ent) {
    if let Some(Value::Object(infons)) = ent.more.get_mut("infons") {
        infons.shift_remove(TYPE);
        infons.shift_remove(ENTRY);
        if infons.is_empty() {
            ent.more.shift_remove("infons");
        }
    }
}

/// The unit under which most annotations have their words.
fn unit(
    texts: &[(i64, String, &str)],
    raws: &[(Option<usize>, RawEnt, Value)],
    declared: Count,
) -> Count {
    let fitting = |count| {
        let (text, laid) = lay(texts, count);
        let scale = Scale::new(&text, Count::Bytes);
        let fits = |raw: &RawEnt| {
            let pieces = raw.pieces.iter().map(|it| to_bytes(*it, &laid, count));
            let pieces: Option<Vec<_>> = pieces.collect();
            let (Some(pieces), Some(words)) = (pieces, &raw.quote) else { return false };
            Quote { pieces: &pieces, words }.fits(&scale)
        };
        raws.iter().filter(|it| fits(&it.1)).count()
    };
    if texts.iter().all(|it| it.1.is_ascii()) {
        return declared;
    }
    let mut best = (fitting(declared), declared);
    for count in [Count::CodePoints, Count::Utf16, Count::Bytes] {
        let n = fitting(count);
        if best.0 < n {
            best = (n, count);
        }
    }
    best.1
}

/// The most that may lie between two passages, in units.
const WIDEST_GAP: i64 = 1000;

/// Puts the passages together; what lies between two of them becomes blank.
fn lay(texts: &[(i64, String, &str)], count: Count) -> (String, Vec<Laid>) {
    let mut all = String::new();
    let mut laid: Vec<Laid> = Vec::new();
    let mut behind: Option<i64> = None;
    for (offset, text, join) in texts {
        if let Some(behind) = behind {
            match offset.saturating_sub(behind) {
                0 => {}
                gap @ 1..=WIDEST_GAP => {
                    all.extend(std::iter::repeat_n(' ', gap.unsigned_abs() as usize - 1));
                    all.push_str(join);
                }
                // The offsets say nothing of the distance.
                _ => all.push_str(join),
            }
        }
        laid.push(Laid { offset: *offset, text: text.clone(), start: all.len() });
        all.push_str(text);
        behind = Some(offset.saturating_add(i64::from(Scale::new(text, count).len())));
    }
    (all, laid)
}

/// A place in the file as bytes of the text.
fn to_bytes((start, end): (i64, i64), laid: &[Laid], count: Count) -> Option<(i64, i64)> {
    let home = laid.iter().rev().find(|it| it.offset <= start && !it.text.is_empty());
    let home = home.or_else(|| laid.first())?;
    let inside = |home: &Laid, at: i64| {
        let byte = Scale::new(&home.text, count).to_byte(at.saturating_sub(home.offset))?;
        Some(i64::try_from(home.start).ok()? + i64::from(byte))
    };
    // One that reaches into the next passage ends there.
    let last = laid.iter().rev().find(|it| it.offset < end && !it.text.is_empty());
    let from = inside(home, start);
    let to = inside(home, end).or_else(|| last.and_then(|it| inside(it, end)));
    from.zip(to)
}

/// Adds the relations of a document and its passages.
fn relations(document: &Map<String, Value>, passages: &[Value], extras: &mut Extras) {
    let here = |it: Option<&Value>| it.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut add = |relation: Value, place: Option<usize>| {
        let node = |it: &Value| {
            let role = it.get("role").and_then(Value::as_str).unwrap_or_default().to_owned();
            let target = match it.get("refid") {
                Some(Value::String(id)) => id.clone(),
                other => other.map(Value::to_string).unwrap_or_default(),
            };
            (role, target)
        };
        let mut infons =
            relation.get("infons").and_then(Value::as_object).cloned().unwrap_or_default();
        let label = match infons.shift_remove(TYPE) {
            Some(Value::String(label)) => label,
            _ => String::new(),
        };
        let mut more = Map::new();
        if let Some(place) = place {
            more.insert("passage".into(), json!(place));
        }
        if !infons.is_empty() {
            more.insert("infons".into(), Value::Object(infons));
        }
        let id = match relation.get("id") {
            Some(Value::String(id)) => id.clone(),
            other => other.map(Value::to_string).unwrap_or_default(),
        };
        let args = here(relation.get("nodes")).iter().map(node).collect();
        extras.relations.push(Relation { id, label, args, more });
    };
    for (n, passage) in passages.iter().enumerate() {
        let sentences = here(passage.get("sentences"));
        let inner = sentences.iter().flat_map(|it| here(it.get("relations")));
        here(passage.get("relations")).into_iter().chain(inner).for_each(|it| add(it, Some(n)));
    }
    for it in here(document.get("relations")) {
        add(it, None);
    }
}

/// Where the passages and their sentences lie in the text, in code points, with what is said of
/// them; none where it is one that says nothing.
fn shape(passages: &[Value], laid: &[Laid], text: &str) -> Option<Value> {
    let ruler = Ruler::new(text);
    let points = |byte: usize| ruler.from_bytes(byte as u32, Unit::CodePoints).unwrap_or_default();
    let mut laid = laid.iter();
    let mut shape = Vec::new();
    let place = |it: &Laid, infons: Option<&Value>| {
        let mut object = Map::new();
        object.insert("start".into(), json!(points(it.start)));
        object.insert("end".into(), json!(points(it.start + it.text.len())));
        if let Some(infons) = infons.filter(|it| it.as_object().is_some_and(|it| !it.is_empty())) {
            object.insert("infons".into(), infons.clone());
        }
        object
    };
    for passage in passages {
        let sentences = passage.get("sentences").and_then(Value::as_array);
        let own = passage.get("text").and_then(Value::as_str).unwrap_or_default();
        let infons = passage.get("infons");
        match sentences {
            Some(list) if own.is_empty() => {
                let here: Vec<_> = list.iter().filter_map(|it| Some((laid.next()?, it))).collect();
                let inner = here.iter().map(|it| Value::Object(place(it.0, it.1.get("infons"))));
                let inner: Vec<Value> = inner.collect();
                let (Some(first), Some(last)) = (here.first(), here.last()) else { continue };
                let mut object = place(first.0, infons);
                let end = points(last.0.start + last.0.text.len());
                object.insert("end".into(), json!(end));
                object.insert("sentences".into(), inner.into());
                shape.push(Value::Object(object));
            }
            _ => shape.push(Value::Object(place(laid.next()?, infons))),
        }
    }
    let base = passages.first().and_then(|it| it.get("offset")).and_then(Value::as_i64);
    if let (Some(Value::Object(first)), Some(base)) = (shape.first_mut(), base.filter(|it| 0 < *it))
    {
        first.insert("offset".into(), json!(base));
    }
    let is_plain = matches!(shape.as_slice(), [Value::Object(only)] if only.len() == 2);
    (!is_plain).then(|| shape.into())
}

/// Whether a collection says of itself only what Nerine writes.
fn is_made(head: &Map<String, Value>) -> bool {
    head.get("source").and_then(Value::as_str) == Some("Nerine")
        && head.get("infons").and_then(Value::as_object).is_none_or(Map::is_empty)
}

/// Leaves out what offsets count: it is written anew.
fn without_unit(mut head: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(infons)) = head.get_mut("infons") {
        infons.shift_remove("offset_unit");
    }
    head
}

/// What a collection says of itself: what the first text brought, else that Nerine wrote it.
pub(crate) fn head_of(doc: Option<&Doc>) -> Map<String, Value> {
    let brought = doc.map(|it| Extras::of(it).more);
    let brought = brought.and_then(|mut it| it.shift_remove("collection"));
    let mut head = match brought {
        Some(Value::Object(head)) => head,
        _ => Map::new(),
    };
    for (name, value) in [("source", "Nerine"), ("date", ""), ("key", "nerine.key")] {
        head.entry(name).or_insert_with(|| value.into());
    }
    let infons = head.entry("infons").or_insert_with(|| json!({}));
    if let Value::Object(infons) = infons {
        infons.insert("offset_unit".into(), "code_point".into());
    }
    head
}

/// A text as a document.
#[expect(clippy::too_many_lines, reason = "one document, from the top to the bottom")]
pub(crate) fn document_of(doc: &Doc, to: &mut To<'_>) -> Value {
    let extras = Extras::of(doc);
    let named = extras.named(doc, "");
    let about = extras.about(&named, to.tally);
    let ruler = Ruler::new(doc.text.as_str());
    let len = ruler.len(Unit::CodePoints);
    let whole = json!([{"start": 0, "end": len}]);
    // What came with a text of this format. Of another format's, nothing here is of this kind.
    let shape = about.more.get("passages").and_then(Value::as_array);
    let shape = shape.or_else(|| whole.as_array()).cloned().unwrap_or_default();
    let base = shape.first().and_then(|it| it.get("offset")).and_then(Value::as_i64).unwrap_or(0);
    let ids = crate::extras::rename(
        &named.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(),
        "T",
        |it| !it.is_empty(),
    );
    let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).unwrap_or_default();
    let annotation = |it: &Named, id: &str| {
        let mut infons = Map::new();
        infons.insert(TYPE.into(), it.label.as_str().into());
        if let Some(entry) = about.entries.iter().find(|entry| entry.target == it.id) {
            infons.insert(ENTRY.into(), entry.entry.clone().into());
        }
        if let Some(Value::Object(more)) = it.more.get("infons") {
            infons.extend(more.iter().map(|it| (it.0.clone(), it.1.clone())));
        }
        let location = |it: &(u32, u32)| {
            let (start, end) = (points(it.0), points(it.1));
            json!({"offset": base + i64::from(start), "length": end - start})
        };
        let words: Vec<&str> =
            it.pieces.iter().map(|it| &doc.text[it.0 as usize..it.1 as usize]).collect();
        json!({
            "id": id,
            "infons": infons,
            "text": words.join(" "),
            "locations": it.pieces.iter().map(location).collect::<Vec<_>>(),
        })
    };
    let mut left: Vec<(u32, u32, bool, Value)> = named
        .iter()
        .zip(&ids)
        .map(|(it, id)| {
            let (start, end) = it.extent();
            let is_documents = it.more.get("in").is_some();
            (points(start), points(end), is_documents, annotation(it, id))
        })
        .collect();
    let mut inside = |start: u32, end: u32| {
        let is_in = |it: &mut (u32, u32, bool, Value)| !it.2 && start <= it.0 && it.1 <= end;
        left.extract_if(.., is_in).map(|it| it.3).collect::<Vec<_>>()
    };
    let relation = |it: &Relation| {
        let mut infons = Map::new();
        if !it.label.is_empty() {
            infons.insert(TYPE.into(), it.label.clone().into());
        }
        if let Some(Value::Object(more)) = it.more.get("infons") {
            infons.extend(more.iter().map(|it| (it.0.clone(), it.1.clone())));
        }
        let node = |it: &(String, String)| json!({"refid": it.1, "role": it.0});
        let nodes: Vec<Value> = it.args.iter().map(node).collect();
        json!({"id": it.id, "infons": infons, "nodes": nodes})
    };
    let in_passage = |n: Option<usize>| {
        let is_here = |it: &&Relation| {
            let place = it.more.get("passage").and_then(Value::as_u64).map(|it| it as usize);
            place.filter(|it| *it < shape.len()) == n
        };
        about.relations.iter().filter(is_here).map(relation).collect::<Vec<_>>()
    };
    let place = |it: &Value| {
        let at =
            |name| it.get(name).and_then(Value::as_u64).map_or(0, |it| it.min(len.into()) as u32);
        (at("start"), at("end").max(at("start")))
    };
    let words = |start: u32, end: u32| {
        let byte = |at| ruler.to_bytes(at, Unit::CodePoints).unwrap_or_default() as usize;
        &doc.text[byte(start)..byte(end)]
    };
    let infons = |it: &Value| it.get("infons").cloned().unwrap_or_else(|| json!({}));
    let mut passages = Vec::new();
    for (n, passage) in shape.iter().enumerate() {
        let (start, end) = place(passage);
        let mut sentences = Vec::new();
        let inner = passage.get("sentences").and_then(Value::as_array);
        for sentence in inner.into_iter().flatten() {
            let (start, end) = place(sentence);
            sentences.push(json!({
                "offset": base + i64::from(start),
                "infons": infons(sentence),
                "text": words(start, end),
                "annotations": inside(start, end),
                "relations": [],
            }));
        }
        passages.push(json!({
            "offset": base + i64::from(start),
            "infons": infons(passage),
            "text": if sentences.is_empty() { words(start, end) } else { "" },
            "sentences": sentences,
            "annotations": inside(start, end),
            "relations": in_passage(Some(n)),
        }));
    }
    let mut rest: Vec<Value> = left.into_iter().map(|it| it.3).collect();
    // Those without a place go back to where they were.
    for kept in about.more.get("annotations").and_then(Value::as_array).into_iter().flatten() {
        let annotation = kept.get("annotation").cloned().unwrap_or_default();
        let home = kept.get("in").and_then(Value::as_u64);
        match home.and_then(|it| passages.get_mut(it as usize)?.get_mut("annotations")) {
            Some(Value::Array(list)) => list.push(annotation),
            _ => rest.push(annotation),
        }
    }
    json!({
        "id": doc.id.0,
        "infons": infons(&Value::Object(about.more.clone())),
        "passages": passages,
        "annotations": rest,
        "relations": in_passage(None),
    })
}

/// Writes a collection.
struct WriteJson {
    n: u32,
}

impl WriteTexts for WriteJson {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let document = document_of(doc, to);
        match self.n {
            0 => {
                // The object stays open for its documents.
                let head = Value::Object(head_of(Some(doc))).to_string();
                let head = head.strip_suffix('}').unwrap_or(&head);
                write!(to.out, "{head},\"documents\":[\n{document}")?;
            }
            _ => write!(to.out, ",\n{document}")?,
        }
        self.n += 1;
        Ok(())
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        if self.n == 0 {
            let mut head = head_of(None);
            head.insert("documents".into(), json!([]));
            return writeln!(to.out, "{}", Value::Object(head));
        }
        writeln!(to.out, "\n]}}")
    }
}
