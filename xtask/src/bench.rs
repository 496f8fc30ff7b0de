//! `cargo xtask bench`: measurements, which are read by people and decide nothing.

mod train;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Trains `nerine` on a split of real texts: F1, seconds and words a second
    Train(train::Args),
}

pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Train(args) => train::run(args),
    }
}
