//! `cargo xtask bench train`: `nerine train` on a split of real texts, and what the page and Python
//! programs make of the same texts.

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

/// A line of the table.
struct Figures {
    engine: String,
    f1: f64,
    secs: f64,
    /// Words learned from in a second; the CRF has no such figure.
    words_per_sec: Option<f64>,
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
    let mut table = vec![step("nerine", || nerine(args, &split))?];
    if args.page {
        table.push(in_page(args, &split)?);
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
            table.push(Figures::of(name, &step(name, || baseline(&asked))?)?);
        }
    }
    println!("▸ {}, train-{}, F1 on test", args.corpus, args.size);
    println!("  {:<16} {:>6} {:>10} {:>9}", "", "F1", "seconds", "words/s");
    for it in &table {
        let words = it.words_per_sec.map_or("–".into(), |it| format!("{it:.0}"));
        println!("  {:<16} {:>6.2} {:>10.1} {words:>9}", it.engine, it.f1, it.secs);
    }
    Ok(())
}

fn nerine(args: &Args, split: &Path) -> Result<Figures> {
    // Built first, so that compiling is no part of what is measured.
    step::run(step::cargo().args(["build", "--quiet", "--locked", "--package", "cli"]))?;
    let out = workspace::target_dir()?.join("bench/model");
    let mut command = step::cargo();
    command.args(["run", "--quiet", "--locked", "--package", "cli", "--bin", "nerine", "--"]);
    command.args(["train", "--base", "blank:en", "--device", "cpu"]);
    command.arg("--seed").arg(args.seed.to_string());
    command.arg("--train").arg(split.join(format!("train-{}.jsonl", args.size)));
    command.arg("--dev").arg(split.join("dev-500.jsonl"));
    command.arg("--test").arg(split.join("test.jsonl"));
    command.arg("-o").arg(out);
    let last = last_line(&mut command)?;
    Ok(Figures {
        engine: "nerine".into(),
        f1: number(&last["scores"]["micro"]["f"])?,
        secs: number(&last["seconds"])?,
        words_per_sec: Some(number(&last["words_per_second"])?),
    })
}

fn in_page(args: &Args, split: &Path) -> Result<Figures> {
    let mut node = super::page::node("train.mjs", Mode::of(args.release))?;
    node.env("TRAIN", split.join(format!("train-{}.jsonl", args.size)))
        .env("DEV", split.join("dev-500.jsonl"))
        .env("TEST", split.join("test.jsonl"));
    let last = step("nerine in Chromium", || last_line(&mut node))?;
    Ok(Figures {
        engine: "nerine, the page".into(),
        f1: number(&last["f"])?,
        secs: number(&last["seconds"])?,
        words_per_sec: last["words_per_second"].as_f64(),
    })
}

impl Figures {
    /// The figures of a baseline.
    fn of(engine: &str, measured: &Value) -> Result<Self> {
        Ok(Self {
            engine: engine.to_owned(),
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

pub(super) fn number(value: &Value) -> Result<f64> {
    value.as_f64().context("a figure is missing in the last line")
}
