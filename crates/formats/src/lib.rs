//! File formats, one module each: reading and writing documents as streams.
//!
//! [`read`] tells what each file is by its content and gives one text at a time, with a
//! [`Warning`] for whatever could not be taken as it is. [`Writer`] and [`nerine::Writer`] take
//! one text at a time and say what the format cannot hold.
//!
//! [`FORMATS`] is the table of all formats; `docs/formats.md` is made from it.

mod articles;
mod bioc;
mod bioc_xml;
mod bionlp;
mod brat;
mod conf;
mod conll;
mod conllu;
mod count;
mod detect;
mod doc_bin;
mod doccano;
mod ents;
mod extras;
mod file;
mod format;
mod gliner;
mod groups;
mod hugging_face;
mod items;
mod json_tree;
mod jsonl;
mod lines;
mod losses;
mod marks;
mod names;
pub mod nerine;
mod place;
mod pubannotation;
mod pubtator;
mod reader;
mod record;
mod spacy_json;
mod spans_table;
mod standoff;
mod table;
mod tagged;
mod tags;
mod text;
mod unproven;
mod warning;
mod webanno;
mod whole;
mod words;
mod writer;
mod xml;
mod yedda;
mod zipped;

pub use articles::{JATS, PUBMED_XML};
pub use bioc::BIOC_JSON;
pub use bioc_xml::BIOC_XML;
pub use bionlp::BIONLP;
pub use brat::BRAT;
pub use conll::{CONLL, CONLL_BILUO, CONLL_BIOES, CONLL_BMES, CONLL_IOB1, CONLL_IOE2, NERSUITE};
pub use conllu::{CONLLU, CONLLU_PLUS};
pub use count::Count;
pub use detect::{Layout, Reading, Readings, Sure, detect, layout};
pub use doc_bin::SPACY;
pub use doccano::DOCCANO;
pub use extras::{EXTRAS, Pieces};
pub use file::{Files, InFile, ReadSeek};
pub use format::{FORMATS, Format, Offsets, page};
pub use gliner::GLINER;
pub use hugging_face::{HUGGING_FACE, HUGGING_FACE_SPANS};
pub use jsonl::JSONL;
pub use losses::{Loss, Losses, What, Which};
pub use nerine::NERINE;
pub use pubannotation::PUBANNOTATION;
pub use pubtator::PUBTATOR;
pub use reader::{Known, Options, Reader, SAMPLE_BYTES, read, text_hash};
pub use record::{FIELDS, MARK_FIELDS};
pub use spacy_json::{SPACY_JSON, SPACY_PAIRS};
pub use spans_table::CSV_SPANS;
pub use table::{CSV, Columns, TSV, TableSample, sample as sample_table};
pub use tagged::{NBIB, RIS};
pub use text::TEXT;
pub use warning::{MarkProblem, Reason, Severity, Warning};
pub use webanno::WEBANNO;
pub use words::WORDS;
pub use writer::{Folder, Kept, Writer};
pub use yedda::YEDDA;
pub use zipped::unpack;
