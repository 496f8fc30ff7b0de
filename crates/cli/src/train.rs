use std::path::{Path, PathBuf};

use anyhow::Result;
use corpus::{Answer, Doc, Label, Span};
use formats::{Format, Options};
use learn::device::Device;
use learn::{
    Config, Evaluation, Example, HashEmbedCnn, LearnError, Predictor, Progress, Stop, Text,
    Training,
};
use model::Model;
use scorer::Scores;
use serde_json::json;
use tokenizer::Tokenizer;

use crate::base::{Base, Opened};
use crate::device::{self, Choice, block_on};
use crate::figures::{Figures, decimals, per_cent};
use crate::out::Lines;
use crate::refusal::{Refusal, refuse};
use crate::{model_dir, predict, texts};

/// Texts that are scored in one step.
const SCORED_TEXTS: usize = 100;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Whose tokens the model reads: blank:en, scispacy, …, or the path of a spaCy pipeline
    #[arg(long)]
    base: Base,
    /// JSONL with the texts that are learned from
    #[arg(long)]
    train: PathBuf,
    /// JSONL with the texts that decide when to stop and which model is kept
    #[arg(long)]
    dev: PathBuf,
    /// JSONL with texts that are only scored; without it the scores are those of --dev
    #[arg(long)]
    test: Option<PathBuf>,
    /// What every random draw starts from: the same seed gives the same model
    #[arg(long, value_name = "N", default_value_t = Config::default().seed)]
    seed: u64,
    /// What training runs on
    #[arg(long, value_enum, default_value_t = Choice::Auto)]
    device: Choice,
    /// Stop after this many seconds
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    max_seconds: Option<f64>,
    /// The folder that the model is written to
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

fn seconds(words: &str) -> Result<f64, String> {
    match words.parse::<f64>() {
        Ok(secs) if secs.is_finite() && 0.0 < secs => Ok(secs),
        _ => Err("give a number of seconds above 0".into()),
    }
}

/// Trains, scores and keeps a model.
pub(crate) fn run(args: &Args) -> Result<()> {
    let train = read(&args.train)?;
    let dev = read(&args.dev)?;
    let test = args.test.as_deref().map(read).transpose()?;
    let (device, device_name) = device::open(args.device)?;

    let base = args.base.open()?;
    let labels = labels_of(&train);
    let mut training = start(args, &device, &base, &labels, &train, &dev)?;
    // Told now, not after minutes of training.
    model_dir::prepare(&args.output)?;
    say_unlearned(&training);
    let mut out = Lines::new();
    let why = loop {
        match block_on(training.step())? {
            Progress::Evaluated(evaluation) => put(&mut out, &evaluation)?,
            Progress::Done(why) => break why,
            Progress::Learned { .. } | Progress::Judged { .. } => {}
        }
    };
    let (secs, words_per_sec) = (training.secs(), training.words_per_sec());
    let (best, model) = training.best().expect("a run ends with a model");

    let (scored, scored_on) = match &test {
        Some(test) => (test, "test"),
        None => (&dev, "dev"),
    };
    let scores = Figures::of(&score(model, &device, &base.tokenizer, scored)?);
    model_dir::save(&args.output, model, base.rules.as_ref(), &scores, scored_on)?;
    out.put(&json!({
        "scores": scores,
        "scored_on": scored_on,
        "seconds": decimals(secs, 2),
        "words_per_second": words_per_sec.round(),
        "device": device_name,
        "epochs": training.evaluations().len(),
        "best_epoch": best + 1,
        "stopped_by": stopped_by(why),
        "labels": model.labels,
        "model": args.output,
    }))?;
    Ok(out.flush()?)
}

/// The texts of a file that nobody rejected or set aside.
fn read(path: &Path) -> Result<Vec<Doc>> {
    let options = Options { format: Some(Format::Jsonl), ..Options::default() };
    let read = texts::read(&[path.to_owned()], options)?;
    let worth_saying = read.warnings.iter().filter(|it| !texts::is_only_about_projects(it));
    worth_saying.for_each(texts::warn);
    let docs = read.docs.into_iter().map(|it| it.0);
    let docs: Vec<Doc> =
        docs.filter(|it| matches!(it.annotation.answer, None | Some(Answer::Accept))).collect();
    match docs.is_empty() {
        true => refuse(format!("{} has no text with the answer accept or none", path.display())),
        false => Ok(docs),
    }
}

/// The labels of all marks, in order.
fn labels_of(docs: &[Doc]) -> Vec<Label> {
    let mut labels: Vec<Label> =
        docs.iter().flat_map(Doc::spans).map(|it| it.label().clone()).collect();
    labels.sort();
    labels.dedup();
    labels
}

fn start(
    args: &Args,
    device: &Device,
    base: &Opened,
    labels: &[Label],
    train: &[Doc],
    dev: &[Doc],
) -> Result<Training<HashEmbedCnn>> {
    if labels.is_empty() {
        let name = args.train.display();
        return refuse(format!("{name} has no marks to learn from: mark something in it first"));
    }
    let example = |doc: &Doc| {
        let gold: Vec<Span> = doc.spans().cloned().collect();
        Example::new(Text::new(&base.tokenizer, &doc.text), &gold, labels)
    };
    let config = Config { seed: args.seed, max_secs: args.max_seconds, ..Config::default() };
    let learner = HashEmbedCnn::new(&config, &base.name, labels, device);
    let (train, dev) = (train.iter().map(example).collect(), dev.iter().map(example).collect());
    Training::new(learner, config, labels, train, dev).map_err(|err| match err {
        LearnError::NoTexts | LearnError::NoLabels | LearnError::LabelsWithoutMarks { .. } => {
            Refusal(err.to_string()).into()
        }
        err => err.into(),
    })
}

fn say_unlearned(training: &Training<HashEmbedCnn>) {
    let lost = training.unlearned();
    if lost.off_tokens != 0 {
        crate::say(&format!(
            "{} marks do not start and end with a token: they are not learned",
            lost.off_tokens
        ));
    }
    if lost.overlapping != 0 {
        crate::say(&format!(
            "{} marks overlap a longer one: they are not learned",
            lost.overlapping
        ));
    }
}

fn put(out: &mut Lines, evaluation: &Evaluation) -> Result<()> {
    out.put(&json!({
        "epoch": evaluation.epoch,
        "train_loss": decimals(evaluation.train_loss.into(), 5),
        "dev_loss": evaluation.dev_loss.map(|it| decimals(it.into(), 5)),
        "dev_f": evaluation.dev_f1.map(|it| per_cent(it.into())),
        "is_best": evaluation.is_best,
        "seconds": decimals(evaluation.secs, 2),
        "words_per_second": evaluation.words_per_sec.round(),
    }))?;
    Ok(out.flush()?)
}

/// Scores a model on all gold spans, those too that it cannot know.
fn score(model: &Model, device: &Device, tokenizer: &Tokenizer, docs: &[Doc]) -> Result<Scores> {
    let predictor = Predictor::new(model, device)?;
    let mut scores = Scores::default();
    for docs in docs.chunks(SCORED_TEXTS) {
        let texts: Vec<Text> = docs.iter().map(|it| Text::new(tokenizer, &it.text)).collect();
        for (doc, found) in docs.iter().zip(predict::spans(&predictor, &texts)?) {
            scores.add(doc.spans(), &found);
        }
    }
    Ok(scores)
}

fn stopped_by(why: Stop) -> &'static str {
    match why {
        Stop::Epochs => "epochs",
        Stop::Patience => "patience",
        Stop::Time => "time",
        Stop::Asked => "asked",
    }
}
