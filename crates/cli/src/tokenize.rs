use std::path::PathBuf;

use anyhow::Result;
use corpus::offsets::{Ruler, Unit};
use serde::Serialize;

use crate::base::Base;
use crate::jsonl;
use crate::out::Lines;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Whose tokens: blank:en, scispacy, …, nerine, or the path of a spaCy pipeline
    #[arg(long)]
    base: Base,
    /// JSONL with "text"
    input: PathBuf,
}

#[derive(Serialize)]
struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<[u32; 2]>,
}

/// Prints the tokens of each line.
pub(crate) fn run(args: &Args) -> Result<()> {
    let lines = jsonl::read(&args.input)?;
    let tokenizer = match args.base {
        Base::Nerine => None,
        _ => Some(args.base.tokenizer()?),
    };
    let mut out = Lines::new();
    for line in &lines {
        let text = line.needed_text(&args.input)?;
        let ruler = Ruler::new(text);
        let points =
            |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("tokens lie in their text");
        let bounds: Vec<(u32, u32)> = match &tokenizer {
            Some(it) => it.tokenize(text).iter().map(|it| (it.start, it.end)).collect(),
            None => crf::tokenize(text).into_iter().map(|it| (it.start, it.end)).collect(),
        };
        let tokens = bounds.into_iter().map(|(start, end)| [points(start), points(end)]).collect();
        out.put(&Tokens { text, tokens })?;
    }
    Ok(out.flush()?)
}
