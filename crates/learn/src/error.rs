use model::ModelError;

/// Why something cannot be learned or predicted.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// No text to learn from.
    #[error("there is no text to learn from: accept some texts on the train side first")]
    NoTexts,
    /// No label to learn.
    #[error("there is no label to learn: choose at least one")]
    NoLabels,
    /// Labels of which no mark can be learned.
    #[error("no training text has a mark of {}: mark some, or leave the label out", .labels.join(", "))]
    LabelsWithoutMarks {
        /// The labels' names.
        labels: Vec<String>,
    },
    /// The loss is not a number any more.
    #[error("training ran out of bounds (the loss is not a number): try a smaller step size")]
    Diverged,
    /// The device failed.
    #[error("the device failed while it computed: {message}")]
    Device {
        /// What the device says.
        message: String,
    },
    /// The stored model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl LearnError {
    /// A failure of the device, in its own words.
    pub(crate) fn device(err: impl std::fmt::Debug) -> Self {
        LearnError::Device { message: format!("{err:?}") }
    }
}
