use project::{Device, Evaluation, ProjectId, RunId, SplitCounts};
use serde::{Deserialize, Serialize};

/// What the page asks a `train_worker` for. A worker does one thing at a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum TrainRequest {
    /// Try the device out. Answered by [`TrainReply::Probed`].
    Probe,
    /// Train the stored run, whose record says its settings. Answered by [`TrainReply::Started`],
    /// [`TrainReply::Progress`], [`TrainReply::Evaluated`] and then [`TrainReply::Done`].
    Train {
        /// The project.
        project: ProjectId,
        /// The run.
        run: RunId,
        /// Whether to go on from the stored checkpoint.
        resume: bool,
        /// Why this device, for the record.
        why_device: String,
        /// The time, in milliseconds since 1970.
        now_ms: u64,
    },
    /// End the training soon, and keep the best model. It is then answered by
    /// [`TrainReply::Done`].
    Stop,
    /// Predict the texts that are to do, and keep what is found as suggestions. Answered by
    /// [`TrainReply::Suggesting`] and then [`TrainReply::Suggested`].
    Suggest {
        /// The project.
        project: ProjectId,
        /// The run whose model predicts.
        run: RunId,
    },
}

/// What a `train_worker` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum TrainReply {
    /// What the device is worth.
    Probed(Probe),
    /// Training has begun.
    Started {
        /// Texts on each side.
        split: SplitCounts,
        /// Marks that cannot be learned, since they do not fall on tokens or overlap another.
        unlearnable: u32,
    },
    /// How far it is, at most four times a second.
    Progress(TrainProgress),
    /// It looked at the dev set.
    Evaluated(Evaluation),
    /// Training has ended, record and weights are stored.
    Done,
    /// It cannot be done. The sentence is for people.
    Failed {
        /// What happened, then what to do.
        why: String,
    },
    /// The device gave up; the last checkpoint is stored.
    DeviceLost {
        /// What the device said.
        why: String,
    },
    /// What was made could not be stored; the run can go on from its last checkpoint.
    NotStored {
        /// What happened, then what to do.
        why: String,
    },
    /// How many texts have suggestions, at most four times a second.
    Suggesting {
        /// Texts done.
        done: u32,
        /// Texts to do.
        total: u32,
    },
    /// Suggestions are stored.
    Suggested {
        /// Texts that were looked at.
        docs: u32,
        /// Spans that were found.
        spans: u32,
    },
}

/// What a device is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Which.
    pub device: Device,
    /// Its name, as far as the browser tells.
    pub name: String,
    /// Whether it computes what the processor computes.
    pub sound: bool,
    /// Why it should not be used, when it should not.
    pub why_not: Option<String>,
    /// Losses of a few steps on a fixed tiny task, on this device.
    pub losses: Vec<f32>,
    /// The same on the processor.
    pub cpu_losses: Vec<f32>,
    /// Words in a second on a task of ordinary size.
    pub words_per_sec: f32,
}

/// How far training is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainProgress {
    /// The epoch that runs, from 1.
    pub epoch: u32,
    /// All epochs, if nothing ends it sooner.
    pub epochs: u32,
    /// Share of all steps done, 0 to 1.
    pub done: f32,
    /// Mean loss per word lately.
    pub loss: f32,
    /// Words in a second lately.
    pub words_per_sec: f32,
    /// Seconds left, if nothing ends it sooner.
    pub secs_left: f32,
}
