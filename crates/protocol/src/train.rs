use corpus::{Label, Span};
use project::{Device, DocNumber, Evaluation, ExperimentId, ProjectId, RunId, SplitCounts, Stage};
use serde::{Deserialize, Serialize};

use crate::{Compared, ExperimentPart, ExperimentPlan, ReportForm};

/// What the page asks the trainer of Nerine's own learner for. It does one thing at a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FewRequest {
    /// Train the stored run, whose record says its settings, from the beginning. Answered by
    /// [`TrainReply::Started`], [`TrainReply::Progress`], [`TrainReply::Evaluated`] and then
    /// [`TrainReply::Done`].
    Train {
        /// The project.
        project: ProjectId,
        /// The run.
        run: RunId,
        /// The run of an experiment that it is, if it is one.
        part: Option<ExperimentPart>,
    },
    /// Begin an experiment: freeze its texts, divide them, and keep it with its runs waiting.
    /// Answered by [`TrainReply::Planned`].
    Plan {
        /// The project.
        project: ProjectId,
        /// What is compared.
        plan: Box<ExperimentPlan>,
    },
    /// Say what the runs of an experiment came to so far. Answered by [`TrainReply::Compared`].
    Compare {
        /// The project.
        project: ProjectId,
        /// The experiment.
        experiment: ExperimentId,
    },
    /// Write what an experiment came to. Answered by [`TrainReply::Report`].
    Report {
        /// The project.
        project: ProjectId,
        /// The experiment.
        experiment: ExperimentId,
        /// In which form.
        form: ReportForm,
        /// When, as the reader of the report is told.
        made: String,
    },
    /// Read some texts with the model of a run. Answered by [`TrainReply::Read`].
    Read {
        /// The project.
        project: ProjectId,
        /// The run.
        run: RunId,
        /// The texts.
        docs: Vec<DocNumber>,
    },
    /// Hold the linear member of a project, which learns from every text as soon as it is accepted,
    /// and suggests for those to come. Answered by [`TrainReply::Following`],
    /// [`TrainReply::Refreshed`] and [`TrainReply::Ranked`] again and again, until
    /// [`FewRequest::Stop`]; then by [`TrainReply::Done`]. Nobody answers where nothing can be
    /// learned yet.
    Follow {
        /// The project.
        project: ProjectId,
        /// What it learns.
        labels: Vec<Label>,
        /// A run whose model has a say beside it.
        run: Option<RunId>,
        /// Other seeds give another order.
        seed: u64,
    },
    /// A text of the project that is followed was answered, or its marks have changed. No answer.
    Changed(DocNumber),
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

/// What the page asks a trainer of spaCy's architecture for. It does one thing at a time.
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
        /// The run of an experiment that it is, if it is one.
        part: Option<ExperimentPart>,
    },
    /// Read some texts with the model of a run. Answered by [`TrainReply::Read`].
    Read {
        /// The project.
        project: ProjectId,
        /// The run.
        run: RunId,
        /// The texts.
        docs: Vec<DocNumber>,
    },
    /// End the training soon, and keep the best model. It is then answered by
    /// [`TrainReply::Done`].
    Stop,
}

/// What a trainer answers.
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
    /// It has learned from so many accepted texts.
    Following {
        /// How many.
        texts: u32,
    },
    /// The suggestions of these texts are new.
    Refreshed(Vec<DocNumber>),
    /// The order in which texts are worth being marked.
    Ranked(Vec<Queued>),
    /// The experiment is stored, its runs wait.
    Planned,
    /// What an experiment says so far.
    Compared(Box<Compared>),
    /// A report, as the text of its file.
    Report(String),
    /// What a model found in each of the texts, in their order.
    Read(Vec<Vec<Span>>),
    /// Suggestions are stored.
    Suggested {
        /// Texts that were looked at.
        docs: u32,
        /// Spans that were found.
        spans: u32,
    },
}

/// A text in the order in which texts are worth being marked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// The text.
    pub doc: DocNumber,
    /// Why it stands there.
    pub why: Why,
}

/// Why a text stands where it does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Why {
    /// The model is unsure there.
    Unsure {
        /// How many of its decisions about spans are expected to be wrong.
        spans: f32,
    },
    /// It was drawn.
    Drawn,
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
    /// What Nerine's own learner is at; none with another, which counts epochs.
    pub stage: Option<Stage>,
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
