//! The bytes of every kind of record, as version 3 writes them, and those of the versions before. A change here
//! changes what is on people's disks: it needs a new version of records, which still reads the old
//! bytes.

use std::fmt::{Debug, Write};

use annotate::{Change, Entry, Step};
use corpus::{Annotation, Answer, Unread};
use project::{AnnotationRecord, ExperimentId, Head, RunState, TextRecord, from_bytes, to_bytes};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::sample;

const VERSION_1: &str = include_str!("../../tests/golden/version_1.txt");
const VERSION_2: &str = include_str!("../../tests/golden/version_2.txt");
const VERSION_3: &str = include_str!("../../tests/golden/version_3.txt");

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn records_of_all_versions_are_read() {
    let doc = sample::doc(3);
    let text = TextRecord { id: doc.id.clone(), text: doc.text.clone(), meta: doc.meta.clone() };
    let open = AnnotationRecord { revision: 0, annotation: Annotation::default() };
    let decided = AnnotationRecord { revision: 70_000, annotation: sample::accepted() };
    let head = Head::of(doc.id.clone(), &doc.text);
    let change = Change {
        removed: vec![sample::mark(0, 7)],
        unrefused: vec![sample::span(17, 24)],
        refused: vec![sample::span(8, 13)],
        flag: Some((Some("?".into()), None)),
        unread: Some((Unread::default(), Unread::from(vec![(3, 9)]))),
        ..sample::add(sample::mark(0, 13))
    };
    let answer = Some((Some(Answer::Accept), Some(Answer::Ignore)));
    let undo = Entry {
        step: Step::Undo(3),
        ..sample::entry(300, 4, Change { answer, ..Change::default() })
    };
    let redo = Entry { step: Step::Redo(3), ..undo.clone() };
    let training = project::RunRecord {
        state: RunState::Training,
        device: None,
        dev: None,
        test: None,
        ..sample::run(2)
    };
    let failed = RunState::Failed { why: "the disk is full".into() };

    let mut written = String::new();
    check(&mut written, "project", &sample::project("a", 12));
    check(&mut written, "text", &text);
    check(&mut written, "heads", &vec![head.clone(), head]);
    check(&mut written, "annotation, open", &open);
    check(&mut written, "annotation, decided", &decided);
    check(&mut written, "journal, do", &sample::entry(0, 3, change.clone()));
    check(&mut written, "journal, undo", &undo);
    check(&mut written, "journal, redo", &redo);
    check(&mut written, "tokens", &sample::tokens());
    check(&mut written, "suggestions", &sample::suggestions(1));
    check(&mut written, "run, done", &sample::run(1));
    check(&mut written, "run, training", &training);
    check(&mut written, "run, failed", &project::RunRecord { state: failed, ..training.clone() });
    check(&mut written, "weights", &sample::model());
    check(&mut written, "base", &sample::base("en_tiny-1.0.0", 3));
    check(&mut written, "experiment", &sample::experiment(2));
    check(&mut written, "snapshot", &sample::snapshot());
    check(&mut written, "outcome", &sample::outcome());
    let part = project::RunRecord { experiment: Some(ExperimentId(2)), ..sample::run(1) };
    check(&mut written, "run of an experiment", &part);

    // What version 1 could not say.
    let annotation = Annotation { unread: Unread::default(), ..sample::accepted() };
    read(VERSION_1, "annotation, decided", &AnnotationRecord { annotation, ..decided });
    read(VERSION_1, "journal, do", &sample::entry(0, 3, Change { unread: None, ..change }));

    #[cfg(not(target_arch = "wasm32"))]
    expect_test::expect_file!["../../tests/golden/version_3.txt"].assert_eq(&written);
    #[cfg(target_arch = "wasm32")]
    assert_eq!(written, VERSION_3);
}

/// Kinds of records that say more than version 1 could.
const NEW_IN_2: [&str; 2] = ["annotation, decided", "journal, do"];

/// Those that say more than version 2 could.
const NEW_IN_3: [&str; 4] = ["experiment", "snapshot", "outcome", "run of an experiment"];

/// Adds the bytes of a record, and reads those that are on people's disks.
#[track_caller]
fn check<R>(written: &mut String, kind: &str, record: &R)
where
    R: Serialize + DeserializeOwned + PartialEq + Debug,
{
    write!(written, "{kind}: ").unwrap();
    for byte in to_bytes(record) {
        write!(written, "{byte:02x}").unwrap();
    }
    written.push('\n');
    if cfg!(not(target_arch = "wasm32")) && std::env::var_os("UPDATE_EXPECT").is_some() {
        return;
    }
    read(VERSION_3, kind, record);
    if NEW_IN_3.contains(&kind) {
        return;
    }
    read(VERSION_2, kind, record);
    if !NEW_IN_2.contains(&kind) {
        read(VERSION_1, kind, record);
    }
}

/// Reads what lies on people's disks.
#[track_caller]
fn read<R: DeserializeOwned + PartialEq + Debug>(version: &str, kind: &str, record: &R) {
    let on_disk = version
        .lines()
        .find_map(|line| line.strip_prefix(kind)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("there is no {kind:?}"));
    let bytes: Vec<u8> = (0..on_disk.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&on_disk[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(from_bytes::<R>(&bytes).as_ref(), Ok(record), "{kind}");
}
