//! What becomes of records: whole experiments, unfinished ones, and bases that train nothing.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod made_up;

use std::collections::{BTreeMap, BTreeSet};

use corpus::{Annotation, Doc, DocId, Mark, Origin, Side, Span};
use experiment::stats::Draws;
use experiment::{
    BaseKey, BaseKind, Column, Comparison, Confusion, Direction, Division, Experiment, Filter,
    Measure, Places, Queue, Record, Snapshot, SpanCounts, Table, total,
};

use made_up::{Model, label, run, texts};

const FOLDS: Division = Division::Folds { n: 4, dev_percent: 10 };

fn models() -> Vec<Model> {
    let mut as_it_came = Model::new("en_ner", &[0.6, 0.6]);
    as_it_came.base.kind = BaseKind::AsItCame;
    as_it_came.base.labels = vec![label("A")];
    let misaligned = Model { misaligned: 0.1, ..Model::new("blank:en", &[0.8, 0.7]) };
    vec![Model::new("nerine", &[0.7, 0.6]), misaligned, as_it_came]
}

fn compare(experiment: &Experiment, snapshot: &Snapshot, records: &[Record]) -> Comparison {
    Comparison::new(experiment, snapshot, records, Draws { n: 300, seed: 1 }).unwrap()
}

fn key(name: &str) -> BaseKey {
    BaseKey(name.into())
}

#[test]
fn over_all_folds_each_document_counts_once() {
    let snapshot = texts(80, &["A", "B"]);
    let (experiment, records) = run(&snapshot, &models(), 2, &[], &FOLDS);
    let comparison = compare(&experiment, &snapshot, &records);
    assert_eq!(comparison.n_docs, 80);
    let n_gold: usize = snapshot.docs().iter().map(|it| it.gold.len()).sum();
    let runs: Vec<_> = comparison.table.rows.iter().map(|it| (it.n_runs, it.n_planned)).collect();
    assert_eq!(runs, [(8, 8), (8, 8), (4, 4)], "nothing in a base that is not trained is random");
    for row in &comparison.table.rows {
        assert_eq!(row.gold as usize, n_gold);
        assert_eq!(row.counts.micro.gold, row.gold * row.n_runs / 4);
        assert!(row.redrawn.unwrap().contains(row.micro.f1.mean));
    }
    let aligned = |name| {
        let row = comparison.table.row(&key(name)).unwrap();
        f64::from(row.aligned) / f64::from(row.gold)
    };
    assert!((aligned("nerine") - 1.0).abs() < 1e-9);
    assert!((0.8..0.97).contains(&aligned("blank:en")), "{}", aligned("blank:en"));
}

#[test]
fn names_that_no_text_to_learn_from_has_marked_are_counted() {
    let doc = |id: &str, text: &str, marks: &[(u32, u32, &str)]| {
        let mark = |it: &(u32, u32, &str)| Mark {
            span: Span::within(text, it.0, it.1, label(it.2)).unwrap(),
            origin: Origin::Person,
            at_ms: 0,
        };
        let marks = marks.iter().map(mark).collect();
        Doc { annotation: Annotation { marks, ..Annotation::default() }, ..Doc::new(id, text) }
    };
    let docs = [
        doc("1", "Zinc in mice", &[(0, 4, "A"), (8, 12, "B")]),
        // Known whatever its case, new, and known under another label only.
        doc("2", "zinc, gold, mice", &[(0, 4, "A"), (6, 10, "A"), (12, 16, "A")]),
    ];
    let snapshot = Snapshot::freeze(&docs, &["A", "B"].map(label), None).unwrap();
    let sides = BTreeMap::from([(DocId("2".into()), Side::Test)]);
    let models = [Model::new("a", &[0.9, 0.9])];
    let (experiment, records) = run(&snapshot, &models, 1, &[], &Division::Given(sides));
    let spans = compare(&experiment, &snapshot, &records).spans;
    assert_eq!(spans[&label("A")], SpanCounts { train: 1, scored: 3, unseen: 2 });
    assert_eq!(spans[&label("B")], SpanCounts { train: 1, scored: 0, unseen: 0 });
}

#[test]
fn the_order_of_records_and_strangers_among_them_change_nothing() {
    let snapshot = texts(60, &["A", "B"]);
    let (experiment, mut records) = run(&snapshot, &models(), 2, &[50], &FOLDS);
    let comparison = compare(&experiment, &snapshot, &records);
    records.reverse();
    let mut stranger = records[0].clone();
    stranger.run.key.0 = "of another experiment".into();
    records.push(stranger);
    assert_eq!(compare(&experiment, &snapshot, &records), comparison);
}

#[test]
fn while_runs_are_missing_bases_are_compared_where_all_were_scored() {
    let snapshot = texts(80, &["A", "B"]);
    let (experiment, mut records) = run(&snapshot, &models(), 2, &[], &FOLDS);
    // The second seed of all, and one fold of one base, are not done yet.
    records.retain(|it| it.run.seed < 2 && (it.run.base.0 != "nerine" || it.run.fold != 3));
    let comparison = compare(&experiment, &snapshot, &records);
    let scored: usize = experiment.split.folds[..3].iter().map(|it| it.scored().len()).sum();
    assert_eq!(comparison.n_docs as usize, scored);
    assert_eq!(comparison.table.rows[0].n_runs, 3);
    assert_eq!(comparison.pairs.len(), 3);
    assert_eq!(
        compare(&experiment, &snapshot, &[]).table,
        Table { labels: snapshot.labels().to_vec(), rows: vec![] }
    );
}

#[test]
fn tables_are_sorted_and_filtered() {
    let snapshot = texts(60, &["A", "B"]);
    let (experiment, records) = run(&snapshot, &models(), 2, &[], &FOLDS);
    let mut table = compare(&experiment, &snapshot, &records).table;
    let mut order = |column: &Column, direction| {
        table.sort(column, direction);
        table.rows.iter().map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(order(&Column::Base, Direction::Down), ["nerine", "en_ner", "blank:en"]);
    assert_eq!(
        order(&Column::Size, Direction::Down),
        ["blank:en", "en_ner", "nerine"],
        "all equal"
    );
    assert_eq!(order(&Column::Aligned, Direction::Up)[0], "blank:en");
    for column in [
        Column::Micro(Measure::F1),
        Column::Micro(Measure::Precision),
        Column::Label(label("B"), Measure::Recall),
    ] {
        let up = order(&column, Direction::Up);
        let mut down = order(&column, Direction::Down);
        down.reverse();
        assert_eq!(up, down);
    }
    let filter = Filter { name: "EN".into(), labels: vec![label("B")] };
    let narrow = table.filtered(&filter);
    let names: BTreeSet<_> = narrow.rows.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["blank:en", "en_ner"]));
    assert!(narrow.rows.iter().all(|it| it.labels.len() == 1));
}

#[test]
fn confusion_counts_what_scores_count() {
    let snapshot = texts(40, &["A", "B"]);
    let (experiment, records) = run(&snapshot, &models(), 1, &[], &FOLDS);
    let fold = &experiment.split.folds[0];
    let scores = total(&records[0].score_docs(&snapshot, fold));
    let confusion = Confusion::of(&records[0], &snapshot, fold, Places::Exact);
    let sum = |cells: &[u32]| cells.iter().sum::<u32>();
    for (at, name) in confusion.labels.iter().enumerate() {
        let prf = scores.labels[name];
        assert_eq!(confusion.cells[at][at], prf.hits);
        assert_eq!(sum(&confusion.cells[at]), prf.gold);
        let column: Vec<u32> = confusion.cells.iter().map(|it| it[at]).collect();
        assert_eq!(sum(&column), prf.predicted);
    }
}

#[test]
fn everything_that_is_stored_is_read_back() {
    let snapshot = texts(40, &["A", "B"]);
    let (experiment, records) = run(&snapshot, &models(), 1, &[25, 50], &FOLDS);
    let comparison = compare(&experiment, &snapshot, &records);
    let queue = Queue::new(experiment::Pool { cpu_slots: 2, has_gpu: false, memory_bytes: 1 }, []);
    let stored =
        postcard::to_stdvec(&(&snapshot, &experiment, &records, &comparison, &queue)).unwrap();
    let read: (Snapshot, Experiment, Vec<Record>, Comparison, Queue) =
        postcard::from_bytes(&stored).unwrap();
    assert_eq!(read, (snapshot, experiment, records, comparison, queue));
}
