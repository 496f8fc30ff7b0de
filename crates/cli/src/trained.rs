//! A pipeline that `nerine train` made: a folder that spaCy opens, and beside its files
//! `nerine.json`, which says to people and scripts where it comes from.

use std::fs;
use std::path::Path;

use anyhow::Result;
use model::{Pipeline, Step};
use serde_json::json;
use spacy::pipeline::FolderSink;

use crate::figures::Figures;
use crate::refusal::refuse;
use crate::whole;

const ABOUT: &str = "nerine.json";

/// Makes the folders above, so that a path that cannot be written is told before training.
pub(crate) fn prepare(dir: &Path) -> Result<()> {
    if let Some(above) = dir.parent()
        && let Err(err) = fs::create_dir_all(above)
    {
        return refuse(format!(
            "the folder {} cannot be made ({err}): name another with -o",
            above.display()
        ));
    }
    whole::check_folder(dir)
}

/// Writes a pipeline and its scores. `base` is what training started from.
pub(crate) fn save(
    dir: &Path,
    pipeline: &Pipeline,
    base: &str,
    scores: &Figures,
    scored_on: &str,
) -> Result<()> {
    let about = json!({
        "base": base,
        "labels": labels(pipeline),
        "scores": scores,
        "scored_on": scored_on,
        "version": env!("CARGO_PKG_VERSION"),
    });
    let mut about = serde_json::to_vec_pretty(&about)?;
    about.push(b'\n');
    whole::write_folder(dir, |folder| {
        spacy::pipeline::save(pipeline, &mut FolderSink::new(folder))?;
        Ok(fs::write(folder.join(ABOUT), about)?)
    })
}

/// The labels that a pipeline's last `ner` knows, in order.
pub(crate) fn labels(pipeline: &Pipeline) -> Vec<&str> {
    let ner = pipeline.components.iter().rev().find_map(|it| match &it.step {
        Step::Ner(it) => Some(it),
        _ => None,
    });
    let units = ner.and_then(|it| it.moves.0.get(&4)).into_iter().flatten();
    let mut labels: Vec<&str> =
        units.map(|(label, _)| label.as_str()).filter(|it| !it.is_empty()).collect();
    labels.sort_unstable();
    labels
}
