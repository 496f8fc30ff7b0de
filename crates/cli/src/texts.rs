//! Texts of files in any format, and what had to be said about them.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use corpus::{Answer, Doc};
use formats::{InFile, Options, Reason, Warning};
use project::SuggestionRecord;

use crate::refusal::refuse;

/// What was read.
pub(crate) struct Texts {
    /// The texts, in order, with what a model proposed for them.
    pub(crate) docs: Vec<(Doc, Option<SuggestionRecord>)>,
    /// What could not be taken as it is.
    pub(crate) warnings: Vec<Warning>,
}

/// How many folders may lie in each other.
const DEEPEST: usize = 16;
/// How many files a folder may hold.
const MOST_FILES: usize = 100_000;

/// Opens a file, or all files in a folder and the folders in it, sorted by name. Their paths start
/// with the folder's. What begins with a dot is left out.
fn open_all(path: &Path, files: &mut Vec<InFile>, depth: usize) -> Result<()> {
    if !path.is_dir() {
        files.push(open(path)?);
        return Ok(());
    }
    let name = path.display();
    if depth == DEEPEST {
        return refuse(format!("{name} lies in more than {DEEPEST} folders: name it alone"));
    }
    let Ok(entries) = std::fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>)
    else {
        return refuse(format!("the folder {name} cannot be read: check its path"));
    };
    let is_hidden = |it: &Path| it.file_name().is_some_and(|it| it.as_encoded_bytes()[0] == b'.');
    let mut inside: Vec<PathBuf> = entries.into_iter().map(|it| it.path()).collect();
    inside.retain(|it| !is_hidden(it));
    inside.sort();
    for path in inside {
        open_all(&path, files, depth + 1)?;
        if MOST_FILES < files.len() {
            return refuse(format!("{name} holds more than {MOST_FILES} files: name parts of it"));
        }
    }
    Ok(())
}

/// Opens a file.
pub(crate) fn open(path: &Path) -> Result<InFile> {
    let name = path.display();
    if path.is_dir() {
        return refuse(format!("{name} is a folder: name the files in it"));
    }
    match File::open(path) {
        Ok(file) => Ok(InFile::new(name.to_string(), file)),
        Err(err) => refuse(format!("{name} cannot be read ({err}): check its path")),
    }
}

/// Reads all texts of some files. A file of which nothing can be read ends the command, a bad
/// record only gives a warning.
pub(crate) fn read(paths: &[PathBuf], options: Options) -> Result<Texts> {
    let mut files = Vec::new();
    paths.iter().try_for_each(|it| open_all(it, &mut files, 0))?;
    // Of a file that somebody named all must come in; of a folder or a zip what can be read.
    let is_whole = |it: &str| paths.iter().any(|path| path.display().to_string() == it);
    let mut reader = formats::read(files, options);
    let (mut docs, mut warnings) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next() {
        match item {
            Ok(doc) => docs.push((doc, reader.take_suggestions())),
            Err(warning) if warning.reason.is_whole_file() && is_whole(&warning.file) => {
                return refuse(warning.to_string());
            }
            Err(warning) => warnings.push(warning),
        }
    }
    if docs.is_empty() {
        let names: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
        let why = warnings.first().map_or_else(String::new, |it| format!(": {it}"));
        return refuse(format!("no text could be read from {}{why}", names.join(", ")));
    }
    Ok(Texts { docs, warnings })
}

/// Reads the texts of some files that nobody rejected or set aside, and says what else is worth
/// saying of them.
pub(crate) fn learnable(paths: &[PathBuf], options: Options) -> Result<Vec<Doc>> {
    let read = read(paths, options)?;
    read.warnings.iter().filter(|it| !is_only_about_projects(it)).for_each(warn);
    let docs = read.docs.into_iter().map(|it| it.0);
    let docs: Vec<Doc> =
        docs.filter(|it| matches!(it.annotation.answer, None | Some(Answer::Accept))).collect();
    if docs.is_empty() {
        let names: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
        return refuse(format!("{} has no text with the answer accept or none", names.join(", ")));
    }
    Ok(docs)
}

/// Says a warning, with its file.
pub(crate) fn warn(warning: &Warning) {
    match warning.line {
        Some(_) => crate::say(&format!("{}: {warning}", warning.file)),
        None => crate::say(&warning.to_string()),
    }
}

/// Whether a warning only says something about a file of texts that no project is made from.
pub(crate) fn is_only_about_projects(warning: &Warning) -> bool {
    matches!(warning.reason, Reason::DuplicateId { .. } | Reason::Repeated | Reason::Tokens)
}
