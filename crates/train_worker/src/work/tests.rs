use std::cell::RefCell;

use corpus::{Annotation, Answer, Doc, Label, Mark, Origin, Span, SplitRule, palette};
use futures::executor::block_on;
use project::{
    Counts, DeviceChoice, DocNumber, Head, ProjectId, ProjectRecord, RunId, RunRecord, RunState,
    SplitCounts, TrainSettings,
};
use storage::{Memory, NewTexts, Store};

use super::*;

/// A page that only listens, and may want to stop after some replies.
#[derive(Default)]
struct Listener {
    heard: RefCell<Vec<TrainReply>>,
    stops_after_looks: Option<usize>,
}

impl Page for Listener {
    fn send(&self, reply: TrainReply) {
        self.heard.borrow_mut().push(reply);
    }

    fn wants_stop(&self) -> bool {
        let looks = |it: &&TrainReply| matches!(it, TrainReply::Evaluated(_));
        let n = self.heard.borrow().iter().filter(looks).count();
        self.stops_after_looks.is_some_and(|it| it <= n)
    }

    async fn turn(&self) {}
}

fn project() -> ProjectId {
    ProjectId("p".to_owned())
}

/// Texts that name a particle, all accepted but the last three.
fn store(n: u32) -> Memory {
    let label = Label::new("particle").unwrap();
    let store = Memory::default();
    let record = ProjectRecord {
        id: project(),
        name: "Particles".to_owned(),
        created_ms: 0,
        changed_ms: 0,
        exported_ms: None,
        trashed_ms: None,
        labels: vec![palette::define(label.clone(), &[])],
        guidelines: String::new(),
        overlaps_allowed: false,
        base: "blank:en".to_owned(),
        split: SplitRule::new(1, 15, 15).unwrap(),
        split_frozen: true,
        suggesting: None,
        counts: Counts::default(),
    };
    let docs: Vec<Doc> = (0..n)
        .map(|at| {
            let material = ["gold", "silver", "zinc", "iron"][at as usize % 4];
            let text = format!("We gave {material} nanorods to {at} mice.");
            let end = 8 + material.len() as u32 + 9;
            let span = Span::within(&text, 8, end, label.clone()).unwrap();
            let mut doc = Doc::new(format!("d{at}"), text);
            if at + 3 < n {
                let mark = Mark { span, origin: Origin::Person, at_ms: 0 };
                let answer = Some(Answer::Accept);
                doc.annotation = Annotation { marks: vec![mark], answer, ..Annotation::default() };
            }
            doc
        })
        .collect();
    let mut new = NewTexts::default();
    for doc in &docs {
        new.heads.push(Head::of(doc.id.clone(), &doc.text));
        new.counts.add(&doc.annotation);
    }
    block_on(async {
        store.create_project(&record).await.unwrap();
        store.stage(&project(), DocNumber(0), &docs).await.unwrap();
        store.adopt(&project(), new).await.unwrap();
        store.put_run(&project(), &run()).await.unwrap();
    });
    store
}

fn run() -> RunRecord {
    let labels = vec![Label::new("particle").unwrap()];
    let settings = TrainSettings {
        epochs: 12,
        device: DeviceChoice::Cpu,
        learning_rate: 0.004,
        ..TrainSettings::new("blank:en", labels)
    };
    RunRecord::new(RunId(1), "scratch-1".to_owned(), 0, settings)
}

fn order() -> train::Order {
    train::Order {
        project: project(),
        run: RunId(1),
        resume: false,
        kind: Kind::Cpu,
        why_device: "a test".to_owned(),
    }
}

#[test]
fn a_trained_run_is_stored_and_suggests() {
    let store = store(43);
    let page = Listener::default();
    let device = learn::device::cpu();
    block_on(async {
        train::train(&store, &page, &device, &order()).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert!(matches!(record.state, RunState::Done { .. }), "{:?}", record.state);
        let split = record.split;
        assert_eq!(split.train + split.dev + split.test, 40);
        assert!(record.dev.unwrap().micro.f1() > 0.9);
        assert!(record.test.unwrap().micro.f1() > 0.9);
        assert!(record.best.is_some_and(|it| (it as usize) < record.curve.len()));

        suggest::suggest(&store, &page, &device, Kind::Cpu, &project(), RunId(1)).await.unwrap();
        let found = store.suggestions(&project(), DocNumber(0), 43).await.unwrap();
        let docs: Vec<u32> = found.iter().map(|(doc, _)| doc.0).collect();
        assert_eq!(docs, [40, 41, 42], "only texts to do");
        let spans = |it: &project::SuggestionRecord| it.suggestions.len();
        assert!(found.iter().all(|(_, it)| spans(it) == 1), "{found:?}");
    });
    let heard = page.heard.borrow();
    assert!(matches!(heard.first(), Some(TrainReply::Started { unlearnable: 0, .. })));
    assert!(heard.iter().any(|it| matches!(it, TrainReply::Done)));
}

#[test]
fn a_spacy_run_is_scored_as_its_pipeline_finds_and_is_kept() {
    let store = store(43);
    let page = Listener::default();
    let settings =
        TrainSettings { epochs: 60, ..TrainSettings::spacy("blank:en", run().settings.labels) };
    let wanted = RunRecord { architecture: RunRecord::SPACY_NER.to_owned(), settings, ..run() };
    block_on(async {
        store.put_run(&project(), &wanted).await.unwrap();
        train::train(&store, &page, &learn::device::cpu(), &order()).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert!(matches!(record.state, RunState::Done { .. }), "{:?}", record.state);
        assert!(record.is_spacy_ner() && record.weights_bytes != 0);
        assert!(record.dev.unwrap().micro.f1() > 0.9);
        assert!(record.test.unwrap().micro.f1() > 0.9);
        let model = store.weights(&project(), RunId(1)).await.unwrap().unwrap();
        let start = spacy::start(&store, &page, &wanted).await.unwrap();
        let pipeline = start.trained(&model).unwrap();
        let found = predict::Predictor::new(pipeline).unwrap();
        let parsed = found.predict(&["We gave zinc nanorods to 99 mice."]).unwrap().remove(0);
        let spans: Vec<_> = parsed.entities.iter().map(|it| (it.start, it.end)).collect();
        assert_eq!(spans, [(8, 21)]);
    });
    let mut other = wanted;
    "blank:zh".clone_into(&mut other.settings.base);
    let no_rules = block_on(spacy::start(&store, &page, &other));
    assert!(matches!(no_rules.err(), Some(Stopped::Failed { why }) if why.contains("blank:zh")));
}

#[test]
fn a_spacy_run_goes_on_from_its_checkpoint() {
    let store = store(43);
    let settings =
        TrainSettings { epochs: 160, ..TrainSettings::spacy("blank:en", run().settings.labels) };
    let wanted = RunRecord { architecture: RunRecord::SPACY_NER.to_owned(), settings, ..run() };
    block_on(async {
        store.put_run(&project(), &wanted).await.unwrap();
        let page = Listener { stops_after_looks: Some(1), ..Listener::default() };
        let device = learn::device::cpu();
        train::train(&store, &page, &device, &order()).await.unwrap();
        let early = store.run(&project(), RunId(1)).await.unwrap();
        // As if the tab had been closed behind the first look.
        let model = store.weights(&project(), RunId(1)).await.unwrap().unwrap();
        let looks = early.curve.iter().map(|it| (*it, true)).collect();
        let kept = train::Checkpoint { model, looks, best: None, secs: 1.0 };
        let bytes = project::to_bytes(&kept);
        store.put_checkpoint(&project(), RunId(1), Some(&bytes)).await.unwrap();
        store.put_run(&project(), &wanted).await.unwrap();
        let again = train::Order { resume: true, ..order() };
        train::train(&store, &Listener::default(), &device, &again).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert_eq!(record.curve[..early.curve.len()], early.curve[..]);
        assert!(early.curve.len() < record.curve.len());
        assert_eq!(store.checkpoint(&project(), RunId(1)).await, Ok(None));
    });
}

#[test]
fn a_stopped_run_keeps_its_best_model() {
    let store = store(43);
    let page = Listener { stops_after_looks: Some(2), ..Listener::default() };
    block_on(async {
        train::train(&store, &page, &learn::device::cpu(), &order()).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert!(record.curve.len() < 12);
        assert!(0 < record.weights_bytes);
        assert!(store.weights(&project(), RunId(1)).await.unwrap().is_some());
    });
}

#[test]
fn too_few_texts_are_a_sentence() {
    let store = store(3);
    let page = Listener::default();
    let end = block_on(train::train(&store, &page, &learn::device::cpu(), &order()));
    assert!(matches!(end, Err(Stopped::Failed { why }) if !why.is_empty()));
}
