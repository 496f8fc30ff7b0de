//! `cargo xtask bench`: measurements, which are read by people and decide nothing.

mod page;
mod train;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Trains `nerine` on a split of real texts: F1, seconds and words a second
    Train(train::Args),
    /// Import of 20,000 texts, opening them, and a label key to its painted mark, in Chromium
    Page(page::Args),
}

pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Train(args) => train::run(args),
        Bench::Page(args) => page::run(args),
    }
}
