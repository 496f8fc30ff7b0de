//! `cargo xtask bench`: measurements, which are read by people and decide nothing.

mod compare;
mod learn;
mod page;
mod spacy;
mod train;
mod vectors;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;

use crate::workspace;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Both learners on real texts from few marks to many, with the baselines beside them
    Learn(learn::Args),
    /// Four bases compared in Chromium, one run at a time and two: seconds, and how long keys take
    Compare(compare::Args),
    /// Trains `nerine` on a split of real texts: F1, seconds and words a second
    Train(train::Args),
    /// Import of 20,000 texts, opening them, and a label key to its painted mark, in Chromium
    Page(page::Args),
    /// Tokens and pipelines beside spaCy's, natively and in a worker in Chromium
    Spacy(spacy::Args),
    /// A pipeline with 500,000 word vectors brought into the page: seconds and memory
    Vectors(vectors::Args),
}

pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Learn(args) => learn::run(args),
        Bench::Compare(args) => compare::run(args),
        Bench::Train(args) => train::run(args),
        Bench::Page(args) => page::run(args),
        Bench::Spacy(args) => spacy::run(args),
        Bench::Vectors(args) => vectors::run(args),
    }
}

/// The folder of real texts: `NERINE_SHARED`, else `shared` beside the checkout.
fn shared() -> Result<PathBuf> {
    let folder = match std::env::var_os("NERINE_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => workspace::root().join("../shared"),
    };
    folder.canonicalize().with_context(|| {
        format!("{} is not there: set NERINE_SHARED to the folder of real texts", folder.display())
    })
}
