//! Where a pipeline's files come from: folder, zip, wheel or tar.gz.

use std::{
    cell::Cell,
    collections::BTreeSet,
    io::{self, Read, Seek, SeekFrom},
    rc::Rc,
};

use flate2::read::GzDecoder;

use crate::PipelineError;

/// The most that is unpacked, in bytes.
const MAX_BYTES: u64 = 8 << 30;
/// How many times its size an archive may unpack to; numbers shrink by a tenth, words to a fifth.
const MAX_RATIO: u64 = 100;
/// What is unpacked before the ratio is looked at, in bytes.
const SMALL: u64 = 64 << 20;

/// Files by path, as a stream.
pub trait Source {
    /// Hands over each file once, in any order, by its path with `/` between folders.
    fn each(&mut self, take: &mut Take<'_>) -> Result<(), PipelineError>;
}

/// Takes a file by its path.
pub type Take<'t> = dyn FnMut(&str, &mut dyn Read) -> Result<(), PipelineError> + 't;

/// A folder: paths, and how each is opened.
pub struct Folder<'o> {
    /// The paths of its files.
    pub paths: Vec<String>,
    /// Opens one of them.
    pub open: Box<Open<'o>>,
}

/// Opens a file by its path.
pub type Open<'o> = dyn FnMut(&str) -> io::Result<Box<dyn Read>> + 'o;

impl Folder<'_> {
    /// The files under a folder of the disk.
    pub fn new(root: &std::path::Path) -> io::Result<Self> {
        let mut paths = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                // A pipe, say, would be waited for without end.
                if !path.is_file() {
                    continue;
                }
                let path = path.strip_prefix(root).unwrap_or(&path);
                let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
                paths.push(parts.join("/"));
            }
        }
        paths.sort();
        let root = root.to_owned();
        let open = move |path: &str| {
            Ok(Box::new(io::BufReader::new(std::fs::File::open(root.join(path))?)) as Box<dyn Read>)
        };
        Ok(Folder { paths, open: Box::new(open) })
    }
}

impl Source for Folder<'_> {
    fn each(&mut self, take: &mut Take<'_>) -> Result<(), PipelineError> {
        // A folder may hold much else, which is not worth reading.
        let root = root(self.paths.iter().map(String::as_str))?;
        for path in self.paths.iter().filter(|it| it.starts_with(&root)) {
            check_path(path)?;
            let unreadable = |source: io::Error| PipelineError::Unreadable {
                path: path.clone(),
                why: source.to_string(),
            };
            let mut file = (self.open)(path).map_err(unreadable)?;
            take(path, &mut file)?;
        }
        Ok(())
    }
}

/// A zip or wheel, or a tar.gz: told by its first bytes.
pub struct Archive<R>(pub R);

impl<R: Read + Seek> Source for Archive<R> {
    fn each(&mut self, take: &mut Take<'_>) -> Result<(), PipelineError> {
        let mut start = [0; 2];
        self.0.read_exact(&mut start).map_err(bad_archive)?;
        self.0.rewind().map_err(bad_archive)?;
        match &start {
            b"PK" => each_in_zip(&mut self.0, take),
            [0x1f, 0x8b] => each_in_tar(&mut self.0, take),
            _ => Err(PipelineError::BadArchive { why: "it begins like neither".to_owned() }),
        }
    }
}

fn each_in_zip(file: impl Read + Seek, take: &mut Take<'_>) -> Result<(), PipelineError> {
    let mut guard = Guard::default();
    let file = Counted { inner: file, count: Rc::clone(&guard.packed) };
    let mut zip = zip::ZipArchive::new(file).map_err(bad_archive)?;
    for idx in 0..zip.len() {
        let entry = zip.by_index(idx).map_err(bad_archive)?;
        if !entry.is_file() {
            continue;
        }
        let path = entry.name().to_owned();
        check_path(&path)?;
        guard.take(&path, entry, take)?;
    }
    Ok(())
}

fn each_in_tar(file: impl Read, take: &mut Take<'_>) -> Result<(), PipelineError> {
    let mut guard = Guard::default();
    let packed = Counted { inner: file, count: Rc::clone(&guard.packed) };
    let unpacked = Counted { inner: GzDecoder::new(packed), count: Rc::default() };
    let mut tar = tar::Archive::new(unpacked);
    for entry in tar.entries().map_err(bad_archive)? {
        let entry = entry.map_err(bad_archive)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        check_path(&path)?;
        // Links would lead elsewhere; no pipeline is packed with one.
        if !kind.is_file() {
            return Err(PipelineError::BadPath { path });
        }
        guard.take(path.trim_start_matches("./"), entry, take)?;
    }
    // gzip's checksum stands behind what tar reads.
    guard.take("", tar.into_inner(), &mut |_, rest| {
        io::copy(rest, &mut io::sink()).map(drop).map_err(bad_archive)
    })
}

/// The folder that has both config.cfg and meta.json, with a slash behind it.
pub(super) fn root<'p>(paths: impl Iterator<Item = &'p str>) -> Result<String, PipelineError> {
    let paths: BTreeSet<&str> = paths.collect();
    let folders = paths.iter().filter_map(|path| path.strip_suffix("config.cfg"));
    let mut folders = folders
        .filter(|it| it.is_empty() || it.ends_with('/'))
        .filter(|it| paths.contains(&*format!("{it}meta.json")));
    match (folders.next(), folders.next()) {
        (None, _) => Err(PipelineError::NoPipeline),
        (Some(root), None) => Ok(root.to_owned()),
        (Some(one), Some(other)) => Err(PipelineError::Several {
            folders: [one, other].into_iter().chain(folders).map(str::to_owned).collect(),
        }),
    }
}

/// Keeps an archive from filling the memory.
#[derive(Default)]
struct Guard {
    /// Bytes of the archive that were read.
    packed: Rc<Cell<u64>>,
    /// Bytes that they became.
    unpacked: Rc<Cell<u64>>,
}

impl Guard {
    fn take(
        &mut self,
        path: &str,
        file: impl Read,
        take: &mut Take<'_>,
    ) -> Result<(), PipelineError> {
        let mut file = Guarded { inner: file, guard: self, refused: None };
        let taken = take(path, &mut file);
        match file.refused {
            Some(refused) => Err(refused),
            None => taken,
        }
    }

    fn check(&self) -> Option<PipelineError> {
        let unpacked = self.unpacked.get();
        if MAX_BYTES < unpacked {
            return Some(PipelineError::TooLarge { limit: MAX_BYTES });
        }
        let is_bomb = SMALL < unpacked && self.packed.get().saturating_mul(MAX_RATIO) < unpacked;
        is_bomb.then_some(PipelineError::Bomb { times: MAX_RATIO })
    }
}

struct Guarded<'g, R> {
    inner: R,
    guard: &'g Guard,
    refused: Option<PipelineError>,
}

impl<R: Read> Read for Guarded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        self.guard.unpacked.set(self.guard.unpacked.get() + n_bytes as u64);
        if let Some(refused) = self.guard.check() {
            self.refused = Some(refused);
            return Err(io::Error::other("the archive is not unpacked any further"));
        }
        Ok(n_bytes)
    }
}

struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        self.count.set(self.count.get() + n_bytes as u64);
        Ok(n_bytes)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn bad_archive(source: impl ToString) -> PipelineError {
    PipelineError::BadArchive { why: source.to_string() }
}

/// Refuses what would leave the folder that a pipeline is written to.
fn check_path(path: &str) -> Result<(), PipelineError> {
    let leads_out = path.starts_with('/')
        || path.contains(['\\', '\0', ':'])
        || path.split('/').any(|part| part == "..");
    if leads_out {
        return Err(PipelineError::BadPath { path: path.to_owned() });
    }
    Ok(())
}
