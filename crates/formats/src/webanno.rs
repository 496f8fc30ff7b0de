//! `WebAnno` TSV: one text a file, one token a line with its offsets and a column for each feature
//! of each layer.
//!
//! ```text
//! #FORMAT=WebAnno TSV 3.3
//! #T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value
//!
//!
//! #Text=🧪 HeLa cells.
//! 1-1    0-2    🧪      _      _
//! 1-2    3-7    HeLa    *[1]   CELL_LINE[1]
//! 1-3    8-13   cells   *[1]   CELL_LINE[1]
//! 1-4    13-14  .       _      _
//! ```
//!
//! Offsets count UTF-16 units; the words say whether a file really does. Span layers are marks,
//! but for those of a word's own grammar. The lines are kept with the text: while nobody changed a
//! mark they are written again as they came, with all layers.

mod cells;
mod three;
mod two;
mod write;

use self::write::WriteWebanno;
use crate::detect::Sure;
use crate::format::{Format, Offsets, Write as Written};
use crate::json_tree;
use crate::losses::What;
use crate::whole::Whole;

/// `WebAnno` TSV 3.
pub static WEBANNO: Format = Format {
    key: "webanno-tsv",
    aliases: &["webanno", "tsv3"],
    name: "WebAnno TSV",
    about: "One text a file, one token a line with its offsets, a column for each feature of each \
            layer. Version 3 is read and written, version 2 is read.",
    extensions: &["tsv"],
    offsets: Offsets::Utf16,
    holds: &[What::Marks, What::Overlaps, What::Metadata, What::Ids],
    is_text: true,
    is_folder: true,
    together: None,
    recognise: |sample| {
        let is_two = two::looks_like(&sample.text);
        (is_two || three::looks_like(&sample.text)).then_some(Sure::Certain)
    },
    read: Some(|mut source, _| {
        let (text, damage) = json_tree::read_text(&mut source.file, LIMIT)?;
        let stem = source.file.stem();
        let mut found = match two::looks_like(&text) {
            true => two::parse(&text, stem),
            false => three::parse(&text, stem),
        };
        found.problems.splice(0..0, json_tree::damage_problem(damage));
        Ok(Box::new(Whole::new([found], source.len)))
    }),
    write: Written::Texts(|_| Box::new(WriteWebanno::default())),
};

/// The longest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// The longest gap between two sentences, in the file's unit.
const GAP_LIMIT: u64 = 10_000;

/// The entry of a text's metadata that holds the lines of the file.
const EXTRAS: &str = "_webanno";

/// Whether the annotations of a layer are marks: those of a word's grammar are not.
fn is_mark_layer(layer: &str) -> bool {
    const GRAMMAR: [&str; 4] = [".lexmorph.", ".segmentation.", ".morph.", ".syntax."];
    !GRAMMAR.iter().any(|it| layer.contains(it))
}

/// The last part of a layer's name.
fn short_name(layer: &str) -> &str {
    layer.rsplit('.').next().unwrap_or(layer)
}
