//! `cargo xtask bench train`: `nerine train` on a split of real texts, and what the page and Python
//! programs make of the same texts.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::page::Mode;
use crate::step::{self, step};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The corpus, a folder of data/splits
    #[arg(long, default_value = "bc5cdr")]
    corpus: String,
    /// The training texts: 100, 300, 1000 or full
    #[arg(long, default_value = "300")]
    size: String,
    /// What learns
    #[arg(long, value_enum, default_value_t = Learner::Nerine)]
    learner: Learner,
    /// Passed on to `nerine train`
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also trains through the page, in Chromium
    #[arg(long)]
    page: bool,
    /// The page is the optimised one, as `dist` builds it
    #[arg(long, requires = "page")]
    release: bool,
    /// Also runs the CRF and spaCy, on one thread
    #[arg(long)]
    baselines: bool,
    /// The Python that has spacy and sklearn-crfsuite
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: PathBuf,
    /// Seconds that spaCy trains
    #[arg(long, default_value_t = 120)]
    spacy_seconds: u32,
}

/// What learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Learner {
    /// Nerine's own, with the texts of train-full, whose marks it does not see, as raw text
    Nerine,
    /// spaCy's architecture
    Spacy,
}

/// What a training came to.
pub(super) struct Figures {
    /// In per cent, on test.
    pub(super) f1: f64,
    pub(super) secs: f64,
    /// Words learned from in a second; the CRF has no such figure.
    pub(super) words_per_sec: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let shared = super::shared()?;
    let split = shared.join("data/splits").join(&args.corpus);
    if !split.is_dir() {
        bail!("{} is not there: name a corpus of data/splits", split.display());
    }
    if args.baselines {
        check_python(&args.python)?;
    }
    build_nerine()?;
    let mut table: Vec<(&str, Figures)> = Vec::new();
    let measured = step("nerine", || {
        let model = workspace::target_dir()?.join("bench/model");
        let more = match args.learner {
            Learner::Nerine => {
                vec!["--base".into(), "nerine".into(), "--raw".into(), raw(&split).into()]
            }
            Learner::Spacy => {
                ["--base", "blank:en", "--device", "cpu"].map(OsString::from).to_vec()
            }
        };
        nerine(&Nerine { split: &split, size: &args.size, seed: args.seed, model, more: &more })
    });
    table.push(("nerine", Figures::of(&measured?)?));
    if args.page {
        table.push(("nerine, the page", in_page(args, &split)?));
    }
    if args.baselines {
        let secs = args.spacy_seconds.to_string();
        let baselines = [
            ("the CRF", "crf_baseline.py", &[][..]),
            ("spaCy", "spacy_baseline.py", &["--cpu-seconds", secs.as_str()]),
        ];
        for (name, script, more) in baselines {
            let (python, size) = (args.python.as_path(), args.size.as_str());
            let asked = Baseline { python, shared: &shared, split: &split, size, script, more };
            table.push((name, Figures::of(&step(name, || baseline(&asked))?)?));
        }
    }
    println!("▸ {}, train-{}, F1 on test", args.corpus, args.size);
    println!("  {:<16} {:>6} {:>10} {:>9}", "", "F1", "seconds", "words/s");
    for (engine, it) in &table {
        let words = it.words_per_sec.map_or("–".into(), |it| format!("{it:.0}"));
        println!("  {engine:<16} {:>6.2} {:>10.1} {words:>9}", it.f1, it.secs);
    }
    Ok(())
}

/// Builds the command line first, so that compiling is no part of what is measured.
pub(super) fn build_nerine() -> Result<()> {
    step::run(step::cargo().args(["build", "--quiet", "--locked", "--package", "cli"]))
}

/// What `nerine train` is asked.
pub(super) struct Nerine<'a> {
    pub(super) split: &'a Path,
    pub(super) size: &'a str,
    pub(super) seed: u64,
    /// Where the model goes. An earlier one makes room.
    pub(super) model: PathBuf,
    pub(super) more: &'a [OsString],
}

/// Trains with the command line: F1 on test, seconds, and words a second.
pub(super) fn nerine(asked: &Nerine<'_>) -> Result<Value> {
    if asked.model.is_dir() {
        fs::remove_dir_all(&asked.model)?;
    }
    let mut command = step::cargo();
    command.args(["run", "--quiet", "--locked", "--package", "cli", "--bin", "nerine", "--"]);
    command.arg("train").args(asked.more).arg("--seed").arg(asked.seed.to_string());
    command.arg("--train").arg(asked.split.join(format!("train-{}.jsonl", asked.size)));
    command.arg("--dev").arg(asked.split.join("dev-500.jsonl"));
    command.arg("--test").arg(asked.split.join("test.jsonl"));
    let last = last_line(command.arg("-o").arg(&asked.model))?;
    Ok(json!({
        "f": last["scores"]["micro"]["f"],
        "seconds": last["seconds"],
        "words_per_second": last["words_per_second"],
        "scores": last["scores"],
    }))
}

fn in_page(args: &Args, split: &Path) -> Result<Figures> {
    let mut node = super::page::node("train.mjs", Mode::of(args.release))?;
    if args.learner == Learner::Nerine {
        node.env("RAW", raw(split));
    }
    node.env("TRAIN", split.join(format!("train-{}.jsonl", args.size)))
        .env("DEV", split.join("dev-500.jsonl"))
        .env("TEST", split.join("test.jsonl"));
    let last = step("nerine in Chromium", || last_line(&mut node))?;
    Figures::of(&last)
}

/// The texts of a split that are there without their marks.
fn raw(split: &Path) -> PathBuf {
    split.join("train-full.jsonl")
}

impl Figures {
    /// Reads them from JSON.
    pub(super) fn of(measured: &Value) -> Result<Self> {
        Ok(Self {
            f1: number(&measured["f"])?,
            secs: number(&measured["seconds"])?,
            words_per_sec: measured["words_per_second"].as_f64(),
        })
    }
}

/// Whether a Python has what the baselines need.
pub(super) fn check_python(python: &Path) -> Result<()> {
    let found = Command::new(python).args(["-c", "import spacy, sklearn_crfsuite"]).output();
    match found {
        Ok(found) if found.status.success() => Ok(()),
        _ => bail!(
            "{} lacks spacy or sklearn-crfsuite: pip install spacy sklearn-crfsuite, and name \
             that Python with --python",
            python.display()
        ),
    }
}

/// What is run beside Nerine.
pub(super) struct Baseline<'a> {
    pub(super) python: &'a Path,
    pub(super) shared: &'a Path,
    pub(super) split: &'a Path,
    pub(super) size: &'a str,
    pub(super) script: &'a str,
    pub(super) more: &'a [&'a str],
}

/// Trains a baseline on one thread: its F1 on test, CPU seconds, and words a CPU second.
pub(super) fn baseline(asked: &Baseline<'_>) -> Result<Value> {
    let mut command = step::command(asked.python);
    command.arg(asked.shared.join("bench").join(asked.script));
    command.arg(asked.split).arg(asked.size).args(asked.more);
    run_baseline(command)
}

/// Trains the CRF, and decodes it by the probabilities of its spans.
pub(super) fn crf_threshold(
    python: &Path,
    shared: &Path,
    split: &Path,
    size: &str,
) -> Result<Value> {
    let mut command = step::command(python);
    command.arg(workspace::root().join("tests/bench/crf_threshold.py"));
    command.arg(shared.join("bench")).arg(split).arg(size);
    run_baseline(command)
}

fn run_baseline(mut command: Command) -> Result<Value> {
    for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"] {
        command.env(variable, "1");
    }
    let last = last_line(&mut command)?;
    Ok(json!({
        "f": last["micro"]["f"],
        "seconds": last["train_cpu_s"],
        "words_per_second": last["train_words_per_cpu_s"],
        "predict_words_per_second": last["predict_words_per_cpu_s"],
    }))
}

/// The last line of a program's output, which is JSON.
pub(super) fn last_line(command: &mut Command) -> Result<Value> {
    let output = step::output(command)?;
    let last = output.lines().last().context("nothing was printed")?;
    serde_json::from_str(last).context("the last line is no JSON")
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().context("a figure is missing in the last line")
}
