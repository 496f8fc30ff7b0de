//! Trains a stored run: its record says of which labels, its project's texts say on what.

use std::sync::Arc;

use corpus::Span;
use crf::{Example, Input, Look, Model, Progress, Stage, Step, Work};
use experiment::FrozenDoc;
use project::{Device, Evaluation, ProjectId, RunId, RunRecord, RunState};
use protocol::{ExperimentPart, TrainProgress, TrainReply};
use storage::Store;
use web_time::Instant;

use super::vectors::vectors;
use super::{example, raw_texts, texts_of};
use crate::work::assigned::{Assigned, Made};
use crate::work::texts::{Accepted, Judgement, accepted, examples};
use crate::work::{BETWEEN_REPLIES_SECS, Clock, Page, Stopped, TURN_SECS};

/// Trains, scores and keeps the model.
pub(crate) async fn train(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: RunId,
    part: Option<&ExperimentPart>,
) -> Result<(), Stopped> {
    let mut record = store.run(project, run).await?;
    let seed = record.settings.seed;
    let assigned = match part {
        None => None,
        Some(part) => Some(Assigned::read(store, project, part).await?),
    };
    let (labels, sides, raw) = match &assigned {
        None => {
            let labels = record.settings.labels.clone();
            let sides = accepted(store, page, project, &labels, example).await?;
            let raw = raw_texts(store, page, project, seed).await?;
            (labels, sides, raw)
        }
        Some(assigned) => {
            let sides = assigned.sides(example)?;
            let raw = texts_of(store, page, project, &assigned.record.raw, seed).await?;
            let marked = assigned.train_texts().map(Arc::from);
            (assigned.labels(), sides, marked.chain(raw).collect())
        }
    };
    let learned = examples(&sides.train);
    let texts = raw.iter().chain(learned.iter().map(|it| &it.text));
    let vectors = vectors(store, page, &record.settings.base, texts).await?;
    record.state = RunState::Training;
    record.split = assigned.as_ref().map_or_else(|| sides.counts(), Assigned::counts);
    if let Some((device, _)) = &mut record.device {
        *device = Device::Cpu;
    }
    let input = Input {
        labels: labels.clone(),
        examples: learned,
        raw,
        vectors,
        words: None,
        dev: examples(&sides.dev),
        seed,
    };
    let n_tokens: usize = input.examples.iter().map(|it| crf::tokenize(&it.text).len()).sum();
    let unlearnable = |it: &Example| crf::unlearnable(it, &labels) as u32;
    let unlearnable = input.examples.iter().map(unlearnable).sum();
    let work = crf::train(input).map_err(|it| Stopped::failed(&it))?;
    store.put_run(project, &record).await?;
    page.send(TrainReply::Started { split: record.split, unlearnable });

    let trained = go(page, work, record.settings.max_seconds).await;
    let best = trained.best();
    record.state = RunState::Done { why: trained.why().to_owned() };
    record.curve = trained.curve;
    record.best = best;
    record.secs = trained.secs;
    record.words_per_sec = n_tokens as f32 / record.secs.max(1e-3);
    let weights = trained.model.to_bytes();
    record.weights_bytes = weights.len() as u64;
    let mut outcome = None;
    if let Some(assigned) = &assigned {
        let began = Instant::now();
        let found = read_all(page, &trained.model, &assigned.to_read()).await;
        let reading_secs = began.elapsed().as_secs_f64();
        let labels = assigned.snapshot.labels();
        let lost = |doc: &FrozenDoc| {
            let example = example(doc.text.clone(), doc.gold.clone(), doc.unread.clone());
            crf::unlearnable(&example, labels) as u32
        };
        assigned.judge(&found, &mut record);
        let made = Made {
            found,
            reading_secs,
            misaligned: assigned.misaligned(lost),
            model_bytes: record.weights_bytes,
            forgetting: Vec::new(),
        };
        outcome = Some(assigned.outcome(made, &record));
    } else {
        let mut judgement = Judgement::default();
        score(page, &trained.model, &sides.dev, false, &mut judgement).await;
        score(page, &trained.model, &sides.test, true, &mut judgement).await;
        judgement.note(&mut record);
    }
    // A run that was deleted meanwhile must leave nothing behind, and one may have a new name.
    let name = store.run(project, run).await?.name;
    // Of a run on a part of the texts nobody wants the model.
    match assigned.is_none_or(|it| it.run.share == 100) {
        true => store.put_weights(project, run, &weights).await?,
        false => record.weights_bytes = 0,
    }
    store.put_run(project, &RunRecord { name, ..record }).await?;
    if let Some(outcome) = outcome {
        store.put_outcome(project, run, &outcome).await?;
    }
    page.send(TrainReply::Done);
    Ok(())
}

/// What came of a training.
struct Trained {
    model: Model,
    curve: Vec<Evaluation>,
    secs: f32,
    /// Why it was cut short, for people; none where it was not.
    cut: Option<&'static str>,
}

impl Trained {
    /// The look of the model that was kept: of equals the last.
    fn best(&self) -> Option<u32> {
        let f1 = |it: &Evaluation| it.dev_f1.unwrap_or(0.0);
        let best = self.curve.iter().map(f1).fold(0.0, f32::max);
        self.curve.iter().rposition(|it| best <= f1(it)).map(|it| it as u32)
    }

    /// Why it ended, for people.
    fn why(&self) -> &'static str {
        match (self.cut, self.curve.len()) {
            (Some(why), _) => why,
            (None, 1) => "All steps that would help are done.",
            (None, _) => "All steps are done.",
        }
    }
}

/// Works to the end, until the page wants it to stop, or until its time is up.
async fn go(page: &impl Page, mut work: Work<Model>, max_secs: Option<u32>) -> Trained {
    let began = Instant::now();
    let secs = || began.elapsed().as_secs_f32();
    let mut reports = Clock::every(BETWEEN_REPLIES_SECS);
    let mut turn = Clock::every(TURN_SECS);
    let (mut curve, mut cut) = (Vec::new(), None);
    loop {
        let step = work.step();
        for look in &work.looks()[curve.len()..] {
            let it = evaluation(look, secs());
            curve.push(it);
            page.send(TrainReply::Evaluated(it));
        }
        match step {
            Step::Done(model) => return Trained { model, curve, secs: secs(), cut },
            Step::Working(it) if reports.is_due() => {
                page.send(TrainReply::Progress(progress(it, secs())));
            }
            Step::Working(_) => {}
        }
        if turn.is_due() {
            page.turn().await;
            let is_late = max_secs.is_some_and(|most| most as f32 <= secs());
            let why = match page.wants_stop() {
                true => Some("You stopped it. The best model was kept."),
                false => is_late.then_some("The time was up. The best model was kept."),
            };
            if cut.is_none() && why.is_some() {
                cut = why;
                work.stop();
            }
        }
    }
}

/// What a stage is called in messages.
fn stage(stage: Stage) -> project::Stage {
    match stage {
        Stage::Words => project::Stage::Words,
        Stage::Check => project::Stage::Check,
        Stage::Linear => project::Stage::Linear,
        Stage::Teachers => project::Stage::Teachers,
        Stage::Round(0 | 1) => project::Stage::FirstRound,
        Stage::Round(_) => project::Stage::SecondRound,
        Stage::Packing => project::Stage::Packing,
    }
}

fn evaluation(look: &Look, secs: f32) -> Evaluation {
    Evaluation {
        epoch: stage(look.stage).look().unwrap_or_default(),
        train_loss: 0.0,
        dev_loss: None,
        dev_f1: look.dev_f1,
        secs,
        words_per_sec: 0.0,
    }
}

/// The share of the time that each stage takes, about.
const SHARES: [f32; project::Stage::ALL.len()] = [0.05, 0.17, 0.02, 0.2, 0.28, 0.26, 0.02];

fn progress(it: Progress, secs: f32) -> TrainProgress {
    let stage = stage(it.stage);
    let before: f32 = SHARES[..stage as usize].iter().sum();
    let done = before + SHARES[stage as usize] * it.done;
    TrainProgress {
        stage: Some(stage),
        done,
        secs_left: secs * (1.0 - done) / done.max(1e-3),
        ..TrainProgress::default()
    }
}

/// What a model finds in each text.
async fn read_all(page: &impl Page, model: &Model, texts: &[&str]) -> Vec<Vec<Span>> {
    let mut turn = Clock::every(TURN_SECS);
    let mut found = Vec::with_capacity(texts.len());
    for text in texts {
        found.push(model.predict(text).into_iter().map(|it| it.span).collect());
        if turn.is_due() {
            page.turn().await;
        }
    }
    found
}

/// Holds what a model finds on a side against what is right.
async fn score(
    page: &impl Page,
    model: &Model,
    side: &[Accepted<Example>],
    is_test: bool,
    judgement: &mut Judgement,
) {
    let mut turn = Clock::every(TURN_SECS);
    for it in side {
        let found = model.predict(&it.example.text).into_iter().map(|it| it.span);
        let Example { spans, unread, .. } = &it.example;
        judgement.add(it.doc, is_test, spans, &unread.judged(spans, found.collect()));
        if turn.is_due() {
            page.turn().await;
        }
    }
}
