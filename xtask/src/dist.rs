//! `cargo xtask dist`: static files that any web host serves.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::page::{self, Mode};
use crate::step::{self, step};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Path or address the page will have; the default works below any path
    #[arg(long, default_value = "./")]
    base: String,
}

/// Endings of files that shrink.
const PACKED: [&str; 8] = ["css", "html", "js", "json", "jsonl", "svg", "txt", "wasm"];

pub(crate) fn run(args: &Args) -> Result<()> {
    let dist = folder();
    // Nothing of an older build may be left beside the new one.
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    page::build(&dist, Mode::Optimised, &args.base, Some(&build_id()?))?;
    step("compress each file with brotli", || {
        files_in(&dist)?.iter().filter(|file| shrinks(file)).try_for_each(|file| {
            let packed = brotli(&fs::read(file)?)?;
            Ok(fs::write(format!("{}.br", file.display()), packed)?)
        })
    })?;
    println!("▸ dist/ is ready: copy it to any web host");
    Ok(())
}

/// Where the files are written to.
pub(crate) fn folder() -> PathBuf {
    workspace::root().join("dist")
}

/// Packs bytes as small as brotli can.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params)?;
    Ok(packed)
}

/// All files below a folder, in order.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

fn shrinks(file: &Path) -> bool {
    file.extension().and_then(|it| it.to_str()).is_some_and(|ending| PACKED.contains(&ending))
}

/// Tells this build from others: the commit, and whether files were changed since.
fn build_id() -> Result<String> {
    let describe = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
    let id = step::output(step::command("git").args(describe))
        .context("the build id is the commit: build in a git checkout")?;
    Ok(id.trim().to_owned())
}
