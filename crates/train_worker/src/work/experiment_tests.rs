//! Experiments from the plan to the figures, without a page.

use annotate::{Change, Entry, Step};
use corpus::{DocId, Label, Mark, Side, Span};
use experiment::{
    Base, BaseKey, BaseKind, Forgetting, Pool, Reference, Remedy, Rule, RunKey, State,
};
use futures::executor::block_on;
use project::{
    BaseRecord, DocNumber, ExperimentId, PipelineParts, RunId, RunRecord, RunState, TrainSettings,
};
use protocol::{
    Compared, ExperimentPart, ExperimentPlan, PlannedBase, PlannedDivision, ReportForm, TrainReply,
};
use storage::{Memory, Store};

use super::tests::{Listener, labels, project, store};
use super::{Kind, Stopped, few, train};

const ID: ExperimentId = ExperimentId(1);

fn base(name: &str, kind: BaseKind) -> Base {
    Base {
        key: BaseKey(name.to_owned()),
        name: name.to_owned(),
        kind,
        vectors: None,
        labels: Vec::new(),
        parts: None,
        settings: Some("as in the test".to_owned()),
    }
}

fn nerine() -> PlannedBase {
    PlannedBase {
        base: base("nerine", BaseKind::Nerine),
        settings: TrainSettings::new("blank:en", labels()),
        architecture: RunRecord::NERINE.to_owned(),
        on_gpu: false,
        memory_bytes: 1,
    }
}

fn blank() -> PlannedBase {
    PlannedBase {
        base: base("blank:en", BaseKind::Blank { lang: "en".to_owned() }),
        settings: TrainSettings { epochs: 40, ..TrainSettings::spacy("blank:en", labels()) },
        architecture: RunRecord::SPACY_NER.to_owned(),
        on_gpu: false,
        memory_bytes: 1,
    }
}

fn plan(bases: Vec<PlannedBase>) -> ExperimentPlan {
    ExperimentPlan {
        id: ID,
        now_ms: 5,
        bases,
        labels: labels(),
        division: PlannedDivision::AsProject,
        group_by: None,
        seeds: vec![1, 2],
        shares: vec![50],
        pool: Pool { cpu_slots: 2, has_gpu: false, memory_bytes: 10 },
    }
}

/// Does the runs that wait, one after the other.
async fn work_off(store: &Memory) {
    let record = store.experiment(&project(), ID).await.unwrap();
    for run in record.experiment.runs() {
        let mut record = store.experiment(&project(), ID).await.unwrap();
        if record.runs.contains_key(&run.key) {
            continue;
        }
        let id = RunId(record.runs.len() as u32 + 1);
        let way = record.ways[&run.base].clone();
        let settings = TrainSettings { seed: run.seed, ..way.settings };
        let wanted = RunRecord {
            architecture: way.architecture,
            experiment: Some(ID),
            ..RunRecord::new(id, run.key.to_string(), 0, settings)
        };
        store.put_run(&project(), &wanted).await.unwrap();
        record.runs.insert(run.key.clone(), id);
        store.put_experiment(&project(), &record, None).await.unwrap();
        let part = ExperimentPart { experiment: ID, run: run.key };
        one(store, &wanted, part).await.unwrap();
    }
}

async fn one(store: &Memory, run: &RunRecord, part: ExperimentPart) -> Result<(), Stopped> {
    let page = Listener::default();
    if run.is_nerine() {
        return few::train::train(store, &page, &project(), run.id, Some(&part)).await;
    }
    let order = train::Order {
        project: project(),
        run: run.id,
        resume: false,
        kind: Kind::Cpu,
        why_device: "a test".to_owned(),
        part: Some(part),
    };
    train::train(store, &page, &learn::device::cpu(), &order).await
}

async fn compared(store: &Memory) -> Compared {
    let page = Listener::default();
    few::compare::compare(store, &page, &project(), ID).await.unwrap();
    match page.heard.into_inner().pop() {
        Some(TrainReply::Compared(it)) => *it,
        other => panic!("no figures: {other:?}"),
    }
}

async fn planned(store: &Memory, plan: ExperimentPlan) -> Result<(), Stopped> {
    few::plan::plan(store, &Listener::default(), &project(), plan).await
}

#[test]
fn bases_are_compared_on_frozen_texts_and_others_join_later() {
    let store = store(63);
    block_on(async {
        planned(&store, plan(vec![nerine()])).await.unwrap();
        let record = store.experiment(&project(), ID).await.unwrap();
        let rule = store.project(&project()).await.unwrap().split;
        let is_read = |it: &u32| rule.side(&DocId(format!("d{it}"))) == Side::Train;
        let to_do: Vec<DocNumber> = (60..63).filter(is_read).map(DocNumber).collect();
        assert_eq!(record.raw, to_do, "no text that may be scored later");
        let fold = &record.experiment.split.folds[0];
        assert!(fold.test.iter().all(|it| rule.side(it) == Side::Test));
        assert!(fold.dev.iter().all(|it| rule.side(it) == Side::Dev));
        work_off(&store).await;
        let first = compared(&store).await;
        assert_eq!(first.comparison.table.rows[0].n_runs, 2);
        assert!(first.advice.sentence(Rule::OnlyOne).is_some());

        planned(&store, ExperimentPlan { seeds: vec![9], ..plan(vec![blank()]) }).await.unwrap();
        let record = store.experiment(&project(), ID).await.unwrap();
        assert_eq!(record.experiment.seeds, [1, 2], "what is there stays");
        assert_eq!(record.queue.jobs().len(), 8);
        work_off(&store).await;

        let both = compared(&store).await;
        let rows = &both.comparison.table.rows;
        assert_eq!(rows.iter().map(|it| it.n_runs).collect::<Vec<_>>(), [2, 2]);
        assert!(rows.iter().all(|it| 0.5 < it.micro.f1.mean), "{rows:?}");
        assert_eq!(rows[0], first.comparison.table.rows[0], "the same runs say the same");
        assert!(rows.iter().all(|it| it.aligned == it.gold && it.gold != 0));
        assert_eq!(both.comparison.curves.len(), 2);
        assert_eq!(both.confusions.len(), 2);
        assert_eq!(both.comparison.pairs.len(), 1);
        assert!(both.advice.recommended.is_some());

        let record = store.experiment(&project(), ID).await.unwrap();
        for (key, run) in &record.runs {
            let share = record.experiment.runs().into_iter().find(|it| it.key == *key).unwrap();
            let record = store.run(&project(), *run).await.unwrap();
            assert!(matches!(record.state, RunState::Done { .. }));
            let has_model = store.weights(&project(), *run).await.unwrap().is_some();
            assert_eq!(has_model, share.share == 100);
        }
        let page = Listener::default();
        let made = "today".to_owned();
        few::compare::report(&store, &page, &project(), ID, ReportForm::Markdown, made)
            .await
            .unwrap();
        let heard = page.heard.borrow();
        let Some(TrainReply::Report(text)) = heard.first() else { panic!("{heard:?}") };
        assert!(text.contains("Particles") && text.contains("blank:en"), "{text}");
    });
}

#[test]
fn later_verdicts_change_nothing() {
    let store = store(63);
    block_on(async {
        planned(&store, plan(vec![nerine()])).await.unwrap();
        let before = store.experiment(&project(), ID).await.unwrap().experiment.runs();
        super::tests::accept(&store, 60).await;
        work_off(&store).await;
        let outcome = store.outcome(&project(), RunId(1)).await.unwrap().unwrap();
        let learned =
            store.experiment(&project(), ID).await.unwrap().experiment.split.folds.remove(0).train;
        assert_eq!(outcome.record.n_train_docs as usize, learned.len());
        assert_eq!(store.experiment(&project(), ID).await.unwrap().experiment.runs(), before);
    });
}

#[test]
fn a_model_reads_texts_of_the_project() {
    let store = store(63);
    block_on(async {
        planned(&store, plan(vec![nerine(), blank()])).await.unwrap();
        work_off(&store).await;
        let record = store.experiment(&project(), ID).await.unwrap();
        for run in record.experiment.runs().iter().filter(|it| it.share == 100 && it.seed == 1) {
            let (id, page) = (record.runs[&run.key], Listener::default());
            let docs = [DocNumber(60), DocNumber(61)];
            match run.base.0.as_str() {
                "nerine" => few::suggest::read(&store, &page, &project(), id, &docs).await,
                _ => super::pipeline::read_docs(&store, &page, &project(), id, &docs).await,
            }
            .unwrap();
            let heard = page.heard.borrow();
            let Some(TrainReply::Read(found)) = heard.first() else { panic!("{heard:?}") };
            let starts: Vec<Vec<u32>> =
                found.iter().map(|it| it.iter().map(corpus::Span::start).collect()).collect();
            assert_eq!(starts, [[8], [8]], "{}", run.base);
        }
    });
}

/// Trains a pipeline that finds particles, and keeps it as one that a person brought.
async fn bring(store: &Memory) {
    let run = RunRecord {
        architecture: RunRecord::SPACY_NER.to_owned(),
        ..RunRecord::new(RunId(99), String::new(), 0, blank().settings)
    };
    store.put_run(&project(), &run).await.unwrap();
    let order = train::Order {
        project: project(),
        run: run.id,
        resume: false,
        kind: Kind::Cpu,
        why_device: String::new(),
        part: None,
    };
    let page = Listener::default();
    train::train(store, &page, &learn::device::cpu(), &order).await.unwrap();
    let weights = store.weights(&project(), run.id).await.unwrap().unwrap();
    let model = project::from_bytes(&weights).unwrap();
    let start = super::spacy::start(store, &page, &run).await.unwrap();
    let parts = PipelineParts::new(start.trained(&model).unwrap());
    let mut n_parts = 0;
    for part in parts.iter() {
        store.stage_base(BROUGHT, n_parts, &part).await.unwrap();
        n_parts += 1;
    }
    let record = BaseRecord {
        name: BROUGHT.to_owned(),
        package: "en_particles".to_owned(),
        version: "1.0".to_owned(),
        lang: "en".to_owned(),
        description: String::new(),
        license: String::new(),
        added_ms: 0,
        labels: vec!["particle".to_owned()],
        components: Vec::new(),
        starts_sentences: false,
        vectors: None,
        n_parts,
        bytes: 5_000,
        hash: [0; 32],
        ner_parts: None,
    };
    store.adopt_base(&record).await.unwrap();
}

const BROUGHT: &str = "en_particles-1.0";

/// A pipeline that finds particles, in a comparison on another label.
fn brought(name: &str, kind: BaseKind, architecture: &str) -> PlannedBase {
    let labels = vec![Label::new("particle").unwrap()];
    PlannedBase {
        base: Base { labels, ..base(name, kind) },
        settings: TrainSettings { epochs: 25, ..TrainSettings::spacy(BROUGHT, vec![mouse()]) },
        architecture: architecture.to_owned(),
        on_gpu: false,
        memory_bytes: 1,
    }
}

fn mouse() -> Label {
    Label::new("mouse").unwrap()
}

/// Marks mice in place of particles.
async fn mark_mice(store: &Memory) {
    for doc in 0..60 {
        let text = store.text(&project(), DocNumber(doc)).await.unwrap().text;
        let at = text.find("mice").unwrap() as u32;
        let decided = store.annotation(&project(), DocNumber(doc)).await.unwrap();
        let mark = |span| Mark { span, ..decided.annotation.marks[0].clone() };
        let change = Change {
            removed: decided.annotation.marks.clone(),
            added: vec![mark(Span::within(&text, at, at + 4, mouse()).unwrap())],
            ..Change::default()
        };
        let seq = store.journal(&project()).await.unwrap().len() as u64;
        let entry = Entry { seq, at_ms: 0, doc, step: Step::Do, change };
        store.commit(&project(), &entry, decided.revision).await.unwrap();
    }
}

#[test]
fn what_a_base_forgets_is_told_with_what_keeps_it() {
    let store = store(63);
    block_on(async {
        bring(&store).await;
        mark_mice(&store).await;

        let further = brought("further", BaseKind::PipelineWithNer, RunRecord::SPACY_NER);
        let replay = brought("replay", BaseKind::PipelineWithNer, RunRecord::SPACY_NER_REPLAY);
        let frozen = brought("frozen", BaseKind::PipelineWithNer, RunRecord::SPACY_NER_FROZEN);
        let beside = brought("beside", BaseKind::PipelineWithNer, RunRecord::SPACY_NER_BESIDE);
        let rehearsal =
            brought("rehearsal", BaseKind::PipelineWithNer, RunRecord::SPACY_NER_REHEARSAL);
        let bases = vec![further, replay, frozen, rehearsal, beside];
        let plan = ExperimentPlan {
            labels: vec![mouse()],
            seeds: vec![1],
            shares: Vec::new(),
            ..plan(bases)
        };
        planned(&store, plan).await.unwrap();
        work_off(&store).await;
        let compared = compared(&store).await;
        let told: Vec<(&str, &Forgetting)> =
            compared.forgetting.iter().map(|(key, it)| (key.0.as_str(), it)).collect();
        let names: Vec<&str> = told.iter().map(|it| it.0).collect();
        assert_eq!(names, ["further", "replay", "frozen", "rehearsal", "beside"]);
        assert!(told.iter().all(|(_, it)| it.reference == Reference::Silver && it.n_docs != 0));
        let kept = |at: usize| told[at].1.micro.after.f1();
        assert!(0.9 < told[0].1.micro.before.f1(), "the base finds what it finds");
        assert!(kept(0) < 0.5, "nothing else was learned: {}", kept(0));
        assert!(0.9 < kept(1), "with replay: {}", kept(1));
        assert!(0.9 < kept(4), "with a second ner: {}", kept(4));
        let [(of, effects)] = &compared.remedies[..] else { panic!("{:?}", compared.remedies) };
        assert_eq!(of, BROUGHT);
        let tried: Vec<Remedy> = effects.iter().map(|it| it.remedy).collect();
        let all = [
            Remedy::None,
            Remedy::Replay,
            Remedy::FrozenTok2vec,
            Remedy::Rehearsal,
            Remedy::SeparateNer,
        ];
        assert_eq!(tried, all);
        assert!(0.4 < effects[1].kept, "{effects:?}");
        let learned = |key: &str| {
            compared.comparison.table.row(&BaseKey(key.to_owned())).unwrap().micro.f1.mean
        };
        for way in ["replay", "further", "beside"] {
            assert!(0.9 < learned(way), "{way}: {}", learned(way));
        }
    });
}

#[test]
fn a_pipeline_is_scored_as_it_came() {
    let store = store(63);
    block_on(async {
        bring(&store).await;
        let mut as_is = brought("as it came", BaseKind::AsItCame, RunRecord::AS_IT_CAME);
        as_is.settings.labels = labels();
        planned(&store, plan(vec![as_is])).await.unwrap();
        work_off(&store).await;
        let row = compared(&store).await.comparison.table.rows.remove(0);
        assert_eq!((row.n_runs, row.n_planned), (1, 1), "nothing in it is drawn");
        assert!(0.9 < row.micro.f1.mean, "{row:?}");
        assert!(row.train_secs.mean == 0.0 && row.model_bytes == 5_000);
    });
}

#[test]
fn what_cannot_be_compared_is_a_sentence() {
    let refused = |store: &Memory, plan| {
        let Err(Stopped::Failed { why }) = block_on(planned(store, plan)) else {
            panic!("it was planned")
        };
        why
    };
    let store = store(63);
    let of_other = Label::new("nothing").unwrap();
    let none = ExperimentPlan { labels: vec![of_other.clone()], ..plan(vec![nerine()]) };
    assert!(refused(&store, none).contains("no text holds a mark"));
    assert!(refused(&store, plan(Vec::new())).contains("no base is chosen"));
    assert!(refused(&super::tests::store(4), plan(vec![nerine()])).contains("one text only"));
    let mut stranger = blank();
    stranger.base.kind = BaseKind::AsItCame;
    stranger.base.labels = vec![of_other];
    stranger.architecture = RunRecord::AS_IT_CAME.to_owned();
    assert!(refused(&store, plan(vec![stranger.clone()])).contains("finds none of the labels"));
    block_on(async {
        planned(&store, plan(vec![nerine(), stranger])).await.unwrap();
        let record = store.experiment(&project(), ID).await.unwrap();
        assert_eq!(record.unfit.len(), 1);
        let jobs = record.queue.jobs();
        assert!(jobs.iter().all(|it| it.task.base.0 == "nerine" && it.state == State::Waiting));
        let gone = ExperimentPart { experiment: ID, run: RunKey("none".to_owned()) };
        let run = RunRecord {
            architecture: RunRecord::NERINE.to_owned(),
            ..RunRecord::new(RunId(7), String::new(), 0, TrainSettings::new("blank:en", labels()))
        };
        store.put_run(&project(), &run).await.unwrap();
        assert!(matches!(one(&store, &run, gone).await, Err(Stopped::Failed { .. })));
    });
}
