//! What training made a pipeline forget.

use ::predict::Predictor;
use anyhow::Result;
use corpus::{Doc, Label, Span};
use experiment::{Forgetting, Prediction, Record};

use super::train::Texts;
use super::variant::Variant;
use crate::base::{self, Base};
use crate::spacy_run::find;

/// What a run still finds of what its base found in the scored texts: labels that are marked are held
/// against the marks, the others against what the base finds itself. Nothing for a base that goes on
/// from no weights.
pub(super) fn of(
    variant: &Variant,
    described: &experiment::Base,
    texts: &Texts<'_>,
    record: &Record,
) -> Result<Vec<Forgetting>> {
    let Base::Pipeline(path) = &variant.base else { return Ok(Vec::new()) };
    if !variant.can_forget() || described.labels.is_empty() {
        return Ok(Vec::new());
    }
    let predictions = |spans: Vec<Vec<Span>>| -> Vec<Prediction> {
        let prediction = |(doc, spans): (&Doc, _)| Prediction { doc: doc.id.clone(), spans };
        texts.scored.iter().zip(spans).map(prediction).collect()
    };
    let before = predictions(find(&Predictor::new(base::open(path)?)?, texts.scored)?);
    let (key, after) = (&described.key, &record.predictions);
    let is_marked = |it: &Label| texts.labels.contains(it);
    let (marked, others): (Vec<Label>, Vec<Label>) =
        described.labels.iter().cloned().partition(is_marked);
    let mut told = Vec::new();
    if !marked.is_empty() {
        let gold = texts.scored.iter().map(|it| it.spans().cloned().collect()).collect();
        let gold = predictions(gold);
        told.push(Forgetting::against_gold(key.clone(), &marked, &gold, &before, after));
    }
    if !others.is_empty() {
        told.push(Forgetting::against_silver(key.clone(), &others, &before, after));
    }
    Ok(told)
}
