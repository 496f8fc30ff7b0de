//! Trainings of spaCy's architecture: what they start from, and what they find.

use std::path::Path;
use std::sync::Arc;

use ::predict::Predictor;
use anyhow::Result;
use corpus::{Doc, Label, Span};
use learn::device::Device;
use learn::{Config, Echo, Example, LearnError, SpacyNer, Start, Text, Training, Tutor};
use model::{Keeps, Pipeline, Shape};
use tokenizer::Norms;

use crate::base::{self, Base};
use crate::refusal::{Refusal, refuse};
use crate::trained;

/// Texts that are read in one step.
const TEXTS: usize = 100;

/// What becomes of the labels that a pipeline knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Labels {
    /// They stay, and those of the texts are added
    #[default]
    Add,
    /// They stay, and marks of others are not looked at
    Keep,
    /// Those of the texts take their place
    Replace,
}

/// What is done so that a pipeline forgets less of what it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct Remedies {
    /// Leave a pipeline's tok2vec as it is: what other components read stays the same
    #[arg(long, conflicts_with = "scratch")]
    pub(crate) freeze: bool,
    /// Have a pipeline learn what it finds itself in the texts, too, so that it forgets less of the
    /// labels that it knows
    #[arg(long, conflicts_with_all = ["scratch", "vectors", "labels"])]
    pub(crate) replay: bool,
    /// Hold the scores of a pipeline in the texts of --raw to what they were before training, beside
    /// learning the marks, so that it forgets less: what nlp.rehearse does in spaCy. Without --raw it
    /// is done in the texts that are learned from, whose marks say otherwise
    #[arg(long, conflicts_with_all = ["scratch", "vectors", "labels"])]
    pub(crate) rehearse: bool,
}

/// How a base is trained.
#[derive(Clone, Debug)]
pub(crate) struct How<'a> {
    pub(crate) base: &'a Base,
    pub(crate) labels: Labels,
    /// What stays of a pipeline.
    pub(crate) keeps: Keeps,
    /// Word vectors in place of those that it has.
    pub(crate) vectors: Option<&'a Path>,
    pub(crate) remedies: Remedies,
    /// Texts without marks in which it is held to its scores; where there are none, those that are
    /// learned from.
    pub(crate) raw: &'a [Arc<str>],
    /// The sizes of a network that starts from nothing.
    pub(crate) shape: Shape,
    pub(crate) config: Config,
}

impl How<'_> {
    /// What training starts from.
    pub(crate) fn start(&self) -> Result<Start> {
        let start = match self.base {
            Base::Nerine => return refuse(base::NO_TOKENS),
            Base::BuiltIn(base) => match base.rules() {
                Some(rules) => {
                    let tokens = Box::new(Pipeline::of_tokens(base.lang(), rules));
                    Start::Tokens(tokens, self.shape.clone())
                }
                None => {
                    return refuse(format!(
                        "{base} has no rules that a pipeline's files can hold: choose another base"
                    ));
                }
            },
            Base::Pipeline(path) => {
                let pipeline = Box::new(base::open(path)?);
                let is_bare = self.keeps == Keeps::Tokens || self.vectors.is_some();
                match self.labels {
                    _ if is_bare || pipeline.trained_ner().is_none() => {
                        Start::Tokens(pipeline, self.shape.clone())
                    }
                    _ if self.keeps == Keeps::Beside => Start::Beside(pipeline, self.shape.clone()),
                    Labels::Replace => Start::OtherLabels(pipeline),
                    Labels::Add | Labels::Keep => Start::Pipeline(pipeline),
                }
            }
        };
        match (self.vectors, start) {
            (Some(path), Start::Tokens(mut pipeline, shape)) => {
                pipeline.set_vectors(base::vectors(path)?);
                Ok(Start::Tokens(pipeline, shape))
            }
            (_, start) => Ok(start),
        }
    }

    /// A run that is ready to begin.
    pub(crate) fn begin(
        &self,
        device: &Device,
        train: &[Doc],
        dev: &[Doc],
    ) -> Result<Training<SpacyNer>> {
        let labels = trained::labels_of(train);
        let base = self.base.open()?;
        let start = self.start()?;
        let pipeline = start.base();
        let norms = Norms::new(pipeline.norms.iter().map(|(word, norm)| (*word, norm.as_str())));
        let mut labels = match &start {
            Start::Pipeline(it) if self.labels == Labels::Keep => {
                let known = it.trained_ner().map(|it| it.moves.labels()).unwrap_or_default();
                let is_known = |it: &Label| known.iter().any(|known| known == it.as_str());
                labels.into_iter().filter(is_known).collect()
            }
            _ => labels,
        };
        let echo = match &start {
            Start::Pipeline(it) if self.remedies.replay => Echo::of(it, &labels)?,
            _ => None,
        };
        labels.extend(echo.iter().flat_map(|it| it.labels().iter().cloned()));
        let example = |doc: &Doc| {
            let gold: Vec<Span> = doc.spans().cloned().collect();
            let gold = match &echo {
                Some(echo) => echo.with(&doc.text, gold),
                None => gold,
            };
            let text = Text::with_norms(&base.tokenizer, &norms, &doc.text);
            Example::new(text, &gold, &labels).with_unread(doc.annotation.unread.clone())
        };
        let (train, dev): (Vec<_>, Vec<_>) =
            (train.iter().map(example).collect(), dev.iter().map(example).collect());
        // What a base knows and does not find here cannot be learned again.
        let is_there =
            |label: &Label| train.iter().flat_map(|it| &it.gold).any(|it| it.label() == label);
        if echo.is_some() {
            labels.retain(is_there);
        }
        let counted = learn::count_tokens(&labels, &train);
        let texts = || match self.raw {
            [] => train.iter().map(|it| it.text.clone()).collect(),
            raw => raw.iter().map(|it| Text::with_norms(&base.tokenizer, &norms, it)).collect(),
        };
        let tutor = match &start {
            Start::Pipeline(it) if self.remedies.rehearse => Tutor::new(it, texts()),
            _ => None,
        };
        let run = || {
            let learner = SpacyNer::new(&self.config, &base.name, start, &counted, device)?;
            let learner =
                if self.remedies.freeze { learner.with_frozen_tok2vec() } else { learner };
            let learner = match tutor {
                Some(tutor) => learner.with_tutor(tutor),
                None => learner,
            };
            Training::new(learner, self.config.clone(), &labels, train, dev)
        };
        run().map_err(|err| match err {
            LearnError::Device { .. } => anyhow::Error::from(err),
            err => Refusal(err.to_string()).into(),
        })
    }
}

/// What a pipeline finds in each text.
pub(crate) fn find(predictor: &Predictor, docs: &[Doc]) -> Result<Vec<Vec<Span>>> {
    let mut all = Vec::with_capacity(docs.len());
    for docs in docs.chunks(TEXTS) {
        let texts: Vec<&str> = docs.iter().map(|it| &*it.text).collect();
        let found = predictor.predict(&texts)?.into_iter();
        all.extend(found.map(|it| learn::spans(&it).collect::<Vec<_>>()));
    }
    Ok(all)
}
