use std::io::{self, Write};
use std::rc::Rc;

use corpus::Doc;
use spacy::DocBin;
use tokenizer::{Base, Tokenizer};

use crate::conll::{self, Scheme};
use crate::doc_bin;
use crate::jsonl;
use crate::losses::{Losses, Tally, Which};

/// A format of one file that is written text by text. For the portable file see
/// [`nerine::Writer`](crate::nerine::Writer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutFormat {
    /// Prodigy's JSON, one text a line.
    Prodigy,
    /// spaCy's `DocBin`. It is kept in memory and written at the end.
    Spacy,
    /// One token a line.
    Conll(Scheme),
}

/// Writes texts, and counts what the format does not hold. To count alone, write to
/// [`io::sink`], or ask [`Writer::counting`].
pub struct Writer<W> {
    format: OutFormat,
    which: Which,
    base: String,
    tokenizer: Rc<Tokenizer>,
    tally: Tally,
    /// The texts of a `.spacy` file.
    bin: DocBin,
    /// Whether a file is wanted.
    keeps: bool,
    out: W,
}

impl Writer<io::Sink> {
    /// Counts what a file would not hold, and makes none, in little memory.
    pub fn counting(
        format: OutFormat,
        which: Which,
        base: impl Into<String>,
        tokenizer: Rc<Tokenizer>,
    ) -> Self {
        let writer = Self::with_tokenizer(format, which, base, tokenizer, io::sink());
        Self { keeps: false, ..writer }
    }
}

impl<W: Write> Writer<W> {
    /// Starts a file. Its tokens are those of `base`.
    pub fn new(format: OutFormat, which: Which, base: Base, out: W) -> Self {
        let tokenizer = Rc::new(Tokenizer::new(base));
        Self::with_tokenizer(format, which, base.name(), tokenizer, out)
    }

    /// Starts a file whose tokens are those of a base that is called `base`.
    pub fn with_tokenizer(
        format: OutFormat,
        which: Which,
        base: impl Into<String>,
        tokenizer: Rc<Tokenizer>,
        out: W,
    ) -> Self {
        Self {
            format,
            which,
            base: base.into(),
            tokenizer,
            tally: Tally::default(),
            bin: DocBin::new(),
            keeps: true,
            out,
        }
    }

    /// Writes a text, if it is one of those that are wanted. `n_suggestions` is how many
    /// undecided suggestions it has.
    pub fn put(&mut self, doc: &Doc, n_suggestions: u32) -> io::Result<()> {
        if !self.which.takes(doc.annotation.answer) {
            self.tally.leave(doc.annotation.answer);
            return Ok(());
        }
        self.tally.add(doc, n_suggestions);
        let tokens = self.tokenizer.tokenize(&doc.text);
        match self.format {
            OutFormat::Prodigy => jsonl::write_line(doc, Some(&tokens), &mut self.out),
            OutFormat::Spacy => {
                doc_bin::add(doc, &tokens, &self.tokenizer, &mut self.bin, &mut self.tally);
                if !self.keeps {
                    self.bin = DocBin::new();
                }
                Ok(())
            }
            OutFormat::Conll(scheme) => {
                conll::write_block(doc, &tokens, scheme, &mut self.tally, &mut self.out)
            }
        }
    }

    /// Ends the file, and says what it does not hold.
    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        if self.format == OutFormat::Spacy && self.keeps {
            self.bin.write(&mut self.out)?;
        }
        self.out.flush()?;
        let losses = match self.format {
            OutFormat::Prodigy => self.tally.all_kept(self.which, false),
            OutFormat::Spacy => self.tally.spacy(self.which, &self.base),
            OutFormat::Conll(_) => self.tally.tokens_only(self.which, &self.base),
        };
        Ok((self.out, losses))
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
