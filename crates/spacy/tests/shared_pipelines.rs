//! Pipelines that spaCy trained, opened and written again.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Cursor, Write},
    path::Path,
};

use model::{Pipeline, Source, Step};
use spacy::pipeline::{Archive, Folder, Sink, open, save, save_wheel, save_zip};
use testkit::shared;

const NAMES: [&str; 4] = ["plain", "vectors", "extra/unshared", "extra/noupper"];

#[test]
fn files_are_written_as_they_were() {
    for name in NAMES {
        let Some(folder) = shared(&format!("spacy/pipelines/{name}")) else { return };
        check_same(&files(&open_folder(&folder)), &on_disk(&folder));
    }
}

#[test]
fn archives_hold_the_same() {
    for name in NAMES {
        let Some(folder) = shared(&format!("spacy/pipelines/{name}")) else { return };
        let pipeline = open_folder(&folder);
        for archive in [
            save_zip(&pipeline, Cursor::new(Vec::new())),
            save_wheel(&pipeline, Cursor::new(Vec::new())),
        ] {
            let archive = archive.expect("memory takes it").into_inner();
            let opened = open(&mut Archive(Cursor::new(archive)), &mut |_| ()).expect("it opens");
            assert!(opened == pipeline, "{name}");
        }
    }
}

/// Layers made from sizes alone are those that spaCy saves, but for the rate of dropout, which
/// is what the last training step left there.
#[test]
fn layers_made_from_nothing_are_spacy_s() {
    for name in NAMES {
        let Some(folder) = shared(&format!("spacy/pipelines/{name}")) else { return };
        let mut pipeline = open_folder(&folder);
        for component in &mut pipeline.components {
            match &mut component.step {
                Step::Tok2Vec(it) => it.layers.clear(),
                Step::Ner(it) => {
                    it.layers.clear();
                    if let Source::Own(it) = &mut it.source {
                        it.layers.clear();
                    }
                }
                _ => {}
            }
        }
        let mut expected = on_disk(&folder);
        for (path, bytes) in &mut expected {
            if path.ends_with("/model") {
                without_dropout(bytes);
            }
        }
        check_same(&files(&pipeline), &expected);
    }
}

/// What follows from the parts is made as spaCy makes it, where it did not come with them.
#[test]
fn files_made_from_nothing_are_spacy_s() {
    for name in NAMES {
        let Some(folder) = shared(&format!("spacy/pipelines/{name}")) else { return };
        let expected = on_disk(&folder);
        let mut pipeline = open_folder(&folder);
        pipeline.files.clear();
        let made = files(&pipeline);
        for (path, bytes) in &expected {
            let of_training = ["config.cfg", "meta.json", "vocab/strings.json"];
            if !of_training.contains(&path.as_str()) {
                assert!(made.get(path) == Some(bytes), "{name}: {path} differs");
            }
        }
        let again = open(&mut InMemory(made), &mut |_| ()).expect("it opens");
        assert_eq!(again.components.len(), pipeline.components.len());
        for (one, other) in again.components.iter().zip(&pipeline.components) {
            assert!(one == other, "{name}: {} differs", one.name);
        }
    }
}

struct InMemory(BTreeMap<String, Vec<u8>>);

impl spacy::pipeline::Source for InMemory {
    fn each(&mut self, take: &mut spacy::pipeline::Take<'_>) -> Result<(), spacy::PipelineError> {
        self.0.iter().try_for_each(|(path, bytes)| take(path, &mut bytes.as_slice()))
    }
}

fn without_dropout(bytes: &mut [u8]) {
    let rate = [&[0xcb][..], &0.1_f64.to_be_bytes()].concat();
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(rate.len()).position(|it| it == rate) {
        at += found;
        bytes[at + 1..at + 9].fill(0);
    }
}

#[track_caller]
fn check_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    let names: Vec<_> = found.keys().collect();
    assert_eq!(names, expected.keys().collect::<Vec<_>>());
    for (path, bytes) in expected {
        assert!(found[path] == *bytes, "{path} differs");
    }
}

fn open_folder(folder: &Path) -> Pipeline {
    let mut source = Folder::new(folder).expect("the folder can be read");
    open(&mut source, &mut |_| ()).expect("spaCy opens it too")
}

fn files(pipeline: &Pipeline) -> BTreeMap<String, Vec<u8>> {
    #[derive(Default)]
    struct Files(BTreeMap<String, Vec<u8>>);
    impl Sink for Files {
        fn file(&mut self, path: &str) -> io::Result<&mut dyn Write> {
            Ok(self.0.entry(path.to_owned()).or_default())
        }
    }
    let mut files = Files::default();
    save(pipeline, &mut files).expect("memory takes it");
    files.0
}

fn on_disk(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = Folder::new(folder).expect("the folder can be read").paths;
    paths.into_iter().map(|it| (it.clone(), fs::read(folder.join(it)).expect("a file"))).collect()
}
