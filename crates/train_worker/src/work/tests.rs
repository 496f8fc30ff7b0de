use std::cell::RefCell;

use annotate::{Change, Entry, Step};
use corpus::{Annotation, Answer, Doc, Label, Mark, Origin, Span, SplitRule, palette};
use futures::executor::block_on;
use project::{
    Counts, DeviceChoice, DocNumber, Head, ProjectId, ProjectRecord, RunId, RunRecord, RunState,
    TrainSettings,
};
use storage::{Memory, NewTexts, Store};

use super::*;

/// A page that only listens, and may want to stop after some replies.
#[derive(Default)]
pub(super) struct Listener {
    pub(super) heard: RefCell<Vec<TrainReply>>,
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

pub(super) fn project() -> ProjectId {
    ProjectId("p".to_owned())
}

/// Texts that name a particle, all accepted but the last three.
pub(super) fn store(n: u32) -> Memory {
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
    });
    store
}

pub(super) fn labels() -> Vec<Label> {
    vec![Label::new("particle").unwrap()]
}

/// A run of Nerine's own learner.
fn few_run() -> RunRecord {
    let settings = TrainSettings::new("blank:en", labels());
    RunRecord {
        architecture: RunRecord::NERINE.to_owned(),
        device: Some((Kind::Cpu, String::new())),
        ..RunRecord::new(RunId(1), "nerine-1".to_owned(), 0, settings)
    }
}

/// A run of spaCy's architecture.
fn spacy_run(epochs: u32) -> RunRecord {
    let settings = TrainSettings {
        epochs,
        device: DeviceChoice::Cpu,
        ..TrainSettings::spacy("blank:en", labels())
    };
    let name = "spacy-1".to_owned();
    let record = RunRecord::new(RunId(1), name, 0, settings);
    RunRecord { architecture: RunRecord::SPACY_NER.to_owned(), ..record }
}

fn order() -> train::Order {
    train::Order {
        project: project(),
        run: RunId(1),
        resume: false,
        kind: Kind::Cpu,
        why_device: "a test".to_owned(),
        part: None,
    }
}

#[test]
fn a_run_of_our_own_is_scored_kept_and_suggests() {
    let store = store(43);
    let page = Listener::default();
    block_on(async {
        store.put_run(&project(), &few_run()).await.unwrap();
        few::train::train(&store, &page, &project(), RunId(1), None).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert!(matches!(record.state, RunState::Done { .. }), "{:?}", record.state);
        let split = record.split;
        assert_eq!(split.train + split.dev + split.test, 40);
        assert!(record.dev.as_ref().is_some_and(|it| 0.9 < it.micro.f1()));
        assert!(record.test.as_ref().is_some_and(|it| 0.9 < it.micro.f1()));
        let best = record.curve[record.best.unwrap() as usize];
        assert!(record.curve.iter().all(|it| it.dev_f1 <= best.dev_f1), "{:?}", record.curve);
        assert_eq!(record.curve[0].epoch, project::Stage::Linear.look().unwrap());
        let weights = store.weights(&project(), RunId(1)).await.unwrap().unwrap();
        assert_eq!(record.weights_bytes, weights.len() as u64);

        few::suggest::suggest(&store, &page, &project(), RunId(1)).await.unwrap();
        let found = store.suggestions(&project(), DocNumber(0), 43).await.unwrap();
        let docs: Vec<u32> = found.iter().map(|(doc, _)| doc.0).collect();
        assert_eq!(docs, [40, 41, 42], "only texts to do");
        let sure = |it: &project::SuggestionRecord| {
            it.suggestions.iter().filter(|it| 0.5 < it.score).count()
        };
        assert!(found.iter().all(|(_, it)| sure(it) == 1), "{found:?}");
    });
    let heard = page.heard.borrow();
    assert!(matches!(heard.first(), Some(TrainReply::Started { unlearnable: 0, .. })));
    assert!(heard.iter().any(|it| matches!(it, TrainReply::Done)));
    assert!(matches!(heard.last(), Some(TrainReply::Suggested { docs: 3, spans: 3 })));
}

#[test]
fn a_run_of_our_own_that_is_stopped_keeps_its_best_model() {
    let store = store(43);
    let page = Listener { stops_after_looks: Some(0), ..Listener::default() };
    block_on(async {
        store.put_run(&project(), &few_run()).await.unwrap();
        few::train::train(&store, &page, &project(), RunId(1), None).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert_eq!(record.curve.len(), 1, "the linear member alone");
        assert!(matches!(&record.state, RunState::Done { why } if why.contains("You stopped it")));
        assert!(store.weights(&project(), RunId(1)).await.unwrap().is_some());
    });
}

/// The text in a store that is accepted, with its particle marked.
pub(super) async fn accept(store: &Memory, doc: u32) {
    let text = store.text(&project(), DocNumber(doc)).await.unwrap().text;
    let end = text.find(" to ").unwrap() as u32;
    let mark = Mark {
        span: Span::within(&text, 8, end, labels().remove(0)).unwrap(),
        origin: Origin::Person,
        at_ms: 0,
    };
    let change = Change {
        added: vec![mark],
        answer: Some((None, Some(Answer::Accept))),
        ..Change::default()
    };
    let seq = store.journal(&project()).await.unwrap().len() as u64;
    let entry = Entry { seq, at_ms: 0, doc, step: Step::Do, change };
    store.commit(&project(), &entry, 0).await.unwrap();
}

#[test]
fn what_learns_along_hears_of_every_answer() {
    let (store, page, inbox) = (store(43), Listener::default(), few::Inbox::default());
    let order = few::companion::Order { project: project(), labels: labels(), run: None, seed: 1 };
    let learned = || {
        let texts = |it: &TrainReply| match it {
            TrainReply::Following { texts } => Some(*texts),
            _ => None,
        };
        page.heard.borrow().iter().filter_map(texts).collect::<Vec<_>>()
    };
    let queues = || {
        let queue = |it: &TrainReply| match it {
            TrainReply::Ranked(queue) => Some(queue.iter().map(|it| it.doc.0).collect::<Vec<_>>()),
            _ => None,
        };
        page.heard.borrow().iter().filter_map(queue).collect::<Vec<_>>()
    };
    let person = async {
        // It waits for answers once it has said what comes next.
        while queues().is_empty() {
            std::future::ready(()).await;
        }
        let found = store.suggestions(&project(), DocNumber(40), 3).await.unwrap();
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|(_, it)| it.suggestions.iter().any(|it| 0.5 < it.score)));
        let rule = store.project(&project()).await.unwrap().split;
        let side = |doc: u32| rule.side(&corpus::DocId(format!("d{doc}")));
        let to_learn = (40..43).find(|it| side(*it) == corpus::Side::Train).unwrap();
        accept(&store, to_learn).await;
        inbox.put(DocNumber(to_learn));
        to_learn
    };
    let closing = async {
        let doc = person.await;
        while queues().len() < 2 {
            // Lets the other future have its turn.
            let mut has_waited = false;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                match std::mem::replace(&mut has_waited, true) {
                    true => std::task::Poll::Ready(()),
                    false => std::task::Poll::Pending,
                }
            })
            .await;
        }
        inbox.close();
        doc
    };
    let follow = few::companion::follow(&store, &page, &inbox, order);
    let (end, doc) = block_on(futures::future::join(follow, closing));
    end.unwrap();
    let texts = learned();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[1], texts[0] + 1);
    let queues = queues();
    assert_eq!(queues[0].len(), 3);
    assert!(queues[0].contains(&doc) && !queues[1].contains(&doc), "{queues:?}");
    assert!(matches!(page.heard.borrow().last(), Some(TrainReply::Done)));
}

#[test]
fn a_spacy_run_is_scored_as_its_pipeline_finds_and_is_kept() {
    let store = store(43);
    let page = Listener::default();
    let wanted = spacy_run(60);
    block_on(async {
        store.put_run(&project(), &wanted).await.unwrap();
        train::train(&store, &page, &learn::device::cpu(), &order()).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert!(matches!(record.state, RunState::Done { .. }), "{:?}", record.state);
        assert!(record.is_spacy_ner() && record.weights_bytes != 0);
        assert!(record.dev.unwrap().micro.f1() > 0.9);
        assert!(record.test.unwrap().micro.f1() > 0.9);
        let weights = store.weights(&project(), RunId(1)).await.unwrap().unwrap();
        assert_eq!(record.weights_bytes, weights.len() as u64);
        let model = project::from_bytes(&weights).unwrap();
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
    let wanted = spacy_run(160);
    block_on(async {
        store.put_run(&project(), &wanted).await.unwrap();
        let page = Listener { stops_after_looks: Some(1), ..Listener::default() };
        let device = learn::device::cpu();
        train::train(&store, &page, &device, &order()).await.unwrap();
        let early = store.run(&project(), RunId(1)).await.unwrap();
        // As if the tab had been closed behind the first look.
        let weights = store.weights(&project(), RunId(1)).await.unwrap().unwrap();
        let model = project::from_bytes(&weights).unwrap();
        let looks = early.curve.iter().map(|it| (*it, true)).collect();
        let kept = train::Checkpoint { model, looks, best: None, secs: 1.0, state: None };
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
fn a_stopped_spacy_run_keeps_its_best_model() {
    let store = store(43);
    let page = Listener { stops_after_looks: Some(1), ..Listener::default() };
    block_on(async {
        store.put_run(&project(), &spacy_run(1000)).await.unwrap();
        train::train(&store, &page, &learn::device::cpu(), &order()).await.unwrap();
        let record = store.run(&project(), RunId(1)).await.unwrap();
        assert!(matches!(&record.state, RunState::Done { why } if why.contains("You stopped it")));
        assert!(0 < record.weights_bytes);
        assert!(store.weights(&project(), RunId(1)).await.unwrap().is_some());
    });
}

#[test]
fn too_few_texts_are_a_sentence() {
    let store = store(3);
    let page = Listener::default();
    let is_said = |end| matches!(end, Err(Stopped::Failed { why }) if !String::is_empty(&why));
    block_on(async {
        store.put_run(&project(), &few_run()).await.unwrap();
        assert!(is_said(few::train::train(&store, &page, &project(), RunId(1), None).await));
        let no_model = few::suggest::suggest(&store, &page, &project(), RunId(1)).await;
        assert!(is_said(no_model));
        store.put_run(&project(), &spacy_run(2)).await.unwrap();
        assert!(is_said(train::train(&store, &page, &learn::device::cpu(), &order()).await));
    });
}
