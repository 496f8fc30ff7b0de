use std::io;

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Span};
use serde_json::{Map, Value, json};

use crate::detect::{Sample, Sure};
use crate::format::{Format, Offsets, Write as Written};
use crate::items::{JsonRecords, ReadValue, first_value};
use crate::json_tree;
use crate::losses::{Losses, Tally, What, Which};
use crate::marks::{RawMark, marks_of};
use crate::reader::{Found, Problem, Records, Source};
use crate::record::kind;
use crate::warning::{Reason, Severity};
use crate::whole::Whole;
use crate::writer::{To, WriteTexts};

/// Pairs of a text and its entities.
pub static SPACY_PAIRS: Format = Format {
    key: "spacy-pairs",
    aliases: &["spacy-v2"],
    name: "spaCy pairs",
    about: "A list of pairs: a text and its entities, as spaCy 2 was trained with. What NER \
            Annotator exports is read, too.",
    extensions: &["json", "jsonl"],
    offsets: Offsets::CodePoints,
    holds: &[What::Marks],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        let is_pair = first_value(&sample.text).is_some_and(|it| is_pair(&it));
        (is_pair || has_classes(sample)).then_some(Sure::Certain)
    },
    read: Some(read),
    write: Written::Texts(|_| Box::new(WritePairs::default())),
};

/// The entry of a text's metadata that holds what else stood beside its entities.
const EXTRAS: &str = "_spacy_pair";

fn is_pair(value: &Value) -> bool {
    let said = value.get(1).and_then(Value::as_object);
    value.get(0).is_some_and(Value::is_string) && said.is_some_and(|it| it.contains_key("entities"))
}

/// What NER Annotator exports.
fn has_classes(sample: &Sample<'_>) -> bool {
    sample.has_paths(&["classes", "classes[]", "annotations", "annotations[]"])
        && sample.text.trim_start().starts_with('{')
}

fn read(mut source: Source, _: &crate::Options) -> Result<Box<dyn Records>, Reason> {
    if !has_classes(&Sample::new(&source.sample, "")) {
        return Ok(Box::new(JsonRecords::new(source, ReadPairs { unit: Unit::CodePoints })));
    }
    let (value, damage) = json_tree::read(&mut source.file)?;
    let mut pairs = ReadPairs { unit: Unit::Utf16 };
    let list = value.get("annotations").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found: Vec<Found> = Vec::new();
    for (idx, pair) in list.into_iter().enumerate() {
        // Texts that were skipped.
        if pair.is_null() {
            continue;
        }
        let mut problems: Vec<Problem> = Vec::new();
        let fallback_id = format!("{}-{}", source.file.stem(), idx + 1);
        let doc = pairs.read(pair, &fallback_id, &mut problems).pop();
        found.push(Found::new(None, doc, problems));
    }
    if let (Some(problem), Some(first)) = (json_tree::damage_problem(damage), found.first_mut()) {
        first.problems.insert(0, problem);
    }
    Ok(Box::new(Whole::new(found, source.len)))
}

struct ReadPairs {
    /// What offsets count.
    unit: Unit,
}

impl ReadValue for ReadPairs {
    fn read(&mut self, value: Value, fallback_id: &str, problems: &mut Vec<Problem>) -> Vec<Doc> {
        let (text, mut said) = match value {
            Value::Array(mut pair) if pair.len() == 2 => match (pair.swap_remove(0), pair.pop()) {
                (Value::Object(said), Some(Value::String(text)))
                | (Value::String(text), Some(Value::Object(said))) => (text, said),
                _ => return not_a_pair("a list of something else", problems),
            },
            other => return not_a_pair(kind(&other), problems),
        };
        if text.trim().is_empty() {
            problems.push(Reason::BlankText.into());
            return Vec::new();
        }
        let mut doc = Doc::new(fallback_id, text);
        let list = match said.shift_remove("entities") {
            Some(Value::Array(list)) => list,
            None | Some(Value::Null) => Vec::new(),
            Some(other) => {
                let found = kind(&other);
                let (field, expected) = ("entities", "a list");
                problems.push(Reason::WrongType { field, expected, found }.into());
                Vec::new()
            }
        };
        let is_open = !list.is_empty() && doc.text.chars().any(|it| 1 < it.len_utf16());
        if is_open && self.unit == Unit::Utf16 {
            let what = "does not say what its offsets count";
            let remedy = "They are taken as UTF-16 units. Look at the marks.";
            problems.push(Reason::own(Severity::Kept, what, remedy).into());
        }
        let raw = list.iter().map(|it| RawMark::of(it, false)).collect();
        let mut reasons = Vec::new();
        let (marks, _) = marks_of(raw, self.unit, &doc.text, &mut reasons);
        // Offsets that are what they are said to be do not count something else.
        reasons.retain(|it| !matches!(it, Reason::OtherUnit { .. }));
        problems.extend(reasons.into_iter().map(Problem::from));
        doc.annotation.marks = marks;
        doc.annotation.marks.sort();
        if !said.is_empty() {
            doc.meta.0.insert(EXTRAS.into(), Value::Object(said));
        }
        vec![doc]
    }
}

fn not_a_pair(found: &str, problems: &mut Vec<Problem>) -> Vec<Doc> {
    let what = format!("is {found}, not a text with its entities");
    problems.push(Reason::own(Severity::Lost, what, "It will be left out.").into());
    Vec::new()
}

/// Writes a list, a pair a line.
#[derive(Default)]
struct WritePairs {
    has_begun: bool,
    overlaps: u32,
}

impl WriteTexts for WritePairs {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        to.tally.lose_metadata(doc, &[EXTRAS]);
        let mut spans: Vec<&Span> = doc.spans().collect();
        spans.sort_by_key(|it| (std::cmp::Reverse(it.end() - it.start()), it.start()));
        let mut kept: Vec<&Span> = Vec::new();
        for span in spans {
            match kept.iter().any(|it| it.overlaps(span)) {
                true => self.overlaps += 1,
                false => kept.push(span),
            }
        }
        kept.sort();
        let ruler = Ruler::new(doc.text.as_str());
        let points = |at| ruler.from_bytes(at, Unit::CodePoints);
        let entity =
            |it: &&Span| json!([points(it.start()), points(it.end()), it.label().as_str()]);
        let mut said = Map::new();
        said.insert("entities".into(), kept.iter().map(entity).collect());
        if let Some(Value::Object(more)) = doc.meta.0.get(EXTRAS) {
            for (name, value) in more {
                said.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        to.out.write_all(if self.has_begun { b",\n" } else { b"[\n" })?;
        self.has_begun = true;
        Ok(serde_json::to_writer(&mut *to.out, &json!([doc.text, said]))?)
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        to.out.write_all(if self.has_begun { b"\n]\n" } else { b"[]\n" })
    }

    fn losses(&self, tally: &Tally, which: Which, _: &str) -> Option<Losses> {
        let mut losses = tally.held(which, &SPACY_PAIRS);
        for row in &mut losses.0 {
            match row.what {
                What::Overlaps => {
                    row.left_out = self.overlaps;
                    "Entities of spaCy do not overlap. The longer mark stays."
                        .clone_into(&mut row.why);
                }
                What::Metadata => {
                    row.left_out = tally.metadata_left_out;
                    if row.left_out == 0 {
                        "As they came.".clone_into(&mut row.why);
                    }
                }
                What::Ids => {
                    (row.left_out, row.changed) = (0, row.count);
                    "Texts keep their order, not their names.".clone_into(&mut row.why);
                }
                _ => {}
            }
        }
        Some(losses)
    }
}
