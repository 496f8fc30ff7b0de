use std::path::{Path, PathBuf};

use ::predict::Predictor;
use anyhow::Result;
use corpus::{Answer, Doc, Label, Span};
use formats::{Format, Options};
use learn::device::Device;
use learn::{
    Config, Evaluation, Example, LearnError, Progress, SpacyNer, Start, Stop, Text, Training,
};
use model::{Pipeline, Shape};
use scorer::Scores;
use serde_json::json;
use tokenizer::Norms;

use crate::base::{self, Base};
use crate::device::{self, Choice, block_on};
use crate::figures::{Figures, decimals, per_cent};
use crate::out::Lines;
use crate::refusal::{Refusal, refuse};
use crate::{few, texts, trained};

/// Texts that are scored in one step.
const SCORED_TEXTS: usize = 100;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What training starts from: nothing but the tokens of blank:en, scispacy, …, or a spaCy
    /// pipeline, by its path. With "nerine" it is Nerine's own learner, made for few marks
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
    /// JSONL with texts without marks, whose words Nerine's own learner learns from, too
    #[arg(long, value_name = "F")]
    raw: Option<PathBuf>,
    /// What every random draw starts from: the same seed gives the same model
    #[arg(long, value_name = "N", default_value_t = Config::spacy().seed)]
    seed: u64,
    /// What becomes of the labels of a pipeline
    #[arg(long, value_enum, default_value_t = Labels::Add)]
    labels: Labels,
    /// Keep of a pipeline only its tokens and word vectors, and train all else from nothing. So it
    /// is, too, where a pipeline has no ner
    #[arg(long, conflicts_with = "labels")]
    scratch: bool,
    /// Word vectors that are read beside the words, and stay as they are: a file of word2vec (text
    /// or binary), GloVe or fastText (.vec), perhaps gzipped, or a spaCy pipeline. spaCy's
    /// architecture trains all else from nothing
    #[arg(long, value_name = "PATH", conflicts_with_all = ["labels", "freeze"])]
    vectors: Option<PathBuf>,
    /// Leave a pipeline's tok2vec as it is: what other components read stays the same
    #[arg(long, conflicts_with = "scratch")]
    freeze: bool,
    /// What training runs on
    #[arg(long, value_enum, default_value_t = Choice::Auto)]
    device: Choice,
    /// Stop after this many seconds
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    max_seconds: Option<f64>,
    /// Stop after this many steps
    #[arg(long, value_name = "N", default_value_t = Config::spacy().max_steps)]
    max_steps: u32,
    /// The folder that the pipeline is written to; spaCy opens it
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// What becomes of the labels that a pipeline knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Labels {
    /// They stay, and those of the texts are added
    Add,
    /// They stay, and marks of others are not looked at
    Keep,
    /// Those of the texts take their place
    Replace,
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
    if args.base == Base::Nerine {
        return train_few(args, &train, &dev, test.as_deref());
    }
    if args.raw.is_some() {
        return refuse("--raw is for --base nerine: spaCy's architecture learns from marks alone");
    }
    let (device, device_name) = device::open(args.device)?;

    let mut training = begin(args, &device, &train, &dev)?;
    // Told now, not after minutes of training.
    trained::prepare(&args.output)?;
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
    let (best, model) = (training.evaluations()[best].epoch, model.clone());
    let n_looks = training.evaluations().len();
    drop(training);
    // Opened again, since only one of them may hold the vectors.
    let pipeline = start(args)?.trained(&model)?;

    let (scored, scored_on) = match &test {
        Some(test) => (test, "test"),
        None => (&dev, "dev"),
    };
    let scores = score(&pipeline, scored)?;
    let labels: Vec<&str> = trained::labels(&pipeline);
    trained::save(&args.output, &pipeline, &model.base, &scores, scored_on)?;
    out.put(&json!({
        "scores": Figures::of(&scores),
        "scored_on": scored_on,
        "seconds": decimals(secs, 2),
        "words_per_second": words_per_sec.round(),
        "device": device_name,
        "looks": n_looks,
        "best_epoch": best,
        "stopped_by": stopped_by(why),
        "labels": labels,
        "model": args.output,
    }))?;
    Ok(out.flush()?)
}

/// Trains Nerine's own learner.
fn train_few(args: &Args, train: &[Doc], dev: &[Doc], test: Option<&[Doc]>) -> Result<()> {
    let of_spacy = [
        (args.labels != Labels::Add, "--labels"),
        (args.scratch, "--scratch"),
        (args.freeze, "--freeze"),
        (args.max_steps != Config::spacy().max_steps, "--max-steps"),
        (args.device == Choice::Gpu, "--device gpu"),
    ];
    if let Some((_, name)) = of_spacy.iter().find(|it| it.0) {
        return refuse(format!(
            "{name} is for spaCy's architecture: leave it out with --base nerine"
        ));
    }
    few::Run {
        train,
        dev,
        test,
        raw: args.raw.as_deref(),
        vectors: args.vectors.as_deref(),
        seed: args.seed,
        max_secs: args.max_seconds,
        output: &args.output,
    }
    .go()
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

/// What training starts from.
fn start(args: &Args) -> Result<Start> {
    let start = match &args.base {
        Base::Nerine => return refuse(base::NO_TOKENS),
        Base::BuiltIn(base) => match base.rules() {
            Some(rules) => Start::blank(base.lang(), rules),
            None => {
                return refuse(format!(
                    "{base} has no rules that a pipeline's files can hold: choose another base"
                ));
            }
        },
        Base::Pipeline(path) => {
            let pipeline = Box::new(base::open(path)?);
            let is_bare = args.scratch || args.vectors.is_some();
            match args.labels {
                _ if is_bare || pipeline.trained_ner().is_none() => {
                    Start::Tokens(pipeline, Shape::default())
                }
                Labels::Replace => Start::OtherLabels(pipeline),
                Labels::Add | Labels::Keep => Start::Pipeline(pipeline),
            }
        }
    };
    match (&args.vectors, start) {
        (Some(path), Start::Tokens(mut pipeline, shape)) => {
            pipeline.set_vectors(base::vectors(path)?);
            Ok(Start::Tokens(pipeline, shape))
        }
        (_, start) => Ok(start),
    }
}

/// A run that is ready to begin.
fn begin(args: &Args, device: &Device, train: &[Doc], dev: &[Doc]) -> Result<Training<SpacyNer>> {
    let labels = trained::labels_of(train);
    if labels.is_empty() {
        let name = args.train.display();
        return refuse(format!("{name} has no marks to learn from: mark something in it first"));
    }
    let base = args.base.open()?;
    let start = start(args)?;
    let pipeline = start.base();
    let norms = Norms::new(pipeline.norms.iter().map(|(word, norm)| (*word, norm.as_str())));
    let labels = match &start {
        Start::Pipeline(it) if args.labels == Labels::Keep => {
            let known = trained::labels(it);
            labels.into_iter().filter(|it| known.contains(&it.as_str())).collect()
        }
        _ => labels,
    };
    let example = |doc: &Doc| {
        let gold: Vec<Span> = doc.spans().cloned().collect();
        let text = Text::with_norms(&base.tokenizer, &norms, &doc.text);
        Example::new(text, &gold, &labels).with_unread(doc.annotation.unread.clone())
    };
    let (train, dev): (Vec<_>, Vec<_>) =
        (train.iter().map(example).collect(), dev.iter().map(example).collect());
    let config = Config {
        seed: args.seed,
        max_secs: args.max_seconds,
        max_steps: args.max_steps,
        ..Config::spacy()
    };
    let counted = learn::count_tokens(&labels, &train);
    let run = || {
        let learner = SpacyNer::new(&config, &base.name, start, &counted, device)?;
        let learner = if args.freeze { learner.with_frozen_tok2vec() } else { learner };
        Training::new(learner, config, &labels, train, dev)
    };
    run().map_err(|err| match err {
        LearnError::Device { .. } => anyhow::Error::from(err),
        err => Refusal(err.to_string()).into(),
    })
}

fn say_unlearned(training: &Training<SpacyNer>) {
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

/// Scores a pipeline on all gold spans, those too that it cannot know.
fn score(pipeline: &Pipeline, docs: &[Doc]) -> Result<Scores> {
    let predictor = Predictor::new(pipeline.clone())?;
    let mut scores = Scores::default();
    for docs in docs.chunks(SCORED_TEXTS) {
        let texts: Vec<&str> = docs.iter().map(|it| &*it.text).collect();
        for (doc, found) in docs.iter().zip(predictor.predict(&texts)?) {
            let span = |it: &::predict::Entity| {
                Span::new(it.start, it.end, Label::new(&it.label).ok()?).ok()
            };
            let found = found.entities.iter().filter_map(span).collect();
            let gold: Vec<Span> = doc.spans().cloned().collect();
            scores.add(&gold, &doc.annotation.unread.judged(&gold, found));
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
