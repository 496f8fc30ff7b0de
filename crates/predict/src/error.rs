use std::fmt;

use model::Touches;

/// Why a pipeline or a text cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// The tokenizer's rules cannot be used.
    #[error(transparent)]
    Rules(#[from] tokenizer::RulesError),
    /// A text that spaCy refuses too.
    #[error(
        "the text has {n_chars} characters, and spaCy takes no more than {limit}: cut it into several texts"
    )]
    TooLong {
        /// How many code points it has.
        n_chars: usize,
        /// The most that are taken.
        limit: usize,
    },
}

/// What spaCy might find otherwise, since Nerine leaves something of a pipeline out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The component.
    pub component: String,
    /// What entities depend on of what it writes.
    pub touches: Touches,
    /// Why it is not run as spaCy runs it.
    pub why: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.touches {
            Touches::Nothing => "nothing that entities depend on",
            Touches::Sentences => "sentence starts, across which no entity reaches",
            Touches::Entities => "entities, which later ones respect",
            Touches::Tokens => "the tokens",
            Touches::Vectors => "the vectors that later components read",
            Touches::Unknown => "what nobody here knows",
        };
        write!(f, "{:?} is not run ({}); in spaCy it changes {what}", self.component, self.why)
    }
}
