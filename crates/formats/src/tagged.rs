//! Lists of references as databases save them: `nbib` of PubMed, and RIS. A field a line, the title
//! and the abstract make the text, the other fields are kept with it.
//!
//! ```text
//! PMID- 1000001            TY  - JOUR
//! TI  - Title of           T1  - Title of two lines.
//!       two lines.         AB  - Abstract.
//! AB  - Abstract.          ER  -
//! ```

use std::io::BufReader;

use corpus::Doc;
use serde_json::Value;

use crate::detect::{Sample, Sure};
use crate::file::{InFile, ReadSeek};
use crate::format::{Format, Offsets, Write};
use crate::lines::Lines;
use crate::losses::What;
use crate::reader::{Found, Problem, Records, damage_warning};
use crate::warning::{Reason, Severity};

/// `nbib`, which was called MEDLINE.
pub static NBIB: Format = Format {
    key: "nbib",
    aliases: &["medline"],
    name: "PubMed nbib",
    about: "References as PubMed saves them: title and abstract make the text, the other fields \
            are kept with it.",
    extensions: &["nbib"],
    offsets: Offsets::None,
    holds: &[What::Metadata, What::Ids],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| begins(sample, "PMID- "),
    read: Some(|source, _| Ok(Box::new(Tagged::new(source.file, &NBIB_TAGS)))),
    write: Write::No,
};

/// RIS.
pub static RIS: Format = Format {
    key: "ris",
    aliases: &[],
    name: "RIS",
    about: "References as Embase, EndNote and others save them: title and abstract make the text, \
            the other fields are kept with it.",
    extensions: &["ris"],
    recognise: |sample| begins(sample, "TY  - "),
    read: Some(|source, _| Ok(Box::new(Tagged::new(source.file, &RIS_TAGS)))),
    ..NBIB
};

fn begins(sample: &Sample<'_>, tag: &str) -> Option<Sure> {
    sample
        .text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(tag)
        .then_some(Sure::Certain)
}

/// Which fields mean what. Of several the first that is there.
struct Tags {
    title: &'static [&'static str],
    body: &'static [&'static str],
    id: &'static [&'static str],
    /// The field that begins a reference.
    first: &'static str,
    /// The field that ends one.
    last: Option<&'static str>,
}

static NBIB_TAGS: Tags = Tags {
    title: &["TI", "BTI", "TT"],
    body: &["AB", "OAB"],
    id: &["PMID"],
    first: "PMID",
    last: None,
};

static RIS_TAGS: Tags = Tags {
    title: &["TI", "T1", "CT", "BT"],
    body: &["AB", "N2"],
    id: &["ID", "AN", "U2", "DO"],
    first: "TY",
    last: Some("ER"),
};

/// Reads one text a reference.
struct Tagged {
    lines: Lines<BufReader<Box<dyn ReadSeek>>>,
    tags: &'static Tags,
    stem: String,
    n_texts: u64,
    /// The first field of the next reference, and its line.
    ahead: Option<(u64, String)>,
}

impl Tagged {
    fn new(file: InFile, tags: &'static Tags) -> Self {
        let stem = file.stem().to_owned();
        Self { lines: Lines::of_file(file.bytes), tags, stem, n_texts: 0, ahead: None }
    }

    fn finish(&mut self, fields: Fields) -> Found {
        let Fields { line, found: mut fields, mut problems } = fields;
        self.n_texts += 1;
        let mut take = |tags: &[&str]| {
            tags.iter().find_map(|tag| {
                let at = fields.iter().position(|it| it.0 == *tag && !it.1.is_empty())?;
                Some(fields.remove(at).1)
            })
        };
        let (title, body) = (take(self.tags.title), take(self.tags.body));
        if title.is_none() && body.is_none() {
            let field = self.tags.title[0].to_owned();
            problems.push(Reason::NoText { field, found: None }.into());
            return Found::new(line, None, problems);
        }
        let id = take(self.tags.id).unwrap_or_else(|| format!("{}-{}", self.stem, self.n_texts));
        let parts: Vec<String> = title.into_iter().chain(body).collect();
        let mut doc = Doc::new(id, parts.join("\n"));
        for (tag, value) in fields {
            let value = Value::String(value);
            match doc.meta.0.get_mut(&tag) {
                Some(Value::Array(list)) => list.push(value),
                Some(one) => *one = vec![one.take(), value].into(),
                None => drop(doc.meta.0.insert(tag, value)),
            }
        }
        Found::new(line, Some(doc), problems)
    }
}

/// A reference while its lines come in.
#[derive(Default)]
struct Fields {
    line: Option<u64>,
    found: Vec<(String, String)>,
    problems: Vec<Problem>,
}

impl Fields {
    fn push(&mut self, number: u64, line: &str) {
        self.line.get_or_insert(number);
        if let Some((tag, value)) = field(line) {
            self.found.push((tag.to_owned(), value.trim().to_owned()));
        } else if let Some((_, value)) = self.found.last_mut() {
            // A long field goes on in the next line.
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(line.trim());
        } else {
            let what = "stands before the first field of a reference";
            let reason = Reason::own(Severity::Lost, what, "The line will be left out.");
            self.problems.push(Problem::on(number, reason));
        }
    }
}

/// `TI  - Title` as its tag and value.
fn field(line: &str) -> Option<(&str, &str)> {
    let (tag, value) = line.split_at_checked(4)?;
    let value = value.strip_prefix("- ").or_else(|| (value.trim_end() == "-").then_some(""))?;
    let tag = tag.trim_end();
    let fits = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit();
    (!tag.is_empty() && tag.bytes().all(fits)).then_some((tag, value))
}

impl Records for Tagged {
    fn bytes_read(&self) -> u64 {
        self.lines.position()
    }

    fn next_record(&mut self) -> Option<Found> {
        let mut open = Fields::default();
        if let Some((number, line)) = self.ahead.take() {
            open.push(number, &line);
        }
        loop {
            let line = match self.lines.next_line() {
                Some(Ok(line)) => line,
                Some(Err(reason)) => return Some(Found::lost(self.lines.number(), reason)),
                None if open.line.is_none() => return None,
                None => break,
            };
            if line.text.trim().is_empty() {
                continue;
            }
            let tag = field(&line.text).map(|it| it.0);
            if tag == self.tags.last && tag.is_some() {
                if open.line.is_none() {
                    continue;
                }
                break;
            }
            if tag == Some(self.tags.first) && !open.found.is_empty() {
                self.ahead = Some((line.number, line.text));
                break;
            }
            let damage = damage_warning(line.damage).into_iter();
            open.problems.extend(damage.map(|it| Problem { line: Some(line.number), ..it }));
            open.push(line.number, &line.text);
        }
        Some(self.finish(open))
    }
}
