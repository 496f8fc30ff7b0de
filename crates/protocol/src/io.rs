use corpus::Label;
use project::{BaseRecord, DocNumber, ExperimentId, ProjectId, RunId};
use serde::{Deserialize, Serialize};

use crate::alignment::{Alignment, MarkFix};

/// What the page asks `io_worker` for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum IoRequest {
    /// Read the attached files without storing anything. Answered by [`IoReply::Progress`] and
    /// then [`IoReply::Previewed`].
    Preview {
        /// The attached files, in order.
        files: Vec<FileInfo>,
        /// How to read them; what is not said is detected.
        options: ReadOptions,
        /// The project the texts would go to, to find texts that it has already.
        project: Option<ProjectId>,
    },
    /// Read the attached files into a project, all or nothing. Answered by [`IoReply::Progress`]
    /// and then [`IoReply::Imported`].
    Import {
        /// The attached files, in order.
        files: Vec<FileInfo>,
        /// How to read them, as the preview reported it.
        options: ReadOptions,
        /// Where the texts go.
        target: ImportTarget,
        /// The time, in milliseconds since 1970.
        now_ms: u64,
    },
    /// Give up the preview, import, export, report, search, pipeline or run of this number. That
    /// one is then answered by [`IoReply::Cancelled`].
    Cancel(super::CallId),
    /// Make the tokens of these texts, and keep them. Answered by [`IoReply::Tokens`].
    Tokens {
        /// Their project.
        project: ProjectId,
        /// The base whose tokens are wanted, such as `blank:en`.
        base: String,
        /// The texts.
        docs: Vec<DocNumber>,
    },
    /// Hold all marks of a project against the tokens of some bases. Answered by
    /// [`IoReply::Progress`] and then [`IoReply::Aligned`].
    Align {
        /// The project.
        project: ProjectId,
        /// The names of the bases, each once.
        bases: Vec<String>,
    },
    /// Say what corrects marks that do not fit a base, from the last report. Nothing is changed.
    /// Answered by [`IoReply::Fixes`].
    Fixes {
        /// The number of the report.
        report: u32,
        /// The place of the base in it.
        base: u32,
        /// The number of the row of which all marks are wanted; none for all marks.
        row: Option<u32>,
    },
    /// Find the texts that hold these words, whatever their case. Answered by [`IoReply::Found`].
    Search {
        /// Their project.
        project: ProjectId,
        /// The words, as one string.
        query: String,
    },
    /// Count what a file would not hold. Answered by [`IoReply::Losses`].
    Losses {
        /// What is to be written.
        project: ProjectId,
        /// How.
        options: ExportOptions,
    },
    /// Write files. Answered by [`IoReply::Progress`] and then [`IoReply::Exported`] with the
    /// files attached.
    Export {
        /// What is to be written.
        project: ProjectId,
        /// How.
        options: ExportOptions,
        /// The time, in milliseconds since 1970.
        now_ms: u64,
    },
    /// Open the attached spaCy pipeline, an archive or the files of a folder, and keep it as a
    /// base. Answered by [`IoReply::Progress`] and then [`IoReply::BaseAdded`].
    AddBase {
        /// The attached files, in order.
        files: Vec<FileInfo>,
        /// The time, in milliseconds since 1970.
        now_ms: u64,
    },
    /// Write a pipeline as one file. Answered by [`IoReply::Progress`] and then
    /// [`IoReply::Packed`] with the file attached.
    Pack {
        /// Which.
        pipeline: PipelineOf,
        /// What kind of file.
        form: PipelineFile,
    },
    /// Write an experiment as a project in which spaCy trains the same bases on the same texts, as
    /// one file. Answered by [`IoReply::Progress`] and then [`IoReply::Packed`] with the file
    /// attached.
    PackExperiment {
        /// The project.
        project: ProjectId,
        /// Which.
        experiment: ExperimentId,
    },
    /// Read a spaCy training configuration. Answered by [`IoReply::Config`].
    ReadConfig {
        /// What its file holds.
        text: String,
    },
    /// Run the pipeline of a run, as it came or as it was trained, and keep what it finds in the
    /// texts that are to do as suggestions. Answered by [`IoReply::Progress`] and then
    /// [`IoReply::Suggested`].
    RunPipeline {
        /// The project.
        project: ProjectId,
        /// The run.
        run: RunId,
        /// Whether it is scored, too, on the accepted texts of dev and test set.
        is_scored: bool,
    },
    /// Read back everything that is stored and hold it together. Answered by
    /// [`IoReply::Progress`] and then [`IoReply::Checked`].
    Check {
        /// The time, in milliseconds since 1970.
        now_ms: u64,
    },
    /// Copy a project with everything in it. Answered by [`IoReply::Imported`].
    Duplicate {
        /// The project.
        project: ProjectId,
        /// The copy's key.
        copy: ProjectId,
        /// The copy's name.
        name: String,
        /// The time, in milliseconds since 1970.
        now_ms: u64,
    },
}

/// What `io_worker` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum IoReply {
    /// How far it is, at most ten times a second.
    Progress {
        /// Bytes read, or texts written.
        done: u64,
        /// All of them.
        total: u64,
        /// Texts so far.
        docs: u32,
    },
    /// What the files hold.
    Previewed(Box<Preview>),
    /// The texts are in.
    Imported {
        /// The project they are in.
        project: ProjectId,
        /// How many.
        docs: u32,
        /// What could not be read, or was changed.
        warnings: Warnings,
    },
    /// Tokens as `start..end` in bytes, for each text that was asked for.
    Tokens(Vec<(DocNumber, Vec<(u32, u32)>)>),
    /// Which marks fall on tokens.
    Aligned(Box<Alignment>),
    /// What corrects marks, in the order of the texts.
    Fixes(Vec<MarkFix>),
    /// The texts that were found, in order.
    Found(Vec<DocNumber>),
    /// What a file would not hold.
    Losses(Box<LossReport>),
    /// The files are attached, in order.
    Exported {
        /// Their names and sizes.
        files: Vec<FileInfo>,
        /// What they do not hold.
        losses: Box<LossReport>,
    },
    /// The pipeline is kept as a base.
    BaseAdded {
        /// What it is.
        base: Box<BaseRecord>,
        /// Whether it was not there before.
        is_new: bool,
    },
    /// The file is attached.
    Packed(FileInfo),
    /// What a run takes over from a configuration.
    Config(Box<ConfigSettings>),
    /// A pipeline's suggestions are stored, and its scores.
    Suggested {
        /// Texts that were looked at for suggestions.
        docs: u32,
        /// Spans that were found in them.
        spans: u32,
        /// What else a person should know, in sentences with a blank before each.
        said: String,
    },
    /// Everything was read back.
    Checked(StorageCheck),
    /// Given up, as asked: nothing of it is stored.
    Cancelled,
    /// It could not be done, and nothing of it is stored. The sentence is for people.
    Failed {
        /// What happened, then what to do.
        why: String,
    },
}

/// What a run takes over from a spaCy training configuration. What is `None` it does not say, or
/// says what a run cannot have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfigSettings {
    /// How often every text is seen, at most.
    pub epochs: Option<u32>,
    /// Step size of the optimiser.
    pub learning_rate: Option<f32>,
    /// Share of activations that are silenced while training, 0 to 0.9.
    pub dropout: Option<f32>,
    /// Stop after this many evaluations on dev without a better F1.
    pub patience: Option<u32>,
    /// What every random draw starts from.
    pub seed: Option<u64>,
    /// Each setting that is not taken over, with the reason.
    pub not_taken: Vec<String>,
}

/// A pipeline that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PipelineOf {
    /// One that a person brought, by its name among the bases.
    Base(String),
    /// One that a run trained.
    Run(ProjectId, RunId),
}

/// What a pipeline is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PipelineFile {
    /// Its folder in a zip: unpacked, it is what `spacy.load` opens.
    Zip,
    /// A wheel, which pip installs.
    Wheel,
    /// The numbers that were trained, and no more: one `.safetensors` file.
    Safetensors,
}

/// A file as the page names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its name, with folders when a folder was dropped.
    pub name: String,
    /// Its size in bytes; 0 where only writing it tells.
    pub bytes: u64,
}

/// What reading back all that is stored has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageCheck {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// How many projects were read.
    pub projects: u32,
    /// How many texts they have.
    pub texts: u32,
    /// What is damaged, a sentence each, at most a hundred.
    pub damage: Vec<String>,
}

/// Where imported texts go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportTarget {
    /// A project that is made for them. A project file brings its own name, labels and rules.
    New {
        /// Its key.
        id: ProjectId,
        /// Its name, unless the file brings one.
        name: String,
    },
    /// A project that exists.
    Existing(ProjectId),
}

/// How files are read. What is `None` is detected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The format.
    pub format: Option<ReadFormat>,
    /// For plain text: what a document is.
    pub layout: Option<TextLayout>,
    /// For tables: the columns that make the text, joined by a line break.
    pub text_columns: Option<Vec<u32>>,
    /// For tables: the column that names the text.
    pub id_column: Option<u32>,
    /// Whether texts that come with marks and without a verdict count as accepted.
    pub accept_marked: bool,
}

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReadFormat {
    /// Plain text.
    Text,
    /// One JSON object a line, with `text` and perhaps Prodigy's fields.
    Jsonl,
    /// Comma-separated values with a head line.
    Csv,
    /// Tab-separated values with a head line.
    Tsv,
    /// One token a line, its tag last.
    Conll,
    /// spaCy's `DocBin`.
    Spacy,
    /// Nerine's portable file.
    Nerine,
}

/// What a document is in a plain text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextLayout {
    /// The whole file.
    File,
    /// Every line that is not blank.
    Line,
}

/// What files hold, before anything is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// How the files were read: everything that was detected is filled in.
    pub options: ReadOptions,
    /// The format's name, for people.
    pub format: String,
    /// The columns of a table.
    pub columns: Vec<Column>,
    /// The first texts.
    pub rows: Vec<PreviewRow>,
    /// Texts that would come in.
    pub docs: u32,
    /// Marks that would come in.
    pub marks: u32,
    /// Texts that come with marks and without a verdict: those that
    /// [`ReadOptions::accept_marked`] is about.
    pub unanswered: u32,
    /// Labels that the project does not have yet.
    pub new_labels: Vec<Label>,
    /// The name a project file brings.
    pub project_name: Option<String>,
    /// What cannot be read, or would be changed.
    pub warnings: Warnings,
    /// How long reading took.
    pub secs: f32,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its head.
    pub name: String,
    /// What its first row holds, at most 80 characters.
    pub sample: String,
}

/// One text of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The line it begins at, from 1; the file's position for formats without lines.
    pub line: u64,
    /// Its first words.
    pub title: String,
    /// How many marks it brings.
    pub marks: u32,
}

/// What could not be read, or was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warnings {
    /// The first of them, at most a thousand, in the order of the files.
    pub list: Vec<Warning>,
    /// How many there are in all.
    pub total: u32,
    /// How many of all are [`Severity::Lost`].
    pub lost: u32,
}

/// One thing to know about an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// The line, from 1, where the format has lines.
    pub line: Option<u64>,
    /// What is wrong, as a sentence.
    pub reason: String,
    /// What becomes of it, or what to do, as a sentence.
    pub remedy: String,
}

/// How bad a warning is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Something does not come in.
    Lost,
    /// Something comes in changed.
    Changed,
    /// Something odd comes in as it is.
    Kept,
    /// Good to know.
    Note,
}

/// How a project is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportOptions {
    /// The format.
    pub format: ExportFormat,
    /// Which texts.
    pub which: Which,
    /// The base whose tokens are written, for formats of tokens.
    pub base: String,
    /// For the portable file: whether the undo history goes with it.
    pub history: bool,
}

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ExportFormat {
    /// Nerine's portable file: everything.
    Nerine,
    /// Prodigy's JSON, one text a line.
    Prodigy,
    /// spaCy's `DocBin`.
    Spacy,
    /// One token a line, tags B-, I-, O.
    ConllIob2,
    /// One token a line, tags B-, I-, L-, U-, O.
    ConllBiluo,
}

/// Which texts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// Accepted ones.
    Accepted,
    /// All with a verdict.
    Answered,
    /// All.
    All,
}

/// What a file would not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossReport {
    /// What was asked about.
    pub options: ExportOptions,
    /// Files and their sizes as they would be; sizes are 0 until they are written.
    pub files: Vec<FileInfo>,
    /// One for each kind of thing, even when nothing is lost.
    pub rows: Vec<LossRow>,
    /// The losses of every format, in the order of [`ExportFormat`], for the list beside.
    pub verdicts: Vec<(ExportFormat, u32)>,
    /// A text as it is here and as it would be in the file.
    pub passage: Option<Passage>,
}

/// What becomes of one kind of thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossRow {
    /// The thing: “Marks”, “Overlapping marks”.
    pub what: String,
    /// How many there are.
    pub count: u32,
    /// How it fares.
    pub verdict: Verdict,
    /// What becomes of it: “kept”, “44 changed, 3 left out”.
    pub outcome: String,
    /// Why, as a sentence.
    pub why: String,
}

/// How a kind of thing fares in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// As it is.
    Kept,
    /// Changed, or part of it left out.
    Changed,
    /// Left out.
    LeftOut,
}

/// A text as it is here and as it is in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The text's number.
    pub doc: DocNumber,
    /// Its name.
    pub id: String,
    /// The first part of the file about this text, at most 4 000 bytes.
    pub file_text: String,
}
