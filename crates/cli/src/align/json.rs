//! The report for scripts. Offsets are code points.

use std::collections::BTreeMap;

use ::align::{
    Action, BaseReport, Cell, Counts, DocSpan, Kind, Misfit, Overlap, Place, Reason, Report, Row,
    Verdict,
};
use corpus::offsets::{Ruler, Unit};
use corpus::{DocId, Span};
use serde::Serialize;
use serde_json::{Value, json};

use crate::figures::per_cent;
use crate::jsonl::SpanOut;
use crate::texts::Texts;

/// The rulers of all texts.
type Rulers<'a> = BTreeMap<&'a DocId, Ruler<&'a str>>;

/// The whole report: what each base can learn, and the marks that some base cannot, those alike
/// together.
pub(super) fn of(report: &Report, texts: &Texts) -> Value {
    let rulers: Rulers<'_> =
        texts.docs.iter().map(|(doc, _)| (&doc.id, Ruler::new(doc.text.as_str()))).collect();
    let bases: Value = report.bases.iter().map(|it| base(it, &rulers)).collect();
    let rows = report.rows();
    let cut = rows.iter().filter(|it| it.is_cut());
    let groups: Value = cut.map(|it| group(it, &report.bases, &rulers)).collect();
    json!({ "texts": report.n_docs, "bases": bases, "groups": groups })
}

fn base(report: &BaseReport, rulers: &Rulers<'_>) -> Value {
    let kinds: BTreeMap<Kind, u32> = Kind::ALL
        .into_iter()
        .map(|it| (it, report.kinds.get(&it).copied().unwrap_or_default()))
        .collect();
    let labels: BTreeMap<&str, CountsOut> =
        report.labels.iter().map(|it| (it.0.as_str(), CountsOut::of(it.1))).collect();
    let texts: Vec<TextOut<'_>> = report
        .docs
        .iter()
        .map(|(id, counts)| TextOut { id: &id.0, counts: CountsOut::of(counts) })
        .collect();
    let misaligned: Value = report.misfits.iter().map(|it| misfit(it, rulers)).collect();
    let overlaps: Value = report.overlaps.iter().map(|it| overlap(it, rulers)).collect();
    json!({
        "base": report.base,
        "all": CountsOut::of(&report.counts),
        "kinds": kinds,
        "labels": labels,
        "texts": texts,
        "plan": report.plan(),
        "misaligned": misaligned,
        "overlaps": overlaps,
    })
}

/// Counts with the F1 ceilings, in per cent, that follow from them.
#[derive(Serialize)]
struct CountsOut {
    spans: u32,
    fit: u32,
    misaligned: u32,
    overlapping: u32,
    f1_ceiling: Option<f64>,
    f1_ceiling_flat: Option<f64>,
}

impl CountsOut {
    fn of(counts: &Counts) -> Self {
        CountsOut {
            spans: counts.spans,
            fit: counts.spans - counts.misfits,
            misaligned: counts.misfits,
            overlapping: counts.overlapping,
            f1_ceiling: counts.f1_ceiling().map(per_cent),
            f1_ceiling_flat: counts.f1_ceiling_flat().map(per_cent),
        }
    }
}

#[derive(Serialize)]
struct TextOut<'a> {
    id: &'a str,
    #[serde(flatten)]
    counts: CountsOut,
}

/// A place and what stands there.
#[derive(Serialize)]
struct PlaceOut<'a> {
    start: u32,
    end: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct MisfitOut<'a> {
    id: &'a str,
    #[serde(flatten)]
    span: SpanOut<'a>,
    text: &'a str,
    kind: Kind,
    strict: Option<PlaceOut<'a>>,
    contract: Option<PlaceOut<'a>>,
    expand: Option<PlaceOut<'a>>,
    suggestion: Suggestion<'a>,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    action: Action,
    reason: Reason,
    #[serde(flatten)]
    place: Option<PlaceOut<'a>>,
}

fn misfit(misfit: &Misfit, rulers: &Rulers<'_>) -> Value {
    let ruler = &rulers[&misfit.doc];
    let place = |it: Option<Place>| it.map(|it| place_out(it, ruler));
    let old = Place { start: misfit.span.start(), end: misfit.span.end() };
    let out = MisfitOut {
        id: &misfit.doc.0,
        span: span_out(&misfit.span, ruler),
        text: misfit.span.text(ruler.text()),
        kind: misfit.kind,
        strict: place(misfit.strict),
        contract: place(misfit.contract),
        expand: place(misfit.expand),
        suggestion: Suggestion {
            action: misfit.advice.action(old),
            reason: misfit.advice.reason,
            place: place(misfit.advice.fix),
        },
    };
    json!(out)
}

fn overlap(overlap: &Overlap, rulers: &Rulers<'_>) -> Value {
    let ruler = &rulers[&overlap.doc];
    let Overlap { doc, lost, kept } = overlap;
    json!({ "id": doc.0, "lost": span_out(lost, ruler), "kept": span_out(kept, ruler) })
}

fn group(row: &Row, bases: &[BaseReport], rulers: &Rulers<'_>) -> Value {
    let cells: Value = bases.iter().zip(&row.cells).map(|it| cell(&it.0.base, it.1)).collect();
    let span = |DocSpan { doc, span }: &DocSpan| {
        let SpanOut { start, end, .. } = span_out(span, &rulers[doc]);
        json!({ "id": doc.0, "start": start, "end": end })
    };
    json!({
        "text": row.text,
        "label": row.label,
        "count": row.places.len(),
        "bases": cells,
        "spans": row.places.iter().map(span).collect::<Value>(),
    })
}

fn cell(base: &str, cell: &Cell) -> Value {
    let tokens: Vec<&str> = cell.tokens.iter().map(|it| it.text.as_str()).collect();
    match cell.verdict {
        Verdict::Fits { n_tokens } => {
            json!({ "base": base, "fits": true, "n_tokens": n_tokens, "tokens": tokens })
        }
        Verdict::Misfit { kind, reason, .. } => json!({
            "base": base,
            "fits": false,
            "kind": kind,
            "action": cell.verdict.action(),
            "reason": reason,
            "corrected": cell.corrected,
            "tokens": tokens,
        }),
    }
}

fn span_out<'a>(span: &'a Span, ruler: &Ruler<&str>) -> SpanOut<'a> {
    let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("marks fit their text");
    SpanOut {
        start: points(span.start()),
        end: points(span.end()),
        label: span.label().as_str(),
        probability: None,
    }
}

fn place_out<'a>(place: Place, ruler: &'a Ruler<&str>) -> PlaceOut<'a> {
    let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("tokens fit their text");
    let text = place.text(ruler.text());
    PlaceOut { start: points(place.start), end: points(place.end), text }
}
