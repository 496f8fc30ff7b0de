use corpus::{DocId, Label};
use serde::{Deserialize, Serialize};

/// Why an experiment cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// No document was given.
    #[error("there are no texts to compare bases on: accept some first")]
    NoDocs,
    /// What is learned from one document cannot be scored on another.
    #[error("there is one text only, {0:?}: accept at least one more, to score on")]
    OneDoc(DocId),
    /// Two documents have the same name.
    #[error("two texts are called {0:?}: give each a name of its own")]
    SameId(DocId),
    /// Nothing is marked with a label that is learned.
    #[error("no text holds a mark of the chosen labels: mark some, or choose other labels")]
    NoLabels,
    /// The shares of dev and test leave nothing.
    #[error("{dev} % dev and {test} % test leave nothing to train on: lower one of them")]
    NothingToTrain {
        /// Wanted share of dev documents, in per cent.
        dev: u8,
        /// Wanted share of test documents, in per cent.
        test: u8,
    },
    /// A given split has nobody to learn from.
    #[error("no text is on the train side: move some there")]
    NoTrainDocs,
    /// A given split has nobody to score on.
    #[error("no text is on the dev or test side: move some there, to score on")]
    NoScoredDocs,
    /// Nothing that is learned from holds a mark.
    #[error("no text on the train side of fold {} holds a mark: draw the split again", fold + 1)]
    NoTrainSpans {
        /// Position of the fold.
        fold: u16,
    },
    /// Documents that must stay together are too few to be parted.
    #[error(
        "there are {wanted} parts to fill, and texts that must stay together leave {found} to draw: \
         take fewer parts, or group by another field"
    )]
    TooFewGroups {
        /// Groups that there are; a document without a group is one.
        found: usize,
        /// Parts that are wanted.
        wanted: usize,
    },
    /// One fold has nothing to train on.
    #[error("folds must be at least 2, not {0}: fewer leave nothing to train on")]
    TooFewFolds(u8),
    /// No base was chosen.
    #[error("no base is chosen: choose at least one")]
    NoBases,
    /// Two bases have the same key.
    #[error("the base {0:?} is chosen twice: remove one of them")]
    SameBase(String),
    /// Nothing says what draws start from.
    #[error("no seed is given: give at least one")]
    NoSeeds,
    /// A share of the training documents that cannot be.
    #[error("{0} % of the training texts cannot be taken: choose from 1 to 100")]
    BadShare(u8),
    /// A base that is used as it came knows none of the labels.
    #[error(
        "{base:?} finds none of the labels in these texts, so all its scores would be 0: train \
         it, rename labels, or leave it out"
    )]
    NoSharedLabel {
        /// The base's name.
        base: String,
    },
    /// The split is of other documents.
    #[error("the split names the text {0:?}, which is not part of the experiment: draw it again")]
    UnknownDoc(DocId),
}

/// What a person should know before they trust the scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Caution {
    /// A label cannot be learned where nothing shows it.
    #[error(
        "{label} is marked only in texts that are scored (marks: {n_spans}), so nothing can learn \
         it: move a text that holds it to the train side"
    )]
    OnlyScored {
        /// The label.
        label: Label,
        /// Its spans on the scored side.
        n_spans: u32,
    },
    /// A label cannot be scored where nothing holds it.
    #[error("{label} is marked only in texts that are learned from, so its score is unknown")]
    NeverScored {
        /// The label.
        label: Label,
    },
    /// A trained base keeps entity weights that know other labels only.
    #[error(
        "{base:?} keeps the entities that it knows, and none of them is a label of these texts"
    )]
    KnowsOtherLabels {
        /// The base's name.
        base: String,
    },
    /// The documents that decide when to stop are also those that are scored.
    #[error(
        "there is no test set: scores are of the dev texts, which also decide when to stop, and \
         come out a little too high"
    )]
    ScoredOnDev,
    /// Nothing decides when to stop.
    #[error("there is no dev set: training runs to its last epoch")]
    NoDev,
    /// So few documents are scored that luck decides much.
    #[error("few texts are scored ({n_docs}): differences between bases will be hard to tell")]
    FewScored {
        /// Documents that are scored, over all folds.
        n_docs: usize,
    },
}

/// From so many scored documents on, figures are not tempered for being few.
pub const ENOUGH_DOCS: usize = 30;
