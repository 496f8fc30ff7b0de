/// Why nothing can be learned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// No label to learn.
    #[error("there is no label to learn: choose at least one")]
    NoLabels,
    /// More labels than a model can hold.
    #[error("{n} labels are more than the {most} that this learner can tell apart: choose fewer")]
    TooManyLabels {
        /// How many were asked for.
        n: usize,
        /// How many are possible.
        most: usize,
    },
    /// No text with a word in it.
    #[error("there is no text to learn from: accept some texts on the train side first")]
    NoTexts,
    /// No span that can be learned.
    #[error("no training text has a mark of the chosen labels: mark some first")]
    NoMarks,
}

/// Why bytes are not a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// They do not start as a model does.
    #[error("this is no few-label model: choose a file that Nerine exported")]
    Unknown,
    /// Another version of Nerine wrote them.
    #[error("this model was made by another version of Nerine: train it again")]
    Version,
    /// Something is missing or does not fit.
    #[error("the model is damaged: export it again")]
    Damaged,
}
