use std::ops::Range;

use project::ProjectId;

use crate::StoreError;

/// A kind of record. Each is an object store of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    /// `[project]`: what is known about it.
    Projects,
    /// `[project, text]`: texts.
    Docs,
    /// `[project, first text]`: blocks of heads.
    Heads,
    /// `[project, text]`: what was decided.
    Annotations,
    /// `[project, seq]`: edits.
    Journal,
    /// `[project, base, text]`: tokens.
    Tokens,
    /// `[project, text]`: what a model proposes.
    Suggestions,
    /// `[project, run]`: runs.
    Runs,
    /// `[project, run]`: their weights.
    Weights,
    /// `[project, run]`: what they go on from.
    Checkpoints,
    /// `[project, experiment]`: experiments.
    Experiments,
    /// `[project, experiment]`: the texts that they are of.
    Snapshots,
    /// `[project, run]`: what came of their runs.
    Outcomes,
    /// `[name]`: settings of this browser.
    Settings,
    /// `[name]`: pipelines that a person brought.
    Bases,
    /// `[name, number]`: their parts.
    BaseParts,
}

impl Table {
    /// The tables whose keys begin with a project.
    pub(crate) const OF_PROJECTS: [Table; 13] = [
        Table::Projects,
        Table::Docs,
        Table::Heads,
        Table::Annotations,
        Table::Journal,
        Table::Tokens,
        Table::Suggestions,
        Table::Runs,
        Table::Weights,
        Table::Checkpoints,
        Table::Experiments,
        Table::Snapshots,
        Table::Outcomes,
    ];

    /// What the object store is called.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Table::Projects => "projects",
            Table::Docs => "docs",
            Table::Heads => "heads",
            Table::Annotations => "annotations",
            Table::Journal => "journal",
            Table::Tokens => "tokens",
            Table::Suggestions => "suggestions",
            Table::Runs => "runs",
            Table::Weights => "weights",
            Table::Checkpoints => "checkpoints",
            Table::Experiments => "experiments",
            Table::Snapshots => "snapshots",
            Table::Outcomes => "outcomes",
            Table::Settings => "settings",
            Table::Bases => "bases",
            Table::BaseParts => "base-parts",
        }
    }
}

/// A part of a key. As in the browser, numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A number, at most 2⁵³.
    Number(u64),
    /// A word.
    Word(String),
}

/// Where a record lies in its table: an array of its parts.
pub(crate) type Key = Vec<Part>;

/// The key `[project]`, or the beginning of all keys of a project.
pub(crate) fn key(project: &ProjectId) -> Key {
    vec![Part::Word(project.0.clone())]
}

/// The key `[project, number]`.
pub(crate) fn numbered(project: &ProjectId, number: impl Into<u64>) -> Key {
    vec![Part::Word(project.0.clone()), Part::Number(number.into())]
}

/// The key `[name]`.
pub(crate) fn named(name: &str) -> Key {
    vec![Part::Word(name.to_owned())]
}

/// Some keys of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Those that begin like this; all when it is empty.
    Under(Key),
    /// Those that are this and a number of the range.
    Numbers(Key, Range<u64>),
}

impl Keys {
    /// The numbers of a project that are in a range.
    pub(crate) fn numbers(project: &ProjectId, range: Range<u64>) -> Self {
        Keys::Numbers(key(project), range)
    }
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only to look.
    Read,
    /// To write what can be made again: it is done when the system has it.
    Relaxed,
    /// To write what a person made: it is done when the disk has it.
    Strict,
}

/// A place that keeps tables of bytes.
pub(crate) trait Tables {
    /// Its transactions.
    type Transaction<'a>: Transaction
    where
        Self: 'a;

    /// Begins a transaction on these tables. It must be used before anything else is awaited.
    fn begin(&self, tables: &[Table], mode: Mode) -> Result<Self::Transaction<'_>, StoreError>;
}

/// Something that happens as a whole, at [`Transaction::commit`], or not at all. Awaiting
/// anything else than its own calls ends it.
pub(crate) trait Transaction {
    /// The records at these keys.
    async fn get(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;
    /// Whether there is a record at this key.
    async fn has(&self, table: Table, key: &Key) -> Result<bool, StoreError>;
    /// The records in the order of their keys.
    async fn scan(&self, table: Table, keys: &Keys) -> Result<Vec<Vec<u8>>, StoreError>;
    /// The keys in order.
    async fn keys(&self, table: Table, keys: &Keys) -> Result<Vec<Key>, StoreError>;
    /// Writes a record, in place of the one at its key.
    fn put(&self, table: Table, key: &Key, bytes: &[u8]) -> Result<(), StoreError>;
    /// Deletes records.
    fn delete(&self, table: Table, keys: &Keys) -> Result<(), StoreError>;
    /// Ends it. Only now something has happened.
    async fn commit(self) -> Result<(), StoreError>;
}
