/// Why a `.spacy` file cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocBinError {
    /// The bytes are not compressed as they should be, or break off.
    #[error("not a .spacy file, or it breaks off ({why}): make it again with DocBin.to_disk")]
    NotZlib {
        /// What the decompressor says.
        why: String,
    },
    /// It would fill the memory.
    #[error("the .spacy file inflates to more than 2 GB: split it into several")]
    TooLarge,
    /// What is inside is something else.
    #[error(
        "not a .spacy file: what is compressed in it is no msgpack; make it with DocBin.to_disk"
    )]
    NotMsgpack,
    /// A part is missing.
    #[error("the .spacy file has no {name:?}: make it again with DocBin.to_disk")]
    NoSection {
        /// The part's name.
        name: &'static str,
    },
    /// A part has another shape than it should.
    #[error("{name:?} in the .spacy file is damaged: make it again with DocBin.to_disk")]
    BadSection {
        /// The part's name.
        name: &'static str,
    },
    /// Tokens come without their words.
    #[error("the .spacy file has no words (ORTH): make it again with DocBin.to_disk")]
    NoWords,
    /// The parts do not have the same number of tokens.
    #[error("the .spacy file's parts differ in length: make it again with DocBin.to_disk")]
    Truncated,
    /// A word's text is not in the file.
    #[error(
        "text {doc} of the .spacy file has a word that is not in its strings (id {id}): make the file again with DocBin.to_disk"
    )]
    UnknownString {
        /// Which text, from 0.
        doc: usize,
        /// The word's string id.
        id: u64,
    },
    /// A label's text is not in the file.
    #[error(
        "the .spacy file has a label that is not in its strings (id {id}): make the file again with DocBin.to_disk"
    )]
    UnknownLabel {
        /// The label's string id.
        id: u64,
    },
    /// The span groups of a text cannot be read.
    #[error(
        "the span groups of text {doc} of the .spacy file are damaged: make it again with DocBin.to_disk"
    )]
    BadSpanGroups {
        /// Which text, from 0.
        doc: usize,
    },
}
