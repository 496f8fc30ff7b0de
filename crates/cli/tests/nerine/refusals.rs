//! What cannot be used is refused: exit code 2, one sentence, no output.

use std::fs;

use crate::program::{Folder, nerine};

/// Runs a command that must be refused with a sentence that holds `words`.
#[track_caller]
pub(crate) fn check(folder: &Folder, args: &[&str], words: &str) {
    let before = folder.names();
    let run = nerine(folder, args);
    assert_eq!(run.code, 2, "{args:?}: {}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("nerine: "), "{}", run.stderr);
    assert!(run.stderr.contains(words), "{words:?} is not in: {}", run.stderr);
    assert_eq!(folder.names(), before, "nothing is left behind");
}

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write(
        "good.jsonl",
        "{\"text\": \"Zinc.\", \"spans\": [{\"start\": 0, \"end\": 4, \"label\": \"M\"}]}\n",
    );
    folder.write("plain.jsonl", "{\"text\": \"Zinc.\", \"spans\": []}\n");
    folder.write("broken.jsonl", "{\"text\": \"Zinc.\", \"spans\": []}\n{\"text\": \n");
    folder.write("no-text.jsonl", "{\"text\": 7, \"spans\": []}\n");
    folder.write(
        "reversed.jsonl",
        "{\"text\": \"Zinc.\", \"spans\": [{\"start\": 4, \"end\": 0, \"label\": \"M\"}]}\n",
    );
    folder.write("other.jsonl", "{\"text\": \"Gold.\", \"spans\": []}\n");
    folder.write(
        "two.jsonl",
        "{\"text\": \"Zinc.\", \"spans\": []}\n{\"text\": \"Gold.\", \"spans\": []}\n",
    );
    folder.write("latin1.jsonl", b"{\"text\": \"na\xefve\"}\n");
    folder.write("empty.jsonl", "");
    folder.write("paper.pdf", "%PDF-1.7 and so on");
    fs::create_dir_all(folder.path("model")).unwrap();
    folder.write("model/model", [1, 2, 3]);
    folder
}

#[test]
fn arguments() {
    let folder = &folder("arguments");
    check(folder, &["fly"], "unrecognized subcommand 'fly'");
    check(folder, &["convert", "good.jsonl"], "--to <FORMAT>");
    check(
        folder,
        &["convert", "--to", "docx", "-o", "out", "good.jsonl"],
        "possible values: nerine, jsonl",
    );
    check(folder, &["tokenize", "--base", "blank:tlh", "good.jsonl"], "use blank:en");
    let train = ["train", "--base", "blank:en", "--train", "good.jsonl", "--dev", "good.jsonl"];
    let with = |more: &[&'static str]| [&train[..], &["-o", "m"], more].concat();
    check(folder, &with(&["--max-seconds", "-1"]), "seconds");
    check(folder, &with(&["--seed", "x"]), "--seed");
    check(folder, &with(&["--device", "tpu"]), "possible values: auto, cpu, gpu");
    #[cfg(not(feature = "gpu"))]
    check(folder, &with(&["--device", "gpu"]), "--features gpu");
}

#[test]
fn inputs_of_convert() {
    let folder = &folder("convert");
    let convert = |input: &'static str| ["convert", "--to", "nerine", "-o", "out.nerine", input];
    check(folder, &convert("missing.jsonl"), "missing.jsonl cannot be read");
    check(folder, &convert("model"), "no text could be read from model");
    check(folder, &convert("empty.jsonl"), "empty.jsonl is empty");
    check(folder, &convert("paper.pdf"), "a PDF");
    check(folder, &convert("no-text.jsonl"), "no text could be read from no-text.jsonl");
    check(folder, &["convert", "--to", "jsonl", "-o", "no/out", "good.jsonl"], "no does not exist");
    check(folder, &["convert", "--to", "jsonl", "-o", "model", "good.jsonl"], "model is a folder");
    check(
        folder,
        &["convert", "--from", "nerine", "--to", "nerine", "-o", "out", "good.jsonl"],
        "good.jsonl",
    );
}

#[test]
fn inputs_of_one_record_a_line() {
    let folder = &folder("lines");
    let tokenize = |input: &'static str| ["tokenize", "--base", "blank:en", input];
    check(folder, &tokenize("missing.jsonl"), "missing.jsonl cannot be read");
    check(folder, &tokenize("empty.jsonl"), "empty.jsonl holds no text");
    check(folder, &tokenize("broken.jsonl"), "broken.jsonl, line 2 is not a JSON object");
    check(folder, &tokenize("no-text.jsonl"), "no-text.jsonl, line 1 has no \"text\"");
    check(folder, &tokenize("latin1.jsonl"), "latin1.jsonl, line 1 is not UTF-8");
    let evaluate = |pred: &'static str| ["evaluate", "--gold", "good.jsonl", "--pred", pred];
    check(folder, &evaluate("two.jsonl"), "two.jsonl has 2");
    check(folder, &evaluate("other.jsonl"), "other.jsonl, line 1 has another text");
    check(folder, &evaluate("reversed.jsonl"), "span 1: the span 4–0 is empty or reversed");
    let predict = |model: &'static str| ["predict", "--model", model, "good.jsonl"];
    check(folder, &predict("nowhere"), "cannot be read");
    check(folder, &predict("model"), "no spaCy pipeline");
}

#[test]
fn inputs_of_align() {
    let folder = &folder("align-inputs");
    let align = |input: &'static str| ["align", "--base", "blank:en", "--json", input];
    check(folder, &["align", "good.jsonl"], "--base <BASE>");
    check(folder, &["align", "--base", "blank:en"], "<IN>");
    check(folder, &["align", "--base", "core", "good.jsonl"], "use blank:en");
    let twice = ["align", "--base", "scispacy", "--base", "scispacy", "good.jsonl"];
    check(folder, &twice, "--base scispacy is given twice");
    check(folder, &align("missing.jsonl"), "missing.jsonl cannot be read");
    check(folder, &align("empty.jsonl"), "empty.jsonl is empty");
    check(folder, &align("no-text.jsonl"), "no text could be read from no-text.jsonl");
    check(folder, &align("paper.pdf"), "a PDF");
    check(folder, &align("model"), "no text could be read from model");
}

#[test]
fn inputs_of_train() {
    let folder = &folder("train");
    let train = |train: &'static str, dev: &'static str, out: &'static str| {
        ["train", "--base", "blank:en", "--train", train, "--dev", dev, "-o", out]
    };
    check(folder, &train("missing.jsonl", "good.jsonl", "m"), "missing.jsonl cannot be read");
    check(folder, &train("good.jsonl", "empty.jsonl", "m"), "empty.jsonl is empty");
    check(folder, &train("plain.jsonl", "good.jsonl", "m"), "no marks to learn from");
    check(folder, &train("good.jsonl", "good.jsonl", "good.jsonl"), "is no folder");
}
