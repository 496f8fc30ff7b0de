//! `NAME.nerine`: a project as a zip of plain text that any program can read.
//!
//! | part | what |
//! |---|---|
//! | `project.json` | name, labels, rules; says the version of the format and the unit of offsets |
//! | `guidelines.md` | what annotators should know |
//! | `docs.jsonl` | the texts in order, one object a line: Prodigy's fields, offsets in code points |
//! | `split.json` | the rule that gives each text its side, and the ids on each side |
//! | `history.jsonl` | every edit, if wanted; offsets in bytes |
//! | `runs/N.json` | training runs: settings, scores, errors; `runs/N.weights` their weights |
//! | `experiments/N.json` | bases compared: the plan and how far it is; `experiments/N.texts.json` the texts that it is of, offsets in bytes; `experiments/outcomes/N.json` what came of run N |
//! | `SHA256SUMS` | a checksum of each part, as `sha256sum --check` reads it |

mod parts;
mod read;
mod write;

use corpus::{Label, LabelDef, SplitRule};
use project::{Counts, ProjectId, ProjectRecord, RunId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::detect::Sure;
use crate::format::{Format, Offsets, Write};
use crate::losses::What;

pub use read::{Archive, OpenError};
pub use write::Writer;

/// Nerine's portable file.
pub static NERINE: Format = Format {
    key: "nerine",
    aliases: &[],
    name: "Nerine project",
    about: "A zip with the whole project as plain text, its journal and its runs.",
    extensions: &["nerine"],
    offsets: Offsets::CodePoints,
    holds: &[
        What::Marks,
        What::Overlaps,
        What::Suggestions,
        What::Answers,
        What::Unread,
        What::Notes,
        What::Metadata,
        What::Ids,
        What::Fragments,
        What::Relations,
        What::Events,
        What::Attributes,
        What::Normalisations,
        What::Comments,
    ],
    is_text: false,
    is_folder: false,
    together: None,
    recognise: |sample| sample.bytes.starts_with(b"PK\x03\x04").then_some(Sure::Certain),
    read: Some(|source, _| Ok(Box::new(read::Texts::new(source)?))),
    write: Write::Project,
};

/// The version that is written. Readers refuse newer ones.
const VERSION: u32 = 1;

const PROJECT: &str = "project.json";
const GUIDELINES: &str = "guidelines.md";
const DOCS: &str = "docs.jsonl";
const SPLIT: &str = "split.json";
const HISTORY: &str = "history.jsonl";
const SUMS: &str = "SHA256SUMS";

/// `project.json`.
#[derive(Serialize, Deserialize)]
struct ProjectFile {
    format: String,
    format_version: u32,
    #[serde(default)]
    tool: String,
    offset_unit: String,
    #[serde(default)]
    history_offset_unit: String,
    name: String,
    #[serde(default)]
    created_ms: u64,
    #[serde(default)]
    changed_ms: u64,
    #[serde(default)]
    exported_ms: Option<u64>,
    #[serde(default)]
    overlaps_allowed: bool,
    base: String,
    #[serde(default)]
    suggesting: Option<RunId>,
    labels: Vec<LabelFile>,
    /// What other programs, or newer ones, put there.
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// A label in `project.json`.
#[derive(Serialize, Deserialize)]
struct LabelFile {
    label: Label,
    #[serde(default)]
    slot: u8,
    /// The key that gives the label, for people: it follows from the slot.
    #[serde(default, skip_deserializing)]
    key: String,
    code: String,
    #[serde(default)]
    description: String,
}

/// `split.json`.
#[derive(Serialize, Deserialize)]
struct SplitFile {
    #[serde(flatten)]
    rule: SplitRule,
    frozen: bool,
    /// The ids on each side, for other programs: they follow from the rule.
    #[serde(default, skip_deserializing)]
    train: Vec<String>,
    #[serde(default, skip_deserializing)]
    dev: Vec<String>,
    #[serde(default, skip_deserializing)]
    test: Vec<String>,
}

impl ProjectFile {
    fn of(project: &ProjectRecord, more: &Map<String, Value>) -> Self {
        let label = |it: &LabelDef| LabelFile {
            label: it.label.clone(),
            slot: it.slot,
            key: key(it.slot),
            code: it.code.clone(),
            description: it.description.clone(),
        };
        Self {
            format: "nerine".into(),
            format_version: VERSION,
            tool: concat!("Nerine ", env!("CARGO_PKG_VERSION")).into(),
            offset_unit: "code points".into(),
            history_offset_unit: "bytes".into(),
            name: project.name.clone(),
            created_ms: project.created_ms,
            changed_ms: project.changed_ms,
            exported_ms: project.exported_ms,
            overlaps_allowed: project.overlaps_allowed,
            base: project.base.clone(),
            suggesting: project.suggesting,
            labels: project.labels.iter().map(label).collect(),
            more: more.clone(),
        }
    }

    /// The project without its texts, as `id`.
    fn into_record(self, id: ProjectId, guidelines: String, split: &SplitFile) -> ProjectRecord {
        let label = |it: LabelFile| LabelDef {
            label: it.label,
            slot: it.slot,
            code: it.code,
            description: it.description,
        };
        ProjectRecord {
            id,
            name: self.name,
            created_ms: self.created_ms,
            changed_ms: self.changed_ms,
            exported_ms: self.exported_ms,
            trashed_ms: None,
            labels: self.labels.into_iter().map(label).collect(),
            guidelines,
            overlaps_allowed: self.overlaps_allowed,
            base: self.base,
            split: split.rule,
            split_frozen: split.frozen,
            suggesting: self.suggesting,
            counts: Counts::default(),
        }
    }
}

/// The key that gives a label of this slot.
fn key(slot: u8) -> String {
    match slot {
        1..=8 => slot.to_string(),
        9..=16 => format!("Shift {}", slot - 8),
        _ => String::new(),
    }
}
