//! Pipelines that a person brought, in memory: kept, cut with, run.

use std::io::Cursor;
use std::rc::Rc;

use corpus::{Label, Span};
use futures::executor::block_on;
use predict::Predictor;
use project::{
    BaseRecord, DocNumber, Fate, ProjectId, RunId, RunRecord, RunState, TrainSettings, to_bytes,
};
use protocol::{ImportTarget, IoReply, PipelineFile, PipelineOf, ReadOptions};
use spacy::pipeline::{self, Archive, Folder};
use storage::{Memory, Store, StoreError};
use testkit::shared;

use crate::page::Stopped;
use crate::tests::Listener;
use crate::{bases, check, import, pipeline_run};

/// Keeps a pipeline of the fixtures; none where they are absent.
fn add(store: &Memory, name: &str) -> Option<(BaseRecord, bool)> {
    let folder = shared(&format!("spacy/pipelines/{name}"))?;
    let mut source = Folder::new(&folder).expect("the folder is there");
    Some(add_from(store, &mut source))
}

fn add_zip(store: &Memory, pipeline: &model::Pipeline) -> (BaseRecord, bool) {
    let zip = pipeline::save_zip(pipeline, Cursor::new(Vec::new())).expect("memory takes it");
    add_from(store, &mut Archive(Cursor::new(zip.into_inner())))
}

fn add_from(store: &Memory, source: &mut dyn pipeline::Source) -> (BaseRecord, bool) {
    match block_on(bases::add(store, &Listener::default(), source, 0, 7)) {
        Ok(IoReply::BaseAdded { base, is_new }) => (*base, is_new),
        other => panic!("not added: {other:?}"),
    }
}

/// The same pipeline, as the library opens it.
fn opened(name: &str) -> model::Pipeline {
    let folder = shared(&format!("spacy/pipelines/{name}")).expect("it was there before");
    let mut source = Folder::new(&folder).expect("the folder is there");
    pipeline::open(&mut source, &mut |_| ()).expect("it is whole")
}

#[test]
fn a_pipeline_is_kept_once_and_told_from_another_of_its_name() {
    let store = Memory::new();
    let Some((base, is_new)) = add(&store, "vectors") else { return };
    assert!(is_new);
    assert_eq!(add(&store, "vectors"), Some((base.clone(), false)));
    assert_eq!(block_on(store.bases()), Ok(vec![base.clone()]));
    assert!(base.finds_entities() && base.vectors.is_some_and(|it| it.rows != 0));
    assert!(base.components.iter().all(|it| it.fate == Fate::Used), "{:?}", base.components);

    // The very same as an archive.
    assert_eq!(add_zip(&store, &opened("vectors")), (base.clone(), false));
    // Another pipeline that calls itself the same.
    let mut other = opened("vectors");
    other.files.insert("README.md".to_owned(), b"another".to_vec());
    let (second, is_new) = add_zip(&store, &other);
    assert!(is_new);
    assert_eq!(second.name, format!("{} (2)", base.name));
}

#[test]
fn what_is_written_is_what_came() {
    let golden = std::fs::read("../predict/tests/golden/parser_before_ner.zip");
    let golden = golden.expect("it is part of the project");
    let store = Memory::new();
    let page = Listener::default();
    let (base, _) = add_from(&store, &mut Archive(Cursor::new(golden)));
    for (form, ending) in [(PipelineFile::Zip, "zip"), (PipelineFile::Wheel, "whl")] {
        let which = PipelineOf::Base(base.name.clone());
        let packed = block_on(bases::pack(&store, &page, &which, form, Vec::new()));
        let (bytes, name) = packed.expect("memory takes it");
        assert!(name.starts_with(&base.package) && name.ends_with(ending), "{name}");
        assert_eq!(add_from(&store, &mut Archive(Cursor::new(bytes))), (base.clone(), false));
    }
    let which = PipelineOf::Base(base.name.clone());
    let form = PipelineFile::Safetensors;
    let packed = block_on(bases::pack(&store, &page, &which, form, Vec::new()));
    let (bytes, name) = packed.expect("memory takes it");
    assert!(name.ends_with(".safetensors"), "{name}");
    let head = pipeline::Head::read(bytes.as_slice()).expect("it is one");
    assert!(head.arrays.iter().any(|it| it.name.starts_with("ner.")), "{head:?}");
    let gone = PipelineOf::Base("gone".to_owned());
    let gone = block_on(bases::pack(&store, &page, &gone, PipelineFile::Zip, Vec::new()));
    assert!(matches!(gone, Err(Stopped::Failed { .. })));
}

#[test]
fn word_vectors_become_a_base_to_train_on() {
    let (store, page) = (Memory::new(), Listener::default());
    let add = |text: &str, file: &str| {
        let input = &mut Cursor::new(text.as_bytes());
        block_on(bases::add_vectors(&store, &page, input, file, 7))
    };
    let added = add("gold 1 2\nzinc 3 4\nsilver 5 6\n", "Bio-words.50d.vec");
    let Ok(IoReply::BaseAdded { base, is_new: true }) = added else { panic!("{added:?}") };
    assert_eq!(base.name, "en_bio_words_50d-0.0.0");
    let vectors = base.vectors.expect("it has some");
    assert_eq!((vectors.rows, vectors.width, vectors.words), (3, 2, Some(3)));
    assert!(!base.finds_entities());
    let tokenizer = block_on(bases::tokenizer(&store, &base.name)).expect("it is there");
    let n = |it: &tokenizer::Tokenizer| it.tokenize("Don't, please.").len();
    assert_eq!(n(&tokenizer), n(&tokenizer::Tokenizer::new(tokenizer::Base::BlankEn)));
    let broken = add("gold 1 2\nzinc 3\n", "broken.txt");
    let Err(Stopped::Failed { why }) = broken else { panic!("{broken:?}") };
    assert!(why.starts_with("Line 2 of the word vectors"), "{why}");
    let files =
        [("a.vec", true), ("cc.en.300.vec.gz", true), ("en.zip", false), ("p.tar.gz", false)];
    for (file, is) in files {
        assert_eq!(bases::is_vectors(file), is, "{file}");
    }
}

#[test]
fn what_is_no_pipeline_leaves_nothing() {
    let store = Memory::new();
    let mut source = Archive(Cursor::new(b"no archive at all".to_vec()));
    let added = block_on(bases::add(&store, &Listener::default(), &mut source, 0, 7));
    let Err(Stopped::Failed { why }) = added else { panic!("{added:?}") };
    assert!(why.starts_with("The archive cannot be read"), "{why}");

    let Some(folder) = shared("spacy/pipelines/plain") else { return };
    let mut source = Folder::new(&folder).expect("the folder is there");
    let page = Listener::default();
    page.is_cancelled.set(true);
    let added = block_on(bases::add(&store, &page, &mut source, 0, 7));
    assert_eq!(added.err(), Some(Stopped::Cancelled));
    assert_eq!(block_on(store.bases()), Ok(Vec::new()));
    let gone = bases::tokenizer(&store, "en_plain-0.0.0");
    let missing = StoreError::Missing { what: "the base en_plain-0.0.0".to_owned() };
    assert_eq!(block_on(gone).err(), Some(Stopped::from(missing)));
}

#[test]
fn a_kept_pipeline_cuts_and_finds_as_the_one_that_came() {
    for name in ["plain", "vectors", "extra/unshared", "extra/noupper"] {
        let store = Memory::new();
        let Some((base, _)) = add(&store, name) else { return };
        let text = "Cisplatin-loaded AuNPs (20 nm) reduced tumours in mice; Dr. Smith saw it.";
        let fresh = Predictor::new(opened(name)).expect("it is whole");
        let expected = fresh.predict(&[text]).expect("the text is short").remove(0);
        let page = Listener::default();
        let kept = block_on(bases::predictor(&store, &page, &project(), &run_of(&base)));
        let kept = kept.expect("it is whole");
        let found = kept.predict(&[text]).expect("the text is short").remove(0);
        assert_eq!(found.entities, expected.entities, "{name}");
        let tokenizer = block_on(bases::tokenizer(&store, &base.name)).expect("it is there");
        let cutter = bases::cutter(&store, &page, &base.name, Rc::new(tokenizer));
        let cut = block_on(cutter).expect("it is there").cut(text).expect("it is short");
        let wanted: Vec<_> = expected.tokens.iter().map(|it| (it.start, it.end)).collect();
        assert_eq!(cut.bounds, wanted, "{name}");
    }
}

#[test]
fn a_pipeline_that_lost_its_bytes_is_found() {
    let store = Memory::new();
    let Some((base, _)) = add(&store, "plain") else { return };
    let check = || match block_on(check::check(&store, &Listener::default(), 9)) {
        Ok(IoReply::Checked(found)) => found.damage,
        other => panic!("{other:?}"),
    };
    assert!(check().is_empty());
    block_on(store.stage_base("other", 0, b"not what was added")).unwrap();
    let other = BaseRecord { name: "other".to_owned(), n_parts: 1, ..base };
    block_on(store.adopt_base(&other)).unwrap();
    assert_eq!(check(), ["The base other is not what was added."]);
}

#[test]
fn a_pipeline_with_a_parser_cuts_sentences_as_spacy_does() {
    let golden = |file: &str| std::fs::read(format!("../predict/tests/golden/{file}"));
    let zip = golden("parser_before_ner.zip").expect("it is part of the project");
    let lines = golden("parser_before_ner.jsonl").expect("it is part of the project");
    let store = Memory::new();
    let (base, _) = add_from(&store, &mut Archive(Cursor::new(zip)));
    assert!(base.starts_sentences);
    let tokenizer = Rc::new(block_on(bases::tokenizer(&store, &base.name)).unwrap());
    let page = Listener::default();
    let cutter = block_on(bases::cutter(&store, &page, &base.name, tokenizer)).unwrap();
    let mut n_cut = 0;
    for line in String::from_utf8(lines).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let cut = cutter.cut(line["text"].as_str().unwrap()).unwrap();
        assert_eq!(serde_json::json!(cut.sentence_starts), line["sents"], "{line}");
        n_cut += cut.sentence_starts.len();
    }
    assert!(0 < n_cut);
}

fn project() -> ProjectId {
    ProjectId("p".to_owned())
}

/// A run of a pipeline as it came.
fn run_of(base: &BaseRecord) -> RunRecord {
    let labels = base.labels.iter().filter_map(|it| Label::new(it).ok()).collect();
    let settings = TrainSettings::new(&base.name, labels);
    RunRecord {
        state: RunState::Done { why: RunRecord::NOTHING_TRAINED.to_owned() },
        architecture: RunRecord::AS_IT_CAME.to_owned(),
        ..RunRecord::new(RunId(1), base.package.clone(), 0, settings)
    }
}

/// Keeps these texts as a project.
fn import(store: &Memory, lines: &[serde_json::Value]) {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let bytes = lines.join("\n").into_bytes();
    let open = move || vec![formats::InFile::new("a.jsonl", Cursor::new(bytes.clone()))];
    let target = ImportTarget::New { id: project(), name: "Trial".to_owned() };
    let page = Listener::default();
    block_on(import::import(store, &page, &open, &ReadOptions::default(), target, 7)).unwrap();
}

#[test]
fn a_trained_run_suggests_and_is_given_away_as_a_pipeline() {
    let golden = std::fs::read("../predict/tests/golden/parser_before_ner.zip");
    let golden = golden.expect("it is part of the project");
    let whole = pipeline::open(&mut Archive(Cursor::new(golden.clone())), &mut |_| ()).unwrap();
    let texts: Vec<String> = (0..9)
        .map(|n| format!("Patient {n} took aspirin and cisplatin in Boston, and had a fever."))
        .collect();
    let lines: Vec<_> = texts.iter().map(|it| serde_json::json!({"text": it})).collect();
    let (store, page) = (Memory::new(), Listener::default());
    import(&store, &lines);
    // What was trained finds the same, only calls it otherwise.
    let (base, _) = add_from(&store, &mut Archive(Cursor::new(golden)));
    let mut trained = whole.clone();
    let ner = trained.trained_ner_mut().expect("it has one");
    for (label, _) in ner.moves.0.values_mut().flatten().filter(|it| !it.0.is_empty()) {
        label.insert_str(0, "My");
    }
    let labels: Vec<Label> =
        ner.moves.labels().iter().map(|it| Label::new(it).expect("a label")).collect();
    let model = trained.to_model(&base.name, model::Keeps::All).expect("it has an ner");
    let mut scores = scorer::Scores::default();
    scores.add([&Span::new(0, 1, labels[0].clone()).unwrap()], &[]);
    let run = RunRecord {
        architecture: RunRecord::SPACY_NER.to_owned(),
        test: Some(scores),
        ..RunRecord::new(
            RunId(1),
            "My run – 3".to_owned(),
            0,
            TrainSettings::new(&base.name, labels),
        )
    };
    block_on(store.put_run(&project(), &run)).unwrap();
    let early = block_on(pipeline_run::run(&store, &page, &project(), RunId(1), true));
    assert!(matches!(early, Err(Stopped::Failed { why }) if why.contains("has no model")));
    block_on(store.put_weights(&project(), RunId(1), &to_bytes(&model))).unwrap();

    let reply = block_on(pipeline_run::run(&store, &page, &project(), RunId(1), false)).unwrap();
    let found = |pipeline: model::Pipeline| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let parsed = Predictor::new(pipeline).unwrap().predict(&texts).unwrap();
        let entity = |it: &predict::Entity| (it.start, it.end, it.label.to_string());
        parsed
            .iter()
            .map(|it| it.entities.iter().map(entity).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let wanted = found(trained);
    let n_found = wanted.iter().map(Vec::len).sum::<usize>();
    assert!(0 < n_found && wanted != found(whole));
    let IoReply::Suggested { docs, spans, .. } = reply else { panic!("{reply:?}") };
    assert_eq!((docs, spans as usize), (9, n_found));
    assert_eq!(block_on(store.run(&project(), RunId(1))).unwrap(), run, "scores stay");

    let which = PipelineOf::Run(project(), RunId(1));
    let packed = block_on(bases::pack(&store, &page, &which, PipelineFile::Zip, Vec::new()));
    let (bytes, name) = packed.expect("memory takes it");
    assert!(name.starts_with("en_my_run_3-"), "{name}");
    let given = pipeline::open(&mut Archive(Cursor::new(bytes)), &mut |_| ()).unwrap();
    let meta: serde_json::Value = serde_json::from_slice(&given.files["meta.json"]).unwrap();
    assert_eq!(meta["nerine"]["base"], base.name);
    assert_eq!(meta["performance"]["ents_f"], 0.0);
    assert_eq!(found(given), wanted);
}

#[test]
fn a_pipeline_is_scored_on_what_was_accepted_and_suggests_for_the_rest() {
    let store = Memory::new();
    let Some((base, _)) = add(&store, "plain") else { return };
    let predictor = Predictor::new(opened("plain")).expect("it is whole");
    let text =
        |n: u32| format!("Patient {n} took aspirin and cisplatin in Boston, and had a fever.");
    let spans_of = |text: &str| -> Vec<(u32, u32, String)> {
        let parsed = predictor.predict(&[text]).expect("it is short").remove(0);
        parsed.entities.iter().map(|it| (it.start, it.end, it.label.to_string())).collect()
    };
    // Forty texts that are accepted with just what the pipeline finds, and ten that are to do.
    let line = |n: u32| {
        let text = text(n);
        let spans: Vec<_> = spans_of(&text)
            .iter()
            .map(|(start, end, label)| serde_json::json!({"start": start, "end": end, "label": label}))
            .collect();
        match n < 40 {
            true => serde_json::json!({"text": text, "spans": spans, "answer": "accept"}),
            false => serde_json::json!({"text": text}),
        }
    };
    let (id, page) = (project(), Listener::default());
    import(&store, &(0..50).map(line).collect::<Vec<_>>());
    block_on(store.put_run(&id, &run_of(&base))).unwrap();

    let reply = block_on(pipeline_run::run(&store, &page, &id, RunId(1), true)).unwrap();
    let n_found: usize = (40..50).map(|n| spans_of(&text(n)).len()).sum();
    let IoReply::Suggested { docs, spans, .. } = reply else { panic!("{reply:?}") };
    assert_eq!((docs, spans as usize), (10, n_found));
    let suggested = block_on(store.suggestions(&id, DocNumber(0), 100)).unwrap();
    assert_eq!(suggested.len(), 10);
    for (doc, record) in suggested {
        let text = text(doc.0);
        let of = |span: &Span| (span.start(), span.end(), span.label().to_string());
        let found: Vec<_> = record.suggestions.iter().map(|it| of(&it.span)).collect();
        assert_eq!(found, spans_of(&text));
    }
    let run = block_on(store.run(&id, RunId(1))).unwrap();
    let n_scored = run.split.dev + run.split.test;
    assert_eq!(run.split.train + n_scored, 40);
    // What it finds itself is right, as far as there is any.
    let n_marks: u32 =
        [&run.dev, &run.test].iter().filter_map(|it| it.as_ref()).map(|it| it.micro.hits).sum();
    assert_eq!(run.mistakes, []);
    assert!(n_scored == 0 || 0 < n_marks || n_found == 0);
}

#[test]
fn labels_of_a_pipeline_mean_those_of_the_project_and_a_text_too_long_is_left_out() {
    let store = Memory::new();
    let Some((base, _)) = add(&store, "plain") else { return };
    let predictor = Predictor::new(opened("plain")).expect("it is whole");
    let text = "Patients took aspirin and cisplatin in Boston, and had a fever.";
    let found = predictor.predict(&[text]).expect("it is short").remove(0).entities;
    let label = found[0].label.to_string();
    let other = label.to_lowercase();
    let (id, page) = (project(), Listener::default());
    let marked = serde_json::json!({
        "text": "My own.", "spans": [{"start": 0, "end": 2, "label": other}],
        "answer": "accept",
    });
    let long = serde_json::json!({"text": "é".repeat(1_000_001)});
    import(&store, &[marked, serde_json::json!({"text": text}), long]);
    block_on(store.put_run(&id, &run_of(&base))).unwrap();

    let reply = block_on(pipeline_run::run(&store, &page, &id, RunId(1), true)).unwrap();
    let IoReply::Suggested { docs, spans, said } = reply else { panic!("{reply:?}") };
    assert_eq!((docs, spans as usize), (1, found.len()));
    assert!(said.contains(&format!("{label} comes as {other}")), "{said}");
    assert!(said.contains("One text was left out"), "{said}");
    let suggested = block_on(store.suggestions(&id, DocNumber(0), 100)).unwrap();
    let labels = suggested.iter().flat_map(|it| &it.1.suggestions).map(|it| it.span.label());
    assert!(labels.clone().any(|it| it.as_str() == other));
    assert!(labels.clone().all(|it| it.as_str() != label));
}
