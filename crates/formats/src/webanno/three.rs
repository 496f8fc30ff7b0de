//! Version 3: offsets, and several annotations a cell.

use std::collections::BTreeMap;

use corpus::offsets::{Ruler, Unit};
use corpus::{Doc, Label, Mark, Origin, Span};
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use tokenizer::Token;

use super::cells::{unescape, values};
use super::{EXTRAS, GAP_LIMIT, is_mark_layer, short_name};
use crate::reader::{Found, Problem};
use crate::warning::{MarkProblem, Reason, Severity};
use crate::words;

/// Whether a file starts as one of version 3.
pub(super) fn looks_like(text: &str) -> bool {
    text.starts_with("#FORMAT=WebAnno TSV 3")
}

/// A layer, and where its columns are.
struct Layer<'t> {
    name: &'t str,
    features: Vec<&'t str>,
    /// Its first column, counted from 0 behind the token.
    first: usize,
    is_marks: bool,
}

/// A token or a part of one.
struct Row<'t> {
    line: u64,
    is_part: bool,
    start: u64,
    end: u64,
    form: String,
    cells: Vec<&'t str>,
}

/// A sentence: the text that it gives, and the numbers of its rows.
struct Sentence {
    text: Option<String>,
    rows: std::ops::Range<usize>,
}

/// A file, line by line.
struct File<'t> {
    layers: Vec<Layer<'t>>,
    sentences: Vec<Sentence>,
    rows: Vec<Row<'t>>,
    problems: Vec<Problem>,
}

/// The text in a file.
pub(super) fn parse(text: &str, stem: &str) -> Found {
    let mut file = File::of(text);
    let units = [Unit::Utf16, Unit::CodePoints, Unit::Bytes];
    let built = units.into_iter().find_map(|unit| Some((file.text_in(unit).ok()?, unit)));
    let nearest = || file.text_in(Unit::Utf16).err().flatten().map(|it| (it, Unit::Utf16));
    let Some((text_found, unit)) = built.or_else(nearest) else {
        let what = "has offsets that are not those of its tokens";
        let remedy = "Nothing of it comes in. Export it from its program again.";
        return Found::whole(Reason::own_file(what, remedy));
    };
    if text_found.trim().is_empty() {
        return Found::whole(Reason::BlankText);
    }
    if unit != Unit::Utf16 {
        let what = match unit {
            Unit::Bytes => "counts bytes, not UTF-16 units",
            _ => "counts code points, not UTF-16 units",
        };
        let remedy = "Its tokens prove it, and the marks are where they should be.";
        file.problems.push(Reason::own(Severity::Changed, what, remedy).into());
    }
    let mut doc = Doc::new(stem, text_found);
    let ruler = Ruler::new(doc.text.clone());
    file.check_forms(unit, &ruler);
    let tokens: Vec<Token> = (file.rows.iter())
        .filter(|it| !it.is_part)
        .filter_map(|it| {
            let at = |at: u64| ruler.to_bytes(u32::try_from(at).ok()?, unit);
            Some(Token::new(at(it.start)?, at(it.end)?, false))
        })
        .collect();
    words::keep(&tokens, &doc.text, &mut doc.meta);
    doc.annotation.marks = file.marks(unit, &ruler);
    doc.annotation.marks.sort();
    let lines: Vec<&str> = text.lines().collect();
    doc.meta.0.insert(EXTRAS.into(), json!(lines));
    Found::new(Some(1), Some(doc), file.problems)
}

impl<'t> File<'t> {
    fn of(text: &'t str) -> Self {
        let mut file = File {
            layers: Vec::new(),
            sentences: Vec::new(),
            rows: Vec::new(),
            problems: Vec::new(),
        };
        let mut n_columns = 0;
        // Whether the last line was one of rows.
        let mut in_rows = true;
        for (idx, line) in text.lines().enumerate() {
            let number = idx as u64 + 1;
            if let Some(layer) =
                ["#T_SP=", "#T_CH=", "#T_RL="].iter().find_map(|it| line.strip_prefix(it))
            {
                let mut features = layer.split('|');
                let name = features.next().unwrap_or_default();
                let features: Vec<&str> = features.collect();
                let is_marks = line.starts_with("#T_SP=") && is_mark_layer(name);
                let n = features.len().max(1);
                file.layers.push(Layer { name, features, first: n_columns, is_marks });
                n_columns += n;
            } else if let Some(part) = line.strip_prefix("#Text=") {
                if in_rows {
                    let at = file.rows.len();
                    file.sentences.push(Sentence { text: None, rows: at..at });
                }
                in_rows = false;
                if let Some(sentence) = file.sentences.last_mut() {
                    let part = unescape(part);
                    sentence.text = Some(match sentence.text.take() {
                        Some(before) => format!("{before}\n{part}"),
                        None => part,
                    });
                }
            } else if !line.is_empty() && !line.starts_with('#') {
                in_rows = true;
                file.row(number, line);
            } else if line.is_empty() {
                in_rows = true;
            }
        }
        file
    }

    fn row(&mut self, line: u64, text: &'t str) {
        let cells: Vec<&str> = text.split('\t').collect();
        let place = cells.get(1).and_then(|it| it.split_once('-'));
        let place = place.and_then(|(a, b)| Some((a.parse::<u64>().ok()?, b.parse::<u64>().ok()?)));
        let id = cells[0].split_once('-').filter(|it| it.0.parse::<u32>().is_ok());
        let (Some((start, end)), Some((_, id)), Some(form)) = (place, id, cells.get(2)) else {
            let what = "has no token with its offsets";
            let reason = Reason::own(Severity::Lost, what, "The line will be left out.");
            return self.problems.push(Problem::on(line, reason));
        };
        if self.sentences.is_empty() {
            self.sentences.push(Sentence { text: None, rows: 0..0 });
        }
        self.rows.push(Row {
            line,
            is_part: id.contains('.'),
            start,
            end,
            form: unescape(form),
            cells: cells[3..].to_vec(),
        });
        if let Some(sentence) = self.sentences.last_mut() {
            sentence.rows.end = self.rows.len();
        }
    }

    /// The text, if offsets count in `unit`; where they do not, the text that is nearest to it, if
    /// there is one.
    fn text_in(&self, unit: Unit) -> Result<String, Option<String>> {
        let length = |it: &str| u64::from(Ruler::new(it).len(unit));
        let (mut text, mut len, mut fits) = (String::new(), 0, true);
        for sentence in &self.sentences {
            let tokens = || self.rows[sentence.rows.clone()].iter().filter(|it| !it.is_part);
            let Some(first) = tokens().next() else { continue };
            let own = sentence.text.clone().unwrap_or_else(|| joined(tokens(), length));
            let blanks = own.len() - own.trim_start().len();
            // The token need not be the first that shows, where a blank is one.
            let lead = own.find(&first.form).filter(|it| *it <= blanks).unwrap_or(blanks);
            let Some(start) = first.start.checked_sub(length(&own[..lead])) else {
                return Err(None);
            };
            let Some(gap) = start.checked_sub(len).filter(|it| *it <= GAP_LIMIT) else {
                return Err(None);
            };
            let filling = if text.is_empty() { " " } else { "\n" };
            text.push_str(&filling.repeat(gap as usize));
            text.push_str(&own);
            len = start + length(&own);
        }
        let ruler = Ruler::new(text.as_str());
        for row in &self.rows {
            fits &= found(row, unit, &ruler) == Some(row.form.as_str());
        }
        match fits {
            true => Ok(text),
            false => Err(Some(text)),
        }
    }

    /// Says which tokens are not where they should be.
    fn check_forms(&mut self, unit: Unit, ruler: &Ruler<String>) {
        for row in self.rows.iter().filter(|it| !it.is_part) {
            let found = found(row, unit, ruler).unwrap_or_default();
            if found != row.form {
                let what = format!("should be {:?}, but {found:?} is there", row.form);
                let remedy = "The offsets are taken. Look at the marks.";
                self.problems
                    .push(Problem::on(row.line, Reason::own(Severity::Kept, what, remedy)));
            }
        }
    }

    /// The annotations of all mark layers.
    fn marks(&mut self, unit: Unit, ruler: &Ruler<String>) -> Vec<Mark> {
        let mut found: Vec<Annotation> = Vec::new();
        let mut tied: BTreeMap<(usize, u32), usize> = BTreeMap::new();
        for row in &self.rows {
            for (at, layer) in self.layers.iter().enumerate().filter(|it| it.1.is_marks) {
                let n = layer.features.len().max(1);
                let cells = row.cells.iter().skip(layer.first).take(n).map(|it| values(it));
                let cells: Vec<_> = cells.collect();
                let depth = cells.iter().map(Vec::len).max().unwrap_or_default();
                for nth in 0..depth {
                    let id = cells.iter().find_map(|it| it.get(nth)?.id);
                    let label = label_of(layer, &cells, nth);
                    let known = id.and_then(|id| tied.get(&(at, id)));
                    if let Some(known) = known {
                        let known = &mut found[*known];
                        known.start = known.start.min(row.start);
                        known.end = known.end.max(row.end);
                    } else {
                        if let Some(id) = id {
                            tied.insert((at, id), found.len());
                        }
                        let (line, start, end) = (row.line, row.start, row.end);
                        found.push(Annotation { line, start, end, label });
                    }
                }
            }
        }
        let mut marks: Vec<Mark> = Vec::new();
        let mut seen = FxHashSet::default();
        for (idx, it) in found.iter().enumerate() {
            match it.span(unit, ruler) {
                Ok(span) if !seen.insert(span.clone()) => {
                    self.problems.push(Problem::on(it.line, Reason::MarkedTwice { nth: idx + 1 }));
                }
                Ok(span) => marks.push(Mark { span, origin: Origin::Import, at_ms: 0 }),
                Err(why) => {
                    self.problems.push(Problem::on(it.line, Reason::BadMark { nth: idx + 1, why }));
                }
            }
        }
        marks
    }
}

/// What is at the offsets of a row.
fn found<'r>(row: &Row<'_>, unit: Unit, ruler: &'r Ruler<impl AsRef<str>>) -> Option<&'r str> {
    let at = |at: u64| ruler.to_bytes(u32::try_from(at).ok()?, unit).map(|it| it as usize);
    ruler.text().get(at(row.start)?..at(row.end)?)
}

/// A sentence without a text of its own: its tokens, with blanks where nothing is known.
fn joined<'r>(tokens: impl Iterator<Item = &'r Row<'r>>, length: impl Fn(&str) -> u64) -> String {
    let (mut text, mut end) = (String::new(), None);
    for token in tokens {
        let gap = token.start.saturating_sub(end.unwrap_or(token.start)).min(GAP_LIMIT);
        text.push_str(&" ".repeat(gap as usize));
        text.push_str(&token.form);
        end = Some(token.start + length(&token.form));
    }
    text
}

/// The value of a feature that names the annotation, else the layer's own name.
fn label_of(
    layer: &Layer<'_>,
    cells: &[Vec<super::cells::Value>],
    nth: usize,
) -> Result<Label, String> {
    let value = |at: usize| cells.get(at)?.get(nth).map(|it| it.value.as_str());
    let names = layer.features.iter().position(|it| *it == "value");
    let is_value = |at: &usize| {
        let feature = layer.features[*at];
        !feature.is_empty() && !feature.contains(['.', ':']) && feature != "identifier"
    };
    let others = (0..layer.features.len()).filter(is_value);
    let mut named = names.into_iter().chain(others).filter_map(value).filter(|it| !it.is_empty());
    Label::new(named.next().unwrap_or(short_name(layer.name))).map_err(|it| it.to_string())
}

/// One annotation, with offsets as in the file.
struct Annotation {
    line: u64,
    start: u64,
    end: u64,
    label: Result<Label, String>,
}

impl Annotation {
    fn span(&self, unit: Unit, ruler: &Ruler<String>) -> Result<Span, MarkProblem> {
        let whole = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
        let (start, end) = (whole(self.start), whole(self.end));
        let bytes = |at: u64| {
            let at = u32::try_from(at).ok().filter(|it| *it <= ruler.len(unit));
            let at = at.ok_or(MarkProblem::OutOfRange { start, end, len: ruler.len(unit) })?;
            ruler.to_bytes(at, unit).ok_or(MarkProblem::SplitsCharacter { start, end })
        };
        let label = self.label.clone().map_err(|why| MarkProblem::BadLabel { why })?;
        Span::new(bytes(self.start)?, bytes(self.end)?, label)
            .map_err(|_reversed| MarkProblem::Reversed { start, end })
    }
}

/// The lines that a text came with.
pub(super) fn kept_lines(doc: &Doc) -> Option<String> {
    let lines = doc.meta.0.get(EXTRAS)?.as_array()?;
    let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
    lines.map(|it| it.join("\n") + "\n")
}
