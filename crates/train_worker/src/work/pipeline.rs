//! Whole pipelines of a run: what it was trained to, or how it came, reading texts.

use corpus::{DocId, Label, Span};
use experiment::{BaseKey, Forgetting, FrozenDoc, Prediction};
use learn::Start;
use model::{Model, Pipeline};
use predict::Predictor;
use project::{DocNumber, ProjectId, RunId, RunRecord};
use protocol::TrainReply;
use storage::Store;
use web_time::Instant;

use super::assigned::{Assigned, Made};
use super::texts::tokenizer;
use super::{Page, Stopped, spacy, weights};

/// Text that is read between two looks at the mailbox, in bytes.
const BYTES_AT_A_TIME: usize = 4_000;

/// The most texts in which a model is asked what it still knows.
pub(super) const MOST_ASKED: usize = 100;

/// What a pipeline finds in each text. One that is too long for spaCy holds nothing.
pub(super) async fn read(
    page: &impl Page,
    predictor: &Predictor,
    texts: &[&str],
) -> Result<Vec<Vec<Span>>, Stopped> {
    let mut found = Vec::with_capacity(texts.len());
    let mut rest = texts;
    while !rest.is_empty() {
        let mut n_bytes = 0;
        let is_room = |it: &&&str| {
            let is_room = n_bytes < BYTES_AT_A_TIME;
            n_bytes += it.len();
            is_room
        };
        let (batch, others) = rest.split_at(rest.iter().take_while(is_room).count());
        rest = others;
        let batch: Vec<&str> =
            batch.iter().map(|it| if Predictor::is_too_long(it) { "" } else { *it }).collect();
        let read = predictor.predict(&batch).map_err(|it| Stopped::failed(&it))?;
        found.extend(read.iter().map(|it| learn::spans(it).collect()));
        page.turn().await;
    }
    Ok(found)
}

/// Reads texts with the model of a run, trained or as it came.
pub(crate) async fn read_docs(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: RunId,
    docs: &[DocNumber],
) -> Result<(), Stopped> {
    let record = store.run(project, run).await?;
    let mut texts = Vec::new();
    for doc in docs {
        texts.push(store.text(project, *doc).await?.text);
    }
    let texts: Vec<&str> = texts.iter().map(|it| &**it).collect();
    let predictor = ready(whole(store, page, project, &record).await?)?;
    let mut found = read(page, &predictor, &texts).await?;
    if record.is_as_it_came() {
        mean(
            &mut found,
            &store
                .project(project)
                .await?
                .labels
                .into_iter()
                .map(|it| it.label)
                .collect::<Vec<_>>(),
        );
    }
    page.send(TrainReply::Read(found));
    Ok(())
}

/// The pipeline of a run.
async fn whole(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    record: &RunRecord,
) -> Result<Pipeline, Stopped> {
    if record.is_as_it_came() {
        return spacy::pipeline(store, page, &record.settings.base).await;
    }
    let weights = weights(store, project, record.id).await?;
    let model = project::from_bytes(&weights).map_err(|it| Stopped::failed(&it))?;
    let start = spacy::start(store, page, record).await?;
    start.trained(&model).map_err(|it| Stopped::failed(&it))
}

/// Gives spans the labels that theirs mean among `labels`: a pipeline that is used as it came calls
/// things its own way.
fn mean(found: &mut [Vec<Span>], labels: &[Label]) {
    for span in found.iter_mut().flatten() {
        if let Some(label) = span.label().among(labels) {
            *span = span.clone().with_label(label.clone());
        }
    }
}

/// Scores a pipeline that is used as it came on the texts of an experiment.
pub(super) async fn score_as_it_came(
    store: &impl Store,
    page: &impl Page,
    assigned: &Assigned,
    record: &RunRecord,
) -> Result<Made, Stopped> {
    let pipeline = spacy::pipeline(store, page, &record.settings.base).await?;
    let mut made = hold(store, page, assigned, record, &ready(pipeline)?).await?;
    mean(&mut made.found, assigned.snapshot.labels());
    Ok(made)
}

/// Scores what a run of an experiment was trained to. One pipeline at a time is in memory: word
/// vectors are large.
pub(super) async fn score_trained(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    assigned: &Assigned,
    record: &RunRecord,
    model: &Model,
) -> Result<Made, Stopped> {
    let start = spacy::start(store, page, record).await?;
    let asked = match start {
        Start::Pipeline(base) | Start::Beside(base, _) => {
            let asked = questions(store, project, assigned).await?;
            answered(page, asked, &ready(*base)?).await?
        }
        // A base that keeps nothing of what it found forgets nothing.
        Start::Tokens(..) | Start::OtherLabels(_) => Vec::new(),
    };
    let start = spacy::start(store, page, record).await?;
    let trained = ready(start.trained(model).map_err(|it| Stopped::failed(&it))?)?;
    let mut made = hold(store, page, assigned, record, &trained).await?;
    let key = &assigned.run.base;
    for question in asked {
        let after = read(page, &trained, &question.texts()).await?;
        made.forgetting.push(question.told(key, after));
    }
    Ok(made)
}

fn ready(pipeline: Pipeline) -> Result<Predictor, Stopped> {
    Predictor::new(pipeline).map_err(|it| Stopped::failed(&it))
}

/// Has a pipeline read the texts of an experiment that models are held against.
async fn hold(
    store: &impl Store,
    page: &impl Page,
    assigned: &Assigned,
    record: &RunRecord,
    predictor: &Predictor,
) -> Result<Made, Stopped> {
    let base = &record.settings.base;
    let tokenizer = tokenizer(store, base).await?;
    let labels = assigned.snapshot.labels();
    let lost = |doc: &FrozenDoc| {
        let text = learn::Text::new(&tokenizer, &doc.text);
        learn::Example::new(text, &doc.gold, labels).unlearned.off_tokens
    };
    let began = Instant::now();
    let found = read(page, predictor, &assigned.to_read()).await?;
    let reading_secs = began.elapsed().as_secs_f64();
    // What stays of the base is part of the model.
    let of_base = match base.parse::<tokenizer::Base>() {
        Ok(_) => 0,
        Err(_) => store.base(base).await?.bytes,
    };
    Ok(Made {
        found,
        reading_secs,
        misaligned: assigned.misaligned(lost),
        model_bytes: of_base + record.weights_bytes,
        forgetting: Vec::new(),
    })
}

/// What a model is asked, to see whether it still finds what its base found.
struct Question {
    labels: Vec<Label>,
    docs: Vec<(DocId, String)>,
    /// What is right, where somebody has marked it.
    gold: Option<Vec<Vec<Span>>>,
    /// What the base found.
    before: Vec<Vec<Span>>,
}

impl Question {
    fn texts(&self) -> Vec<&str> {
        self.docs.iter().map(|it| &*it.1).collect()
    }

    fn told(self, base: &BaseKey, after: Vec<Vec<Span>>) -> Forgetting {
        let Self { labels, docs, gold, before } = self;
        let predictions = |spans: Vec<Vec<Span>>| -> Vec<Prediction> {
            let ids = docs.iter().map(|it| it.0.clone());
            ids.zip(spans).map(|(doc, spans)| Prediction { doc, spans }).collect()
        };
        let (before, after) = (predictions(before), predictions(after));
        match gold.map(predictions) {
            Some(gold) => Forgetting::against_gold(base.clone(), &labels, &gold, &before, &after),
            None => Forgetting::against_silver(base.clone(), &labels, &before, &after),
        }
    }
}

/// What models of a base are asked. Labels that are marked are held against the marks in the scored
/// texts. The others are held against what the base finds itself: in texts that nobody has marked,
/// and where there are few, in the scored ones.
async fn questions(
    store: &impl Store,
    project: &ProjectId,
    assigned: &Assigned,
) -> Result<Vec<Question>, Stopped> {
    let known = assigned.record.experiment.base(&assigned.run.base);
    let known = known.map_or(&[][..], |it| &it.labels);
    let is_marked = |it: &Label| assigned.snapshot.labels().contains(it);
    let (marked, others): (Vec<Label>, Vec<Label>) = known.iter().cloned().partition(is_marked);
    let scored = || assigned.scored().map(|it| (it.id.clone(), it.text.clone()));
    let mut questions = Vec::new();
    if !marked.is_empty() {
        let gold = assigned.scored().map(|it| it.gold.clone()).collect();
        let docs = scored().collect();
        questions.push(Question { labels: marked, docs, gold: Some(gold), before: Vec::new() });
    }
    if !others.is_empty() {
        let mut docs = Vec::new();
        for number in assigned.record.raw.iter().take(MOST_ASKED) {
            let text = store.text(project, *number).await?;
            docs.push((text.id, text.text));
        }
        let rest = MOST_ASKED - docs.len();
        docs.extend(scored().take(rest));
        questions.push(Question { labels: others, docs, gold: None, before: Vec::new() });
    }
    Ok(questions)
}

/// Lets the base answer.
async fn answered(
    page: &impl Page,
    mut questions: Vec<Question>,
    base: &Predictor,
) -> Result<Vec<Question>, Stopped> {
    for question in &mut questions {
        question.before = read(page, base, &question.texts()).await?;
    }
    Ok(questions)
}
