//! What models found text by text, in words.

use std::ops::Range;

use corpus::Span;
use scorer::{ErrorKind, Mistake};

use crate::{Comparison, Confusion, DifferingText, Findings, Forgetting, words};

/// Texts that a report shows, at most.
const MOST_TEXTS: usize = 25;

/// Different mistakes of a base in a text that are shown, at most.
const MOST_MISTAKES: usize = 8;

/// Bytes of a text that are shown before the first mistake and behind the last.
const AROUND: u32 = 80;

/// Bytes of a text that are shown, at most.
const LONGEST: u32 = 800;

/// A table with a head over each column.
pub(super) struct Grid {
    pub(super) title: String,
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Which labels a base takes for which, in the same or overlapping places, for each base.
pub(super) fn confusions(comparison: &Comparison, findings: &Findings) -> Vec<Grid> {
    let grid = |(base, [_, confusion]): &(_, [Confusion; 2])| {
        let labels = || confusion.labels.iter().map(|it| it.as_str().to_owned());
        let heads = ["Marked".to_owned()].into_iter().chain(labels());
        let row = |(name, cells): (String, &Vec<u32>)| {
            [name].into_iter().chain(cells.iter().map(|it| words::count(*it))).collect()
        };
        let names = labels().chain(["nothing".to_owned()]);
        Grid {
            title: comparison.name(base),
            heads: heads.chain(["nothing".to_owned()]).collect(),
            rows: names.zip(&confusion.cells).map(row).collect(),
        }
    };
    findings.confusions.iter().map(grid).collect()
}

/// What the tables of confused labels are.
pub(super) const ABOUT_CONFUSIONS: &str = "A row for what is marked, a column for what was found \
    in the same place or one that overlaps it, in the run of the first seed.";

/// A text that is shown, as a piece of it.
pub(super) struct Shown {
    pub(super) id: String,
    /// Words, each with the label that it is marked with, if with any.
    pub(super) pieces: Vec<(String, Option<String>)>,
    /// Each base, with what it got wrong.
    pub(super) bases: Vec<(String, String)>,
}

/// How many texts there are in which bases differ, and how many of them are shown.
pub(super) fn about_texts(findings: &Findings) -> String {
    let n = findings.texts.len();
    let all = words::counted(n as u64, "text", "texts");
    match MOST_TEXTS < n {
        true => format!("{all}. The {MOST_TEXTS} that tell most are shown."),
        false => format!("{all}, those first that tell most."),
    }
}

/// Texts in which bases differ.
pub(super) fn texts(comparison: &Comparison, findings: &Findings) -> Vec<Shown> {
    let show = |it: &DifferingText| {
        let model = |model: &crate::ModelMistakes| {
            (comparison.name(&model.base), said(&it.text, &model.mistakes))
        };
        Shown {
            id: it.difference.doc.0.clone(),
            pieces: pieces(it),
            bases: it.difference.models.iter().map(model).collect(),
        }
    };
    findings.texts.iter().take(MOST_TEXTS).map(show).collect()
}

/// What a model got wrong in a text: each mistake once, with how often it was made.
fn said(text: &str, mistakes: &[Mistake]) -> String {
    let mut counted: Vec<(String, u32)> = Vec::new();
    for mistake in mistakes {
        let says = says(text, mistake);
        match counted.iter_mut().find(|it| it.0 == says) {
            Some(it) => it.1 += 1,
            None => counted.push((says, 1)),
        }
    }
    if counted.is_empty() {
        return "agrees".to_owned();
    }
    let n_more = counted.len().saturating_sub(MOST_MISTAKES);
    let shown = counted.into_iter().take(MOST_MISTAKES).map(|(says, n)| match n {
        1 => says,
        n => format!("{says}, {} times", words::count(n)),
    });
    let mut shown: Vec<String> = shown.collect();
    if n_more != 0 {
        shown.push(format!("and {} more", words::count(n_more as u64)));
    }
    shown.join("; ")
}

/// A mistake in words.
fn says(text: &str, Mistake { kind, gold, predicted }: &Mistake) -> String {
    let quote = |span: &Option<Span>| {
        let words = span.as_ref().and_then(|it| text.get(range_of(it))).unwrap_or_default();
        format!("“{words}”")
    };
    let label = |span: &Option<Span>| {
        span.as_ref().map(|it| it.label().as_str().to_owned()).unwrap_or_default()
    };
    match kind {
        ErrorKind::Missed => format!("missed {} ({})", quote(gold), label(gold)),
        ErrorKind::Extra => format!("found {} ({})", quote(predicted), label(predicted)),
        ErrorKind::WrongLabel => {
            format!("took {} ({}) for {}", quote(gold), label(gold), label(predicted))
        }
        ErrorKind::WrongEdge => {
            format!("found {} for {} ({})", quote(predicted), quote(gold), label(gold))
        }
    }
}

fn range_of(span: &Span) -> Range<usize> {
    span.start() as usize..span.end() as usize
}

/// The part of a text with the mistakes, cut where marks begin and end. Of overlapping marks the
/// first is shown.
fn pieces(it: &DifferingText) -> Vec<(String, Option<String>)> {
    let text = it.text.as_str();
    let part = part(it);
    let mut pieces = Vec::new();
    let mut at = part.start;
    let mut put = |range: Range<usize>, label: Option<&Span>| {
        let label = label.map(|it| it.label().as_str().to_owned());
        if let Some(words) = text.get(range).filter(|it| !it.is_empty()) {
            pieces.push((words.to_owned(), label));
        }
    };
    for span in &it.gold {
        let range = range_of(span);
        if at <= range.start && range.end <= part.end {
            put(at..range.start, None);
            put(range.clone(), Some(span));
            at = range.end;
        }
    }
    put(at..part.end, None);
    if part.start != 0 {
        pieces.insert(0, ("…".to_owned(), None));
    }
    if part.end != text.len() {
        pieces.push(("…".to_owned(), None));
    }
    pieces
}

/// The bytes that are shown: from a little before the first mistake to a little behind the last.
fn part(it: &DifferingText) -> Range<usize> {
    let models = it.difference.models.iter().flat_map(|it| &it.mistakes);
    let spans = || models.clone().flat_map(|it| it.gold.iter().chain(&it.predicted));
    let first = spans().map(Span::start).min().unwrap_or(0).saturating_sub(AROUND);
    let last = spans().map(Span::end).max().unwrap_or(0).saturating_add(AROUND);
    let last = last.min(first + LONGEST) as usize;
    let text = it.text.as_str();
    let end = text.ceil_char_boundary(last.min(text.len()));
    text.floor_char_boundary((first as usize).min(end))..end
}

/// What each base forgot, as its name and a sentence.
pub(super) fn forgetting(comparison: &Comparison, findings: &Findings) -> Vec<(String, String)> {
    let said = |it: &Forgetting| {
        let name = comparison.name(&it.base);
        let sentence = it.sentence(&name);
        (name, sentence)
    };
    let remedies = findings
        .remedies
        .iter()
        .flat_map(|(base, effects)| effects.iter().map(move |it| (base.clone(), it.sentence())));
    findings.forgetting.iter().map(said).chain(remedies).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::span;

    #[test]
    fn a_mistake_is_told_once_with_how_often_it_was_made() {
        let text = "zinc gold zinc abcdefghij";
        let missed = |start, end| Mistake {
            kind: ErrorKind::Missed,
            gold: Some(span(start, end, "Metal")),
            predicted: None,
        };
        let edge = Mistake {
            kind: ErrorKind::WrongEdge,
            gold: Some(span(5, 14, "Metal")),
            predicted: Some(span(5, 9, "Metal")),
        };
        let found = said(text, &[missed(0, 4), edge, missed(10, 14)]);
        assert_eq!(found, "missed “zinc” (Metal), 2 times; found “gold” for “gold zinc” (Metal)");
        let many: Vec<Mistake> = (15..25).map(|at| missed(at, at + 1)).collect();
        assert!(said(text, &many).ends_with("missed “h” (Metal); and 2 more"));
        assert_eq!(said(text, &[]), "agrees");
    }
}
