use std::fmt::Write;

use super::findings::{self, ABOUT_CONFUSIONS};
use super::{COLUMNS, Heading, about, cells, figure, outlooks, pairs};
use crate::{Advice, Comparison, Findings};

/// The comparison as Markdown: advice, tables, pairs, learning curves, what was forgotten, and where
/// bases differ.
pub fn markdown(
    comparison: &Comparison,
    advice: &Advice,
    findings: &Findings,
    heading: &Heading,
) -> String {
    let mut out = format!("# {}\n\n", escape(&heading.title));
    if !heading.made.is_empty() {
        put(&mut out, &format!("{}\n\n", escape(&heading.made)));
    }
    for sentence in &advice.sentences {
        put(&mut out, &format!("- {}\n", escape(&sentence.text)));
    }
    put(&mut out, &format!("\n## Bases\n\n{}\n\n", escape(&about(comparison))));
    row(&mut out, COLUMNS);
    row(&mut out, COLUMNS.map(|_| "---"));
    for base in &comparison.table.rows {
        row(&mut out, cells(comparison, base));
    }
    labels(&mut out, comparison);
    section(&mut out, "Each against each", &pairs(comparison));
    section(&mut out, "More texts", &outlooks(comparison));
    section(&mut out, "What training forgot", &findings::forgetting(comparison, findings));
    confusions(&mut out, comparison, findings);
    texts(&mut out, comparison, findings);
    out
}

/// Which labels are taken for which.
fn confusions(out: &mut String, comparison: &Comparison, findings: &Findings) {
    let grids = findings::confusions(comparison, findings);
    if grids.is_empty() {
        return;
    }
    put(out, &format!("\n## Labels taken for others\n\n{ABOUT_CONFUSIONS}\n"));
    for grid in grids {
        put(out, &format!("\n### {}\n\n", escape(&grid.title)));
        row(out, &grid.heads);
        row(out, grid.heads.iter().map(|_| "---"));
        grid.rows.iter().for_each(|cells| row(out, cells));
    }
}

/// Texts in which bases differ.
fn texts(out: &mut String, comparison: &Comparison, findings: &Findings) {
    let shown = findings::texts(comparison, findings);
    if shown.is_empty() {
        return;
    }
    put(out, &format!("\n## Where bases differ\n\n{}\n", findings::about_texts(findings)));
    for text in shown {
        put(out, &format!("\n### {}\n\n", escape(&text.id)));
        for (words, label) in &text.pieces {
            match label {
                Some(label) => put(out, &format!("**{}** ({})", escape(words), escape(label))),
                None => put(out, &escape(words)),
            }
        }
        put(out, "\n\n");
        for (base, said) in &text.bases {
            put(out, &format!("- **{}** {}\n", escape(base), escape(said)));
        }
    }
}

/// F1 of each label.
fn labels(out: &mut String, comparison: &Comparison) {
    let labels = &comparison.table.labels;
    put(out, "\n## F1 of each label\n\n");
    let heads = ["Base"].into_iter().chain(labels.iter().map(corpus::Label::as_str));
    row(out, heads);
    row(out, (0..=labels.len()).map(|_| "---"));
    for base in &comparison.table.rows {
        let f1 = |label| base.labels.get(label).map_or(String::new(), |it| figure(&it.f1));
        row(out, [base.name.clone()].into_iter().chain(labels.iter().map(f1)));
    }
}

fn section(out: &mut String, title: &str, lines: &[(String, String)]) {
    if lines.is_empty() {
        return;
    }
    put(out, &format!("\n## {title}\n\n"));
    for (first, second) in lines {
        put(out, &format!("- **{}** {}\n", escape(first), escape(second)));
    }
}

fn row(out: &mut String, cells: impl IntoIterator<Item = impl AsRef<str>>) {
    let cells: Vec<String> = cells.into_iter().map(|it| escape(it.as_ref())).collect();
    put(out, &format!("| {} |\n", cells.join(" | ")));
}

fn put(out: &mut String, text: &str) {
    out.write_str(text).expect("a string takes everything");
}

/// Keeps signs that mean something in Markdown as they are read, and cells in one line.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '~' => {
                out.extend(['\\', letter]);
            }
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
