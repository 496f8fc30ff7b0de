//! What `--base` and `--model` name: a base that is built in, or a spaCy pipeline on disk.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;

use ::predict::{Cut, Cutter, Difference, Predictor};
use anyhow::Result;
use model::{Pipeline, Vectors};
use spacy::pipeline::{Archive, Folder, full_name};
use spacy::vectors_file;
use tokenizer::Tokenizer;

use crate::refusal::{Refusal, refuse};

/// A base as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// Nerine's own learner, which reads finer tokens than any.
    Nerine,
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
            Base::Nerine => f.write_str("nerine"),
            Base::BuiltIn(base) => base.fmt(f),
            Base::Pipeline(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for Base {
    type Err = UnknownBase;

    fn from_str(name: &str) -> Result<Self, UnknownBase> {
        if name == "nerine" {
            return Ok(Base::Nerine);
        }
        match name.parse() {
            Ok(base) => Ok(Base::BuiltIn(base)),
            Err(_) if Path::new(name).exists() => Ok(Base::Pipeline(name.into())),
            Err(err) => Err(UnknownBase(err)),
        }
    }
}

/// Neither a base that is built in nor a path.
#[derive(Debug, thiserror::Error)]
#[error("{0}, nerine, or the path of a spaCy pipeline: a folder, .zip, .whl or .tar.gz")]
pub(crate) struct UnknownBase(tokenizer::UnknownBase);

/// Why Nerine's own learner cannot be asked for its tokens where marks are cut to them.
pub(crate) const NO_TOKENS: &str = "nerine is no base that marks have to fall on: it learns any mark that does not cut a word or \
     a number; name another base";

/// A base that is ready to cut texts.
pub(crate) struct Opened {
    /// Its name in a trained model: `blank:en`, or `en_core_web_sm-3.8.0`.
    pub(crate) name: String,
    pub(crate) tokenizer: Tokenizer,
}

impl Base {
    /// Makes its tokenizer.
    pub(crate) fn open(&self) -> Result<Opened> {
        match self {
            Base::Nerine => refuse(NO_TOKENS),
            Base::BuiltIn(base) => {
                Ok(Opened { name: base.name().to_owned(), tokenizer: Tokenizer::new(*base) })
            }
            Base::Pipeline(path) => {
                let pipeline = open(path)?;
                Ok(Opened {
                    name: full_name(&pipeline),
                    tokenizer: usable(path, Tokenizer::from_rules(&pipeline.tokenizer))?,
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
            return Ok(Rc::new(self.tokenizer()?).into());
        };
        let cutter = usable(path, Cutter::new(open(path)?))?;
        say_differences(path, cutter.differences());
        Ok(cutter)
    }

    /// The tokens of a text and its sentence starts, by the base's own cutter.
    pub(crate) fn cut(&self, cutter: &Cutter, text: &str) -> Result<Cut> {
        usable(Path::new(&self.to_string()), cutter.cut(text))
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

/// Reads word vectors: a file of them, or those of a spaCy pipeline.
pub(crate) fn vectors(path: &Path) -> Result<Vectors> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if path.is_dir() || [".zip", ".whl", ".tar.gz"].iter().any(|it| name.ends_with(it)) {
        let vectors = open(path)?.vectors.filter(|it| it.n_rows() != 0);
        let none = || Refusal(format!("{} has no word vectors: name others", path.display()));
        return Ok(vectors.ok_or_else(none)?);
    }
    let file = usable(path, File::open(path))?;
    usable(path, vectors_file::read(&mut BufReader::new(file), &mut |_| ()))
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
    say_differences(path, predictor.differences());
    Ok(predictor)
}

fn say_differences(path: &Path, differences: &[Difference]) {
    for difference in differences {
        crate::say(&format!("{}: {difference}", path.display()));
    }
}
