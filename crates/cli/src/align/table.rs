//! The report for people.

use std::fmt::Write;

use ::align::{BaseReport, Cell, Drawn, Plan, Report, Row, Verdict};

use crate::figures::per_cent;

/// How many characters of a mark or a token's surroundings are shown.
const SHOWN: usize = 60;

/// The figures of all bases, then the groups of marks that some base cannot learn.
pub(super) fn draw(report: &Report, top: usize) -> String {
    let mut out = figures(report);
    let rows = report.rows();
    let cut: Vec<&Row> = rows.iter().filter(|it| it.is_cut()).collect();
    if cut.is_empty() {
        out.push_str("\nEvery mark falls on tokens.\n");
        return out;
    }
    for row in cut.iter().take(top) {
        draw_group(&mut out, row, &report.bases);
    }
    if top < cut.len() {
        let _ = writeln!(out, "\n… and {} more groups: --top shows more", cut.len() - top);
    }
    out.push('\n');
    for base in &report.bases {
        let _ = writeln!(out, "With {}: {}.", base.base, plan(base.plan()));
    }
    out
}

/// One column a base.
fn figures(report: &Report) -> String {
    type Figure = fn(&BaseReport) -> String;
    let lines: [(&str, Figure); 6] = [
        ("", |it| it.base.clone()),
        ("marks", |it| it.counts.spans.to_string()),
        ("fit", |it| share(it.counts.share_fit())),
        ("do not fit", |it| it.counts.misfits.to_string()),
        ("give way to a longer one", |it| it.counts.overlapping.to_string()),
        ("best F1 that is left", |it| share(it.counts.f1_ceiling_flat())),
    ];
    let mut out = format!("{} texts\n", report.n_docs);
    let width = longest_name(&report.bases).max(10) + 2;
    for (name, figure) in lines {
        let _ = write!(out, "{name:<26}");
        for base in &report.bases {
            let _ = write!(out, "{:>width$}", figure(base));
        }
        out.push('\n');
    }
    out
}

/// How many characters the longest name of a base has.
fn longest_name(bases: &[BaseReport]) -> usize {
    bases.iter().map(|it| it.base.chars().count()).max().unwrap_or_default()
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "–".into(), |it| format!("{:.2} %", per_cent(it)))
}

fn draw_group(out: &mut String, row: &Row, bases: &[BaseReport]) {
    let _ = writeln!(out, "\n{} × {} ({})", row.places.len(), cut_short(&row.text), row.label);
    let width = longest_name(bases).max(8) + 2;
    for (base, cell) in bases.iter().zip(&row.cells) {
        let _ = writeln!(out, "  {:<width$}{}", base.base, verdict(cell));
    }
}

fn verdict(cell: &Cell) -> String {
    let words = cell.verdict.words();
    let Verdict::Misfit { reason, .. } = cell.verdict else { return words };
    let drawn: String = cell.tokens.iter().map(draw_token).collect();
    let to = match &cell.corrected {
        Some(text) => format!("make it {}", cut_short(text)),
        None => "look at it".into(),
    };
    format!("{words}, {}: {to}, {}", cut_short(&drawn), reason.words())
}

/// A token behind an upright, its marked part in brackets.
fn draw_token(token: &Drawn) -> String {
    let (start, end) = (token.marked.0 as usize, token.marked.1 as usize);
    let marked = match start < end {
        true => format!("[{}]", &token.text[start..end]),
        false => String::new(),
    };
    let blank = if token.blank_before { " " } else { "" };
    format!("{blank}|{}{marked}{}|", &token.text[..start], &token.text[end..])
}

fn cut_short(text: &str) -> String {
    let text = text.replace(['\n', '\r', '\t'], " ");
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn plan(plan: Plan) -> String {
    let counts = [
        (plan.grow, "to grow"),
        (plan.shrink, "to shrink"),
        (plan.shift, "to move"),
        (plan.look_at, "to look at"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|it| it.0 != 0).map(|(n, what)| format!("{n} {what}")).collect();
    match counts.is_empty() {
        true => "nothing to do".into(),
        false => counts.join(", "),
    }
}
