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
    #[error(
        "the .spacy file inflates to more than 2 GB, or to 500 times its size: split it into several, or do not trust it"
    )]
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

/// Why a `.safetensors` file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SafetensorsError {
    /// It does not begin as such files do, or breaks off.
    #[error("not a .safetensors file, or it breaks off: fetch or make it again")]
    NoHead,
    /// An array is not described as it should be.
    #[error("the array {name:?} of the .safetensors file is damaged: make the file again")]
    BadArray {
        /// Its name.
        name: String,
    },
}

/// Why a pipeline cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Nothing here looks like one.
    #[error(
        "no spaCy pipeline: no folder in it has both config.cfg and meta.json; choose the folder that spacy.load opens, or its zip, wheel or tar.gz"
    )]
    NoPipeline,
    /// There is more than one.
    #[error("several pipelines in one place ({}): choose one of them", .folders.join(", "))]
    Several {
        /// Their folders.
        folders: Vec<String>,
    },
    /// The archive cannot be read.
    #[error(
        "the archive cannot be read ({why}): it is damaged or no zip, wheel or tar.gz; fetch it again"
    )]
    BadArchive {
        /// What is wrong with it.
        why: String,
    },
    /// The bytes of a file cannot be had.
    #[error("{path:?} cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// What went wrong.
        why: String,
    },
    /// A path leads out of the archive.
    #[error("the archive holds the path {path:?}, which leads out of it: do not trust this file")]
    BadPath {
        /// The path.
        path: String,
    },
    /// It would fill the memory.
    #[error(
        "the archive grows to more than {limit} bytes when unpacked: it is no pipeline, or too large to open here"
    )]
    TooLarge {
        /// The most that is unpacked.
        limit: u64,
    },
    /// Much too little of it is much too much.
    #[error(
        "the archive unpacks to more than {times} times its size, as no pipeline does: do not trust this file"
    )]
    Bomb {
        /// The most that is believed.
        times: u64,
    },
    /// A file that is needed is not there.
    #[error("the pipeline has no file {path:?}: it is incomplete; fetch or package it again")]
    MissingFile {
        /// Its path inside the pipeline's folder.
        path: String,
    },
    /// A file is not what it should be.
    #[error("the pipeline's file {path:?} is damaged ({why}): fetch or package it again")]
    BadFile {
        /// Its path inside the pipeline's folder.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The configuration cannot be understood.
    #[error("config.cfg, line {line}: {why}")]
    BadConfig {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The configuration lacks something.
    #[error("config.cfg does not say {key:?}: fill it with `spacy init fill-config`")]
    NoSetting {
        /// The setting, with its section.
        key: String,
    },
    /// It was not made by spaCy 3.
    #[error(
        "the pipeline is of spaCy {version}, and only those of spaCy 3 can be opened: train or fetch it for spaCy 3"
    )]
    OtherVersion {
        /// What its meta.json says.
        version: String,
    },
    /// Its text is cut by a program that is not here.
    #[error(
        "the pipeline cuts text with {name:?}, which Nerine does not have: only spaCy's rule tokenizer (spacy.Tokenizer.v1) can be used"
    )]
    Tokenizer {
        /// The tokenizer's registered name.
        name: String,
    },
    /// A transformer.
    #[error(
        "{component:?} is a transformer, which Nerine cannot run yet: use a pipeline with tok2vec instead, such as those whose names end in _sm, _md or _lg"
    )]
    Transformer {
        /// The component.
        component: String,
    },
    /// A network that Nerine does not know.
    #[error(
        "{component:?} is built as {architecture:?}, which Nerine cannot run: use one with MultiHashEmbed.v2 or HashEmbedCNN.v2, MaxoutWindowEncoder.v2 and TransitionBasedParser.v2"
    )]
    Architecture {
        /// The component.
        component: String,
        /// The architecture's registered name.
        architecture: String,
    },
    /// A feature of tokens that Nerine does not know.
    #[error(
        "{component:?} reads the token attribute {attr:?}, which Nerine does not have: use NORM, LOWER, ORTH, PREFIX, SUFFIX, SHAPE, SPACY or IS_SPACE"
    )]
    Attribute {
        /// The component.
        component: String,
        /// The attribute.
        attr: String,
    },
    /// It listens to something that is not there.
    #[error(
        "{component:?} listens to {upstream:?}, and no tok2vec of this name runs before it: package the pipeline with it"
    )]
    NoUpstream {
        /// The component.
        component: String,
        /// What it listens to.
        upstream: String,
    },
    /// What it listens to cannot be run.
    #[error("{component:?} cannot be run: {why}")]
    Upstream {
        /// The component.
        component: String,
        /// Why its source of token vectors is not run.
        why: String,
    },
    /// A network's layers do not match the configuration.
    #[error("{path:?} does not fit config.cfg ({what}): the two are of different pipelines")]
    Layers {
        /// The file.
        path: String,
        /// What does not fit.
        what: String,
    },
    /// An array has another shape than the configuration says.
    #[error(
        "{path:?}: {array} has the shape {found:?}, and config.cfg asks for {wanted:?}: the two are of different pipelines"
    )]
    Shape {
        /// The file.
        path: String,
        /// Which array.
        array: String,
        /// The shape it has.
        found: Vec<u32>,
        /// The shape it should have.
        wanted: Vec<u32>,
    },
    /// An array holds what is no number.
    #[error(
        "{path:?}: {array} holds a number that is infinite or none: its training went wrong; train it again"
    )]
    NotFinite {
        /// The file.
        path: String,
        /// Which array.
        array: String,
    },
    /// A component needs vectors of another width.
    #[error(
        "{component:?} needs word vectors of {wanted} numbers, and the pipeline's have {found}: the vectors are of another pipeline"
    )]
    Vectors {
        /// The component.
        component: String,
        /// How many numbers the network takes.
        wanted: u32,
        /// How many they have; 0 where there are none.
        found: u32,
    },
    /// A rule cannot be read.
    #[error("rule {number} of {component:?} is damaged: each needs a label and a pattern")]
    Rule {
        /// The component.
        component: String,
        /// Which rule, from 1.
        number: usize,
    },
}
