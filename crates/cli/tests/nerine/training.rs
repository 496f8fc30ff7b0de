//! Train, predict and evaluate, one after the other.

use std::fmt::Write;

use crate::program::{Folder, nerine};
use crate::refusals;
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

/// A small network that learns for a moment, and two settings that Nerine has no choice of.
const CONFIG: &str = r#"
[nlp]
lang = "de"

[components.ner]
factory = "ner"

[components.ner.model]
hidden_width = 16

[components.ner.model.tok2vec]
@architectures = "spacy.HashEmbedCNN.v2"
width = 16
depth = 1
embed_size = 100
window_size = 1
maxout_pieces = 2
subword_features = true
pretrained_vectors = null

[training]
max_steps = 5000
eval_frequency = 10
seed = 7
accumulate_gradient = 2

[training.optimizer]
use_averages = true
"#;

#[test]
fn a_spacy_configuration_is_taken_over_and_numbers_are_written_alone() {
    let folder = Folder::new("training-config");
    folder.write("train.jsonl", jsonl(&SENTENCES));
    folder.write("small.cfg", CONFIG);
    let train = ["train", "--base", "blank:en", "--train", "train.jsonl", "--dev", "train.jsonl"];
    let more = ["--config", "small.cfg", "--device", "cpu", "--max-steps", "20"];
    let run = |out| nerine(&folder, &[&train[..], &more, &["-o", out]].concat());
    let whole = run("whole");
    for said in [
        "[training] accumulate_gradient = 2 is not taken over: here it is always 1",
        "[nlp] lang = \"de\" is not taken over: the base is blank:en",
    ] {
        assert!(whole.stderr.contains(said), "{said}: {}", whole.stderr);
    }
    let out = whole.ok();
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["stopped_by"], &last["looks"]), (&json!("epochs"), &json!(2)));
    let config = folder.read("whole/config.cfg");
    for line in ["width = 16", "hidden_width = 16", "rows = [100,50,50,50]", "depth = 1"] {
        assert!(config.contains(line), "{line}: {config}");
    }

    run("numbers.safetensors").ok();
    let bytes = std::fs::read(folder.path("numbers.safetensors")).unwrap();
    let len = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let head: Value = serde_json::from_slice(&bytes[8..8 + len]).unwrap();
    assert_eq!(head["__metadata__"]["base"], "blank:en");
    assert_eq!(head["__metadata__"]["labels"], "[\"Particle\"]");
    assert_eq!(head["tok2vec.hashembed.0.E"]["shape"], json!([100, 16]));
    // Trained from the same seed, and taken from a pipeline that was written.
    nerine(&folder, &["package", "--model", "whole", "-o", "again.safetensors"]).ok();
    let again = std::fs::read(folder.path("again.safetensors")).unwrap();
    assert!(again.ends_with(&bytes[8 + len..]));

    folder.write("broken.cfg", "[training]\ndropout = 3\n");
    let broken = [&train[..], &["--config", "broken.cfg", "-o", "out"]].concat();
    refusals::check(&folder, &broken, "broken.cfg: config.cfg, line 2: dropout = 3 does not fit");
}

#[test]
fn nerines_own_learner_is_trained_from_few_marks_and_raw_text() {
    let folder = Folder::new("few");
    folder.write("train.jsonl", jsonl(&SENTENCES));
    folder.write("test.jsonl", jsonl(&SENTENCES[8..]));
    folder.write("raw.jsonl", "{\"text\": \"Gold nanorods crossed the barrier in mice.\"}\n");
    let train = ["train", "--base", "nerine", "--train", "train.jsonl", "--dev", "train.jsonl"];
    let more = ["--test", "test.jsonl", "--raw", "raw.jsonl", "--seed", "3"];
    let run = |out| nerine(&folder, &[&train[..], &more, &["-o", out]].concat()).ok();
    let out = run("first");
    let lines: Vec<Value> = out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(lines[0]["stage"], "linear");
    let last = lines.last().unwrap();
    assert_eq!((&last["device"], &last["stopped_by"]), (&json!("cpu"), &json!("schedule")));
    assert_eq!(last["labels"], json!(["Particle"]));
    assert!(50.0 < last["scores"]["micro"]["f"].as_f64().unwrap(), "{last}");

    let predicted = nerine(&folder, &["predict", "--model", "first", "test.jsonl"]).ok();
    folder.write("pred.jsonl", &predicted);
    for line in predicted.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let is_probable = |it: &Value| (0.0..=1.0).contains(&it["probability"].as_f64().unwrap());
        assert!(line["spans"].as_array().unwrap().iter().all(is_probable), "{line}");
    }
    let scores = ["evaluate", "--gold", "test.jsonl", "--pred", "pred.jsonl"];
    let scores: Value = serde_json::from_str(&nerine(&folder, &scores).ok()).unwrap();
    assert_eq!(scores, last["scores"], "training scores as evaluate does");

    run("second");
    let bytes = |model| std::fs::read(folder.path(model).join("model.crf")).unwrap();
    assert_eq!(bytes("first"), bytes("second"));
    let hasty =
        nerine(&folder, &[&train[..], &["--max-seconds", "0.000001", "-o", "hasty"]].concat());
    let hasty: Value = serde_json::from_str(hasty.ok().lines().last().unwrap()).unwrap();
    assert_eq!(hasty["stopped_by"], "time", "the linear member is kept");

    let tokens = nerine(&folder, &["tokenize", "--base", "nerine", "raw.jsonl"]).ok();
    let tokens: Value = serde_json::from_str(&tokens).unwrap();
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 8);
}

#[test]
fn what_nerines_own_learner_cannot_do_is_refused() {
    let folder = Folder::new("few-refused");
    folder.write("train.jsonl", jsonl(&SENTENCES));
    let train = ["train", "--base", "nerine", "--train", "train.jsonl", "--dev", "train.jsonl"];
    for (more, name) in [
        (&["--labels", "replace"][..], "--labels"),
        (&["--scratch"], "--scratch"),
        (&["--freeze"], "--freeze"),
        (&["--max-steps", "3"], "--max-steps"),
        (&["--config", "config.cfg"], "--config"),
        (&["--device", "gpu"], "--device gpu"),
    ] {
        let arguments = [&train[..], more, &["-o", "out"]].concat();
        refusals::check(&folder, &arguments, &format!("{name} is for spaCy's architecture"));
    }
    let numbers = [&train[..], &["-o", "out.safetensors"]].concat();
    refusals::check(&folder, &numbers, "would hold arrays");
    let raw = ["--raw", "train.jsonl", "-o", "out"];
    let spacy = ["train", "--base", "blank:en", "--train", "train.jsonl", "--dev", "train.jsonl"];
    refusals::check(&folder, &[&spacy[..], &raw].concat(), "--raw is for --base nerine");
    refusals::check(&folder, &["align", "--base", "nerine", "train.jsonl"], "name another base");
    std::fs::create_dir(folder.path("broken")).unwrap();
    folder.write("broken/model.crf", "no model");
    refusals::check(&folder, &["predict", "--model", "broken", "train.jsonl"], "broken/model.crf");
}
