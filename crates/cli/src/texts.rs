//! Texts of files in any format, and what had to be said about them.

use std::fs::File;
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
    let files = paths.iter().map(|it| open(it)).collect::<Result<_>>()?;
    let mut reader = formats::read(files, options);
    let (mut docs, mut warnings) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next() {
        match item {
            Ok(doc) => docs.push((doc, reader.take_suggestions())),
            Err(warning) if warning.reason.is_whole_file() => return refuse(warning.to_string()),
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
