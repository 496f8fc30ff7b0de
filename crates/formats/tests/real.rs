//! Reads real files where they are. They are not ours to publish.

use std::collections::BTreeMap;
use std::fs::File;

use corpus::{Answer, Doc};
use formats::{InFile, JSONL, Options, WEBANNO, Which, Writer, read};
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
    let refusal = reader.next().expect("it is said").expect_err("there are no texts");
    assert!(refusal.to_string().contains("holds patterns, not texts"), "{refusal}");
    assert!(reader.next().is_none());
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

/// The files of a folder of real texts.
fn files_in(folder: &str) -> Vec<String> {
    let Some(path) = testkit::shared(&format!("data/{folder}")) else { return Vec::new() };
    let names = std::fs::read_dir(path).expect("it can be read");
    let mut names: Vec<String> = names
        .map(|it| format!("{folder}/{}", it.expect("it can be read").file_name().to_string_lossy()))
        .collect();
    names.sort();
    names
}

#[test]
fn columns_with_offsets_give_their_text() {
    let Some(file) = open("annotated/formats/conll/NCBIdevset-example.conll") else { return };
    let (docs, reasons) = read_all(file);
    assert_eq!(reasons, BTreeMap::new());
    assert_eq!(n_marks(&docs), 74);
    assert!(docs[0].text.starts_with("Identification of WASP mutations, mutation hotspots"));
    assert_eq!(docs[0].spans().next().unwrap().text(&docs[0].text), "Wiskott-Aldrich syndrome");
}

#[test]
fn webanno_files_come_in() {
    let folder = "annotated/formats/webanno_tsv";
    let Some(file) = open(&format!("{folder}/tsv3_example2.tsv")) else { return };
    let (docs, reasons) = read_all(file);
    assert_eq!((docs.len(), reasons), (1, BTreeMap::new()));
    let words = |doc: &Doc| -> Vec<String> {
        doc.spans().map(|it| format!("{} {}", it.text(&doc.text), it.label())).collect()
    };
    let expected = ["Ms. Haag PER", "Elianti OTH", "Rolls-Royce Motor ORG", "U.S. LOC"];
    assert_eq!(words(&docs[0])[..4], expected);

    let Some(file) = open(&format!("{folder}/tsv2_example2.tsv")) else { return };
    let (docs, _) = read_all(file);
    assert_eq!(words(&docs[0])[..2], ["Ms. Haag PER", "Elianti OTH"]);
    assert!(words(&docs[0]).contains(&"Rolls-Royce Motor ORGpart".to_owned()));

    for path in files_in(&format!("{folder}/suite")) {
        let Some(file) = open(&path) else { return };
        let (docs, reasons) = read_all(file);
        assert_eq!(docs.len(), 1, "{path}");
        // Marks of no length, and the same mark a second time, do not come in.
        assert!(
            reasons.keys().all(|it| it == "BadMark" || it == "MarkedTwice"),
            "{path} {reasons:?}"
        );
    }
}

#[test]
fn webanno_files_go_out_as_they_came() {
    for path in files_in("annotated/formats/webanno_tsv/suite") {
        let Some(file) = open(&path) else { return };
        let (docs, _) = read_all(file);
        let mut writer = Writer::new(&WEBANNO, Which::All, Base::BlankEn, Vec::new());
        writer.put(&docs[0], 0).unwrap();
        let (bytes, losses) = writer.finish().unwrap();
        assert_eq!(losses.n_losses(), 0, "{path}");
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let written = std::io::read_to_string(zip.by_index(0).unwrap()).unwrap();
        let source = testkit::shared(&format!("data/{path}")).unwrap();
        let source = std::fs::read_to_string(source).unwrap();
        assert_eq!(written.trim_end(), source.trim_end(), "{path}");
    }
}

#[test]
fn doccano_files_come_in() {
    let cases = [
        ("BSNER-BW_admin.jsonl", 454, 444),
        ("example_sequence_labeling.jsonl", 3, 4),
        ("example_relation_extraction.jsonl", 1, 4),
        ("labeling_text_label.jsonl", 2, 11),
        ("labeling_v0_annotations.jsonl", 2, 11),
    ];
    for (name, texts, marks) in cases {
        let Some(file) = open(&format!("annotated/formats/doccano/{name}")) else { return };
        let (docs, reasons) = read_all(file);
        assert_eq!((docs.len(), n_marks(&docs)), (texts, marks), "{name} {reasons:?}");
    }
}
