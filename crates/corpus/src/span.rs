use serde::{Deserialize, Serialize};

use crate::Label;

/// A labelled stretch of a document's text.
///
/// Offsets are bytes into the text, half-open, on code point borders. JavaScript counts UTF-16
/// units and Python counts code points; both are converted where they enter, by
/// [`offsets`](crate::offsets).
///
/// Invariant: `start < end`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Span {
    start: u32,
    end: u32,
    label: Label,
}

/// Why two offsets are not a span of a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// The end does not lie behind the start.
    #[error("the span {start}–{end} is empty or reversed: its end must lie behind its start")]
    Empty {
        /// First byte.
        start: u32,
        /// Byte behind the last.
        end: u32,
    },
    /// An offset lies behind the end of the text.
    #[error("the span {start}–{end} reaches past the end of its text, which has {len} bytes")]
    OutOfRange {
        /// First byte.
        start: u32,
        /// Byte behind the last.
        end: u32,
        /// Length of the text in bytes.
        len: u32,
    },
    /// An offset lies inside a code point.
    #[error("the span {start}–{end} cuts a character in two at byte {at}")]
    SplitsCharacter {
        /// First byte.
        start: u32,
        /// Byte behind the last.
        end: u32,
        /// The offset inside a code point.
        at: u32,
    },
}

impl Span {
    /// Labels the bytes `start..end`.
    pub fn new(start: u32, end: u32, label: Label) -> Result<Self, SpanError> {
        if end <= start {
            return Err(SpanError::Empty { start, end });
        }
        Ok(Self { start, end, label })
    }

    /// Labels the bytes `start..end` of `text`, and refuses what does not fit it.
    pub fn within(text: &str, start: u32, end: u32, label: Label) -> Result<Self, SpanError> {
        let span = Self::new(start, end, label)?;
        span.check(text)?;
        Ok(span)
    }

    /// Whether the span lies in `text` and cuts no character.
    pub fn check(&self, text: &str) -> Result<(), SpanError> {
        let (start, end) = (self.start, self.end);
        if text.len() < end as usize {
            return Err(SpanError::OutOfRange { start, end, len: text.len() as u32 });
        }
        match [start, end].into_iter().find(|&at| !text.is_char_boundary(at as usize)) {
            Some(at) => Err(SpanError::SplitsCharacter { start, end, at }),
            None => Ok(()),
        }
    }

    /// First byte.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// Byte behind the last.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// What the stretch is called.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// The same stretch under another label.
    #[must_use]
    pub fn with_label(&self, label: Label) -> Self {
        Self { label, ..self.clone() }
    }

    /// The words that are labelled. Empty when the span is of another text.
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Whether the two share at least one byte.
    pub fn overlaps(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the two label the same bytes, whatever their labels.
    pub fn same_place(&self, other: &Span) -> bool {
        (self.start, self.end) == (other.start, other.end)
    }
}

/// A span as it is stored, before its invariant is checked.
#[derive(Serialize, Deserialize)]
struct Raw {
    start: u32,
    end: u32,
    label: Label,
}

impl TryFrom<Raw> for Span {
    type Error = SpanError;

    fn try_from(raw: Raw) -> Result<Self, SpanError> {
        Span::new(raw.start, raw.end, raw.label)
    }
}

impl From<Span> for Raw {
    fn from(span: Span) -> Self {
        Raw { start: span.start, end: span.end, label: span.label }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> Label {
        Label::new("Gene").unwrap()
    }

    #[test]
    fn a_span_must_fit_its_text() {
        let text = "a🔬b";
        assert!(Span::within(text, 1, 5, label()).is_ok());
        assert_eq!(
            Span::within(text, 0, 2, label()),
            Err(SpanError::SplitsCharacter { start: 0, end: 2, at: 2 })
        );
        assert_eq!(
            Span::within(text, 0, 7, label()),
            Err(SpanError::OutOfRange { start: 0, end: 7, len: 6 })
        );
        assert_eq!(Span::new(3, 3, label()), Err(SpanError::Empty { start: 3, end: 3 }));
    }

    #[test]
    fn touching_spans_do_not_overlap() {
        let left = Span::new(0, 3, label()).unwrap();
        let right = Span::new(3, 5, label()).unwrap();
        assert!(!left.overlaps(&right));
        assert!(left.overlaps(&Span::new(2, 4, label()).unwrap()));
    }
}
