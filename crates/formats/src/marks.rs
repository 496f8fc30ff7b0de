//! Marks as files hold them, and how they become ours.

use corpus::offsets::{Ruler, Unit};
use corpus::{Label, Mark, Origin, Span};
use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};

use crate::record::unnamed;
use crate::warning::{MarkProblem, Reason};

/// A mark as it stands in a file, its offsets in the file's unit.
pub(crate) struct RawMark {
    place: Option<(i64, i64)>,
    label: Result<Option<Label>, String>,
    quote: Option<String>,
    origin: Origin,
    at_ms: u64,
    /// What else the file says about it.
    rest: Map<String, Value>,
}

impl RawMark {
    /// `{"start", "end", "label"}` or `[start, end, label]`. Only an object of `ours` can say
    /// where the mark comes from.
    pub(crate) fn of(value: &Value, ours: bool) -> Self {
        match value {
            Value::Object(object) => Self::of_object(object.clone(), ours),
            Value::Array(list) => {
                let part = |at: usize| list.get(at).unwrap_or(&Value::Null);
                Self {
                    place: whole(part(0)).zip(whole(part(1))),
                    label: label_of(part(2)),
                    quote: None,
                    origin: Origin::Import,
                    at_ms: 0,
                    rest: Map::new(),
                }
            }
            _ => Self {
                place: None,
                label: Ok(None),
                quote: None,
                origin: Origin::Import,
                at_ms: 0,
                rest: Map::new(),
            },
        }
    }

    fn of_object(mut object: Map<String, Value>, ours: bool) -> Self {
        let mut take = |names: &[&str]| {
            names.iter().find_map(|name| object.shift_remove(*name)).unwrap_or(Value::Null)
        };
        let start = whole(&take(&["start", "start_offset"]));
        let end = whole(&take(&["end", "end_offset"]));
        let label = label_of(&take(&["label"]));
        let quote = match take(&["text"]) {
            Value::String(quote) => Some(quote),
            _ => None,
        };
        // They count tokens that are not ours.
        take(&["token_start"]);
        take(&["token_end"]);
        let mut mark = Self {
            place: start.zip(end),
            label,
            quote,
            origin: Origin::Import,
            at_ms: 0,
            rest: Map::new(),
        };
        if ours {
            mark.origin = take_origin(&mut object);
            if let Some(at_ms) = object.get("at_ms").and_then(Value::as_u64) {
                mark.at_ms = at_ms;
                object.shift_remove("at_ms");
            }
        }
        mark.rest = object;
        mark
    }
}

fn take_origin(object: &mut Map<String, Value>) -> Origin {
    let (origin, source) = (object.get("origin"), object.get("source"));
    let origin = match (origin.and_then(Value::as_str), source.and_then(Value::as_str)) {
        (Some("person"), _) => Origin::Person,
        (Some("model"), Some(name)) => Origin::Model(name.to_owned()),
        _ => return Origin::Import,
    };
    object.shift_remove("origin");
    if matches!(origin, Origin::Model(_)) {
        object.shift_remove("source");
    }
    origin
}

/// A number without a fraction.
fn whole(value: &Value) -> Option<i64> {
    let exact = |it: f64| (it.fract() == 0.0 && it.abs() < 9e15).then_some(it as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(exact))
}

fn label_of(value: &Value) -> Result<Option<Label>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(name) => Label::new(name).map(Some).map_err(|it| it.to_string()),
        other => Err(format!("it is {}", crate::record::kind(other))),
    }
}

/// The marks that fit the text, and the fields of them that have no place in a [`Mark`].
pub(crate) fn marks_of(
    raw: Vec<RawMark>,
    unit: Unit,
    text: &str,
    problems: &mut Vec<Reason>,
) -> (Vec<Mark>, Vec<Value>) {
    let ruler = Ruler::new(text);
    let fitting = unit_of(&raw, unit, text, &ruler);
    if fitting.is_none() {
        quote_problems(&raw, unit, text, &ruler, problems);
    }
    let unit = fitting.unwrap_or(unit);
    let (mut marks, mut fields): (Vec<Mark>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut seen = FxHashSet::default();
    let mut moved = 0;
    for (idx, raw) in raw.into_iter().enumerate() {
        let nth = idx + 1;
        let span = match span_of(&raw, nth, unit, &ruler, problems) {
            Ok(span) => span,
            Err(why) => {
                problems.push(Reason::BadMark { nth, why });
                continue;
            }
        };
        if !seen.insert(span.clone()) {
            problems.push(Reason::MarkedTwice { nth });
            continue;
        }
        let start = ruler.from_bytes(span.start(), Unit::CodePoints).unwrap_or_default();
        let end = ruler.from_bytes(span.end(), Unit::CodePoints).unwrap_or_default();
        let (was_start, was_end) = raw.place.unwrap_or_default();
        moved =
            moved.max(i64::from(start).abs_diff(was_start).max(i64::from(end).abs_diff(was_end)));
        if !raw.rest.is_empty() {
            let mut object = Map::new();
            object.insert("start".into(), json!(start));
            object.insert("end".into(), json!(end));
            object.insert("label".into(), json!(span.label().as_str()));
            object.extend(raw.rest);
            fields.push(Value::Object(object));
        }
        marks.push(Mark { span, origin: raw.origin, at_ms: raw.at_ms });
    }
    if moved != 0 {
        problems.push(Reason::OtherUnit { unit: unit.into(), moved: moved as u32 });
    }
    (marks, fields)
}

/// The one unit in which every quote is at its offsets; `default` without quotes.
fn unit_of(raw: &[RawMark], default: Unit, text: &str, ruler: &Ruler<&str>) -> Option<Unit> {
    let fits = |unit: Unit| {
        raw.iter().all(|mark| match (&mark.quote, mark.place) {
            (Some(quote), Some(place)) => words(place, unit, text, ruler) == Some(quote.as_str()),
            _ => true,
        })
    };
    let rest = [Unit::CodePoints, Unit::Utf16, Unit::Bytes];
    std::iter::once(default).chain(rest).find(|unit| fits(*unit))
}

fn words<'a>(
    (start, end): (i64, i64),
    unit: Unit,
    text: &'a str,
    ruler: &Ruler<&str>,
) -> Option<&'a str> {
    let at = |it: i64| ruler.to_bytes(u32::try_from(it).ok()?, unit).map(|it| it as usize);
    text.get(at(start)?..at(end)?)
}

fn quote_problems(
    raw: &[RawMark],
    unit: Unit,
    text: &str,
    ruler: &Ruler<&str>,
    problems: &mut Vec<Reason>,
) {
    for (idx, mark) in raw.iter().enumerate() {
        let (Some(quote), Some(place)) = (&mark.quote, mark.place) else { continue };
        match words(place, unit, text, ruler) {
            Some(found) if found != quote => problems.push(Reason::QuoteDiffers {
                nth: idx + 1,
                quote: quote.clone(),
                found: found.to_owned(),
            }),
            _ => {}
        }
    }
}

fn span_of(
    raw: &RawMark,
    nth: usize,
    unit: Unit,
    ruler: &Ruler<&str>,
    problems: &mut Vec<Reason>,
) -> Result<Span, MarkProblem> {
    let (start, end) = raw.place.ok_or(MarkProblem::NotAMark)?;
    let len = ruler.len(unit);
    if end <= start {
        return Err(MarkProblem::Reversed { start, end });
    }
    if start < 0 || i64::from(len) < end {
        return Err(MarkProblem::OutOfRange { start, end, len });
    }
    let bytes = |at: i64| {
        let at = u32::try_from(at).ok().and_then(|at| ruler.to_bytes(at, unit));
        at.ok_or(MarkProblem::SplitsCharacter { start, end })
    };
    let label = match &raw.label {
        Ok(Some(label)) => label.clone(),
        Ok(None) => {
            let label = unnamed();
            problems.push(Reason::NoLabel { nth, label: label.to_string() });
            label
        }
        Err(why) => return Err(MarkProblem::BadLabel { why: why.clone() }),
    };
    Span::new(bytes(start)?, bytes(end)?, label)
        .map_err(|_reversed| MarkProblem::Reversed { start, end })
}
