//! Marks as files of other tools have them, with names and pieces, and how they become ours.

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Label, Mark, Origin, Span};
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};

use crate::count::{Count, Quote, Scale, proven};
use crate::extras::{Ent, Pieces};
use crate::reader::Problem;
use crate::warning::{MarkProblem, Reason, Severity};

/// A mark as it stands in a file, its offsets in the file's unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawEnt {
    /// What the file calls it.
    pub(crate) id: String,
    /// From and to, of each piece.
    pub(crate) pieces: Vec<(i64, i64)>,
    pub(crate) label: String,
    /// The words that the file says are there.
    pub(crate) quote: Option<String>,
    /// What else the file says about it.
    pub(crate) more: Map<String, Value>,
    /// The line, where it is not that of the text.
    pub(crate) line: Option<u64>,
    /// The file, where it is not that of the text.
    pub(crate) file: Option<String>,
}

impl RawEnt {
    fn quoted(&self) -> Option<Quote<'_>> {
        Some(Quote { pieces: &self.pieces, words: self.quote.as_deref()? })
    }

    fn problem(&self, reason: Reason) -> Problem {
        Problem { file: self.file.clone(), line: self.line, column: None, reason }
    }
}

/// How marks of a file are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taking {
    /// What offsets count unless quotes say otherwise.
    pub(crate) count: Count,
    /// What becomes of marks of several pieces.
    pub(crate) pieces: Pieces,
    /// Whether the file has a mark in pieces only because there are line breaks in it.
    pub(crate) breaks_at_lines: bool,
}

/// Adds the marks that fit the text, and gives back what they are called in the file.
pub(crate) fn take(
    doc: &mut Doc,
    raws: Vec<RawEnt>,
    taking: Taking,
    problems: &mut Vec<Problem>,
) -> Vec<Ent> {
    let Doc { text, annotation, .. } = doc;
    let count = unit(&raws, taking.count, text, problems);
    let (scale, ruler) = (Scale::new(text, count), Ruler::new(text.as_str()));
    let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).unwrap_or_default();
    let mut seen: FxHashSet<Span> = annotation.marks.iter().map(|it| it.span.clone()).collect();
    let mut ents = Vec::new();
    for (idx, raw) in raws.into_iter().enumerate() {
        let nth = idx + 1;
        let (pieces, label) = match placed(&raw, &scale) {
            Ok(found) => found,
            Err(why) => {
                problems.push(raw.problem(Reason::BadMark { nth, why }));
                continue;
            }
        };
        let pieces = match taking.breaks_at_lines {
            true => joined(pieces, text),
            false => pieces,
        };
        let extent = extent(&pieces);
        let is_one = pieces.len() == 1;
        let (stands, places) = match taking.pieces {
            _ if is_one => (Pieces::Whole, vec![extent]),
            Pieces::Whole => (Pieces::Whole, vec![extent]),
            Pieces::First => (Pieces::First, vec![pieces[0]]),
            Pieces::Each => (Pieces::Each, pieces.clone()),
            Pieces::None => (Pieces::None, Vec::new()),
        };
        if !is_one {
            problems.push(raw.problem(in_pieces(nth, pieces.len(), stands)));
        }
        for (start, end) in &places {
            if let Ok(span) = Span::new(*start, *end, label.clone())
                && seen.insert(span.clone())
            {
                annotation.marks.push(Mark { span, origin: Origin::Import, at_ms: 0 });
            }
        }
        let (start, end) = places.first().copied().unwrap_or(extent);
        let pieces = pieces.iter().map(|it| (points(it.0), points(it.1)));
        ents.push(Ent {
            id: raw.id,
            start: points(start),
            end: points(end),
            label: label.as_str().to_owned(),
            pieces: if is_one { Vec::new() } else { pieces.collect() },
            stands,
            more: raw.more,
        });
    }
    annotation.marks.sort();
    ents
}

/// What the offsets count, with a warning where that is not what they should, and about words that
/// are not where they should be.
fn unit(raws: &[RawEnt], default: Count, text: &str, problems: &mut Vec<Problem>) -> Count {
    let quotes: Vec<Quote<'_>> = raws.iter().filter_map(RawEnt::quoted).collect();
    let count = proven(text, default, &quotes);
    let scale = Scale::new(text, count);
    for (idx, raw) in raws.iter().enumerate() {
        let Some(quote) = raw.quoted() else { continue };
        if quote.fits(&scale) {
            continue;
        }
        let words: Option<Vec<&str>> =
            raw.pieces.iter().map(|it| scale.words(it.0, it.1)).collect();
        // Offsets that are nowhere in the text are told of where the mark is taken.
        if let Some(words) = words {
            let (quote, found) = (quote.words.to_owned(), words.join(" "));
            problems.push(raw.problem(Reason::QuoteDiffers { nth: idx + 1, quote, found }));
        }
    }
    if count != default {
        let should = Scale::new(text, default);
        let ends = raws.iter().flat_map(|it| &it.pieces).flat_map(|it| [it.0, it.1]);
        let moved = |at: i64| {
            let byte = scale.to_byte(at)?;
            Some(i64::from(should.of_byte(byte)).abs_diff(at) as u32)
        };
        let moved = ends.filter_map(moved).max().unwrap_or_default();
        problems.push(Reason::OtherUnit { unit: count, moved }.into());
    }
    count
}

/// The pieces in bytes, in order, and the label.
fn placed(raw: &RawEnt, scale: &Scale<'_>) -> Result<(Vec<(u32, u32)>, Label), MarkProblem> {
    let mut pieces = Vec::new();
    for &(start, end) in &raw.pieces {
        let len = scale.len();
        if end <= start {
            return Err(MarkProblem::Reversed { start, end });
        }
        if start < 0 || i64::from(len) < end {
            return Err(MarkProblem::OutOfRange { start, end, len });
        }
        let bytes = scale.to_byte(start).zip(scale.to_byte(end));
        pieces.push(bytes.ok_or(MarkProblem::SplitsCharacter { start, end })?);
    }
    if pieces.is_empty() {
        return Err(MarkProblem::NotAMark);
    }
    pieces.sort_unstable();
    let label =
        Label::new(&raw.label).map_err(|err| MarkProblem::BadLabel { why: err.to_string() })?;
    Ok((pieces, label))
}

/// Pieces with nothing but line breaks between them as one.
fn joined(pieces: Vec<(u32, u32)>, text: &str) -> Vec<(u32, u32)> {
    let is_break = |from: u32, to: u32| {
        let gap = text.get(from as usize..to as usize).unwrap_or("-");
        gap.contains(['\n', '\r']) && gap.chars().all(|it| matches!(it, '\n' | '\r'))
    };
    let mut joined: Vec<(u32, u32)> = Vec::with_capacity(pieces.len());
    for it in pieces {
        match joined.last_mut() {
            Some(last) if is_break(last.1, it.0) => last.1 = it.1,
            _ => joined.push(it),
        }
    }
    joined
}

fn extent(pieces: &[(u32, u32)]) -> (u32, u32) {
    let start = pieces.iter().map(|it| it.0).min().unwrap_or_default();
    (start, pieces.iter().map(|it| it.1).max().unwrap_or_default())
}

fn in_pieces(nth: usize, n: usize, stands: Pieces) -> Reason {
    let remedy = match stands {
        Pieces::Whole => "It becomes one mark from the first to the last.",
        Pieces::First => "It becomes a mark over the first.",
        Pieces::Each => "It becomes a mark over each.",
        Pieces::None => "It becomes no mark.",
    };
    let what = format!(", mark {nth} has {n} pieces");
    Reason::own(Severity::Changed, what, format!("{remedy} The pieces are kept with the text."))
}
