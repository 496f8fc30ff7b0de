//! Small pipelines of every kind, each with what spaCy finds in a hundred texts and more.

use std::{fs, io::Cursor, path::Path};

use corpus::offsets::{Ruler, Unit};
use predict::{Parsed, Predictor};
use serde_json::{Value, json};
use spacy::{
    PipelineError,
    pipeline::{Archive, Source, Take, open},
};

#[test]
fn parser_before_ner() {
    check("parser_before_ner");
}

#[test]
fn wild_parser() {
    check("wild_parser");
}

#[test]
fn senter_before_ner() {
    check("senter_before_ner");
}

#[test]
fn rules_before_ner() {
    check("rules_before_ner");
}

#[test]
fn span_rulers_around_ner() {
    check("span_rulers_around_ner");
}

#[test]
fn floret_vectors() {
    check("floret_vectors");
}

#[test]
fn table_vectors() {
    check("table_vectors");
}

#[track_caller]
fn check(name: &str) {
    let folder = Path::new("tests/golden");
    let zip = fs::File::open(folder.join(format!("{name}.zip"))).expect("the golden pipeline");
    let pipeline = open(&mut Archive(zip), &mut |_| ()).expect("spaCy opens it too");
    let predictor = Predictor::new(pipeline).expect("its rules are valid");
    assert_eq!(predictor.differences(), []);
    let lines = fs::read_to_string(folder.join(format!("{name}.jsonl"))).expect("golden texts");
    let lines: Vec<Value> =
        lines.lines().map(|it| serde_json::from_str(it).expect("a line of JSON")).collect();
    let texts: Vec<&str> = lines.iter().map(|it| it["text"].as_str().expect("text")).collect();
    let found = predictor.predict(&texts).expect("the texts are short");
    let mut n_entities = 0;
    for (parsed, line) in found.iter().zip(&lines) {
        let text = line["text"].as_str().expect("text");
        assert_eq!(json!(parsed.sentences), line["sents"], "{text:?}");
        assert_eq!(entities(text, parsed), line["ents"], "{text:?}");
        n_entities += parsed.entities.len();
    }
    assert!(100 < n_entities, "only {n_entities} entities say little");
}

fn entities(text: &str, parsed: &Parsed) -> Value {
    let ruler = Ruler::new(text);
    let at = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("on a border");
    parsed.entities.iter().map(|it| json!([at(it.start), at(it.end), *it.label])).collect()
}

/// A pipeline that opens although it is damaged also runs: its labels or numbers are wrong, and
/// no more.
#[test]
fn damaged_pipelines_run_or_are_refused() {
    let folder = Path::new("tests/golden");
    let text = "The IL-6 pathway isn't activated by doxorubicin.  Is it?\n\nNo: x y z…";
    let mut draw = 1_u64;
    let mut n_run = 0;
    for name in ["wild_parser", "floret_vectors", "span_rulers_around_ner"] {
        let zip = fs::read(folder.join(format!("{name}.zip"))).expect("the golden pipeline");
        for idx in 0..28 {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let archive = Archive(Cursor::new(zip.as_slice()));
            let mut source = Damaged { archive, idx, at: draw >> 40, flip: (draw >> 20) as u8 | 1 };
            let Ok(pipeline) = open(&mut source, &mut |_| ()) else { continue };
            let Ok(predictor) = Predictor::new(pipeline) else { continue };
            predictor.predict(&[text, "", " "]).expect("the texts are short");
            n_run += 1;
        }
    }
    assert!(10 < n_run, "{n_run}");
}

/// An archive with one bit wrong in one of its files.
struct Damaged<'z> {
    archive: Archive<Cursor<&'z [u8]>>,
    idx: usize,
    at: u64,
    flip: u8,
}

impl Source for Damaged<'_> {
    fn each(&mut self, take: &mut Take<'_>) -> Result<(), PipelineError> {
        let Self { archive, idx, at, flip } = self;
        let mut n_files = 0;
        archive.each(&mut |path, file| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("the golden file is whole");
            let n_bytes = bytes.len().max(1);
            if n_files == *idx % 14
                && let Some(byte) = bytes.get_mut(*at as usize % n_bytes)
            {
                *byte ^= *flip;
            }
            n_files += 1;
            take(path, &mut bytes.as_slice())
        })
    }
}
