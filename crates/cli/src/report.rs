//! What a comparison says: as JSON on standard output, and as files to read.

use std::path::PathBuf;

use anyhow::Result;
use experiment::report::{Heading, csv, html, markdown};
use experiment::stats::Draws;
use experiment::{Comparison, Findings, Forgetting, Run, advise};
use serde_json::{Value, json};

use crate::compare::folder::Folder;
use crate::out::Lines;
use crate::refusal::Refusal;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder that nerine compare wrote
    dir: PathBuf,
}

/// Writes the reports anew and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    write(&Folder::open(&args.dir)?, &[])
}

/// Writes `report.html`, `report.md` and `table.csv` from the runs that are done, and prints the
/// table.
pub(crate) fn write(folder: &Folder, failed: &[(Run, String)]) -> Result<()> {
    let (experiment, snapshot) = folder.read()?;
    let records = folder.records(&experiment)?;
    let comparison = Comparison::new(&experiment, &snapshot, &records, Draws::default());
    let comparison = comparison.map_err(|err| Refusal(err.to_string()))?;
    let advice = advise(&comparison);
    let plan = experiment.runs();
    let findings = Findings {
        forgetting: folder.forgetting(&experiment)?,
        ..Findings::of(&experiment.split, &plan, &snapshot, &records)
    };
    let heading = Heading { title: "Bases compared".to_owned(), made: String::new() };
    folder.put("report.html", &html(&comparison, &advice, &findings, &heading))?;
    folder.put("report.md", &markdown(&comparison, &advice, &findings, &heading))?;
    folder.put("table.csv", &csv(&comparison))?;
    let failure = |(run, why): &(Run, String)| -> Value {
        json!({"base": comparison_name(&experiment, run), "seed": run.seed, "why": why})
    };
    let mut out = Lines::new();
    out.put(&json!({
        "table": comparison.table,
        "pairs": comparison.pairs,
        "curves": comparison.curves,
        "advice": advice.paragraph(),
        "forgetting": findings.forgetting.iter().map(|it| told(&comparison, it)).collect::<Vec<_>>(),
        "cautions": comparison.cautions.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "failed": failed.iter().map(failure).collect::<Vec<_>>(),
    }))?;
    Ok(out.flush()?)
}

/// What a base forgot, as a sentence and in figures.
fn told(comparison: &Comparison, it: &Forgetting) -> Value {
    let name = comparison.name(&it.base);
    json!({"base": name, "says": it.sentence(&name), "figures": it})
}

fn comparison_name(experiment: &experiment::Experiment, run: &Run) -> String {
    experiment.base(&run.base).map_or_else(|| run.base.to_string(), |it| it.name.clone())
}
