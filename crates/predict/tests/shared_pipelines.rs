//! Pipelines that spaCy trained find here what they find there.

use std::fs;

use corpus::offsets::{Ruler, Unit};
use predict::{Parsed, Predictor};
use serde_json::{Value, json};
use spacy::pipeline::{Folder, open};
use testkit::shared;

const NAMES: [&str; 4] = ["plain", "vectors", "extra/unshared", "extra/noupper"];

#[test]
fn entities_are_spacy_s() {
    for name in NAMES {
        let Some((predictor, expected)) = load(name, "expected") else { return };
        let docs = expected.as_array().expect("a list");
        let texts: Vec<&str> = docs.iter().map(|it| it["text"].as_str().expect("text")).collect();
        let found = predictor.predict(&texts).expect("the texts are short");
        assert_eq!(found.len(), 400);
        for ((text, parsed), doc) in texts.iter().zip(&found).zip(docs) {
            let [tokens, ents] = in_code_points(text, parsed);
            assert_eq!(tokens, doc["tokens"], "{name}: {text:?}");
            assert_eq!(ents, doc["ents"], "{name}: {text:?}");
        }
    }
}

#[test]
fn token_vectors_are_spacy_s() {
    for name in NAMES {
        let Some((predictor, expected)) = load(name, "activations") else { return };
        for doc in expected["docs"].as_array().expect("a list") {
            let found = predictor.token_vectors(&[doc["text"].as_str().expect("text")]);
            let rows = doc["tok2vec"].as_array().expect("rows").iter();
            let expected = rows.flat_map(|it| it.as_array().expect("a row"));
            let expected: Vec<f64> = expected.map(|it| it.as_f64().expect("a number")).collect();
            assert_eq!(found[0].len(), expected.len());
            for (found, expected) in found[0].iter().zip(expected) {
                let difference = (f64::from(*found) - expected).abs();
                assert!(difference <= 2e-5, "{name}: {found} is not {expected}");
            }
        }
    }
}

/// Tokens and entities, counted as spaCy counts.
fn in_code_points(text: &str, parsed: &Parsed) -> [Value; 2] {
    let ruler = Ruler::new(text);
    let at = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("on a border");
    let tokens: Vec<Value> =
        parsed.tokens.iter().map(|it| json!([at(it.start), at(it.end)])).collect();
    let ents: Vec<Value> =
        parsed.entities.iter().map(|it| json!([at(it.start), at(it.end), *it.label])).collect();
    [Value::from(tokens), Value::from(ents)]
}

fn load(name: &str, what: &str) -> Option<(Predictor, Value)> {
    let folder = shared(&format!("spacy/pipelines/{name}"))?;
    let expected = shared(&format!("spacy/pipelines/{name}-{what}.json"))?;
    let mut source = Folder::new(&folder).expect("the folder can be read");
    let pipeline = open(&mut source, &mut |_| ()).expect("spaCy opens it too");
    let expected = fs::read_to_string(expected).expect("the file can be read");
    let expected = serde_json::from_str(&expected).expect("JSON");
    Some((Predictor::new(pipeline).expect("its rules are valid"), expected))
}
