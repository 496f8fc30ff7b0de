//! `nerine`: the engine of the page as a command line, for scripts.
//!
//! One module a command, and below them what they share: [`jsonl`] reads one record a line,
//! [`figures`] turns counts into per cent, [`base`] opens bases and pipelines, [`trained`] keeps what
//! was trained, [`few`] is Nerine's own learner, [`spacy_run`] spaCy's architecture, [`whole`] leaves no half of an output behind, [`device`] chooses what computes.
//! Results go to standard output, all else to standard error.

mod align;
mod base;
mod compare;
mod config_file;
mod convert;
mod device;
mod evaluate;
mod few;
mod figures;
mod formats_list;
mod jsonl;
mod out;
mod package;
mod predict;
mod refusal;
mod report;
mod spacy_run;
mod texts;
mod tokenize;
mod train;
mod trained;
mod whole;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::refusal::Refusal;

/// Marks, trains and scores named entities in text.
///
/// Files of texts are JSONL: {"text": "…", "spans": [{"start", "end", "label"}]} a line, offsets in
/// code points. Results go to standard output, warnings to standard error.
///
/// Exit code 0: done. 2: the arguments or an input cannot be used. 1: anything else went wrong.
#[derive(Parser)]
#[command(name = "nerine", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Reads files of texts and writes them as one file of another format
    Convert(convert::Args),
    /// Prints which formats are read and written, and what each can hold
    Formats(formats_list::Args),
    /// Prints where the tokens of each text are: {"text", "tokens": [[start, end], …]} a line
    Tokenize(tokenize::Args),
    /// Prints which marks do not fall on the tokens of each base, why, and what corrects them
    Align(align::Args),
    /// Trains a model and prints one JSON line an evaluation; the last line has the scores
    Train(train::Args),
    /// Prints what a model finds in each text: {"text", "spans": [{"start", "end", "label"}]} a line
    Predict(predict::Args),
    /// Writes a spaCy pipeline as a folder, a zip, or a wheel that pip installs
    Package(package::Args),
    /// Trains many bases on the same texts, several times each, and prints how they compare as JSON
    Compare(compare::Args),
    /// Writes the reports of a comparison anew and prints its table
    Report(report::Args),
    /// Scores predicted spans against gold spans: precision, recall and F1 in per cent
    Evaluate(evaluate::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(err) => return answer(&err),
    };
    let done = match cli.command {
        Command::Convert(args) => convert::run(&args),
        Command::Formats(args) => formats_list::run(&args),
        Command::Tokenize(args) => tokenize::run(&args),
        Command::Align(args) => align::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Package(args) => package::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the results has seen enough.
        Err(err) if is_closed_pipe(&err) => ExitCode::SUCCESS,
        Err(err) => {
            say(&format!("{err:#}"));
            ExitCode::from(if err.is::<Refusal>() { 2 } else { 1 })
        }
    }
}

/// Prints help or the version, or says in one sentence what is wrong with the arguments.
fn answer(err: &clap::Error) -> ExitCode {
    let is_asked_for = matches!(err.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_asked_for || err.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // A closed terminal needs no help.
        let _ = err.print();
        return ExitCode::from(if is_asked_for { 0 } else { 2 });
    }
    let text = err.to_string();
    // Behind the first paragraph are tips and the usage, which --help has too.
    let sentence = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let sentence = words.join(" ");
    say(&format!("{} (nerine --help)", sentence.strip_prefix("error: ").unwrap_or(&sentence)));
    ExitCode::from(2)
}

fn is_closed_pipe(err: &anyhow::Error) -> bool {
    let is_pipe = |it: &io::Error| it.kind() == io::ErrorKind::BrokenPipe;
    err.downcast_ref::<io::Error>().is_some_and(is_pipe)
}

/// Says something to the person, beside the results.
fn say(sentence: &str) {
    // Nobody is left to hear that standard error is closed.
    let _ = writeln!(io::stderr(), "nerine: {sentence}");
}
