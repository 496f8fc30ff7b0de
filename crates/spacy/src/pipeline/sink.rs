//! Where a pipeline is written: a folder, a zip, a wheel.

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::Pipeline;
use sha2::{Digest, Sha256};
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::save::{save, save_as};

/// Takes files one after the other.
pub trait Sink {
    /// Begins a file; the one before is complete.
    fn file(&mut self, path: &str) -> io::Result<&mut dyn Write>;
}

/// A folder of the disk.
pub struct FolderSink {
    root: PathBuf,
    file: Option<File>,
}

impl FolderSink {
    /// Writes into this folder, which is made if need be.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), file: None }
    }
}

impl Sink for FolderSink {
    fn file(&mut self, path: &str) -> io::Result<&mut dyn Write> {
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(self.file.insert(File::create(path)?))
    }
}

/// Writes a pipeline's folder as a zip, from its beginning to its end.
pub fn save_zip<W: Write>(pipeline: &Pipeline, out: W) -> io::Result<W> {
    let mut sink = ZipSink::new(out, String::new());
    save(pipeline, &mut sink)?;
    sink.finish()
}

/// The name that a pipeline is installed by: `en_core_web_sm`.
pub fn package_name(pipeline: &Pipeline) -> String {
    let name = plain(&format!("{}_{}", pipeline.lang, pipeline.name), "");
    // pip wants a letter or digit at either end.
    let name = name.trim_matches('_');
    if name.is_empty() { "pipeline".to_owned() } else { name.to_owned() }
}

/// The name that it is installed by, and its version where it has one: `en_core_web_sm-3.8.0`.
pub fn full_name(pipeline: &Pipeline) -> String {
    let package = package_name(pipeline);
    match pipeline.version.is_empty() {
        true => package,
        false => format!("{package}-{}", pipeline.version),
    }
}

/// A name with `_` for all but letters of ASCII, digits and some others.
fn plain(name: &str, others: &str) -> String {
    let is_plain = |it: &char| it.is_ascii_alphanumeric() || others.contains(*it);
    name.chars().map(|it| if is_plain(&it) { it } else { '_' }).collect()
}

/// The file name of a pipeline's wheel. pip reads name and version from it.
pub fn wheel_name(pipeline: &Pipeline) -> String {
    format!("{}-{}-py3-none-any.whl", package_name(pipeline), version(pipeline))
}

/// Writes a wheel that pip installs and `spacy.load` finds by its name, from its beginning to its
/// end.
pub fn save_wheel<W: Write>(pipeline: &Pipeline, out: W) -> io::Result<W> {
    let (package, version) = (package_name(pipeline), version(pipeline));
    let name = plain(&pipeline.name, "-.");
    // spaCy's `load_model_from_init_py` makes the folder's name of meta.json.
    let folder = format!("{}_{name}-{version}", pipeline.lang);
    let mut sink = ZipSink::new(out, format!("{package}/{folder}/"));
    save_as(pipeline, &name, &version, &mut sink)?;
    let meta = std::mem::take(&mut sink.meta);
    sink.prefix.clear();
    let info = format!("{package}-{version}.dist-info");
    let files = [
        (format!("{package}/__init__.py"), INIT.as_bytes().to_vec()),
        (format!("{package}/meta.json"), meta),
        (format!("{info}/METADATA"), metadata(pipeline).into_bytes()),
        (format!("{info}/WHEEL"), WHEEL.as_bytes().to_vec()),
        (
            format!("{info}/entry_points.txt"),
            format!("[spacy_models]\n{package} = {package}\n").into_bytes(),
        ),
        (format!("{info}/top_level.txt"), format!("{package}\n").into_bytes()),
    ];
    for (path, bytes) in files {
        sink.file(&path)?.write_all(&bytes)?;
    }
    sink.end_file();
    let path = format!("{info}/RECORD");
    let record = format!("{}{path},,\n", sink.record);
    sink.file(&path)?.write_all(record.as_bytes())?;
    sink.finish()
}

const INIT: &str = "\
from pathlib import Path

from spacy.util import get_model_meta, load_model_from_init_py

__version__ = get_model_meta(Path(__file__).parent)[\"version\"]


def load(**overrides):
    return load_model_from_init_py(__file__, **overrides)
";

const WHEEL: &str = "\
Wheel-Version: 1.0
Generator: nerine
Root-Is-Purelib: true
Tag: py3-none-any
";

/// Without a version there is no package: pip asks for one.
fn version(pipeline: &Pipeline) -> String {
    let version = pipeline.version.trim_start_matches(['v', 'V']);
    let is_version = version.starts_with(|it: char| it.is_ascii_digit())
        && version.chars().all(|it| it.is_ascii_alphanumeric() || ".+_".contains(it));
    if is_version { version.to_owned() } else { "0.0.0".to_owned() }
}

fn metadata(pipeline: &Pipeline) -> String {
    let meta: serde_json::Value = pipeline
        .files
        .get("meta.json")
        .and_then(|it| serde_json::from_slice(it).ok())
        .unwrap_or_default();
    let mut text = format!(
        "Metadata-Version: 2.1\nName: {}\nVersion: {}\n",
        package_name(pipeline),
        version(pipeline)
    );
    let fields = [
        ("Summary", "description"),
        ("Home-page", "url"),
        ("Author", "author"),
        ("Author-email", "email"),
        ("License", "license"),
    ];
    for (field, key) in fields {
        let value = meta[key].as_str().unwrap_or_default();
        // A field is one line.
        let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() {
            text.extend([field, ": ", &line, "\n"]);
        }
    }
    let spacy = meta["spacy_version"].as_str().unwrap_or(super::filled::SPACY_VERSION);
    text + &format!("Requires-Dist: spacy{spacy}\n")
}

/// A zip, written from its beginning to its end. Its files are hashed for a wheel's RECORD.
pub struct ZipSink<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    /// Put before each path.
    prefix: String,
    /// Path, hash and length of each file that is complete.
    record: String,
    open: Option<(String, Sha256, u64)>,
    /// The pipeline's meta.json, which a wheel holds twice.
    meta: Vec<u8>,
}

impl<W: Write> ZipSink<W> {
    /// Begins one, with this before the path of each file.
    pub fn new(out: W, prefix: String) -> Self {
        let zip = ZipWriter::new_stream(out);
        Self { zip, prefix, record: String::new(), open: None, meta: Vec::new() }
    }

    /// Completes it, and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.zip.finish().map_err(io::Error::other)?.into_inner())
    }

    fn end_file(&mut self) {
        if let Some((path, hash, len)) = self.open.take() {
            let hash = URL_SAFE_NO_PAD.encode(hash.finalize());
            self.record.extend([path, format!(",sha256={hash},{len}\n")]);
        }
    }
}

impl<W: Write> Sink for ZipSink<W> {
    fn file(&mut self, path: &str) -> io::Result<&mut dyn Write> {
        self.end_file();
        let path = format!("{}{path}", self.prefix);
        // The same pipeline gives the same bytes, whenever it is written.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .large_file(path.ends_with(super::vocab::VECTORS));
        self.zip.start_file(&path, options).map_err(io::Error::other)?;
        self.open = Some((path, Sha256::new(), 0));
        Ok(self)
    }
}

impl<W: Write> Write for ZipSink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = self.zip.write(bytes)?;
        if let Some((path, hash, len)) = &mut self.open {
            hash.update(&bytes[..n_bytes]);
            *len += n_bytes as u64;
            if path.ends_with("/meta.json") {
                self.meta.extend_from_slice(&bytes[..n_bytes]);
            }
        }
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_called_as_pip_takes_it() {
        let called = |name: &str, version: &str| {
            let mut pipeline = Pipeline::of_tokens("en", model::Rules::default());
            (pipeline.name, pipeline.version) = (name.to_owned(), version.to_owned());
            wheel_name(&pipeline)
        };
        assert_eq!(called("core_sm", "3.8.0"), "en_core_sm-3.8.0-py3-none-any.whl");
        assert_eq!(called("core_", "v1.2"), "en_core-1.2-py3-none-any.whl");
        assert_eq!(called("", "one"), "en-0.0.0-py3-none-any.whl");
        assert_eq!(called("listeners v2 (ß)", "1"), "en_listeners_v2-1-py3-none-any.whl");
    }
}
