use corpus::{Label, Span};
use experiment::{
    Advice, Base, BaseKey, Comparison, Confusion, Forgetting, ModelMistakes, Pool, RemedyEffect,
    RunKey,
};
use project::{DocNumber, ExperimentId, TrainSettings};
use serde::{Deserialize, Serialize};

/// The run of an experiment that a run of the project is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExperimentPart {
    /// The experiment, whose texts are learned from and scored.
    pub experiment: ExperimentId,
    /// The run.
    pub run: RunKey,
}

/// What a person wants to have compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentPlan {
    /// Which number it gets. With the number of one that is there, bases are added to that one, and
    /// its texts, sides, seeds and shares stay.
    pub id: ExperimentId,
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
    /// What is compared.
    pub bases: Vec<PlannedBase>,
    /// What is learned; marks of other labels are not looked at.
    pub labels: Vec<Label>,
    /// How texts are divided.
    pub division: PlannedDivision,
    /// The field of texts that must stay together, if any.
    pub group_by: Option<String>,
    /// What random draws start from; each base is trained once with each.
    pub seeds: Vec<u64>,
    /// Shares of the training texts for learning curves, in per cent.
    pub shares: Vec<u8>,
    /// What the runs run on.
    pub pool: Pool,
}

/// A base of an [`ExperimentPlan`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedBase {
    /// The base.
    pub base: Base,
    /// The settings of its runs, but for the seed.
    pub settings: TrainSettings,
    /// The [`architecture`](project::RunRecord::architecture) of its runs.
    pub architecture: String,
    /// Whether it trains on the graphics card.
    pub on_gpu: bool,
    /// The most memory that a run of it takes, in bytes.
    pub memory_bytes: u64,
}

/// How texts are divided into those that are learned from and those that are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlannedDivision {
    /// As the project's own trainings divide them.
    AsProject,
    /// Once, each side with its share of every label.
    Shares {
        /// Texts that decide when to stop, in per cent of all.
        dev_percent: u8,
        /// Texts that are only scored, in per cent of all.
        test_percent: u8,
    },
    /// So many times that each text is scored once.
    Folds {
        /// How many times.
        n: u8,
        /// Texts that decide when to stop, in per cent of those that are not scored.
        dev_percent: u8,
    },
}

/// What an experiment says so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The figures.
    pub comparison: Comparison,
    /// What they say, in sentences.
    pub advice: Advice,
    /// Texts in which models differ from each other or from gold, those first that tell most.
    pub differences: Vec<Difference>,
    /// How many such texts there are; [`differences`](Self::differences) has at most
    /// [`MOST_DIFFERENCES`].
    pub n_differences: u32,
    /// Which labels each base takes for which, in its runs with the first seed. Pairs of places that
    /// are the same, then of places that overlap.
    pub confusions: Vec<(BaseKey, [Confusion; 2])>,
    /// What trained bases forgot of what they knew, in their runs with the first seed.
    pub forgetting: Vec<(BaseKey, Forgetting)>,
    /// What was done against that: for each pipeline that was trained further, by name, what each
    /// remedy kept and cost beside the run without one.
    pub remedies: Vec<(String, Vec<RemedyEffect>)>,
}

/// The most texts that are shown for models to be compared in.
pub const MOST_DIFFERENCES: usize = 500;

/// A text in which models differ from each other or from gold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The text; none where it is not in the project any more.
    pub doc: Option<DocNumber>,
    /// Its words, as they were compared on.
    pub text: String,
    /// What a person marked.
    pub gold: Vec<Span>,
    /// What each model found and got wrong, those that agree too.
    pub models: Vec<ModelMistakes>,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportForm {
    /// A page in one file, with its plots.
    Html,
    /// Markdown.
    Markdown,
    /// The table as values with commas between them.
    Csv,
}
