//! Many bases on the same texts: table, reports, going on, and the same in spaCy.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::program::{Folder, nerine};
use crate::refusals;

const MATERIALS: [&str; 5] =
    ["gold nanorods", "silica shells", "iron oxide nanoparticles", "liposomes", "graphene oxide"];

/// Texts of one pattern, as JSONL: a material each, and in a half of them an animal.
fn texts(n: usize) -> String {
    let mut lines = String::new();
    for at in 0..n {
        let material = MATERIALS[at % MATERIALS.len()];
        let animal = ["mice", "cells"][at % 2];
        let text = format!("🔬 We gave {material} to {animal} for {at} days.");
        let start = "🔬 We gave ".chars().count();
        let end = start + material.len();
        let mut spans = vec![json!({"start": start, "end": end, "label": "Material"})];
        if animal == "mice" {
            spans.push(json!({"start": end + 4, "end": end + 8, "label": "Animal"}));
        }
        let line = json!({"id": format!("t{at}"), "text": text, "spans": spans});
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

fn table(out: &str) -> Value {
    assert_eq!(out.lines().count(), 1);
    serde_json::from_str(out).unwrap()
}

/// A small pipeline that spaCy trained on other labels.
fn pipeline() -> String {
    let path = fs::canonicalize("../predict/tests/golden/parser_before_ner.zip").unwrap();
    path.to_str().unwrap().to_owned()
}

const ARGS: [&str; 14] = [
    "compare",
    "--base",
    "nerine",
    "--base",
    "blank:en",
    "--data",
    "texts.jsonl",
    "--seeds",
    "2",
    "--max-steps",
    "60",
    "-o",
    "out",
    "--test=30",
];

#[test]
fn bases_are_compared_and_what_is_done_is_not_done_again() {
    let folder = Folder::new("compare");
    folder.write("texts.jsonl", texts(60));
    let run = nerine(&folder, &[&ARGS[..], &["--jobs", "2", "--keep-models"]].concat());
    let first = table(&run.ok());
    let rows = first["table"]["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["nerine", "blank:en"]);
    for row in rows {
        assert_eq!(row["n_runs"], 2);
        assert!(0.5 < row["micro"]["f1"]["mean"].as_f64().unwrap(), "{row}");
        assert!(row["labels"]["Animal"].is_object());
        assert_eq!(row["aligned"], row["gold"]);
    }
    assert_eq!(first["pairs"].as_array().unwrap().len(), 1);
    assert_eq!(first["failed"], json!([]));
    assert!(first["advice"].as_str().unwrap().contains("blank:en"));
    assert_eq!(run.stderr.matches("F1 ").count(), 4);
    for file in ["experiment.json", "snapshot.json", "report.html", "report.md", "table.csv"] {
        assert!(folder.path("out").join(file).is_file(), "{file}");
    }
    assert_eq!(fs::read_dir(folder.path("out/models")).unwrap().count(), 4);
    assert!(folder.read("out/report.html").contains("blank:en"));

    // The same seeds on the same texts are the same runs.
    let kept = folder.read("out/experiment.json");
    let again = nerine(&folder, &ARGS);
    assert_eq!(table(&again.ok()), first);
    assert_eq!(again.stderr.matches("F1 ").count(), 0);
    assert_eq!(folder.read("out/experiment.json"), kept);
    assert_eq!(table(&nerine(&folder, &["report", "out"]).ok()), first);

    // A base more: the others are not trained again.
    let more = nerine(&folder, &[&ARGS[..], &["--base", "xx"]].concat());
    assert_eq!(more.code, 2, "xx is no base");
    let more = nerine(&folder, &[&ARGS[..], &["--base", "blank:xx"]].concat());
    assert_eq!(table(&more.ok())["table"]["rows"].as_array().unwrap().len(), 3);
    assert_eq!(more.stderr.matches("F1 ").count(), 2);

    folder.write("texts.jsonl", texts(50));
    refusals::check(&folder, &ARGS, "holds a comparison of other texts or another split");
}

#[test]
fn what_a_pipeline_forgot_is_told_and_replay_keeps_more() {
    let folder = Folder::new("compare-forgetting");
    folder.write("texts.jsonl", texts(60));
    let [further, replay, rehearse, beside] =
        ["", ",replay", ",rehearse", ",beside"].map(|way| format!("{}{way}", pipeline()));
    let args = [
        "compare",
        "--base",
        &further,
        "--base",
        &replay,
        "--base",
        &rehearse,
        "--base",
        &beside,
        "--data",
        "texts.jsonl",
        "--seeds",
        "1",
        "--max-steps",
        "60",
        "-o",
        "out",
    ];
    let said = table(&nerine(&folder, &args).ok());
    let told = said["forgetting"].as_array().unwrap();
    let names: Vec<&str> = told.iter().map(|it| it["base"].as_str().unwrap()).collect();
    let ways = ["", " with replay", " with rehearsal", " and a second ner"];
    assert_eq!(names, ways.map(|it| format!("parser_before_ner{it}")));
    let hits = |at: usize| told[at]["figures"]["micro"]["after"]["hits"].as_u64().unwrap();
    assert!([1, 3].into_iter().all(|it| hits(0) < hits(it)), "{told:?}");
    assert!(told[0]["says"].as_str().unwrap().contains("agrees with what it found before"));
}

#[test]
fn a_base_that_cannot_take_part_leaves_the_others_alone() {
    let folder = Folder::new("compare-unfit");
    folder.write("texts.jsonl", texts(40));
    let pipeline = pipeline();
    let as_is = format!("{pipeline},as-is");
    let scratch = format!("{pipeline},scratch");
    let args = [
        "compare",
        "--base",
        &as_is,
        "--base",
        &scratch,
        "--data",
        "texts.jsonl",
        "--seeds",
        "1",
        "--max-steps",
        "20",
        "--folds",
        "2",
        "-o",
        "out",
    ];
    let said = table(&nerine(&folder, &args).ok());
    assert_eq!(said["failed"][0]["base"], "parser_before_ner as it came");
    let why = said["failed"][0]["why"].as_str().unwrap();
    assert!(why.contains("finds none of the labels in these texts"), "{why}");
    let rows = said["table"]["rows"].as_array().unwrap();
    let scratch: Vec<_> = rows.iter().map(|it| (&it["name"], &it["n_runs"])).collect();
    assert_eq!(scratch, [(&json!("parser_before_ner from tokens"), &json!(2))]);
}

#[test]
fn a_given_split_and_unread_stretches_count() {
    let folder = Folder::new("compare-split");
    let mut lines: Vec<Value> =
        texts(30).lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    // Of the scored texts one has a stretch that nobody has looked at, with its two marks known.
    lines[28]["unread"] = json!([{"start": 0, "end": 40}]);
    let jsonl: Vec<String> = lines.iter().map(Value::to_string).collect();
    folder.write("texts.jsonl", jsonl.join("\n"));
    let ids = |range: std::ops::Range<usize>| range.map(|it| format!("t{it}")).collect::<Vec<_>>();
    let split = json!({"train": ids(0..20), "dev": ids(20..25), "test": ids(25..30)});
    folder.write("split.json", split.to_string());
    folder.write("raw.jsonl", texts(150));
    let args = [
        "compare",
        "--base",
        "nerine",
        "--data",
        "texts.jsonl",
        "--split",
        "split.json",
        "--raw",
        "raw.jsonl",
        "--group-by",
        "source",
        "--label",
        "Material",
        "--seeds",
        "1",
        "-o",
        "out",
    ];
    let run = nerine(&folder, &args);
    let row = &table(&run.ok())["table"]["rows"][0];
    assert_eq!(row["gold"], 5);
    assert_eq!(row["labels"].as_object().unwrap().len(), 1);
    // What is said while it runs is what the table says.
    let f1 = format!("F1 {:.3} ", row["micro"]["f1"]["mean"].as_f64().unwrap());
    assert!(run.stderr.contains(&f1), "{f1}: {}", run.stderr);
    assert!(folder.read("out/snapshot.json").contains("\"unread\":[[0,"));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = Folder::new("compare-refused");
    folder.write("one.jsonl", texts(1));
    folder.write("texts.jsonl", texts(12));
    folder.write("split.json", json!({"train": ["t0", "t1"], "test": ["t1"]}).to_string());
    folder.write("strange.json", json!({"train": ["t0"], "test": ["t99"]}).to_string());
    let check = |args: &[&str], words: &str| {
        let all = [&["compare"], args, &["-o", "out"]].concat();
        refusals::check(&folder, &all, words);
    };
    check(&["--base", "nerine", "--data", "one.jsonl"], "there is one text only");
    check(&["--base", "nowhere", "--data", "texts.jsonl"], "nowhere");
    check(&["--base", "blank:en,freeze", "--data", "texts.jsonl"], "is no pipeline");
    let twice = ["--base", "blank:en", "--base", "blank:en", "--data", "texts.jsonl"];
    check(&twice, "is chosen twice");
    let data = ["--base", "nerine", "--data", "texts.jsonl"];
    check(&[&data[..], &["--split", "split.json"]].concat(), "names \"t1\" twice");
    check(&[&data[..], &["--split", "strange.json"]].concat(), "t99");
    check(&[&data[..], &["--dev", "60", "--test", "40"]].concat(), "leave nothing to train on");
    folder.write("broken.cfg", "[training]\nmax_steps = \"many\"\n");
    check(&[&data[..], &["--config", "broken.cfg"]].concat(), "line 2: max_steps = \"many\"");
    refusals::check(&folder, &["report", "."], "holds no comparison");
}

/// Writes a comparison as a spaCy project.
fn project(folder: &Folder) {
    folder.write("texts.jsonl", texts(40));
    let pipeline = pipeline();
    let variants = ["", ",freeze", ",scratch"].map(|it| format!("{pipeline}{it}"));
    let mut args = vec!["compare", "--data", "texts.jsonl", "--seeds", "1", "--max-steps", "10"];
    args.extend(["--base", "nerine", "--base", "blank:en", "--base", "scispacy"]);
    for it in &variants {
        args.extend(["--base", it]);
    }
    args.extend(["--spacy-project", "project", "-o", "out"]);
    nerine(folder, &args).ok();
}

/// What spaCy's runs came to.
fn metrics(folder: &Folder) -> Vec<String> {
    let table: Value = serde_json::from_str(&folder.read("project/metrics/table.json")).unwrap();
    let rows = table.as_array().unwrap();
    assert!(rows.iter().all(|it| it["runs"] == 1 && it["ents_f"].is_number()), "{table}");
    rows.iter().map(|it| it["base"].as_str().unwrap().to_owned()).collect()
}

const BASES: [&str; 5] = [
    "blank:en",
    "scispacy",
    "parser_before_ner",
    "parser_before_ner frozen",
    "parser_before_ner from tokens",
];

#[test]
fn spacy_trains_the_same_bases() {
    let Some(python) = testkit::python(&["spacy", "weasel"]) else { return };
    let folder = Folder::new("compare-spacy");
    project(&folder);
    assert!(folder.read("project/README.md").contains("- nerine: it is Nerine's own learner"));
    // The commands of the project say "python".
    let path = format!("{}:{}", python.parent().unwrap().display(), env!("PATH"));
    let ran = Command::new(&python)
        .args(["-m", "spacy", "project", "run", "all"])
        .current_dir(folder.path("project"))
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    assert_eq!(metrics(&folder), BASES);
}

#[test]
fn ray_spreads_the_same_runs() {
    let Some(python) = testkit::python(&["spacy", "ray"]) else { return };
    let folder = Folder::new("compare-ray");
    project(&folder);
    for script in ["scripts/ray_runs.py", "scripts/table.py"] {
        let ran =
            Command::new(&python).arg(script).current_dir(folder.path("project")).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
    assert_eq!(metrics(&folder), BASES);
}
