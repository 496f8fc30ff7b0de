//! The spaCy that tests and golden files ask, in a Python environment of its own.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::step::{self, step};
use crate::workspace;

/// The spaCy whose behaviour is the truth.
const SPACY: &str = "3.8.18";
/// The scispaCy whose tokenizer is built in. The rest of it, and what that needs, is not used.
const SCISPACY: &str = "0.6.2";

/// Gives back the Python that has spaCy, after installing both into the cache if need be.
pub(crate) fn ensure() -> Result<PathBuf> {
    let venv = workspace::cache()?.join(format!("spacy-{SPACY}"));
    let python = venv.join("bin/python");
    // Written last, so that an installation that was broken off is made again.
    let complete = venv.join("complete");
    let packages = format!("spacy=={SPACY} scispacy=={SCISPACY}");
    if fs::read_to_string(&complete).ok().as_ref() == Some(&packages) {
        return Ok(python);
    }
    step(&format!("install spaCy {SPACY} into the cache (once)"), || {
        step::run(step::command("python3").args(["-m", "venv"]).arg(&venv))
            .context("install Python 3.9 to 3.13 with its venv module")?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        step::run(step::command(&python).args(pip).arg(format!("spacy=={SPACY}")))?;
        let scispacy = ["--no-deps", &format!("scispacy=={SCISPACY}")];
        step::run(step::command(&python).args(pip).args(scispacy))?;
        Ok(fs::write(&complete, &packages)?)
    })?;
    Ok(python)
}
