use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::predict::Predictor;
use anyhow::Result;
use corpus::{Doc, Span};
use formats::Options;
use learn::{Config, Evaluation, Progress, SpacyNer, Start, Stop, Training};
use model::{Keeps, Pipeline};
use scorer::Scores;
use serde_json::json;
use spacy::TrainingConfig;

use crate::base::Base;
use crate::device::{self, Choice, block_on};
use crate::figures::{Figures, decimals, per_cent};
use crate::out::Lines;
use crate::refusal::refuse;
use crate::spacy_run::{How, Labels, Remedies};
use crate::{config_file, few, spacy_run, texts, trained};

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
    /// JSONL with texts without marks: Nerine's own learner learns from their words, too, and
    /// --rehearse is done in them
    #[arg(long, value_name = "F")]
    raw: Option<PathBuf>,
    /// A config.cfg as spacy init config writes it, for spaCy's architecture: its settings count
    /// where no option says otherwise, and what is done otherwise is said
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
    /// What every random draw starts from: the same seed gives the same model [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
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
    /// Train an ner of its own, which runs before those that a pipeline has and leaves them as they
    /// are: nothing is forgotten
    #[arg(long, conflicts_with_all = ["scratch", "vectors", "labels", "freeze", "replay", "rehearse"])]
    beside: bool,
    #[command(flatten)]
    remedies: Remedies,
    /// What training runs on
    #[arg(long, value_enum, default_value_t = Choice::Auto)]
    device: Choice,
    /// Stop after this many seconds
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    max_seconds: Option<f64>,
    /// Stop after this many steps [default: 20000]
    #[arg(long, value_name = "N")]
    max_steps: Option<u32>,
    /// The folder that the pipeline is written to; spaCy opens it. A name that ends in .safetensors
    /// gets its trained numbers alone
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

pub(crate) fn seconds(words: &str) -> Result<f64, String> {
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
    if args.raw.is_some() && !args.remedies.rehearse {
        return refuse(
            "--raw is for --base nerine and --rehearse: else spaCy's architecture learns from marks \
             alone",
        );
    }
    let raw = match &args.raw {
        None => Vec::new(),
        Some(path) => few::raw_texts(path)?,
    };
    let (device, device_name) = device::open(args.device)?;

    if trained::labels_of(&train).is_empty() {
        let name = args.train.display();
        return refuse(format!("{name} has no marks to learn from: mark something in it first"));
    }
    let file = args.config.as_deref().map(config_file::read).transpose()?;
    let file = file.unwrap_or_default();
    let vectors = vectors(args, &file);
    let how = how(args, &file, vectors.as_deref(), &raw);
    if args.config.is_some() {
        let keeps_weights = !matches!(how.start()?, Start::Tokens(..) | Start::Beside(..));
        config_file::say_differences(&file, &args.base, keeps_weights);
    }
    let mut training = how.begin(&device, &train, &dev)?;
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
    let pipeline = how.start()?.trained(&model)?;

    let (scored, scored_on) = match &test {
        Some(test) => (test, "test"),
        None => (&dev, "dev"),
    };
    let scores = score(&pipeline, scored)?;
    let labels = trained::labels(&pipeline);
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
        (args.remedies.freeze, "--freeze"),
        (args.remedies.replay, "--replay"),
        (args.beside, "--beside"),
        (args.remedies.rehearse, "--rehearse"),
        (args.config.is_some(), "--config"),
        (args.max_steps.is_some(), "--max-steps"),
        (args.device == Choice::Gpu, "--device gpu"),
    ];
    if let Some((_, name)) = of_spacy.iter().find(|it| it.0) {
        return refuse(format!(
            "{name} is for spaCy's architecture: leave it out with --base nerine"
        ));
    }
    if trained::is_safetensors(&args.output) {
        return refuse(format!(
            "{} would hold arrays, which Nerine's own learner has not: name a folder with -o",
            args.output.display()
        ));
    }
    few::Run {
        train,
        dev,
        test,
        raw: args.raw.as_deref(),
        vectors: args.vectors.as_deref(),
        seed: args.seed.unwrap_or(Config::spacy().seed),
        max_secs: args.max_seconds,
        output: &args.output,
    }
    .go()
}

/// The texts of a file that may be learned from.
fn read(path: &Path) -> Result<Vec<Doc>> {
    texts::learnable(
        &[path.to_owned()],
        Options { format: Some(&formats::JSONL), ..Options::default() },
    )
}

/// The word vectors that are named, else those of the configuration.
fn vectors(args: &Args, file: &TrainingConfig) -> Option<PathBuf> {
    let keeps = args.beside || args.remedies != Remedies::default();
    let goes_on = keeps || args.labels != Labels::Add;
    match &args.vectors {
        Some(path) => Some(path.clone()),
        None if goes_on => None,
        None => config_file::vectors(file),
    }
}

/// How the named base is trained.
fn how<'a>(
    args: &'a Args,
    file: &TrainingConfig,
    vectors: Option<&'a Path>,
    raw: &'a [Arc<str>],
) -> How<'a> {
    let config = config_file::learning(file);
    let config = Config {
        seed: args.seed.unwrap_or(config.seed),
        max_secs: args.max_seconds,
        max_steps: args.max_steps.unwrap_or(config.max_steps),
        ..config
    };
    How {
        base: &args.base,
        labels: args.labels,
        keeps: match (args.scratch, args.beside) {
            (true, _) => Keeps::Tokens,
            (_, true) => Keeps::Beside,
            _ => Keeps::All,
        },
        vectors,
        remedies: args.remedies,
        raw,
        shape: file.shape.clone().unwrap_or_default(),
        config,
    }
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
    for (doc, found) in docs.iter().zip(spacy_run::find(&predictor, docs)?) {
        let gold: Vec<Span> = doc.spans().cloned().collect();
        scores.add(&gold, &doc.annotation.unread.judged(&gold, found));
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
