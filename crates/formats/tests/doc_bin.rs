//! `.spacy` files that spaCy wrote, and what is written in its format.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Cursor;
use std::rc::Rc;

use corpus::{Annotation, Answer, Doc, Label, Mark, Origin, Span};
use formats::{
    InFile, Losses, Options, Reason, SPACY, Severity, Warning, What, Which, Writer, detect, read,
};
use serde_json::{Map, Value, json};
use tokenizer::{Base, Tokenizer};

fn golden(name: &str) -> Vec<u8> {
    fs::read(format!("../spacy/tests/golden/doc_bin/{name}")).unwrap()
}

/// The texts and warnings of a file.
fn read_all(name: &str, bytes: Vec<u8>) -> (Vec<Doc>, Vec<Warning>) {
    let mut reader = read(vec![InFile::new(name, Cursor::new(bytes))], Options::default());
    let (mut docs, mut warnings) = (Vec::new(), Vec::new());
    for item in &mut reader {
        match item {
            Ok(doc) => docs.push(doc),
            Err(warning) => warnings.push(warning),
        }
    }
    assert_eq!(reader.bytes_read(), reader.bytes_total());
    (docs, warnings)
}

fn write(docs: &[Doc]) -> (Vec<u8>, Losses) {
    let mut writer = Writer::new(&SPACY, Which::All, Base::BlankEn, Vec::new());
    let tokenizer = Rc::new(Tokenizer::new(Base::BlankEn));
    let mut counter = Writer::counting(&SPACY, Which::All, "blank:en", tokenizer);
    for doc in docs {
        writer.put(doc, 0).unwrap();
        counter.put(doc, 0).unwrap();
    }
    let (bytes, losses) = writer.finish().unwrap();
    assert_eq!(counter.finish().unwrap().1, losses, "counting alone finds the same");
    (bytes, losses)
}

fn marked(id: &str, text: &str, marks: &[(u32, u32, &str)]) -> Doc {
    let mark = |it: &(u32, u32, &str)| {
        let span = Span::within(text, it.0, it.1, Label::new(it.2).unwrap()).unwrap();
        Mark { span, origin: Origin::Person, at_ms: 0 }
    };
    let mut doc = Doc::new(id, text);
    let marks = marks.iter().map(mark).collect();
    doc.annotation = Annotation { marks, answer: Some(Answer::Accept), ..Annotation::default() };
    doc
}

#[test]
fn what_spacy_wrote_comes_in_and_the_rest_is_said_once() {
    for (name, n_warnings) in [("plain", 1), ("old", 1), ("full", 6)] {
        let bytes = golden(&format!("{name}.spacy"));
        let found = detect(&bytes[..2000], "a.txt").unwrap();
        assert_eq!(found.best().format, &SPACY, "{name}");
        let (docs, warnings) = read_all("a.spacy", bytes);
        let lines = golden(&format!("{}.jsonl", if name == "old" { "plain" } else { name }));
        let lines: Vec<Map<String, Value>> = String::from_utf8(lines)
            .unwrap()
            .lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .filter(|it: &Map<_, _>| !it["text"].as_str().unwrap().trim().is_empty())
            .collect();
        assert_eq!(docs.len(), lines.len());
        for (doc, line) in docs.iter().zip(&lines) {
            assert_eq!(line["text"], *doc.text);
            assert_eq!(doc.annotation.marks.len(), line["ents"].as_array().unwrap().len());
            assert_eq!(doc.meta.0.get("cats"), line.get("cats"));
        }
        let said: Vec<String> = warnings
            .iter()
            .filter(|it| !matches!(it.reason, Reason::Repeated | Reason::BlankText))
            .map(|it| format!("{:?}: {it}", it.severity()))
            .collect();
        assert_eq!(said.len(), n_warnings, "{said:#?}");
        assert!(said[0].starts_with("Note: a.spacy brings its own tokens."), "{said:?}");
        if name == "full" {
            let lemma = "Lost: a.spacy has LEMMA on its tokens. It will be left out: texts, \
                         entities, spans and categories come in.";
            assert!(said.iter().any(|it| it == lemma), "{said:#?}");
        }
    }
}

#[test]
fn what_is_written_comes_back() {
    let mut docs = vec![
        marked("a b", "e\u{301} 🔬\r\nGold  nanorods", &[(10, 14, "Metal"), (10, 24, "Particle")]),
        marked("c", "Fe3O4 nanorods were toxic.", &[(0, 9, "Oxide"), (20, 25, "Word")]),
        Doc::new("d", "Nobody looked."),
    ];
    docs[0].meta.0.insert("journal".into(), json!({"year": 2020, "tags": ["🐁", null, 1.5]}));
    docs[1].annotation.flag = Some("look again".into());
    let (bytes, losses) = write(&docs);
    let (came, warnings) = read_all("a.spacy", bytes);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].severity(), Severity::Note);
    let shown = |doc: &Doc| {
        let spans = doc.spans().map(|it| (it.start(), it.end(), it.label().to_string()));
        (doc.id.0.clone(), doc.text.clone(), spans.collect::<Vec<_>>(), doc.annotation.answer)
    };
    let mut expected = docs.clone();
    expected[0].annotation.marks.remove(0);
    let grown = Span::new(0, 14, Label::new("Oxide").unwrap()).unwrap();
    expected[1].annotation.marks[0].span = grown;
    assert_eq!(
        came.iter().map(shown).collect::<Vec<_>>(),
        expected.iter().map(shown).collect::<Vec<_>>()
    );
    assert_eq!(came[0].meta, docs[0].meta);
    let row = |what| {
        let row = losses.row(what).unwrap();
        (row.count, row.changed, row.left_out)
    };
    assert_eq!(row(What::Marks), (4, 1, 0));
    assert_eq!(row(What::Overlaps), (2, 0, 1));
    assert_eq!(row(What::Notes), (1, 0, 1));
    assert_eq!(row(What::Metadata), (1, 0, 0));
    assert_eq!(row(What::Texts), (3, 0, 0));
    assert_eq!(row(What::Ids), (3, 0, 0));
}

#[test]
fn fields_and_answers_that_have_no_place_are_counted() {
    let mut docs = vec![
        marked("a", "Zinc.", &[(0, 4, "Metal")]),
        marked("b", "Tin.", &[(0, 3, "Metal")]),
        marked("c", "None.", &[]),
    ];
    docs[0].meta.0.insert("cats".into(), json!(["a", "b"]));
    docs[1].annotation.answer = Some(Answer::Reject);
    docs[1].meta.0.insert("cats".into(), json!({"metal": 1.0}));
    docs[2].meta.0.insert("id".into(), json!("another"));
    let (bytes, losses) = write(&docs);
    let metadata = losses.row(What::Metadata).unwrap();
    assert_eq!((metadata.count, metadata.left_out), (3, 2));
    assert_eq!(metadata.why, "spaCy has its own use for “id”, “cats” and “spans”.");
    let texts = losses.row(What::Texts).unwrap();
    assert_eq!((texts.count, texts.changed), (3, 1));
    let (came, _) = read_all("a.spacy", bytes);
    assert_eq!(came[1].meta.0["cats"], json!({"metal": 1.0}));
    assert!(came.iter().all(|it| it.annotation.answer == Some(Answer::Accept)));
}

#[test]
fn a_damaged_file_is_one_warning() {
    let (bytes, _) = write(&[Doc::new("a", "Zinc is a metal, and so is tin.")]);
    for len in [60, bytes.len() / 2, bytes.len() - 1] {
        let (docs, warnings) = read_all("a.spacy", bytes[..len].to_vec());
        assert_eq!((docs.len(), warnings.len()), (0, 1), "{len}: {warnings:?}");
        assert!(warnings[0].reason.is_whole_file(), "{len}: {warnings:?}");
    }
    let (bytes, _) = write(&[]);
    let (_, warnings) = read_all("a.spacy", bytes);
    assert_eq!(warnings[0].reason, Reason::Empty);
}
