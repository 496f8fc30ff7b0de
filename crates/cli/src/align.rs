//! `nerine align`.

mod json;
mod table;

use std::io::{self, Write};
use std::path::PathBuf;

use ::align::{Report, Tokens};
use anyhow::Result;
use corpus::Span;
use formats::Options;

use crate::base::Base;
use crate::out::Lines;
use crate::refusal::refuse;
use crate::texts::{self, Texts};
use ::predict::{Cut, Cutter};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Whose tokens: blank:en, scispacy, …, or the path of a spaCy pipeline; give it several times
    /// to compare
    #[arg(long = "base", required = true, value_name = "BASE")]
    bases: Vec<Base>,
    /// Prints everything as one JSON object, offsets in code points
    #[arg(long)]
    json: bool,
    /// How many groups of marks the table shows
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "json")]
    top: usize,
    /// The files to read
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<PathBuf>,
}

/// Prints which marks fall on the tokens of each base.
pub(crate) fn run(args: &Args) -> Result<()> {
    let is_twice = |(idx, base): &(usize, &Base)| args.bases[..*idx].contains(base);
    if let Some((_, base)) = args.bases.iter().enumerate().find(is_twice) {
        return refuse(format!("--base {base} is given twice: name each base once"));
    }
    let texts = texts::read(&args.inputs, Options::default())?;
    let worth_saying = texts.warnings.iter().filter(|it| !texts::is_only_about_projects(it));
    worth_saying.for_each(texts::warn);
    let report = report(&args.bases, &texts)?;
    if !args.json {
        return Ok(io::stdout().lock().write_all(table::draw(&report, args.top).as_bytes())?);
    }
    let mut out = Lines::new();
    out.put(&json::of(&report, &texts))?;
    Ok(out.flush()?)
}

fn report(bases: &[Base], texts: &Texts) -> Result<Report> {
    let cutters: Vec<Cutter> = bases.iter().map(Base::cutter).collect::<Result<_>>()?;
    let mut report = Report::new(bases.iter().map(ToString::to_string));
    for (doc, _) in &texts.docs {
        let spans: Vec<Span> = doc.spans().cloned().collect();
        let cut = |(base, cutter): (&Base, &Cutter)| base.cut(cutter, &doc.text);
        let cuts: Vec<Cut> = bases.iter().zip(&cutters).map(cut).collect::<Result<_>>()?;
        let tokens: Vec<Tokens<'_>> = cuts
            .iter()
            .map(|Cut { bounds, sentence_starts }| Tokens {
                text: &doc.text,
                bounds,
                sentence_starts,
            })
            .collect();
        report.add(&doc.id, &spans, &tokens);
    }
    Ok(report)
}
