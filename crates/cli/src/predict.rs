use std::path::{Path, PathBuf};

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
    let mut n_sentences = 0;
    for batch in lines.chunks(TEXTS) {
        let found = base::usable(&args.model, predictor.predict(batch))?;
        for (text, parsed) in batch.iter().zip(&found) {
            n_sentences += parsed.sentences.len();
            let spans = parsed.entities.iter().map(|it| (it.start, it.end, &*it.label, None));
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
