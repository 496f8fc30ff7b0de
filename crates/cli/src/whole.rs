//! Outputs that appear when they are complete, so that no half of one is left behind.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::refusal::{Refusal, refuse};

/// Whether the folder that an output goes to is there, before anything is read.
pub(crate) fn check_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            refuse(format!("the folder {} does not exist: make it first", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Whether a file can be written, before anything is read.
pub(crate) fn check_file(path: &Path) -> Result<()> {
    if path.is_dir() {
        return refuse(format!("{} is a folder: name a file with -o", path.display()));
    }
    check_parent(path)
}

/// Whether a folder can be written, before anything is read.
pub(crate) fn check_folder(path: &Path) -> Result<()> {
    let name = path.display();
    match fs::read_dir(path).map(|mut it| it.next().is_none()) {
        Ok(false) => refuse(format!("the folder {name} is not empty: name another with -o")),
        Err(_) if path.exists() => refuse(format!("{name} is no folder: name another with -o")),
        Ok(true) | Err(_) => check_parent(path),
    }
}

/// Writes a file, which may be one of those that were read.
pub(crate) fn write_file<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T>,
) -> Result<T> {
    let part = part_of(path);
    let Ok(file) = File::create(&part) else {
        return refuse(format!("{} cannot be written: name another file with -o", path.display()));
    };
    let write = || -> Result<T> {
        let mut out = BufWriter::new(file);
        let written = write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)?;
        Ok(written)
    };
    write().inspect_err(|_| drop(fs::remove_file(&part))).map_err(|err| explain(path, err))
}

/// Writes a folder, for which [`check_folder`] holds.
pub(crate) fn write_folder(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let part = part_of(path);
    if fs::create_dir(&part).is_err() {
        return refuse(format!(
            "the folder {} cannot be made: name another with -o",
            part.display()
        ));
    }
    let write = || -> Result<()> {
        write(&part)?;
        // Only where nothing is can a folder be moved to on every system.
        if path.is_dir() {
            fs::remove_dir(path)?;
        }
        Ok(fs::rename(&part, path)?)
    };
    write().inspect_err(|_| drop(fs::remove_dir_all(&part))).map_err(|err| explain(path, err))
}

/// What an output is called while it is written.
fn part_of(path: &Path) -> PathBuf {
    // Without the slash that a folder's path may end with.
    let mut part: OsString = path.components().as_path().into();
    part.push(".part");
    part.into()
}

fn explain(path: &Path, err: anyhow::Error) -> anyhow::Error {
    match err.is::<Refusal>() {
        true => err,
        false => err.context(format!("{} cannot be written", path.display())),
    }
}
