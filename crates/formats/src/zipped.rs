//! Zips of files: what is in them is read as if it had been given one by one.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use zip::ZipArchive;

use crate::file::{Files, InFile, ReadSeek};
use crate::warning::{Reason, Severity, Warning};

/// How many files a zip may hold.
const MOST_FILES: usize = 100_000;
/// How long a file in a zip may be, in bytes.
const LONGEST: u64 = 512 * 1024 * 1024;
/// How long all files together may be, in bytes.
const LONGEST_TOGETHER: u64 = 4 * 1024 * 1024 * 1024;
/// How many times longer than in the zip a file may be; text rarely packs to a fiftieth.
const MOST_TIMES: u64 = 400;
/// How long a file may be whatever it packs to, in bytes.
const HARMLESS: u64 = 4 * 1024 * 1024;
/// How many zips may lie in each other.
const DEEPEST: usize = 3;

/// Zips with such a file in their root are read as a whole.
const WHOLE: [&str; 3] = ["project.json", "[Content_Types].xml", "exportedproject.json"];

/// The files with what lies in zips in place of them, and what of it stays out. A project, a
/// pipeline or a document of another program that happens to be a zip stays what it is.
pub fn unpack(files: Files) -> (Files, Vec<Warning>) {
    let mut unpacked = Unpacked::default();
    for file in files {
        unpacked.add(file, 0);
    }
    (unpacked.files, unpacked.warnings)
}

#[derive(Default)]
struct Unpacked {
    files: Files,
    warnings: Vec<Warning>,
    n_files: usize,
    len: u64,
}

impl Unpacked {
    fn add(&mut self, mut file: InFile, depth: usize) {
        let is_zip = file.peek(4).is_ok_and(|it| it == b"PK\x03\x04");
        if !is_zip {
            self.files.push(file);
            return;
        }
        if depth == DEEPEST {
            self.refuse(
                file.path,
                format!("lies in {DEEPEST} other zips"),
                "Unpack it and import the files in it.",
            );
            return;
        }
        let shared = Rc::new(RefCell::new(file.bytes));
        // What is no zip after all is told of by the reader of what it looks like.
        match ZipArchive::new(Shared(Rc::clone(&shared))) {
            Ok(zip) if !is_whole(&zip) => {
                self.open(&file.path, &Rc::new(RefCell::new(zip)), depth);
            }
            _ => {
                let mut bytes = Shared(shared);
                // Whoever reads it says if it cannot be read.
                let _ = bytes.rewind();
                self.files.push(InFile { path: file.path, bytes: Box::new(bytes) });
            }
        }
    }

    fn open(&mut self, path: &str, zip: &Rc<RefCell<Zip>>, depth: usize) {
        let n = zip.borrow().len();
        for idx in 0..n {
            let entry = entry(&mut zip.borrow_mut(), idx);
            let Some(Entry { name, len, packed }) = entry else { continue };
            let inside = format!("{path}/{name}");
            if name.ends_with('/') || is_litter(&name) {
                continue;
            }
            if leads_out(&name) {
                let what = "has a path that leads out of its zip".to_owned();
                self.refuse(inside, what, "It will be left out.");
                continue;
            }
            if self.n_files == MOST_FILES {
                let what = format!("holds more than {MOST_FILES} files");
                self.refuse(path.to_owned(), what, "The rest is left out. Import it in parts.");
                return;
            }
            let most = packed.saturating_mul(MOST_TIMES).max(HARMLESS);
            let limit = match len {
                _ if LONGEST < len => Some(format!("is longer than {} MB", LONGEST >> 20)),
                _ if most < len => {
                    Some(format!("unpacks to more than {MOST_TIMES} times its size"))
                }
                _ if LONGEST_TOGETHER < self.len + len => Some(format!(
                    "and the files before it are more than {} GB",
                    LONGEST_TOGETHER >> 30
                )),
                _ => None,
            };
            if let Some(what) = limit {
                self.refuse(inside, what, "It will be left out. Unpack it and import it alone.");
                continue;
            }
            self.n_files += 1;
            self.len += len;
            let bytes = Packed { zip: Rc::clone(zip), idx, len, at: 0, unpacked: None };
            self.add(InFile { path: inside, bytes: Box::new(bytes) }, depth + 1);
        }
    }

    fn refuse(&mut self, file: String, what: String, remedy: &str) {
        let reason = Reason::own(Severity::Lost, what, remedy);
        self.warnings.push(Warning { file, line: None, column: None, reason });
    }
}

type Zip = ZipArchive<Shared>;

/// What a zip says of one of its files.
struct Entry {
    name: String,
    len: u64,
    packed: u64,
}

fn entry(zip: &mut Zip, idx: usize) -> Option<Entry> {
    let entry = zip.by_index_raw(idx).ok()?;
    let name = entry.name().replace('\\', "/");
    Some(Entry { name, len: entry.size(), packed: entry.compressed_size() })
}

/// Whether the zip is a project, a pipeline of spaCy or a document of an Office program.
fn is_whole(zip: &Zip) -> bool {
    let has = |name: &str| zip.file_names().any(|it| it == name);
    let is_pipeline = zip.file_names().any(|it| {
        it.strip_suffix("meta.json").is_some_and(|folder| has(&format!("{folder}config.cfg")))
    });
    is_pipeline || WHOLE.into_iter().any(has)
}

/// What file managers leave in zips.
fn is_litter(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|it| it == "__MACOSX" || it.len() != 2 && it.starts_with('.') && it != ".")
        || path.ends_with("Thumbs.db")
}

/// Whether a path in a zip names something outside of where it is unpacked.
fn leads_out(path: &str) -> bool {
    path.starts_with('/') || path.contains(':') || path.split('/').any(|it| it == "..")
}

/// Bytes that several files in a zip are read from.
struct Shared(Rc<RefCell<Box<dyn ReadSeek>>>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

/// A file in a zip. It is unpacked as a whole when it is read, and forgotten when it was.
struct Packed {
    zip: Rc<RefCell<Zip>>,
    idx: usize,
    len: u64,
    at: u64,
    unpacked: Option<Vec<u8>>,
}

impl Packed {
    fn unpack(&self) -> io::Result<Vec<u8>> {
        let mut zip = self.zip.try_borrow_mut().map_err(io::Error::other)?;
        let entry = zip.by_index(self.idx).map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        entry.take(self.len + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 == self.len {
            true => Ok(bytes),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is longer or shorter than its zip says",
            )),
        }
    }
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let unpacked = match self.unpacked.take() {
            Some(unpacked) => unpacked,
            None => self.unpack()?,
        };
        let start = self.at.min(self.len) as usize;
        let n = buffer.len().min(unpacked.len() - start);
        buffer[..n].copy_from_slice(&unpacked[start..start + n]);
        self.at += n as u64;
        self.unpacked = Some(unpacked);
        Ok(n)
    }
}

impl Seek for Packed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "before the start");
        self.at = at.ok_or_else(before)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// The paths and bytes of what is in a file called `a.zip`, and what is said of the rest.
    fn inside(bytes: Vec<u8>) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
        let (files, warnings) = unpack(vec![InFile::new("a.zip", Cursor::new(bytes))]);
        let read = |mut file: InFile| {
            let mut bytes = Vec::new();
            let _ = file.bytes.read_to_end(&mut bytes);
            (file.path, bytes)
        };
        let warnings = warnings.iter().map(ToString::to_string).collect();
        (files.into_iter().map(read).collect(), warnings)
    }

    #[test]
    fn what_is_in_a_zip_and_in_zips_in_it_is_read_in_its_place() {
        let inner = zip(&[("b.txt", b"B"), ("__MACOSX/b.txt", b"x"), ("d/.DS_Store", b"x")]);
        let (files, warnings) = inside(zip(&[("d/a.txt", b"A"), ("inner.zip", &inner)]));
        let expected = [
            ("a.zip/d/a.txt".to_owned(), b"A".to_vec()),
            ("a.zip/inner.zip/b.txt".into(), b"B".to_vec()),
        ];
        assert_eq!(files, expected);
        assert_eq!(warnings, [""; 0]);
    }

    #[test]
    fn projects_pipelines_and_documents_stay_whole() {
        for name in ["project.json", "[Content_Types].xml"] {
            assert_eq!(inside(zip(&[(name, b"{}"), ("a.txt", b"A")])).0.len(), 1, "{name}");
        }
        let pipeline = zip(&[("p/config.cfg", b""), ("p/meta.json", b"{}"), ("p/a", b"")]);
        assert_eq!(inside(pipeline).0.len(), 1);
        let damaged = inside(b"PK\x03\x04 and no more".to_vec()).0;
        assert_eq!(damaged[0].1, b"PK\x03\x04 and no more");
    }

    #[test]
    fn what_could_do_harm_is_refused_with_its_limit() {
        let bomb = vec![b' '; HARMLESS as usize + 1];
        let files: [(&str, &[u8]); 4] =
            [("../a.txt", b"A"), ("/etc/a.txt", b"A"), ("C:/a.txt", b"A"), ("bomb.txt", &bomb)];
        let (files, warnings) = inside(zip(&files));
        assert_eq!(files, []);
        let out = "has a path that leads out of its zip. It will be left out.";
        assert_eq!(
            warnings,
            [
                format!("a.zip/../a.txt {out}"),
                format!("a.zip//etc/a.txt {out}"),
                format!("a.zip/C:/a.txt {out}"),
                "a.zip/bomb.txt unpacks to more than 400 times its size. It will be left out. \
                 Unpack it and import it alone."
                    .to_owned(),
            ]
        );
        let mut deep = zip(&[("a.txt", b"A")]);
        for _ in 0..3 {
            deep = zip(&[("a.zip", &deep)]);
        }
        let (files, warnings) = inside(deep);
        assert_eq!(files, []);
        assert!(warnings[0].contains("lies in 3 other zips"), "{warnings:?}");
    }

    #[test]
    fn a_file_that_is_not_as_long_as_its_zip_says_is_not_read() {
        let mut bytes = zip(&[("a.txt", &b"words and more words ".repeat(40))]);
        let at = bytes.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
        // The unpacked length in the directory.
        bytes[at + 24] -= 1;
        let (files, _) = unpack(vec![InFile::new("a.zip", Cursor::new(bytes))]);
        let mut file = files.into_iter().next().unwrap();
        assert!(file.bytes.read_to_end(&mut Vec::new()).is_err());
    }
}
