use std::io::{self, Read, Seek, SeekFrom};

/// What a file is read from: a file on disk, a blob in the browser, bytes in a test.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// One file of an import.
pub struct InFile {
    /// Its path or name, as people know it.
    pub path: String,
    /// Its bytes.
    pub bytes: Box<dyn ReadSeek>,
}

/// The files of an import, in the order they are read.
pub type Files = Vec<InFile>;

impl InFile {
    /// A file.
    pub fn new(path: impl Into<String>, bytes: impl ReadSeek + 'static) -> Self {
        Self { path: path.into(), bytes: Box::new(bytes) }
    }

    /// The name without folders and the last extension: what ids are made from.
    pub fn stem(&self) -> &str {
        stem(&self.path)
    }

    /// Length in bytes.
    pub fn measure(&mut self) -> io::Result<u64> {
        let here = self.bytes.stream_position()?;
        let len = self.bytes.seek(SeekFrom::End(0))?;
        self.bytes.seek(SeekFrom::Start(here))?;
        Ok(len)
    }

    /// The first bytes, at most `n`, from the start; the next read starts there again.
    pub fn peek(&mut self, n: usize) -> io::Result<Vec<u8>> {
        self.bytes.rewind()?;
        let mut first = Vec::new();
        self.bytes.by_ref().take(n as u64).read_to_end(&mut first)?;
        self.bytes.rewind()?;
        Ok(first)
    }
}

/// The name in a path, without folders and the last extension.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}
