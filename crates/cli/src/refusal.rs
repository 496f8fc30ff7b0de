/// Arguments or an input that cannot be used: the sentence says why and what to do. The program
/// ends with code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refusal(pub(crate) String);

/// Ends the command with a [`Refusal`].
pub(crate) fn refuse<T>(sentence: impl Into<String>) -> anyhow::Result<T> {
    Err(Refusal(sentence.into()).into())
}
