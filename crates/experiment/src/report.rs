//! A comparison as a file: Markdown, CSV, or HTML with its plots in one file.

mod csv;
mod findings;
mod html;
mod markdown;
mod plot;

pub use csv::csv;
pub use html::html;
pub use markdown::markdown;

use crate::stats::Summary;
use crate::{Comparison, Pair, Row, words};

/// What a report is called and tells besides the comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// The title, such as the project's name.
    pub title: String,
    /// When it was made, as people write it; left out where empty.
    pub made: String,
}

/// The figures of a base as text, one a column of [`COLUMNS`].
fn cells(comparison: &Comparison, row: &Row) -> Vec<String> {
    let against = comparison.table.best().and_then(|best| {
        let is_best = best.base == row.base;
        if is_best {
            Some("Best so far".to_owned())
        } else {
            comparison.pair(&best.base, &row.base).map(Pair::short)
        }
    });
    vec![
        row.name.clone(),
        figure(&row.micro.f1),
        interval(&row.f1()),
        figure(&row.micro.precision),
        figure(&row.micro.recall),
        words::bytes(row.model_bytes),
        words::count(row.words_per_sec.mean.round().max(0.0) as u64),
        words::duration(row.train_secs.mean),
        format!("{} of {}", words::count(row.aligned), words::count(row.gold)),
        against.unwrap_or_default(),
    ]
}

/// The heads of the table of bases.
const COLUMNS: [&str; 10] = [
    "Base",
    "F1",
    "95 % interval",
    "Precision",
    "Recall",
    "Size",
    "Words/s",
    "Training",
    "Aligned marks",
    "Against the best",
];

/// A mean with its standard deviation: “0.816 ± 0.012”.
fn figure(summary: &Summary) -> String {
    match summary.sd {
        Some(sd) => format!("{} ± {}", words::score(summary.mean), words::score(sd)),
        None => words::score(summary.mean),
    }
}

fn interval(summary: &Summary) -> String {
    match summary.interval {
        Some(it) => format!("{}–{}", words::score(it.low), words::score(it.high)),
        None => String::new(),
    }
}

/// What the figures are of: texts, seeds, and how intervals came about.
fn about(comparison: &Comparison) -> String {
    let gold = comparison.table.rows.iter().map(|it| it.gold).max().unwrap_or(0);
    format!(
        "{} scored, {}, {}. Figures are means over runs ± their standard deviation. Intervals are \
         of redrawn texts: what other texts of the same kind might give.",
        words::counted(comparison.n_docs, "text", "texts"),
        words::counted(gold, "mark", "marks"),
        words::counted(comparison.n_seeds, "seed", "seeds"),
    )
}

/// Pairs with the surest differences first, as sentences and details.
fn pairs(comparison: &Comparison) -> Vec<(String, String)> {
    let mut pairs: Vec<&Pair> = comparison.pairs.iter().collect();
    pairs.sort_by(|a, b| a.corrected_p.total_cmp(&b.corrected_p));
    pairs.iter().map(|it| (it.sentence(|key| comparison.name(key)), it.details())).collect()
}

/// What 200 more documents should bring each base, or why that is not known.
fn outlooks(comparison: &Comparison) -> Vec<(String, String)> {
    let outlook = |curve: &crate::Curve| match curve.gain(200) {
        Ok(gain) => gain.sentence(),
        Err(why) => {
            let why = why.to_string();
            let (first, rest) = why.split_at(why.chars().next().map_or(0, char::len_utf8));
            format!("{}{rest}.", first.to_uppercase())
        }
    };
    comparison.curves.iter().map(|it| (comparison.name(&it.base), outlook(it))).collect()
}
