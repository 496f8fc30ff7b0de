//! `.spacy` files against those that spaCy writes.

use std::{fs, io::Read, path::Path};

use corpus::{
    Answer, Doc, Label, Mark, Origin, Span,
    offsets::{Ruler, Unit},
};
use serde_json::{Map, Value, json};
use spacy::{
    DocBin, DocBinError,
    doc_bin::{Note, Setting},
};
use tokenizer::{Base, Tokenizer};

#[test]
fn texts_are_packed_as_spacy_packs_them() {
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let mut bin = DocBin::new();
    for (i, line) in lines("plain.jsonl").iter().enumerate() {
        let notes = bin.add(&doc(line, i), &tokenizer, Setting::Annotations);
        assert_eq!(notes, [], "{line:?}");
    }
    assert!(bin.to_inflated() == inflated("plain.spacy"), "the bytes differ");
}

#[test]
fn texts_are_read_as_spacy_wrote_them() {
    check_read("plain", doc);
    check_read("full", |line, i| {
        let mut doc = doc(line, i);
        if let Some(Value::String(id)) = doc.meta.0.remove("id") {
            doc.id.0 = id;
        }
        doc
    });
}

/// Checks that a file reads as the texts beside it, and is written again with the same bytes.
#[track_caller]
fn check_read(name: &str, expected: fn(&Map<String, Value>, usize) -> Doc) {
    let bin = read(&format!("{name}.spacy"));
    let lines = lines(&format!("{name}.jsonl"));
    assert_eq!(bin.len(), lines.len());
    for (i, line) in lines.iter().enumerate() {
        let (mut doc, _) = bin.doc(i, &i.to_string()).expect("it can be read");
        let mut expected = expected(line, i);
        if !line.contains_key("source") && name == "full" {
            // spaCy knows nothing of the entities of a text that it was given in words.
            expected.annotation.answer = None;
        }
        if expected.text.is_empty() {
            expected.annotation.answer = None;
        }
        doc.meta.0.sort_keys();
        expected.meta.0.sort_keys();
        assert_eq!(doc, expected);
    }
    assert!(bin.to_inflated() == inflated(&format!("{name}.spacy")), "the bytes differ");
}

#[test]
fn what_has_no_place_is_said() {
    let (_, notes) = read("full.spacy").doc(0, "x").unwrap();
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    let left_out = "is left out: only text, entities, spans and categories are taken";
    for name in ["LEMMA", "TAG", "DEP", "ENT_ID"] {
        assert!(notes.contains(&format!("the tokens' {name} {left_out}")), "{notes:?}");
    }
    assert!(notes.iter().any(|it| it.contains("\"note\"")), "{notes:?}");
}

#[test]
fn files_of_old_versions_are_read() {
    let old = read("old.spacy");
    for (i, line) in lines("plain.jsonl").iter().enumerate() {
        let (found, notes) = old.doc(i, &i.to_string()).unwrap();
        let expected = doc(line, i);
        assert_eq!(notes, []);
        assert_eq!(found.text, expected.text);
        assert_eq!(found.annotation.marks, expected.annotation.marks);
    }
}

#[test]
fn fields_and_ids_come_back() {
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let mut bin = DocBin::new();
    let mut doc = Doc::new("pmid:1 🔬", "e\u{301} 🔬\r\nb");
    doc.meta.0.insert("journal".to_owned(), json!({ "year": 2020 }));
    bin.add(&doc, &tokenizer, Setting::AllFields);
    let mut file = Vec::new();
    bin.write(&mut file).unwrap();
    let (found, notes) = DocBin::read(&*file).unwrap().doc(0, "other").unwrap();
    assert_eq!(notes, []);
    assert_eq!(found, doc, "no verdict either: nobody looked at it");
}

#[test]
fn marks_that_do_not_fit_are_said() {
    let text = "overdose of COX-2";
    let mut doc = Doc::new("x", text);
    for (start, end) in [(0, 4), (9, 17), (12, 17)] {
        let span = Span::within(text, start, end, Label::new("L").unwrap()).unwrap();
        doc.annotation.marks.push(Mark { span, origin: Origin::Person, at_ms: 0 });
    }
    let mut bin = DocBin::new();
    let notes = bin.add(&doc, &Tokenizer::new(Base::BlankEn), Setting::Annotations);
    let expected = [
        Note::Misaligned("over".to_owned(), "L".to_owned()),
        Note::Overlap("COX-2".to_owned(), "L".to_owned()),
    ];
    assert_eq!(notes, expected);
    let (found, _) = bin.doc(0, "x").unwrap();
    assert_eq!(found.annotation.marks.len(), 1);
}

#[test]
fn damaged_files_are_refused_in_a_sentence() {
    let file = fs::read(golden("plain.spacy")).unwrap();
    let cut = DocBin::read(&file[..file.len() / 2]).unwrap_err();
    assert!(cut.to_string().starts_with("not a .spacy file, or it breaks off"), "{cut}");
    let text = DocBin::read(&b"hello"[..]).unwrap_err();
    assert!(matches!(text, DocBinError::NotZlib { .. }), "{text}");
    let bytes = inflated("plain.spacy");
    for len in (0..bytes.len()).step_by(97) {
        assert!(DocBin::from_inflated(&bytes[..len]).is_err(), "{len}");
    }
    assert_eq!(DocBin::from_inflated(&[0x80]), Err(DocBinError::NoSection { name: "attrs" }));
}

fn doc(line: &Map<String, Value>, idx: usize) -> Doc {
    let text = line["text"].as_str().expect("golden files are whole");
    let ruler = Ruler::new(text);
    let bytes = |at: &Value| {
        ruler
            .to_bytes(at.as_u64().expect("golden files are whole") as u32, Unit::CodePoints)
            .expect("inside the text")
    };
    let mut doc = Doc::new(idx.to_string(), text);
    doc.annotation.answer = Some(Answer::Accept);
    for ent in line["ents"].as_array().expect("golden files are whole") {
        let label = Label::new(ent[2].as_str().expect("golden files are whole"))
            .expect("golden files are whole");
        let span = Span::within(text, bytes(&ent[0]), bytes(&ent[1]), label)
            .expect("golden files are whole");
        doc.annotation.marks.push(Mark { span, origin: Origin::Import, at_ms: 0 });
    }
    doc.meta.0.extend(line.iter().map(|(key, value)| (key.clone(), value.clone())));
    doc.meta.0.remove("text");
    doc.meta.0.remove("ents");
    doc
}

fn read(name: &str) -> DocBin {
    DocBin::read(fs::File::open(golden(name)).expect("golden files are whole"))
        .expect("golden files are whole")
}

fn inflated(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = fs::File::open(golden(name)).expect("golden files are whole");
    flate2::read::ZlibDecoder::new(file).read_to_end(&mut bytes).expect("golden files are whole");
    bytes
}

fn lines(name: &str) -> Vec<Map<String, Value>> {
    let lines = fs::read_to_string(golden(name)).expect("golden files are whole");
    lines.lines().map(|it| serde_json::from_str(it).expect("golden files are whole")).collect()
}

fn golden(name: &str) -> std::path::PathBuf {
    Path::new("tests/golden/doc_bin").join(name)
}
