use std::path::PathBuf;

use anyhow::Result;
use scorer::Scores;

use crate::figures::Figures;
use crate::jsonl::{self, Line};
use crate::out::Lines;
use crate::refusal::refuse;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// JSONL with the spans that are right
    #[arg(long)]
    gold: PathBuf,
    /// JSONL with the predicted spans, of the same texts in the same order
    #[arg(long)]
    pred: PathBuf,
}

/// Prints the scores of one file against another: a span is right where start, end and label are.
pub(crate) fn run(args: &Args) -> Result<()> {
    let gold = jsonl::read(&args.gold)?;
    let pred = jsonl::read(&args.pred)?;
    check_pairs(args, &gold, &pred)?;
    let mut scores = Scores::default();
    for (gold, pred) in gold.iter().zip(&pred) {
        scores.add(&gold.spans(&args.gold)?, &pred.spans(&args.pred)?);
    }
    let mut out = Lines::new();
    out.put(&Figures::of(&scores))?;
    Ok(out.flush()?)
}

/// Whether the files are about the same texts.
fn check_pairs(args: &Args, gold: &[Line], pred: &[Line]) -> Result<()> {
    if gold.len() != pred.len() {
        return refuse(format!(
            "{} has {} texts, {} has {}: give two files of the same texts in the same order",
            args.gold.display(),
            gold.len(),
            args.pred.display(),
            pred.len()
        ));
    }
    let differs = |(gold, pred): &(&Line, &Line)| match (gold.text(), pred.text()) {
        (Some(gold), Some(pred)) => gold != pred,
        _ => false,
    };
    match gold.iter().zip(pred).find(differs) {
        Some((gold, pred)) => refuse(format!(
            "{}, line {} has another text than {}, line {}: give two files of the same texts in \
             the same order",
            args.pred.display(),
            pred.number,
            args.gold.display(),
            gold.number
        )),
        None => Ok(()),
    }
}
