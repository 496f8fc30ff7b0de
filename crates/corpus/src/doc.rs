use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Span, Unread};

/// What a document is called inside its project. Unique there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocId(pub String);

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text with all that is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doc {
    /// Its name in the project.
    pub id: DocId,
    /// The text as it was read: nothing normalised, trimmed or re-ended.
    pub text: String,
    /// What came with it: identifiers, source, and every field that Nerine does not know.
    pub meta: Meta,
    /// What people decided about it.
    pub annotation: Annotation,
}

impl Doc {
    /// A text that nobody has looked at.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: DocId(id.into()),
            text: text.into(),
            meta: Meta::default(),
            annotation: Annotation::default(),
        }
    }

    /// The marked spans in order.
    pub fn spans(&self) -> impl Iterator<Item = &Span> {
        self.annotation.marks.iter().map(|mark| &mark.span)
    }
}

/// What people decided about one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// The marks, sorted by span.
    pub marks: Vec<Mark>,
    /// Suggested spans that somebody refused: they are not suggested again. Sorted.
    pub refused: Vec<Span>,
    /// The verdict on the text; none while it is to do.
    pub answer: Option<Answer>,
    /// A note, when the text is flagged.
    pub flag: Option<String>,
    /// Where nobody has looked.
    #[serde(default)]
    pub unread: Unread,
}

/// A span that somebody decided on, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// What is marked.
    pub span: Span,
    /// Who proposed it.
    pub origin: Origin,
    /// When it was decided, in milliseconds since 1970; 0 when unknown.
    pub at_ms: u64,
}

/// Who proposed a mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Origin {
    /// Marked by hand.
    Person,
    /// Came with an imported file.
    Import,
    /// Suggested by the model of this name and taken by a person.
    Model(String),
}

/// The verdict on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Its marks are complete but for what is unread: it may be learned from.
    Accept,
    /// Not fit for the task.
    Reject,
    /// Left out, without a verdict.
    Ignore,
}

impl Answer {
    /// The word that files use: `accept`, `reject`, `ignore`.
    pub fn as_str(self) -> &'static str {
        match self {
            Answer::Accept => "accept",
            Answer::Reject => "reject",
            Answer::Ignore => "ignore",
        }
    }
}

impl std::str::FromStr for Answer {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "accept" => Ok(Answer::Accept),
            "reject" => Ok(Answer::Reject),
            "ignore" => Ok(Answer::Ignore),
            _ => Err(()),
        }
    }
}

/// A JSON object of named values, kept in its order.
///
/// In binary encodings it is its JSON text, since those cannot tell a value's type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta(pub Map<String, Value>);

impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let json = match self.0.is_empty() {
            true => String::new(),
            false => serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?,
        };
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Map::deserialize(deserializer).map(Meta);
        }
        let json = String::deserialize(deserializer)?;
        match json.is_empty() {
            true => Ok(Meta::default()),
            false => serde_json::from_str(&json).map(Meta).map_err(serde::de::Error::custom),
        }
    }
}
