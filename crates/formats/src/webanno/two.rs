//! Version 2, which is only read: no offsets, and `B-` and `I-` in the cells.

use corpus::{Label, Mark, Origin, Span};

use super::cells::unescape;
use super::{is_mark_layer, short_name};
use crate::reader::{Found, Problem};
use crate::warning::{Reason, Severity};
use crate::words::Joined;

/// Whether a file starts as one of version 2: its layers on one line, then a sentence.
pub(super) fn looks_like(text: &str) -> bool {
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default();
    let is_head = head.trim_start().starts_with("# ") && head.contains(" | ") || head.trim() == "#";
    is_head && lines.take(3).any(|it| it.starts_with("#id="))
}

/// A mark that goes on, by the column and label of its tags.
struct Open {
    column: usize,
    value: String,
    start: u32,
    end: u32,
    label: Label,
}

/// The text in a file: its sentences on lines of their own.
pub(super) fn parse(text: &str, stem: &str) -> Found {
    let mut lines = text.lines().enumerate();
    let layers = layers(lines.next().map_or("", |it| it.1));
    let (mut joined, mut problems) = (Joined::default(), Vec::new());
    let (mut marks, mut open): (Vec<Mark>, Vec<Open>) = (Vec::new(), Vec::new());
    // The sentence's own text, and where in it the next word is looked for.
    let mut sentence: Option<(String, usize)> = None;
    let mut starts = false;
    for (idx, line) in lines {
        let number = idx as u64 + 1;
        if let Some(own) = line.strip_prefix("#text=") {
            sentence = Some((own.to_owned(), 0));
            starts = true;
            continue;
        }
        if line.is_empty() || line.starts_with('#') && !line.contains('\t') {
            starts = starts || line.is_empty();
            continue;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        let is_row = cells[0].split_once('-').is_some_and(|it| it.0.parse::<u32>().is_ok());
        let Some(form) = cells.get(1).filter(|it| is_row && !it.is_empty()) else {
            let reason = Reason::own(Severity::Lost, "has no token", "The line will be left out.");
            problems.push(Problem::on(number, reason));
            continue;
        };
        let form = unescape(form);
        let gap = gap_before(&form, &mut sentence, starts);
        if starts {
            close(&mut open, &mut marks, |_| true);
        }
        starts = false;
        joined.push(&gap, &form);
        let word = joined.words[joined.words.len() - 1];
        for (column, layer) in layers.iter().enumerate() {
            let Some(layer) = layer else { continue };
            let cell = cells.get(column + 2).copied().unwrap_or("O");
            let tags: Vec<&str> =
                cell.split('|').filter(|it| !matches!(*it, "O" | "_" | "")).collect();
            let goes_on = |it: &Open| {
                it.column != column || tags.iter().any(|tag| *tag == format!("I-{}", it.value))
            };
            close(&mut open, &mut marks, |it| !goes_on(it));
            for tag in tags {
                let (prefix, value) = tag.split_once('-').unwrap_or(("B", tag));
                let is_open = |it: &&mut Open| it.column == column && it.value == value;
                if prefix == "I" && open.iter_mut().any(|it| is_open(&it)) {
                    open.iter_mut().filter(is_open).for_each(|it| it.end = word.end);
                    continue;
                }
                if prefix == "I" {
                    let reason = Reason::LooseTag { tag: tag.to_owned() };
                    problems.push(Problem::on(number, reason));
                }
                let name = unescape(value);
                let name =
                    if matches!(name.as_str(), "" | "_" | "*") { layer } else { name.as_str() };
                match Label::new(name) {
                    Ok(label) => open.push(Open {
                        column,
                        value: value.to_owned(),
                        start: word.start,
                        end: word.end,
                        label,
                    }),
                    Err(err) => {
                        let what = format!("has a mark without a usable label: {err}");
                        let remedy = "The mark will be left out, the text comes in.";
                        problems
                            .push(Problem::on(number, Reason::own(Severity::Lost, what, remedy)));
                    }
                }
            }
        }
    }
    close(&mut open, &mut marks, |_| true);
    if joined.words.is_empty() {
        return Found::whole(Reason::Empty);
    }
    let left = layers.iter().filter(|it| it.is_none()).count();
    if left != 0 {
        let what = format!("has {left} columns of layers that are not marks");
        problems.push(Reason::own(Severity::Lost, what, "They will be left out.").into());
    }
    let mut doc = joined.into_doc(stem.to_owned());
    marks.sort();
    marks.dedup_by(|a, b| a.span == b.span);
    doc.annotation.marks = marks;
    Found::new(Some(1), Some(doc), problems)
}

/// The short name of the layer of each column; none where that is not a layer of marks.
fn layers(head: &str) -> Vec<Option<&str>> {
    let mut columns = Vec::new();
    for layer in head.split('#').map(str::trim).filter(|it| !it.is_empty()) {
        let mut parts = layer.split('|').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let features: Vec<&str> = parts.collect();
        let is_relation = features.iter().any(|it| it.starts_with("AttachTo="));
        let is_marks = !is_relation && is_mark_layer(name);
        for nth in 0..features.len().max(1) {
            // The first feature of a layer names its marks.
            columns.push((is_marks && nth == 0).then_some(short_name(name)));
        }
    }
    columns
}

/// What stands between a word and the one before: a line end between sentences, else what the
/// sentence's own text has, else a blank.
fn gap_before(form: &str, sentence: &mut Option<(String, usize)>, starts: bool) -> String {
    let Some((text, at)) = sentence else {
        return if starts { "\n" } else { " " }.to_owned();
    };
    let rest = &text[*at..];
    let blanks = &rest[..rest.len() - rest.trim_start().len()];
    if !rest[blanks.len()..].starts_with(form) {
        *sentence = None;
        return if starts { "\n" } else { " " }.to_owned();
    }
    *at += blanks.len() + form.len();
    if starts { "\n".to_owned() } else { blanks.to_owned() }
}

/// Ends the marks that `ends` says.
fn close(open: &mut Vec<Open>, marks: &mut Vec<Mark>, ends: impl Fn(&Open) -> bool) {
    open.retain(|it| {
        if !ends(it) {
            return true;
        }
        if let Ok(span) = Span::new(it.start, it.end, it.label.clone()) {
            marks.push(Mark { span, origin: Origin::Import, at_ms: 0 });
        }
        false
    });
}
