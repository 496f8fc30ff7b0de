use std::collections::{BTreeMap, BTreeSet};

use annotate::{Change, Entry, Step, Suggestion};
use corpus::{
    Annotation, Answer, Doc, DocId, Label, LabelDef, Mark, Meta, Origin, Span, SplitRule, Unread,
};
use experiment::{
    Base, BaseKey, BaseKind, Division, Experiment, Look, Pool, Prediction, Queue, Record, Run,
    Snapshot, Split, Task,
};
use model::{Architecture, Array, Model};
use project::{
    BaseComponent, BaseRecord, BaseVectors, Counts, Device, DeviceChoice, DocNumber, Evaluation,
    ExperimentId, Fate, Head, ProjectId, ProjectRecord, RunId, RunRecord, RunState, SplitCounts,
    SuggestionRecord, TextMistakes, TokensRecord, TrainSettings,
};
use scorer::{ErrorKind, Mistake, Prf, Scores};

use crate::{ExperimentRecord, NewTexts, Outcome, Way};

pub(super) fn id(name: &str) -> ProjectId {
    ProjectId(name.to_owned())
}

pub(super) fn label(name: &str) -> Label {
    Label::new(name).unwrap()
}

pub(super) fn span(start: u32, end: u32) -> Span {
    Span::new(start, end, label("CHEMICAL")).unwrap()
}

pub(super) fn mark(start: u32, end: u32) -> Mark {
    Mark { span: span(start, end), origin: Origin::Model("run 1".into()), at_ms: 7 }
}

/// A project that says it has this many texts.
pub(super) fn project(name: &str, docs: u32) -> ProjectRecord {
    ProjectRecord {
        id: id(name),
        name: format!("Project {name}"),
        created_ms: 1_700_000_000_000,
        changed_ms: 1_700_000_000_001,
        exported_ms: Some(2),
        trashed_ms: None,
        labels: vec![LabelDef {
            label: label("CHEMICAL"),
            slot: 1,
            code: "CHEM".into(),
            description: "Compounds, not classes.".into(),
        }],
        guidelines: "# What to mark".into(),
        overlaps_allowed: false,
        base: "blank:en".into(),
        split: SplitRule::new(5, 20, 10).unwrap(),
        split_frozen: true,
        suggesting: Some(RunId(1)),
        counts: Counts { docs, ..Counts::default() },
    }
}

/// Text number `n`; every third is accepted with a mark.
pub(super) fn doc(n: u32) -> Doc {
    let mut doc = Doc::new(format!("doc-{n}"), format!("Zn²⁺ binds to protein {n}."));
    let meta = [("pmid".to_owned(), n.into())];
    doc.meta = Meta(meta.into_iter().collect());
    if n.is_multiple_of(3) {
        doc.annotation = accepted();
    }
    doc
}

pub(super) fn accepted() -> Annotation {
    Annotation {
        marks: vec![mark(0, 7)],
        refused: vec![span(17, 24)],
        answer: Some(Answer::Accept),
        flag: Some("check the charge".into()),
        unread: Unread::from(vec![(17, 24)]),
    }
}

pub(super) fn docs(range: std::ops::Range<u32>) -> Vec<Doc> {
    range.map(doc).collect()
}

/// What an import says about these texts.
pub(super) fn new_texts(docs: &[Doc]) -> NewTexts {
    let mut new = NewTexts { now_ms: 99, ..NewTexts::default() };
    for doc in docs {
        new.heads.push(Head::of(doc.id.clone(), &doc.text));
        new.counts.add(&doc.annotation);
    }
    new
}

pub(super) fn entry(seq: u64, doc: u32, change: Change) -> Entry {
    Entry { seq, doc, at_ms: 1_000 + seq, step: Step::Do, change }
}

pub(super) fn add(mark: Mark) -> Change {
    let answer = Some((None, Some(Answer::Reject)));
    Change { added: vec![mark], answer, ..Change::default() }
}

pub(super) fn suggestions(run: u32) -> SuggestionRecord {
    let suggestions = vec![Suggestion { span: span(0, 7), score: 0.875 }];
    SuggestionRecord { run: RunId(run), suggestions }
}

pub(super) fn tokens() -> TokensRecord {
    TokensRecord { tokens: vec![(0, 7), (8, 13)] }
}

pub(super) fn model() -> Model {
    let array = Array::new(&[2, 2], vec![0.5, -1.25, f32::MIN_POSITIVE, 3.0e8]).unwrap();
    Model {
        architecture: Architecture { name: "hash-embed-cnn+biluo".into(), version: 1 },
        base: "blank:en".into(),
        labels: vec!["CHEMICAL".into()],
        shape: BTreeMap::from([("width".to_owned(), 2)]),
        arrays: BTreeMap::from([("embed".to_owned(), array)]),
    }
}

pub(super) fn run(number: u32) -> RunRecord {
    let prf = Prf { hits: 3, predicted: 4, gold: 5 };
    let scores = Scores { micro: prf, labels: BTreeMap::from([(label("CHEMICAL"), prf)]) };
    let curve = Evaluation {
        epoch: 2,
        train_loss: 0.5,
        dev_loss: Some(0.75),
        dev_f1: Some(0.625),
        secs: 3.5,
        words_per_sec: 20_000.0,
    };
    let mistake = Mistake {
        kind: ErrorKind::WrongEdge,
        gold: Some(span(0, 7)),
        predicted: Some(span(0, 13)),
    };
    RunRecord {
        id: RunId(number),
        name: format!("run {number}"),
        started_ms: 1_700_000_000_002,
        settings: TrainSettings {
            device: DeviceChoice::Gpu,
            max_seconds: Some(600),
            ..TrainSettings::new("blank:en", vec![label("CHEMICAL")])
        },
        state: RunState::Done { why: "no better F1 in 6 looks".into() },
        device: Some((Device::Cpu, "there is no graphics card".into())),
        split: SplitCounts { train: 7, dev: 2, test: 1 },
        curve: vec![curve],
        best: Some(0),
        dev: Some(scores.clone()),
        test: Some(scores),
        mistakes: vec![TextMistakes { doc: DocNumber(3), is_test: true, mistakes: vec![mistake] }],
        secs: 3.5,
        words_per_sec: 19_000.0,
        weights_bytes: 16,
        architecture: "hash-embed-cnn+biluo 1".into(),
        experiment: None,
    }
}

pub(super) fn snapshot() -> Snapshot {
    Snapshot::freeze(&docs(0..4), &[label("CHEMICAL")], None).expect("some texts are marked")
}

pub(super) fn experiment(number: u32) -> ExperimentRecord {
    let snapshot = snapshot();
    let base = Base {
        key: BaseKey("en_tiny-1.0.0".into()),
        name: "en_tiny".into(),
        kind: BaseKind::PipelineWithNer,
        vectors: Some("20 vectors".into()),
        labels: vec![label("CHEMICAL")],
        parts: None,
        settings: Some("30 epochs".into()),
    };
    let folds = Division::Folds { n: 2, dev_percent: 0 };
    let experiment = Experiment {
        snapshot: snapshot.hash().clone(),
        split: Split::draw(&snapshot, &folds, 1).expect("there are enough texts"),
        bases: vec![base.clone()],
        seeds: vec![1, 2],
        shares: vec![50],
        settings: String::new(),
    };
    let pool = Pool { cpu_slots: 2, has_gpu: true, memory_bytes: 1 << 30 };
    let runs = experiment.runs();
    let task = |it: &Run| Task {
        run: it.key.clone(),
        base: it.base.clone(),
        on_gpu: false,
        memory_bytes: 1 << 20,
        work: f64::from(it.share),
    };
    let settings = run(1).settings;
    ExperimentRecord {
        id: ExperimentId(number),
        started_ms: 1_700_000_000_003,
        plan: runs.clone(),
        ways: BTreeMap::from([(
            base.key.clone(),
            Way { settings, architecture: RunRecord::SPACY_NER.into() },
        )]),
        unfit: vec![(BaseKey("other".into()), "It finds nothing of this.".into())],
        raw: vec![DocNumber(3)],
        queue: Queue::new(pool, runs.iter().map(task)),
        runs: BTreeMap::from([(runs[0].key.clone(), RunId(4)), (runs[1].key.clone(), RunId(5))]),
        taken: BTreeSet::from([RunId(5)]),
        blind: Vec::new(),
        experiment,
    }
}

pub(super) fn outcome() -> Outcome {
    let run = experiment(1).experiment.runs().remove(0);
    Outcome {
        record: Record {
            predictions: vec![Prediction { doc: DocId("doc-1".into()), spans: vec![span(0, 7)] }],
            n_train_docs: 2,
            looks: vec![Look { epoch: 2, dev_f1: 0.625, secs: 3.5 }],
            train_secs: 3.5,
            words_per_sec: 19_000.0,
            model_bytes: 5_000_000,
            device: "CPU".into(),
            versions: BTreeMap::from([("nerine".to_owned(), "0.1.0".to_owned())]),
            misaligned: 1,
            run,
        },
        forgetting: Vec::new(),
    }
}

pub(super) fn base(name: &str, n_parts: u32) -> BaseRecord {
    let component = |name: &str, fate| BaseComponent { name: name.to_owned(), fate };
    BaseRecord {
        name: name.to_owned(),
        package: "en_tiny".to_owned(),
        version: "1.0.0".to_owned(),
        lang: "en".to_owned(),
        description: "Small pipeline for tests.".to_owned(),
        license: "MIT".to_owned(),
        added_ms: 1_700_000_000_000,
        labels: vec!["CHEMICAL".to_owned(), "DISEASE".to_owned()],
        components: vec![
            component("tok2vec", Fate::Used),
            component("tagger", Fate::Kept { why: "does not touch entities".to_owned() }),
            component("custom", Fate::Missed { what: "It may differ.".to_owned() }),
            component("senter", Fate::Off),
        ],
        starts_sentences: true,
        vectors: Some(BaseVectors { rows: 20, width: 96, words: Some(25) }),
        n_parts,
        bytes: 5_000_000,
        hash: [7; 32],
        ner_parts: None,
    }
}
