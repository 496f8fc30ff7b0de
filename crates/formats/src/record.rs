//! One text as a JSON object: Prodigy's fields, ours beside them, and whatever else came with it.

use corpus::offsets::{Ruler, Unit};
use corpus::{Annotation, Answer, Doc, Label, Mark, Meta, Origin, Span, Unread};
use serde_json::{Map, Value, json};
use tokenizer::Token;

use crate::marks::{RawMark, marks_of};
use crate::warning::Reason;

/// The entry of [`Doc::meta`] that holds the unknown fields of the object itself.
pub const FIELDS: &str = "_fields";

/// The entry of [`Doc::meta`] that holds the unknown fields of marks: a list of objects with
/// `start` and `end` (code points), `label`, and those fields.
pub const MARK_FIELDS: &str = "_mark_fields";

/// Where an object keeps marks, and what their offsets count unless quotes say otherwise.
const MARK_LISTS: [(&str, Unit); 4] = [
    ("spans", Unit::CodePoints),
    ("entities", Unit::CodePoints),
    ("label", Unit::Utf16),
    ("labels", Unit::Utf16),
];

/// The text in a JSON object. None, with the reason among `problems`, when there is none.
pub(crate) fn doc_of(
    mut object: Map<String, Value>,
    fallback_id: &str,
    problems: &mut Vec<Reason>,
) -> Option<Doc> {
    let text = match object.shift_remove("text") {
        Some(Value::String(text)) => text,
        other => {
            let found = other.as_ref().map(kind);
            problems.push(Reason::NoText { field: "text".into(), found });
            return None;
        }
    };
    if text.trim().is_empty() {
        problems.push(Reason::BlankText);
        return None;
    }
    let mut doc = Doc::new(take_id(&mut object, fallback_id), text);
    doc.annotation.answer = take_answer(&mut object, problems);
    doc.annotation.flag = take_flag(&mut object);
    let mut mark_fields = Vec::new();
    for (field, unit) in MARK_LISTS {
        let Some(list) = take_list(&mut object, field, problems) else { continue };
        let marks = list.iter().map(|value| RawMark::of(value, field == "spans")).collect();
        let (found, fields) = marks_of(marks, unit, &doc.text, problems);
        doc.annotation.marks.extend(found);
        mark_fields.extend(fields);
    }
    doc.annotation.marks.sort();
    if let Some(list) = take_list(&mut object, "refused", problems) {
        let marks = list.iter().map(|value| RawMark::of(value, true)).collect();
        let (found, _) = marks_of(marks, Unit::CodePoints, &doc.text, problems);
        doc.annotation.refused = found.into_iter().map(|mark| mark.span).collect();
        doc.annotation.refused.sort();
    }
    doc.annotation.unread = take_unread(&mut object, &doc.text, problems);
    if object.shift_remove("tokens").is_some() {
        problems.push(Reason::Tokens);
    }
    doc.meta = meta_of(object, mark_fields);
    Some(doc)
}

/// What kind of JSON value it is, with its article.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn take_id(object: &mut Map<String, Value>, fallback: &str) -> String {
    let id = match object.get("id") {
        Some(Value::String(id)) if !id.trim().is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return fallback.to_owned(),
    };
    object.shift_remove("id");
    id
}

fn take_answer(object: &mut Map<String, Value>, problems: &mut Vec<Reason>) -> Option<Answer> {
    let answer = match object.get("answer")? {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    if let Ok(answer) = answer.parse::<Answer>() {
        object.shift_remove("answer");
        return Some(answer);
    }
    // It stays among the fields that are not ours.
    problems.push(Reason::UnknownAnswer { answer });
    None
}

fn take_flag(object: &mut Map<String, Value>) -> Option<String> {
    let flagged = object.get("flagged") == Some(&Value::Bool(true));
    if !flagged {
        return None;
    }
    object.shift_remove("flagged");
    match object.get("flag_note") {
        Some(Value::String(note)) => {
            let note = note.clone();
            object.shift_remove("flag_note");
            Some(note)
        }
        _ => Some(String::new()),
    }
}

/// Where nobody has looked: objects with `start` and `end` in code points. Anything else of this
/// name is another program's, and stays where it is.
fn take_unread(object: &mut Map<String, Value>, text: &str, problems: &mut Vec<Reason>) -> Unread {
    let mut unread = Unread::default();
    let ends = |it: &Value| Some([it.get("start")?.as_u64()?, it.get("end")?.as_u64()?]);
    let stretches: Option<Vec<[u64; 2]>> =
        object.get("unread").and_then(Value::as_array).and_then(|it| it.iter().map(ends).collect());
    let Some(stretches) = stretches else { return unread };
    object.shift_remove("unread");
    let ruler = Ruler::new(text);
    let bytes = |at| ruler.to_bytes(u32::try_from(at).ok()?, Unit::CodePoints);
    for [start, end] in stretches {
        match (bytes(start), bytes(end)) {
            (Some(from), Some(to)) if from < to => unread.add(from, to),
            _ => problems.push(Reason::UnreadOutside { start, end }),
        }
    }
    unread
}

/// The list of marks under `field`.
fn take_list(
    object: &mut Map<String, Value>,
    field: &'static str,
    problems: &mut Vec<Reason>,
) -> Option<Vec<Value>> {
    let is_marks = |list: &[Value]| list.iter().any(|it| it.is_array() || it.is_object());
    let is_ours = field == "spans" || field == "refused";
    match object.get(field)? {
        // `label` and `labels` are also a text's class or classes: those stay as they are.
        Value::Array(list) if !is_ours && !is_marks(list) => return None,
        Value::Array(_) | Value::Null => {}
        _ if !is_ours => return None,
        other => {
            let found = kind(other);
            problems.push(Reason::WrongType { field, expected: "a list", found });
        }
    }
    match object.shift_remove(field) {
        Some(Value::Array(list)) => Some(list),
        _ => None,
    }
}

/// What came with a text: the entries of `meta`, and the other fields apart.
fn meta_of(mut object: Map<String, Value>, mark_fields: Vec<Value>) -> Meta {
    let mut meta = match object.get("meta") {
        Some(Value::Object(_)) => match object.shift_remove("meta") {
            Some(Value::Object(meta)) => meta,
            _ => Map::new(),
        },
        _ => Map::new(),
    };
    if !object.is_empty() {
        meta.insert(FIELDS.into(), Value::Object(object));
    }
    if !mark_fields.is_empty() {
        meta.insert(MARK_FIELDS.into(), Value::Array(mark_fields));
    }
    Meta(meta)
}

/// A text as a JSON object that [`doc_of`] reads. With tokens, marks also say which they are.
pub(crate) fn object_of(doc: &Doc, tokens: Option<&[Token]>) -> Map<String, Value> {
    let ruler = Ruler::new(doc.text.as_str());
    let Annotation { marks, refused, answer, flag, unread } = &doc.annotation;
    let mut object = Map::new();
    object.insert("id".into(), json!(doc.id.0));
    object.insert("text".into(), json!(doc.text));
    if let Some(tokens) = tokens {
        let list =
            tokens.iter().enumerate().map(|(id, it)| token_value(*it, id, &doc.text, &ruler));
        object.insert("tokens".into(), list.collect());
    }
    let mut meta = doc.meta.0.clone();
    let mark_fields = match meta.get(MARK_FIELDS) {
        Some(Value::Array(_)) => meta.shift_remove(MARK_FIELDS),
        _ => None,
    };
    let mark_fields = mark_fields.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let spans = marks.iter().map(|mark| mark_value(mark, &doc.text, &ruler, tokens, mark_fields));
    object.insert("spans".into(), spans.collect());
    let fields = match meta.get(FIELDS) {
        Some(Value::Object(_)) => meta.shift_remove(FIELDS),
        _ => None,
    };
    if !meta.is_empty() {
        object.insert("meta".into(), Value::Object(meta));
    }
    if let Some(answer) = answer {
        object.insert("answer".into(), json!(answer.as_str()));
    }
    if let Some(note) = flag {
        object.insert("flagged".into(), json!(true));
        if !note.is_empty() {
            object.insert("flag_note".into(), json!(note));
        }
    }
    if !refused.is_empty() {
        let list = refused.iter().map(|span| Value::Object(span_object(span, &doc.text, &ruler)));
        object.insert("refused".into(), list.collect());
    }
    if !unread.is_empty() {
        let stretch =
            |(start, end)| json!({"start": points(&ruler, start), "end": points(&ruler, end)});
        object.insert("unread".into(), unread.iter().map(stretch).collect());
    }
    if let Some(Value::Object(fields)) = fields {
        for (name, value) in fields {
            object.entry(name).or_insert(value);
        }
    }
    object
}

fn points(ruler: &Ruler<&str>, at: u32) -> u32 {
    ruler.from_bytes(at, Unit::CodePoints).unwrap_or_else(|| ruler.len(Unit::CodePoints))
}

/// A span with code point offsets and the words it covers.
pub(crate) fn span_object(span: &Span, text: &str, ruler: &Ruler<&str>) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("start".into(), json!(points(ruler, span.start())));
    object.insert("end".into(), json!(points(ruler, span.end())));
    object.insert("label".into(), json!(span.label().as_str()));
    object.insert("text".into(), json!(span.text(text)));
    object
}

fn mark_value(
    mark: &Mark,
    text: &str,
    ruler: &Ruler<&str>,
    tokens: Option<&[Token]>,
    fields: &[Value],
) -> Value {
    let mut object = span_object(&mark.span, text, ruler);
    if let Some((first, last)) = tokens.and_then(|it| tokens_of(&mark.span, it)) {
        object.insert("token_start".into(), json!(first));
        object.insert("token_end".into(), json!(last));
    }
    match &mark.origin {
        Origin::Import => {}
        Origin::Person => {
            object.insert("origin".into(), json!("person"));
        }
        Origin::Model(name) => {
            object.insert("origin".into(), json!("model"));
            object.insert("source".into(), json!(name));
        }
    }
    if mark.at_ms != 0 {
        object.insert("at_ms".into(), json!(mark.at_ms));
    }
    let same = |it: &&Value| ["start", "end", "label"].iter().all(|key| it[key] == object[*key]);
    if let Some(Value::Object(more)) = fields.iter().find(same) {
        for (name, value) in more {
            object.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Value::Object(object)
}

fn token_value(token: Token, id: usize, text: &str, ruler: &Ruler<&str>) -> Value {
    json!({
        "text": token.text(text),
        "start": points(ruler, token.start),
        "end": points(ruler, token.end),
        "id": id,
        "ws": token.space,
    })
}

/// The first and last token that a span touches.
pub(crate) fn tokens_of(span: &Span, tokens: &[Token]) -> Option<(usize, usize)> {
    let first = tokens.partition_point(|it| it.end <= span.start());
    let behind = tokens.partition_point(|it| it.start < span.end());
    (first < behind).then(|| (first, behind - 1))
}

/// The label of marks that come without one.
pub(crate) fn unnamed() -> Label {
    Label::new("Entity").expect("it shows")
}
