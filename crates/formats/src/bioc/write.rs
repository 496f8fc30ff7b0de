//! A text as a document, and a collection of them as JSON.

use std::collections::BTreeSet;
use std::io;

use corpus::Doc;
use corpus::offsets::{Ruler, Unit};
use serde_json::{Map, Value, json};

use super::{ENTRY, TYPE};
use crate::extras::{Extras, Named, Relation, rename};
use crate::losses::What;
use crate::writer::{To, WriteTexts};

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
    let mut targets = BTreeSet::new();
    for entry in &about.entries {
        if !targets.insert(entry.target.as_str()) {
            let why = "A mark names one entry of a database: the first stays.";
            to.tally.leave_out(What::Normalisations, why);
        }
    }
    let ruler = Ruler::new(doc.text.as_str());
    let len = ruler.len(Unit::CodePoints);
    let whole = json!([{"start": 0, "end": len}]);
    // What came with a text of this format. Of another format's, nothing here is of this kind.
    let shape = about.more.get("passages").and_then(Value::as_array);
    let shape = shape.or_else(|| whole.as_array()).cloned().unwrap_or_default();
    let base = shape.first().and_then(|it| it.get("offset")).and_then(Value::as_i64).unwrap_or(0);
    let ids = rename(&named.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), "T", |it| {
        !it.is_empty()
    });
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
#[derive(Default)]
pub(super) struct WriteJson {
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
