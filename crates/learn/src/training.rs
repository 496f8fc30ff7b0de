use std::collections::BTreeSet;

use corpus::{Label, Span};
use model::Model;
use random::Random;
use scorer::Scores;
use serde::{Deserialize, Serialize};
use web_time::Instant;

use crate::batch::{Piece, pieces};
use crate::batching::batches;
use crate::config::Config;
use crate::error::LearnError;
use crate::example::{Example, Unlearned};
use crate::learner::{Judged, Learner};

/// Words of the dev texts that are judged in one step.
const JUDGED_WORDS: usize = 1000;

/// A training run in steps of some milliseconds; whoever made it owns the loop.
///
/// ```no_run
/// # use learn::{LearnError, Progress, SpacyNer, Training};
/// # async fn run(mut training: Training<SpacyNer>) -> Result<(), LearnError> {
/// loop {
///     match training.step().await? {
///         Progress::Evaluated(evaluation) => println!("{:?}", evaluation.dev_f1),
///         Progress::Done(_) => break,
///         Progress::Learned { .. } | Progress::Judged { .. } => {}
///     }
/// }
/// let model = training.best();
/// # Ok(())
/// # }
/// ```
pub struct Training<L: Learner> {
    learner: L,
    labels: Vec<Label>,
    config: Config,
    train: Vec<Example>,
    dev: Vec<Example>,
    random: Random,
    course: Course,
    /// The judged dev texts of this epoch.
    judged: Vec<Judged>,
    phase: Phase,
    evaluations: Vec<Evaluation>,
    best: Option<(usize, Model)>,
    watch: Watch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Learning,
    Judging,
    Done(Stop),
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// Learned a batch.
    Learned {
        /// Epochs done, with the share of this one.
        epochs: f32,
        /// Mean loss of a token.
        loss: f32,
        /// Words of the batch.
        words: usize,
    },
    /// Judged some of the dev texts.
    Judged {
        /// Share of the dev texts that is done, 0 to 1.
        share: f32,
    },
    /// An epoch is complete.
    Evaluated(Evaluation),
    /// There is nothing more to do.
    Done(Stop),
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All epochs are done.
    Epochs,
    /// The dev texts showed no progress for too long.
    Patience,
    /// The time is up.
    Time,
    /// Its owner asked.
    Asked,
}

/// One look at how training goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Epochs done.
    pub epoch: u32,
    /// Mean loss of a token in this epoch.
    pub train_loss: f32,
    /// Mean loss of a token on the dev texts; none without dev texts.
    pub dev_loss: Option<f32>,
    /// F1 on the dev texts, 0 to 1; none without dev texts.
    pub dev_f1: Option<f32>,
    /// Whether the model of this look is the best so far.
    pub is_best: bool,
    /// Seconds since the start.
    pub secs: f64,
    /// Words learned from in a second of learning, in this epoch.
    pub words_per_sec: f64,
}

/// How far a run is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Course {
    /// The batches of this epoch that are still to learn, the next one last.
    waiting: Vec<Vec<Piece>>,
    /// How many this epoch had at its start.
    n_batches: usize,
    /// Batches that were made in all epochs, by which their size grows.
    n_made: u32,
    n_epochs: u32,
    n_steps: usize,
    /// The step of the last look at the dev texts.
    looked: usize,
}

/// Where a run stands between two steps, beside its model and its evaluations.
#[derive(Serialize, Deserialize)]
struct Standing {
    learner: Vec<u8>,
    random: u64,
    course: Course,
    is_judging: bool,
    sums: Sums,
}

/// Time and words.
struct Watch {
    start: Instant,
    earlier_secs: f64,
    sums: Sums,
}

/// What was learned, in this look and in all.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Sums {
    epoch_learning_secs: f64,
    learning_secs: f64,
    epoch_words: usize,
    words: usize,
    epoch_loss: f64,
}

impl<L: Learner> Training<L> {
    /// Prepares a run. Dev texts decide when to stop and which model is kept; without them all
    /// epochs are done and the last model is kept.
    pub fn new(
        learner: L,
        config: Config,
        labels: &[Label],
        train: Vec<Example>,
        dev: Vec<Example>,
    ) -> Result<Self, LearnError> {
        check(labels, &train)?;
        let random = Random::new(config.seed, 2);
        let mut training = Self {
            learner,
            labels: labels.to_vec(),
            train,
            dev,
            random,
            course: Course::default(),
            judged: Vec::new(),
            phase: Phase::Learning,
            evaluations: Vec::new(),
            best: None,
            watch: Watch::new(),
            config,
        };
        training.start_epoch();
        Ok(training)
    }

    /// Goes on where an earlier run was interrupted: behind these evaluations, with the best model
    /// and the place of its evaluation, after so many seconds. The learner must have been resumed
    /// too.
    #[must_use]
    pub fn after(
        mut self,
        evaluations: Vec<Evaluation>,
        best: Option<(usize, Model)>,
        secs: f64,
    ) -> Self {
        self.course.n_epochs = evaluations.last().map_or(0, |it| it.epoch);
        self.course.n_steps = self.course.n_batches * self.course.n_epochs as usize;
        self.course.looked = self.course.n_steps;
        self.watch.earlier_secs = secs;
        self.best = best.filter(|it| it.0 < evaluations.len());
        self.evaluations = evaluations;
        if let Some(why) = self.why_over() {
            self.phase = Phase::Done(why);
        }
        self
    }

    /// What the next steps follow from beside the model and the evaluations, for a checkpoint: bytes
    /// of this build alone. Whatever device it comes from, a run on another goes on from it.
    pub async fn state(&self) -> Result<Vec<u8>, LearnError> {
        let standing = Standing {
            learner: self.learner.state().await?,
            random: self.random.state(),
            course: self.course.clone(),
            is_judging: self.phase == Phase::Judging,
            sums: self.watch.sums,
        };
        Ok(postcard::to_stdvec(&standing).expect("memory is the only limit"))
    }

    /// Goes on exactly where [`state`](Self::state) was asked for. Call it behind
    /// [`after`](Self::after). False where the state is of another run: nothing is changed then, and
    /// the run goes on from the model alone.
    pub fn restore(&mut self, state: &[u8]) -> bool {
        let Ok(standing) = postcard::from_bytes::<Standing>(state) else { return false };
        let fits = |it: &Piece| {
            let text = self.train.get(it.text as usize);
            text.is_some_and(|text| it.start < it.end && it.end as usize <= text.text.len())
        };
        if !standing.course.waiting.iter().flatten().all(fits)
            || !self.learner.restore(&standing.learner)
        {
            return false;
        }
        self.random = Random::from_state(standing.random);
        self.course = standing.course;
        if !matches!(self.phase, Phase::Done(_)) {
            self.phase = if standing.is_judging { Phase::Judging } else { Phase::Learning };
        }
        self.watch.sums = standing.sums;
        true
    }

    /// Ends the run: what [`step`](Self::step) does next is to see to it that there is a model.
    pub fn stop(&mut self) {
        if !matches!(self.phase, Phase::Done(_)) {
            self.phase = Phase::Done(Stop::Asked);
        }
    }

    /// Goes on by one step.
    pub async fn step(&mut self) -> Result<Progress, LearnError> {
        if self.phase != Phase::Judging && self.is_late() {
            self.phase = Phase::Done(Stop::Time);
        }
        match self.phase {
            Phase::Learning => self.learn().await,
            Phase::Judging => self.judge().await,
            Phase::Done(why) => self.finish(why).await,
        }
    }

    /// The epoch that runs, from 1.
    pub fn epoch(&self) -> u32 {
        self.course.n_epochs + 1
    }

    /// Share of all steps that is done if nothing ends the run sooner, 0 to 1.
    pub fn share_done(&self) -> f32 {
        let of_epochs = self.course.n_batches.saturating_mul(self.config.epochs as usize);
        let all = of_epochs.min(self.config.max_steps as usize).max(1);
        self.course.n_steps as f32 / all as f32
    }

    /// The best model so far and the place of its evaluation; none before the first is complete.
    pub fn best(&self) -> Option<(usize, &Model)> {
        self.best.as_ref().map(|(at, model)| (*at, model))
    }

    /// All evaluations so far.
    pub fn evaluations(&self) -> &[Evaluation] {
        &self.evaluations
    }

    /// The model as it is now, for a checkpoint.
    pub async fn model(&self) -> Result<Model, LearnError> {
        self.learner.model().await
    }

    /// The dev texts.
    pub fn dev(&self) -> &[Example] {
        &self.dev
    }

    /// What of the training texts' marks cannot be learned.
    pub fn unlearned(&self) -> Unlearned {
        let mut sum = Unlearned::default();
        self.train.iter().for_each(|it| sum += it.unlearned);
        sum
    }

    /// Seconds since the start.
    pub fn secs(&self) -> f64 {
        self.watch.secs()
    }

    /// Words learned from in a second of learning, over the whole run.
    pub fn words_per_sec(&self) -> f64 {
        self.watch.sums.words as f64 / self.watch.sums.learning_secs.max(1e-9)
    }

    async fn learn(&mut self) -> Result<Progress, LearnError> {
        let batch = self.course.waiting.pop().unwrap_or_default();
        let words: usize = batch.iter().map(|it| (it.end - it.start) as usize).sum();
        let start = Instant::now();
        let loss = self.learner.learn(&self.train, &batch, self.config.learning_rate).await?;
        self.watch.learned(start, words, loss);
        self.course.n_steps += 1;
        let epochs = self.course.n_epochs as f32 + 1.0
            - self.course.waiting.len() as f32 / self.course.n_batches as f32;
        let is_last = self.config.max_steps as usize <= self.course.n_steps;
        if self.course.waiting.is_empty() || is_last {
            self.course.n_epochs += 1;
            let is_due =
                self.course.looked + self.config.look_steps as usize <= self.course.n_steps;
            if is_due || is_last || self.config.epochs <= self.course.n_epochs {
                self.phase = Phase::Judging;
            } else {
                self.start_epoch();
            }
        }
        Ok(Progress::Learned { epochs, loss, words })
    }

    async fn judge(&mut self) -> Result<Progress, LearnError> {
        let start = self.judged.len();
        if start == self.dev.len() {
            return self.evaluate().await.map(Progress::Evaluated);
        }
        let mut words = 0;
        let fits = |it: &&Example| {
            words += it.text.len();
            words <= JUDGED_WORDS
        };
        let n = self.dev[start..].iter().take_while(fits).count().max(1);
        self.judge_next(n).await?;
        Ok(Progress::Judged { share: self.judged.len() as f32 / self.dev.len() as f32 })
    }

    /// Judges the next dev texts. What else a model finds than it is asked for is no error.
    async fn judge_next(&mut self, n: usize) -> Result<(), LearnError> {
        let start = self.judged.len();
        let mut judged = self.learner.judge(&self.dev[start..start + n]).await?;
        for it in &mut judged {
            it.spans.retain(|it| self.labels.contains(it.label()));
        }
        self.judged.extend(judged);
        Ok(())
    }

    /// Closes an epoch.
    async fn evaluate(&mut self) -> Result<Evaluation, LearnError> {
        let judged = std::mem::take(&mut self.judged);
        let dev_f1 = f1(&self.dev, &judged);
        let best_f1 = self.best.as_ref().and_then(|it| self.evaluations[it.0].dev_f1);
        // Without dev texts the last is the best.
        let is_best = self.best.is_none() || dev_f1.is_none() || best_f1 < dev_f1;
        if is_best {
            self.best = Some((self.evaluations.len(), self.learner.model().await?));
        }
        let dev_words: usize = self.dev.iter().map(|it| it.text.len()).sum();
        let dev_loss = judged.iter().map(|it| it.loss).sum::<f64>() / dev_words.max(1) as f64;
        let evaluation = Evaluation {
            epoch: self.course.n_epochs.max(1),
            train_loss: (self.watch.sums.epoch_loss / self.watch.sums.epoch_words.max(1) as f64)
                as f32,
            dev_loss: dev_f1.map(|_| dev_loss as f32),
            dev_f1,
            is_best,
            secs: self.watch.secs(),
            words_per_sec: self.watch.sums.epoch_words as f64
                / self.watch.sums.epoch_learning_secs.max(1e-9),
        };
        self.evaluations.push(evaluation);
        self.course.looked = self.course.n_steps;
        self.watch.start_look();
        self.phase = self.why_over().map_or(Phase::Learning, Phase::Done);
        if self.phase == Phase::Learning {
            self.start_epoch();
        }
        Ok(evaluation)
    }

    /// Why nothing is left to do after an evaluation; none if there is.
    fn why_over(&self) -> Option<Stop> {
        let n = self.evaluations.len();
        let is_done = self.config.max_steps as usize <= self.course.n_steps;
        if is_done || self.config.epochs <= self.course.n_epochs {
            return Some(Stop::Epochs);
        }
        let since_best = n.saturating_sub(1) - self.best.as_ref().map_or(0, |it| it.0);
        let is_stuck = !self.dev.is_empty() && self.config.patience as usize <= since_best;
        (is_stuck && n != 0).then_some(Stop::Patience)
    }

    /// Sees to it that there is a model, also when the time was too short for one epoch.
    async fn finish(&mut self, why: Stop) -> Result<Progress, LearnError> {
        if self.best.is_some() {
            return Ok(Progress::Done(why));
        }
        let missing = self.dev.len() - self.judged.len();
        if missing != 0 {
            self.judge_next(missing).await?;
        }
        let evaluation = self.evaluate().await?;
        self.phase = Phase::Done(why);
        Ok(Progress::Evaluated(evaluation))
    }

    fn start_epoch(&mut self) {
        let mut all = pieces(self.train.iter().map(|it| &it.text), self.config.piece_tokens);
        self.random.shuffle(&mut all);
        self.course.waiting = batches(all, self.config.batch, &mut self.course.n_made);
        self.course.waiting.reverse();
        self.course.n_batches = self.course.waiting.len().max(1);
    }

    fn is_late(&self) -> bool {
        self.config.max_secs.is_some_and(|limit| limit <= self.watch.secs())
    }
}

impl Watch {
    fn new() -> Self {
        Self { start: Instant::now(), earlier_secs: 0.0, sums: Sums::default() }
    }

    fn secs(&self) -> f64 {
        self.earlier_secs + self.start.elapsed().as_secs_f64()
    }

    fn start_look(&mut self) {
        (self.sums.epoch_learning_secs, self.sums.epoch_words, self.sums.epoch_loss) =
            (0.0, 0, 0.0);
    }

    fn learned(&mut self, since: Instant, words: usize, loss: f32) {
        let secs = since.elapsed().as_secs_f64();
        self.sums.epoch_learning_secs += secs;
        self.sums.learning_secs += secs;
        self.sums.epoch_words += words;
        self.sums.words += words;
        self.sums.epoch_loss += f64::from(loss) * words as f64;
    }
}

/// Whether there is something to learn.
fn check(labels: &[Label], train: &[Example]) -> Result<(), LearnError> {
    if labels.is_empty() {
        return Err(LearnError::NoLabels);
    }
    if train.iter().all(|it| it.text.is_empty()) {
        return Err(LearnError::NoTexts);
    }
    let marked: BTreeSet<&Label> = train.iter().flat_map(|it| &it.gold).map(Span::label).collect();
    let unmarked = labels.iter().filter(|it| !marked.contains(it));
    let labels: Vec<String> = unmarked.map(ToString::to_string).collect();
    if labels.is_empty() { Ok(()) } else { Err(LearnError::LabelsWithoutMarks { labels }) }
}

/// F1 of what was found in the dev texts. None without dev texts.
fn f1(dev: &[Example], judged: &[Judged]) -> Option<f32> {
    let mut scores = Scores::default();
    for (example, judged) in dev.iter().zip(judged) {
        let is_judged = |it: &&Span| example.unread.judges(&example.gold, it);
        scores.add(&example.gold, judged.spans.iter().filter(is_judged));
    }
    (!dev.is_empty()).then(|| scores.micro.f1() as f32)
}
