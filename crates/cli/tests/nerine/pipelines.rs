//! spaCy pipelines as bases and as models, and `.spacy` files.

use std::fs;
use std::path::Path;
use std::process::Command;

use formats::{InFile, nerine::Archive};
use project::ProjectId;
use serde_json::{Value, json};

use crate::program::{Folder, nerine};
use crate::refusals;

/// A small pipeline that spaCy trained, as a zip, and what it finds: a line a text.
fn golden(name: &str) -> [String; 2] {
    ["zip", "jsonl"].map(|ending| {
        let path = format!("../predict/tests/golden/{name}.{ending}");
        fs::canonicalize(path).unwrap().to_str().unwrap().to_owned()
    })
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The spans of lines, as spaCy's scripts write them.
fn ents(lines: &[Value]) -> Vec<Vec<Value>> {
    let ent = |it: &Value| json!([it["start"], it["end"], it["label"]]);
    let ents = |it: &Value| it["spans"].as_array().unwrap().iter().map(ent).collect();
    lines.iter().map(ents).collect()
}

/// What spaCy found, where its scripts say it.
fn expected(path: &str) -> Vec<Vec<Value>> {
    let lines = lines(&fs::read_to_string(path).unwrap());
    lines.iter().map(|it| it["ents"].as_array().unwrap().clone()).collect()
}

#[test]
fn pipelines_predict_as_spacy_does_in_any_form() {
    let folder = Folder::new("pipelines");
    for name in ["parser_before_ner", "senter_before_ner", "table_vectors"] {
        let [zip, texts] = golden(name);
        let lang = if name == "senter_before_ner" { "de" } else { "xx" };
        let lang = if name == "parser_before_ner" { "en" } else { lang };
        let wheel = format!("{lang}_pipeline-0.0.0-py3-none-any.whl");
        let mut from = zip.clone();
        for out in [format!("{name}-1.0"), format!("{name}.zip"), wheel] {
            let said = nerine(&folder, &["package", "--model", &from, "-o", &out]).ok();
            assert_eq!(said, format!("{lang}_pipeline-0.0.0 is in {out}\n"));
            from = out;
            let run = nerine(&folder, &["predict", "--model", &from, &texts]);
            assert_eq!(ents(&lines(&run.ok())), expected(&texts), "{from}");
            assert_eq!(run.stderr, "");
        }
    }
    assert!(folder.names().iter().all(|it| !it.contains(".part")), "{:?}", folder.names());
}

#[test]
fn shared_pipelines_predict_as_spacy_does() {
    let folder = Folder::new("shared");
    for name in ["plain", "vectors", "extra/unshared", "extra/noupper"] {
        let Some(model) = testkit::shared(&format!("spacy/pipelines/{name}")) else { return };
        let Some(path) = testkit::shared(&format!("spacy/pipelines/{name}-expected.json")) else {
            return;
        };
        let docs: Vec<Value> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let texts: Vec<String> =
            docs.iter().map(|it| json!({"text": it["text"]}).to_string()).collect();
        folder.write("in.jsonl", texts.join("\n"));
        let model = fs::canonicalize(model).unwrap();
        let model = model.to_str().unwrap();
        let out = nerine(&folder, &["predict", "--model", model, "in.jsonl"]).ok();
        let expected: Vec<&Vec<Value>> =
            docs.iter().map(|it| it["ents"].as_array().unwrap()).collect();
        assert_eq!(ents(&lines(&out)).iter().collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn what_is_not_run_is_said_once() {
    let folder = Folder::new("not-run");
    let [zip, texts] = golden("parser_before_ner");
    nerine(&folder, &["package", "--model", &zip, "-o", "wide"]).ok();
    let cfg = folder.read("wide/ner/cfg").replace("\"beam_width\":1,", "\"beam_width\":8,");
    folder.write("wide/ner/cfg", cfg);
    let run = nerine(&folder, &["predict", "--model", "wide", &texts]);
    assert_eq!(lines(&run.ok()).len(), expected(&texts).len());
    let golden = fs::read_to_string(&texts).unwrap();
    let n_sentences: usize =
        lines(&golden).iter().map(|it| it["sents"].as_array().unwrap().len()).sum();
    assert!(1 < n_sentences);
    assert_eq!(
        run.stderr,
        format!(
            "nerine: wide: \"ner\" is not run (keeps 8 parses, here it is 1); in spaCy it changes \
             entities, which later ones respect\n\
             nerine: in up to {n_sentences} sentences spaCy may find something else\n"
        )
    );
}

#[test]
fn tokens_are_those_of_the_pipeline() {
    let folder = Folder::new("pipeline-tokens");
    let [zip, _] = golden("parser_before_ner");
    nerine(&folder, &["package", "--model", &zip, "-o", "unpacked"]).ok();
    folder.write("in.jsonl", "{\"text\": \"🐁 don't\"}\n");
    let out = nerine(&folder, &["tokenize", "--base", "unpacked", "in.jsonl"]).ok();
    assert_eq!(out, nerine(&folder, &["tokenize", "--base", "blank:en", "in.jsonl"]).ok());
    let [zip, _] = golden("table_vectors");
    let out = nerine(&folder, &["tokenize", "--base", &zip, "in.jsonl"]).ok();
    assert_eq!(lines(&out)[0]["tokens"], json!([[0, 1], [2, 7]]), "blank:xx has no exceptions");
}

#[test]
fn marks_across_a_sentence_start_do_not_fit() {
    let folder = Folder::new("sentences");
    let [parser, texts] = golden("parser_before_ner");
    let [rules, _] = golden("rules_before_ner");
    let [no_sentences, _] = golden("table_vectors");
    // The tokens that start a sentence, as spaCy's parser says.
    let first = &lines(&fs::read_to_string(texts).unwrap())[0];
    assert_eq!(
        (&first["sents"][1], &first["text"]),
        (&json!(3), &json!("Gold nanoparticles of 15 nm were coated with citrate."))
    );
    let marked = json!({"text": first["text"], "spans": [
        {"start": 19, "end": 24, "label": "Across"},
        {"start": 22, "end": 24, "label": "First"},
    ]});
    let dotted = json!({"text": "It grew. Then it fell.", "spans": [
        {"start": 3, "end": 13, "label": "Across"},
    ]});
    folder.write("in.jsonl", format!("{marked}\n{dotted}\n"));
    let bases = ["blank:en", &parser, &rules, &no_sentences];
    let mut args = vec!["align", "--json", "in.jsonl"];
    args.extend(bases.iter().flat_map(|it| ["--base", it]));
    let out: Value = serde_json::from_str(&nerine(&folder, &args).ok()).unwrap();
    for (base, name) in out["bases"].as_array().unwrap().iter().zip(bases) {
        assert_eq!(base["base"], *name);
    }
    let crossing = |idx: usize| out["bases"][idx]["kinds"]["crosses_sentence"].clone();
    assert_eq!([crossing(0), crossing(3)], [json!(0), json!(0)]);
    assert_eq!(crossing(2), 1, "the sentencizer starts one behind the point");
    let misfits = out["bases"][1]["misaligned"].as_array().unwrap();
    let of_parser = misfits.iter().find(|it| it["start"] == 19).unwrap();
    assert_eq!(
        (&of_parser["kind"], &of_parser["label"]),
        (&json!("crosses_sentence"), &json!("Across"))
    );
    assert!(misfits.iter().all(|it| it["label"] == "Across"), "{misfits:?}");
    let table = nerine(&folder, &["align", "--base", &parser, "--base", "blank:en", "in.jsonl"]);
    assert!(table.ok().contains(&parser));
}

#[test]
fn a_pipeline_is_trained_on_and_packaged() {
    let folder = Folder::new("trained-on");
    let [zip, _] = golden("floret_vectors");
    fs::copy(zip, folder.path("base.zip")).unwrap();
    let line = json!({
        "text": "They don't hurt mice.",
        "spans": [{"start": 5, "end": 10, "label": "Word"}, {"start": 16, "end": 20, "label": "Word"}],
    });
    folder.write("in.jsonl", format!("{line}\n").repeat(4));
    let train = ["train", "--base", "base.zip", "--train", "in.jsonl", "--dev", "in.jsonl"];
    for (labels, known) in [("add", 2..9), ("replace", 1..2)] {
        let more = ["--device", "cpu", "--max-steps", "200", "--labels", labels, "-o", labels];
        let run = nerine(&folder, &[&train[..], &more].concat());
        let last = lines(&run.ok()).pop().unwrap();
        let meta: Value =
            serde_json::from_str(&folder.read(&format!("{labels}/meta.json"))).unwrap();
        assert_eq!(meta["nerine"]["base"], "en_pipeline-0.0.0");
        let n_labels = meta["labels"]["ner"].as_array().unwrap().len();
        assert!(known.contains(&n_labels), "{meta}");
        assert_eq!(last["scores"]["micro"]["f"], 100.0);

        let package = format!("{labels}.zip");
        nerine(&folder, &["package", "--model", labels, "-o", &package]).ok();
        let predict = ["predict", "--model", &package, "in.jsonl"];
        folder.write("pred.jsonl", nerine(&folder, &predict).ok());
        let scores = ["evaluate", "--gold", "in.jsonl", "--pred", "pred.jsonl"];
        let scores: Value = serde_json::from_str(&nerine(&folder, &scores).ok()).unwrap();
        assert_eq!(scores, last["scores"]);
    }
    let signs = ["train", "--base", "blank:zh", "--train", "in.jsonl", "--dev", "in.jsonl"];
    refusals::check(&folder, &[&signs[..], &["-o", "zh"]].concat(), "choose another base");
    let keep = ["--labels", "keep", "-o", "keep"];
    refusals::check(&folder, &[&train[..], &keep].concat(), "there is no label to learn");
}

/// A file of vectors of the words in a text, as word2vec writes it.
fn word_vectors(text: &str) -> String {
    let mut words: Vec<&str> = text.split(|it: char| !it.is_alphanumeric()).collect();
    words.sort_unstable();
    words.dedup();
    words.retain(|it| !it.is_empty());
    let line = |word: &&str| {
        let numbers = (0..12).map(|at| {
            // No two words have the same: spaCy would let those share a row.
            let mix = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(16_777_619);
            let seed = word.bytes().fold(2_166_136_261 + at, mix);
            format!(" {}", f64::from(seed % 2001) / 1000.0 - 1.0)
        });
        format!("{word}{}\n", numbers.collect::<String>())
    };
    format!("{} 12\n{}", words.len(), words.iter().map(line).collect::<String>())
}

/// What is trained here from nothing and from a pipeline opens in spaCy, finds the same there, and
/// `spacy train` trains on with its configuration.
#[test]
fn spacy_opens_what_was_trained() {
    let Some(python) = testkit::python(&["spacy"]) else { return };
    let run = |arguments: &[&str]| {
        let out = Command::new(&python).args(arguments).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let folder = Folder::new("spacy-opens");
    let path = |name: &str| folder.path(name).to_str().unwrap().to_owned();
    let [zip, texts] = golden("parser_before_ner");
    // What the pipeline finds, marked under one more label where it is a drug.
    let marked = lines(&fs::read_to_string(&texts).unwrap()).into_iter().map(|line| {
        let span = |it: &Value| {
            let label = if it[2] == "DRUG" { "Particle 🔬" } else { it[2].as_str().unwrap() };
            json!({"start": it[0], "end": it[1], "label": label})
        };
        let spans: Vec<Value> = line["ents"].as_array().unwrap().iter().map(span).collect();
        json!({"text": line["text"], "spans": spans}).to_string() + "\n"
    });
    folder.write("in.jsonl", marked.collect::<String>());
    folder.write("words.vec", word_vectors(&fs::read_to_string(folder.path("in.jsonl")).unwrap()));
    let vectors: &[&str] = &["--vectors", "words.vec"];
    let mut n_found = 0;
    for (base, more, name, package) in [
        ("blank:en", &[][..], "nothing", "en_pipeline-0.0.0-py3-none-any.whl"),
        ("blank:de", &[], "german", "german.zip"),
        ("blank:en", vectors, "vectors", "vectors.zip"),
        (&*zip, &[], "pipeline", "pipeline.zip"),
        (&*zip, &["--scratch"], "tokens", "tokens.zip"),
        (&*zip, &["--beside"], "beside", "beside.zip"),
    ] {
        let train = ["train", "--base", base, "--train", "in.jsonl", "--dev", "in.jsonl"];
        let steps = ["--device", "cpu", "--max-steps", "60", "-o", name];
        nerine(&folder, &[&train[..], more, &steps].concat()).ok();
        let found = nerine(&folder, &["predict", "--model", name, "in.jsonl"]).ok();
        let found = ents(&lines(&found));
        n_found += found.iter().map(Vec::len).sum::<usize>();
        nerine(&folder, &["package", "--model", name, "-o", package]).ok();
        let at = if package.ends_with("whl") { path(package) } else { path(name) };
        let script = "../../tests/golden/spacy/pipelines.py";
        let theirs = run(&[script, "predict", &at, &path("in.jsonl")]);
        let theirs = lines(theirs.trim_end());
        let theirs: Vec<_> =
            theirs.iter().map(|it| it["ents"].as_array().unwrap().clone()).collect();
        assert_eq!(found, theirs, "{name}");
    }
    assert!(100 < n_found, "{n_found} entities say little");

    // The vectors are what spaCy reads of the same file.
    run(&["-m", "spacy", "init", "vectors", "en", &path("words.vec"), &path("theirs")]);
    for file in ["vectors", "key2row"] {
        let [ours, theirs] = ["vectors", "theirs"]
            .map(|it| fs::read(folder.path(&format!("{it}/vocab/{file}"))).unwrap());
        assert!(ours == theirs, "{file} differs");
    }

    let convert = ["convert", "--to", "spacy", "--base", "blank:en", "-o", "in.spacy", "in.jsonl"];
    nerine(&folder, &convert).ok();
    let (config, data, out) = (path("nothing/config.cfg"), path("in.spacy"), path("again"));
    let train = ["-m", "spacy", "train", &config, "--output", &out];
    let texts = ["--paths.train", &data, "--paths.dev", &data];
    let steps = ["--training.max_steps", "3", "--training.eval_frequency", "1"];
    run(&[&train[..], &texts, &steps].concat());
    assert!(folder.path("again/model-last/ner/model").is_file());
}

#[test]
fn what_cannot_be_a_pipeline_is_refused() {
    let folder = Folder::new("no-pipeline");
    let [zip, _] = golden("parser_before_ner");
    folder.write("in.jsonl", "{\"text\": \"Zinc.\"}\n");
    fs::create_dir_all(folder.path("full/inner")).unwrap();
    let half = &fs::read(&zip).unwrap()[..9000];
    folder.write("half.zip", half);
    let with_base = |base: &'static str| ["tokenize", "--base", base, "in.jsonl"];
    refusals::check(&folder, &with_base("core"), "or the path of a spaCy pipeline");
    refusals::check(&folder, &with_base("in.jsonl"), "in.jsonl: the archive cannot be read");
    refusals::check(&folder, &with_base("half.zip"), "half.zip: the archive cannot be read");
    refusals::check(&folder, &with_base("full"), "full: no spaCy pipeline");
    let predict = |model: &'static str| ["predict", "--model", model, "in.jsonl"];
    refusals::check(&folder, &predict("full"), "full: no spaCy pipeline");
    refusals::check(&folder, &predict("nowhere.whl"), "nowhere.whl cannot be read");
    let long = json!({"text": "é".repeat(1_000_001)});
    folder.write("long.jsonl", format!("{long}\n{{\"text\": \"Zinc.\"}}\n"));
    let run = nerine(&folder, &["predict", "--model", &zip, "long.jsonl"]);
    assert!(run.stderr.contains("line 1: nothing is looked for in it"), "{}", run.stderr);
    assert_eq!(lines(&run.ok()).len(), 2);

    let package = |out: &'static str| ["package", "--model", &zip, "-o", out];
    let name = "call it en_pipeline-0.0.0-py3-none-any.whl";
    refusals::check(&folder, &package("mine.whl"), name);
    refusals::check(&folder, &package("full"), "the folder full is not empty");
    refusals::check(&folder, &package("in.jsonl"), "in.jsonl is no folder");
    refusals::check(&folder, &package("a.tar.gz"), "name a folder, a .zip or a .whl");
    refusals::check(&folder, &package("no/a.zip"), "the folder no does not exist");
    let broken = ["package", "--model", "half.zip", "-o", "out"];
    refusals::check(&folder, &broken, "half.zip: the archive cannot be read");
    let project = ["convert", "--to", "nerine", "--base", &zip, "-o", "a.nerine", "in.jsonl"];
    refusals::check(&folder, &project, "a project file cannot name the pipeline");
    // An empty folder may be filled.
    nerine(&folder, &["package", "--model", &zip, "-o", "full/inner/"]).ok();
    assert!(folder.path("full/inner/config.cfg").is_file());
}

/// Texts with marks that fit the tokens, one that is cut, and one that overlaps.
const MARKED: &str = r#"{"id": "a", "text": "Gold nanorods 🐁 in silica.", "spans": [{"start": 0, "end": 13, "label": "Particle"}, {"start": 5, "end": 13, "label": "Rod"}, {"start": 19, "end": 23, "label": "Matrix"}], "answer": "accept", "meta": {"year": 2020}}
{"id": "b", "text": "Naïve mice.\r\nNo  toxicity.", "spans": [{"start": 6, "end": 10, "label": "Group"}]}
{"id": "c", "text": "Nobody looked at this."}
"#;

#[test]
fn texts_go_to_a_spacy_file_and_back() {
    let folder = Folder::new("spacy-file");
    folder.write("in.jsonl", MARKED);
    let to = ["convert", "--json", "--to", "spacy", "-o", "out.spacy", "in.jsonl"];
    let run = nerine(&folder, &to);
    let summary: Value = serde_json::from_str(&run.ok()).unwrap();
    let loss = |what: &str| {
        let losses = summary["losses"].as_array().unwrap();
        let loss = losses.iter().find(|it| it["what"] == what).unwrap();
        json!([loss["count"], loss["changed"], loss["left_out"]])
    };
    assert_eq!(loss("Marks"), json!([4, 1, 0]), "“sili” becomes “silica”");
    assert_eq!(loss("Overlapping marks"), json!([2, 0, 1]));
    assert_eq!(loss("Texts"), json!([3, 1, 0]), "b looks accepted");
    assert_eq!(loss("Other fields"), json!([1, 0, 0]));
    assert!(run.stderr.contains("Overlapping marks: 1 left out."), "{}", run.stderr);

    let back = |from: &[&str]| {
        let args = [&["convert", "--to", "jsonl", "-o", "back.jsonl"], from, &["out.spacy"]];
        let run = nerine(&folder, &args.concat());
        run.ok();
        assert_eq!(
            run.stderr,
            "nerine: out.spacy brings its own tokens. Nerine makes its own, and leaves these out.\n"
        );
        lines(&folder.read("back.jsonl"))
    };
    let came = back(&[]);
    assert_eq!(came, back(&["--from", "spacy"]), "its content tells what it is");
    let texts: Vec<_> = came.iter().map(|it| (it["id"].clone(), it["text"].clone())).collect();
    let given: Vec<_> =
        lines(MARKED).iter().map(|it| (it["id"].clone(), it["text"].clone())).collect();
    assert_eq!(texts, given);
    let expected = [
        vec![json!([0, 13, "Particle"]), json!([19, 25, "Matrix"])],
        vec![json!([6, 10, "Group"])],
        vec![],
    ];
    assert_eq!(ents(&came), expected);
    assert_eq!((&came[0]["meta"]["year"], &came[0]["answer"]), (&json!(2020), &json!("accept")));
    assert_eq!(came[2].get("answer"), None);

    // Another base has other tokens.
    let to =
        ["convert", "--json", "--to", "spacy", "--base", "blank:zh", "-o", "zh.spacy", "in.jsonl"];
    let summary: Value = serde_json::from_str(&nerine(&folder, &to).ok()).unwrap();
    assert_eq!(summary["losses"][0]["changed"], 0, "characters fit everything");
    folder.write("cut.spacy", &fs::read(folder.path("out.spacy")).unwrap()[..200]);
    let cut = ["convert", "--to", "jsonl", "-o", "cut.jsonl", "cut.spacy"];
    refusals::check(
        &folder,
        &cut,
        "cut.spacy cannot be opened: not a .spacy file, or it breaks off",
    );
}

#[test]
fn a_project_names_the_base_that_is_asked_for() {
    let folder = Folder::new("project-base");
    folder.write("in.jsonl", MARKED);
    let convert = |base: &str, out: &str, input: &str| {
        nerine(&folder, &["convert", "--to", "nerine", "--base", base, "-o", out, input]).ok();
        let file = InFile::new(out, fs::File::open(folder.path(out)).unwrap());
        Archive::open(file, ProjectId("p".into())).unwrap().project().base.clone()
    };
    assert_eq!(convert("blank:de", "a.nerine", "in.jsonl"), "blank:de");
    assert_eq!(convert("scispacy", "b.nerine", "a.nerine"), "scispacy");
}

/// Prints the texts and entities of a file as spaCy reads them, a line each.
const READ: &str = "
import json, sys, spacy
from spacy.tokens import DocBin
nlp = spacy.blank('en')
for doc in DocBin().from_disk(sys.argv[1]).get_docs(nlp.vocab):
    ents = [[it.start_char, it.end_char, it.label_] for it in doc.ents]
    print(json.dumps({'text': doc.text, 'ents': ents, 'data': doc.user_data}))
";

#[test]
fn spacy_reads_what_is_written() {
    let Some(python) = testkit::python(&["spacy"]) else { return };
    let folder = Folder::new("spacy-reads");
    folder.write("in.jsonl", MARKED);
    let [_, golden] = golden("parser_before_ner");
    let more: String = lines(&fs::read_to_string(golden).unwrap()).iter().map(with_spans).collect();
    folder.write("more.jsonl", more);
    let to = ["convert", "--to", "spacy", "-o", "out.spacy", "in.jsonl", "more.jsonl"];
    nerine(&folder, &to).ok();
    nerine(&folder, &["convert", "--to", "jsonl", "-o", "back.jsonl", "out.spacy"]).ok();
    let here = lines(&folder.read("back.jsonl"));
    let there = lines(&run(&python, &["-c", READ, folder.path("out.spacy").to_str().unwrap()]));
    assert!(100 < here.len(), "{}", here.len());
    let texts = |lines: &[Value]| lines.iter().map(|it| it["text"].clone()).collect::<Vec<_>>();
    assert_eq!(texts(&here), texts(&there));
    let ents_there: Vec<_> =
        there.iter().map(|it| it["ents"].as_array().unwrap().clone()).collect();
    assert_eq!(ents(&here), ents_there);
    assert_eq!(there[0]["data"], json!({"id": "a", "year": 2020}));
}

/// A line of texts with the entities that spaCy found, as marks.
fn with_spans(line: &Value) -> String {
    let span = |it: &Value| json!({"start": it[0], "end": it[1], "label": it[2]});
    let spans: Value = line["ents"].as_array().unwrap().iter().map(span).collect();
    format!("{}\n", json!({"text": line["text"], "spans": spans}))
}

#[test]
fn spacy_opens_what_is_packaged_and_finds_the_same() {
    let Some(python) = testkit::python(&["spacy"]) else { return };
    let folder = Folder::new("spacy-opens");
    let script = fs::canonicalize("../../tests/golden/spacy/pipelines.py").unwrap();
    let [zip, texts] = golden("parser_before_ner");
    for out in ["unpacked", "en_pipeline-0.0.0-py3-none-any.whl"] {
        nerine(&folder, &["package", "--model", &zip, "-o", out]).ok();
        let at = folder.path(out);
        let args = [script.to_str().unwrap(), "predict", at.to_str().unwrap(), &texts];
        let there = run(&python, &args);
        let there = lines(there.trim_end());
        let here = lines(&nerine(&folder, &["predict", "--model", out, &texts]).ok());
        let ents_there: Vec<_> =
            there.iter().map(|it| it["ents"].as_array().unwrap().clone()).collect();
        assert_eq!(ents(&here), ents_there, "{out}");
    }
}

#[track_caller]
fn run(python: &Path, args: &[&str]) -> String {
    let out = Command::new(python).args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}
