//! A trained model as a folder: `model.bin`, which is all that predicting needs, and `meta.json`,
//! which says to people and scripts what it is.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use model::Model;
use project::BytesError;
use serde_json::json;

use crate::figures::Figures;
use crate::refusal::refuse;

const MODEL: &str = "model.bin";
const META: &str = "meta.json";

/// Makes the folder, so that a path that cannot be written is told before training.
pub(crate) fn prepare(dir: &Path) -> Result<()> {
    match fs::create_dir_all(dir) {
        Ok(()) => Ok(()),
        Err(err) => refuse(format!(
            "the folder {} cannot be made ({err}): name another with -o",
            dir.display()
        )),
    }
}

/// Writes a model and its scores.
pub(crate) fn save(dir: &Path, model: &Model, scores: &Figures, scored_on: &str) -> Result<()> {
    let meta = json!({
        "architecture": { "name": model.architecture.name, "version": model.architecture.version },
        "base": model.base,
        "labels": model.labels,
        "scores": scores,
        "scored_on": scored_on,
        "version": env!("CARGO_PKG_VERSION"),
    });
    let mut json = serde_json::to_vec_pretty(&meta)?;
    json.push(b'\n');
    for (name, bytes) in [(MODEL, project::to_bytes(model)), (META, json)] {
        let path = dir.join(name);
        fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// Reads the model in a folder.
pub(crate) fn load(dir: &Path) -> Result<Model> {
    let path = dir.join(MODEL);
    let name = path.display();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(err) => {
            return refuse(format!(
                "{name} cannot be read ({err}): name a folder that nerine train wrote"
            ));
        }
    };
    match project::from_bytes(&bytes) {
        Ok(model) => Ok(model),
        Err(BytesError::NewerVersion { .. }) => {
            refuse(format!("{name} was written by a newer Nerine: update this one"))
        }
        Err(BytesError::Damaged { reason }) => {
            refuse(format!("{name} is damaged ({reason}): train the model again"))
        }
    }
}
