//! Plain text: one text a file, or one a line.

use std::io::{BufReader, Read};

use corpus::Doc;

use crate::detect::{Layout, Sure, layout};
use crate::file::{InFile, ReadSeek};
use crate::format::{Format, Offsets, Write};
use crate::lines::{Lines, RECORD_LIMIT, decode};
use crate::reader::{Found, Options, Records, Source, damage_warning};
use crate::warning::Reason;

/// Plain text.
pub static TEXT: Format = Format {
    key: "text",
    aliases: &[],
    name: "Plain text",
    about: "One text a file, or one a line where lines are long and stand without blank lines \
            between.",
    extensions: &["txt", "md"],
    offsets: Offsets::None,
    holds: &[],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |_| Some(Sure::Fallback),
    read: Some(|source, options| Ok(open(source, options))),
    write: Write::No,
};

fn open(source: Source, options: &Options) -> Box<dyn Records> {
    match options.layout.unwrap_or_else(|| layout(&source.sample)) {
        Layout::File => Box::new(WholeFile::new(source.file)),
        Layout::Line => Box::new(EachLine::new(source.file)),
    }
}

/// Reads a whole file as one text: nothing but a byte order mark is taken away.
pub(crate) struct WholeFile {
    file: Option<InFile>,
    position: u64,
}

impl WholeFile {
    pub(crate) fn new(file: InFile) -> Self {
        Self { file: Some(file), position: 0 }
    }
}

impl Records for WholeFile {
    fn bytes_read(&self) -> u64 {
        self.position
    }

    fn next_record(&mut self) -> Option<Found> {
        let mut file = self.file.take()?;
        let mut bytes = Vec::new();
        if let Err(err) = file.bytes.by_ref().take(RECORD_LIMIT + 1).read_to_end(&mut bytes) {
            let why = err.to_string();
            return Some(Found::whole(Reason::Unreadable { at: 0, why }));
        }
        self.position = bytes.len() as u64;
        if RECORD_LIMIT < self.position {
            return Some(Found::whole(Reason::TooLong { limit: RECORD_LIMIT }));
        }
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let (text, damage) = decode(bytes);
        if text.trim().is_empty() {
            return Some(Found::whole(Reason::Empty));
        }
        let doc = Some(Doc::new(file.stem(), text));
        Some(Found::new(Some(1), doc, damage_warning(damage)))
    }
}

/// Reads one text a line; the line end is not part of it. Blank lines are no texts.
pub(crate) struct EachLine {
    lines: Lines<BufReader<Box<dyn ReadSeek>>>,
    stem: String,
    blank: u64,
}

impl EachLine {
    pub(crate) fn new(file: InFile) -> Self {
        let stem = file.stem().to_owned();
        Self { lines: Lines::of_file(file.bytes), stem, blank: 0 }
    }
}

impl Records for EachLine {
    fn bytes_read(&self) -> u64 {
        self.lines.position()
    }

    fn next_record(&mut self) -> Option<Found> {
        loop {
            let line = match self.lines.next_line() {
                Some(Ok(line)) => line,
                Some(Err(reason)) => return Some(Found::lost(self.lines.number(), reason)),
                None if self.blank == 0 => return None,
                None => {
                    let count = std::mem::take(&mut self.blank);
                    return Some(Found::whole(Reason::BlankLines { count }));
                }
            };
            if line.text.trim().is_empty() {
                self.blank += 1;
                continue;
            }
            let doc = Some(Doc::new(format!("{}-{}", self.stem, line.number), line.text));
            let problems = damage_warning(line.damage);
            return Some(Found::new(Some(line.number), doc, problems));
        }
    }
}
