//! Trains a stored run of spaCy's architecture: its record says how, its project's accepted texts say
//! on what.

use corpus::{Label, Span};
use learn::device::Device;
use learn::{
    Config, Echo, Example, LearnError, Learner, Progress, SpacyNer, Start, Stop, Text, Training,
};
use model::Model;
use project::{Device as Kind, Evaluation, ProjectId, RunId, RunRecord, RunState, TrainSettings};
use protocol::{ExperimentPart, TrainProgress, TrainReply};
use serde::{Deserialize, Serialize};
use storage::{Store, StoreError};

use super::assigned::Assigned;
use super::texts::{Accepted, Judgement, Sides, accepted, examples, tokenizer};
use super::{BETWEEN_REPLIES_SECS, Clock, Page, Stopped, TURN_SECS, pipeline, spacy};

/// How often what was learned is kept, so that an accident costs little.
const CHECKPOINT_SECS: f64 = 10.0;

/// Words that are predicted between two looks at the mailbox.
const WORDS_AT_A_TIME: usize = 1_000;

/// Which run to train, and how.
pub(crate) struct Order {
    pub(crate) project: ProjectId,
    pub(crate) run: RunId,
    /// Whether to go on from the stored checkpoint.
    pub(crate) resume: bool,
    pub(crate) kind: Kind,
    /// Why this device, for the record.
    pub(crate) why_device: String,
    /// The run of an experiment that it is, if it is one.
    pub(crate) part: Option<ExperimentPart>,
}

/// Where a run goes on after an accident.
#[derive(Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The weights.
    pub(super) model: Model,
    /// Each look at the dev texts, and whether it was the best until then.
    pub(super) looks: Vec<(Evaluation, bool)>,
    pub(super) best: Option<(u32, Model)>,
    pub(super) secs: f64,
    /// What the next steps follow from beside that; none where a graphics card has it. An epoch that
    /// was not complete is then begun again.
    pub(super) state: Option<Vec<u8>>,
}

/// What came of a training.
struct Trained {
    why: Stop,
    /// The best model, and the place of its evaluation.
    model: Model,
    best: usize,
    evaluations: Vec<learn::Evaluation>,
    secs: f64,
    words_per_sec: f64,
}

/// Trains, scores and keeps the best model.
pub(crate) async fn train(
    store: &impl Store,
    page: &impl Page,
    device: &Device,
    order: &Order,
) -> Result<(), Stopped> {
    let Order { project, run, kind, .. } = order;
    let on = |err: LearnError| Stopped::on(*kind, &err);
    let mut record = store.run(project, *run).await?;
    let assigned = match &order.part {
        None => None,
        Some(part) => Some(Assigned::read(store, project, part).await?),
    };
    if record.is_as_it_came()
        && let Some(assigned) = assigned
    {
        return as_it_came(store, page, order, &assigned, record).await;
    }
    let start = spacy::start(store, page, &record).await?;
    let Material { labels, sides } =
        material(store, page, &record, order, assigned.as_ref(), &start).await?;
    record.state = RunState::Training;
    record.device = Some((*kind, order.why_device.clone()));
    record.split = assigned.as_ref().map_or_else(|| sides.counts(), Assigned::counts);

    let checkpoint = match order.resume {
        true => store.checkpoint(project, *run).await?,
        false => None,
    };
    // A checkpoint of an older version is no use: the run then begins again.
    let checkpoint: Option<Checkpoint> =
        checkpoint.and_then(|bytes| project::from_bytes(&bytes).ok());
    let config = config(&record.settings);
    let tutor = match record.rehearses() {
        true => {
            spacy::tutor(store, page, (project, &record), assigned.as_ref(), &start, &sides).await?
        }
        false => None,
    };
    let learner = if let Some(Checkpoint { model, .. }) = &checkpoint {
        SpacyNer::resume(&config, model, start, device)
    } else {
        let learned = sides.train.iter().map(|it| &it.example);
        let counted = learn::count_tokens(&labels, learned);
        SpacyNer::new(&config, &record.settings.base, start, &counted, device)
    };
    let learner = learner.map_err(on)?;
    let learner = match record.freezes_tok2vec() {
        true => learner.with_frozen_tok2vec(),
        false => learner,
    };
    let learner = match tutor {
        Some(tutor) => learner.with_tutor(tutor),
        None => learner,
    };
    let begun = Begun { store, page, order, record: &record, labels: &labels, sides: &sides };
    let trained = Box::pin(begun.go(learner, config, checkpoint)).await?;

    record.curve = trained.evaluations.iter().map(ours).collect();
    record.best = Some(trained.best as u32);
    record.secs = trained.secs as f32;
    record.words_per_sec = trained.words_per_sec as f32;
    record.state = RunState::Done { why: reason(trained.why, &record.settings) };
    let weights = project::to_bytes(&trained.model);
    record.weights_bytes = weights.len() as u64;
    let mut outcome = None;
    if let Some(assigned) = &assigned {
        let model = &trained.model;
        let made = pipeline::score_trained(store, page, project, assigned, &record, model).await?;
        assigned.judge(&made.found, &mut record);
        outcome = Some(assigned.outcome(made, &record));
    } else {
        // Opened again, since only one of them may hold the vectors.
        let start = spacy::start(store, page, &record).await?;
        let mut learned =
            SpacyNer::resume(&Config::spacy(), &trained.model, start, device).map_err(on)?;
        let mut judgement = Judgement::default();
        for (side, is_test) in [(&sides.dev, false), (&sides.test, true)] {
            let scored = score(page, &mut learned, &labels, side, is_test, &mut judgement);
            scored.await.map_err(on)?;
        }
        judgement.note(&mut record);
    }
    // A run that was deleted meanwhile must leave nothing behind.
    store.run(project, *run).await?;
    // Of a run on a part of the texts nobody wants the model.
    if assigned.as_ref().is_none_or(|it| it.run.share == 100) {
        store.put_weights(project, *run, &weights).await?;
    } else {
        record.weights_bytes = 0;
    }
    keep_record(store, order, record).await?;
    if let Some(outcome) = outcome {
        store.put_outcome(project, *run, &outcome).await?;
    }
    store.put_checkpoint(project, *run, None).await?;
    page.send(TrainReply::Done);
    Ok(())
}

/// What is learned, and from what.
struct Material {
    labels: Vec<Label>,
    sides: Sides<Example>,
}

async fn material(
    store: &impl Store,
    page: &impl Page,
    record: &RunRecord,
    order: &Order,
    assigned: Option<&Assigned>,
    start: &Start,
) -> Result<Material, Stopped> {
    let (tokenizer, norms) = (tokenizer(store, &record.settings.base).await?, spacy::norms(start));
    let mut labels = assigned.map_or_else(|| record.settings.labels.clone(), Assigned::labels);
    let echo = match start {
        Start::Pipeline(base) if record.replays() => Echo::of(base, &labels),
        _ => Ok(None),
    };
    let echo = echo.map_err(|it| Stopped::failed(&it))?;
    labels.extend(echo.iter().flat_map(|it| it.labels().iter().cloned()));
    let example = |text: String, gold: Vec<Span>, unread| {
        let gold = match &echo {
            Some(echo) => echo.with(&text, gold),
            None => gold,
        };
        let text = Text::with_norms(&tokenizer, &norms, &text);
        Example::new(text, &gold, &labels).with_unread(unread)
    };
    let sides = match assigned {
        None => accepted(store, page, &order.project, &labels, example).await?,
        Some(assigned) => assigned.sides(example)?,
    };
    if echo.is_some() {
        // What the base knows and does not find here cannot be learned again.
        let gold = || sides.train.iter().flat_map(|it| &it.example.gold);
        labels.retain(|label| gold().any(|it| it.label() == label));
    }
    Ok(Material { labels, sides })
}

/// Scores a pipeline that is used as it came.
async fn as_it_came(
    store: &impl Store,
    page: &impl Page,
    order: &Order,
    assigned: &Assigned,
    mut record: RunRecord,
) -> Result<(), Stopped> {
    let made = pipeline::score_as_it_came(store, page, assigned, &record).await?;
    assigned.judge(&made.found, &mut record);
    record.state = RunState::Done { why: RunRecord::NOTHING_TRAINED.to_owned() };
    record.device = Some((order.kind, order.why_device.clone()));
    let outcome = assigned.outcome(made, &record);
    keep_record(store, order, record).await?;
    store.put_outcome(&order.project, order.run, &outcome).await?;
    page.send(TrainReply::Done);
    Ok(())
}

/// A run whose texts are read.
struct Begun<'r, S, P> {
    store: &'r S,
    page: &'r P,
    order: &'r Order,
    record: &'r RunRecord,
    labels: &'r [Label],
    sides: &'r Sides<Example>,
}

impl<S: Store, P: Page> Begun<'_, S, P> {
    /// Trains to the end, from the checkpoint if there is one.
    async fn go(
        self,
        learner: impl Learner,
        config: Config,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Trained, Stopped> {
        let Self { store, page, order, record, labels, sides } = self;
        let settings = &record.settings;
        let on = |err: LearnError| Stopped::on(order.kind, &err);
        let (learned, judged) = (examples(&sides.train), examples(&sides.dev));
        let training = Training::new(learner, config, labels, learned, judged);
        let mut training = training.map_err(on)?;
        let mut best_looks = Vec::new();
        if let Some(Checkpoint { looks, best, secs, state, .. }) = checkpoint {
            best_looks = looks.iter().map(|(_, is_best)| *is_best).collect();
            let looks = looks.iter().map(|(it, is_best)| theirs(it, *is_best)).collect();
            let best = best.map(|(at, model)| (at as usize, model));
            training = training.after(looks, best, secs);
            // Where there is none, the run goes on from its model, a little differently.
            if let Some(state) = state {
                training.restore(&state);
            }
        }
        let unlearned = training.unlearned();
        store.put_run(&order.project, record).await?;
        page.send(TrainReply::Started {
            split: record.split,
            unlearnable: unlearned.off_tokens + unlearned.overlapping,
        });
        for it in training.evaluations() {
            page.send(TrainReply::Evaluated(ours(it)));
        }

        let mut reports = Clock::every(BETWEEN_REPLIES_SECS);
        let mut turn = Clock::every(TURN_SECS);
        let mut kept = Clock::every(CHECKPOINT_SECS);
        let mut loss = None;
        let why = loop {
            match training.step().await.map_err(on)? {
                Progress::Learned { loss: now, .. } => {
                    // A moving mean, since a batch alone is noisy.
                    let mean: f32 = loss.map_or(now, |it: f32| it + (now - it) * 0.1);
                    loss = Some(mean);
                    if reports.is_due() {
                        let progress = progress(&training, settings.epochs, mean);
                        page.send(TrainReply::Progress(progress));
                    }
                }
                Progress::Judged { .. } => {}
                Progress::Evaluated(it) => {
                    best_looks.push(it.is_best);
                    page.send(TrainReply::Evaluated(ours(&it)));
                }
                Progress::Done(why) => break why,
            }
            if kept.is_due() {
                keep(store, order, &training, &best_looks).await?;
            }
            if turn.is_due() {
                page.turn().await;
                if page.wants_stop() {
                    training.stop();
                }
            }
        };
        let (best, model) = training.best().ok_or_else(|| Stopped::Failed {
            why: "training ended before anything was learned: train for longer".to_owned(),
        })?;
        Ok(Trained {
            why,
            model: model.clone(),
            best,
            evaluations: training.evaluations().to_vec(),
            secs: training.secs(),
            words_per_sec: training.words_per_sec(),
        })
    }
}

/// Keeps the record under the name its owner may have given it meanwhile.
async fn keep_record(store: &impl Store, order: &Order, record: RunRecord) -> Result<(), Stopped> {
    let name = store.run(&order.project, order.run).await?.name;
    Ok(store.put_run(&order.project, &RunRecord { name, ..record }).await?)
}

/// What `spacy init config` sets, with what a person can change.
fn config(settings: &TrainSettings) -> Config {
    Config {
        epochs: settings.epochs,
        learning_rate: f64::from(settings.learning_rate),
        dropout: settings.dropout,
        patience: settings.patience,
        seed: settings.seed,
        max_secs: settings.max_seconds.map(f64::from),
        ..Config::spacy()
    }
}

fn progress(training: &Training<impl Learner>, epochs: u32, loss: f32) -> TrainProgress {
    let done = training.share_done();
    let secs = training.secs() as f32;
    TrainProgress {
        stage: None,
        epoch: training.epoch().min(epochs),
        epochs,
        done,
        loss,
        words_per_sec: training.words_per_sec() as f32,
        secs_left: secs * (1.0 - done) / done.max(1e-3),
    }
}

async fn keep(
    store: &impl Store,
    order: &Order,
    training: &Training<impl Learner>,
    best_looks: &[bool],
) -> Result<(), Stopped> {
    let looks = training.evaluations().iter().map(ours).zip(best_looks.iter().copied());
    let mut checkpoint = Checkpoint {
        model: training.model().await.map_err(|err| Stopped::on(order.kind, &err))?,
        looks: looks.collect(),
        best: training.best().map(|(at, model)| (at as u32, model.clone())),
        secs: training.secs(),
        state: Some(training.state().await.map_err(|err| Stopped::on(order.kind, &err))?),
    };
    loop {
        let bytes = project::to_bytes(&checkpoint);
        return match store.put_checkpoint(&order.project, order.run, Some(&bytes)).await {
            // Most of it is the state, which a run can go on without.
            Err(StoreError::Full) if checkpoint.state.take().is_some() => continue,
            // It can end well without any of it.
            Ok(()) | Err(StoreError::Full) => Ok(()),
            Err(err) => Err(err.into()),
        };
    }
}

/// Holds what a pipeline's `ner` finds on a side against what is right. It is read alone: what else
/// the pipeline has may change its entities.
async fn score(
    page: &impl Page,
    ner: &mut SpacyNer,
    labels: &[Label],
    side: &[Accepted<Example>],
    is_test: bool,
    judgement: &mut Judgement,
) -> Result<(), LearnError> {
    let mut batch: Vec<&Accepted<Example>> = Vec::new();
    for (at, it) in side.iter().enumerate() {
        batch.push(it);
        let words: usize = batch.iter().map(|it| it.example.text.len()).sum();
        if words < WORDS_AT_A_TIME && at + 1 < side.len() {
            continue;
        }
        let examples: Vec<Example> = batch.iter().map(|it| it.example.clone()).collect();
        for (it, judged) in batch.iter().zip(ner.judge(&examples).await?) {
            let spans = judged.spans.into_iter();
            let found: Vec<Span> = spans.filter(|it| labels.contains(it.label())).collect();
            let Example { gold, unread, .. } = &it.example;
            judgement.add(it.doc, is_test, gold, &unread.judged(gold, found));
        }
        batch.clear();
        page.turn().await;
    }
    Ok(())
}

/// Why training ended, for people.
fn reason(why: Stop, settings: &TrainSettings) -> String {
    match why {
        Stop::Epochs => "All steps are done.".to_owned(),
        Stop::Patience => {
            format!("Dev F1 did not rise in the last {} looks.", settings.patience)
        }
        Stop::Time => "The time was up.".to_owned(),
        Stop::Asked => "You stopped it. The best model was kept.".to_owned(),
    }
}

fn ours(it: &learn::Evaluation) -> Evaluation {
    Evaluation {
        epoch: it.epoch,
        train_loss: it.train_loss,
        dev_loss: it.dev_loss,
        dev_f1: it.dev_f1,
        secs: it.secs as f32,
        words_per_sec: it.words_per_sec as f32,
    }
}

fn theirs(it: &Evaluation, is_best: bool) -> learn::Evaluation {
    learn::Evaluation {
        epoch: it.epoch,
        train_loss: it.train_loss,
        dev_loss: it.dev_loss,
        dev_f1: it.dev_f1,
        is_best,
        secs: f64::from(it.secs),
        words_per_sec: f64::from(it.words_per_sec),
    }
}
