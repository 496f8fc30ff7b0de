use std::io::{self, Write};

use annotate::Entry;
use corpus::offsets::Ruler;
use corpus::{Doc, Side};
use project::{ExperimentId, ProjectRecord, RunId, RunRecord, SuggestionRecord};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::parts::hex;
use super::{DOCS, GUIDELINES, HISTORY, PROJECT, ProjectFile, SPLIT, SUMS, SplitFile};
use crate::losses::{Losses, Tally, Which};
use crate::record::{object_of, span_object};

/// Writes a project file: first the texts, then, where wanted, the journal, then the runs and the
/// experiments that some are of.
pub struct Writer<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    /// The part that is being written.
    part: &'static str,
    hasher: Sha256,
    sums: Vec<(String, String)>,
    split: SplitFile,
    tally: Tally,
}

impl<W: Write> Writer<W> {
    /// Starts the file of `project`. `more` are fields of `project.json` that came with an
    /// import and are not ours.
    pub fn new(out: W, project: &ProjectRecord, more: &Map<String, Value>) -> io::Result<Self> {
        let split = SplitFile {
            rule: project.split,
            frozen: project.split_frozen,
            train: Vec::new(),
            dev: Vec::new(),
            test: Vec::new(),
        };
        let mut writer = Self {
            zip: ZipWriter::new_stream(out),
            part: "",
            hasher: Sha256::new(),
            sums: Vec::new(),
            split,
            tally: Tally::default(),
        };
        writer.whole(
            PROJECT,
            &pretty(&ProjectFile::of(project, more))?,
            CompressionMethod::Deflated,
        )?;
        writer.whole(GUIDELINES, project.guidelines.as_bytes(), CompressionMethod::Deflated)?;
        writer.begin(DOCS)?;
        Ok(writer)
    }

    /// Writes a text, with what a model proposes for it. Texts come in the project's order.
    pub fn put(&mut self, doc: &Doc, suggestions: Option<&SuggestionRecord>) -> io::Result<()> {
        self.tally.add(doc, suggestions.map_or(0, |it| it.suggestions.len() as u32));
        let side = match self.split.rule.side(&doc.id) {
            Side::Train => &mut self.split.train,
            Side::Dev => &mut self.split.dev,
            Side::Test => &mut self.split.test,
        };
        side.push(doc.id.0.clone());
        let mut object = object_of(doc, None);
        if let Some(record) = suggestions {
            object.insert("suggestions".into(), suggestions_value(record, &doc.text));
        }
        self.line(&object)
    }

    /// Writes an edit of the journal. After the first, no more texts can be written.
    pub fn put_entry(&mut self, entry: &Entry) -> io::Result<()> {
        if self.part == DOCS {
            self.end();
            self.begin(HISTORY)?;
        }
        self.line(entry)
    }

    /// Writes a run, with its weights if they go with it. After the first, neither texts nor edits
    /// can be written.
    pub fn put_run(&mut self, run: &RunRecord, weights: Option<&[u8]>) -> io::Result<()> {
        self.end();
        let RunId(n) = run.id;
        self.whole(&format!("runs/{n}.json"), &pretty(run)?, CompressionMethod::Deflated)?;
        if let Some(weights) = weights {
            // Weights hardly get smaller.
            self.whole(&format!("runs/{n}.weights"), weights, CompressionMethod::Stored)?;
        }
        Ok(())
    }

    /// Writes an experiment with the texts that it is of, as their owner keeps them. After the first,
    /// neither texts nor edits can be written.
    pub fn put_experiment(
        &mut self,
        id: ExperimentId,
        experiment: &impl Serialize,
        texts: &impl Serialize,
    ) -> io::Result<()> {
        self.end();
        let ExperimentId(n) = id;
        let name = format!("experiments/{n}.json");
        self.whole(&name, &pretty(experiment)?, CompressionMethod::Deflated)?;
        let name = format!("experiments/{n}.texts.json");
        self.whole(&name, &pretty(texts)?, CompressionMethod::Deflated)
    }

    /// Writes what came of a run of an experiment, as its owner keeps it.
    pub fn put_outcome(&mut self, run: RunId, outcome: &impl Serialize) -> io::Result<()> {
        let name = format!("experiments/outcomes/{}.json", run.0);
        self.whole(&name, &pretty(outcome)?, CompressionMethod::Deflated)
    }

    /// Ends the file, and says what it does not hold.
    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        self.end();
        let split = pretty(&self.split)?;
        self.whole(SPLIT, &split, CompressionMethod::Deflated)?;
        let lines: Vec<String> =
            self.sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        self.whole(SUMS, lines.concat().as_bytes(), CompressionMethod::Deflated)?;
        let losses = self.tally.all_kept(Which::All, true);
        let mut out = self.zip.finish()?.into_inner();
        out.flush()?;
        Ok((out, losses))
    }

    fn begin(&mut self, part: &'static str) -> io::Result<()> {
        self.part = part;
        self.start(part, CompressionMethod::Deflated)
    }

    fn start(&mut self, name: &str, method: CompressionMethod) -> io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(method);
        self.zip.start_file(name, options)?;
        self.hasher = Sha256::new();
        Ok(())
    }

    /// Ends the part of lines that is being written, if one is.
    fn end(&mut self) {
        let part = std::mem::take(&mut self.part);
        if !part.is_empty() {
            self.note_sum(part);
        }
    }

    fn note_sum(&mut self, name: &str) {
        let sum = hex(&std::mem::take(&mut self.hasher).finalize());
        self.sums.push((name.to_owned(), sum));
    }

    fn whole(&mut self, name: &str, bytes: &[u8], method: CompressionMethod) -> io::Result<()> {
        self.start(name, method)?;
        self.write(bytes)?;
        self.note_sum(name);
        Ok(())
    }

    fn line(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.write(&line)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.zip.write_all(bytes)
    }
}

fn pretty(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    Ok(json)
}

fn suggestions_value(record: &SuggestionRecord, text: &str) -> Value {
    let ruler = Ruler::new(text);
    let spans = record.suggestions.iter().map(|it| {
        let mut object = span_object(&it.span, text, &ruler);
        object.insert("score".into(), json!(it.score));
        Value::Object(object)
    });
    json!({ "run": record.run.0, "spans": spans.collect::<Vec<_>>() })
}
