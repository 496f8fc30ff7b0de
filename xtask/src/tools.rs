//! Tools in pinned versions: found in the cache, or built into it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::step::{self, step};
use crate::workspace;

/// A program from crates.io, in the one version that Nerine is built with.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    krate: &'static str,
    version: &'static str,
    /// The program in `bin/` whose presence shows that the build was completed.
    program: &'static str,
    /// Whether the tool's own lock file is used.
    locked: bool,
    /// What it is built with beside its default features.
    features: &'static str,
    /// Whether it works through whole programs, so that its own speed counts.
    optimised: bool,
}

pub(crate) const TRUNK: Tool = Tool {
    krate: "trunk",
    version: "0.21.14",
    program: "trunk",
    locked: true,
    features: "",
    optimised: false,
};
/// Must be the version of the `wasm-bindgen` crate in Cargo.toml. Its lock file does not build.
pub(crate) const WASM_BINDGEN: Tool = Tool {
    krate: "wasm-bindgen-cli",
    version: "0.2.130",
    program: "wasm-bindgen-test-runner",
    locked: false,
    features: "",
    optimised: true,
};
pub(crate) const DENY: Tool = Tool {
    krate: "cargo-deny",
    version: "0.20.2",
    program: "cargo-deny",
    locked: true,
    features: "",
    optimised: false,
};
pub(crate) const TYPOS: Tool = Tool {
    krate: "typos-cli",
    version: "1.52.0",
    program: "typos",
    locked: true,
    features: "",
    optimised: false,
};
const NEXTEST: Tool = Tool {
    krate: "cargo-nextest",
    version: "0.9.143",
    program: "cargo-nextest",
    locked: true,
    features: "",
    optimised: false,
};

/// Cuts a wasm at the functions that `wasm_split` marks, as Leptos and Yew do it.
pub(crate) const WASM_SPLIT: Tool = Tool {
    krate: "wasm_split_cli_support",
    version: "0.2.4",
    program: "wasm-split-cli",
    locked: true,
    features: "build-binary",
    optimised: true,
};

/// Oldest nextest that is taken from the `PATH`: major, minor, patch.
const NEXTEST_AT_LEAST: [u32; 3] = [0, 9, 100];

/// Gives back the folder with the tool's programs, building them on first use.
pub(crate) fn ensure(tool: Tool) -> Result<PathBuf> {
    let Tool { krate, version, program, locked, features, optimised } = tool;
    let tools = workspace::cache()?.join("tools");
    let root = tools.join(format!("{krate}-{version}"));
    let bin = root.join("bin");
    if bin.join(program).with_extension(std::env::consts::EXE_EXTENSION).is_file() {
        return Ok(bin);
    }
    step(&format!("install {krate} {version} into the cache (once; takes minutes)"), || {
        let mut cargo = step::cargo();
        cargo.args(["install", krate, "--version", version]).arg("--root").arg(&root);
        cargo.args(["--features", features]);
        if locked {
            cargo.arg("--locked");
        }
        // Built for a few uses, so quick to build rather than quick to run; and away from the
        // workspace, so that its own flags and target folder do not reach the tool.
        cargo
            .current_dir(std::env::temp_dir())
            .env("CARGO_TARGET_DIR", tools.join("build"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", if optimised { "1" } else { "0" })
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        step::run(&mut cargo)
    })?;
    Ok(bin)
}

/// Makes sure that nextest is there, and gives back the `PATH` to run it with.
pub(crate) fn ensure_nextest() -> Result<OsString> {
    let found = Command::new("cargo-nextest")
        .args(["nextest", "--version"])
        .stderr(Stdio::null())
        .output()
        .ok()
        .and_then(|output| version_in(&String::from_utf8_lossy(&output.stdout)));
    match found {
        Some(version) if NEXTEST_AT_LEAST <= version => path_with(&[]),
        _ => path_with(&[&ensure(NEXTEST)?]),
    }
}

/// The first `1.2.3` in a program's words about itself.
fn version_in(words: &str) -> Option<[u32; 3]> {
    words.split_whitespace().find_map(|word| {
        let mut parts = word.split('.').map(|part| part.parse().ok());
        Some([parts.next()??, parts.next()??, parts.next()??])
    })
}

/// Adds the wasm target to the toolchain when it is missing.
pub(crate) fn ensure_wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = step::output(step::command("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    step(&format!("add the target {TARGET}"), || {
        step::run(step::command("rustup").args(["target", "add", TARGET]))
            .context("install rustup (https://rustup.rs), or your distribution's wasm32 target")
    })
}

/// The `PATH` with these folders in front.
pub(crate) fn path_with(folders: &[&Path]) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    std::env::join_paths(all).context("a folder name holds the PATH separator")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_tells_its_version() {
        assert_eq!(
            version_in("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)\nrelease: 0.9.143"),
            Some([0, 9, 143])
        );
        assert_eq!(version_in("no such command"), None);
        assert!(NEXTEST_AT_LEAST <= [0, 9, 143]);
        assert!(NEXTEST_AT_LEAST > [0, 9, 99]);
    }
}
