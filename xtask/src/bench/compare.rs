//! `cargo xtask bench compare`: four bases with three seeds through the page, on one worker and on
//! two.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::page::Mode;
use crate::step::step;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The corpus, a folder of data/splits
    #[arg(long, default_value = "bc5cdr")]
    corpus: String,
    /// The training texts: 100, 300, 1000 or full
    #[arg(long, default_value = "300")]
    size: String,
    /// How often spaCy's architecture sees every text
    #[arg(long, default_value_t = 15)]
    epochs: u32,
    /// How often each is done; medians are printed
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    /// The optimised page, as `dist` builds it
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let split = super::shared()?.join("data/splits").join(&args.corpus);
    let mut node = super::page::node("compare.mjs", Mode::of(args.release))?;
    node.env("TRAIN", split.join(format!("train-{}.jsonl", args.size)))
        .env("DEV", split.join("dev-500.jsonl"))
        .env("TEST", split.join("test.jsonl"))
        .env("EPOCHS", args.epochs.to_string())
        .env("ROUNDS", args.rounds.to_string());
    let said = step("four bases in Chromium", || super::train::last_line(&mut node))?;
    let number = |name: &str| said[name].as_f64().with_context(|| format!("no {name}"));
    println!("▸ nerine, blank:en, blank:xx and scispacy, three seeds each, {}", args.corpus);
    println!("  one at a time {:.1} s, two at a time {:.1} s", number("one")?, number("two")?);
    println!("  efficiency of the pool {:.2}", number("efficiency")?);
    println!("  keys, 95th percentile {:.1} ms", number("keys_p95_ms")?);
    let same = said["same_table"] == Value::Bool(true);
    println!("  {}", if same { "the same table every time" } else { "tables DIFFER" });
    Ok(())
}
