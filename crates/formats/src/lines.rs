use std::io::{self, BufRead, BufReader};

use crate::file::ReadSeek;
use crate::warning::Reason;

/// The longest line, or file that is read at once, in bytes.
pub(crate) const RECORD_LIMIT: u64 = 32 * 1024 * 1024;

/// How much is read from the file at a time: asking a browser for bytes is slow.
pub(crate) const BUFFER: usize = 256 * 1024;

/// Bytes that had to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// The first such byte, from 1.
    pub(crate) column: u64,
    /// How many places.
    pub(crate) places: u32,
}

/// The bytes as text; what is not UTF-8 becomes U+FFFD.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, Option<Damage>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(err) => err.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len() + 8);
    let mut damage: Option<Damage> = None;
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            text.push('\u{fffd}');
            let first = Damage { column: at as u64 + 1, places: 0 };
            damage.get_or_insert(first).places += 1;
            at += chunk.invalid().len();
        }
    }
    (text, damage)
}

/// One line without its line end.
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// The text.
    pub(crate) text: String,
    /// What had to be replaced.
    pub(crate) damage: Option<Damage>,
}

/// The lines of a file, one at a time.
pub(crate) struct Lines<R> {
    bytes: R,
    position: u64,
    number: u64,
    ended: bool,
}

impl Lines<BufReader<Box<dyn ReadSeek>>> {
    /// The lines of a file that stands at its start.
    pub(crate) fn of_file(bytes: Box<dyn ReadSeek>) -> Self {
        Lines::new(BufReader::with_capacity(BUFFER, bytes))
    }
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(bytes: R) -> Self {
        Self { bytes, position: 0, number: 0, ended: false }
    }

    /// What the lines are read from.
    pub(crate) fn source(&self) -> &R {
        &self.bytes
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Number of the line that was read last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next line; a reason when it cannot be had. After an unreadable byte the file ends.
    pub(crate) fn next_line(&mut self) -> Option<Result<Line, Reason>> {
        if self.ended {
            return None;
        }
        let (mut bytes, too_long) = match self.read_bytes() {
            Ok(found) => found?,
            Err(err) => {
                self.ended = true;
                let why = err.to_string();
                return Some(Err(Reason::Unreadable { at: self.position, why }));
            }
        };
        self.number += 1;
        if too_long {
            return Some(Err(Reason::TooLong { limit: RECORD_LIMIT }));
        }
        if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        if bytes.ends_with(b"\n") {
            bytes.pop();
            if bytes.ends_with(b"\r") {
                bytes.pop();
            }
        }
        let (text, damage) = decode(bytes);
        Some(Ok(Line { number: self.number, text, damage }))
    }

    /// The bytes up to and with the line end, and whether they are cut at the limit.
    fn read_bytes(&mut self) -> io::Result<Option<(Vec<u8>, bool)>> {
        let mut line = Vec::new();
        let (mut any, mut too_long) = (false, false);
        loop {
            let buffer = match self.bytes.fill_buf() {
                Ok(buffer) => buffer,
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                Err(err) => return Err(err),
            };
            if buffer.is_empty() {
                self.ended = true;
                return Ok(any.then_some((line, too_long)));
            }
            any = true;
            let (n, done) = match buffer.iter().position(|it| *it == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), false),
            };
            if RECORD_LIMIT < (line.len() + n) as u64 {
                too_long = true;
                line.clear();
            }
            if !too_long {
                line.extend_from_slice(&buffer[..n]);
            }
            self.bytes.consume(n);
            self.position += n as u64;
            if done {
                return Ok(Some((line, too_long)));
            }
        }
    }
}
