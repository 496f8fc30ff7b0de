//! `cargo xtask golden`: the files that say what spaCy does, made again by spaCy.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::step::{self, step};
use crate::{spacy, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Scripts to run, by name without `.py`; all of them when none is named
    names: Vec<String>,
}

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

    let python = spacy::ensure()?;
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
