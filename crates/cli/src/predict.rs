use std::path::{Path, PathBuf};

use ::predict::Predictor;
use anyhow::Result;
use corpus::offsets::{Ruler, Unit};
use serde::Serialize;

use crate::figures::decimals;
use crate::jsonl::{self, Line, SpanOut};
use crate::out::Lines;
use crate::{base, few};

/// Texts that a pipeline is given at a time; it makes batches of its own of them.
const TEXTS: usize = 256;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What nerine train wrote, or the path of a spaCy pipeline: a folder, .zip, .whl or .tar.gz
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

/// Prints what the model finds in each line, as spaCy does.
pub(crate) fn run(args: &Args) -> Result<()> {
    let lines = jsonl::read(&args.input)?;
    let lines = texts(&lines, &args.input)?;
    if let Some(model) = few::open(&args.model)? {
        let mut out = Lines::new();
        for text in lines {
            out.put(&prediction(text, few::spans(&model.predict(text))))?;
        }
        return Ok(out.flush()?);
    }
    let pipeline = base::open(&args.model)?;
    let predictor = base::predictor(&args.model, pipeline)?;
    let mut out = Lines::new();
    let (mut n_sentences, mut n_lines) = (0, 0);
    for batch in lines.chunks(TEXTS) {
        let can_be_read = |it: &&&str| !Predictor::is_too_long(it);
        let read: Vec<&str> = batch.iter().filter(can_be_read).copied().collect();
        let mut found = base::usable(&args.model, predictor.predict(&read))?.into_iter();
        for text in batch {
            n_lines += 1;
            let parsed = if Predictor::is_too_long(text) {
                crate::say(&format!(
                    "line {n_lines}: nothing is looked for in it, since spaCy takes no more than \
                     1,000,000 characters; cut it into several texts"
                ));
                None
            } else {
                found.next()
            };
            n_sentences += parsed.as_ref().map_or(0, |it| it.sentences.len());
            let entities = parsed.iter().flat_map(|it| &it.entities);
            let spans = entities.map(|it| (it.start, it.end, &*it.label, None));
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

/// A line of the output, of spans as start and end in bytes, their label, and how probable they
/// are, where the model knows.
fn prediction<'a>(
    text: &'a str,
    spans: impl Iterator<Item = (u32, u32, &'a str, Option<f32>)>,
) -> Prediction<'a> {
    let ruler = Ruler::new(text);
    let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("spans lie in their text");
    let out = |(start, end, label, probability): (u32, u32, &'a str, Option<f32>)| SpanOut {
        start: points(start),
        end: points(end),
        label,
        probability: probability.map(|it| decimals(it.into(), 4)),
    };
    Prediction { text, spans: spans.map(out).collect() }
}
