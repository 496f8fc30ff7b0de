//! A model that an older `nerine train` wrote, as a folder: `model.bin`, which is all that
//! predicting needs. Where the base is a spaCy pipeline, the rules of its tokenizer lie beside it in
//! `tokenizer.json`.

use std::fs;
use std::path::Path;

use anyhow::Result;
use model::{Model, Rules};
use project::BytesError;
use tokenizer::{Base, Tokenizer};

use crate::refusal::refuse;

const MODEL: &str = "model.bin";
const TOKENIZER: &str = "tokenizer.json";

/// A trained model with the tokenizer of its base.
pub(crate) struct Loaded {
    pub(crate) model: Model,
    pub(crate) tokenizer: Tokenizer,
}

/// Whether a path is a folder that an older `nerine train` wrote.
pub(crate) fn is_one(path: &Path) -> bool {
    path.join(MODEL).is_file()
}

/// Reads the model in a folder.
pub(crate) fn load(dir: &Path) -> Result<Loaded> {
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
    let model: Model = match project::from_bytes(&bytes) {
        Ok(model) => model,
        Err(BytesError::NewerVersion { .. }) => {
            return refuse(format!("{name} was written by a newer Nerine: update this one"));
        }
        Err(BytesError::Damaged { reason }) => {
            return refuse(format!("{name} is damaged ({reason}): train the model again"));
        }
    };
    let tokenizer = match model.base.parse::<Base>() {
        Ok(base) => Tokenizer::new(base),
        Err(_) => own_tokenizer(dir, &model.base)?,
    };
    Ok(Loaded { model, tokenizer })
}

/// The tokenizer of a base that is not built in.
fn own_tokenizer(dir: &Path, base: &str) -> Result<Tokenizer> {
    let path = dir.join(TOKENIZER);
    let name = path.display();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(err) => {
            return refuse(format!(
                "{name} cannot be read ({err}), and the model's base {base:?} is not built in: \
                 update Nerine, or train the model again"
            ));
        }
    };
    let rules: Rules = match serde_json::from_slice(&bytes) {
        Ok(rules) => rules,
        Err(err) => return refuse(format!("{name} is damaged ({err}): train the model again")),
    };
    match Tokenizer::from_rules(&rules) {
        Ok(tokenizer) => Ok(tokenizer),
        Err(err) => refuse(format!("{name}: {err}")),
    }
}
