//! The BioNLP shared tasks' files: a text, `.a1` with what is given, `.a2` with what is to be found.

use std::io;

use corpus::Doc;

use crate::brat::{FileNames, open};
use crate::extras::Extras;
use crate::format::{Format, Offsets, Write as Written};
use crate::groups::Together;
use crate::losses::What;
use crate::standoff::{Layout, lines};
use crate::writer::{To, WriteTexts};

/// `.txt`, `.a1` and `.a2`.
pub static BIONLP: Format = Format {
    key: "bionlp",
    aliases: &[],
    name: "BioNLP shared task",
    about: "A text file with two files of marks beside it: .a1 has what is given, .a2 events and \
            their triggers.",
    extensions: &["a1", "a2"],
    offsets: Offsets::CodePoints,
    holds: &[
        What::Marks,
        What::Overlaps,
        What::Ids,
        What::Fragments,
        What::Relations,
        What::Events,
        What::Attributes,
        What::Normalisations,
        What::Comments,
    ],
    is_text: true,
    is_folder: true,
    together: Some(Together { text: &["txt"], beside: PARTS, shared: &[] }),
    recognise: |sample| {
        PARTS.contains(&sample.extension.as_str()).then_some(crate::detect::Sure::Certain)
    },
    read: Some(|source, options| open(source, options, PARTS)),
    write: Written::Texts(|_| Box::new(WriteBionlp::default())),
};

const PARTS: &[&str] = &["a1", "a2"];

/// Writes three files a text.
#[derive(Default)]
struct WriteBionlp {
    names: FileNames,
}

impl WriteTexts for WriteBionlp {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let name = self.names.name(&doc.id, to);
        let lines = lines(doc, &Extras::of(doc), Layout::Two, to.tally);
        to.out.file(&format!("{name}.txt"), doc.text.as_bytes())?;
        to.out.file(&format!("{name}.a1"), lines.first.as_bytes())?;
        to.out.file(&format!("{name}.a2"), lines.second.as_bytes())
    }
}
