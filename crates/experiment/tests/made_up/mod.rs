//! Made-up experiments: texts in which models of a chosen quality find marks by lot.

use std::collections::BTreeMap;

use corpus::{Annotation, Doc, DocId, Label, Mark, Origin, Span};
use experiment::{
    Base, BaseKey, BaseKind, Division, Experiment, Fold, Prediction, Record, Run, Snapshot, Split,
};
use random::Random;

/// A base, and how good its models are.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) base: Base,
    /// Chance to find a gold span, for each label.
    pub(crate) recall: Vec<f64>,
    /// Chance that a gold span draws a false one beside it.
    pub(crate) noise: f64,
    /// How much the chance to find varies from seed to seed.
    pub(crate) luck: f64,
    /// F1 with a share of the texts falls by this times (1 / share − 1).
    pub(crate) hunger: f64,
    pub(crate) secs: f64,
    pub(crate) words_per_sec: f64,
    pub(crate) bytes: u64,
    /// Share of the gold spans that cannot be expressed.
    pub(crate) misaligned: f64,
}

impl Model {
    pub(crate) fn new(name: &str, recall: &[f64]) -> Self {
        Self {
            base: Base {
                key: BaseKey(name.into()),
                name: name.into(),
                kind: BaseKind::Blank { lang: "en".into() },
                vectors: None,
                labels: Vec::new(),
                parts: None,
                settings: None,
            },
            recall: recall.to_vec(),
            noise: 0.15,
            luck: 0.01,
            hunger: 0.05,
            secs: 60.0,
            words_per_sec: 18_420.0,
            bytes: 2_100_000,
            misaligned: 0.0,
        }
    }
}

pub(crate) fn label(name: &str) -> Label {
    Label::new(name).unwrap()
}

/// `n` texts with about five marks each: every second of the first label, the rest shared by the
/// others.
pub(crate) fn texts(n: usize, labels: &[&str]) -> Snapshot {
    let mut random = Random::new(3, 0);
    let doc = |at: usize| {
        let n_marks = 3 + random.below(5);
        let mark = |at: usize| {
            let name = if at.is_multiple_of(2) { 0 } else { random.below(labels.len()) };
            let start = 10 * at as u32;
            let span = Span::new(start, start + 4, label(labels[name])).unwrap();
            Mark { span, origin: Origin::Person, at_ms: 0 }
        };
        let marks = (0..n_marks).map(mark).collect();
        let annotation = Annotation { marks, ..Annotation::default() };
        Doc { annotation, ..Doc::new(format!("text {at:04}"), "word ".repeat(20)) }
    };
    let docs: Vec<Doc> = (0..n).map(doc).collect();
    let labels: Vec<Label> = labels.iter().map(|it| label(it)).collect();
    Snapshot::freeze(&docs, &labels, None).unwrap()
}

/// An experiment with these models, and a record of every run.
pub(crate) fn run(
    snapshot: &Snapshot,
    models: &[Model],
    n_seeds: u64,
    shares: &[u8],
    division: &Division,
) -> (Experiment, Vec<Record>) {
    let experiment = Experiment {
        snapshot: snapshot.hash().clone(),
        split: Split::draw(snapshot, division, 1).unwrap(),
        bases: models.iter().map(|it| it.base.clone()).collect(),
        seeds: (1..=n_seeds).collect(),
        shares: shares.to_vec(),
        settings: String::new(),
    };
    let record = |run: Run| {
        let model = models.iter().find(|it| it.base.key == run.base).unwrap();
        let fold = &experiment.split.folds[usize::from(run.fold)];
        record(snapshot, model, fold, run)
    };
    let records = experiment.runs().into_iter().map(record).collect();
    (experiment, records)
}

fn record(snapshot: &Snapshot, model: &Model, fold: &Fold, run: Run) -> Record {
    let name =
        model.base.name.bytes().fold(7_u64, |sum, it| sum.wrapping_mul(31).wrapping_add(it.into()));
    let mut random = Random::new(run.seed, name.wrapping_add(run.fold.into()));
    let mut chance = |p: f64| f64::from(random.uniform(0.5) + 0.5) < p;
    let luck = if chance(0.5) { model.luck } else { -model.luck };
    let less = model.hunger * (100.0 / f64::from(run.share) - 1.0) - luck;
    let mut misaligned = 0;
    let mut predict = |id: &DocId| {
        let mut spans = Vec::new();
        for span in &snapshot.doc(id).unwrap().gold {
            let at = snapshot.labels().binary_search(span.label()).unwrap();
            if chance(model.misaligned) {
                misaligned += 1;
            } else if chance(model.recall[at.min(model.recall.len() - 1)] - less) {
                spans.push(span.clone());
            } else if chance(0.3) {
                spans.push(Span::new(span.start(), span.end() + 2, span.label().clone()).unwrap());
            }
            if chance(model.noise) {
                spans.push(
                    Span::new(span.start() + 5, span.end() + 5, span.label().clone()).unwrap(),
                );
            }
        }
        Prediction { doc: id.clone(), spans }
    };
    let predictions = fold.scored().iter().map(&mut predict).collect();
    Record {
        predictions,
        n_train_docs: fold.train_share(run.share).len() as u32,
        looks: Vec::new(),
        train_secs: model.secs,
        words_per_sec: model.words_per_sec,
        model_bytes: model.bytes,
        device: "CPU".into(),
        versions: BTreeMap::from([("nerine".to_owned(), "0.1.0".to_owned())]),
        misaligned,
        run,
    }
}
