//! The page and its workers, built by trunk.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::step::{self, step};
use crate::{browser, cut, tools, workspace};

/// The variable from which `protocol` takes the build id; unset, the id is "dev".
pub(crate) const BUILD_ID: &str = "NERINE_BUILD_ID";

/// How the programs are compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Quick to build: the profile of the tests.
    Dev,
    /// Small and fast: the profiles that index.html names, then wasm-opt.
    Optimised,
}

impl Mode {
    /// Optimised where a person asked for it.
    pub(crate) fn of(release: bool) -> Self {
        if release { Mode::Optimised } else { Mode::Dev }
    }
}

/// Where the page lies that is served here. `dist/` holds only what `dist` wrote. Trunk empties the
/// folder, so it must be none of cargo's, which has one for each profile.
pub(crate) fn folder(mode: Mode) -> Result<PathBuf> {
    let name = match mode {
        Mode::Dev => "site",
        Mode::Optimised => "site-optimised",
    };
    Ok(workspace::target_dir()?.join(name))
}

/// Builds page and workers into `folder`, with links that work below any path.
pub(crate) fn build(folder: &Path, mode: Mode, base: &str, build_id: Option<&str>) -> Result<()> {
    let mut trunk = trunk("build", folder, mode, base)?;
    if let Some(id) = build_id {
        trunk.env(BUILD_ID, id);
    }
    let what = match mode {
        Mode::Dev => "build the page and its workers",
        Mode::Optimised => "build the page and its workers, optimised",
    };
    step(what, || step::run(&mut trunk))?;
    match mode {
        Mode::Dev => Ok(()),
        Mode::Optimised => step("cut the page into parts", || cut::cut(folder, build_id)),
    }
}

/// Trunk with its tools in reach. `verb` is `build` or `watch`.
pub(crate) fn trunk(verb: &str, folder: &Path, mode: Mode, base: &str) -> Result<Command> {
    tools::ensure_wasm_target()?;
    let trunk = tools::ensure(tools::TRUNK)?;
    let bindgen = tools::ensure(tools::WASM_BINDGEN)?;
    let mut path = vec![trunk.as_path(), bindgen.as_path()];
    let npm = browser::npm_bin();
    if mode == Mode::Optimised {
        // wasm-opt comes from npm.
        browser::ensure_npm_parts()?;
        path.push(&npm);
    }
    // trunk makes the folder itself, but not its parents.
    std::fs::create_dir_all(folder)?;
    let mut command = step::command(trunk.join("trunk"));
    command.arg(verb).arg("--dist").arg(folder).args(["--public-url", base]);
    if mode == Mode::Optimised {
        command.arg("--release");
    }
    command
        .env("PATH", tools::path_with(&path)?)
        // trunk 0.21.14 takes only "true" and "false" here and stops at "1".
        .env_remove("NO_COLOR");
    Ok(command)
}
