//! BioC as XML: see [`bioc`](crate::bioc).

use std::fmt::Write as _;
use std::io;

use corpus::Doc;
use serde_json::{Map, Value, json};

use crate::bioc::{HOLDS, document_of, head_of, record, taking};
use crate::detect::{Sample, Sure};
use crate::ents::Taking;
use crate::format::{Format, Offsets, Write as Written};
use crate::losses::What;
use crate::reader::{Found, Records};
use crate::writer::{To, WriteTexts};
use crate::xml::{Node, Pieces, escape, is_held, root};

/// BioC as XML.
pub static BIOC_XML: Format = Format {
    key: "bioc-xml",
    aliases: &[],
    name: "BioC XML",
    about: "Documents of passages with annotations and relations, as XML.",
    extensions: &["xml"],
    offsets: Offsets::CodePoints,
    holds: HOLDS,
    is_text: true,
    is_folder: false,
    together: None,
    recognise,
    read: Some(|source, options| {
        let pieces = Pieces::new(source, &["document"])?;
        Ok(Box::new(Xml { pieces, is_first: true, taking: taking(options) }))
    }),
    write: Written::Texts(|_| Box::new(WriteXml { n: 0 })),
};

fn recognise(sample: &Sample<'_>) -> Option<Sure> {
    let is_one = root(sample).as_deref() == Some("collection") && sample.text.contains("<document");
    is_one.then_some(Sure::Certain)
}

/// Reads one text a document.
struct Xml {
    pieces: Pieces,
    is_first: bool,
    taking: Taking,
}

impl Records for Xml {
    fn bytes_read(&self) -> u64 {
        self.pieces.bytes_read()
    }

    fn next_record(&mut self) -> Option<Found> {
        let piece = match self.pieces.next()? {
            Ok(piece) => piece,
            Err(problem) => return Some(Found::new(None, None, vec![problem])),
        };
        let head = std::mem::take(&mut self.is_first).then(|| self.pieces.between());
        let head = head.and_then(|it| it.at(&["collection"]).map(collection));
        let mut found = record(document(&piece.node), head, self.taking, Some(piece.line));
        found.problems.splice(0..0, piece.problems);
        Some(found)
    }
}

fn collection(node: &Node) -> Map<String, Value> {
    let mut head = Map::new();
    for name in ["source", "date", "key"] {
        head.insert(name.into(), node.at(&[name]).map(Node::text).unwrap_or_default().into());
    }
    head.insert("infons".into(), infons(node));
    head
}

fn infons(node: &Node) -> Value {
    let infon = |it: &Node| Some((it.attribute("key")?.to_owned(), Value::String(it.text())));
    Value::Object(node.all("infon").filter_map(infon).collect())
}

fn text(node: &Node, name: &str) -> Value {
    node.at(&[name]).map(Node::text).unwrap_or_default().into()
}

fn number(word: Option<&str>) -> Value {
    word.and_then(|it| it.trim().parse::<i64>().ok()).map_or(Value::Null, Value::from)
}

fn document(node: &Node) -> Value {
    json!({
        "id": text(node, "id"),
        "infons": infons(node),
        "passages": node.all("passage").map(passage).collect::<Vec<_>>(),
        "annotations": node.all("annotation").map(annotation).collect::<Vec<_>>(),
        "relations": node.all("relation").map(relation).collect::<Vec<_>>(),
    })
}

/// A passage, or a sentence of one.
fn passage(node: &Node) -> Value {
    json!({
        "offset": number(node.at(&["offset"]).map(Node::text).as_deref()),
        "infons": infons(node),
        "text": text(node, "text"),
        "sentences": node.all("sentence").map(passage).collect::<Vec<_>>(),
        "annotations": node.all("annotation").map(annotation).collect::<Vec<_>>(),
        "relations": node.all("relation").map(relation).collect::<Vec<_>>(),
    })
}

fn annotation(node: &Node) -> Value {
    let location = |it: &Node| json!({"offset": number(it.attribute("offset")), "length": number(it.attribute("length"))});
    json!({
        "id": node.attribute("id").unwrap_or_default(),
        "infons": infons(node),
        "text": text(node, "text"),
        "locations": node.all("location").map(location).collect::<Vec<_>>(),
    })
}

fn relation(node: &Node) -> Value {
    let end = |it: &Node| {
        let word = |name| it.attribute(name).unwrap_or_default().to_owned();
        json!({"refid": word("refid"), "role": word("role")})
    };
    json!({
        "id": node.attribute("id").unwrap_or_default(),
        "infons": infons(node),
        "nodes": node.all("node").map(end).collect::<Vec<_>>(),
    })
}

/// Writes a collection.
struct WriteXml {
    n: u32,
}

impl WriteTexts for WriteXml {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        if !doc.text.chars().all(is_held) {
            let why = "XML has no control characters: there is U+FFFD in place of them.";
            to.tally.change(What::Texts, why);
        }
        let document = document_of(doc, to);
        let mut xml = String::new();
        if self.n == 0 {
            add_head(&head_of(Some(doc)), &mut xml);
        }
        self.n += 1;
        xml.push_str("<document>");
        add_text("id", &document["id"], &mut xml);
        add_infons(&document, &mut xml);
        for passage in items(&document, "passages") {
            add_passage("passage", passage, &mut xml);
        }
        add_about(&document, &mut xml);
        xml.push_str("</document>\n");
        to.out.write_all(xml.as_bytes())
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        let mut xml = String::new();
        if self.n == 0 {
            add_head(&head_of(None), &mut xml);
        }
        xml.push_str("</collection>\n");
        to.out.write_all(xml.as_bytes())
    }
}

fn add_head(head: &Map<String, Value>, xml: &mut String) {
    xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE collection SYSTEM \"BioC.dtd\">\n<collection>");
    for name in ["source", "date", "key"] {
        add_text(name, &head[name], xml);
    }
    add_infons(&Value::Object(head.clone()), xml);
    xml.push('\n');
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> String {
    match value {
        Value::String(word) => escape(word),
        Value::Null => String::new(),
        other => escape(&other.to_string()),
    }
}

fn add_text(name: &str, value: &Value, xml: &mut String) {
    let _ = write!(xml, "<{name}>{}</{name}>", word(value));
}

fn add_infons(value: &Value, xml: &mut String) {
    for (key, value) in value.get("infons").and_then(Value::as_object).into_iter().flatten() {
        let _ = write!(xml, "<infon key=\"{}\">{}</infon>", attribute(key), word(value));
    }
}

/// A value between quotes: line breaks and tabs would become blanks.
fn attribute(value: &str) -> String {
    escape(value).replace('\n', "&#10;").replace('\t', "&#9;")
}

fn add_passage(name: &str, passage: &Value, xml: &mut String) {
    let _ = write!(xml, "<{name}>");
    add_infons(passage, xml);
    add_text("offset", &passage["offset"], xml);
    let sentences = items(passage, "sentences");
    if sentences.is_empty() {
        add_text("text", &passage["text"], xml);
    }
    for sentence in sentences {
        add_passage("sentence", sentence, xml);
    }
    add_about(passage, xml);
    let _ = write!(xml, "</{name}>");
}

fn add_about(value: &Value, xml: &mut String) {
    for it in items(value, "annotations") {
        let _ =
            write!(xml, "<annotation id=\"{}\">", attribute(it["id"].as_str().unwrap_or_default()));
        add_infons(it, xml);
        for at in items(it, "locations") {
            let _ = write!(
                xml,
                "<location offset=\"{}\" length=\"{}\"/>",
                word(&at["offset"]),
                word(&at["length"])
            );
        }
        add_text("text", &it["text"], xml);
        xml.push_str("</annotation>");
    }
    for it in items(value, "relations") {
        let _ =
            write!(xml, "<relation id=\"{}\">", attribute(it["id"].as_str().unwrap_or_default()));
        add_infons(it, xml);
        for end in items(it, "nodes") {
            let part = |name: &str| attribute(end[name].as_str().unwrap_or_default());
            let _ = write!(xml, "<node refid=\"{}\" role=\"{}\"/>", part("refid"), part("role"));
        }
        xml.push_str("</relation>");
    }
}
