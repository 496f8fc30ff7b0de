//! What tests need from outside the project: real texts, and a Python that has spaCy. Where it is
//! absent, it says so and gives nothing, and the test passes.
//!
//! Paths are relative to the folder of the crate that is tested, where cargo runs its tests.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where `cargo xtask test` and `golden` install their spaCy, in the folder of caches.
const SPACY: &str = "nerine/spacy-3.8.18";

/// A file or folder of real texts, which are not part of the project: in the folder that
/// `NERINE_SHARED` names, else in `shared` beside the checkout. `None` where it is absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = env::var_os("NERINE_SHARED").unwrap_or("../../../shared".into());
    let path = Path::new(&folder).join(path);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}

/// The Python that `NERINE_PYTHON` names, else the one that `cargo xtask test` installs. `None`
/// where there is none that has these packages.
pub fn python(packages: &[&str]) -> Option<PathBuf> {
    let found = env::var_os("NERINE_PYTHON").map(PathBuf::from).or_else(installed);
    let found = found.filter(|it| has(it, packages));
    if found.is_none() {
        let packages = packages.join(" and ");
        eprintln!(
            "skipped: no Python with {packages}; cargo xtask test installs one, or name one in \
             NERINE_PYTHON"
        );
    }
    found
}

fn installed() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).filter(|it: &OsString| !it.is_empty());
    let in_home = || Some(PathBuf::from(folder("HOME")?).join(".cache"));
    let caches = folder("XDG_CACHE_HOME").map(PathBuf::from).or_else(in_home)?;
    let python = caches.join(SPACY).join("bin/python");
    python.is_file().then_some(python)
}

/// Whether the packages are installed; none of them is run, which would take seconds.
fn has(python: &Path, packages: &[&str]) -> bool {
    let looks =
        "import importlib.util as it, sys; sys.exit(None in map(it.find_spec, sys.argv[1:]))";
    let mut command = Command::new(python);
    let ended = command.args(["-c", looks]).args(packages).stderr(Stdio::null()).status();
    ended.is_ok_and(|it| it.success())
}
