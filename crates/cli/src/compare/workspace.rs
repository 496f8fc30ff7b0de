//! The same comparison for real spaCy.

use std::path::Path;

use anyhow::Result;
use experiment::Experiment;
use learn::Config;
use model::Shape;
use spacy::pipeline::FolderSink;
use spacy::workspace::{Base, From, LeftOut, Part, Settings, Workspace};

use super::variant::{Variant, Way};
use super::{Docs, docs_of};
use crate::base::Base as Named;
use crate::{trained, whole};

/// Writes the folder that `spacy project run all` works on.
pub(super) fn write(
    dir: &Path,
    experiment: &Experiment,
    variants: &[Variant],
    docs: &Docs,
    settings: Settings,
) -> Result<()> {
    whole::check_folder(dir)?;
    let labels = trained::labels_of(docs.values());
    whole::write_folder(dir, |folder| {
        let mut sink = FolderSink::new(folder);
        let mut workspace = Workspace::new(&mut sink, &labels);
        for (variant, base) in variants.iter().zip(&experiment.bases) {
            let name = base.name.clone();
            match &variant.base {
                Named::Nerine => workspace.leave_out(name, LeftOut::OwnLearner),
                Named::Pipeline(_) if variant.remedies.replay => {
                    workspace.leave_out(name, LeftOut::Replay);
                }
                Named::Pipeline(_) if variant.way == Way::Beside => {
                    workspace.leave_out(name, LeftOut::Beside);
                }
                Named::Pipeline(_) if variant.remedies.rehearse => {
                    workspace.leave_out(name, LeftOut::Rehearsal);
                }
                Named::BuiltIn(it) if it.rules().is_none() => {
                    workspace.leave_out(name, LeftOut::NoRules);
                }
                _ => workspace.base(self::base(variant, name, settings)?)?,
            }
        }
        let shares = experiment.shares.iter().copied().filter(|it| *it != 100).chain([100]);
        let shares: Vec<u8> = shares.collect();
        for fold in &experiment.split.folds {
            let share = |it: &u8| (*it, docs_of(docs, fold.train_share(*it)).collect());
            workspace.part(&Part {
                train: shares.iter().map(share).collect(),
                dev: docs_of(docs, &fold.dev).collect(),
                scored: docs_of(docs, fold.scored()).collect(),
            })?;
        }
        Ok(workspace.finish("Bases compared", &experiment.seeds)?)
    })
}

fn base(variant: &Variant, name: String, settings: Settings) -> Result<Base> {
    let start = variant.how(Config::spacy(), Shape::default(), &[]).start()?;
    let from = match &start {
        _ if variant.is_as_is() => From::AsItCame,
        learn::Start::Tokens(..) => From::Tokens,
        _ => From::Weights { freeze: variant.remedies.freeze },
    };
    let pipeline = start.base().clone();
    Ok(Base { name, pipeline, from, settings })
}
