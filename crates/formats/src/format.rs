use std::fmt;

use crate::detect::{Sample, Sure};
use crate::groups::Together;
use crate::losses::What;
use crate::reader::{Options, Records, Source};
use crate::warning::Reason;
use crate::writer::{Making, WriteTexts};
use crate::{
    articles, bioc, bioc_xml, bionlp, brat, conll, conllu, doc_bin, doccano, gliner, hugging_face,
    jsonl, nerine, pubannotation, pubtator, spacy_json, spans_table, table, tagged, text, webanno,
    yedda,
};

/// All formats, in the order in which they are listed and, where a file could be several of
/// them alike, preferred.
///
/// A format is a module with a static of this type, a line here, and a folder of golden files.
pub static FORMATS: &[&Format] = &[
    &nerine::NERINE,
    &jsonl::JSONL,
    &doccano::DOCCANO,
    &doc_bin::SPACY,
    &conll::CONLL,
    &conll::CONLL_BILUO,
    &brat::BRAT,
    &bionlp::BIONLP,
    &pubtator::PUBTATOR,
    &pubannotation::PUBANNOTATION,
    &bioc::BIOC_JSON,
    &bioc_xml::BIOC_XML,
    &articles::PUBMED_XML,
    &articles::JATS,
    &tagged::NBIB,
    &tagged::RIS,
    &conll::CONLL_BIOES,
    &conll::CONLL_BMES,
    &conll::CONLL_IOB1,
    &conll::CONLL_IOE2,
    &conll::NERSUITE,
    &conllu::CONLLU,
    &conllu::CONLLU_PLUS,
    &webanno::WEBANNO,
    &hugging_face::HUGGING_FACE,
    &hugging_face::HUGGING_FACE_SPANS,
    &gliner::GLINER,
    &spacy_json::SPACY_JSON,
    &spacy_json::SPACY_PAIRS,
    &spans_table::CSV_SPANS,
    &yedda::YEDDA,
    &table::CSV,
    &table::TSV,
    &text::TEXT,
];

/// A format that can be read or written, and what it can hold.
pub struct Format {
    /// What the command line calls it.
    pub key: &'static str,
    /// What else it may be called there.
    pub aliases: &'static [&'static str],
    /// Its name, for people.
    pub name: &'static str,
    /// What a file of it is, as a sentence.
    pub about: &'static str,
    /// How names of its files end, without the dot. The first is for new files.
    pub extensions: &'static [&'static str],
    /// What its offsets count.
    pub offsets: Offsets,
    /// What it can hold.
    pub holds: &'static [What],
    /// Whether its files are text.
    pub(crate) is_text: bool,
    /// Whether what is written are several files, in a folder or a zip.
    pub(crate) is_folder: bool,
    /// How its files belong together, where a text has several.
    pub(crate) together: Option<Together>,
    /// How surely a file that starts like this is of the format.
    pub(crate) recognise: fn(&Sample<'_>) -> Option<Sure>,
    /// Starts to read a file.
    pub(crate) read: Option<Open>,
    /// How it is written.
    pub(crate) write: Write,
}

/// Starts to read a file, or says why nothing of it can be read.
pub(crate) type Open = fn(Source, &Options) -> Result<Box<dyn Records>, Reason>;

/// How a format is written.
#[derive(Clone, Copy)]
pub(crate) enum Write {
    /// It is not.
    No,
    /// Text by text.
    Texts(fn(&Making) -> Box<dyn WriteTexts>),
    /// As a whole project, by [`nerine::Writer`].
    Project,
}

/// What the offsets of a format count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offsets {
    /// It holds texts alone.
    None,
    /// Tokens.
    Tokens,
    /// Unicode code points.
    CodePoints,
    /// UTF-16 code units.
    Utf16,
    /// UTF-8 bytes.
    Bytes,
}

impl Format {
    /// Whether files of it can be read.
    pub fn is_read(&self) -> bool {
        self.read.is_some()
    }

    /// Whether files of it can be written.
    pub fn is_written(&self) -> bool {
        !matches!(self.write, Write::No)
    }

    /// Whether what is written are several files, in a folder or a zip.
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// Whether it can hold such a thing.
    pub fn holds(&self, what: What) -> bool {
        self.holds.contains(&what)
    }

    /// What it can hold, as a sentence.
    pub fn held(&self) -> String {
        let names: Vec<String> = self.holds.iter().map(|it| it.name().to_lowercase()).collect();
        match names.is_empty() {
            true => "It holds texts alone.".to_owned(),
            false => format!("It holds {}.", names.join(", ")),
        }
    }

    /// The format of this key or alias.
    pub fn find(key: &str) -> Option<&'static Format> {
        FORMATS.iter().copied().find(|it| it.key == key || it.aliases.contains(&key))
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}

impl fmt::Display for Offsets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Offsets::None => "–",
            Offsets::Tokens => "tokens",
            Offsets::CodePoints => "code points",
            Offsets::Utf16 => "UTF-16 units",
            Offsets::Bytes => "bytes",
        })
    }
}

/// The table of formats as a page of Markdown: what `docs/formats.md` is.
pub fn page() -> String {
    use fmt::Write as _;
    let mut page = String::from(
        "# Formats\n\nWhat Nerine reads and writes. `nerine formats` prints the same table, and \
         `nerine convert` takes the keys of the first column; what a file is, its content \
         tells. What a format cannot hold is listed, with counts, before it is written.\n\n\
         | key | format | extensions | read | written | offsets count |\n|---|---|---|---|---|---|\n",
    );
    let yes = |it| if it { "yes" } else { "" };
    for it in FORMATS {
        let extensions: Vec<String> = it.extensions.iter().map(|it| format!("`.{it}`")).collect();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            it.key,
            it.name,
            extensions.join(" "),
            yes(it.is_read()),
            yes(it.is_written()),
            it.offsets
        );
    }
    page.push_str("\n## What each holds\n");
    for it in FORMATS {
        let _ = write!(page, "\n**{}.** {} {}\n", it.name, it.about, it.held());
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_formats_have_a_key_in_common() {
        let mut keys = BTreeSet::new();
        for it in FORMATS {
            for key in std::iter::once(&it.key).chain(it.aliases) {
                assert!(keys.insert(*key), "{key} stands there twice");
            }
            assert!(it.is_read() || it.is_written(), "{} does nothing", it.key);
            assert!(!it.extensions.is_empty() && it.about.ends_with('.'), "{}", it.key);
        }
    }

    #[test]
    fn the_documentation_says_what_the_table_says() {
        expect_test::expect_file!["../../../docs/formats.md"].assert_eq(&page());
    }
}
