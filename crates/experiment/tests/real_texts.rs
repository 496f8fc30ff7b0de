//! Splits of real corpora.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use corpus::offsets::{Ruler, Unit};
use corpus::{Annotation, Doc, DocId, Label, Mark, Origin, Span};
use experiment::{Division, Snapshot, Split};
use serde::Deserialize;
use testkit::shared;

#[derive(Deserialize)]
struct Line {
    id: String,
    text: String,
    spans: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    start: u32,
    end: u32,
    label: String,
}

fn read(file: &Path) -> Snapshot {
    let file = fs::read_to_string(file).unwrap();
    let docs: Vec<Doc> =
        file.lines().map(|it| doc(&serde_json::from_str::<Line>(it).unwrap())).collect();
    let mut labels: Vec<Label> =
        docs.iter().flat_map(Doc::spans).map(|it| it.label().clone()).collect();
    labels.sort();
    labels.dedup();
    Snapshot::freeze(&docs, &labels, None).unwrap()
}

fn doc(line: &Line) -> Doc {
    let ruler = Ruler::new(&line.text);
    let byte = |at| ruler.to_bytes(at, Unit::CodePoints).unwrap();
    let mark = |it: &Place| Mark {
        span: Span::new(byte(it.start), byte(it.end), Label::new(&it.label).unwrap()).unwrap(),
        origin: Origin::Import,
        at_ms: 0,
    };
    let marks = line.spans.iter().map(mark).collect();
    Doc {
        annotation: Annotation { marks, ..Annotation::default() },
        ..Doc::new(&line.id, &line.text)
    }
}

/// How far the share of any label is from what is wanted, at most, in spans.
fn worst(snapshot: &Snapshot, docs: &[DocId], share: f64) -> f64 {
    let count = |label: &Label, id: &DocId| {
        snapshot.doc(id).unwrap().gold.iter().filter(|it| it.label() == label).count() as f64
    };
    let off = |label: &Label| {
        let part: f64 = docs.iter().map(|it| count(label, it)).sum();
        let all: f64 = snapshot.docs().iter().map(|it| count(label, &it.id)).sum();
        (part - all * share).abs()
    };
    snapshot.labels().iter().map(off).fold(0.0, f64::max)
}

#[test]
fn a_fifth_of_each_label_is_tested() {
    let Some(file) = shared("data/annotated/bc5cdr/test.docs.jsonl") else { return };
    let snapshot = read(&file);
    let division = Division::Shares { dev_percent: 10, test_percent: 20 };
    for seed in 0..5 {
        let fold = &Split::draw(&snapshot, &division, seed).unwrap().folds[0];
        let off = worst(&snapshot, &fold.test, 0.2);
        assert!(off < 15.0, "{off} spans of thousands");
        assert!((97..=103).contains(&fold.test.len()), "{}", fold.test.len());
    }
}

#[test]
fn few_long_documents_are_parted_as_evenly_as_they_can_be() {
    let Some(file) = shared("data/nano/END-dev.docs.jsonl") else { return };
    let snapshot = read(&file);
    let longest = snapshot.docs().iter().map(|it| it.gold.len()).max().unwrap() as f64;
    let split = Split::draw(&snapshot, &Division::Folds { n: 5, dev_percent: 10 }, 1).unwrap();
    for fold in &split.folds {
        assert!((3..=5).contains(&fold.test.len()), "{}", fold.test.len());
        assert!(worst(&snapshot, &fold.test, 0.2) <= longest);
    }
}
