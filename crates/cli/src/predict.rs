use std::path::{Path, PathBuf};

use anyhow::Result;
use corpus::Span;
use corpus::offsets::{Ruler, Unit};
use learn::{LearnError, Predictor, Text};
use serde::Serialize;

use crate::jsonl::{self, Line, SpanOut};
use crate::model_dir::Loaded;
use crate::out::Lines;
use crate::refusal::refuse;
use crate::{base, device, model_dir};

/// Words that are predicted in one step: many at once are faster, all at once need much memory.
const WORDS: usize = 2000;

/// Texts that a pipeline is given at a time; it makes batches of its own of them.
const TEXTS: usize = 256;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder that nerine train wrote, or the path of a spaCy pipeline: a folder, .zip, .whl or
    /// .tar.gz
    #[arg(long)]
    model: PathBuf,
    /// JSONL with "text"
    input: PathBuf,
}

#[derive(Serialize)]
struct Prediction<'a> {
    text: &'a str,
    spans: Vec<SpanOut<'a>>,
}

/// Prints what the model finds in each line.
pub(crate) fn run(args: &Args) -> Result<()> {
    if model_dir::is_one(&args.model) {
        return run_trained(args);
    }
    run_pipeline(args)
}

/// Predicts with a model of `nerine train`.
fn run_trained(args: &Args) -> Result<()> {
    let Loaded { model, tokenizer } = model_dir::load(&args.model)?;
    let predictor = match Predictor::new(&model, &learn::device::cpu()) {
        Ok(predictor) => predictor,
        Err(err) => return refuse(format!("{} cannot be used: {err}", args.model.display())),
    };
    let lines = jsonl::read(&args.input)?;
    let lines = texts(&lines, &args.input)?;
    let mut out = Lines::new();
    let mut batch = Vec::new();
    let mut n_words = 0;
    for (idx, line) in lines.iter().enumerate() {
        let text = Text::new(&tokenizer, line);
        n_words += text.len();
        batch.push(text);
        if n_words < WORDS && idx + 1 < lines.len() {
            continue;
        }
        let first = idx + 1 - batch.len();
        for (text, spans) in lines[first..].iter().zip(spans(&predictor, &batch)?) {
            let spans = spans.iter().map(|it| (it.start(), it.end(), it.label().as_str()));
            out.put(&prediction(text, spans))?;
        }
        batch.clear();
        n_words = 0;
    }
    Ok(out.flush()?)
}

/// Predicts with a spaCy pipeline, as spaCy does.
fn run_pipeline(args: &Args) -> Result<()> {
    let pipeline = base::open(&args.model)?;
    let lines = jsonl::read(&args.input)?;
    let lines = texts(&lines, &args.input)?;
    let predictor = base::predictor(&args.model, pipeline)?;
    let mut out = Lines::new();
    let mut n_sentences = 0;
    for batch in lines.chunks(TEXTS) {
        let found = base::usable(&args.model, predictor.predict(batch))?;
        for (text, parsed) in batch.iter().zip(&found) {
            n_sentences += parsed.sentences.len();
            let spans = parsed.entities.iter().map(|it| (it.start, it.end, &*it.label));
            out.put(&prediction(text, spans))?;
        }
    }
    if !predictor.differences().is_empty() {
        crate::say(&format!("in up to {n_sentences} sentences spaCy may find something else"));
    }
    Ok(out.flush()?)
}

/// The texts of all lines, which must have one.
fn texts<'a>(lines: &'a [Line], path: &Path) -> Result<Vec<&'a str>> {
    lines.iter().map(|it| it.needed_text(path)).collect()
}

/// What a model finds in each of the texts, in bytes.
fn spans(predictor: &Predictor, texts: &[Text]) -> Result<Vec<Vec<Span>>, LearnError> {
    let texts: Vec<&Text> = texts.iter().collect();
    let found = device::block_on(predictor.predict(&texts))?;
    Ok(found.into_iter().map(|it| it.into_iter().map(|it| it.span).collect()).collect())
}

/// A line of the output, of spans as start and end in bytes and their label.
fn prediction<'a>(
    text: &'a str,
    spans: impl Iterator<Item = (u32, u32, &'a str)>,
) -> Prediction<'a> {
    let ruler = Ruler::new(text);
    let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("spans lie in their text");
    let out = |(start, end, label)| SpanOut { start: points(start), end: points(end), label };
    Prediction { text, spans: spans.map(out).collect() }
}
