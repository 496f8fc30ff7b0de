//! What browser tests need: a Chromium, its driver, and the npm parts in `tests/`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::step::{self, step};
use crate::workspace;

const CHROMIUM_NAMES: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const DRIVER_NAMES: [&str; 1] = ["chromedriver"];

/// Gives back a Chromium: the one `CHROMIUM` names, the system's, or Debian's, installed now.
pub(crate) fn ensure_chromium() -> Result<PathBuf> {
    ensure("CHROMIUM", &CHROMIUM_NAMES, "chromium")
}

/// Gives back the driver of that Chromium: the one `CHROMEDRIVER` names, or the system's.
pub(crate) fn ensure_chromedriver() -> Result<PathBuf> {
    ensure("CHROMEDRIVER", &DRIVER_NAMES, "chromium-driver")
}

fn ensure(variable: &str, names: &[&str], package: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    if let Some(path) = step::find(names) {
        return Ok(path);
    }
    let mut apt = Vec::<OsString>::new();
    if step::find(&["apt-get"]).is_some() && (is_root() || step::find(&["sudo"]).is_some()) {
        if !is_root() {
            apt.push("sudo".into());
        }
        apt.push("apt-get".into());
    }
    let Some((program, rest)) = apt.split_first() else {
        bail!(
            "no {} found: install Chromium with its driver, or set {variable} to its path",
            names[0]
        );
    };
    step(&format!("install Debian's {package}"), || {
        step::run(step::command(program).args(rest).args(["update", "-q"]))?;
        // Browser and driver together, so that their versions match.
        step::run(
            step::command(program)
                .args(rest)
                .args(["install", "-y", "-q", "--no-install-recommends"])
                .args(["chromium", "chromium-driver"])
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    })?;
    match step::find(names) {
        Some(path) => Ok(path),
        None => bail!("{package} was installed but is not on the PATH: set {variable} to its path"),
    }
}

/// Whether this runs as root, whom Chromium starts for only without its sandbox.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Installs the npm parts that `tests/package-lock.json` names, unless they are there.
pub(crate) fn ensure_npm_parts() -> Result<()> {
    let tests = workspace::root().join("tests");
    let wanted = std::fs::read(tests.join("package-lock.json"))?;
    let stamp = tests.join("node_modules/.installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if step::find(&["npm"]).is_none() {
        bail!("npm is missing: install Node.js 20 or newer (https://nodejs.org)");
    }
    step("install the npm parts of the tests", || {
        step::run(
            step::command("npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&tests)
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )?;
        Ok(std::fs::write(&stamp, wanted)?)
    })
}

/// The folder of the programs that came with the npm parts.
pub(crate) fn npm_bin() -> PathBuf {
    workspace::root().join("tests/node_modules/.bin")
}
