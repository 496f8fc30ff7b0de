//! Trains on one of the corpora and says how well it went.
//!
//! `NERINE_SHARED=… cargo run --release -p crf --example few_labels -- bc5cdr 100 [seeds] [test]`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use anyhow::{Context, Result};
use corpus::offsets::{Ruler, Unit};
use corpus::{Label, Span};
use crf::{Example, Input, Model, Step};
use scorer::Scores;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let corpus = args.next().unwrap_or_else(|| "bc5cdr".to_owned());
    let size = args.next().unwrap_or_else(|| "100".to_owned());
    let seeds: u64 = args.next().map_or(Ok(1), |it| it.parse()).context("how many seeds?")?;
    let sides: Vec<String> = args.collect();
    let Some(folder) = std::env::var_os("NERINE_SHARED") else {
        eprintln!("NERINE_SHARED is not set: it names the folder that holds data/splits");
        return Ok(());
    };
    let folder = PathBuf::from(folder).join("data/splits").join(&corpus);
    if !folder.is_dir() {
        eprintln!("{} is not there", folder.display());
        return Ok(());
    }
    let read = |name: &str| read(&folder.join(name).with_extension("jsonl"));
    let examples = read(&format!("train-{size}"))?;
    let raw: Vec<Arc<str>> = read("train-full")?.into_iter().map(|it| it.text).collect();
    let mut labels: Vec<Label> =
        examples.iter().flat_map(|it| &it.spans).map(|it| it.label().clone()).collect();
    labels.sort();
    labels.dedup();

    for seed in 0..seeds {
        let input = Input {
            labels: labels.clone(),
            examples: examples.clone(),
            raw: raw.clone(),
            dev: Vec::new(),
            words: None,
            seed,
        };
        let model = train(input)?;
        for side in ["dev-500", "test"]
            .iter()
            .filter(|it| sides.is_empty() || sides.iter().any(|side| side == *it))
        {
            let examples = read(side)?;
            let start = cpu_secs();
            let found: Vec<_> = examples.iter().map(|it| model.suggest(&it.text)).collect();
            let secs = cpu_secs() - start;
            let at = |threshold: f32| {
                let mut scores = Scores::default();
                for (example, found) in examples.iter().zip(&found) {
                    let sure = found.iter().filter(|it| threshold <= it.probability);
                    scores.add(&example.spans, sure.map(|it| &it.span));
                }
                scores.micro
            };
            let micro = at(model.threshold());
            let curve: Vec<String> = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5]
                .iter()
                .map(|it| format!("{it}:{:.1}", 100.0 * at(*it).f1()))
                .collect();
            println!(
                "{corpus} {size} seed {seed} {side}: F1 {:.2} (P {:.1} R {:.1}) at {:.2}, {secs:.2} s | {}",
                100.0 * micro.f1(),
                100.0 * micro.precision(),
                100.0 * micro.recall(),
                model.threshold(),
                curve.join(" "),
            );
        }
    }
    Ok(())
}

/// Trains, and says how long each stage took.
fn train(input: Input) -> Result<Model> {
    let start = cpu_secs();
    let mut training = crf::train(input)?;
    let mut stages: BTreeMap<String, f32> = BTreeMap::new();
    let mut longest = (0.0f32, String::new());
    let mut n = 0;
    loop {
        let begun = cpu_secs();
        let step = training.step();
        let secs = cpu_secs() - begun;
        n += 1;
        match step {
            Step::Working(progress) => {
                let stage = format!("{:?}", progress.stage);
                if longest.0 < secs {
                    longest = (secs, stage.clone());
                }
                *stages.entry(stage).or_default() += secs;
            }
            Step::Done(model) => {
                let stages: Vec<String> =
                    stages.iter().map(|(stage, secs)| format!("{stage} {secs:.2}")).collect();
                println!(
                    "trained in {:.2} s ({}), {n} steps, the longest {:.1} ms in {}, the last {:.1} ms; {:.2} MB",
                    cpu_secs() - start,
                    stages.join(", "),
                    1000.0 * longest.0,
                    longest.1,
                    1000.0 * secs,
                    model.to_bytes().len() as f32 / 1e6,
                );
                return Ok(model);
            }
        }
    }
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
fn read(path: &Path) -> Result<Vec<Example>> {
    let lines = std::fs::read_to_string(path)
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
    Some(Example { text: text.into(), spans: spans.collect::<Option<_>>()? })
}
