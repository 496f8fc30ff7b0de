//! A text on its way through the pipeline.

use std::{ops::Range, sync::Arc};

use tokenizer::{Attributes, Norms, Token, Tokenizer, attributes_with};

use crate::biluo::Place;

/// A text with what the components know of it so far.
pub(crate) struct Doc<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: Vec<Token>,
    pub(crate) attributes: Vec<Attributes>,
    /// Whether a sentence starts at each token.
    pub(crate) starts: Vec<Start>,
    /// What is known of entities at each token.
    pub(crate) ents: Vec<Ent>,
}

/// Whether a sentence starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Start {
    Yes,
    No,
    #[default]
    Unknown,
}

/// What is known of entities at a token: spaCy's `ent_iob` and `ent_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ent {
    /// Where the token lies in an entity.
    pub iob: Iob,
    /// The entity's label.
    pub label: LabelId,
}

/// Where a token lies in an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Iob {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Behind the first of an entity's tokens.
    Inside,
    /// In none.
    Outside,
    /// The first of an entity's tokens.
    Begins,
}

/// A label, by its place among the pipeline's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelId(pub(crate) u32);

impl LabelId {
    /// No label.
    pub const NONE: LabelId = LabelId(0);
}

/// The labels of a pipeline; the first is none.
#[derive(Clone, Debug)]
pub struct Labels(Vec<Arc<str>>);

impl Default for Labels {
    fn default() -> Self {
        Self(vec!["".into()])
    }
}

impl Labels {
    /// The id of a label, which is added if it is new.
    pub fn add(&mut self, label: &str) -> LabelId {
        self.find(label).unwrap_or_else(|| {
            self.0.push(label.into());
            LabelId(self.0.len() as u32 - 1)
        })
    }

    /// The id of a label that is there.
    pub fn find(&self, label: &str) -> Option<LabelId> {
        let idx = self.0.iter().position(|it| **it == *label)?;
        Some(LabelId(idx as u32))
    }

    /// The label of an id.
    pub fn get(&self, id: LabelId) -> &Arc<str> {
        &self.0[id.0 as usize]
    }
}

impl<'t> Doc<'t> {
    pub(crate) fn new(text: &'t str, tokenizer: &Tokenizer, norms: &Norms) -> Self {
        let tokens = tokenizer.tokenize(text);
        let attributes = tokens.iter().map(|it| attributes_with(text, it, norms)).collect();
        let mut starts = vec![Start::Unknown; tokens.len()];
        if let (Some(start), Some(first)) = (starts.first_mut(), tokens.first())
            && !first.is_joined()
        {
            *start = Start::Yes;
        }
        let ents = vec![Ent::default(); tokens.len()];
        Self { text, tokens, attributes, starts, ents }
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn word(&self, idx: usize) -> &'t str {
        let token = &self.tokens[idx];
        &self.text[token.start as usize..token.end as usize]
    }

    /// What decides which moves may be made at a token.
    pub(crate) fn place(&self, idx: usize) -> Place {
        let ent = |idx: usize| self.ents.get(idx).copied().unwrap_or_default();
        Place {
            here: ent(idx),
            next: ent(idx + 1),
            is_last: idx + 1 == self.len(),
            is_space: self.attributes[idx].is_space,
            is_before_sentence: self.starts_sentence(idx + 1),
        }
    }

    pub(crate) fn starts_sentence(&self, idx: usize) -> bool {
        self.starts.get(idx) == Some(&Start::Yes)
    }

    /// The entities as stretches of tokens: spaCy's `Doc.ents`.
    pub(crate) fn entities(&self) -> Vec<(Range<usize>, LabelId)> {
        let mut found = Vec::new();
        let mut open: Option<(usize, LabelId)> = None;
        for (idx, ent) in self.ents.iter().enumerate() {
            let goes_on = match ent.iob {
                Iob::Inside => true,
                Iob::Unknown => ent.label != LabelId::NONE,
                Iob::Outside | Iob::Begins => false,
            };
            if goes_on {
                continue;
            }
            found.extend(open.take().map(|(start, label)| (start..idx, label)));
            if ent.iob == Iob::Begins && ent.label != LabelId::NONE {
                open = Some((idx, ent.label));
            }
        }
        found.extend(open.map(|(start, label)| (start..self.len(), label)));
        found
    }

    /// Sets entities, and leaves other tokens as they are: spaCy's `Doc.set_ents` with
    /// `default="unmodified"`.
    pub(crate) fn set_entities(&mut self, entities: &[(Range<usize>, LabelId)]) {
        for (tokens, label) in entities {
            if *label == LabelId::NONE {
                continue;
            }
            for idx in tokens.clone() {
                let iob = if idx == tokens.start { Iob::Begins } else { Iob::Inside };
                self.ents[idx] = Ent { iob, label: *label };
            }
        }
        self.repair();
    }

    /// Sets entities, and says of all other tokens that they belong to none.
    pub(crate) fn replace_entities(&mut self, entities: &[(Range<usize>, LabelId)]) {
        self.ents.fill(Ent { iob: Iob::Outside, label: LabelId::NONE });
        self.set_entities(entities);
    }

    /// What goes on with nothing, or under another label, begins.
    fn repair(&mut self) {
        for idx in 1..self.ents.len() {
            let (before, it) = (self.ents[idx - 1], self.ents[idx]);
            let is_in = matches!(before.iob, Iob::Begins | Iob::Inside);
            if it.iob == Iob::Inside && (!is_in || before.label != it.label) {
                self.ents[idx].iob = Iob::Begins;
            }
        }
    }

    pub(crate) fn parsed(self, labels: &Labels) -> Parsed {
        let entity = |(tokens, label): (Range<usize>, LabelId)| Entity {
            start: self.tokens[tokens.start].start,
            end: self.tokens[tokens.end - 1].end,
            tokens,
            label: Arc::clone(labels.get(label)),
        };
        let entities = self.entities().into_iter().map(entity).collect();
        let sentences = self.starts.iter().enumerate();
        let sentences = sentences.filter(|(idx, it)| *idx == 0 || **it == Start::Yes);
        Parsed { sentences: sentences.map(|(idx, _)| idx).collect(), tokens: self.tokens, entities }
    }
}

/// What a pipeline found in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The tokens.
    pub tokens: Vec<Token>,
    /// The entities, in order.
    pub entities: Vec<Entity>,
    /// The first token of each sentence.
    pub sentences: Vec<usize>,
}

/// An entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its first byte.
    pub start: u32,
    /// The byte behind its last.
    pub end: u32,
    /// Its tokens.
    pub tokens: Range<usize>,
    /// Its label.
    pub label: Arc<str>,
}
