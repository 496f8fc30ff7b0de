use std::fmt;

use crate::count::Count;

/// What happened to a record that could not be taken as it is, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file.
    pub file: String,
    /// The line on which the record starts, from 1.
    pub line: Option<u64>,
    /// The byte in that line, from 1.
    pub column: Option<u64>,
    /// What is wrong with it.
    pub reason: Reason,
}

/// How bad it is. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something does not come in.
    Lost,
    /// Something comes in differently.
    Changed,
    /// Something odd comes in as it is.
    Kept,
    /// Good to know.
    Note,
}

/// What is wrong with a file, a record or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The file has no byte, or only blanks.
    Empty,
    /// The file is UTF-16.
    Utf16,
    /// The file is no text.
    Binary {
        /// What it seems to be, such as `a PDF`.
        what: &'static str,
    },
    /// A zip that holds no project.
    OtherZip,
    /// One JSON value over the whole file.
    JsonTree,
    /// The file, or one line of it, is longer than is read at a time.
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is longer than is read at a time.
    FileTooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// A file of one JSON value is damaged.
    BadTree {
        /// The line, from 1.
        line: u64,
        /// The byte in that line, from 1.
        column: u64,
        /// What is wrong.
        why: String,
    },
    /// The format can only be written.
    NotRead {
        /// Its name.
        format: &'static str,
    },
    /// What only one format knows.
    Own {
        /// How bad it is.
        severity: Severity,
        /// Whether nothing of the file comes in because of it.
        is_whole_file: bool,
        /// What is wrong, as a sentence's end: `has …`.
        what: String,
        /// What to do, or what happens to it, as a sentence.
        remedy: String,
    },
    /// The bytes could not be read.
    Unreadable {
        /// How many bytes were read before.
        at: u64,
        /// What went wrong.
        why: String,
    },
    /// The project file cannot be opened.
    BadProject {
        /// Why, as a sentence.
        why: String,
    },
    /// The `.spacy` file cannot be opened.
    BadSpacy {
        /// Why, as a sentence.
        why: String,
    },
    /// A text of a `.spacy` file cannot be read.
    BadText {
        /// Which of the file's texts, from 1.
        nth: usize,
        /// What is wrong with it, as a sentence's end: `has …`.
        why: String,
    },
    /// A `.spacy` file says something of its tokens that a text with marks has no place for.
    TokenAttribute {
        /// spaCy's name for it, such as `TAG`.
        name: &'static str,
    },
    /// A `.spacy` file has user data that is no JSON under a name.
    UserData {
        /// The name.
        key: String,
    },
    /// A `.spacy` file has a span group with attributes.
    GroupAttributes {
        /// The group's name.
        key: String,
    },
    /// An entity whose label cannot be one.
    UnusableLabel {
        /// Which of the file's texts, from 1.
        nth: usize,
        /// The label.
        label: String,
    },
    /// A line of JSONL is not JSON.
    NotJson {
        /// Where the parser gave up, as a sentence.
        why: String,
    },
    /// A line of JSONL is some other value.
    NotObject {
        /// What it is, such as `a list`.
        found: &'static str,
    },
    /// There is no text where the text should be.
    NoText {
        /// The field or column.
        field: String,
        /// What is there instead, such as `a number`.
        found: Option<&'static str>,
    },
    /// The text is nothing but blanks.
    BlankText,
    /// A field has the wrong type.
    WrongType {
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A mark that does not fit its text.
    BadMark {
        /// Which of the text's marks, from 1.
        nth: usize,
        /// What is wrong with it.
        why: MarkProblem,
    },
    /// A mark without a label.
    NoLabel {
        /// Which of the text's marks, from 1.
        nth: usize,
        /// The label it gets.
        label: String,
    },
    /// The same stretch has the same label twice.
    MarkedTwice {
        /// Which of the text's marks, from 1.
        nth: usize,
    },
    /// The words that the file says are marked are not at the offsets.
    QuoteDiffers {
        /// Which of the text's marks, from 1.
        nth: usize,
        /// What the file says.
        quote: String,
        /// What is there.
        found: String,
    },
    /// The offsets of a text count something else than code points.
    OtherUnit {
        /// What they count.
        unit: Count,
        /// The farthest that a mark moved.
        moved: u32,
    },
    /// The verdict is a word that is not known.
    UnknownAnswer {
        /// The word.
        answer: String,
    },
    /// Bytes that are not UTF-8.
    NotUtf8 {
        /// How many places.
        places: u32,
    },
    /// The id is taken.
    DuplicateId {
        /// The id.
        id: String,
        /// What the text is called instead.
        new: String,
    },
    /// The text is in the project already.
    InProject,
    /// The text came before in these files.
    Repeated,
    /// A row has fewer columns than the first.
    ShortRow {
        /// How many it has.
        found: usize,
        /// How many the first has.
        expected: usize,
    },
    /// A row has more columns than the first.
    LongRow {
        /// How many it has.
        found: usize,
        /// How many the first has.
        expected: usize,
    },
    /// A row goes over so many lines that a quote is probably missing.
    OpenQuote {
        /// How many lines.
        lines: u64,
    },
    /// Blank lines between texts.
    BlankLines {
        /// How many.
        count: u64,
    },
    /// A stretch that nobody has looked at does not lie in the text. Offsets as in the file.
    UnreadOutside {
        /// Start.
        start: u64,
        /// End.
        end: u64,
    },
    /// The file brings tokens.
    Tokens,
    /// A tag that continues nothing.
    LooseTag {
        /// The tag.
        tag: String,
    },
    /// A mark without the tag that ends it.
    OpenMark {
        /// Its label.
        label: String,
    },
    /// The tags are of a scheme that a person should know of.
    TagScheme {
        /// Its name.
        name: &'static str,
        /// What is special about it, as a sentence without its point.
        what: &'static str,
    },
    /// The text that a file gives is not made of its words.
    OtherText,
    /// A tag of no known scheme.
    UnknownTag {
        /// The tag.
        tag: String,
    },
    /// A part of a project file is not what its checksum says.
    Checksum {
        /// The part.
        part: String,
    },
}

/// Why a mark is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkProblem {
    /// It is not an object with two numbers.
    NotAMark,
    /// An offset lies behind the text or before it. Offsets as in the file.
    OutOfRange {
        /// Start.
        start: i64,
        /// End.
        end: i64,
        /// Length of the text in the file's unit.
        len: u32,
    },
    /// It ends where or before it starts.
    Reversed {
        /// Start.
        start: i64,
        /// End.
        end: i64,
    },
    /// An offset lies inside a character.
    SplitsCharacter {
        /// Start.
        start: i64,
        /// End.
        end: i64,
    },
    /// The label cannot be one.
    BadLabel {
        /// Why.
        why: String,
    },
}

impl Reason {
    /// What only one format knows: `what` ends a sentence that begins with the place.
    pub(crate) fn own(
        severity: Severity,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Own { severity, is_whole_file: false, what: what.into(), remedy: remedy.into() }
    }

    /// Why nothing of a file comes in, where only one format knows.
    pub(crate) fn own_file(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Own {
            severity: Severity::Lost,
            is_whole_file: true,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        use Reason as R;
        match self {
            R::Empty
            | R::Utf16
            | R::Binary { .. }
            | R::OtherZip
            | R::JsonTree
            | R::TooLong { .. }
            | R::FileTooLong { .. }
            | R::BadTree { .. }
            | R::NotRead { .. }
            | R::Unreadable { .. }
            | R::BadProject { .. }
            | R::BadSpacy { .. }
            | R::BadText { .. }
            | R::TokenAttribute { .. }
            | R::UserData { .. }
            | R::GroupAttributes { .. }
            | R::UnusableLabel { .. }
            | R::NotJson { .. }
            | R::NotObject { .. }
            | R::NoText { .. }
            | R::BlankText
            | R::WrongType { .. }
            | R::BadMark { .. }
            | R::UnreadOutside { .. }
            | R::InProject => Severity::Lost,
            R::NoLabel { .. }
            | R::OtherUnit { .. }
            | R::UnknownAnswer { .. }
            | R::NotUtf8 { .. }
            | R::DuplicateId { .. }
            | R::LooseTag { .. }
            | R::OpenMark { .. }
            | R::OtherText
            | R::UnknownTag { .. }
            | R::MarkedTwice { .. } => Severity::Changed,
            R::QuoteDiffers { .. }
            | R::ShortRow { .. }
            | R::LongRow { .. }
            | R::OpenQuote { .. }
            | R::Checksum { .. }
            | R::Repeated => Severity::Kept,
            R::BlankLines { .. } | R::Tokens | R::TagScheme { .. } => Severity::Note,
            R::Own { severity, .. } => *severity,
        }
    }

    /// Whether nothing of the file comes in because of it.
    pub fn is_whole_file(&self) -> bool {
        use Reason as R;
        matches!(
            self,
            R::Empty
                | R::Utf16
                | R::Binary { .. }
                | R::OtherZip
                | R::JsonTree
                | R::BadProject { .. }
                | R::BadSpacy { .. }
                | R::FileTooLong { .. }
                | R::BadTree { .. }
                | R::NotRead { .. }
                | R::Own { is_whole_file: true, .. }
                | R::Unreadable { at: 0, .. }
        )
    }

    /// What to do, or what happens to it.
    pub fn remedy(&self) -> String {
        use Reason as R;
        match self {
            R::Empty | R::NotJson { .. } | R::NotObject { .. } | R::NoText { .. } => {
                "It will be left out.".into()
            }
            R::BlankText => "It will be left out.".into(),
            R::Utf16 => "Save it as UTF-8 and import it again.".into(),
            R::Binary { .. } => "Save it as plain text and import it again.".into(),
            R::OtherZip => {
                "If it is a spaCy pipeline, add it on Bases; else unpack it and import the files in \
                 it."
                    .into()
            },
            R::JsonTree => "Save it as JSONL, one object a line, and import it again.".into(),
            R::FileTooLong { .. } => "Split it into several files and import those.".into(),
            R::BadTree { .. } => "Nothing of it comes in. Mend it and import it again.".into(),
            R::NotRead { .. } => "Choose another format.".into(),
            R::Own { remedy, .. } => remedy.clone(),
            R::TooLong { .. } => "It will be left out. Split it, or import one text a line.".into(),
            R::Unreadable { .. } => {
                "What lies behind is left out. Check the file and import it again.".into()
            }
            R::BadProject { .. } | R::BadSpacy { .. } => "Nothing of it comes in.".into(),
            R::BadText { .. } => {
                "It will be left out. Make the file again with DocBin.to_disk.".into()
            }
            R::TokenAttribute { .. } => {
                "It will be left out: texts, entities, spans and categories come in.".into()
            }
            R::UserData { .. } => "It will be left out, the text comes in.".into(),
            R::GroupAttributes { .. } => "They will be left out, the spans come in.".into(),
            R::WrongType { .. } => "The field will be left out, the text comes in.".into(),
            R::UnreadOutside { .. } => {
                "The stretch will count as read, the text comes in.".into()
            }
            R::BadMark { .. } | R::UnusableLabel { .. } => {
                "The mark will be left out, the text comes in.".into()
            }
            R::NoLabel { label, .. } => format!("It will be called {label:?}."),
            R::MarkedTwice { .. } => "It comes in once.".into(),
            R::QuoteDiffers { .. } => "The offsets are taken. Look at the mark.".into(),
            R::OtherUnit { moved, .. } => {
                format!("Nerine moved the marks by up to {moved} {}.", places(*moved))
            }
            R::UnknownAnswer { .. } => "The text comes in as to do.".into(),
            R::NotUtf8 { .. } => {
                "The damaged characters come in as \u{fffd}. Save the file as UTF-8 to keep them."
                    .into()
            }
            R::DuplicateId { new, .. } => format!("The text will be called {new:?}."),
            R::InProject => "It will not be added again.".into(),
            R::Repeated => "It comes in again.".into(),
            R::ShortRow { .. } => "What is there comes in.".into(),
            R::LongRow { .. } => "The columns without a name are kept with the text.".into(),
            R::OpenQuote { .. } => "It comes in as one text. Look at it.".into(),
            R::BlankLines { .. } => "They are no texts.".into(),
            R::Tokens => "Nerine makes its own, and leaves these out.".into(),
            R::LooseTag { .. } => "It starts a mark.".into(),
            R::OpenMark { .. } => "It ends with its last word.".into(),
            R::TagScheme { .. } => "They are read so.".into(),
            R::OtherText => "The text is put together from the words.".into(),
            R::UnknownTag { .. } => "The word comes in without a mark.".into(),
            R::Checksum { .. } => "It comes in as it is.".into(),
        }
    }

    /// What is wrong, about `place`: `Line 204` or a file's name.
    fn sentence(&self, place: &str) -> String {
        use Reason as R;
        match self {
            R::Empty => format!("{place} is empty."),
            R::Utf16 => format!("{place} is UTF-16."),
            R::Binary { what } => format!("{place} is not text. It is {what}."),
            R::OtherZip => format!("{place} is a zip file without a Nerine project."),
            R::JsonTree => format!("{place} is one JSON value, not one object a line."),
            R::TooLong { limit } | R::FileTooLong { limit } => {
                format!("{place} is longer than {} MB.", limit / (1024 * 1024))
            }
            R::BadTree { line, column, why } => {
                format!("{place} is damaged at line {line}, byte {column}: {why}.")
            }
            R::NotRead { format } => format!("{place} cannot be read as {format}."),
            R::Own { what, .. } if what.starts_with(',') => format!("{place}{what}."),
            R::Own { what, .. } => format!("{place} {what}."),
            R::Unreadable { at, why } => {
                format!("{place} cannot be read beyond byte {at} ({why}).")
            }
            R::BadProject { why } | R::BadSpacy { why } => {
                format!("{place} cannot be opened: {why}.")
            }
            R::BadText { nth, why } => format!("{place}, text {nth} {why}."),
            R::TokenAttribute { name } => format!("{place} has {name} on its tokens."),
            R::UserData { key } => format!("{place} has user data {key} that is not JSON."),
            R::GroupAttributes { key } => format!("{place} has attributes on the spans {key:?}."),
            R::UnusableLabel { nth, label } => {
                format!("{place}, text {nth} has an entity with the label {label:?}.")
            }
            R::NotJson { why } => format!("{place} is not JSON. {why}"),
            R::NotObject { found } => format!("{place} is {found}, not an object."),
            R::NoText { field, found: None } => format!("{place} has no {field:?}."),
            R::NoText { field, found: Some(found) } => {
                format!("{place} has {found} as {field:?}, not a text.")
            }
            R::BlankText => format!("{place} has an empty text."),
            R::UnreadOutside { start, end } => {
                format!("{place} has an unread stretch {start}–{end} that is not in the text.")
            }
            R::WrongType { field, expected, found } => {
                format!("{place} has {found} as {field:?}, not {expected}.")
            }
            R::BadMark { nth, why } => format!("{place}, mark {nth} {why}."),
            R::NoLabel { nth, .. } => format!("{place}, mark {nth} has no label."),
            R::MarkedTwice { nth } => format!("{place}, mark {nth} stands there twice."),
            R::QuoteDiffers { nth, quote, found } => {
                format!("{place}, mark {nth} should be {quote:?}, but {found:?} is there.")
            }
            R::OtherUnit { unit, .. } => {
                format!("{place}: offsets count {unit}.")
            }
            R::UnknownAnswer { answer } => format!("{place} has the unknown answer {answer:?}."),
            R::NotUtf8 { places: 1 } => format!("{place} is not UTF-8."),
            R::NotUtf8 { places } => format!("{place} is not UTF-8 in {places} places."),
            R::DuplicateId { id, .. } => format!("{place} has the id {id:?}, which is taken."),
            R::InProject => format!("{place} is already in the project."),
            R::Repeated => format!("{place} has a text that came before."),
            R::ShortRow { found, expected } | R::LongRow { found, expected } => {
                format!("{place} has {found} columns, not {expected}.")
            }
            R::OpenQuote { lines } => {
                format!("{place} starts a row of {lines} lines. A quote is probably not closed.")
            }
            R::BlankLines { count: 1 } => format!("{place} has a blank line."),
            R::BlankLines { count } => format!("{place} has {count} blank lines."),
            R::Tokens => format!("{place} brings its own tokens."),
            R::LooseTag { tag } => format!("{place} has the tag {tag:?}, which continues nothing."),
            R::OpenMark { label } => {
                format!("{place} has a mark {label:?} without the tag that ends it.")
            }
            R::TagScheme { name, what } => format!("{place}: tags are {name}: {what}."),
            R::OtherText => format!("{place} has a text that is not made of its words."),
            R::UnknownTag { tag } => format!("{place} has the unknown tag {tag:?}."),
            R::Checksum { part } => {
                format!("{place}: {part:?} was changed after Nerine wrote it.")
            }
        }
    }
}

fn places(n: u32) -> &'static str {
    if n == 1 { "place" } else { "places" }
}

impl fmt::Display for MarkProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMark => f.write_str("has no start and end that are whole numbers"),
            Self::OutOfRange { start, end, len } => {
                write!(f, "({start}–{end}) reaches past its text, which has {len} characters")
            }
            Self::Reversed { start, end } => {
                write!(f, "({start}–{end}) is empty or reversed")
            }
            Self::SplitsCharacter { start, end } => {
                write!(f, "({start}–{end}) cuts a character in two")
            }
            Self::BadLabel { why } => write!(f, "has no usable label: {why}"),
        }
    }
}

impl Warning {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.reason.severity()
    }

    /// What is wrong, as a sentence that names the place.
    pub fn sentence(&self) -> String {
        let place = match (self.line, self.column) {
            (Some(line), Some(column)) => format!("Line {line}, byte {column}"),
            (Some(line), None) => format!("Line {line}"),
            (None, _) => self.file.clone(),
        };
        self.reason.sentence(&place)
    }

    /// What to do, or what happens to it.
    pub fn remedy(&self) -> String {
        self.reason.remedy()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.sentence(), self.remedy())
    }
}
