//! `cargo xtask bench learn`: both learners on real texts from few marks to many, beside a CRF and
//! spaCy. Each cell of the table is kept as a file, so that a run that was ended goes on.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::train::{self, Baseline, Figures, Nerine, baseline, check_python};
use crate::step::step;
use crate::workspace;

const CORPORA: [&str; 3] = ["bc5cdr", "ncbi-disease", "wnut17"];
const SIZES: [&str; 4] = ["100", "300", "1000", "full"];

/// What is asked of the mean F1 on test: corpus, engine, and a figure for each size.
const GOALS: [(&str, Engine, [f64; 4]); 4] = [
    ("bc5cdr", Engine::Spacy, [44.0, 59.0, 69.0, 78.0]),
    ("bc5cdr", Engine::Few, [62.0, 69.5, 77.0, 81.5]),
    ("ncbi-disease", Engine::Few, [62.0, 70.5, 77.0, 83.0]),
    ("wnut17", Engine::Few, [14.0, 22.0, 25.0, 27.0]),
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A corpus of data/splits; all by default
    #[arg(long)]
    corpus: Vec<String>,
    /// The training texts: 100, 300, 1000 or full; all by default
    #[arg(long)]
    size: Vec<String>,
    /// What learns: nerine, nerine-blank-en, crfsuite, crfsuite-threshold or spacy; all by default
    #[arg(long)]
    engine: Vec<String>,
    /// Seeds of each cell
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Only bc5cdr with 100 and 300 texts, one seed each
    #[arg(long, conflicts_with_all = ["corpus", "size", "seeds"])]
    quick: bool,
    /// Measures anew what is kept from earlier runs
    #[arg(long)]
    fresh: bool,
    /// Seconds that spaCy's architecture may train, here and in spaCy itself
    #[arg(long, default_value_t = 120)]
    spacy_seconds: u32,
    /// The Python that has spacy and sklearn-crfsuite; without it there are no baselines
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// What learns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    /// Nerine's own learner.
    Few,
    /// spaCy's architecture, trained by Nerine.
    Spacy,
    /// The CRF of sklearn-crfsuite.
    Crf,
    /// The same, decoded by the probabilities of its spans.
    CrfThreshold,
    /// spaCy itself.
    SpacyItself,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Engine::Few => "nerine",
            Engine::Spacy => "nerine-blank-en",
            Engine::Crf => "crfsuite",
            Engine::CrfThreshold => "crfsuite-threshold",
            Engine::SpacyItself => "spacy",
        }
    }

    /// How many seeds are tried, of those that are asked for.
    fn seeds(self, asked: u64) -> u64 {
        match self {
            Engine::Few | Engine::Spacy => asked,
            // The one draws nothing, the other takes minutes.
            Engine::Crf | Engine::CrfThreshold | Engine::SpacyItself => 1,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let shared = super::shared()?;
    let kept = workspace::target_dir()?.join("bench/learn");
    fs::create_dir_all(&kept)?;
    let mut engines = vec![Engine::Few, Engine::Spacy];
    if let Some(python) = &args.python {
        check_python(python)?;
        engines.extend([Engine::Crf, Engine::CrfThreshold, Engine::SpacyItself]);
    }
    engines.retain(|it| args.engine.is_empty() || args.engine.iter().any(|name| name == it.name()));
    train::build_nerine()?;
    let seeds = if args.quick { 1 } else { args.seeds };
    let mut table = String::new();
    for corpus in CORPORA.iter().filter(|it| args.wants_corpus(it)) {
        writeln!(table, "▸ {corpus}: mean F1 on test (goal), seconds, words/s")?;
        for engine in &engines {
            write!(table, "  {:<18}", engine.name())?;
            for (at, size) in SIZES.iter().enumerate().filter(|it| args.wants_size(it.1)) {
                let cell = |seed| args.cell(&shared, &kept, (corpus, size), *engine, seed);
                let cells: Vec<Figures> =
                    (0..engine.seeds(seeds)).map(cell).collect::<Result<_>>()?;
                let goal = GOALS.iter().find(|it| it.0 == *corpus && it.1 == *engine);
                write!(table, "  {size:>4}: {}", summary(&cells, goal.map(|it| it.2[at])))?;
            }
            writeln!(table)?;
        }
    }
    print!("{table}");
    Ok(())
}

impl Args {
    fn wants_corpus(&self, corpus: &str) -> bool {
        match self.quick {
            true => corpus == CORPORA[0],
            false => self.corpus.is_empty() || self.corpus.iter().any(|it| it == corpus),
        }
    }

    fn wants_size(&self, size: &str) -> bool {
        match self.quick {
            true => SIZES[..2].contains(&size),
            false => self.size.is_empty() || self.size.iter().any(|it| it == size),
        }
    }

    /// One figure, from an earlier run or measured now.
    fn cell(
        &self,
        shared: &Path,
        kept: &Path,
        (corpus, size): (&str, &str),
        engine: Engine,
        seed: u64,
    ) -> Result<Figures> {
        let name = format!("{corpus}-{size}-{}-{seed}", engine.name());
        let file = kept.join(format!("{name}.json"));
        if !self.fresh
            && let Ok(text) = fs::read_to_string(&file)
        {
            return Figures::of(&serde_json::from_str(&text).context(name)?);
        }
        let split = shared.join("data/splits").join(corpus);
        let measured = step(&name, || match engine {
            Engine::Few | Engine::Spacy => self.nerine(kept, &split, size, engine, seed),
            Engine::CrfThreshold => {
                let python = self.python.as_deref().context("no Python was named")?;
                train::crf_threshold(python, shared, &split, size)
            }
            Engine::Crf | Engine::SpacyItself => {
                let python = self.python.as_deref().context("no Python was named")?;
                let secs = self.spacy_seconds.to_string();
                let (script, more) = match engine {
                    Engine::Crf => ("crf_baseline.py", Vec::new()),
                    _ => ("spacy_baseline.py", vec!["--cpu-seconds", &secs]),
                };
                baseline(&Baseline { python, shared, split: &split, size, script, more: &more })
            }
        })?;
        let cell = Figures::of(&measured)?;
        fs::write(&file, format!("{measured:#}\n"))?;
        Ok(cell)
    }

    fn nerine(
        &self,
        kept: &Path,
        split: &Path,
        size: &str,
        engine: Engine,
        seed: u64,
    ) -> Result<Value> {
        let more = match engine {
            Engine::Few => ["--base", "nerine", "--raw"]
                .map(OsString::from)
                .into_iter()
                .chain([split.join("train-full.jsonl").into_os_string()])
                .collect::<Vec<_>>(),
            _ => ["--base", "blank:en", "--device", "cpu", "--max-seconds"]
                .map(OsString::from)
                .into_iter()
                .chain([self.spacy_seconds.to_string().into()])
                .collect(),
        };
        train::nerine(&Nerine { split, size, seed, model: kept.join("model"), more: &more })
    }
}

/// “64.1 ± 0.5 (62.0), 20 s, 9500/s”.
fn summary(cells: &[Figures], goal: Option<f64>) -> String {
    let n = cells.len().max(1) as f64;
    let mean = |value: &dyn Fn(&Figures) -> f64| cells.iter().map(value).sum::<f64>() / n;
    let f1 = mean(&|it| it.f1);
    let spread = mean(&|it| (it.f1 - f1) * (it.f1 - f1)).sqrt();
    let mut text = format!("{f1:.1}");
    if 1 < cells.len() {
        let _ = write!(text, " ± {spread:.1}");
    }
    if let Some(goal) = goal {
        let _ = write!(text, " ({goal:.1})");
    }
    let _ = write!(text, ", {:.1} s", mean(&|it| it.secs));
    if cells.iter().all(|it| it.words_per_sec.is_some()) {
        let _ = write!(text, ", {:.0}/s", mean(&|it| it.words_per_sec.unwrap_or_default()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_mean_spread_goal_and_speed() {
        let cell = |f1| Figures { f1, secs: 20.0, words_per_sec: Some(100.0) };
        assert_eq!(
            summary(&[cell(60.0), cell(62.0)], Some(59.0)),
            "61.0 ± 1.0 (59.0), 20.0 s, 100/s"
        );
        let alone = Figures { words_per_sec: None, ..cell(48.6) };
        assert_eq!(summary(&[alone], None), "48.6, 20.0 s");
    }
}
