//! A pipeline with many word vectors in the page: seconds and memory to bring it in and to suggest.

use std::fs;

use anyhow::Result;

use crate::page::Mode;
use crate::step::{self, step};
use crate::{spacy, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many vectors
    #[arg(long, default_value_t = 500_000)]
    rows: u32,
    /// How many numbers in each
    #[arg(long, default_value_t = 300)]
    width: u32,
    /// The optimised page, as `dist` builds it
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let python = spacy::ensure()?;
    let jsonl = super::shared()?.join("data/annotated/bc5cdr/train.docs.jsonl");
    let bench = workspace::target_dir()?.join("bench");
    fs::create_dir_all(&bench)?;
    let pipeline = bench.join("vectors.zip");
    step("make the pipeline with spaCy", || {
        let mut make = step::command(&python);
        make.arg("tests/bench/vectors.py").arg(&jsonl);
        step::run(make.args([args.rows.to_string(), args.width.to_string()]).arg(&pipeline))
    })?;
    let mut node = super::page::node("vectors.mjs", Mode::of(args.release))?;
    node.env("PIPELINE", &pipeline).env("TEXTS", &jsonl);
    let measured = step("the pipeline in Chromium", || step::run(&mut node));
    // It is large, and quickly made again.
    fs::remove_file(&pipeline)?;
    measured
}
