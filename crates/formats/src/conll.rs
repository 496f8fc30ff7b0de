//! `CoNLL`: one token a line, its tag in the last column, a blank line between texts.
//!
//! The format holds no text: reading puts one blank between the tokens of a text.

use std::io::{self, BufReader, Write};

use corpus::{Doc, Label, Mark, Origin, Span};
use serde_json::Value;
use tokenizer::Token;

use crate::detect::{Sample, Sure};
use crate::extras::EXTRAS;
use crate::file::{InFile, ReadSeek};
use crate::format::{Format, Offsets, Write as Written};
use crate::lines::Lines;
use crate::losses::{Losses, Tally, What, Which};
use crate::place::{place, words_of};
use crate::reader::{Found, Problem, Records, damage_warning};
use crate::warning::Reason;
use crate::writer::{To, WriteTexts};

/// One token a line, its tag last, of whatever scheme; written as IOB2.
pub static CONLL: Format = Format {
    key: "conll",
    aliases: &["conll-iob2"],
    name: "CoNLL",
    about: "One token a line, its tag in the last column, a blank line between texts. Every \
            scheme is read, IOB2 is written.",
    extensions: &["conll", "iob", "iob2", "bio"],
    offsets: Offsets::Tokens,
    holds: &[What::Marks, What::Ids],
    is_text: true,
    is_folder: false,
    together: None,
    recognise,
    read: Some(|source, _| Ok(Box::new(Conll::new(source.file)))),
    write: Written::Texts(|_| Box::new(WriteConll { scheme: Scheme::Iob2 })),
};

/// The same with the tags B I L U O.
pub static CONLL_BILUO: Format = Format {
    key: "conll-biluo",
    aliases: &[],
    name: "CoNLL, BILUO",
    about: "The same with the tags B I L U O.",
    recognise: |_| None,
    write: Written::Texts(|_| Box::new(WriteConll { scheme: Scheme::Biluo })),
    ..CONLL
};

/// How a mark is spread over its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scheme {
    /// `B-` begins a mark, `I-` continues it.
    #[default]
    Iob2,
    /// `B-` begins, `I-` continues, `L-` ends a mark; `U-` is a mark of one token.
    Biluo,
}

impl Scheme {
    fn prefix(self, is_first: bool, is_last: bool) -> &'static str {
        match (self, is_first, is_last) {
            (Scheme::Biluo, true, true) => "U",
            (Scheme::Biluo, false, true) => "L",
            (_, true, _) => "B",
            (_, false, _) => "I",
        }
    }
}

/// What a tag says about its token.
enum Tag {
    Outside,
    /// A mark begins here.
    Begin(Label),
    /// A mark of this label goes on.
    Continue(Label),
}

/// The tag in the last column. `B I E L S U` begin, continue and end as in IOB, IOBES and BILUO.
fn tag_of(tag: &str) -> Option<Tag> {
    if tag == "O" {
        return Some(Tag::Outside);
    }
    let (prefix, name) = tag.split_once('-')?;
    let label = Label::new(name).ok()?;
    match prefix {
        "B" | "U" | "S" => Some(Tag::Begin(label)),
        "I" | "L" | "E" | "M" => Some(Tag::Continue(label)),
        _ => None,
    }
}

/// Likely where nearly every line is a token with a tag.
fn recognise(sample: &Sample<'_>) -> Option<Sure> {
    let text = &sample.text;
    let lines =
        || text.lines().take(400).filter(|line| !line.trim().is_empty() && !is_comment(line));
    let is_row = |line: &&str| {
        let cells: Vec<&str> = cells(line);
        2 <= cells.len() && cells.last().is_some_and(|it| tag_of(it).is_some())
    };
    let n = lines().count();
    // The last line of the sample may be cut.
    let is_like = 2 <= n && n * 9 <= lines().filter(is_row).count() * 10 + 9;
    is_like.then_some(Sure::Likely)
}

fn is_comment(line: &str) -> bool {
    line.starts_with("# ") && !line.contains('\t')
}

fn cells(line: &str) -> Vec<&str> {
    match line.contains('\t') {
        true => line.split('\t').collect(),
        false => line.split_ascii_whitespace().collect(),
    }
}

/// Reads one text a block of lines.
struct Conll {
    lines: Lines<BufReader<Box<dyn ReadSeek>>>,
    stem: String,
    n_texts: u64,
}

impl Conll {
    fn new(file: InFile) -> Self {
        let stem = file.stem().to_owned();
        Self { lines: Lines::of_file(file.bytes), stem, n_texts: 0 }
    }
}

/// A text while its lines come in.
#[derive(Default)]
struct Block {
    line: Option<u64>,
    id: Option<String>,
    text: String,
    marks: Vec<Mark>,
    /// The mark that the next token may continue.
    open: Option<(u32, Label)>,
    problems: Vec<Problem>,
}

impl Block {
    /// Ends the mark that is open, at the end of the text so far.
    fn close(&mut self) {
        let Some((start, label)) = self.open.take() else { return };
        if let Ok(span) = Span::new(start, self.text.len() as u32, label) {
            self.marks.push(Mark { span, origin: Origin::Import, at_ms: 0 });
        }
    }

    fn push(&mut self, line: &str) {
        let cells = cells(line);
        let (Some(word), Some(tag)) = (cells.first(), cells.last()) else { return };
        let tag = match tag_of(tag) {
            Some(tag) if 1 < cells.len() => tag,
            _ => {
                self.problems.push(Reason::UnknownTag { tag: (*tag).to_owned() }.into());
                Tag::Outside
            }
        };
        let opens = match tag {
            Tag::Continue(label) if self.open.as_ref().is_some_and(|it| it.1 == label) => None,
            Tag::Continue(label) => {
                let tag = cells[cells.len() - 1].to_owned();
                self.problems.push(Reason::LooseTag { tag }.into());
                self.close();
                Some(label)
            }
            Tag::Begin(label) => {
                self.close();
                Some(label)
            }
            Tag::Outside => {
                self.close();
                None
            }
        };
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        if let Some(label) = opens {
            self.open = Some((self.text.len() as u32, label));
        }
        self.text.push_str(word);
    }

    fn finish(mut self, fallback_id: String) -> Found {
        self.close();
        let mut doc = Doc::new(self.id.unwrap_or(fallback_id), self.text);
        doc.annotation.marks = self.marks;
        doc.annotation.marks.sort();
        Found::new(self.line, Some(doc), self.problems)
    }
}

impl Records for Conll {
    fn bytes_read(&self) -> u64 {
        self.lines.position()
    }

    fn next_record(&mut self) -> Option<Found> {
        let mut block = Block::default();
        loop {
            let line = match self.lines.next_line() {
                Some(Ok(line)) => line,
                Some(Err(reason)) => return Some(Found::lost(self.lines.number(), reason)),
                None if block.text.is_empty() => return None,
                None => break,
            };
            let text = line.text.trim_end();
            if text.is_empty() || text.starts_with("-DOCSTART-") {
                if block.text.is_empty() {
                    continue;
                }
                break;
            }
            block.line.get_or_insert(line.number);
            if is_comment(text) {
                let id = text.strip_prefix("# id = ").or_else(|| text.strip_prefix("# sent_id = "));
                block.id = id.map(str::to_owned).or(block.id);
                continue;
            }
            block.problems.extend(damage_warning(line.damage));
            block.push(text);
        }
        self.n_texts += 1;
        Some(block.finish(format!("{}-{}", self.stem, self.n_texts)))
    }
}

/// Writes one block a text.
struct WriteConll {
    scheme: Scheme,
}

impl WriteTexts for WriteConll {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let tokens = to.tokenizer.tokenize(&doc.text);
        write_block(doc, &tokens, self.scheme, to.tally, &mut to.out)
    }

    fn losses(&self, tally: &Tally, which: Which, base: &str) -> Option<Losses> {
        Some(tally.tokens_only(which, base))
    }
}

/// Writes a text as one block that [`Conll`] reads. Marks grow to whole tokens; of those that
/// then share a token the longest stays. Tokens of blanks are not written.
fn write_block(
    doc: &Doc,
    tokens: &[Token],
    scheme: Scheme,
    tally: &mut Tally,
    out: &mut impl Write,
) -> io::Result<()> {
    let words = words_of(tokens, &doc.text);
    let placed = place(doc, &words, tally);
    let one_line = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
    writeln!(out, "# id = {}", one_line(&doc.id.0))?;
    let mut next = placed.iter().peekable();
    for (at, word) in words.iter().enumerate() {
        next.next_if(|it| it.last < at);
        // A tokenizer of ours never leaves a blank inside a token; columns must hold anyway.
        let text: String = word.text(&doc.text).split_whitespace().collect::<Vec<_>>().join("_");
        match next.peek().filter(|it| it.first <= at) {
            Some(it) => {
                let prefix = scheme.prefix(at == it.first, at == it.last);
                writeln!(out, "{text}\t{prefix}-{}", it.span.label())?;
            }
            None => writeln!(out, "{text}\tO")?,
        }
    }
    writeln!(out)
}

/// Whether the text came with something that the format has no column for.
pub(crate) fn has_more(doc: &Doc) -> bool {
    let is_more = |(key, it): (&String, &Value)| key != EXTRAS && !it.is_null();
    doc.meta.0.iter().any(is_more)
}
