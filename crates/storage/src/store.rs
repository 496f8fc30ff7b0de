use annotate::{Entry, Renaming};
use corpus::{Doc, LabelDef};
use experiment::Snapshot;
use project::{
    AnnotationRecord, BaseRecord, Counts, DocNumber, ExperimentId, Head, ProjectId, ProjectRecord,
    RunId, RunRecord, SuggestionRecord, TextRecord, TokensRecord,
};

use crate::{ExperimentRecord, Outcome, StoreError};

/// Where projects are kept.
///
/// Every call is one transaction: it happens as a whole or not at all, and when it returns `Ok`
/// the change is on disk.
#[expect(async_fn_in_trait, reason = "stores live on one thread, their futures need not be Send")]
pub trait Store {
    /// All projects, those in the trash too, in the order of their keys.
    async fn projects(&self) -> Result<Vec<ProjectRecord>, StoreError>;
    /// A project.
    async fn project(&self, id: &ProjectId) -> Result<ProjectRecord, StoreError>;
    /// Makes a project. Its key must be new.
    async fn create_project(&self, record: &ProjectRecord) -> Result<(), StoreError>;
    /// Reads a project, changes it, writes it, and gives back what was written.
    async fn update_project(
        &self,
        id: &ProjectId,
        change: impl FnOnce(&mut ProjectRecord) + 'static,
    ) -> Result<ProjectRecord, StoreError>;
    /// Deletes a project with everything in it.
    async fn delete_project(&self, id: &ProjectId) -> Result<(), StoreError>;

    /// Writes a batch of texts with what was decided about them, from number `first` on. Nobody
    /// sees them until [`Store::adopt`]; a batch that never was is overwritten by the next import.
    /// The project must exist, and `first` be no number of an adopted text.
    async fn stage(
        &self,
        project: &ProjectId,
        first: DocNumber,
        docs: &[Doc],
    ) -> Result<(), StoreError>;
    /// Makes staged texts part of the project: those from its first free number on, one for each
    /// head.
    async fn adopt(&self, project: &ProjectId, new: NewTexts) -> Result<ProjectRecord, StoreError>;
    /// Forgets staged texts that were never adopted.
    async fn discard_staged(&self, project: &ProjectId) -> Result<(), StoreError>;

    /// The heads of all texts, in order.
    async fn heads(&self, project: &ProjectId) -> Result<Vec<Head>, StoreError>;
    /// A text.
    async fn text(&self, project: &ProjectId, doc: DocNumber) -> Result<TextRecord, StoreError>;
    /// The texts from number `first` on, at most `n`.
    async fn texts(
        &self,
        project: &ProjectId,
        first: DocNumber,
        n: u32,
    ) -> Result<Vec<TextRecord>, StoreError>;
    /// What was decided about a text.
    async fn annotation(
        &self,
        project: &ProjectId,
        doc: DocNumber,
    ) -> Result<AnnotationRecord, StoreError>;
    /// What was decided about the texts from number `first` on, at most `n`.
    async fn annotations(
        &self,
        project: &ProjectId,
        first: DocNumber,
        n: u32,
    ) -> Result<Vec<AnnotationRecord>, StoreError>;
    /// Makes the entry's change to its text, whose record must still have revision `revision`,
    /// and writes the entry into the journal, where its number must be new.
    async fn commit(
        &self,
        project: &ProjectId,
        entry: &Entry,
        revision: u32,
    ) -> Result<Committed, StoreError>;
    /// The journal, in order.
    async fn journal(&self, project: &ProjectId) -> Result<Vec<Entry>, StoreError>;
    /// Gives a label of the project another name, in everything but the runs and their models. The
    /// name must be new in the project.
    async fn rename_label(
        &self,
        project: &ProjectId,
        renaming: &Renaming,
        now_ms: u64,
    ) -> Result<ProjectRecord, StoreError>;
    /// Replaces the journal: for a project that was just read from a file.
    async fn put_journal(&self, project: &ProjectId, entries: &[Entry]) -> Result<(), StoreError>;

    /// The tokens of these texts under a base; none for those that nobody made yet.
    async fn tokens(
        &self,
        project: &ProjectId,
        base: &str,
        docs: &[DocNumber],
    ) -> Result<Vec<Option<TokensRecord>>, StoreError>;
    /// Keeps tokens under a base.
    async fn put_tokens(
        &self,
        project: &ProjectId,
        base: &str,
        tokens: &[(DocNumber, TokensRecord)],
    ) -> Result<(), StoreError>;

    /// The suggestions for the `n` texts from number `first` on, with the texts' numbers. Texts
    /// without a record are left out.
    async fn suggestions(
        &self,
        project: &ProjectId,
        first: DocNumber,
        n: u32,
    ) -> Result<Vec<(DocNumber, SuggestionRecord)>, StoreError>;
    /// Keeps suggestions, in place of those that these texts had.
    async fn put_suggestions(
        &self,
        project: &ProjectId,
        suggestions: &[(DocNumber, SuggestionRecord)],
    ) -> Result<(), StoreError>;
    /// Forgets all suggestions.
    async fn clear_suggestions(&self, project: &ProjectId) -> Result<(), StoreError>;

    /// All runs, in order.
    async fn runs(&self, project: &ProjectId) -> Result<Vec<RunRecord>, StoreError>;
    /// A run.
    async fn run(&self, project: &ProjectId, run: RunId) -> Result<RunRecord, StoreError>;
    /// Keeps a run, in place of the one of the same number.
    async fn put_run(&self, project: &ProjectId, run: &RunRecord) -> Result<(), StoreError>;
    /// Deletes a run with its weights, its checkpoint and what came of it in an experiment.
    async fn delete_run(&self, project: &ProjectId, run: RunId) -> Result<(), StoreError>;
    /// The weights of a run, as its learner packed them; none while it has none.
    async fn weights(&self, project: &ProjectId, run: RunId)
    -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps the weights of a run.
    async fn put_weights(
        &self,
        project: &ProjectId,
        run: RunId,
        weights: &[u8],
    ) -> Result<(), StoreError>;
    /// The bytes that a run goes on from after an accident; none when it was not begun.
    async fn checkpoint(
        &self,
        project: &ProjectId,
        run: RunId,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps the bytes that a run goes on from after an accident; none forgets them.
    async fn put_checkpoint(
        &self,
        project: &ProjectId,
        run: RunId,
        bytes: Option<&[u8]>,
    ) -> Result<(), StoreError>;

    /// All experiments, in order.
    async fn experiments(&self, project: &ProjectId) -> Result<Vec<ExperimentRecord>, StoreError>;
    /// An experiment.
    async fn experiment(
        &self,
        project: &ProjectId,
        id: ExperimentId,
    ) -> Result<ExperimentRecord, StoreError>;
    /// Keeps an experiment, in place of the one of the same number. A new one comes with the texts
    /// that it is of; those of one that is there stay.
    async fn put_experiment(
        &self,
        project: &ProjectId,
        experiment: &ExperimentRecord,
        snapshot: Option<&Snapshot>,
    ) -> Result<(), StoreError>;
    /// Deletes an experiment, with the runs that nobody took over.
    async fn delete_experiment(
        &self,
        project: &ProjectId,
        id: ExperimentId,
    ) -> Result<(), StoreError>;
    /// The texts that an experiment is of, as they were when it began.
    async fn snapshot(&self, project: &ProjectId, id: ExperimentId)
    -> Result<Snapshot, StoreError>;
    /// What came of a run of an experiment; none while it is not done.
    async fn outcome(&self, project: &ProjectId, run: RunId)
    -> Result<Option<Outcome>, StoreError>;
    /// Keeps what came of a run of an experiment.
    async fn put_outcome(
        &self,
        project: &ProjectId,
        run: RunId,
        outcome: &Outcome,
    ) -> Result<(), StoreError>;

    /// The pipelines that a person brought, in the order of their names.
    async fn bases(&self) -> Result<Vec<BaseRecord>, StoreError>;
    /// A pipeline that a person brought.
    async fn base(&self, name: &str) -> Result<BaseRecord, StoreError>;
    /// Keeps a part of a pipeline of this name, which must be new. Nobody sees it until
    /// [`Store::adopt_base`]; part 0 forgets what was left of an attempt before.
    async fn stage_base(&self, name: &str, number: u32, part: &[u8]) -> Result<(), StoreError>;
    /// Makes a staged pipeline one that is there. Its name must be new, its parts must be staged.
    async fn adopt_base(&self, record: &BaseRecord) -> Result<(), StoreError>;
    /// A part of a pipeline that is there.
    async fn base_part(&self, name: &str, number: u32) -> Result<Vec<u8>, StoreError>;
    /// Deletes a pipeline, be it only staged, and the tokens that it made.
    async fn delete_base(&self, name: &str) -> Result<(), StoreError>;

    /// A setting of this browser, as its owner encoded it.
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps a setting of this browser.
    async fn put_setting(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Copies a project with everything in it. The copy's key must be new; its counts are those
    /// of the project.
    async fn copy_project(
        &self,
        project: &ProjectId,
        copy: &ProjectRecord,
    ) -> Result<(), StoreError>;
}

/// Staged texts that become part of a project.
#[derive(Clone, Debug, Default)]
pub struct NewTexts {
    /// Their heads, in order, from the project's first free number on.
    pub heads: Vec<Head>,
    /// What they add to the project's counts; `docs` is the number of heads.
    pub counts: Counts,
    /// Labels that come with them.
    pub labels: Vec<LabelDef>,
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
}

/// An edit is on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// The text's record as it is now.
    pub record: AnnotationRecord,
    /// The project's counts as they are now.
    pub counts: Counts,
}
