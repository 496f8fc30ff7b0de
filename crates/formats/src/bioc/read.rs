//! A document as a text.

use corpus::Doc;
use corpus::offsets::{Ruler, Unit};
use serde_json::{Map, Value, json};

use super::laid::{Laid, lay, to_bytes};
use super::{ENTRY, TYPE};
use crate::count::{Count, Quote, Scale};
use crate::ents::{RawEnt, Taking, take};
use crate::extras::{Ent, Entry, Extras, Relation};
use crate::reader::{Found, Problem};
use crate::record::{kind, unnamed};
use crate::warning::{MarkProblem, Reason, Severity};

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
        ent.label = unnamed().to_string();
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
fn forget_label(ent: &mut Ent) {
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
