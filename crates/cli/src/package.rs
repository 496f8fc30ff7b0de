//! `nerine package`.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use spacy::pipeline::{
    FolderSink, full_name, save, save_safetensors, save_wheel, save_zip, wheel_name,
};

use crate::refusal::refuse;
use crate::{base, whole};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The path of a spaCy pipeline: a folder, .zip, .whl or .tar.gz
    #[arg(long)]
    model: PathBuf,
    /// What to write: a .zip, a .whl by the name that pip needs, a .safetensors with the trained
    /// numbers alone, else a folder
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

/// What a pipeline is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Folder,
    Zip,
    Wheel,
    Safetensors,
}

/// Writes the pipeline as a folder, zip or wheel, or its numbers alone.
pub(crate) fn run(args: &Args) -> Result<()> {
    let out = &args.output;
    let form = form_of(out)?;
    match form {
        Form::Folder => whole::check_folder(out)?,
        Form::Zip | Form::Wheel | Form::Safetensors => whole::check_file(out)?,
    }
    let pipeline = base::open(&args.model)?;
    match form {
        Form::Folder => {
            whole::write_folder(out, |folder| Ok(save(&pipeline, &mut FolderSink::new(folder))?))?;
        }
        Form::Zip => whole::write_file(out, |file| Ok(save_zip(&pipeline, file).map(drop)?))?,
        Form::Safetensors => {
            whole::write_file(out, |file| Ok(save_safetensors(&pipeline, file).map(drop)?))?;
        }
        Form::Wheel => {
            let name = wheel_name(&pipeline);
            if out.file_name() != Some(OsStr::new(&name)) {
                return refuse(format!(
                    "{} is not the name by which pip installs this pipeline: call it {name}",
                    out.display()
                ));
            }
            whole::write_file(out, |file| Ok(save_wheel(&pipeline, file).map(drop)?))?;
        }
    }
    let summary = format!("{} is in {}\n", full_name(&pipeline), out.display());
    Ok(io::stdout().write_all(summary.as_bytes())?)
}

/// What a path asks for by its ending.
fn form_of(path: &Path) -> Result<Form> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "zip" => Ok(Form::Zip),
        "whl" => Ok(Form::Wheel),
        "safetensors" => Ok(Form::Safetensors),
        "gz" | "tgz" | "tar" => refuse(format!(
            "{} would be a tar, which is only read: name a folder, a .zip or a .whl",
            path.display()
        )),
        // Versions have points, too.
        _ => Ok(Form::Folder),
    }
}
