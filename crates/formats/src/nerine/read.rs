use std::io::BufReader;

use annotate::{Entry, Suggestion};
use corpus::Span;
use corpus::offsets::{Ruler, Unit};
use project::{ProjectId, ProjectRecord, RunId, RunRecord, SuggestionRecord};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::parts::{Part, Parts};
use super::{DOCS, GUIDELINES, HISTORY, PROJECT, ProjectFile, SPLIT, SplitFile, VERSION};
use crate::file::{InFile, ReadSeek};
use crate::jsonl;
use crate::lines::Lines;
use crate::reader::{Found, Records, Source, damage_warning};
use crate::warning::{Reason, Warning};

/// Why a project file cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is no zip, or cut off.
    #[error("the file is damaged ({why}): take an older copy")]
    Damaged {
        /// What is wrong.
        why: String,
    },
    /// A zip of something else.
    #[error("the zip holds no {PROJECT}: unpack it and import the files in it")]
    NoProject,
    /// A part cannot be read.
    #[error("{name:?} in the file is damaged ({why}): take an older copy")]
    Part {
        /// The part.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Written by a version that did not exist when this one was built.
    #[error(
        "the file has version {found}, this Nerine knows {VERSION}: reload the page to update it"
    )]
    NewerVersion {
        /// Version of the file.
        found: u32,
    },
}

/// An opened project file. Its texts are read by [`read`](crate::read).
pub struct Archive {
    parts: Parts,
    path: String,
    project: ProjectRecord,
    more: Map<String, Value>,
    warnings: Vec<Warning>,
}

impl Archive {
    /// Opens a project file; the project will be called `id` in storage.
    pub fn open(file: InFile, id: ProjectId) -> Result<Self, OpenError> {
        let path = file.path;
        let mut parts = Parts::open(file.bytes)?;
        let mut changed = Vec::new();
        let mut text = |name: &str| -> Result<Option<String>, OpenError> {
            let Some(part) = parts.text(name)? else { return Ok(None) };
            if !part.is_as_written {
                changed.push(name.to_owned());
            }
            Ok(Some(part.text))
        };
        let project = text(PROJECT)?.ok_or(OpenError::NoProject)?;
        let value: Value = parse(PROJECT, &project)?;
        let version = value.get("format_version").and_then(Value::as_u64).unwrap_or_default();
        if u64::from(VERSION) < version {
            return Err(OpenError::NewerVersion { found: version as u32 });
        }
        let mut project: ProjectFile = parse(PROJECT, &project)?;
        let guidelines = text(GUIDELINES)?.unwrap_or_default();
        let split = match text(SPLIT)? {
            Some(split) => parse(SPLIT, &split)?,
            None => SplitFile {
                rule: corpus::SplitRule::default(),
                frozen: false,
                train: Vec::new(),
                dev: Vec::new(),
                test: Vec::new(),
            },
        };
        let more = std::mem::take(&mut project.more);
        let project = project.into_record(id, guidelines, &split);
        let warn = |part| Warning {
            file: path.clone(),
            line: None,
            column: None,
            reason: Reason::Checksum { part },
        };
        let warnings = changed.into_iter().map(warn).collect();
        Ok(Self { parts, path, project, more, warnings })
    }

    /// The project without its texts: its counts are 0.
    pub fn project(&self) -> &ProjectRecord {
        &self.project
    }

    /// The fields of `project.json` that this version does not know.
    pub fn more(&self) -> &Map<String, Value> {
        &self.more
    }

    /// What was found odd so far.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Gives each edit of the journal to `take`, in order. Without a journal it gives none.
    /// A damaged line ends the journal with an error: what follows would not fit.
    pub fn history(&mut self, mut take: impl FnMut(Entry)) -> Result<(), OpenError> {
        let broken = |why: String| OpenError::Part { name: HISTORY.into(), why };
        let Some(part) = self.parts.part(HISTORY).map_err(|it| broken(it.to_string()))? else {
            return Ok(());
        };
        let mut lines = Lines::new(BufReader::new(part));
        while let Some(line) = lines.next_line() {
            let line = line.map_err(|reason| broken(format!("{reason:?}")))?;
            take(
                serde_json::from_str(&line.text)
                    .map_err(|it| broken(format!("line {}: {it}", line.number)))?,
            );
        }
        Ok(())
    }

    /// The training runs, in order. One that is damaged is left out with a warning.
    pub fn runs(&mut self) -> Result<Vec<RunRecord>, OpenError> {
        let is_run = |it: &&str| {
            it.strip_prefix("runs/")
                .and_then(|it| it.split_once('.'))
                .is_some_and(|it| it.1 == "json")
        };
        let names: Vec<String> = self.parts.names().filter(is_run).map(str::to_owned).collect();
        let mut runs = Vec::new();
        for name in names {
            runs.extend(self.own::<RunRecord>(&name)?);
        }
        runs.sort_by_key(|run| run.id);
        Ok(runs)
    }

    /// The experiments with the texts that they are of, in the order of their numbers. One that is
    /// damaged is left out with a warning.
    pub fn experiments<E: DeserializeOwned, T: DeserializeOwned>(
        &mut self,
    ) -> Result<Vec<(E, T)>, OpenError> {
        let number = |it: &str| -> Option<u32> {
            it.strip_prefix("experiments/")?.strip_suffix(".json")?.parse().ok()
        };
        let mut numbers: Vec<u32> = self.parts.names().filter_map(number).collect();
        numbers.sort_unstable();
        let mut experiments = Vec::new();
        for n in numbers {
            let experiment = self.own(&format!("experiments/{n}.json"))?;
            let texts = self.own(&format!("experiments/{n}.texts.json"))?;
            experiments.extend(experiment.zip(texts));
        }
        Ok(experiments)
    }

    /// What came of a run of an experiment, if the file has it.
    pub fn outcome<O: DeserializeOwned>(&mut self, run: RunId) -> Result<Option<O>, OpenError> {
        self.own(&format!("experiments/outcomes/{}.json", run.0))
    }

    /// A part that its owner wrote; none where it is not there, or with a warning where it is
    /// damaged.
    fn own<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, OpenError> {
        let Some(part) = self.parts.text(name)? else { return Ok(None) };
        match parse(name, &part.text) {
            Ok(value) => Ok(Some(value)),
            Err(err) => {
                let reason = Reason::BadProject { why: err.to_string() };
                let file = self.path.clone();
                self.warnings.push(Warning { file, line: None, column: None, reason });
                Ok(None)
            }
        }
    }

    /// The weights of a run, if the file has them.
    pub fn weights(&mut self, run: RunId) -> Result<Option<Vec<u8>>, OpenError> {
        let name = format!("runs/{}.weights", run.0);
        match self.parts.bytes(&name)? {
            Some((_, false)) => {
                let why = "its checksum is wrong".into();
                Err(OpenError::Part { name, why })
            }
            Some((bytes, true)) => Ok(Some(bytes)),
            None => Ok(None),
        }
    }
}

fn parse<T: DeserializeOwned>(name: &str, json: &str) -> Result<T, OpenError> {
    serde_json::from_str(json)
        .map_err(|err| OpenError::Part { name: name.to_owned(), why: err.to_string() })
}

/// The texts of a project file.
pub(super) struct Texts {
    file_len: u64,
    lines: Lines<BufReader<Part<Box<dyn ReadSeek>>>>,
    /// Length of `docs.jsonl`, in bytes.
    len: u64,
    ended: bool,
}

impl Texts {
    pub(super) fn new(Source { file, len: file_len, .. }: Source) -> Result<Self, Reason> {
        let bad = |why: String| Reason::BadProject { why };
        let parts = Parts::open(file.bytes).map_err(|err| bad(err.to_string()))?;
        if !parts.names().any(|it| it == PROJECT) {
            return Err(Reason::OtherZip);
        }
        let len = parts.len(DOCS);
        let part = parts.into_part(DOCS).map_err(|err| bad(err.to_string()))?;
        let part = part.ok_or_else(|| bad(format!("it holds no {DOCS}")))?;
        Ok(Self { file_len, lines: Lines::new(BufReader::new(part)), len, ended: false })
    }
}

impl Records for Texts {
    fn bytes_read(&self) -> u64 {
        let scaled = u128::from(self.lines.position()) * u128::from(self.file_len);
        u64::try_from(scaled / u128::from(self.len.max(1))).unwrap_or(self.file_len)
    }

    fn next_record(&mut self) -> Option<Found> {
        loop {
            if self.ended {
                return None;
            }
            let line = match self.lines.next_line() {
                Some(Ok(line)) => line,
                Some(Err(reason)) => return Some(Found::lost(self.lines.number(), reason)),
                None => {
                    self.ended = true;
                    return checksum_problem(self.lines.source());
                }
            };
            if line.text.trim().is_empty() {
                continue;
            }
            let mut found = jsonl::parse(&line.text, line.number, "text");
            found.problems.splice(0..0, damage_warning(line.damage));
            found.take_suggestions();
            return Some(found);
        }
    }
}

fn checksum_problem(part: &BufReader<Part<Box<dyn ReadSeek>>>) -> Option<Found> {
    let is_as_written = part.get_ref().is_as_written();
    (!is_as_written).then(|| Found::whole(Reason::Checksum { part: DOCS.into() }))
}

impl Found {
    /// Moves the suggestions from the fields of the text to their own place.
    fn take_suggestions(&mut self) {
        let Some(doc) = &mut self.doc else { return };
        let Some(Value::Object(fields)) = doc.meta.0.get_mut(crate::FIELDS) else { return };
        let Some(record) = fields.get("suggestions").and_then(|it| suggestions_of(it, &doc.text))
        else {
            return;
        };
        fields.shift_remove("suggestions");
        if fields.is_empty() {
            doc.meta.0.shift_remove(crate::FIELDS);
        }
        self.suggestions = Some(record);
    }
}

/// `{"run": 1, "spans": [{"start", "end", "label", "score"}]}`.
fn suggestions_of(value: &Value, text: &str) -> Option<SuggestionRecord> {
    let ruler = Ruler::new(text);
    let at = |value: &Value| ruler.to_bytes(u32::try_from(value.as_u64()?).ok()?, Unit::CodePoints);
    let suggestion = |value: &Value| {
        let label = corpus::Label::new(value["label"].as_str()?).ok()?;
        let span = Span::within(text, at(&value["start"])?, at(&value["end"])?, label).ok()?;
        Some(Suggestion { span, score: value["score"].as_f64()? as f32 })
    };
    let run = RunId(u32::try_from(value["run"].as_u64()?).ok()?);
    let suggestions = value["spans"].as_array()?.iter().map(suggestion).collect::<Option<_>>()?;
    Some(SuggestionRecord { run, suggestions })
}
