//! From packed tokens to a text with marks.

use std::fmt;

use corpus::{
    Answer, Doc, Label, Mark, Origin, Span, Unread,
    offsets::{Ruler, Unit},
};
use rmpv::{Value, ValueRef};
use serde_json::{Map, Value as Json, json};

use super::{BinDoc, DocBin, attr, span_groups};
use crate::{DocBinError, msgpack};

/// Something that does not fit on the other side, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Tokens carry values that a text with marks has no place for, such as `TAG`.
    Attribute(&'static str),
    /// Data of the user that is no JSON under a name, such as custom attributes.
    UserData(String),
    /// A span group's attributes.
    GroupAttributes(String),
    /// An entity or a span whose label is empty or cannot be a label.
    Label(String),
    /// A mark that does not begin and end with a token: the words, the label.
    Misaligned(String, String),
    /// A mark that overlaps one before it: the words, the label.
    Overlap(String, String),
    /// A value under a name that spaCy has its own use for, of another shape.
    Meta(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Attribute(name) => write!(
                f,
                "the tokens' {name} is left out: only text, entities, spans and categories are taken"
            ),
            Note::UserData(key) => write!(f, "the user data {key} is left out: it is no JSON"),
            Note::GroupAttributes(key) => {
                write!(f, "the attributes of the span group {key:?} are left out")
            }
            Note::Label(label) => {
                write!(f, "a span with the label {label:?} is left out: give it a name")
            }
            Note::Misaligned(text, label) => write!(
                f,
                "the mark {text:?} {label} is left out: it does not begin and end with a token"
            ),
            Note::Overlap(text, label) => write!(
                f,
                "the mark {text:?} {label} is left out: it overlaps one before it, and spaCy's entities do not overlap"
            ),
            Note::Meta(key) => {
                write!(f, "the field {key:?} is left out: spaCy keeps something else by this name")
            }
        }
    }
}

/// Attributes that a text with marks has no place for.
const LEFT_OUT: [(u64, &str); 7] = [
    (attr::LEMMA, "LEMMA"),
    (attr::POS, "POS"),
    (attr::TAG, "TAG"),
    (attr::DEP, "DEP"),
    (attr::MORPH, "MORPH"),
    (attr::ENT_KB_ID, "ENT_KB_ID"),
    (attr::ENT_ID, "ENT_ID"),
];

impl DocBin {
    /// A text with its entities as marks. Categories and span groups lie in its fields `cats` and
    /// `spans` as in spaCy's `Doc.to_json`, with offsets in code points. User data that is JSON
    /// lies beside them; `id` names the text, which is otherwise called `name`.
    ///
    /// It is accepted when spaCy knows of any token whether it belongs to an entity. Tokens of which
    /// it does not are then unread.
    pub fn doc(&self, idx: usize, name: &str) -> Result<(Doc, Vec<Note>), DocBinError> {
        let bin_doc = self.docs.get(idx).ok_or(DocBinError::Truncated)?;
        let (text, tokens) = self.text(bin_doc, idx)?;
        let mut notes = self.left_out(bin_doc);
        let mut doc = Doc::new(name, text);
        let marks = self.entities(bin_doc, &tokens, &doc.text, &mut notes)?;
        doc.annotation.marks = marks;
        let iob = |row: &[u64]| self.column(attr::ENT_IOB).is_some_and(|it| row[it] != 0);
        if bin_doc.tokens.chunks_exact(self.attrs.len()).any(iob) {
            doc.annotation.answer = Some(Answer::Accept);
            doc.annotation.unread = self.unknown(bin_doc, &tokens);
        }
        self.read_cats(bin_doc, &mut doc.meta.0);
        self.read_spans(bin_doc, idx, &mut doc.meta.0, &mut notes)?;
        read_user_data(bin_doc, &mut doc, &mut notes);
        Ok((doc, notes))
    }

    /// The text and where its tokens lie, in bytes.
    fn text(&self, doc: &BinDoc, idx: usize) -> Result<(String, Vec<[u32; 2]>), DocBinError> {
        let orth = self.column(attr::ORTH).ok_or(DocBinError::NoWords)?;
        // spaCy puts a blank behind every token then.
        let unknown_spaces = flag(&doc.flags, "has_unknown_spaces");
        let mut text = String::new();
        let mut tokens = Vec::with_capacity(doc.spaces.len());
        for (row, space) in doc.tokens.chunks_exact(self.attrs.len()).zip(&doc.spaces) {
            let word = self.string(row[orth]);
            let start = text.len() as u32;
            text.push_str(word.ok_or(DocBinError::UnknownString { doc: idx, id: row[orth] })?);
            tokens.push([start, text.len() as u32]);
            if *space || unknown_spaces {
                text.push(' ');
            }
        }
        Ok((text, tokens))
    }

    fn left_out(&self, doc: &BinDoc) -> Vec<Note> {
        let is_set = |attr: u64| {
            let column = self.column(attr);
            column
                .is_some_and(|it| doc.tokens.chunks_exact(self.attrs.len()).any(|row| row[it] != 0))
        };
        let left_out = LEFT_OUT.iter().filter(|(attr, _)| is_set(*attr));
        left_out.map(|(_, name)| Note::Attribute(name)).collect()
    }

    /// The entities, as spaCy's `Doc.ents` finds them.
    fn entities(
        &self,
        doc: &BinDoc,
        tokens: &[[u32; 2]],
        text: &str,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<Mark>, DocBinError> {
        let (Some(iob), Some(kind)) = (self.column(attr::ENT_IOB), self.column(attr::ENT_TYPE))
        else {
            return Ok(Vec::new());
        };
        let mut open: Option<(usize, u64)> = None;
        let mut found = Vec::new();
        for (i, row) in doc.tokens.chunks_exact(self.attrs.len()).enumerate() {
            let goes_on = row[iob] == 1 && open.is_some() || row[iob] == 0 && row[kind] != 0;
            if !goes_on && let Some((start, label)) = open.take() {
                found.push((start, i, label));
            }
            if row[iob] == 3 && row[kind] != 0 {
                open = Some((i, row[kind]));
            }
        }
        found.extend(open.map(|(start, label)| (start, tokens.len(), label)));

        let mut marks = Vec::with_capacity(found.len());
        for (start, end, label) in found {
            let name = self.string(label).ok_or(DocBinError::UnknownLabel { id: label })?;
            match mark(text, tokens[start][0], tokens[end - 1][1], name) {
                Some(it) => marks.push(it),
                None => notes.push(Note::Label(name.to_owned())),
            }
        }
        Ok(marks)
    }

    /// The tokens of which it is not known whether they belong to an entity.
    fn unknown(&self, doc: &BinDoc, tokens: &[[u32; 2]]) -> Unread {
        let (iob, kind) = (self.column(attr::ENT_IOB), self.column(attr::ENT_TYPE));
        let is_unknown =
            |row: &[u64]| iob.is_some_and(|it| row[it] == 0) && kind.is_none_or(|it| row[it] == 0);
        let unknown: Vec<bool> =
            doc.tokens.chunks_exact(self.attrs.len()).map(is_unknown).collect();
        let mut unread = Unread::default();
        for (at, [start, end]) in tokens.iter().enumerate().filter(|it| unknown[it.0]) {
            // With what stands between it and the one behind, where that is unknown, too.
            let next = tokens.get(at + 1).filter(|_| unknown[at + 1]);
            unread.add(*start, next.map_or(*end, |it| it[0]));
        }
        unread
    }

    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    fn read_cats(&self, doc: &BinDoc, meta: &mut Map<String, Json>) {
        let bytes = msgpack::write(&doc.cats);
        let cats = msgpack::read(&bytes).and_then(|it| msgpack::to_json(&it));
        if let Some(Json::Object(cats)) = cats
            && !cats.is_empty()
        {
            meta.insert("cats".to_owned(), Json::Object(cats));
        }
    }

    fn read_spans(
        &self,
        doc: &BinDoc,
        idx: usize,
        meta: &mut Map<String, Json>,
        notes: &mut Vec<Note>,
    ) -> Result<(), DocBinError> {
        let groups =
            span_groups::read(&doc.span_groups).ok_or(DocBinError::BadSpanGroups { doc: idx })?;
        let mut spans = Map::new();
        for group in groups {
            if group.has_attrs {
                notes.extend(group.keys.iter().cloned().map(Note::GroupAttributes));
            }
            let list = group.spans.iter().map(|span| {
                let [start, end] = span.code_points;
                let mut object = Map::new();
                object.insert("start".to_owned(), json!(start));
                object.insert("end".to_owned(), json!(end));
                object.insert("label".to_owned(), json!(self.string(span.label).unwrap_or("")));
                for (key, id) in [("kb_id", span.kb_id), ("id", span.id)] {
                    if let Some(text) = self.string(id).filter(|it| !it.is_empty()) {
                        object.insert(key.to_owned(), json!(text));
                    }
                }
                Json::Object(object)
            });
            let list: Vec<Json> = list.collect();
            for key in group.keys {
                spans.insert(key, Json::Array(list.clone()));
            }
        }
        if !spans.is_empty() {
            meta.insert("spans".to_owned(), Json::Object(spans));
        }
        Ok(())
    }
}

fn read_user_data(doc: &BinDoc, to: &mut Doc, notes: &mut Vec<Note>) {
    let Some(bytes) = &doc.user_data else { return };
    let Some(ValueRef::Map(entries)) = msgpack::read(bytes) else {
        notes.push(Note::UserData("of one text".to_owned()));
        return;
    };
    for (key, value) in &entries {
        match (key, msgpack::to_json(value)) {
            (ValueRef::String(key), Some(value)) => {
                let key = key.as_str().unwrap_or_default();
                match (key, &value) {
                    ("id", Json::String(id)) => to.id = corpus::DocId(id.clone()),
                    ("id", Json::Number(id)) => to.id = corpus::DocId(id.to_string()),
                    _ => drop(to.meta.0.insert(key.to_owned(), value)),
                }
            }
            _ => notes.push(Note::UserData(key.to_string())),
        }
    }
}

fn flag(flags: &Value, name: &str) -> bool {
    let entries = flags.as_map().into_iter().flatten();
    entries.filter(|(key, _)| key.as_str() == Some(name)).any(|(_, it)| it.as_bool() == Some(true))
}

fn mark(text: &str, start: u32, end: u32, label: &str) -> Option<Mark> {
    let span = Span::within(text, start, end, Label::new(label).ok()?).ok()?;
    Some(Mark { span, origin: Origin::Import, at_ms: 0 })
}

/// Code points of a text's bytes and back.
pub(super) fn ruler(text: &str) -> impl Fn(u32, Unit, Unit) -> Option<u32> + '_ {
    let ruler = Ruler::new(text);
    move |at, from, to| ruler.from_bytes(ruler.to_bytes(at, from)?, to)
}
