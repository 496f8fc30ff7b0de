//! Rules about the text of source files.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::dist;

/// Endings of files that are read for notes left behind.
const READ: [&str; 7] = ["css", "html", "mjs", "py", "rs", "toml", "yml"];

/// Folders whose files are ours.
const FOLDERS: [&str; 3] = ["crates", "tests", "xtask"];

/// Reads every source file below the workspace's top folder.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for folder in FOLDERS {
        for file in dist::files_in(&root.join(folder))? {
            let shown = file.strip_prefix(root).unwrap_or(&file);
            let ending = file.extension().and_then(|it| it.to_str()).unwrap_or_default();
            if READ.contains(&ending)
                && !shown.components().any(|it| it.as_os_str() == "node_modules")
            {
                complaints.extend(check_file(shown, &fs::read_to_string(&file)?));
            }
        }
    }
    Ok(complaints)
}

fn check_file(file: &Path, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let name = file.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    let is_top = file.parent().is_some_and(|it| it.ends_with("src"))
        && ["lib.rs", "main.rs"].contains(&name)
        || file.parent().is_some_and(|it| it.ends_with("src/bin"));
    if is_top && !text.starts_with("//!") {
        complaints
            .push(format!("{}: does not begin with //! and what the crate is", file.display()));
    }
    for (idx, line) in text.lines().enumerate() {
        if left_open(line) {
            complaints.push(format!(
                "{}:{}: a note of work to do names no issue: write {NOTE}(#12), or do it",
                file.display(),
                idx + 1
            ));
        }
    }
    complaints
}

/// Spelled in two halves, so that this file does not complain about itself.
const NOTE: &str = concat!("TO", "DO");

/// Whether a line has the word without the issue's number behind it.
fn left_open(line: &str) -> bool {
    line.split(NOTE).skip(1).any(|rest| {
        let number = rest.trim_start_matches(['(', ' ', ':']).strip_prefix('#');
        !number.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_need_an_issue() {
        assert!(left_open(&format!("// {NOTE}: tidy up")));
        assert!(left_open(&format!("{NOTE}(#3): one, {NOTE} two")));
        assert!(!left_open(&format!("// {NOTE}(#3): tidy up")));
        assert!(!left_open(&format!("// {NOTE} #3")));
        assert!(!left_open("nothing to do"));
    }

    #[test]
    fn crates_say_what_they_are() {
        let complaints = |path, text| check_file(Path::new(path), text).len();
        assert_eq!(complaints("crates/a/src/lib.rs", "//! Text.\n"), 0);
        assert_eq!(complaints("crates/a/src/lib.rs", "use b;\n"), 1);
        assert_eq!(complaints("crates/a/src/main.rs", ""), 1);
        assert_eq!(complaints("crates/a/src/bin/run.rs", ""), 1);
        assert_eq!(complaints("crates/a/src/doc.rs", "use b;\n"), 0);
    }
}
