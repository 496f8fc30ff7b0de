use crate::stats::Summary;
use crate::{Comparison, Measures, Row};

/// The table as CSV (RFC 4180) for other programs: a line for each base and label, one of which is
/// all labels together and has no label. Numbers have a point and all their digits.
pub fn csv(comparison: &Comparison) -> String {
    let measures = ["precision", "recall", "f1"];
    let mut heads = vec!["base".to_owned(), "label".to_owned(), "runs".to_owned()];
    for measure in measures {
        heads.extend(["", "_sd", "_low", "_high"].map(|it| format!("{measure}{it}")));
    }
    heads.extend(
        ["train_secs", "words_per_sec", "model_bytes", "aligned", "gold"].map(str::to_owned),
    );
    let mut out = line(&heads);
    for row in &comparison.table.rows {
        out += &line(&cells(row, "", &row.micro));
        for (label, measures) in &row.labels {
            out += &line(&cells(row, label.as_str(), measures));
        }
    }
    out
}

fn cells(row: &Row, label: &str, measures: &Measures) -> Vec<String> {
    let mut cells = vec![row.name.clone(), label.to_owned(), row.n_runs.to_string()];
    for summary in [measures.precision, measures.recall, measures.f1] {
        cells.extend(numbers(&summary));
    }
    cells.extend([
        row.train_secs.mean.to_string(),
        row.words_per_sec.mean.to_string(),
        row.model_bytes.to_string(),
        row.aligned.to_string(),
        row.gold.to_string(),
    ]);
    cells
}

fn numbers(summary: &Summary) -> [String; 4] {
    let shown = |it: Option<f64>| it.map_or(String::new(), |it| it.to_string());
    let interval = summary.interval;
    [
        summary.mean.to_string(),
        shown(summary.sd),
        shown(interval.map(|it| it.low)),
        shown(interval.map(|it| it.high)),
    ]
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|it| quoted(it)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell as it is, or in quotes where it must be. A name that a spreadsheet would take for a
/// formula gets an apostrophe.
fn quoted(cell: &str) -> String {
    let is_formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}
