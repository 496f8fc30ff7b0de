//! The commands, run as people run them.

use std::fs;

use serde_json::{Value, json};

use crate::program::{Folder, nerine};

/// Three texts, two of them with marks and one with characters beyond ASCII.
const TEXTS: &str = r#"{"id": "a", "text": "Gold nanorods 🐁 in silica.", "spans": [{"start": 0, "end": 13, "label": "Particle"}, {"start": 19, "end": 25, "label": "Matrix"}], "answer": "accept", "meta": {"year": 2020}}
{"id": "b", "text": "Naïve mice.\r\nNo toxicity.", "spans": [], "answer": "reject"}
{"id": "c", "text": "Liposomes", "spans": [{"start": 0, "end": 9, "label": "Particle"}], "custom": [1, 2]}
"#;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A line without the tokens that Prodigy's format adds.
fn without_tokens(mut line: Value) -> Value {
    line.as_object_mut().unwrap().shift_remove("tokens");
    for span in line["spans"].as_array_mut().unwrap() {
        for key in ["token_start", "token_end"] {
            span.as_object_mut().unwrap().shift_remove(key);
        }
    }
    line
}

#[test]
fn help_and_version_are_there() {
    let folder = Folder::new("help");
    for args in [&["--help"][..], &["train", "--help"], &["convert", "--help"]] {
        assert!(nerine(&folder, args).ok().contains("Usage: nerine"));
    }
    let version = nerine(&folder, &["--version"]).ok();
    assert_eq!(version.trim(), concat!("nerine ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_project_file_and_jsonl_hold_the_same() {
    let folder = Folder::new("round-trip");
    folder.write("in.jsonl", TEXTS);
    let convert = |to: &str, out: &str, input: &str| {
        nerine(&folder, &["convert", "--to", to, "-o", out, input]).ok()
    };
    convert("nerine", "one.nerine", "in.jsonl");
    convert("jsonl", "one.jsonl", "one.nerine");
    convert("nerine", "two.nerine", "one.jsonl");
    convert("prodigy", "two.jsonl", "two.nerine");
    assert_eq!(folder.read("one.jsonl"), folder.read("two.jsonl"));
    let came: Vec<Value> =
        lines(&folder.read("two.jsonl")).into_iter().map(without_tokens).collect();
    let mut expected = lines(TEXTS);
    expected[0]["spans"][0]["text"] = json!("Gold nanorods");
    expected[0]["spans"][1]["text"] = json!("silica");
    expected[2]["spans"][0]["text"] = json!("Liposomes");
    assert_eq!(came, expected);
    // A project stays the project that it is.
    convert("nerine", "three.nerine", "one.nerine");
    assert_eq!(
        fs::read(folder.path("three.nerine")).unwrap(),
        fs::read(folder.path("one.nerine")).unwrap()
    );
}

#[test]
fn conll_says_what_it_cannot_hold() {
    let folder = Folder::new("conll");
    folder.write("in.jsonl", TEXTS);
    let run = nerine(
        &folder,
        &["convert", "--to", "conll-biluo", "--texts", "accepted", "--json", "-o", "o", "in.jsonl"],
    );
    let summary: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(summary["texts"], 1);
    assert_eq!(summary["labels"], json!({"Matrix": 1, "Particle": 1}));
    assert_eq!(summary["warnings"], json!({"lost": 0, "changed": 0, "kept": 0, "note": 0}));
    assert!(run.stderr.contains("Other fields: 1 left out."), "{}", run.stderr);
    let written = folder.read("o");
    let tags: Vec<&str> = written
        .lines()
        .filter(|it| !it.starts_with("# "))
        .filter_map(|it| it.rsplit(['\t', ' ']).next())
        .filter(|it| !it.is_empty())
        .collect();
    assert_eq!(tags, ["B-Particle", "L-Particle", "O", "O", "U-Matrix", "O"]);
    // And back: the words come with single blanks between them.
    nerine(&folder, &["convert", "--from", "conll-biluo", "--to", "jsonl", "-o", "back", "o"]).ok();
    let back = lines(&folder.read("back"));
    assert_eq!(back[0]["spans"][1]["text"], "silica");
}

#[test]
fn tables_and_plain_texts_come_in() {
    let folder = Folder::new("plain");
    folder.write("t.csv", "Title,Abstract\nGold,\"It is, mostly, gold.\"\nZinc,Zinc is used.\n");
    folder.write("t.txt", "First text.\nSecond text.\n");
    nerine(&folder, &["convert", "--to", "jsonl", "-o", "csv", "t.csv"]).ok();
    assert_eq!(lines(&folder.read("csv"))[0]["text"], "Gold\nIt is, mostly, gold.");
    let run = |from: &str, out: &str| {
        nerine(&folder, &["convert", "--from", from, "--to", "jsonl", "-o", out, "t.txt"]).ok();
        lines(&folder.read(out)).len()
    };
    assert_eq!((run("text", "whole"), run("lines", "each")), (1, 2));
}

#[test]
fn a_bad_record_costs_only_itself() {
    let folder = Folder::new("bad-record");
    folder.write("in.jsonl", format!("{TEXTS}{{\"text\": 7}}\n{{\"text\": \n"));
    let run = nerine(&folder, &["convert", "--json", "--to", "jsonl", "-o", "out", "in.jsonl"]);
    let summary: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!((&summary["texts"], &summary["warnings"]["lost"]), (&json!(3), &json!(2)));
    assert!(run.stderr.contains("in.jsonl: Line 4 has a number as \"text\""), "{}", run.stderr);
}

#[test]
fn tokens_are_counted_in_code_points() {
    let folder = Folder::new("tokens");
    folder.write("in.jsonl", "{\"text\": \"🐁 don't\"}\n\n{\"text\": \"\"}\r\n");
    let out = nerine(&folder, &["tokenize", "--base", "blank:en", "in.jsonl"]).ok();
    let expected = [
        json!({"text": "🐁 don't", "tokens": [[0, 1], [2, 4], [4, 7]]}),
        json!({"text": "", "tokens": []}),
    ];
    assert_eq!(lines(&out), expected);
}

/// Two texts with marks that some base cuts, one with a character beyond ASCII in front.
const CUT: &str = r#"{"id": "a", "text": "🐁 Fe3O4@SiO2 in a zebrafish-derived line, VAL/HCTZ", "spans": [{"start": 2, "end": 7, "label": "Chemical"}, {"start": 18, "end": 27, "label": "Organism"}, {"start": 42, "end": 45, "label": "Chemical"}, {"start": 46, "end": 50, "label": "Chemical"}]}
{"id": "b", "text": "Of Fe3O4@SiO2.", "spans": [{"start": 3, "end": 8, "label": "Chemical"}]}
"#;

#[test]
fn marks_that_cut_words_are_listed() {
    let folder = Folder::new("align-cut");
    folder.write("in.jsonl", CUT);
    let args = ["align", "--base", "blank:en", "--base", "scispacy", "in.jsonl", "--json"];
    let out: Value = serde_json::from_str(&nerine(&folder, &args).ok()).unwrap();
    assert_eq!(out["texts"], 2);
    let figures = |idx: usize| {
        let base = &out["bases"][idx];
        (base["all"]["misaligned"].as_u64(), base["all"]["f1_ceiling"].as_f64())
    };
    assert_eq!(figures(0), (Some(2), Some(75.0)));
    assert_eq!(figures(1), (Some(5), Some(0.0)));
    let labels = &out["bases"][0]["labels"];
    assert_eq!((&labels["Chemical"]["fit"], &labels["Organism"]["fit"]), (&json!(2), &json!(1)));
    let texts = json!([
        {"id": "a", "spans": 4, "fit": 3, "misaligned": 1, "overlapping": 0, "f1_ceiling": 85.71, "f1_ceiling_flat": 85.71},
        {"id": "b", "spans": 1, "fit": 0, "misaligned": 1, "overlapping": 0, "f1_ceiling": 0.0, "f1_ceiling_flat": 0.0},
    ]);
    assert_eq!(out["bases"][0]["texts"], texts);
    assert_eq!(out["bases"][1]["plan"], json!({"grow": 3, "shrink": 0, "move": 0, "look_at": 2}));
    // Offsets are code points.
    let misaligned = json!({
        "id": "a", "start": 2, "end": 7, "label": "Chemical", "text": "Fe3O4", "kind": "end_inside",
        "strict": null, "contract": null,
        "expand": {"start": 2, "end": 12, "text": "Fe3O4@SiO2"},
        "suggestion": {
            "action": "grow", "reason": "joined_by_sign",
            "start": 2, "end": 12, "text": "Fe3O4@SiO2",
        },
    });
    assert_eq!(out["bases"][0]["misaligned"][0], misaligned);
    // Alike marks are one group, the most frequent first.
    let group = &out["groups"][0];
    assert_eq!((&group["text"], &group["count"]), (&json!("Fe3O4"), &json!(2)));
    assert_eq!(group["spans"][1], json!({"id": "b", "start": 3, "end": 8}));
    assert_eq!(group["bases"][0]["corrected"], "Fe3O4@SiO2");
    let table = nerine(&folder, &["align", "--base", "scispacy", "--top", "1", "in.jsonl"]).ok();
    assert!(table.contains("2 × Fe3O4 (Chemical)"), "{table}");
    assert!(table.contains("With scispacy: 3 to grow, 2 to look at."), "{table}");
}

#[test]
fn marks_that_overlap_are_listed() {
    let folder = Folder::new("align-overlap");
    folder.write(
        "in.jsonl",
        r#"{"text": "gold rods", "spans": [{"start": 0, "end": 9, "label": "A"}, {"start": 0, "end": 4, "label": "B"}]}"#,
    );
    let out = nerine(&folder, &["align", "--base", "blank:de", "--json", "in.jsonl"]).ok();
    let base = &serde_json::from_str::<Value>(&out).unwrap()["bases"][0];
    assert_eq!(base["overlaps"][0]["lost"], json!({"start": 0, "end": 4, "label": "B"}));
    assert_eq!(base["all"]["f1_ceiling"], 100.0);
    assert_eq!(base["all"]["f1_ceiling_flat"], 66.67);
}

#[test]
fn scores_are_per_cent_with_two_decimals() {
    let folder = Folder::new("scores");
    let record = |spans: &[(u32, u32, &str)]| {
        let spans: Vec<Value> =
            spans.iter().map(|it| json!({"start": it.0, "end": it.1, "label": it.2})).collect();
        format!("{}\n", json!({"text": "one two three four", "spans": spans}))
    };
    let gold =
        [record(&[(0, 3, "A"), (4, 7, "A"), (8, 13, "B")]), record(&[]), record(&[(0, 3, "A")])];
    // One right, one label wrong, one edge wrong, one given twice, one of a label of its own.
    let pred = [
        record(&[(0, 3, "A"), (0, 3, "A"), (4, 7, "B"), (8, 18, "B")]),
        record(&[(4, 7, "C")]),
        record(&[]),
    ];
    folder.write("gold", gold.concat());
    folder.write("pred", pred.concat());
    let out = nerine(&folder, &["evaluate", "--gold", "gold", "--pred", "pred"]).ok();
    let expected = json!({
        "micro": {"p": 25.0, "r": 25.0, "f": 25.0, "tp": 1, "fp": 3, "fn": 3},
        "labels": {
            "A": {"p": 100.0, "r": 33.33, "f": 50.0, "tp": 1, "fp": 0, "fn": 2},
            "B": {"p": 0.0, "r": 0.0, "f": 0.0, "tp": 0, "fp": 2, "fn": 1},
            "C": {"p": 0.0, "r": 0.0, "f": 0.0, "tp": 0, "fp": 1, "fn": 0},
        },
    });
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), expected);
}
