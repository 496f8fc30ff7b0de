use model::NerParts;
use serde::{Deserialize, Serialize};

/// A spaCy pipeline that a person brought, as far as the page shows it. The pipeline itself lies
/// in [`PipelineParts`](crate::PipelineParts).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaseRecord {
    /// What projects and runs call it, such as `en_core_web_sm-3.8.0`. What it names never
    /// changes.
    pub name: String,
    /// The name it is installed by, such as `en_core_web_sm`.
    pub package: String,
    /// Its version; empty where it says none.
    pub version: String,
    /// Its language, such as `en`.
    pub lang: String,
    /// What its makers say it is, in a line; empty where they say nothing.
    pub description: String,
    /// Its licence, as its makers say it; empty where they say none.
    pub license: String,
    /// When it was added, in milliseconds since 1970.
    pub added_ms: u64,
    /// The labels of the entities that it finds, sorted.
    pub labels: Vec<String>,
    /// Its components, in the order that text goes through them.
    pub components: Vec<BaseComponent>,
    /// Whether something in it starts sentences before entities are found: none of these crosses
    /// such a start.
    pub starts_sentences: bool,
    /// Its word vectors, if it has any.
    pub vectors: Option<BaseVectors>,
    /// How many parts it is stored in.
    pub n_parts: u32,
    /// The bytes of all parts.
    pub bytes: u64,
    /// SHA-256 of all parts, one after the other.
    pub hash: [u8; 32],
    /// How its components bear on its entities; none where it was added by a version that did not
    /// say.
    pub ner_parts: Option<NerParts>,
}

/// A component of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseComponent {
    /// Its name in the pipeline.
    pub name: String,
    /// What becomes of it here.
    pub fate: Fate,
}

/// What becomes of a component here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It runs as in spaCy.
    Used,
    /// It is not run, nothing that is found depends on it, and an export has it as it came.
    Kept {
        /// Why it is not run.
        why: String,
    },
    /// It is not run, and spaCy may find something else.
    Missed {
        /// What may differ and why, as a sentence.
        what: String,
    },
    /// The pipeline itself has it switched off.
    Off,
}

/// Word vectors, as far as the page shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseVectors {
    /// How many rows there are.
    pub rows: u32,
    /// Numbers in a row.
    pub width: u32,
    /// Words that have a row; none where every word has one, made of its letters (floret).
    pub words: Option<u32>,
}

impl BaseRecord {
    /// Whether it finds entities at all.
    pub fn finds_entities(&self) -> bool {
        !self.labels.is_empty()
    }
}
