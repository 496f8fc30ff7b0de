use std::collections::{BTreeMap, BTreeSet};

use corpus::Label;
use experiment::{BaseKey, BlindTest, Experiment, Forgetting, Queue, Record, Run, RunKey};
use project::{DocNumber, ExperimentId, RunId, TrainSettings};
use serde::{Deserialize, Serialize};

/// An experiment of a project, and how far its runs are. Its snapshot is stored apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentRecord {
    /// Its number in the project.
    pub id: ExperimentId,
    /// When it was started, in milliseconds since 1970.
    pub started_ms: u64,
    /// What is compared, on which texts.
    pub experiment: Experiment,
    /// The runs that it expands to, in their order. Their keys are hashes over all texts, which the
    /// page has no time for.
    pub plan: Vec<Run>,
    /// How each base is trained.
    pub ways: BTreeMap<BaseKey, Way>,
    /// Bases that cannot be scored here, each with the sentence why.
    pub unfit: Vec<(BaseKey, String)>,
    /// Texts without a verdict whose words learners may read, as they were at the start.
    pub raw: Vec<DocNumber>,
    /// The runs on their way.
    pub queue: Queue,
    /// The run of the project that a run of the experiment is; none before it begins.
    pub runs: BTreeMap<RunKey, RunId>,
    /// Those of them that were taken over: they stay when the experiment goes.
    pub taken: BTreeSet<RunId>,
    /// What a person said of models that they did not know.
    pub blind: Vec<BlindTest>,
}

/// How a base is trained, in the words of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// The settings of its runs, but for the seed.
    pub settings: TrainSettings,
    /// The [`architecture`](project::RunRecord::architecture) of its runs.
    pub architecture: String,
}

/// What came of a run of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What it found, and what that took.
    pub record: Record,
    /// What it still knows of what its base knew; nothing where the base knew nothing.
    pub forgetting: Vec<Forgetting>,
}

impl ExperimentRecord {
    /// The labels that are compared on.
    pub fn labels(&self) -> &[Label] {
        self.ways.values().next().map_or(&[], |it| &it.settings.labels)
    }

    /// A run of the plan.
    pub fn planned(&self, key: &RunKey) -> Option<&Run> {
        self.plan.iter().find(|it| it.key == *key)
    }

    /// The runs of a base on all training texts that have begun, in the order of the plan.
    pub fn whole_runs(&self, base: &BaseKey) -> impl Iterator<Item = RunId> {
        let whole = self.plan.iter().filter(move |it| it.base == *base && it.share == 100);
        whole.filter_map(|it| self.runs.get(&it.key).copied())
    }

    /// The runs that belong to it alone: nobody took them over.
    pub fn own_runs(&self) -> impl Iterator<Item = RunId> {
        self.runs.values().copied().filter(|it| !self.taken.contains(it))
    }
}
