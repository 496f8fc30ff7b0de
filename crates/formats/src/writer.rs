use std::io::{self, Write};

use corpus::Doc;
use tokenizer::{Base, Tokenizer};

use crate::conll::{self, Scheme};
use crate::jsonl;
use crate::losses::{Losses, Tally, Which};

/// A format of one file that is written text by text. For the portable file see
/// [`nerine::Writer`](crate::nerine::Writer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutFormat {
    /// Prodigy's JSON, one text a line.
    Prodigy,
    /// One token a line.
    Conll(Scheme),
}

/// Writes texts, and counts what the format does not hold. To count alone, write to
/// [`io::sink`].
pub struct Writer<W> {
    format: OutFormat,
    which: Which,
    base: Base,
    tokenizer: Tokenizer,
    tally: Tally,
    out: W,
}

impl<W: Write> Writer<W> {
    /// Starts a file. Its tokens are those of `base`.
    pub fn new(format: OutFormat, which: Which, base: Base, out: W) -> Self {
        let tokenizer = Tokenizer::new(base);
        Self { format, which, base, tokenizer, tally: Tally::default(), out }
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
            OutFormat::Conll(scheme) => {
                conll::write_block(doc, &tokens, scheme, &mut self.tally, &mut self.out)
            }
        }
    }

    /// Ends the file, and says what it does not hold.
    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        self.out.flush()?;
        let losses = match self.format {
            OutFormat::Prodigy => self.tally.all_kept(self.which, false),
            OutFormat::Conll(_) => self.tally.tokens_only(self.which, self.base.name()),
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
