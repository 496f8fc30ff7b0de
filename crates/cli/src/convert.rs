//! `nerine convert`.

mod project_file;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Result;
use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use formats::{FORMATS, Format, Layout, Loss, Losses, NERINE, Options, Severity, Which, Writer};
use serde_json::{Value, json};
use tokenizer::Tokenizer;

use crate::base::Base;
use crate::out::Lines;
use crate::texts::{self, Texts};
use crate::whole;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the files are; without it each file's content tells
    #[arg(long, value_parser = sources(), value_name = "FORMAT")]
    from: Option<Source>,
    /// What to write
    #[arg(long, value_parser = targets(), value_name = "FORMAT")]
    to: &'static Format,
    /// Whose tokens, for formats that have some: blank:en, scispacy, …, or the path of a spaCy
    /// pipeline; without it blank:en
    #[arg(long)]
    base: Option<Base>,
    /// Which texts to write
    #[arg(long, value_enum, default_value_t = Wanted::All)]
    texts: Wanted,
    /// Counts texts that come with marks and without an answer as accepted
    #[arg(long)]
    accept_marked: bool,
    /// What becomes of marks of several pieces; the pieces are kept with the text
    #[arg(long, value_enum, default_value_t = Pieces::Whole)]
    pieces: Pieces,
    /// Whose marks count where a text has those of several annotators; without it, those of the
    /// first by name
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
    /// Prints a summary as JSON
    #[arg(long)]
    json: bool,
    /// The file to write; a folder, or a zip, for formats of several files
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// The files to read: also folders and zips, of whatever mixture
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<PathBuf>,
}

/// What files are read as.
#[derive(Clone, Copy, Debug)]
struct Source {
    format: &'static Format,
    layout: Option<Layout>,
}

/// The name of plain text with a text a line.
const LINES: &str = "lines";

/// Takes the keys of the formats that are read.
fn sources() -> impl TypedValueParser<Value = Source> {
    let lines = PossibleValue::new(LINES).help("Plain text, one text a line");
    let values = known(Format::is_read).chain([lines]);
    PossibleValuesParser::new(values).try_map(|key| {
        let (name, layout) = match key.as_str() {
            LINES => ("text", Some(Layout::Line)),
            "text" => ("text", Some(Layout::File)),
            key => (key, None),
        };
        Format::find(name).map(|format| Source { format, layout }).ok_or(Unknown)
    })
}

/// Takes the keys of the formats that are written.
fn targets() -> impl TypedValueParser<Value = &'static Format> {
    PossibleValuesParser::new(known(Format::is_written))
        .try_map(|key| Format::find(&key).ok_or(Unknown))
}

/// What a key that clap lets through cannot be.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no such format: see nerine formats")]
struct Unknown;

fn known(is_wanted: fn(&Format) -> bool) -> impl Iterator<Item = PossibleValue> {
    let value = |it: &&'static Format| PossibleValue::new(it.key).help(it.name).aliases(it.aliases);
    FORMATS.iter().filter(move |it| is_wanted(it)).map(value)
}

/// Which texts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// Accepted ones
    Accepted,
    /// All with an answer
    Answered,
    /// All
    All,
}

/// Reads the files and writes one.
pub(crate) fn run(args: &Args) -> Result<()> {
    // Formats of several files go into a folder, or into a zip where one is named.
    let is_zip = args.output.extension().is_some_and(|it| it.eq_ignore_ascii_case("zip"));
    let is_folder = args.to.is_folder() && !is_zip;
    match is_folder {
        true => whole::check_folder(&args.output)?,
        false => whole::check_file(&args.output)?,
    }
    let options = Options {
        format: args.from.map(|it| it.format),
        layout: args.from.and_then(|it| it.layout),
        accept_marked: args.accept_marked,
        pieces: args.pieces.pieces(),
        annotator: args.annotator.clone(),
        ..Options::default()
    };
    let texts = texts::read(&args.inputs, options)?;
    texts.warnings.iter().for_each(texts::warn);
    let mut losses = Losses::default();
    match is_folder {
        true => whole::write_folder(&args.output, |folder| {
            losses = write_folder(&texts, args, folder)?;
            Ok(())
        })?,
        false => {
            losses = whole::write_file(&args.output, |out| match *args.to == NERINE {
                true => project_file::write(&texts, args, out),
                false => write_texts(&texts, args, out),
            })?;
        }
    }
    losses.0.iter().filter(|it| it.changed + it.left_out != 0).for_each(say_loss);
    summarise(args, &texts, &losses)
}

/// What becomes of marks of several pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Pieces {
    /// One mark from the first to the last
    Whole,
    /// A mark over the first
    First,
    /// A mark over each
    Each,
    /// No mark
    None,
}

impl Pieces {
    fn pieces(self) -> formats::Pieces {
        match self {
            Pieces::Whole => formats::Pieces::Whole,
            Pieces::First => formats::Pieces::First,
            Pieces::Each => formats::Pieces::Each,
            Pieces::None => formats::Pieces::None,
        }
    }
}

impl Wanted {
    fn which(self) -> Which {
        match self {
            Wanted::Accepted => Which::Accepted,
            Wanted::Answered => Which::Answered,
            Wanted::All => Which::All,
        }
    }
}

fn write_texts(texts: &Texts, args: &Args, out: &mut dyn Write) -> Result<Losses> {
    let (base, tokenizer) = tokens_of(args)?;
    put_all(texts, Writer::with_tokenizer(args.to, args.texts.which(), base, tokenizer, out))
}

fn write_folder(texts: &Texts, args: &Args, folder: &Path) -> Result<Losses> {
    let (base, tokenizer) = tokens_of(args)?;
    let folder = Box::new(Folder(folder.to_owned()));
    put_all(texts, Writer::into_folder(args.to, args.texts.which(), base, tokenizer, folder))
}

/// Whose tokens formats have that have some.
fn tokens_of(args: &Args) -> Result<(String, Rc<Tokenizer>)> {
    let base = args.base.clone().unwrap_or_default();
    Ok((base.to_string(), Rc::new(base.tokenizer()?)))
}

fn put_all(texts: &Texts, mut writer: Writer<impl Write>) -> Result<Losses> {
    for (doc, suggestions) in &texts.docs {
        writer.put(doc, suggestions.as_ref().map_or(0, |it| it.suggestions.len() as u32))?;
    }
    Ok(writer.finish()?.1)
}

/// A folder on disk.
struct Folder(PathBuf);

impl formats::Folder for Folder {
    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)
    }
}

fn say_loss(loss: &Loss) {
    let counts = [(loss.changed, "changed"), (loss.left_out, "left out")];
    let counts: Vec<String> =
        counts.iter().filter(|it| it.0 != 0).map(|(n, what)| format!("{n} {what}")).collect();
    crate::say(&format!("{}: {}. {}", loss.what.name(), counts.join(", "), loss.why));
}

fn summarise(args: &Args, texts: &Texts, losses: &Losses) -> Result<()> {
    let written = || {
        let which = args.texts.which();
        texts.docs.iter().map(|it| &it.0).filter(move |it| which.takes(it.annotation.answer))
    };
    let mut labels = BTreeMap::<&str, u32>::new();
    for span in written().flat_map(corpus::Doc::spans) {
        *labels.entry(span.label().as_str()).or_default() += 1;
    }
    let (n_texts, n_marks) = (written().count(), labels.values().sum::<u32>());
    if !args.json {
        let output = args.output.display();
        let summary = format!("{n_texts} texts with {n_marks} marks are in {output}\n");
        return Ok(io::stdout().write_all(summary.as_bytes())?);
    }
    let warnings =
        |severity: Severity| texts.warnings.iter().filter(|it| it.severity() == severity).count();
    let loss = |it: &Loss| {
        json!({
            "what": it.what.name(),
            "count": it.count,
            "changed": it.changed,
            "left_out": it.left_out,
            "why": it.why,
        })
    };
    let mut out = Lines::new();
    out.put(&json!({
        "output": args.output,
        "texts": n_texts,
        "marks": n_marks,
        "labels": labels,
        "warnings": {
            "lost": warnings(Severity::Lost),
            "changed": warnings(Severity::Changed),
            "kept": warnings(Severity::Kept),
            "note": warnings(Severity::Note),
        },
        "losses": losses.0.iter().map(loss).collect::<Value>(),
    }))?;
    Ok(out.flush()?)
}
