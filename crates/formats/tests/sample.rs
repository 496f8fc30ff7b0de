//! The sample project: its source is text with brackets, what the page fetches is a project file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use corpus::{Annotation, Answer, Doc, Label, LabelDef, Mark, Origin, Side, Span, SplitRule};
use formats::nerine::{Archive, Writer};
use formats::{InFile, Options, read};
use project::{Counts, ProjectId, ProjectRecord};
use serde_json::{Map, json};

/// The bracket's letter, the label, its slot and code, and what belongs to it.
const LABELS: [(char, &str, u8, &str, &str); 8] = [
    ('M', "Material", 1, "MAT", "Nanomaterials and what they are built into, with their coating."),
    ('C', "Chemical", 2, "CHM", "Drugs, elements, ions, polymers and other compounds."),
    ('D', "Disease", 3, "DIS", "Diseases, injuries, infections and toxic effects."),
    ('G', "Gene", 4, "GEN", "Genes and proteins."),
    ('L', "Cell line", 5, "CEL", "Named cell lines, without the word “cells”."),
    ('O', "Organism", 6, "ORG", "Species and strains, of animals, people and microbes."),
    ('T', "Method", 7, "MTH", "Methods of synthesis, measurement and treatment."),
    ('Q', "Quantity", 8, "QTY", "Numbers with their unit."),
];

const GUIDELINES: &str = "\
# Nanoparticle abstracts

A sample to try things on: abstracts that were written for it, none was published. Sixteen are \
marked and accepted, the rest is yours.

Mark the shortest stretch that names the thing, without articles. Abbreviations are marked like \
the words they stand for. Marks do not overlap: `Fe3O4@SiO2 core–shell nanoparticles` is one \
Material.
";

/// Draws at least two texts for dev and three for test from the accepted ones.
const SEED: u64 = 64;

/// 1 January 2026, in milliseconds since 1970.
const MADE_MS: u64 = 1_767_225_600_000;

fn label(letter: char) -> Label {
    let found = LABELS.iter().find(|it| it.0 == letter).expect("a letter of the list");
    Label::new(found.1).expect("it shows")
}

/// `Text with [a mark|M].`
fn parse_brackets(source: &str) -> (String, Vec<Mark>) {
    let (mut text, mut marks) = (String::new(), Vec::new());
    let mut rest = source;
    while let Some((before, bracket)) = rest.split_once('[') {
        let (inside, after) = bracket.split_once(']').expect("every bracket is closed");
        let (words, letter) = inside.rsplit_once('|').expect("every bracket names its label");
        text.push_str(before);
        let start = text.len() as u32;
        text.push_str(words);
        let label = label(letter.chars().next().expect("every bracket names its label"));
        let span = Span::new(start, text.len() as u32, label).expect("a mark holds words");
        marks.push(Mark { span, origin: Origin::Person, at_ms: MADE_MS });
        rest = after;
    }
    text.push_str(rest);
    (text, marks)
}

fn docs() -> Vec<Doc> {
    let source = fs::read_to_string("sample/nanoparticles.txt").expect("it lies beside the tests");
    let blocks = source.split("== ").filter(|it| !it.is_empty());
    blocks
        .map(|block| {
            let (head, body) = block.split_once('\n').expect("a head line and a text");
            let (text, marks) = parse_brackets(body.trim_end());
            let mut words = head.splitn(3, ' ');
            let id = words.next().expect("a head line starts with an id");
            let mut doc = Doc::new(id, text);
            doc.meta.0.insert("source".into(), json!("Nerine sample"));
            let (answer, flag) = match words.next() {
                Some("flag") => (None, words.next().map(str::to_owned)),
                word => (word.map(|it| it.parse::<Answer>().expect("a verdict")), None),
            };
            doc.annotation = Annotation { marks, answer, flag, ..Annotation::default() };
            doc
        })
        .collect()
}

fn project(docs: &[Doc]) -> ProjectRecord {
    let mut counts = Counts::default();
    for doc in docs {
        counts.add(&doc.annotation);
    }
    let define = |&(_, name, slot, code, description): &(char, &str, u8, &str, &str)| LabelDef {
        label: Label::new(name).expect("it shows"),
        slot,
        code: code.into(),
        description: description.into(),
    };
    ProjectRecord {
        id: ProjectId("sample".into()),
        name: "Nanoparticle abstracts".into(),
        created_ms: MADE_MS,
        changed_ms: MADE_MS,
        exported_ms: None,
        trashed_ms: None,
        labels: LABELS.iter().map(define).collect(),
        guidelines: GUIDELINES.into(),
        overlaps_allowed: false,
        base: "blank:en".into(),
        split: SplitRule::new(SEED, 10, 20).expect("70 % are left"),
        split_frozen: false,
        suggesting: None,
        counts,
    }
}

#[test]
fn the_sample_is_dense_and_can_be_trained_on() {
    let docs = docs();
    let project = project(&docs);
    assert!(28 <= docs.len());
    assert!(16 <= project.counts.accepted);
    assert_eq!(
        (project.counts.rejected, project.counts.ignored, project.counts.flagged),
        (1, 1, 2)
    );
    let mut sides = BTreeMap::new();
    let mut per_label = BTreeMap::new();
    for doc in &docs {
        let n_words = doc.text.split_whitespace().count();
        assert!((90..=170).contains(&n_words), "{} has {n_words} words", doc.id);
        let spans: Vec<&Span> = doc.spans().collect();
        assert!(spans.windows(2).all(|it| !it[0].overlaps(it[1])), "{} overlaps", doc.id);
        for span in &spans {
            *per_label.entry(span.label().clone()).or_insert(0) += 1;
            assert_eq!(span.text(&doc.text).trim(), span.text(&doc.text));
        }
        if doc.annotation.answer == Some(Answer::Accept) {
            assert!(20 <= spans.len(), "{} has {} marks", doc.id, spans.len());
            *sides.entry(project.split.side(&doc.id)).or_insert(0) += 1;
        }
    }
    assert!(3 <= sides[&Side::Test] && 2 <= sides[&Side::Dev] && 8 <= sides[&Side::Train]);
    assert_eq!(per_label.len(), LABELS.len());
    assert!(per_label.values().all(|n| 12 <= *n), "{per_label:?}");
}

#[test]
fn the_shipped_file_is_made_from_the_source() {
    let docs = docs();
    let project = project(&docs);
    let path = Path::new("../../public/sample/nanoparticles.nerine");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut writer = Writer::new(File::create(path).unwrap(), &project, &Map::new()).unwrap();
        for doc in &docs {
            writer.put(doc, None).unwrap();
        }
        writer.finish().unwrap();
    }
    let file = || InFile::new("nanoparticles.nerine", File::open(path).unwrap());
    let mut archive = Archive::open(file(), project.id.clone()).unwrap();
    let shipped = ProjectRecord { counts: project.counts, ..archive.project().clone() };
    assert_eq!(shipped, project, "run the test with UPDATE_EXPECT=1");
    assert_eq!(archive.take_warnings(), []);
    let shipped: Result<Vec<Doc>, _> = read(vec![file()], Options::default()).collect();
    assert_eq!(shipped.expect("no warnings"), docs, "run the test with UPDATE_EXPECT=1");
}
