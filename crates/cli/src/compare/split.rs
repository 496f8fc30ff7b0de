//! A split as a file names it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;
use corpus::{DocId, Side};
use serde::Deserialize;

use crate::refusal::{Refusal, refuse};

#[derive(Deserialize)]
struct SplitFile {
    #[serde(default)]
    train: Vec<String>,
    #[serde(default)]
    dev: Vec<String>,
    #[serde(default)]
    test: Vec<String>,
}

/// The side of each text that the file names.
pub(super) fn read(path: &Path) -> Result<BTreeMap<DocId, Side>> {
    let name = path.display();
    let unread = |err: &dyn std::fmt::Display| Refusal(format!("{name} cannot be read ({err})"));
    let bytes = fs::read(path).map_err(|err| unread(&err))?;
    let file: SplitFile = serde_json::from_slice(&bytes).map_err(|err| unread(&err))?;
    let mut sides = BTreeMap::new();
    for (ids, side) in [(file.train, Side::Train), (file.dev, Side::Dev), (file.test, Side::Test)] {
        for id in ids {
            if sides.insert(DocId(id.clone()), side).is_some() {
                return refuse(format!("{name} names {id:?} twice: leave it on one side"));
            }
        }
    }
    Ok(sides)
}
