//! Experiments as spaCy projects, from what is stored to what spaCy makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use corpus::{Annotation, Answer, Doc, Label, Mark, Origin, Span};
use experiment::{
    Base, BaseKey, BaseKind, Division, Experiment, Pool, Queue, Record, Snapshot, Split, Task,
};
use futures::executor::block_on;
use project::{DocNumber, ExperimentId, ProjectId, RunId, RunRecord, RunState, TrainSettings};
use protocol::{ExportFormat, ExportOptions, ImportTarget, IoReply, ReadOptions, Which};
use spacy::DocBin;
use spacy::pipeline::Archive;
use storage::{ExperimentRecord, Memory, Outcome, Store, Way};
use tokenizer::Tokenizer;

use crate::page::Stopped;
use crate::spacy_project;
use crate::tests::Listener;
use crate::{bases, check, export, import};

const ID: ExperimentId = ExperimentId(1);

fn project() -> ProjectId {
    ProjectId("p".to_owned())
}

/// Texts with a drug each.
fn docs() -> Vec<Doc> {
    let drugs = ["aspirin", "cisplatin", "zinc oxide", "gold"];
    let doc = |n: usize| {
        let drug = drugs[n % drugs.len()];
        let text = format!("Patient {n} took {drug} in Boston.");
        let start = text.find(drug).expect("it is in there") as u32;
        let span = Span::new(start, start + drug.len() as u32, label()).expect("it has a length");
        let annotation = Annotation {
            marks: vec![Mark { span, origin: Origin::Person, at_ms: 0 }],
            answer: Some(Answer::Accept),
            ..Annotation::default()
        };
        Doc { annotation, ..Doc::new(format!("d{n}"), text) }
    };
    (0..40).map(doc).collect()
}

fn label() -> Label {
    Label::new("Drug").expect("a label")
}

/// A store with a small pipeline, whose name is given back.
fn store() -> (Memory, String) {
    let golden = fs::read("../predict/tests/golden/parser_before_ner.zip");
    let golden = golden.expect("it is part of the project");
    let (store, page) = (Memory::new(), Listener::default());
    let open = || vec![formats::InFile::new("a.txt", Cursor::new(b"A text.".to_vec()))];
    let target = ImportTarget::New { id: project(), name: "Drugs & more".to_owned() };
    block_on(import::import(&store, &page, &open, &ReadOptions::default(), target, 7)).unwrap();
    let source = &mut Archive(Cursor::new(golden));
    match block_on(bases::add(&store, &page, source, 0, 7)) {
        Ok(IoReply::BaseAdded { base, .. }) => (store, base.name),
        other => panic!("not added: {other:?}"),
    }
}

/// Keeps an experiment with these bases: what each is called, its pipeline, and its architecture.
fn keep(store: &Memory, bases: &[(&str, &str, &str)], division: &Division, epochs: u32) {
    let snapshot = Snapshot::freeze(&docs(), &[label()], None).expect("there are enough texts");
    let base = |(name, _, architecture): &(&str, &str, &str)| Base {
        key: BaseKey((*name).to_owned()),
        name: (*name).to_owned(),
        kind: match *architecture {
            RunRecord::AS_IT_CAME => BaseKind::AsItCame,
            _ => BaseKind::PipelineWithNer,
        },
        vectors: None,
        labels: Vec::new(),
        parts: None,
        settings: None,
    };
    let experiment = Experiment {
        snapshot: snapshot.hash().clone(),
        split: Split::draw(&snapshot, division, 1).expect("there are enough texts"),
        bases: bases.iter().map(base).collect(),
        seeds: vec![3],
        shares: vec![50],
        settings: String::new(),
    };
    let way = |(name, base, architecture): &(&str, &str, &str)| {
        let settings = TrainSettings {
            epochs,
            max_seconds: Some(60),
            ..TrainSettings::spacy(base, vec![label()])
        };
        let way = Way { settings, architecture: (*architecture).to_owned() };
        (BaseKey((*name).to_owned()), way)
    };
    let unfit = (BaseKey("unfit".to_owned()), "it finds none of the labels".to_owned());
    let pool = Pool { cpu_slots: 1, has_gpu: false, memory_bytes: 1 };
    let record = ExperimentRecord {
        id: ID,
        started_ms: 5,
        plan: experiment.runs(),
        ways: bases.iter().map(way).collect(),
        unfit: vec![unfit],
        raw: vec![DocNumber(0)],
        queue: Queue::new(pool, Vec::<Task>::new()),
        runs: BTreeMap::new(),
        taken: BTreeSet::new(),
        blind: Vec::new(),
        experiment,
    };
    block_on(store.put_experiment(&project(), &record, Some(&snapshot))).unwrap();
}

/// The files of the project, by path.
fn packed(store: &Memory) -> BTreeMap<String, Vec<u8>> {
    let page = Listener::default();
    let done = block_on(spacy_project::pack(store, &page, &project(), ID, Vec::new()));
    let (bytes, name) = done.expect("memory takes it");
    assert_eq!(name, "drugs-more-spacy-project.zip");
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is a zip");
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("it is there");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it is whole");
        let path = file.name().strip_prefix("drugs-more-spacy-project/");
        files.insert(path.expect("all lies in one folder").to_owned(), bytes);
    }
    files
}

fn text<'f>(files: &'f BTreeMap<String, Vec<u8>>, path: &str) -> &'f str {
    let bytes = files.get(path).unwrap_or_else(|| panic!("{path} in {:?}", files.keys()));
    std::str::from_utf8(bytes).expect("it is text")
}

#[test]
fn an_experiment_is_written_as_a_spacy_project() {
    let (store, brought) = store();
    let bases = [
        ("nerine", "blank:en", RunRecord::NERINE),
        ("blank:en", "blank:en", RunRecord::SPACY_NER),
        ("further", &brought, RunRecord::SPACY_NER),
        ("frozen", &brought, RunRecord::SPACY_NER_FROZEN),
        ("from tokens", &brought, RunRecord::SPACY_NER_FROM_TOKENS),
        ("replay", &brought, RunRecord::SPACY_NER_REPLAY),
        ("rehearsal", &brought, RunRecord::SPACY_NER_REHEARSAL),
        ("as it came", &brought, RunRecord::AS_IT_CAME),
        ("unfit", &brought, RunRecord::AS_IT_CAME),
        ("gone", "en_gone-1", RunRecord::SPACY_NER),
        ("chinese", "blank:zh", RunRecord::SPACY_NER),
    ];
    keep(&store, &bases, &Division::Folds { n: 2, dev_percent: 20 }, 7);
    let files = packed(&store);

    let readme = text(&files, "README.md");
    assert!(readme.starts_with("# Drugs & more: bases compared"), "{readme}");
    for line in [
        "- from tokens (`bases/from-tokens`)",
        "- nerine: it is Nerine's own learner",
        "- replay: it also learns what it finds itself in the texts",
        "- rehearsal: its scores are held to what they were, and spacy train does not rehearse",
        "- unfit: it finds none of the labels",
        "- chinese: its tokens follow no rules that spaCy's files hold",
        "- gone: its pipeline was removed from Nerine",
        "ended by the clock, too",
        "spelled as in these texts",
    ] {
        assert!(readme.contains(line), "{line}: {readme}");
    }
    let config = text(&files, "configs/further.cfg");
    for line in [
        "max_epochs = 7",
        "max_steps = 20000",
        "learn_rate = 0.001",
        "patience = 1600",
        "use_averages = true",
    ] {
        assert!(config.contains(&format!("\n{line}\n")), "{line}: {config}");
    }
    assert!(!files.contains_key("configs/as-it-came.cfg"));
    assert!(files.contains_key("bases/as-it-came/meta.json"));
    assert!(!files.contains_key("bases/blank-en/ner/model"), "it starts from nothing");
    let moves = String::from_utf8_lossy(&files["bases/further/ner/moves"]);
    assert!(moves.contains("Drug"), "spaCy learns only what ner knows");

    let runs: serde_json::Value = serde_json::from_str(text(&files, "runs.json")).unwrap();
    let runs: Vec<&str> =
        runs.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    // Two parts and two shares of each base that learns.
    assert_eq!(runs.iter().filter(|it| it.starts_with("further-")).count(), 4);
    assert_eq!(runs.iter().filter(|it| it.starts_with("as-it-came-")).count(), 2);
    let n_docs = |side: &str| {
        let bytes = &files[&format!("corpus/part-1/{side}.spacy")];
        DocBin::read(bytes.as_slice()).expect("it is one").len()
    };
    assert_eq!((n_docs("train-100"), n_docs("train-50")), (16, 8));
    assert_eq!((n_docs("dev"), n_docs("scored")), (4, 20));
}

#[test]
fn an_experiment_that_is_not_there_or_was_given_up_is_no_project() {
    let (store, _) = store();
    let page = Listener::default();
    let pack = || block_on(spacy_project::pack(&store, &page, &project(), ID, Vec::new()));
    assert!(matches!(pack(), Err(Stopped::Failed { .. })));
    let bases = [("blank:en", "blank:en", RunRecord::SPACY_NER)];
    keep(&store, &bases, &Division::Shares { dev_percent: 10, test_percent: 20 }, 1);
    page.is_cancelled.set(true);
    assert_eq!(pack().err(), Some(Stopped::Cancelled));
}

#[test]
fn spacy_trains_what_was_written() {
    let Some(python) = testkit::python(&["spacy", "weasel"]) else { return };
    let (store, brought) = store();
    let bases = [
        ("blank:en", "blank:en", RunRecord::SPACY_NER),
        ("further", &brought, RunRecord::SPACY_NER),
        ("frozen", &brought, RunRecord::SPACY_NER_FROZEN),
        ("as it came", &brought, RunRecord::AS_IT_CAME),
    ];
    keep(&store, &bases, &Division::Shares { dev_percent: 10, test_percent: 20 }, 2);
    let folder = env::temp_dir().join(format!("nerine-spacy-project-{}", std::process::id()));
    run_all(&folder, &packed(&store), &python);
    let table = fs::read(folder.join("metrics/table.json")).expect("it was written");
    let table: serde_json::Value = serde_json::from_slice(&table).unwrap();
    let rows = table.as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|it| it["base"].as_str().unwrap()).collect();
    assert!(names.iter().all(|it| bases.iter().any(|base| base.0 == *it)), "{table}");
    assert!(rows.iter().all(|it| it["ents_f"].is_number()), "{table}");
    drop(fs::remove_dir_all(folder));
}

/// Unpacks a project and has spaCy do all of its runs.
fn run_all(folder: &Path, files: &BTreeMap<String, Vec<u8>>, python: &Path) {
    drop(fs::remove_dir_all(folder));
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).unwrap();
        fs::write(path, bytes).unwrap();
    }
    // The commands of the project say "python".
    let bin = python.parent().expect("it is in a folder").display();
    let path = format!("{bin}:{}", env::var("PATH").unwrap_or_default());
    let ran = Command::new(python)
        .args(["-m", "spacy", "project", "run", "all"])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

#[test]
fn a_comparison_comes_back_from_a_project_file() {
    let (store, _) = store();
    let bases = [("blank:en", "blank:en", RunRecord::SPACY_NER)];
    keep(&store, &bases, &Division::Folds { n: 2, dev_percent: 20 }, 1);
    let (new, number) = (ProjectId("q".to_owned()), RunId(4));
    block_on(async {
        let mut record = store.experiment(&project(), ID).await.unwrap();
        let run = record.plan[0].clone();
        record.runs.insert(run.key.clone(), number);
        store.put_experiment(&project(), &record, None).await.unwrap();
        let settings = TrainSettings::spacy("blank:en", vec![label()]);
        let of_run = RunRecord {
            experiment: Some(ID),
            state: RunState::Done { why: "All steps are done.".to_owned() },
            ..RunRecord::new(number, "blank:en · seed 3".to_owned(), 5, settings)
        };
        store.put_run(&project(), &of_run).await.unwrap();
        let outcome = Outcome {
            record: Record {
                predictions: Vec::new(),
                n_train_docs: 8,
                looks: Vec::new(),
                train_secs: 1.5,
                words_per_sec: 9.0,
                model_bytes: 7,
                device: "CPU".to_owned(),
                versions: BTreeMap::new(),
                misaligned: 0,
                run,
            },
            forgetting: Vec::new(),
        };
        store.put_outcome(&project(), number, &outcome).await.unwrap();

        let page = Listener::default();
        let options = ExportOptions {
            format: ExportFormat::Nerine,
            which: Which::All,
            base: "blank:en".to_owned(),
            history: true,
        };
        let tokens = Rc::new(Tokenizer::new(tokenizer::Base::BlankEn));
        let old = project();
        let saved = export::export(&store, &page, &old, &options, &tokens, 9, Vec::new());
        let (bytes, _) = saved.await.unwrap();
        let open = || vec![formats::InFile::new("drugs.nerine", Cursor::new(bytes.clone()))];
        let target = ImportTarget::New { id: new.clone(), name: String::new() };
        import::import(&store, &page, &open, &ReadOptions::default(), target, 7).await.unwrap();
        assert_eq!(store.experiments(&new).await, Ok(vec![record]));
        assert_eq!(store.snapshot(&new, ID).await, store.snapshot(&project(), ID).await);
        assert_eq!(store.outcome(&new, number).await, Ok(Some(outcome)));
        assert_eq!(store.run(&new, number).await, Ok(of_run));

        // Runs on a part of the texts keep no model, and nothing is damaged.
        match check::check(&store, &page, 5).await {
            Ok(IoReply::Checked(found)) => assert_eq!(found.damage, [""; 0]),
            other => panic!("{other:?}"),
        }
    });
}
