use corpus::Label;
use scorer::{Mistake, Scores};
use serde::{Deserialize, Serialize};

use crate::DocNumber;

/// One training run. Numbers start at 1 in each project and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub u32);

/// One experiment: many bases trained on the same texts. Numbers start at 1 in each project and are
/// never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExperimentId(pub u32);

/// What a person asks training to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceChoice {
    /// Whatever is faster here.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The graphics card, by WebGPU.
    Gpu,
}

/// What training runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Device {
    /// The processor.
    Cpu,
    /// The graphics card, by WebGPU.
    Gpu,
}

/// What a person sets before training. Whatever else a learner has is in its architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainSettings {
    /// What the model starts from, such as `blank:en`.
    pub base: String,
    /// What it learns; marks of other labels are not looked at.
    pub labels: Vec<Label>,
    /// What it runs on.
    pub device: DeviceChoice,
    /// How often it sees every text, at most.
    pub epochs: u32,
    /// Texts that are learned from at a time, with an architecture that counts them.
    pub batch_docs: u32,
    /// Step size of the optimiser.
    pub learning_rate: f32,
    /// Share of activations that are silenced while training, 0 to 0.9.
    pub dropout: f32,
    /// Stop after this many evaluations on dev without a better F1.
    pub patience: u32,
    /// What every random draw starts from.
    pub seed: u64,
    /// Stop after this many seconds; none for no limit.
    pub max_seconds: Option<u32>,
}

impl TrainSettings {
    /// The settings that a person finds when they come to the screen first.
    pub fn new(base: &str, labels: Vec<Label>) -> Self {
        Self {
            base: base.to_owned(),
            labels,
            device: DeviceChoice::Auto,
            epochs: 30,
            batch_docs: 4,
            learning_rate: 0.001,
            dropout: 0.2,
            patience: 6,
            seed: 1,
            max_seconds: None,
        }
    }

    /// The same for spaCy's architecture, which learns from so many words at a time, not texts,
    /// and looks at the dev set every 200 steps: `patience` counts such looks.
    pub fn spacy(base: &str, labels: Vec<Label>) -> Self {
        Self { epochs: 100, dropout: 0.1, patience: 8, ..Self::new(base, labels) }
    }
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunState {
    /// Still training, or the tab was closed while it did.
    Training,
    /// Ended, its best model kept. The sentence says why it ended.
    Done {
        /// Why training stopped, for people.
        why: String,
    },
    /// Ended without a model.
    Failed {
        /// Why, for people.
        why: String,
    },
}

/// One training run and what came of it; its weights are stored apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its number in the project.
    pub id: RunId,
    /// What its owner calls it.
    pub name: String,
    /// When it was started, in milliseconds since 1970.
    pub started_ms: u64,
    /// What was asked for.
    pub settings: TrainSettings,
    /// How far it is.
    pub state: RunState,
    /// What it ran on, and why that.
    pub device: Option<(Device, String)>,
    /// How many texts were on each side.
    pub split: SplitCounts,
    /// One for every look at the dev set.
    pub curve: Vec<Evaluation>,
    /// The best of [`RunRecord::curve`] by dev F1: its position.
    pub best: Option<u32>,
    /// Scores on the dev texts, of the best epoch.
    pub dev: Option<Scores>,
    /// Scores on the test texts, which decided nothing. None when there are none.
    pub test: Option<Scores>,
    /// The errors on dev and test texts, of the best epoch.
    pub mistakes: Vec<TextMistakes>,
    /// How long it took, in seconds.
    pub secs: f32,
    /// Words that were learned from in a second, over the whole run.
    pub words_per_sec: f32,
    /// Bytes of the stored weights; 0 while there are none.
    pub weights_bytes: u64,
    /// Name and version of the architecture that the weights are for.
    pub architecture: String,
    /// The experiment that it is a part of; none where it stands for itself.
    pub experiment: Option<ExperimentId>,
}

impl RunRecord {
    /// A run that begins, of which nothing is known but what was asked for.
    pub fn new(id: RunId, name: String, started_ms: u64, settings: TrainSettings) -> Self {
        Self {
            id,
            name,
            started_ms,
            settings,
            state: RunState::Training,
            device: None,
            split: SplitCounts::default(),
            curve: Vec::new(),
            best: None,
            dev: None,
            test: None,
            mistakes: Vec::new(),
            secs: 0.0,
            words_per_sec: 0.0,
            weights_bytes: 0,
            architecture: String::new(),
            experiment: None,
        }
    }

    /// The [`architecture`](RunRecord::architecture) of a pipeline that is used as it came.
    pub const AS_IT_CAME: &'static str = "spacy-pipeline";

    /// The [`architecture`](RunRecord::architecture) of a run that trains Nerine's own learner. Its
    /// weights are bytes that the learner packed.
    pub const NERINE: &'static str = "nerine 1";

    /// The [`architecture`](RunRecord::architecture) of a run that trains spaCy's own: its model
    /// holds what was trained of the base, and both together are a pipeline.
    pub const SPACY_NER: &'static str = "spacy-ner 1";

    /// The same, where only tokens and word vectors of the base are kept.
    pub const SPACY_NER_FROM_TOKENS: &'static str = "spacy-ner 1 from tokens";

    /// The same, where the base's tok2vec stays as it is.
    pub const SPACY_NER_FROZEN: &'static str = "spacy-ner 1 frozen tok2vec";

    /// The same, where the base also learns what it finds itself in the texts, so that it forgets
    /// less of what it knew.
    pub const SPACY_NER_REPLAY: &'static str = "spacy-ner 1 replay";

    /// The same, where an `ner` of its own is trained beside those that the base has, which stay as
    /// they are.
    pub const SPACY_NER_BESIDE: &'static str = "spacy-ner 1 beside";

    /// The same, where the base's scores in the texts are held to what they were, so that it forgets
    /// less of what it knew.
    pub const SPACY_NER_REHEARSAL: &'static str = "spacy-ner 1 rehearsal";

    /// Why a run that is [`AS_IT_CAME`](Self::AS_IT_CAME) is done.
    pub const NOTHING_TRAINED: &'static str = "Used as it came: nothing was trained.";

    /// Whether this is a pipeline that is used as it came: nothing was trained, and there are no
    /// weights beside those of the base.
    pub fn is_as_it_came(&self) -> bool {
        self.architecture == Self::AS_IT_CAME
    }

    /// Whether this trains, or has trained, Nerine's own learner.
    pub fn is_nerine(&self) -> bool {
        self.architecture == Self::NERINE
    }

    /// Whether this trains, or has trained, spaCy's own architecture.
    pub fn is_spacy_ner(&self) -> bool {
        let all = [
            Self::SPACY_NER,
            Self::SPACY_NER_FROM_TOKENS,
            Self::SPACY_NER_FROZEN,
            Self::SPACY_NER_REPLAY,
            Self::SPACY_NER_REHEARSAL,
            Self::SPACY_NER_BESIDE,
        ];
        all.contains(&self.architecture.as_str())
    }

    /// Whether its base's tok2vec stays as it is.
    pub fn freezes_tok2vec(&self) -> bool {
        self.architecture == Self::SPACY_NER_FROZEN
    }

    /// Whether its base also learns what it finds itself.
    pub fn replays(&self) -> bool {
        self.architecture == Self::SPACY_NER_REPLAY
    }

    /// Whether what it trains stands beside all that its base has.
    pub fn is_beside(&self) -> bool {
        self.architecture == Self::SPACY_NER_BESIDE
    }

    /// Whether its base's scores are held to what they were.
    pub fn rehearses(&self) -> bool {
        self.architecture == Self::SPACY_NER_REHEARSAL
    }

    /// Whether this trains spaCy's own architecture and keeps only the tokens of its base.
    pub fn keeps_tokens_only(&self) -> bool {
        self.architecture == Self::SPACY_NER_FROM_TOKENS
    }

    /// Whether its model is a spaCy pipeline, trained here or not. Such a model knows no
    /// probabilities.
    pub fn is_spacy(&self) -> bool {
        self.is_as_it_came() || self.is_spacy_ner()
    }
}

/// A part of a training of Nerine's own learner. Each comes once, in this order; some are left out
/// where they would not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Reading how words are used in all texts, marked or not.
    Words,
    /// Learning from parts of the marked texts and judging the others, to choose what suits them.
    Check,
    /// Learning the linear member.
    Linear,
    /// Learning the members that look at the texts in another way.
    Teachers,
    /// Members learn what those before them hold probable.
    FirstRound,
    /// Once more.
    SecondRound,
    /// Packing the model.
    Packing,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Stage; 7] = [
        Stage::Words,
        Stage::Check,
        Stage::Linear,
        Stage::Teachers,
        Stage::FirstRound,
        Stage::SecondRound,
        Stage::Packing,
    ];

    /// The [`Evaluation::epoch`] of the look at its end, where it makes a model: from 1.
    pub fn look(self) -> Option<u32> {
        match self {
            Stage::Words | Stage::Check | Stage::Packing => None,
            Stage::Linear | Stage::Teachers | Stage::FirstRound | Stage::SecondRound => {
                Some(self as u32 - Stage::Linear as u32 + 1)
            }
        }
    }
}

/// How many accepted texts are on each side of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitCounts {
    /// Texts that are learned from.
    pub train: u32,
    /// Texts that decide when to stop.
    pub dev: u32,
    /// Texts that are only scored.
    pub test: u32,
}

/// One look at how training goes. Nerine's own learner has one behind each [`Stage`] that makes a
/// model, and no losses that could be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Epochs done, or the number of the [`Stage`].
    pub epoch: u32,
    /// Mean loss per word since the last look; 0 with Nerine's own learner.
    pub train_loss: f32,
    /// Mean loss per word on the dev texts; none without dev texts.
    pub dev_loss: Option<f32>,
    /// F1 on the dev texts, 0 to 1; none without dev texts.
    pub dev_f1: Option<f32>,
    /// Seconds since the start.
    pub secs: f32,
    /// Words learned from in a second since the last look.
    pub words_per_sec: f32,
}

/// The errors of a run in one text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextMistakes {
    /// The text.
    pub doc: DocNumber,
    /// Whether the text is of the test set (else of dev).
    pub is_test: bool,
    /// The errors in it, in order.
    pub mistakes: Vec<Mistake>,
}
