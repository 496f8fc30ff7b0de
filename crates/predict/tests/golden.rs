//! Small pipelines of every kind, each with what spaCy finds in a hundred texts and more.

use std::{fs, path::Path};

use corpus::offsets::{Ruler, Unit};
use predict::{Parsed, Predictor};
use serde_json::{Value, json};
use spacy::pipeline::{Archive, open};

#[test]
fn parser_before_ner() {
    check("parser_before_ner");
}

#[test]
fn wild_parser() {
    check("wild_parser");
}

#[test]
fn senter_before_ner() {
    check("senter_before_ner");
}

#[test]
fn rules_before_ner() {
    check("rules_before_ner");
}

#[test]
fn span_rulers_around_ner() {
    check("span_rulers_around_ner");
}

#[test]
fn floret_vectors() {
    check("floret_vectors");
}

#[test]
fn table_vectors() {
    check("table_vectors");
}

#[track_caller]
fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let zip = fs::File::open(folder.join(format!("{name}.zip"))).expect("the golden pipeline");
    let pipeline = open(&mut Archive(zip), &mut |_| ()).expect("spaCy opens it too");
    let predictor = Predictor::new(pipeline).expect("its rules are valid");
    assert_eq!(predictor.differences(), []);
    let lines = fs::read_to_string(folder.join(format!("{name}.jsonl"))).expect("golden texts");
    let lines: Vec<Value> =
        lines.lines().map(|it| serde_json::from_str(it).expect("a line of JSON")).collect();
    let texts: Vec<&str> = lines.iter().map(|it| it["text"].as_str().expect("text")).collect();
    let found = predictor.predict(&texts).expect("the texts are short");
    let mut n_entities = 0;
    for (parsed, line) in found.iter().zip(&lines) {
        let text = line["text"].as_str().expect("text");
        assert_eq!(json!(parsed.sentences), line["sents"], "{text:?}");
        assert_eq!(entities(text, parsed), line["ents"], "{text:?}");
        n_entities += parsed.entities.len();
    }
    assert!(100 < n_entities, "only {n_entities} entities say little");
}

fn entities(text: &str, parsed: &Parsed) -> Value {
    let ruler = Ruler::new(text);
    let at = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("on a border");
    parsed.entities.iter().map(|it| json!([at(it.start), at(it.end), *it.label])).collect()
}
