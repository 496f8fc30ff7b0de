//! Nerine's few-label learner: trained, kept in a folder, read again.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use corpus::{Doc, Span};
use crf::{Example, Input, Live, Model, Scored, Stage, Step, Vectors};
use predict::WordVectors;
use scorer::Scores;
use serde_json::json;
use tokenizer::lex::string_id;

use crate::figures::{Figures, decimals, per_cent};
use crate::out::Lines;
use crate::refusal::{Refusal, refuse};
use crate::{base, jsonl, trained, whole};

/// The file in a model's folder that makes it one of this learner.
const FILE: &str = "model.crf";

/// What a run learns from, and how.
pub(crate) struct Run<'a> {
    pub(crate) train: &'a [Doc],
    pub(crate) dev: &'a [Doc],
    pub(crate) test: Option<&'a [Doc]>,
    /// A file of texts without marks.
    pub(crate) raw: Option<&'a Path>,
    /// Word vectors: a file of them, or a pipeline.
    pub(crate) vectors: Option<&'a Path>,
    pub(crate) seed: u64,
    pub(crate) max_secs: Option<f64>,
    pub(crate) output: &'a Path,
}

impl Run<'_> {
    /// Trains, scores and keeps a model. The linear member is there at once; when the time is up
    /// before the others are, it is what is kept.
    pub(crate) fn go(&self) -> Result<()> {
        let raw = match self.raw {
            None => Vec::new(),
            Some(path) => raw_texts(path)?,
        };
        let vectors = vectors(self.vectors, self.train, &raw)?;
        let began = Instant::now();
        let is_late = || self.max_secs.is_some_and(|it| it <= began.elapsed().as_secs_f64());
        let refused = |err: crf::TrainError| Refusal(err.to_string());
        let linear = Live::start(self.input(Vec::new())).map_err(refused)?;
        let input = Input { vectors, ..self.input(raw) };
        let mut work = crf::train(input).map_err(refused)?;
        // Told now, not after minutes of training.
        trained::prepare(self.output)?;
        let mut out = Lines::new();
        let linear = linear.finish().model();
        put_stage(&mut out, "linear", &linear, self.dev, began)?;
        let mut stage = None;
        let (model, stopped_by) = loop {
            if is_late() {
                break (linear, "time");
            }
            match work.step() {
                Step::Done(model) => break (model, "schedule"),
                Step::Working(it) if stage != Some(it.stage) => {
                    stage = Some(it.stage);
                    out.put(&json!({"stage": name(it.stage), "seconds": secs(began)}))?;
                    out.flush()?;
                }
                Step::Working(_) => {}
            }
        };
        let seconds = secs(began);
        put_stage(&mut out, "done", &model, self.dev, began)?;

        let (scored, scored_on) = match self.test {
            Some(test) => (test, "test"),
            None => (self.dev, "dev"),
        };
        let scores = Figures::of(&score(&model, scored));
        save(self.output, &model, &scores, scored_on)?;
        let words: usize = self.train.iter().map(|it| crf::tokenize(&it.text).len()).sum();
        out.put(&json!({
            "scores": scores,
            "scored_on": scored_on,
            "seconds": seconds,
            "words_per_second": (words as f64 / seconds.max(1e-3)).round(),
            "device": "cpu",
            "stopped_by": stopped_by,
            "labels": model.labels().iter().map(corpus::Label::as_str).collect::<Vec<_>>(),
            "model": self.output,
        }))?;
        Ok(out.flush()?)
    }

    fn input(&self, raw: Vec<Arc<str>>) -> Input {
        let examples = |docs: &[Doc]| docs.iter().map(example).collect();
        Input {
            labels: trained::labels_of(self.train),
            examples: examples(self.train),
            raw,
            dev: examples(self.dev),
            seed: self.seed,
            ..Input::default()
        }
    }
}

/// The vectors, of a file of them or a pipeline, of the words that are learned from or that stand in
/// raw texts.
pub(crate) fn vectors(path: Option<&Path>, train: &[Doc], raw: &[Arc<str>]) -> Result<Vectors> {
    let Some(path) = path else { return Ok(Vectors::default()) };
    let brought = WordVectors::new(base::vectors(path)?);
    let texts = raw.iter().map(|it| &**it).chain(train.iter().map(|it| &*it.text));
    let mut vectors = Vectors::new(brought.width());
    for word in crf::spellings(texts) {
        let look_up = |word: &str| {
            let mut vector = vec![0.0; brought.width()];
            brought.look_up(word, string_id(word), &mut vector);
            vector
        };
        // Many vectors were made of words in lower case.
        let vector = match look_up(word) {
            it if it.iter().all(|it| *it == 0.0) => look_up(&word.to_lowercase()),
            it => it,
        };
        vectors.insert(word, &vector);
    }
    match vectors.is_empty() {
        true => refuse(format!("no word of the texts has a vector in {}", path.display())),
        false => Ok(vectors),
    }
}

fn secs(began: Instant) -> f64 {
    decimals(began.elapsed().as_secs_f64(), 2)
}

pub(crate) fn example(doc: &Doc) -> Example {
    Example {
        text: doc.text.as_str().into(),
        spans: doc.spans().cloned().collect(),
        unread: doc.annotation.unread.clone(),
    }
}

pub(crate) fn raw_texts(path: &Path) -> Result<Vec<Arc<str>>> {
    jsonl::read(path)?.iter().map(|it| Ok(it.needed_text(path)?.into())).collect()
}

fn name(stage: Stage) -> String {
    match stage {
        Stage::Words => "words".to_owned(),
        Stage::Check => "check".to_owned(),
        Stage::Linear => "linear".to_owned(),
        Stage::Teachers => "teachers".to_owned(),
        Stage::Round(round) => format!("round {round}"),
        Stage::Packing => "packing".to_owned(),
    }
}

fn put_stage(
    out: &mut Lines,
    stage: &str,
    model: &Model,
    dev: &[Doc],
    began: Instant,
) -> Result<()> {
    let seconds = secs(began);
    let dev_f1 = score(model, dev).micro.f1();
    out.put(&json!({"stage": stage, "dev_f": per_cent(dev_f1), "seconds": seconds}))?;
    Ok(out.flush()?)
}

/// Scores a model on all gold spans, those too that fall on no token.
fn score(model: &Model, docs: &[Doc]) -> Scores {
    let mut scores = Scores::default();
    for doc in docs {
        let found = model.predict(&doc.text).into_iter().map(|it| it.span).collect();
        let gold: Vec<Span> = doc.spans().cloned().collect();
        scores.add(&gold, &doc.annotation.unread.judged(&gold, found));
    }
    scores
}

/// Keeps a model without its scores.
pub(crate) fn write(dir: &Path, model: &Model) -> Result<()> {
    whole::write_folder(dir, |folder| Ok(fs::write(folder.join(FILE), model.to_bytes())?))
}

fn save(dir: &Path, model: &Model, scores: &Figures, scored_on: &str) -> Result<()> {
    let meta = json!({
        "learner": "nerine",
        "nerine": env!("CARGO_PKG_VERSION"),
        "labels": model.labels().iter().map(corpus::Label::as_str).collect::<Vec<_>>(),
        "threshold": decimals(model.threshold().into(), 4),
        "scored_on": scored_on,
        "scores": scores,
    });
    whole::write_folder(dir, |folder| {
        fs::write(folder.join(FILE), model.to_bytes())?;
        Ok(fs::write(folder.join("meta.json"), format!("{meta:#}\n"))?)
    })
}

/// The model in a folder; none where the folder holds another kind.
pub(crate) fn open(dir: &Path) -> Result<Option<Model>> {
    let path = dir.join(FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(err) => return refuse(format!("{} cannot be read ({err})", path.display())),
    };
    match Model::from_bytes(&bytes) {
        Ok(model) => Ok(Some(model)),
        Err(err) => refuse(format!("{}: {err}", path.display())),
    }
}

/// What a model finds, as start and end in bytes, label, and how probable that is.
pub(crate) fn spans(found: &[Scored]) -> impl Iterator<Item = (u32, u32, &str, Option<f32>)> {
    found.iter().map(|it| {
        let Scored { span, probability } = it;
        (span.start(), span.end(), span.label().as_str(), Some(*probability))
    })
}
