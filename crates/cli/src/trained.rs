//! A pipeline that `nerine train` made: a folder that spaCy opens, whose meta.json says where it
//! comes from and how well it finds entities; or its numbers alone, as `.safetensors`.

use std::fs;
use std::path::Path;

use anyhow::Result;
use corpus::{Doc, Label};
use model::{Pipeline, Step};
use scorer::Scores;
use spacy::pipeline::{FolderSink, Training, note_training, save as write, save_safetensors};

use crate::refusal::refuse;
use crate::whole;

/// Whether a path asks for a model's numbers alone.
pub(crate) fn is_safetensors(path: &Path) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case("safetensors"))
}

/// Makes the folders above, so that a path that cannot be written is told before training.
pub(crate) fn prepare(path: &Path) -> Result<()> {
    if let Some(above) = path.parent()
        && let Err(err) = fs::create_dir_all(above)
    {
        return refuse(format!(
            "the folder {} cannot be made ({err}): name another with -o",
            above.display()
        ));
    }
    match is_safetensors(path) {
        true => whole::check_file(path),
        false => whole::check_folder(path),
    }
}

/// Writes a pipeline and its scores. `base` is what training started from.
pub(crate) fn save(
    path: &Path,
    pipeline: &Pipeline,
    base: &str,
    scores: &Scores,
    scored_on: &str,
) -> Result<()> {
    let mut pipeline = pipeline.clone();
    let training = Training {
        base: base.to_owned(),
        scored_on: scored_on.to_owned(),
        nerine: env!("CARGO_PKG_VERSION").to_owned(),
        scores: scores.clone(),
    };
    note_training(&mut pipeline, &training);
    if is_safetensors(path) {
        return whole::write_file(path, |file| Ok(save_safetensors(&pipeline, file).map(drop)?));
    }
    whole::write_folder(path, |folder| Ok(write(&pipeline, &mut FolderSink::new(folder))?))
}

/// The labels of all marks, in order.
pub(crate) fn labels_of<'d>(docs: impl IntoIterator<Item = &'d Doc>) -> Vec<Label> {
    let mut labels: Vec<Label> =
        docs.into_iter().flat_map(Doc::spans).map(|it| it.label().clone()).collect();
    labels.sort();
    labels.dedup();
    labels
}

/// The labels that the `ner`s of a pipeline know, in order.
pub(crate) fn labels(pipeline: &Pipeline) -> Vec<String> {
    let known =
        pipeline.components.iter().filter(|it| it.enabled).filter_map(|it| match &it.step {
            Step::Ner(it) => Some(it.moves.labels()),
            _ => None,
        });
    let mut labels: Vec<String> = known.flatten().collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}
