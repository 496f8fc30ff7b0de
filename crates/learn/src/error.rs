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
    /// A pipeline reads a feature of tokens that is not known here.
    #[error(
        "the pipeline reads {name} of each token, which Nerine does not know: choose another base"
    )]
    UnknownFeature {
        /// The feature, as spaCy names it.
        name: String,
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
    #[cfg(any(test, feature = "gpu"))]
    pub(crate) fn device(err: impl std::fmt::Debug) -> Self {
        LearnError::Device { message: root_cause(&format!("{err:?}")) }
    }
}

/// The last of the causes that burn lists one below the other, with a backtrace at the end.
#[cfg(any(test, feature = "gpu"))]
fn root_cause(words: &str) -> String {
    let causes = words.split("Backtrace:").next().unwrap_or_default();
    let lines = causes.lines().map(str::trim);
    let cause = lines.rev().find(|it| !it.is_empty() && *it != "Caused by:");
    cause.unwrap_or(words).trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_says_is_one_line() {
        let lost = "The device is poisoned\nCaused by:\n  The device is poisoned\nCaused by:\n  \
                    Unknown: A valid external Instance reference no longer exists.\n\
                    Backtrace:\nNo backtrace available";
        let cause = "Unknown: A valid external Instance reference no longer exists";
        assert_eq!(root_cause(lost), cause);
        assert_eq!(root_cause("out of memory"), "out of memory");
        assert_eq!(root_cause(""), "");
    }
}
