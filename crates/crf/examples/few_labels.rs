//! Trains on a split of one of the corpora and says how well it went, and how long it took.
//!
//! `NERINE_SHARED=… cargo run --release -p crf --example few_labels -- CORPUS SIZE [KEY=VALUE…]`
//!
//! `seeds=5` trains five times, `sides=dev-500,test` says what is judged, `stop=dev-500` which
//! examples the training is stopped by, and `live=300` judges the linear member alone: first as
//! learned from SIZE, then after each text of the larger split was added.

#![expect(clippy::print_stdout, reason = "it prints its result")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use corpus::offsets::{Ruler, Unit};
use corpus::{Label, Span};
use crf::{Example, Input, Live, Model, Scored, Step, Work};
use scorer::{Prf, Scores};

/// What was asked for.
struct Options {
    folder: PathBuf,
    size: String,
    seeds: u64,
    sides: Vec<String>,
    stop: Option<String>,
    live: Option<String>,
}

fn main() -> Result<()> {
    let Some(shared) = std::env::var_os("NERINE_SHARED") else {
        eprintln!("NERINE_SHARED is not set: it names the folder that holds data/splits");
        return Ok(());
    };
    let options = options(&PathBuf::from(shared).join("data/splits"))?;
    if !options.folder.is_dir() {
        eprintln!("{} is not there", options.folder.display());
        return Ok(());
    }
    let input = input(&options)?;
    match &options.live {
        Some(larger) => live(&options, input, larger),
        None => (0..options.seeds).try_for_each(|seed| cell(&options, &input, seed)),
    }
}

fn options(splits: &Path) -> Result<Options> {
    let mut options = Options {
        folder: splits.join("bc5cdr"),
        size: "100".to_owned(),
        seeds: 1,
        sides: vec!["dev-500".to_owned(), "test".to_owned()],
        stop: None,
        live: None,
    };
    for (at, arg) in std::env::args().skip(1).enumerate() {
        match (at, arg.split_once('=')) {
            (0, None) => options.folder = splits.join(arg),
            (1, None) => options.size = arg,
            (_, Some(("seeds", it))) => options.seeds = it.parse().context("how many seeds?")?,
            (_, Some(("sides", it))) => options.sides = it.split(',').map(str::to_owned).collect(),
            (_, Some(("stop", it))) => options.stop = Some(it.to_owned()),
            (_, Some(("live", it))) => options.live = Some(it.to_owned()),
            _ => bail!("{arg:?} is not understood"),
        }
    }
    Ok(options)
}

fn input(options: &Options) -> Result<Input> {
    let examples = read(options, &format!("train-{}", options.size))?;
    let mut labels: Vec<Label> =
        examples.iter().flat_map(|it| &it.spans).map(|it| it.label().clone()).collect();
    labels.sort();
    labels.dedup();
    Ok(Input {
        labels,
        examples,
        raw: read(options, "train-full")?.into_iter().map(|it| it.text).collect(),
        dev: options.stop.as_ref().map_or(Ok(Vec::new()), |it| read(options, it))?,
        ..Input::default()
    })
}

/// Trains once, and judges the model.
fn cell(options: &Options, input: &Input, seed: u64) -> Result<()> {
    let start = cpu_secs();
    let model = watch(crf::train(Input { seed, ..input.clone() })?);
    let bytes = model.to_bytes();
    println!("seed {seed}: {:.1} s, {:.2} MB", cpu_secs() - start, bytes.len() as f32 / 1e6);
    let model = Model::from_bytes(&bytes)?;
    for side in &options.sides {
        let examples = read(options, side)?;
        judge(side, &examples, model.threshold(), |text| model.suggest(text));
    }
    Ok(())
}

/// Learns text by text, and judges before and after.
fn live(options: &Options, input: Input, larger: &str) -> Result<()> {
    let texts = input.raw.iter().chain(input.examples.iter().map(|it| &it.text)).cloned();
    let words =
        Some(watch(crf::read_words(texts.collect::<Vec<Arc<str>>>(), input.vectors.clone())));
    let known: Vec<Arc<str>> = input.examples.iter().map(|it| it.text.clone()).collect();
    let start = Instant::now();
    let mut live = Live::start(Input { words, ..input })?.finish();
    println!("first model: {:.3} s", start.elapsed().as_secs_f32());
    let judge_all = |live: &Live| -> Result<()> {
        for side in &options.sides {
            judge(side, &read(options, side)?, 0.15, |text| live.suggest(text));
        }
        Ok(())
    };
    judge_all(&live)?;
    let mut secs: Vec<f32> = Vec::new();
    for it in read(options, &format!("train-{larger}"))? {
        if !known.contains(&it.text) {
            let start = Instant::now();
            live.learn(&it);
            secs.push(start.elapsed().as_secs_f32());
        }
    }
    secs.sort_by(f32::total_cmp);
    println!(
        "{} texts more: {:.1} ms each in the median, {:.1} at most",
        secs.len(),
        1000.0 * secs[secs.len() / 2],
        1000.0 * secs[secs.len() - 1],
    );
    judge_all(&live)
}

/// Does the work, and says how long each stage took.
fn watch<T>(mut work: Work<T>) -> T {
    let mut stages: BTreeMap<String, f32> = BTreeMap::new();
    let mut steps: Vec<f32> = Vec::new();
    let mut stage = String::new();
    loop {
        let (wall, start) = (Instant::now(), cpu_secs());
        let step = work.step();
        steps.push(wall.elapsed().as_secs_f32());
        if let Step::Working(progress) = &step {
            stage = format!("{:?}", progress.stage);
        }
        *stages.entry(stage.clone()).or_default() += cpu_secs() - start;
        if let Step::Done(it) = step {
            let stages: Vec<String> =
                stages.iter().map(|(stage, secs)| format!("{stage} {secs:.2} s")).collect();
            steps.sort_by(f32::total_cmp);
            println!(
                "{}; {} steps by the clock: median {:.1} ms, 99.9 % {:.1} ms, longest {:.1} ms",
                stages.join(", "),
                steps.len(),
                1000.0 * steps[steps.len() / 2],
                1000.0 * steps[steps.len() * 999 / 1000],
                1000.0 * steps[steps.len() - 1],
            );
            return it;
        }
    }
}

/// Prints scores at the threshold and at others, and how often spans of a probability are right.
fn judge(side: &str, examples: &[Example], threshold: f32, suggest: impl Fn(&str) -> Vec<Scored>) {
    let start = cpu_secs();
    let found: Vec<Vec<Scored>> = examples.iter().map(|it| suggest(&it.text)).collect();
    let secs = cpu_secs() - start;
    let at = |from: f32, to: f32| -> Prf {
        let mut scores = Scores::default();
        for (example, found) in examples.iter().zip(&found) {
            let sure = found.iter().filter(|it| from <= it.probability && it.probability < to);
            scores.add(&example.spans, sure.map(|it| &it.span));
        }
        scores.micro
    };
    let micro = at(threshold, 2.0);
    println!(
        "  {side}: F1 {:.2} (P {:.1} R {:.1}) at {threshold:.2}, {secs:.2} s",
        100.0 * micro.f1(),
        100.0 * micro.precision(),
        100.0 * micro.recall(),
    );
    let curve = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5]
        .map(|it| format!("{it} {:.1}", 100.0 * at(it, 2.0).f1()));
    let bins = [(0.05, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 2.0)];
    let bins = bins.map(|(from, to)| format!("{from} {:.2}", at(from, to).precision()));
    println!("    F1 by threshold: {}; share right from: {}", curve.join(", "), bins.join(", "));
}

/// Seconds that this thread has computed, where the system says so, or else has existed: other
/// programs on the machine do not count.
fn cpu_secs() -> f32 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    let nanos = std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|it| it.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or_else(|| start.elapsed().as_secs_f32(), |it| (it / 1e9) as f32)
}

/// Reads texts and spans, which are counted in code points.
fn read(options: &Options, name: &str) -> Result<Vec<Example>> {
    let path = options.folder.join(name).with_extension("jsonl");
    let lines = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    lines.lines().map(|line| example(line).context("a line is not as expected")).collect()
}

fn example(line: &str) -> Option<Example> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = value["text"].as_str()?;
    let ruler = Ruler::new(text);
    let byte = |it: &serde_json::Value| -> Option<u32> {
        ruler.to_bytes(u32::try_from(it.as_u64()?).ok()?, Unit::CodePoints)
    };
    let spans = value["spans"].as_array()?.iter().map(|it| {
        let label = Label::new(it["label"].as_str()?).ok()?;
        Span::new(byte(&it["start"])?, byte(&it["end"])?, label).ok()
    });
    Some(Example { text: text.into(), spans: spans.collect::<Option<_>>()?, ..Example::default() })
}
