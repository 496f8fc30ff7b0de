//! The marks of a project against the tokens of several bases.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use align::{BaseReport, Counts, Report, Row, SpanEdit, Tokens};
use corpus::{DocId, Label, Span};
use predict::{Cut, Cutter};
use project::{DocNumber, ProjectId};
use protocol::{AlignedBase, AlignedRow, Alignment, MarkFix};
use storage::Store;

use crate::page::{Pace, Page, Stopped};
use crate::texts::{BATCH, batches};

/// How many rows the page gets.
const MOST_ROWS: usize = 500;
/// How many places of a row the page gets.
const MOST_PLACES: usize = 50;
/// How many texts the page gets.
const MOST_DOCS: usize = 200;

/// Holds every mark against the tokens of each base. In the report a text is called by its number.
pub(crate) async fn report(
    store: &impl Store,
    page: &impl Page,
    id: &ProjectId,
    bases: &[(String, Cutter)],
) -> Result<Report, Stopped> {
    let project = store.project(id).await?;
    let mut report = Report::new(bases.iter().map(|(name, _)| name.as_str()));
    let (mut pace, n_docs) = (Pace::new(page), project.counts.docs);
    for first in batches(&project) {
        let annotations = store.annotations(id, first, BATCH).await?;
        if annotations.iter().all(|it| it.annotation.marks.is_empty()) {
            pace.tell(first.0.into(), n_docs.into(), first.0).await?;
            continue;
        }
        let texts = store.texts(id, first, BATCH).await?;
        for (number, (text, record)) in (first.0..).zip(texts.iter().zip(annotations)) {
            let spans: Vec<Span> = record.annotation.marks.into_iter().map(|it| it.span).collect();
            if !spans.is_empty() {
                add(&mut report, DocNumber(number), &text.text, &spans, bases)?;
            }
            pace.tell(number.into(), n_docs.into(), number).await?;
        }
    }
    Ok(report)
}

fn add(
    report: &mut Report,
    doc: DocNumber,
    text: &str,
    spans: &[Span],
    bases: &[(String, Cutter)],
) -> Result<(), Stopped> {
    let cut = |(_, it): &(String, Cutter)| it.cut(text).map_err(|it| Stopped::failed(&it));
    let cuts: Vec<Cut> = bases.iter().map(cut).collect::<Result<_, _>>()?;
    let tokens: Vec<Tokens<'_>> = cuts
        .iter()
        .map(|Cut { bounds, sentence_starts }| Tokens { text, bounds, sentence_starts })
        .collect();
    report.add(&DocId(doc.0.to_string()), spans, &tokens);
    Ok(())
}

/// The number of a text by its name in the report.
fn number(doc: &DocId) -> DocNumber {
    DocNumber(doc.0.parse().expect("a text is called by its number in the report"))
}

/// What the page gets of a report.
pub(crate) fn shorten(report: &Report, number: u32) -> Alignment {
    let cut: Vec<(usize, Row)> =
        report.rows().into_iter().enumerate().filter(|(_, it)| it.is_cut()).collect();
    let n_rows = cut.len() as u32;
    let docs = docs(&report.bases);
    let n_docs = docs.len() as u32;
    Alignment {
        number,
        bases: report.bases.iter().map(base).collect(),
        rows: cut.into_iter().take(MOST_ROWS).map(row).collect(),
        n_rows,
        labels: labels(&report.bases),
        docs: docs.into_iter().take(MOST_DOCS).collect(),
        n_docs,
    }
}

fn base(report: &BaseReport) -> AlignedBase {
    AlignedBase {
        name: report.base.clone(),
        counts: report.counts,
        kinds: report.kinds.iter().map(|(kind, n)| (*kind, *n)).collect(),
        plan: report.plan(),
    }
}

fn row((idx, row): (usize, Row)) -> AlignedRow {
    let Row { text, label, cells, places } = row;
    let n_marks = places.len() as u32;
    let place = |it: align::DocSpan| (number(&it.doc), it.span);
    let places = places.into_iter().take(MOST_PLACES).map(place).collect();
    AlignedRow { number: idx as u32, text, label, cells, n_marks, places }
}

fn labels(bases: &[BaseReport]) -> Vec<(Label, Vec<Counts>)> {
    let Some(first) = bases.first() else { return Vec::new() };
    let counts = |label: &Label| -> Vec<Counts> {
        bases.iter().map(|it| it.labels.get(label).copied().unwrap_or_default()).collect()
    };
    first.labels.keys().map(|it| (it.clone(), counts(it))).collect()
}

/// The texts in which some base cannot learn all marks, those with most such marks first.
fn docs(bases: &[BaseReport]) -> Vec<(DocNumber, Vec<Counts>)> {
    let mut docs: BTreeMap<DocNumber, Vec<Option<Counts>>> = BTreeMap::new();
    for (idx, base) in bases.iter().enumerate() {
        for (doc, counts) in &base.docs {
            docs.entry(number(doc)).or_insert_with(|| vec![None; bases.len()])[idx] = Some(*counts);
        }
    }
    let whole = |(doc, seen): (DocNumber, Vec<Option<Counts>>)| {
        // A base that is not here has nothing to say about the text: it can learn all its marks.
        let spans = seen.iter().flatten().map(|it| it.spans).max().unwrap_or(0);
        let all = Counts { spans, ..Counts::default() };
        (doc, seen.into_iter().map(|it| it.unwrap_or(all)).collect())
    };
    let mut docs: Vec<(DocNumber, Vec<Counts>)> = docs.into_iter().map(whole).collect();
    let lost = |counts: &[Counts]| counts.iter().map(|it| it.spans - it.learnable()).max();
    docs.sort_by_key(|(_, counts)| Reverse(lost(counts)));
    docs
}

/// What corrects the marks of a row, or all, for base number `base`.
pub(crate) fn fixes(report: &Report, base: usize, row: Option<u32>) -> Vec<MarkFix> {
    let edits = match row {
        None => report.fix_everything(base),
        Some(row) => report.rows().get(row as usize).map_or_else(Vec::new, |it| it.fix_all(base)),
    };
    let fix = |SpanEdit { doc, old, new }| MarkFix { doc: number(&doc), old, new };
    let mut fixes: Vec<MarkFix> = edits.into_iter().map(fix).collect();
    fixes.sort_by(|a, b| (a.doc, &a.old).cmp(&(b.doc, &b.old)));
    fixes
}
