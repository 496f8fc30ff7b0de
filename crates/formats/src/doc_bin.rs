//! `.spacy`: spaCy's `DocBin`, all texts with their tokens in one compressed file.
//!
//! Texts, entities, categories, spans and user data that is JSON come in. What else a file says
//! about its tokens does not, and is named once.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read};

use corpus::{Answer, Doc, Mark, Span};
use flate2::read::ZlibDecoder;
use spacy::doc_bin::{Note, Setting};
use spacy::{DocBin, DocBinError};
use tokenizer::{Token, Tokenizer};

use crate::detect::Sure;
use crate::format::{Format, Offsets, Write as Written};
use crate::lines::BUFFER;
use crate::losses::{Losses, Tally, What, Which};
use crate::place::{Placed, place, words_of};
use crate::reader::{Found, Problem, Records, Source};
use crate::warning::Reason;
use crate::writer::{To, WriteTexts};

/// spaCy's `DocBin`.
pub static SPACY: Format = Format {
    key: "spacy",
    aliases: &[],
    name: "spaCy",
    about: "The binary file that `spacy train` reads.",
    extensions: &["spacy"],
    offsets: Offsets::Tokens,
    holds: &[What::Marks, What::Unread, What::Metadata, What::Ids],
    is_text: false,
    is_folder: false,
    together: None,
    recognise: |sample| looks_like(sample.bytes).then_some(Sure::Certain),
    read: Some(|source, _| Ok(Box::new(Texts::new(source)?))),
    write: Written::Texts(|making| Box::new(WriteBin { bin: DocBin::new(), keeps: making.keeps })),
};

/// The parts of a file, by the names that they have in it.
const PARTS: [&[u8]; 9] = [
    b"version",
    b"attrs",
    b"tokens",
    b"spaces",
    b"lengths",
    b"strings",
    b"cats",
    b"flags",
    b"user_data",
];

/// Whether a file that starts with the bytes `first` inflates to msgpack whose first key names a
/// part. No more than these few bytes are inflated.
fn looks_like(first: &[u8]) -> bool {
    let mut start = Vec::new();
    let inflated = ZlibDecoder::new(first).take(16).read_to_end(&mut start);
    inflated.is_ok() && first_key(&start).is_some_and(|it| PARTS.contains(&it))
}

/// The first key of a small map in msgpack, which is text or bytes.
fn first_key(bytes: &[u8]) -> Option<&[u8]> {
    let ([0x80..=0x8f, rest @ ..] | [0xde, _, _, rest @ ..]) = bytes else { return None };
    let (len, rest) = match rest {
        [short @ 0xa0..=0xbf, rest @ ..] => (short & 0x1f, rest),
        [0xd9 | 0xc4, len, rest @ ..] => (*len, rest),
        _ => return None,
    };
    rest.get(..len.into())
}

/// Reads the texts of a file, which is inflated as a whole.
struct Texts {
    bin: DocBin,
    file_len: u64,
    stem: String,
    n_read: usize,
    /// What was said about the file and need not be said again.
    said: BTreeSet<Note>,
}

impl Texts {
    fn new(Source { file, len: file_len, .. }: Source) -> Result<Self, Reason> {
        let stem = file.stem().to_owned();
        let bin = DocBin::read(BufReader::with_capacity(BUFFER, file.bytes))
            .map_err(|err| Reason::BadSpacy { why: err.to_string() })?;
        match bin.is_empty() {
            true => Err(Reason::Empty),
            false => Ok(Self { bin, file_len, stem, n_read: 0, said: BTreeSet::new() }),
        }
    }

    /// What of the text `nth` does not come in. What holds for the whole file is said once.
    fn reason(&mut self, note: Note, nth: usize) -> Option<Reason> {
        let reason = match &note {
            Note::Attribute(name) => Reason::TokenAttribute { name },
            Note::UserData(key) => Reason::UserData { key: key.clone() },
            Note::GroupAttributes(key) => Reason::GroupAttributes { key: key.clone() },
            Note::Label(label) => {
                return Some(Reason::UnusableLabel { nth, label: label.clone() });
            }
            // They are about writing.
            Note::Misaligned(..) | Note::Overlap(..) | Note::Meta(_) => return None,
        };
        self.said.insert(note).then_some(reason)
    }
}

impl Records for Texts {
    fn bytes_read(&self) -> u64 {
        let n = self.bin.len().max(1) as u128;
        let scaled = self.n_read as u128 * u128::from(self.file_len) / n;
        u64::try_from(scaled).unwrap_or(self.file_len)
    }

    fn next_record(&mut self) -> Option<Found> {
        if self.n_read == self.bin.len() {
            return None;
        }
        let idx = self.n_read;
        self.n_read += 1;
        let nth = idx + 1;
        let (doc, notes) = match self.bin.doc(idx, &format!("{}-{nth}", self.stem)) {
            Ok(found) => found,
            Err(err) => return Some(Found::whole(Reason::BadText { nth, why: explain(&err) })),
        };
        if doc.text.trim().is_empty() {
            return Some(Found::whole(Reason::BlankText));
        }
        let mut problems: Vec<Problem> = Vec::new();
        if idx == 0 {
            problems.push(Reason::Tokens.into());
        }
        let reasons = notes.into_iter().filter_map(|it| self.reason(it, nth));
        problems.extend(reasons.map(Problem::from));
        Some(Found::new(None, Some(doc), problems))
    }
}

/// Why a text cannot be read, behind "it".
fn explain(err: &DocBinError) -> String {
    match err {
        DocBinError::UnknownString { id, .. } => {
            format!("has a word that is not among the file’s strings (id {id})")
        }
        DocBinError::UnknownLabel { id } => {
            format!("has a label that is not among the file’s strings (id {id})")
        }
        DocBinError::BadSpanGroups { .. } => "has damaged span groups".to_owned(),
        other => format!("cannot be read: {other}"),
    }
}

/// Collects the texts, and writes them at the end.
struct WriteBin {
    bin: DocBin,
    /// Whether a file is wanted, not only its losses.
    keeps: bool,
}

impl WriteTexts for WriteBin {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let tokens = to.tokenizer.tokenize(&doc.text);
        add(doc, &tokens, to.tokenizer, &mut self.bin, to.tally);
        if !self.keeps {
            self.bin = DocBin::new();
        }
        Ok(())
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        match self.keeps {
            true => self.bin.write(&mut to.out),
            false => Ok(()),
        }
    }

    fn losses(&self, tally: &Tally, which: Which, base: &str) -> Option<Losses> {
        Some(tally.spacy(which, base))
    }
}

/// Adds a text that [`Texts`] reads. Its marks are on whole tokens; its id and its other fields
/// are user data.
fn add(doc: &Doc, tokens: &[Token], tokenizer: &Tokenizer, bin: &mut DocBin, tally: &mut Tally) {
    let words = words_of(tokens, &doc.text);
    let mark = |Placed { first, last, span }: Placed<'_>| {
        let (start, end) = (words[first].start, words[last].end);
        let mark = doc.annotation.marks.iter().find(|it| it.span == *span)?;
        Some(Mark { span: Span::new(start, end, span.label().clone()).ok()?, ..mark.clone() })
    };
    let mut placed = doc.clone();
    placed.annotation.marks = place(doc, &words, tally).into_iter().filter_map(mark).collect();
    let notes = bin.add(&placed, tokenizer, Setting::AllFields);

    let is_field = |it: &Note| matches!(it, Note::Meta(_));
    let loses_fields = doc.meta.0.contains_key("id") || notes.iter().any(is_field);
    tally.metadata_left_out += u32::from(loses_fields);
    let is_known = !placed.annotation.marks.is_empty();
    let comes_back = is_known.then_some(Answer::Accept);
    let answer = doc.annotation.answer;
    tally.answers_changed += u32::from(answer != Some(Answer::Accept) && answer != comes_back);
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    #[track_caller]
    fn check(inflated: &[u8], expected: bool) {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(inflated).unwrap();
        assert_eq!(looks_like(&zlib.finish().unwrap()), expected, "{inflated:?}");
    }

    #[test]
    fn the_first_key_tells() {
        check(b"\x89\xa7version\xa30.1", true);
        check(b"\x87\xc4\x05attrs\x90", true);
        check(b"\xde\x00\x09\xd9\x06tokens\xc0", true);
        check(b"\x81\xa4name\xa3abc", false);
        check(b"\x81\xbf", false);
        check(b"{\"version\": 1}", false);
        check(b"", false);
    }

    #[test]
    fn the_file_of_a_docbin_is_seen_in_its_first_bytes() {
        let mut bin = DocBin::new();
        for n in 0..500 {
            let tokenizer = Tokenizer::default();
            bin.add(
                &Doc::new(format!("{n}"), format!("Text {n}.")),
                &tokenizer,
                Setting::AllFields,
            );
        }
        let mut file = Vec::new();
        bin.write(&mut file).unwrap();
        assert!(looks_like(&file) && looks_like(&file[..file.len() / 2]));
        assert!(!looks_like(&file[1..]) && !looks_like(b"x^2 + y^2 = 1"));
    }
}
