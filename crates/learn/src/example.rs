use std::sync::Arc;

use corpus::{Label, Span, Unread};
use tokenizer::{Attributes, Norms, Tokenizer};

use crate::spacy_ner::unlearned;

/// A text as a network reads it: tokens and their attributes.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// The text itself.
    pub source: Arc<str>,
    /// Start and end of each token, in bytes.
    pub tokens: Vec<(u32, u32)>,
    /// What spaCy's models know of each token.
    pub attributes: Vec<Attributes>,
    /// Whether a token is all whitespace: no span starts or ends on one.
    pub is_space: Vec<bool>,
}

impl Text {
    /// Tokenizes `text`.
    pub fn new(tokenizer: &Tokenizer, text: &str) -> Self {
        Self::with_norms(tokenizer, &Norms::default(), text)
    }

    /// Tokenizes `text` for a pipeline with norms of its own.
    pub fn with_norms(tokenizer: &Tokenizer, norms: &Norms, text: &str) -> Self {
        let mut it = Text { source: text.into(), ..Text::default() };
        for token in tokenizer.tokenize(text) {
            let attributes = tokenizer::attributes_with(text, &token, norms);
            it.attributes.push(attributes);
            it.tokens.push((token.start, token.end));
            it.is_space.push(attributes.is_space);
        }
        it
    }

    /// A token's part of the text.
    pub fn word(&self, token: usize) -> &str {
        let (start, end) = self.tokens[token];
        &self.source[start as usize..end as usize]
    }

    /// How many tokens it has.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it has no token.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
}

/// A text with what is right about it.
#[derive(Clone, Debug)]
pub struct Example {
    /// The text.
    pub text: Text,
    /// The spans that are right, those that cannot be learned too: all of them count in scores.
    pub gold: Vec<Span>,
    /// Where it is not known what is right beside those spans: what is found there is neither
    /// learned nor scored.
    pub unread: Unread,
    /// What of the gold spans cannot be learned.
    pub unlearned: Unlearned,
}

impl Example {
    /// A text with its gold spans, of which those of other `labels` are left out.
    pub fn new(text: Text, gold: &[Span], labels: &[Label]) -> Self {
        let known = |span: &&Span| labels.contains(span.label());
        let gold: Vec<Span> = gold.iter().filter(known).cloned().collect();
        let unlearned = unlearned(&text, &gold);
        Self { text, gold, unread: Unread::default(), unlearned }
    }

    /// The same, of which nobody has looked at some stretches.
    #[must_use]
    pub fn with_unread(self, unread: Unread) -> Self {
        Self { unread, ..self }
    }
}

/// Gold spans that cannot be learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlearned {
    /// Spans that do not start and end with a token.
    pub off_tokens: u32,
    /// Spans that overlap a longer one.
    pub overlapping: u32,
}

impl std::ops::AddAssign for Unlearned {
    fn add_assign(&mut self, other: Self) {
        self.off_tokens += other.off_tokens;
        self.overlapping += other.overlapping;
    }
}
