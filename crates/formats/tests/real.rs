//! Reads real files where they are. They are not ours to publish.

use std::collections::BTreeMap;
use std::fs::File;

use corpus::{Answer, Doc};
use formats::{InFile, JSONL, Options, Reason, Which, Writer, read};
use tokenizer::Base;

fn open(path: &str) -> Option<InFile> {
    let file = File::open(testkit::shared(&format!("data/{path}"))?).expect("it can be read");
    Some(InFile::new(path, file))
}

/// The texts of a file, and how often each kind of warning came.
fn read_all(file: InFile) -> (Vec<Doc>, BTreeMap<String, u32>) {
    let (mut docs, mut reasons) = (Vec::new(), BTreeMap::new());
    for item in read(vec![file], Options::default()) {
        match item {
            Ok(doc) => docs.push(doc),
            Err(warning) => {
                let name = format!("{:?}", warning.reason);
                let name = name.split([' ', '(']).next().unwrap_or_default().to_owned();
                *reasons.entry(name).or_insert(0) += 1;
            }
        }
    }
    (docs, reasons)
}

fn n_marks(docs: &[Doc]) -> usize {
    docs.iter().map(|doc| doc.annotation.marks.len()).sum()
}

#[test]
fn a_damaged_table_of_abstracts_comes_in_whole() {
    let Some(file) = open("nano/tcm_nanoparticles_pubmed.csv") else { return };
    let (docs, reasons) = read_all(file);
    assert_eq!(docs.len(), 100);
    assert_eq!(reasons, BTreeMap::from([("NotUtf8".to_owned(), 3)]));
    assert_eq!(docs[0].id.0, "33898179");
    assert!(docs[0].text.starts_with("Biomimetic Liposomal Nanoplatinum"));
    assert!(docs[0].meta.0.contains_key("Journal"));
    assert_eq!(docs.iter().filter(|doc| doc.text.contains('\u{fffd}')).count(), 3);
}

#[test]
fn abstracts_without_marks_come_in() {
    let Some(file) = open("nano/nanoparticle_abstracts.jsonl") else { return };
    let (docs, reasons) = read_all(file);
    assert_eq!((docs.len(), n_marks(&docs), reasons.len()), (87, 0, 0));
}

#[test]
fn gold_marks_come_in_and_go_out_the_same() {
    for (part, n) in [("train", 500), ("dev", 500), ("test", 500)] {
        let Some(file) = open(&format!("annotated/bc5cdr/{part}.docs.jsonl")) else { return };
        let (docs, reasons) = read_all(file);
        assert_eq!(reasons, BTreeMap::new(), "{part}");
        assert_eq!(docs.len(), n, "{part}");
        assert!(9000 < n_marks(&docs), "{part}");
        let mut writer = Writer::new(&JSONL, Which::All, Base::BlankEn, Vec::new());
        for doc in &docs {
            writer.put(doc, 0).unwrap();
        }
        let (bytes, losses) = writer.finish().unwrap();
        assert_eq!(losses.n_losses(), 0);
        let again = read_all(InFile::new("again.jsonl", std::io::Cursor::new(bytes)));
        assert_eq!(again.0, docs);
    }
}

#[test]
fn prodigy_files_come_in() {
    let Some(file) = open("annotated/formats/prodigy/drugs_eval.jsonl") else { return };
    let (docs, reasons) = read_all(file);
    assert!(docs.iter().all(|doc| doc.annotation.answer.is_some()));
    assert!(docs.iter().any(|doc| doc.annotation.answer == Some(Answer::Accept)));
    assert!(100 < n_marks(&docs));
    assert!(reasons.keys().all(|it| it == "Tokens" || it == "Repeated"), "{reasons:?}");

    let Some(file) = open("annotated/formats/prodigy/rel_component_annotations.jsonl") else {
        return;
    };
    let (docs, reasons) = read_all(file);
    assert!(100 < n_marks(&docs));
    assert!(docs[0].meta.0.contains_key("source"));
    assert!(reasons.keys().all(|it| it == "Tokens" || it == "Repeated"), "{reasons:?}");

    let Some(file) = open("annotated/formats/prodigy/drugs_patterns.jsonl") else { return };
    let mut reader = read(vec![file], Options::default());
    let no_text = Reason::NoText { field: "text".into(), found: None };
    assert!(reader.all(|item| item.is_err_and(|it| it.reason == no_text)));
}

#[test]
fn token_files_come_in() {
    let Some(file) = open("annotated/conll/wnut17/test.conll") else { return };
    let (docs, reasons) = read_all(file);
    assert!(1000 < docs.len() && 900 < n_marks(&docs), "{} {}", docs.len(), n_marks(&docs));
    assert!(!reasons.contains_key("UnknownTag"), "{reasons:?}");
    let Some(file) = open("annotated/conll/bc5cdr/test.tsv") else { return };
    let (docs, reasons) = read_all(file);
    assert!(9000 < n_marks(&docs), "{}", n_marks(&docs));
    assert!(!reasons.contains_key("UnknownTag"), "{reasons:?}");
}
