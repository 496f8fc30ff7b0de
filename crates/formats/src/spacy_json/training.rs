use std::io;

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Mark, Origin, Span};
use serde_json::{Map, Value, json};
use tokenizer::Token;

use crate::detect::Sure;
use crate::format::{Format, Offsets, Write as Written};
use crate::items::{JsonRecords, ReadValue, first_value};
use crate::losses::{Losses, Tally, What, Which};
use crate::place::{place, words_of};
use crate::reader::Problem;
use crate::record::kind;
use crate::tags::{Census, Scheme, decode, encode};
use crate::warning::Reason;
use crate::words::{Joined, WORDS, own_words};
use crate::writer::{To, WriteTexts};

/// What `spacy train` read before version 3.
pub static SPACY_JSON: Format = Format {
    key: "spacy-json",
    aliases: &[],
    name: "spaCy JSON",
    about: "What spacy train read before version 3: paragraphs with their tokens, tagged B I L U O.",
    extensions: &["json"],
    offsets: Offsets::Tokens,
    holds: &[What::Marks, What::Ids, What::Unread, What::Metadata],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        let is_like = if let Some(first) = first_value(&sample.text) {
            first.get("paragraphs").is_some_and(Value::is_array)
        } else {
            let path = "paragraphs[].sentences[].tokens[].orth";
            sample.has_paths(&[path]) || sample.has_paths(&[&format!("[].{path}")])
        };
        is_like.then_some(Sure::Certain)
    },
    read: Some(|source, _| Ok(Box::new(JsonRecords::new(source, ReadTraining)))),
    write: Written::Texts(|_| Box::new(WriteTraining::default())),
};

/// The entry of a text's metadata that holds what else a paragraph says: its `sentences` without
/// words and entities, `cats`, and so on.
const EXTRAS: &str = "_spacy_json";

struct ReadTraining;

impl ReadValue for ReadTraining {
    fn read(&mut self, value: Value, fallback_id: &str, problems: &mut Vec<Problem>) -> Vec<Doc> {
        let Value::Object(mut object) = value else {
            problems.push(Reason::NotObject { found: kind(&value) }.into());
            return Vec::new();
        };
        let id = match object.get("id") {
            Some(Value::String(id)) if !id.trim().is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => fallback_id.to_owned(),
        };
        let paragraphs = match object.shift_remove("paragraphs") {
            Some(Value::Array(paragraphs)) => paragraphs,
            other => {
                let found = other.as_ref().map(kind);
                problems.push(Reason::NoText { field: "paragraphs".into(), found }.into());
                return Vec::new();
            }
        };
        let n = paragraphs.len();
        let mut docs = Vec::new();
        for (idx, paragraph) in paragraphs.into_iter().enumerate() {
            let id = if n == 1 { id.clone() } else { format!("{id}-{}", idx + 1) };
            docs.extend(read_paragraph(paragraph, id, problems));
        }
        docs
    }
}

fn read_paragraph(paragraph: Value, id: String, problems: &mut Vec<Problem>) -> Option<Doc> {
    let Value::Object(mut paragraph) = paragraph else {
        problems.push(Reason::NotObject { found: kind(&paragraph) }.into());
        return None;
    };
    let tokens = take_tokens(&mut paragraph);
    let raw = match paragraph.shift_remove("raw") {
        Some(Value::String(raw)) if !raw.trim().is_empty() => Some(raw),
        _ => None,
    };
    let words = || tokens.iter().map(|it| it.orth.as_str()).filter(|it| !it.trim().is_empty());
    if words().next().is_none() && raw.is_none() {
        problems.push(Reason::BlankText.into());
        return None;
    }
    let within = raw.as_ref().map(|it| Joined::within(it, words()));
    if let (Some(None), true) = (&within, words().next().is_some()) {
        problems.push(Reason::OtherText.into());
    }
    let joined = match (within.flatten(), raw) {
        (Some(joined), _) => joined,
        (None, Some(raw)) if words().next().is_none() => Joined { text: raw, words: Vec::new() },
        (None, _) => spaced(&tokens),
    };
    let words = joined.words.clone();
    let mut doc = match words.is_empty() {
        true => Doc::new(id, joined.text),
        false => joined.into_doc(id),
    };
    let ner: Vec<&str> = (tokens.iter())
        .filter(|it| !it.orth.trim().is_empty())
        .map(|it| it.ner.as_deref().unwrap_or("O"))
        .collect();
    for (word, ner) in words.iter().zip(&ner) {
        if *ner == "-" {
            doc.annotation.unread.add(word.start, word.end);
        }
    }
    let tags = || ner.iter().map(|it| if matches!(*it, "-" | "") { "O" } else { it });
    let mut census = Census::default();
    census.add(tags());
    let (marks, faults) = decode(tags(), census.reading().0);
    problems.extend(faults.into_iter().map(|it| Problem::from(it.1)));
    let span = |first: usize, last: usize, label| {
        Span::new(words.get(first)?.start, words.get(last)?.end, label).ok()
    };
    let mut spans: Vec<Span> =
        marks.into_iter().filter_map(|it| span(it.first, it.last, it.label)).collect();
    if spans.is_empty() && words.is_empty() {
        spans = entities(&paragraph, &doc.text, problems);
    }
    // They are the same as the tags.
    paragraph.shift_remove("entities");
    spans.sort();
    let mark = |span| Mark { span, origin: Origin::Import, at_ms: 0 };
    doc.annotation.marks = spans.into_iter().map(mark).collect();
    let is_plain = is_plain(&paragraph);
    if !is_plain {
        doc.meta.0.insert(EXTRAS.into(), Value::Object(paragraph));
    }
    Some(doc)
}

/// Whether nothing is said but words and entities.
fn is_plain(paragraph: &Map<String, Value>) -> bool {
    paragraph.iter().all(|(name, value)| match (name.as_str(), value) {
        ("sentences", Value::Array(sentences)) => {
            let is_plain = |it: &Value| {
                let tokens = it.get("tokens").and_then(Value::as_array);
                let is_empty = |it: &Value| it.as_object().is_some_and(Map::is_empty);
                tokens.is_some_and(|it| it.iter().all(is_empty))
                    && it.as_object().is_some_and(|it| it.len() == 1)
            };
            sentences.len() < 2 && sentences.iter().all(is_plain)
        }
        (_, Value::Array(list)) => list.is_empty(),
        _ => false,
    })
}

/// One token of a paragraph.
struct Read {
    orth: String,
    space: bool,
    ner: Option<String>,
}

/// Takes words and entities out of the sentences of a paragraph; the rest stays.
fn take_tokens(paragraph: &mut Map<String, Value>) -> Vec<Read> {
    let mut found = Vec::new();
    let sentences = paragraph.get_mut("sentences").and_then(Value::as_array_mut);
    for sentence in sentences.into_iter().flatten() {
        if let Some(sentence) = sentence.as_object_mut() {
            let is_empty = |it: &Value| it.as_array().is_some_and(Vec::is_empty);
            if sentence.get("brackets").is_some_and(is_empty) {
                sentence.shift_remove("brackets");
            }
        }
        let tokens = sentence.get_mut("tokens").and_then(Value::as_array_mut);
        for token in tokens.into_iter().flatten() {
            let Some(token) = token.as_object_mut() else { continue };
            token.shift_remove("id");
            let mut take = |name: &str| match token.shift_remove(name) {
                Some(Value::String(value)) => Some(value),
                _ => None,
            };
            let (orth, space, ner) = (take("orth"), take("space"), take("ner"));
            let space = space.is_none_or(|it| !it.is_empty());
            found.push(Read { orth: orth.unwrap_or_default(), space, ner });
        }
    }
    found
}

/// The text of a paragraph that does not have its own.
fn spaced(tokens: &[Read]) -> Joined {
    let mut joined = Joined::default();
    let mut gap = "";
    for token in tokens.iter().filter(|it| !it.orth.trim().is_empty()) {
        joined.push(gap, &token.orth);
        gap = if token.space { " " } else { "" };
    }
    joined
}

/// Entities by their offsets in code points, where there are no tokens.
fn entities(paragraph: &Map<String, Value>, text: &str, problems: &mut Vec<Problem>) -> Vec<Span> {
    let list = paragraph.get("entities").and_then(Value::as_array);
    let raw = list.into_iter().flatten();
    let raw = raw.map(|it| crate::marks::RawMark::of(it, false)).collect();
    let mut reasons = Vec::new();
    let (marks, _) = crate::marks::marks_of(raw, Unit::CodePoints, text, &mut reasons);
    problems.extend(reasons.into_iter().map(Problem::from));
    marks.into_iter().map(|it| it.span).collect()
}

/// Writes a list, a document of one paragraph a line.
#[derive(Default)]
struct WriteTraining {
    has_begun: bool,
}

impl WriteTexts for WriteTraining {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[WORDS, EXTRAS]);
        let tokens = to.tally.words_or(own_words(doc), || to.tokenizer.tokenize(&doc.text));
        let words = words_of(&tokens, &doc.text);
        let placed = place(doc, &words, to.tally);
        let ruler = Ruler::new(doc.text.as_str());
        let points = |at| ruler.from_bytes(at, Unit::CodePoints);
        let entity = |it: &crate::place::Placed<'_>| {
            let (start, end) = (words[it.first].start, words[it.last].end);
            json!([points(start), points(end), it.span.label().as_str()])
        };
        let mut tags = encode(words.len(), &placed, Scheme::Biluo);
        for (word, tag) in words.iter().zip(&mut tags) {
            let is_unread =
                doc.annotation.unread.iter().any(|it| it.0 < word.end && word.start < it.1);
            if is_unread && tag == "O" {
                "-".clone_into(tag);
            }
        }
        let mut paragraph = match doc.meta.0.get(EXTRAS) {
            Some(Value::Object(more)) => more.clone(),
            _ => Map::new(),
        };
        let sentences = sentences(&paragraph, doc, &words, &tags);
        paragraph.insert("raw".into(), json!(doc.text));
        paragraph.insert("sentences".into(), sentences);
        paragraph.insert("entities".into(), placed.iter().map(entity).collect());
        for list in ["cats", "links"] {
            paragraph.entry(list).or_insert_with(|| json!([]));
        }
        let object = json!({ "id": doc.id.0, "paragraphs": [paragraph] });
        to.out.write_all(if self.has_begun { b",\n" } else { b"[\n" })?;
        self.has_begun = true;
        Ok(serde_json::to_writer(&mut *to.out, &object)?)
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        to.out.write_all(if self.has_begun { b"\n]\n" } else { b"[]\n" })
    }

    fn losses(&self, tally: &Tally, which: Which, base: &str) -> Option<Losses> {
        let mut losses = tally.tokens_only(which, base);
        for row in &mut losses.0 {
            match row.what {
                What::Unread => {
                    row.left_out = 0;
                    "As tokens of which nothing is known.".clone_into(&mut row.why);
                }
                What::Ids => "As ids of documents.".clone_into(&mut row.why),
                _ => {}
            }
        }
        Some(losses)
    }
}

/// The sentences that a text came with, where they have as many tokens as it has words; else one.
fn sentences(paragraph: &Map<String, Value>, doc: &Doc, words: &[Token], tags: &[String]) -> Value {
    let kept = paragraph.get("sentences").and_then(Value::as_array);
    let tokens_of = |it: &Value| it.get("tokens").and_then(Value::as_array).map_or(0, Vec::len);
    let fits = |it: &&Vec<Value>| it.iter().map(tokens_of).sum::<usize>() == words.len();
    let plain = || vec![json!({ "tokens": vec![json!({}); words.len()] })];
    let mut sentences = kept.filter(fits).cloned().unwrap_or_else(plain);
    let mut at = 0;
    for sentence in &mut sentences {
        let tokens = sentence.get_mut("tokens").and_then(Value::as_array_mut);
        for token in tokens.into_iter().flatten() {
            let word = words[at];
            let behind = doc.text[word.end as usize..].starts_with(' ');
            let mut full = Map::new();
            full.insert("id".into(), json!(at));
            full.insert("orth".into(), json!(word.text(&doc.text)));
            full.insert("space".into(), json!(if behind { " " } else { "" }));
            if let Value::Object(more) = token {
                full.extend(std::mem::take(more));
            }
            full.insert("ner".into(), json!(tags[at]));
            *token = Value::Object(full);
            at += 1;
        }
        if let Some(sentence) = sentence.as_object_mut() {
            sentence.entry("brackets").or_insert_with(|| json!([]));
        }
    }
    Value::Array(sentences)
}
