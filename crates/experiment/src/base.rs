use std::fmt;

use corpus::Label;
use model::NerParts;
use serde::{Deserialize, Serialize};

/// What tells a base, with its variant, from every other; whoever makes the base chooses it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BaseKey(pub String);

impl fmt::Display for BaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a run starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// What tells it from the others of the experiment.
    pub key: BaseKey,
    /// What people call it, such as `blank:en`.
    pub name: String,
    /// What kind of base it is.
    pub kind: BaseKind,
    /// The word vectors that it reads, by name; none without.
    pub vectors: Option<String>,
    /// The labels that its own entity component knows before training.
    pub labels: Vec<Label>,
    /// What its pipeline consists of; none for a base that is no pipeline.
    pub parts: Option<NerParts>,
    /// How it is trained, in the trainer's own words, where that differs from the experiment's
    /// [`settings`](crate::Experiment::settings).
    pub settings: Option<String>,
}

/// The kinds of bases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BaseKind {
    /// Nerine's own learner for few texts.
    Nerine,
    /// spaCy's architecture from nothing, with the tokens of a language such as `en`.
    Blank {
        /// The language.
        lang: String,
    },
    /// A pipeline that is trained further, entity weights and all.
    PipelineWithNer,
    /// A pipeline that is trained further, with an entity component that starts anew.
    PipelineWithoutNer,
    /// A pipeline that is only scored: nothing is trained.
    AsItCame,
}

impl Base {
    /// Whether a run trains something.
    pub fn is_trained(&self) -> bool {
        self.kind != BaseKind::AsItCame
    }

    /// Whether it starts with weights that already find entities.
    pub fn keeps_ner(&self) -> bool {
        matches!(self.kind, BaseKind::PipelineWithNer | BaseKind::AsItCame)
    }

    /// The same base but for word vectors.
    pub fn is_twin_of(&self, other: &Base) -> bool {
        self.kind == other.kind && self.parts == other.parts && self.vectors != other.vectors
    }
}
