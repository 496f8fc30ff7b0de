//! `cargo xtask golden`: the files that say what spaCy does, made again by spaCy.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::step::{self, step};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Scripts to run, by name without `.py`; all of them when none is named
    names: Vec<String>,
}

/// The spaCy whose behaviour is the truth.
const SPACY: &str = "3.8.18";
/// The scispaCy whose tokenizer is built in. The rest of it, and what that needs, is not used.
const SCISPACY: &str = "0.6.2";

pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace::root();
    let folder = root.join("tests/golden/spacy");
    let mut scripts = fs::read_dir(&folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    scripts.retain(|script| {
        let name = script.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        script.extension().is_some_and(|ending| ending == "py")
            && (args.names.is_empty() || args.names.iter().any(|wanted| wanted == name))
    });
    scripts.sort();
    if scripts.is_empty() {
        bail!("no such script in tests/golden/spacy: look there for the names");
    }

    let venv = workspace::cache()?.join(format!("spacy-{SPACY}"));
    let python = venv.join("bin/python");
    // Written last, so that an installation that was broken off is made again.
    let complete = venv.join("complete");
    let packages = format!("spacy=={SPACY} scispacy=={SCISPACY}");
    if fs::read_to_string(&complete).ok().as_ref() != Some(&packages) {
        step(&format!("install spaCy {SPACY} into the cache (once)"), || {
            step::run(step::command("python3").args(["-m", "venv"]).arg(&venv))
                .context("install Python 3.9 to 3.13 with its venv module")?;
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            step::run(step::command(&python).args(pip).arg(format!("spacy=={SPACY}")))?;
            let scispacy = ["--no-deps", &format!("scispacy=={SCISPACY}")];
            step::run(step::command(&python).args(pip).args(scispacy))?;
            Ok(fs::write(&complete, &packages)?)
        })?;
    }
    for script in &scripts {
        let name = script.file_name().unwrap_or_default().display();
        step(&name.to_string(), || step::run(step::command(&python).arg(script)))?;
    }
    step("what changed", || {
        step::run(step::command("git").args([
            "--no-pager",
            "diff",
            "--stat",
            "--",
            "*golden*",
            "*rules*",
        ]))
    })
}
