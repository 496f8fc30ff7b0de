//! The same comparison for real spaCy.

use std::path::Path;

use anyhow::Result;
use corpus::Label;
use experiment::Experiment;
use learn::Config;
use spacy::pipeline::FolderSink;
use spacy::workspace::{Base, From, Part, Workspace};

use super::variant::Variant;
use super::{Docs, docs_of};
use crate::base::Base as Named;
use crate::{trained, whole};

/// Writes the folder that `spacy project run all` works on.
pub(super) fn write(
    dir: &Path,
    experiment: &Experiment,
    variants: &[Variant],
    docs: &Docs,
    max_steps: u32,
) -> Result<()> {
    whole::check_folder(dir)?;
    let labels = trained::labels_of(docs.values());
    let (mut bases, mut left_out) = (Vec::new(), Vec::new());
    for (variant, base) in variants.iter().zip(&experiment.bases) {
        match &variant.base {
            Named::Nerine => left_out.push(base.name.clone()),
            Named::BuiltIn(it) if it.rules().is_none() => left_out.push(base.name.clone()),
            _ => bases.push(self::base(variant, base.name.clone(), &labels)?),
        }
    }
    let shares = experiment.shares.iter().copied().filter(|it| *it != 100).chain([100]);
    let shares: Vec<u8> = shares.collect();
    let parts: Vec<Part<'_>> = experiment
        .split
        .folds
        .iter()
        .map(|fold| Part {
            train: shares
                .iter()
                .map(|it| (*it, docs_of(docs, fold.train_share(*it)).collect()))
                .collect(),
            dev: docs_of(docs, &fold.dev).collect(),
            scored: docs_of(docs, fold.scored()).collect(),
        })
        .collect();
    let workspace = Workspace {
        title: "Bases compared",
        bases: &bases,
        parts: &parts,
        seeds: &experiment.seeds,
        max_steps,
        left_out: &left_out,
    };
    whole::write_folder(dir, |folder| Ok(workspace.write(&mut FolderSink::new(folder))?))
}

fn base(variant: &Variant, name: String, labels: &[Label]) -> Result<Base> {
    let start = variant.how(Config::spacy()).start()?;
    let mut pipeline = start.base().clone();
    let from = match &start {
        _ if variant.as_is => From::AsItCame,
        learn::Start::Tokens(..) => From::Tokens,
        _ => From::Weights { freeze: variant.freeze },
    };
    if let (From::Weights { .. }, Some(ner)) = (from, pipeline.trained_ner_mut()) {
        // spaCy learns no label that a component does not know when training goes on.
        for label in labels {
            ner.add_ner_label(label.as_str());
        }
    }
    Ok(Base { name, pipeline, from })
}
