use std::io::{self, Write};
use std::rc::Rc;

use corpus::Doc;
use tokenizer::{Base, Tokenizer};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::format::{self, Format};
use crate::losses::{Losses, Tally, Which};

/// What a format knows when it starts to write.
pub(crate) struct Making {
    /// Whether a file is wanted, not only what it would lose.
    pub(crate) keeps: bool,
}

/// Writes texts in one format.
pub(crate) trait WriteTexts {
    /// Writes a text.
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()>;

    /// Writes what comes behind the last text.
    fn finish(&mut self, _to: &mut To<'_>) -> io::Result<()> {
        Ok(())
    }

    /// What the file does not hold, in the words of this format. Otherwise it follows from
    /// [`Format::holds`] and what was told to the tally.
    fn losses(&self, _tally: &Tally, _which: Which, _base: &str) -> Option<Losses> {
        None
    }
}

/// What a text is written to and with.
pub(crate) struct To<'a> {
    /// The file, or the files.
    pub(crate) out: &'a mut dyn Out,
    /// Makes the tokens of formats that have some.
    pub(crate) tokenizer: &'a Tokenizer,
    /// Counts what is not held.
    pub(crate) tally: &'a mut Tally,
}

/// One file, or several with names.
pub(crate) trait Out: Write {
    /// Writes a whole file of a format that has several.
    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;
}

/// A folder that files are written to.
pub trait Folder {
    /// Writes a file. Its path has `/` between folders and never leads out of this one.
    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;
}

/// Where the texts go.
enum Target<W: Write> {
    File(W),
    Zip(Box<ZipWriter<StreamWriter<W>>>),
    Folder(W, Box<dyn Folder>),
}

impl<W: Write> Write for Target<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Target::File(out) => out.write(bytes),
            Target::Zip(_) | Target::Folder(..) => Err(io::Error::other("a file needs a name")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Target::File(out) | Target::Folder(out, _) => out.flush(),
            Target::Zip(zip) => zip.flush(),
        }
    }
}

impl<W: Write> Out for Target<W> {
    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        match self {
            Target::File(_) => Err(io::Error::other("the format has one file")),
            Target::Zip(zip) => {
                let options = SimpleFileOptions::default();
                zip.start_file(path, options.compression_method(CompressionMethod::Deflated))?;
                zip.write_all(bytes)
            }
            Target::Folder(_, folder) => folder.file(path, bytes),
        }
    }
}

/// Writes texts, and counts what the format does not hold. To count alone, write to
/// [`io::sink`], or ask [`Writer::counting`]. For the portable file see
/// [`nerine::Writer`](crate::nerine::Writer).
///
/// A format of several files is written as a zip.
pub struct Writer<W: Write> {
    format: &'static Format,
    which: Which,
    base: String,
    tokenizer: Rc<Tokenizer>,
    tally: Tally,
    texts: Box<dyn WriteTexts>,
    target: Target<W>,
}

impl Writer<io::Sink> {
    /// Counts what a file would not hold, and makes none, in little memory.
    pub fn counting(
        format: &'static Format,
        which: Which,
        base: impl Into<String>,
        tokenizer: Rc<Tokenizer>,
    ) -> Self {
        let target = target(format, io::sink());
        Self::start(format, which, base.into(), tokenizer, target, &Making { keeps: false })
    }

    /// Writes the files of a format of several into a folder.
    pub fn into_folder(
        format: &'static Format,
        which: Which,
        base: impl Into<String>,
        tokenizer: Rc<Tokenizer>,
        folder: Box<dyn Folder>,
    ) -> Self {
        let target = Target::Folder(io::sink(), folder);
        Self::start(format, which, base.into(), tokenizer, target, &Making { keeps: true })
    }
}

fn target<W: Write>(format: &Format, out: W) -> Target<W> {
    match format.is_folder {
        true => Target::Zip(Box::new(ZipWriter::new_stream(out))),
        false => Target::File(out),
    }
}

impl<W: Write> Writer<W> {
    /// Starts a file. Its tokens are those of `base`.
    pub fn new(format: &'static Format, which: Which, base: Base, out: W) -> Self {
        let tokenizer = Rc::new(Tokenizer::new(base));
        Self::with_tokenizer(format, which, base.name(), tokenizer, out)
    }

    /// Starts a file whose tokens are those of a base that is called `base`.
    pub fn with_tokenizer(
        format: &'static Format,
        which: Which,
        base: impl Into<String>,
        tokenizer: Rc<Tokenizer>,
        out: W,
    ) -> Self {
        let target = target(format, out);
        Self::start(format, which, base.into(), tokenizer, target, &Making { keeps: true })
    }

    fn start(
        format: &'static Format,
        which: Which,
        base: String,
        tokenizer: Rc<Tokenizer>,
        target: Target<W>,
        making: &Making,
    ) -> Self {
        let format::Write::Texts(make) = format.write else {
            panic!("{} is not written text by text", format.name);
        };
        let (tally, texts) = (Tally::default(), make(making));
        Self { format, which, base, tokenizer, tally, texts, target }
    }

    /// Writes a text, if it is one of those that are wanted. `n_suggestions` is how many
    /// undecided suggestions it has.
    pub fn put(&mut self, doc: &Doc, n_suggestions: u32) -> io::Result<()> {
        if !self.which.takes(doc.annotation.answer) {
            self.tally.leave(doc.annotation.answer);
            return Ok(());
        }
        self.tally.add(doc, n_suggestions);
        let mut to =
            To { out: &mut self.target, tokenizer: &self.tokenizer, tally: &mut self.tally };
        self.texts.put(doc, &mut to)
    }

    /// Ends the file, and says what it does not hold.
    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        let mut to =
            To { out: &mut self.target, tokenizer: &self.tokenizer, tally: &mut self.tally };
        self.texts.finish(&mut to)?;
        let own = self.texts.losses(&self.tally, self.which, &self.base);
        let losses = own.unwrap_or_else(|| self.tally.held(self.which, self.format));
        let mut out = match self.target {
            Target::File(out) | Target::Folder(out, _) => out,
            Target::Zip(zip) => zip.finish()?.into_inner(),
        };
        out.flush()?;
        Ok((out, losses))
    }
}

/// Counts texts for the formats that keep everything but, perhaps, suggestions, without writing.
#[derive(Clone, Debug)]
pub struct Kept {
    which: Which,
    suggestions: bool,
    tally: Tally,
}

impl Kept {
    /// Counts those texts; `suggestions` says whether undecided suggestions are kept.
    pub fn new(which: Which, suggestions: bool) -> Self {
        Self { which, suggestions, tally: Tally::default() }
    }

    /// Counts a text with `n_suggestions` undecided suggestions.
    pub fn put(&mut self, doc: &Doc, n_suggestions: u32) {
        match self.which.takes(doc.annotation.answer) {
            true => self.tally.add(doc, n_suggestions),
            false => self.tally.leave(doc.annotation.answer),
        }
    }

    /// What was counted.
    pub fn finish(&self) -> Losses {
        self.tally.all_kept(self.which, self.suggestions)
    }
}
