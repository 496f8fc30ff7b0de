//! Everything a contributor types: `cargo xtask serve`, `test`, `check`, `dist` and the rest.
//!
//! One module a command, and below them the rooms they share: [`step`] runs and times,
//! [`tools`], [`browser`] and [`spacy`] fetch what is missing, [`page`] builds, [`server`] serves.
#![expect(clippy::print_stdout, reason = "a command line speaks on standard output")]

mod bench;
mod browser;
mod check;
mod cut;
mod dist;
mod finish;
mod golden;
mod page;
mod serve;
mod server;
mod size;
mod spacy;
mod step;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, serves, tests and checks Nerine.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the page, serves it on this machine and builds again when a file changes
    Serve(serve::Args),
    /// Runs the tests: native, wasm in a browser, end to end; all three without a flag
    Test(test::Args),
    /// Formatting, clippy for both targets, floors, licences, spelling
    Check(check::Args),
    /// Holds the crates against the floors table in ARCHITECTURE.md
    Tidy,
    /// Writes optimised static files for any web host to dist/
    Dist(dist::Args),
    /// Prints each program's size in dist/ and holds it against sizes.toml
    Size,
    /// Makes the golden files again with spaCy
    Golden(golden::Args),
    /// Measures how well and how fast
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Completes what trunk built: content security policy, worker versions (trunk calls this)
    #[command(hide = true)]
    Finish,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Tidy => tidy::run(),
        Command::Dist(args) => dist::run(&args),
        Command::Size => size::run(),
        Command::Golden(args) => golden::run(&args),
        Command::Bench(bench) => bench::run(&bench),
        Command::Finish => finish::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
