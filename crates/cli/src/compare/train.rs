//! One run of a comparison: a base is trained on some texts and reads others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use ::predict::Predictor;
use anyhow::Result;
use corpus::{Doc, Label, Span};
use crf::Input;
use experiment::{Look, Prediction, Record, Run};
use learn::{Config, Example, Progress, Text, device};
use model::{Pipeline, Shape};
use project::PipelineParts;

use super::variant::Variant;
use crate::base::{self, Base};
use crate::device::block_on;
use crate::refusal::Refusal;
use crate::spacy_run::find;
use crate::{few, trained};

/// The texts of a run.
pub(super) struct Texts<'t> {
    pub(super) train: &'t [Doc],
    pub(super) dev: &'t [Doc],
    pub(super) scored: &'t [Doc],
    /// Texts whose marks are not looked at, for a learner that reads words.
    pub(super) raw: &'t [Arc<str>],
    /// The labels of all texts that are compared on.
    pub(super) labels: &'t [Label],
}

/// How bases are trained.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Of spaCy's architecture, but for the seed; of Nerine's own learner only the time counts.
    pub(super) config: Config,
    /// The sizes of a network that starts from nothing.
    pub(super) shape: Shape,
}

/// A trained model, or one that came.
pub(super) enum Model {
    Few(Box<crf::Model>),
    Spacy(Box<Pipeline>),
}

/// What training came to.
struct Trained {
    model: Model,
    looks: Vec<Look>,
    secs: f64,
}

/// Trains and reads. The model is given back, too, for whoever keeps it.
pub(super) fn go(
    variant: &Variant,
    run: &Run,
    texts: &Texts<'_>,
    settings: &Settings,
) -> Result<(Record, Model)> {
    let Trained { model, looks, secs } = match (&variant.base, variant.is_as_is()) {
        (Base::Nerine, _) => few_model(variant, run, texts, settings)?,
        (Base::Pipeline(path), true) => {
            let pipeline = Box::new(base::open(path)?);
            Trained { model: Model::Spacy(pipeline), looks: Vec::new(), secs: 0.0 }
        }
        _ => pipeline(variant, run, texts, settings)?,
    };
    let began = Instant::now();
    let found = match &model {
        Model::Few(it) => {
            let spans = |doc: &Doc| it.predict(&doc.text).into_iter().map(|it| it.span).collect();
            texts.scored.iter().map(spans).collect()
        }
        Model::Spacy(it) => find(&Predictor::new((**it).clone())?, texts.scored)?,
    };
    // The same words for every base, whatever its tokens are.
    let words: usize = texts.scored.iter().map(|it| it.text.split_whitespace().count()).sum();
    let words_per_sec = words as f64 / began.elapsed().as_secs_f64().max(1e-3);
    // A pipeline that is used as it came calls things its own way.
    let meant = |span: Span| match span.label().among(texts.labels) {
        Some(label) if variant.is_as_is() => span.with_label(label.clone()),
        _ => span,
    };
    let found = found.into_iter().map(|it: Vec<Span>| it.into_iter().map(meant).collect());
    let prediction = |(doc, spans): (&Doc, Vec<Span>)| Prediction { doc: doc.id.clone(), spans };
    let record = Record {
        run: run.clone(),
        predictions: texts.scored.iter().zip(found).map(prediction).collect(),
        n_train_docs: if variant.is_as_is() { 0 } else { texts.train.len() as u32 },
        looks,
        train_secs: secs,
        words_per_sec,
        model_bytes: n_bytes(&model),
        device: "CPU".to_owned(),
        versions: BTreeMap::from([("nerine".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        misaligned: misaligned(variant, texts)?,
    };
    Ok((record, model))
}

fn few_model(
    variant: &Variant,
    run: &Run,
    texts: &Texts<'_>,
    settings: &Settings,
) -> Result<Trained> {
    let examples = |docs: &[Doc]| docs.iter().map(few::example).collect();
    let input = Input {
        labels: trained::labels_of(texts.train),
        examples: examples(texts.train),
        vectors: few::vectors(variant.vectors.as_deref(), texts.train, texts.raw)?,
        raw: texts.raw.to_vec(),
        dev: examples(texts.dev),
        seed: run.seed,
        ..Input::default()
    };
    let began = Instant::now();
    let secs = || began.elapsed().as_secs_f64();
    let mut work = crf::train(input).map_err(|err| Refusal(err.to_string()))?;
    let mut looks: Vec<Look> = Vec::new();
    let model = loop {
        let step = work.step();
        for look in &work.looks()[looks.len()..] {
            let epoch = looks.len() as u32 + 1;
            looks.push(Look { epoch, dev_f1: look.dev_f1.unwrap_or(0.0).into(), secs: secs() });
        }
        match step {
            crf::Step::Done(model) => break model,
            crf::Step::Working(_)
                if settings.config.max_secs.is_some_and(|most| most <= secs()) =>
            {
                work.stop();
            }
            crf::Step::Working(_) => {}
        }
    };
    Ok(Trained { model: Model::Few(Box::new(model)), looks, secs: secs() })
}

fn pipeline(
    variant: &Variant,
    run: &Run,
    texts: &Texts<'_>,
    settings: &Settings,
) -> Result<Trained> {
    let config = Config { seed: run.seed, ..settings.config.clone() };
    let how = variant.how(config, settings.shape.clone(), texts.raw);
    let mut training = how.begin(&device::cpu(), texts.train, texts.dev)?;
    while !matches!(block_on(training.step())?, Progress::Done(_)) {}
    let look = |it: &learn::Evaluation| Look {
        epoch: it.epoch,
        dev_f1: it.dev_f1.unwrap_or(0.0).into(),
        secs: it.secs,
    };
    let looks = training.evaluations().iter().map(look).collect();
    let secs = training.secs();
    let model = training.best().expect("a run ends with a model").1.clone();
    drop(training);
    let pipeline = Box::new(how.start()?.trained(&model)?);
    Ok(Trained { model: Model::Spacy(pipeline), looks, secs })
}

/// The size of a model with all that it needs, in bytes.
fn n_bytes(model: &Model) -> u64 {
    match model {
        Model::Few(it) => it.to_bytes().len() as u64,
        Model::Spacy(it) => PipelineParts::new((**it).clone()).n_bytes(),
    }
}

/// How many gold spans the base's tokens cannot express.
fn misaligned(variant: &Variant, texts: &Texts<'_>) -> Result<u32> {
    let (docs, labels) = (texts.scored, texts.labels);
    if variant.base == Base::Nerine {
        let lost = |doc: &Doc| crf::unlearnable(&few::example(doc), labels) as u32;
        return Ok(docs.iter().map(lost).sum());
    }
    let tokenizer = variant.base.open()?.tokenizer;
    let lost = |doc: &Doc| {
        let gold: Vec<Span> = doc.spans().cloned().collect();
        Example::new(Text::new(&tokenizer, &doc.text), &gold, labels).unlearned.off_tokens
    };
    Ok(docs.iter().map(lost).sum())
}
