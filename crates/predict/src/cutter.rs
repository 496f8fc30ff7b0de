use std::rc::Rc;

use model::{Component, Pipeline, Step, Touches};
use tokenizer::{Token, Tokenizer};

use crate::{Difference, PredictError, Predictor};

/// Cuts texts as a base does: into tokens, and into the sentences that bind its entities.
pub struct Cutter(Kind);

enum Kind {
    /// Sentences start nowhere.
    Tokens(Rc<Tokenizer>),
    /// Something that runs before entities are found starts sentences.
    Sentences(Box<Predictor>),
}

/// The tokens of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Each as `start..end` in bytes.
    pub bounds: Vec<(u32, u32)>,
    /// The numbers of those that start a sentence; empty where nothing says it.
    pub sentence_starts: Vec<u32>,
}

/// A tokenizer alone starts no sentences.
impl From<Rc<Tokenizer>> for Cutter {
    fn from(tokenizer: Rc<Tokenizer>) -> Self {
        Self(Kind::Tokens(tokenizer))
    }
}

impl Cutter {
    /// Cuts as a pipeline does before it finds entities.
    pub fn new(mut pipeline: Pipeline) -> Result<Self, PredictError> {
        if !starts_sentences(&pipeline) {
            return Ok(Rc::new(Tokenizer::from_rules(&pipeline.tokenizer)?).into());
        }
        let n_before = before_entities(&pipeline).len();
        pipeline.components.truncate(n_before);
        Ok(Self(Kind::Sentences(Box::new(Predictor::new(pipeline)?))))
    }

    /// What spaCy might cut otherwise, since Nerine leaves a component out.
    pub fn differences(&self) -> &[Difference] {
        match &self.0 {
            Kind::Tokens(_) => &[],
            Kind::Sentences(it) => it.differences(),
        }
    }

    /// The tokens of a text and its sentence starts.
    pub fn cut(&self, text: &str) -> Result<Cut, PredictError> {
        let bounds = |tokens: &[Token]| tokens.iter().map(|it| (it.start, it.end)).collect();
        match &self.0 {
            Kind::Tokens(it) => Ok(Cut { bounds: bounds(&it.tokenize(text)), ..Cut::default() }),
            Kind::Sentences(it) => {
                let parsed = it.predict(&[text])?.pop().expect("one for each text");
                let sentence_starts = parsed.sentences.iter().map(|it| *it as u32).collect();
                Ok(Cut { bounds: bounds(&parsed.tokens), sentence_starts })
            }
        }
    }
}

/// Whether something in a pipeline starts sentences before it finds entities, be it something
/// that is not run.
pub fn starts_sentences(pipeline: &Pipeline) -> bool {
    before_entities(pipeline).iter().filter(|it| it.enabled).any(|it| match &it.step {
        Step::Parser(_) | Step::Senter(_) | Step::Sentencizer(_) => true,
        Step::Kept(kept) => kept.touches == Touches::Sentences,
        Step::Tok2Vec(_) | Step::Ner(_) | Step::Ruler(_) => false,
    })
}

/// What runs behind the first entities comes too late to bind them.
fn before_entities(pipeline: &Pipeline) -> &[Component] {
    let is_ner = |it: &Component| it.enabled && matches!(it.step, Step::Ner(_));
    let components = &pipeline.components;
    &components[..components.iter().position(is_ner).unwrap_or(components.len())]
}
