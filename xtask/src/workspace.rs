//! Where things lie, and what cargo knows about the crates.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::step;

/// The checkout's top folder.
///
/// Cargo names it to what it runs. It is not compiled in: checkouts that share a target folder
/// share this program.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this program");
        Path::new(&xtask).parent().expect("xtask lies in the workspace").to_path_buf()
    });
    &ROOT
}

/// The folder of pinned tools and virtual environments, shared by all checkouts.
pub(crate) fn cache() -> Result<PathBuf> {
    let caches = match std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => match std::env::home_dir() {
            Some(home) => home.join(".cache"),
            None => bail!("no home folder: set XDG_CACHE_HOME to a folder that keeps tools"),
        },
    };
    Ok(caches.join("nerine"))
}

/// What `cargo metadata` says; for one target when `platform` names it.
pub(crate) fn metadata(platform: Option<&str>) -> Result<Value> {
    let mut command = step::cargo();
    command.args(["metadata", "--format-version=1", "--locked"]);
    if let Some(platform) = platform {
        command.args(["--filter-platform", platform]);
    }
    serde_json::from_str(&step::output(&mut command)?).context("cargo metadata wrote no JSON")
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let mut command = step::cargo();
    command.args(["metadata", "--format-version=1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&step::output(&mut command)?)?;
    let dir = metadata["target_directory"].as_str().context("cargo names no target directory")?;
    Ok(PathBuf::from(dir))
}
