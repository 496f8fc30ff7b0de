//! Train, predict and evaluate, one after the other.

use std::fmt::Write;

use crate::program::{Folder, nerine};
use serde_json::{Value, json};

/// Sentences in which `[…]` is marked.
const SENTENCES: [&str; 12] = [
    "[Gold nanorods] were coated with silica.",
    "We gave [liposomes] to mice 🐁 with tumours.",
    "Uptake of [iron oxide nanoparticles] was low.",
    "No toxicity was seen at this dose.",
    "Chitosan kept the [quantum dots] apart.",
    "Cells were fixed and stained for an hour.",
    "[Silver nanoparticles] killed bacteria.",
    "Mice were weighed every day.",
    "[Dendrimers] crossed the barrier.",
    "Rats 🐀 received [gold nanorods] twice.",
    "The [quantum dots] were stable in water.",
    "[Liposomes] carried the drug into cells.",
];

/// The sentences as JSONL, with offsets in code points.
fn jsonl(sentences: &[&str]) -> String {
    let mut lines = String::new();
    for sentence in sentences {
        let text: String = sentence.chars().filter(|it| !"[]".contains(*it)).collect();
        let at = |bracket| sentence.chars().position(|it| it == bracket);
        let span = at('[')
            .zip(at(']'))
            .map(|(open, close)| json!({"start": open, "end": close - 1, "label": "Particle"}));
        let line = json!({"text": text, "spans": span.into_iter().collect::<Vec<_>>()});
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

#[test]
fn what_is_trained_predicts() {
    let folder = Folder::new("training");
    folder.write("train.jsonl", jsonl(&SENTENCES));
    folder.write("test.jsonl", jsonl(&SENTENCES[8..]));
    let out = nerine(
        &folder,
        &[
            "train",
            "--base",
            "blank:en",
            "--train",
            "train.jsonl",
            "--dev",
            "train.jsonl",
            "--test",
            "test.jsonl",
            "--seed",
            "3",
            "--device",
            "cpu",
            "--max-steps",
            "300",
            "-o",
            "models/first",
        ],
    )
    .ok();
    let lines: Vec<Value> = out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let (last, evaluations) = lines.split_last().unwrap();
    assert_eq!(evaluations.len(), 2);
    for line in evaluations {
        assert!(line["epoch"].is_number());
        assert!(line["dev_f"].is_number() && line["train_loss"].is_number(), "{line}");
    }
    assert_eq!(last["device"], "cpu");
    assert_eq!(last["scored_on"], "test");
    assert!(last["seconds"].is_number() && last["words_per_second"].is_number(), "{last}");
    assert!(last["scores"]["labels"]["Particle"]["f"].is_number(), "{last}");
    let meta: Value = serde_json::from_str(&folder.read("models/first/meta.json")).unwrap();
    assert_eq!(meta["labels"]["ner"], json!(["Particle"]));
    assert_eq!(meta["nerine"]["base"], "blank:en");
    assert_eq!(meta["nerine"]["scored_on"], "test");
    let shares = &meta["performance"];
    let percent = shares["ents_f"].as_f64().unwrap() * 100.0;
    assert!((percent - last["scores"]["micro"]["f"].as_f64().unwrap()).abs() < 0.01);
    assert_eq!(shares["ents_per_type"]["Particle"]["f"], shares["ents_f"]);

    let predicted = nerine(&folder, &["predict", "--model", "models/first", "test.jsonl"]).ok();
    folder.write("pred.jsonl", &predicted);
    let predicted: Vec<Value> =
        predicted.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(predicted.len(), 4);
    // The emoji is one code point: 🐀 stands before the mark.
    let expected = json!({
        "text": "Rats 🐀 received gold nanorods twice.",
        "spans": [{"start": 16, "end": 29, "label": "Particle"}],
    });
    assert_eq!(predicted[1], expected);

    let scores =
        nerine(&folder, &["evaluate", "--gold", "test.jsonl", "--pred", "pred.jsonl"]).ok();
    let scores: Value = serde_json::from_str(&scores).unwrap();
    assert_eq!(scores, last["scores"], "training scores as evaluate does");
}
