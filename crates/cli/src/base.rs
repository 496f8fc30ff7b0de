//! What `--base` and `--model` name: a base that is built in, or a spaCy pipeline on disk.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ::predict::Predictor;
use anyhow::Result;
use model::{Component, Pipeline, Rules, Step, Touches};
use spacy::pipeline::{Archive, Folder, package_name};
use tokenizer::{Token, Tokenizer};

use crate::refusal::{Refusal, refuse};

/// A base as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// One whose tokenizer is built in.
    BuiltIn(tokenizer::Base),
    /// A spaCy pipeline, by its path: a folder, zip, wheel or tar.gz.
    Pipeline(PathBuf),
}

impl Default for Base {
    fn default() -> Self {
        Base::BuiltIn(tokenizer::Base::default())
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Base::BuiltIn(base) => base.fmt(f),
            Base::Pipeline(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for Base {
    type Err = UnknownBase;

    fn from_str(name: &str) -> Result<Self, UnknownBase> {
        match name.parse() {
            Ok(base) => Ok(Base::BuiltIn(base)),
            Err(_) if Path::new(name).exists() => Ok(Base::Pipeline(name.into())),
            Err(err) => Err(UnknownBase(err)),
        }
    }
}

/// Neither a base that is built in nor a path.
#[derive(Debug, thiserror::Error)]
#[error("{0}, or the path of a spaCy pipeline: a folder, .zip, .whl or .tar.gz")]
pub(crate) struct UnknownBase(tokenizer::UnknownBase);

/// A base that is ready to cut texts.
pub(crate) struct Opened {
    /// Its name in a trained model: `blank:en`, or `en_core_web_sm-3.8.0`.
    pub(crate) name: String,
    pub(crate) tokenizer: Tokenizer,
    /// The rules of a tokenizer that is not built in.
    pub(crate) rules: Option<Rules>,
}

impl Base {
    /// Makes its tokenizer.
    pub(crate) fn open(&self) -> Result<Opened> {
        match self {
            Base::BuiltIn(base) => Ok(Opened {
                name: base.name().to_owned(),
                tokenizer: Tokenizer::new(*base),
                rules: None,
            }),
            Base::Pipeline(path) => {
                let pipeline = open(path)?;
                Ok(Opened {
                    name: full_name(&pipeline),
                    tokenizer: usable(path, Tokenizer::from_rules(&pipeline.tokenizer))?,
                    rules: Some(pipeline.tokenizer),
                })
            }
        }
    }

    /// Its tokenizer alone.
    pub(crate) fn tokenizer(&self) -> Result<Tokenizer> {
        Ok(self.open()?.tokenizer)
    }

    /// What makes its tokens and starts its sentences.
    pub(crate) fn cutter(&self) -> Result<Cutter> {
        let Base::Pipeline(path) = self else {
            return Ok(Cutter::Tokens(Box::new(self.tokenizer()?)));
        };
        let mut pipeline = open(path)?;
        let is_ner = |it: &Component| it.enabled && matches!(it.step, Step::Ner(_));
        // What runs behind the first entities comes too late to bind them.
        let n_before = pipeline.components.iter().position(is_ner);
        pipeline.components.truncate(n_before.unwrap_or(pipeline.components.len()));
        let starts_sentences = |it: &Component| match &it.step {
            Step::Parser(_) | Step::Senter(_) | Step::Sentencizer(_) => it.enabled,
            // It is not run, which has to be said.
            Step::Kept(kept) => it.enabled && kept.touches == Touches::Sentences,
            _ => false,
        };
        if pipeline.components.iter().any(starts_sentences) {
            return Ok(Cutter::Sentences(path.clone(), Box::new(predictor(path, pipeline)?)));
        }
        let tokenizer = usable(path, Tokenizer::from_rules(&pipeline.tokenizer))?;
        Ok(Cutter::Tokens(Box::new(tokenizer)))
    }
}

/// Makes the tokens of texts, and says where sentences start.
pub(crate) enum Cutter {
    /// Sentences start nowhere.
    Tokens(Box<Tokenizer>),
    /// Something that runs before entities are found starts sentences.
    Sentences(PathBuf, Box<Predictor>),
}

/// The tokens of a text.
pub(crate) struct Cut {
    /// Each as `start..end` in bytes.
    pub(crate) bounds: Vec<(u32, u32)>,
    /// The numbers of those that start a sentence; empty where nothing says it.
    pub(crate) sentence_starts: Vec<u32>,
}

impl Cutter {
    pub(crate) fn cut(&self, text: &str) -> Result<Cut> {
        let bounds = |tokens: &[Token]| tokens.iter().map(|it| (it.start, it.end)).collect();
        match self {
            Cutter::Tokens(it) => {
                Ok(Cut { bounds: bounds(&it.tokenize(text)), sentence_starts: Vec::new() })
            }
            Cutter::Sentences(path, it) => {
                let parsed = usable(path, it.predict(&[text]))?.pop().expect("one for each text");
                let sentence_starts = parsed.sentences.iter().map(|it| *it as u32).collect();
                Ok(Cut { bounds: bounds(&parsed.tokens), sentence_starts })
            }
        }
    }
}

/// Opens a spaCy pipeline.
pub(crate) fn open(path: &Path) -> Result<Pipeline> {
    let unread = |err: io::Error| {
        Refusal(format!("{} cannot be read ({err}): check its path", path.display()))
    };
    let unheard = &mut |_: u64| ();
    let opened = if path.is_dir() {
        spacy::pipeline::open(&mut Folder::new(path).map_err(unread)?, unheard)
    } else {
        let file = BufReader::new(File::open(path).map_err(unread)?);
        spacy::pipeline::open(&mut Archive(file), unheard)
    };
    usable(path, opened)
}

/// Refuses a pipeline that cannot be used.
pub(crate) fn usable<T>(path: &Path, result: Result<T, impl fmt::Display>) -> anyhow::Result<T> {
    match result {
        Ok(it) => Ok(it),
        Err(err) => refuse(format!("{}: {err}", path.display())),
    }
}

/// Makes a pipeline ready to run, and says what of it is not run.
pub(crate) fn predictor(path: &Path, pipeline: Pipeline) -> Result<Predictor> {
    let predictor = usable(path, Predictor::new(pipeline))?;
    for difference in predictor.differences() {
        crate::say(&format!("{}: {difference}", path.display()));
    }
    Ok(predictor)
}

/// A pipeline's name and version, as in `en_core_web_sm-3.8.0`.
pub(crate) fn full_name(pipeline: &Pipeline) -> String {
    format!("{}-{}", package_name(pipeline), pipeline.version)
}
