//! From a text with marks to packed tokens.

use std::collections::BTreeSet;

use corpus::{Answer, Doc, Mark, offsets::Unit};
use rmpv::Value;
use serde_json::{Map, Value as Json};
use tokenizer::{Token, Tokenizer};

use super::{
    BinDoc, DocBin, Note, attr,
    doc::ruler,
    span_groups::{self, GroupSpan, SpanGroup},
};
use crate::msgpack;

/// What of a text is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Setting {
    /// Text, entities, categories and spans: what spaCy learns from.
    #[default]
    Annotations,
    /// Its id and its other fields too, as user data.
    AllFields,
}

impl DocBin {
    /// Adds a text, cut up by a tokenizer, and says what does not fit.
    ///
    /// Marks become entities, and all else is known to be none; what is unread, and a text that
    /// nobody has looked at, is unknown. The fields `cats` and `spans` become spaCy's own, where they have the
    /// shape of `Doc.to_json`.
    pub fn add(&mut self, doc: &Doc, tokenizer: &Tokenizer, setting: Setting) -> Vec<Note> {
        let tokens = tokenizer.tokenize(&doc.text);
        let norm = |it: &Token| tokenizer.norm(&doc.text, it).into_owned();
        self.add_tokens(doc, &tokens, norm, setting)
    }

    /// Adds a text with its marks as what is right, cut at every border of a word, a number, a sign
    /// and a mark: none of them is lost, unless it overlaps another or has a blank at an end. Whoever
    /// learns from it makes tokens of their own.
    pub fn add_gold(&mut self, doc: &Doc) {
        let tokens = fine_tokens(doc);
        let norm = |it: &Token| it.text(&doc.text).to_lowercase();
        self.add_tokens(doc, &tokens, norm, Setting::Annotations);
    }

    fn add_tokens(
        &mut self,
        doc: &Doc,
        tokens: &[Token],
        norm: impl Fn(&Token) -> String,
        setting: Setting,
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        let bounds = Bounds::new(&doc.text, tokens);
        let mut rows = self.rows(doc, norm, tokens);
        self.write_entities(doc, &bounds, &mut rows, &mut notes);
        let fields = &doc.meta.0;
        let cats = fields.get("cats").and_then(|it| cats(it, &mut notes));
        let span_groups = self.write_spans(fields.get("spans"), &doc.text, &bounds, &mut notes);
        self.has_user_data |= setting == Setting::AllFields;
        self.docs.push(BinDoc {
            tokens: rows.into_flattened(),
            spaces: tokens.iter().map(|it| it.space).collect(),
            cats: cats.unwrap_or(Value::Map(Vec::new())),
            flags: Value::Map(vec![(Value::from("has_unknown_spaces"), Value::from(false))]),
            span_groups,
            user_data: (setting == Setting::AllFields).then(|| user_data(doc)),
        });
        notes
    }

    /// One row for each token, without entities. The attributes are [`attr::ALL`].
    fn rows(
        &mut self,
        doc: &Doc,
        norm: impl Fn(&Token) -> String,
        tokens: &[Token],
    ) -> Vec<[u64; 13]> {
        let mut rows = Vec::with_capacity(tokens.len());
        if !tokens.is_empty() {
            self.intern("");
        }
        for token in tokens {
            let mut row = [0; 13];
            row[0] = self.intern(token.text(&doc.text));
            row[1] = self.intern(&norm(token));
            rows.push(row);
        }
        // spaCy's `Doc.push_back` says of the first token that it starts a sentence, and
        // `Tokenizer._retokenize_special_spans` forgets it.
        if let (Some(row), Some(token)) = (rows.first_mut(), tokens.first()) {
            row[place(attr::SENT_START)] = u64::from(!token.is_joined());
        }
        rows
    }

    fn write_entities(
        &mut self,
        doc: &Doc,
        bounds: &Bounds<'_>,
        rows: &mut [[u64; 13]],
        notes: &mut Vec<Note>,
    ) {
        let marks = &doc.annotation.marks;
        let (iob, kind) = (place(attr::ENT_IOB), place(attr::ENT_TYPE));
        if !marks.is_empty() || doc.annotation.answer == Some(Answer::Accept) {
            for (row, token) in rows.iter_mut().zip(bounds.tokens) {
                let is_unread = doc.annotation.unread.touches(token.start, token.end);
                row[iob] = if is_unread { 0 } else { 2 };
            }
        }
        let mut taken_to = 0;
        for Mark { span, .. } in marks {
            let named = |to: fn(String, String) -> Note| {
                to(span.text(&doc.text).to_owned(), span.label().to_string())
            };
            let Some([start, end]) = bounds.tokens(span.start(), span.end()) else {
                notes.push(named(Note::Misaligned));
                continue;
            };
            if start < taken_to {
                notes.push(named(Note::Overlap));
                continue;
            }
            taken_to = end;
            let label = self.intern(span.label().as_str());
            for (i, row) in rows[start..end].iter_mut().enumerate() {
                row[iob] = if i == 0 { 3 } else { 1 };
                row[kind] = label;
            }
        }
    }

    fn write_spans(
        &mut self,
        field: Option<&Json>,
        text: &str,
        bounds: &Bounds<'_>,
        notes: &mut Vec<Note>,
    ) -> Vec<u8> {
        let Some(field) = field else { return span_groups::write(&[]) };
        let Json::Object(field) = field else {
            notes.push(Note::Meta("spans".to_owned()));
            return span_groups::write(&[]);
        };
        let convert = ruler(text);
        let mut groups: Vec<SpanGroup> = Vec::new();
        for (key, list) in field {
            let Json::Array(list) = list else {
                notes.push(Note::Meta(format!("spans.{key}")));
                continue;
            };
            let mut spans = Vec::with_capacity(list.len());
            for it in list {
                match self.group_span(it, &convert, bounds) {
                    Some(it) => spans.push(it),
                    None => notes.push(Note::Meta(format!("spans.{key}"))),
                }
            }
            groups.push(SpanGroup { keys: vec![key.clone()], has_attrs: false, spans });
        }
        span_groups::write(&groups)
    }

    fn group_span(
        &mut self,
        span: &Json,
        convert: &impl Fn(u32, Unit, Unit) -> Option<u32>,
        bounds: &Bounds<'_>,
    ) -> Option<GroupSpan> {
        let at = |key: &str| u32::try_from(span.get(key)?.as_u64()?).ok();
        let (from, to) = (at("start")?, at("end")?);
        let bytes = |at| convert(at, Unit::CodePoints, Unit::Bytes);
        let [start, end] = bounds.tokens(bytes(from)?, bytes(to)?)?;
        let mut string = |key: &str| match span.get(key).and_then(Json::as_str) {
            Some(text) => self.intern(text),
            None => 0,
        };
        Some(GroupSpan {
            label: string("label"),
            kb_id: string("kb_id"),
            id: string("id"),
            tokens: [start as u32, end as u32],
            code_points: [from, to],
        })
    }
}

/// Runs of letters, digits and whitespace and single signs, cut at the edges of marks. A single
/// blank belongs to the token before it.
fn fine_tokens(doc: &Doc) -> Vec<Token> {
    let text = doc.text.as_str();
    let edges: BTreeSet<u32> = doc.spans().flat_map(|it| [it.start(), it.end()]).collect();
    let kind = |c: char| match c {
        _ if c.is_whitespace() => 0,
        _ if c.is_alphabetic() => 1,
        _ if c.is_numeric() => 2,
        _ => 3,
    };
    let mut runs: Vec<(u32, u32, u8)> = Vec::new();
    for (at, c) in text.char_indices() {
        let (start, end, kind) = (at as u32, (at + c.len_utf8()) as u32, kind(c));
        match runs.last_mut() {
            Some(last) if last.2 == kind && kind != 3 && !edges.contains(&start) => last.1 = end,
            _ => runs.push((start, end, kind)),
        }
    }
    let mut tokens: Vec<Token> = Vec::new();
    for (mut start, end, kind) in runs {
        let is_blank = kind == 0 && text.as_bytes()[start as usize] == b' ';
        if is_blank && let Some(last) = tokens.last_mut().filter(|it| it.end == start) {
            *last = Token::new(last.start, last.end, true);
            start += 1;
        }
        if start < end {
            tokens.push(Token::new(start, end, false));
        }
    }
    tokens
}

/// Where an attribute lies in a row of [`attr::ALL`].
fn place(attr: u64) -> usize {
    attr::ALL.iter().position(|it| *it == attr).expect("all attributes are there")
}

/// Where tokens begin and end, to find those that a span covers.
struct Bounds<'a> {
    tokens: &'a [Token],
    text: &'a str,
}

impl<'a> Bounds<'a> {
    fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { tokens, text }
    }

    /// The tokens that begin and end with the bytes `start..end`.
    fn tokens(&self, start: u32, end: u32) -> Option<[usize; 2]> {
        if self.text.len() < end as usize || end <= start {
            return None;
        }
        let first = self.tokens.binary_search_by_key(&start, |it| it.start).ok()?;
        let last = self.tokens.binary_search_by_key(&end, |it| it.end).ok()?;
        (first <= last).then_some([first, last + 1])
    }
}

fn cats(field: &Json, notes: &mut Vec<Note>) -> Option<Value> {
    let numbers = field.as_object().filter(|it| it.values().all(Json::is_number));
    if numbers.is_none() {
        notes.push(Note::Meta("cats".to_owned()));
    }
    numbers.map(|_| msgpack::from_json(field))
}

/// The id of a text and its fields but those that spaCy keeps elsewhere.
fn user_data(doc: &Doc) -> Vec<u8> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), Json::from(doc.id.0.as_str()));
    let others =
        doc.meta.0.iter().filter(|(key, _)| !["id", "cats", "spans"].contains(&key.as_str()));
    fields.extend(others.map(|(key, value)| (key.clone(), value.clone())));
    msgpack::write(&msgpack::from_json(&Json::Object(fields)))
}
