use super::findings::{self, ABOUT_CONFUSIONS, Grid, Shown};
use super::{COLUMNS, Heading, about, cells, figure, outlooks, pairs, plot};
use crate::stats::Summary;
use crate::{Advice, Comparison, Findings};

/// The comparison as one HTML file with its plots: no script, no other file, light or dark as the
/// reader's device asks for.
pub fn html(
    comparison: &Comparison,
    advice: &Advice,
    findings: &Findings,
    heading: &Heading,
) -> String {
    let title = escape(&heading.title);
    let sections = [
        section("Advice", &advice_list(advice)),
        section("Bases", &bases(comparison)),
        section("F1 of each label", &labels(comparison)),
        section("Learning curves", &curves(comparison)),
        section("Each against each", &list(&pairs(comparison))),
        section("What training forgot", &list(&findings::forgetting(comparison, findings))),
        section("Labels taken for others", &confusions(comparison, findings)),
        section("Where bases differ", &texts(comparison, findings)),
    ];
    let made = match heading.made.is_empty() {
        true => String::new(),
        false => format!("<p class=\"meta\">{}</p>\n", escape(&heading.made)),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         {made}{}</body>\n</html>\n",
        sections.concat()
    )
}

/// Colours as on the page: series are its label colours in their order.
const STYLE: &str = include_str!("report.css");

fn section(title: &str, body: &str) -> String {
    match body.is_empty() {
        true => String::new(),
        false => format!("<section>\n<h2>{title}</h2>\n{body}</section>\n"),
    }
}

fn advice_list(advice: &Advice) -> String {
    let mut sentences = advice.sentences.iter().map(|it| escape(&it.text));
    let first =
        sentences.next().map_or(String::new(), |it| format!("<p class=\"lead\">{it}</p>\n"));
    let rest: Vec<String> = sentences.map(|it| format!("<p>{it}</p>\n")).collect();
    first + &rest.concat()
}

fn bases(comparison: &Comparison) -> String {
    let rows = comparison.table.rows.iter();
    let plotted: Vec<_> = rows
        .clone()
        .filter_map(|it| Some((it.name.clone(), plot::series(comparison, &it.base)?, it.f1())))
        .collect();
    let rows = rows.map(|it| cells(comparison, it)).collect::<Vec<_>>();
    let heads = COLUMNS.map(str::to_owned);
    format!(
        "<p class=\"meta\">{}</p>\n{}{}",
        escape(&about(comparison)),
        figure_of("F1 with its 95 % interval", &plot::intervals("F1 of each base", &plotted)),
        table(&heads, &rows)
    )
}

fn labels(comparison: &Comparison) -> String {
    let labels = &comparison.table.labels;
    let plots = labels.iter().map(|label| {
        let of = |row: &crate::Row| -> Option<(String, usize, Summary)> {
            let series = plot::series(comparison, &row.base)?;
            Some((row.name.clone(), series, row.labels.get(label)?.f1))
        };
        let rows: Vec<_> = comparison.table.rows.iter().filter_map(of).collect();
        figure_of(label.as_str(), &plot::intervals(&format!("F1 of {label}"), &rows))
    });
    let heads: Vec<String> = ["Base"]
        .into_iter()
        .chain(labels.iter().map(corpus::Label::as_str))
        .map(str::to_owned)
        .collect();
    let row = |row: &crate::Row| {
        let f1 = |label| row.labels.get(label).map_or(String::new(), |it| figure(&it.f1));
        [row.name.clone()].into_iter().chain(labels.iter().map(f1)).collect()
    };
    let rows: Vec<Vec<String>> = comparison.table.rows.iter().map(row).collect();
    plots.collect::<String>() + &table(&heads, &rows)
}

fn curves(comparison: &Comparison) -> String {
    if comparison.curves.is_empty() {
        return String::new();
    }
    let caption = "F1 by training texts, with the 95 % band of the curve";
    figure_of(caption, &plot::curves(comparison)) + &list(&outlooks(comparison))
}

fn confusions(comparison: &Comparison, findings: &Findings) -> String {
    let grids = findings::confusions(comparison, findings);
    if grids.is_empty() {
        return String::new();
    }
    let grid = |Grid { title, heads, rows }: &Grid| {
        format!("<h3>{}</h3>\n{}", escape(title), table(heads, rows))
    };
    let grids: String = grids.iter().map(grid).collect();
    format!("<p class=\"meta\">{ABOUT_CONFUSIONS}</p>\n{grids}")
}

fn texts(comparison: &Comparison, findings: &Findings) -> String {
    let shown = findings::texts(comparison, findings);
    if shown.is_empty() {
        return String::new();
    }
    let piece = |(words, label): &(String, Option<String>)| match label {
        Some(label) => format!("<mark>{} <b>{}</b></mark>", escape(words), escape(label)),
        None => escape(words),
    };
    let text = |Shown { id, pieces, bases }: &Shown| {
        let pieces: String = pieces.iter().map(piece).collect();
        format!("<h3>{}</h3>\n<p>{pieces}</p>\n{}", escape(id), list(bases))
    };
    let about = findings::about_texts(findings);
    let texts: String = shown.iter().map(text).collect();
    format!("<p class=\"meta\">{about}</p>\n{texts}")
}

fn figure_of(caption: &str, svg: &str) -> String {
    format!("<figure><figcaption>{}</figcaption>{svg}</figure>\n", escape(caption))
}

fn table(heads: &[String], rows: &[Vec<String>]) -> String {
    let heads: Vec<String> =
        heads.iter().map(|it| format!("<th scope=\"col\">{}</th>", escape(it))).collect();
    let heads = heads.concat();
    let cell = |(at, text): (usize, &String)| match at {
        0 => format!("<th scope=\"row\">{}</th>", escape(text)),
        _ => format!("<td>{}</td>", escape(text)),
    };
    let row = |row: &Vec<String>| {
        format!("<tr>{}</tr>\n", row.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table></div>\n"
    )
}

fn list(lines: &[(String, String)]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let line = |(first, second): &(String, String)| {
        format!("<li><strong>{}</strong> {}</li>\n", escape(first), escape(second))
    };
    format!("<ul>\n{}</ul>\n", lines.iter().map(line).collect::<String>())
}

/// Text that means nothing to HTML, in an element or in a quoted attribute. What HTML cannot hold
/// is replaced.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}
