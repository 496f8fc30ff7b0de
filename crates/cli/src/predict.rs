use std::path::PathBuf;

use anyhow::Result;
use corpus::Span;
use corpus::offsets::{Ruler, Unit};
use learn::{LearnError, Predictor, Text};
use serde::Serialize;
use tokenizer::{Base, Tokenizer};

use crate::jsonl::{self, SpanOut};
use crate::out::Lines;
use crate::refusal::refuse;
use crate::{device, model_dir};

/// Words that are predicted in one step: many at once are faster, all at once need much memory.
const WORDS: usize = 2000;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder that nerine train wrote
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
    let model = model_dir::load(&args.model)?;
    let base: Base = match model.base.parse() {
        Ok(base) => base,
        Err(_) => {
            return refuse(format!(
                "the model's base {:?} is not known here: update Nerine",
                model.base
            ));
        }
    };
    let predictor = match Predictor::new(&model, &learn::device::cpu()) {
        Ok(predictor) => predictor,
        Err(err) => return refuse(format!("{} cannot be used: {err}", args.model.display())),
    };
    let lines = jsonl::read(&args.input)?;
    let lines: Vec<&str> =
        lines.iter().map(|it| it.needed_text(&args.input)).collect::<Result<_>>()?;
    let tokenizer = Tokenizer::new(base);
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
            out.put(&prediction(text, &spans))?;
        }
        batch.clear();
        n_words = 0;
    }
    Ok(out.flush()?)
}

/// What a model finds in each of the texts, in bytes.
pub(crate) fn spans(predictor: &Predictor, texts: &[Text]) -> Result<Vec<Vec<Span>>, LearnError> {
    let texts: Vec<&Text> = texts.iter().collect();
    let found = device::block_on(predictor.predict(&texts))?;
    Ok(found.into_iter().map(|it| it.into_iter().map(|it| it.span).collect()).collect())
}

fn prediction<'a>(text: &'a str, spans: &'a [Span]) -> Prediction<'a> {
    let ruler = Ruler::new(text);
    let points = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("spans lie in their text");
    let out = |it: &'a Span| SpanOut {
        start: points(it.start()),
        end: points(it.end()),
        label: it.label().as_str(),
    };
    Prediction { text, spans: spans.iter().map(out).collect() }
}
