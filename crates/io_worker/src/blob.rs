//! Files of the browser as Rust reads and writes them.

use std::io::{self, Read, Seek, SeekFrom, Write};

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, DomException, FileReaderSync};

/// How much is asked for at a time.
const CHUNK: u64 = 1024 * 1024;

/// Length of a blob, in bytes.
#[expect(clippy::cast_sign_loss, reason = "no blob is shorter than nothing")]
pub(crate) fn size(blob: &Blob) -> u64 {
    blob.size() as u64
}

/// A blob that is read where it lies.
pub(crate) struct BlobFile {
    blob: Blob,
    reader: FileReaderSync,
    len: u64,
    position: u64,
    /// The bytes from `chunk_start` on.
    chunk: Vec<u8>,
    chunk_start: u64,
}

impl BlobFile {
    pub(crate) fn new(blob: Blob) -> Result<Self, JsValue> {
        let reader = FileReaderSync::new()?;
        let len = size(&blob);
        Ok(Self { blob, reader, len, position: 0, chunk: Vec::new(), chunk_start: 0 })
    }

    /// The bytes at the position that are there already.
    fn buffered(&self) -> &[u8] {
        let at =
            self.position.checked_sub(self.chunk_start).and_then(|it| usize::try_from(it).ok());
        at.and_then(|at| self.chunk.get(at..)).unwrap_or_default()
    }

    fn fetch(&mut self) -> Result<(), JsValue> {
        let (start, end) = (self.position, self.len.min(self.position + CHUNK));
        let slice = self.blob.slice_with_f64_and_f64(start as f64, end as f64)?;
        let bytes = self.reader.read_as_array_buffer(&slice)?;
        self.chunk = Uint8Array::new(&bytes).to_vec();
        self.chunk_start = start;
        Ok(())
    }
}

impl Read for BlobFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.len <= self.position {
            return Ok(0);
        }
        if self.buffered().is_empty() {
            self.fetch().map_err(|thrown| io::Error::other(words(&thrown)))?;
        }
        let n = self.buffered().read(buffer)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for BlobFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the file");
        self.position = position.ok_or_else(before)?;
        Ok(self.position)
    }
}

/// What a thrown value says.
fn words(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<DomException>() {
        Some(it) if it.name() == "NotReadableError" || it.name() == "NotFoundError" => {
            "the file was changed, moved or deleted meanwhile".to_owned()
        }
        Some(it) => format!("{}: {}", it.name(), it.message()),
        None => format!("{thrown:?}"),
    }
}

/// Bytes that become a blob, handed to the browser in pieces.
#[derive(Default)]
pub(crate) struct BlobParts {
    parts: Array,
    bytes: Vec<u8>,
}

impl BlobParts {
    /// The blob of all that was written.
    pub(crate) fn into_blob(mut self) -> Result<Blob, JsValue> {
        self.hand_over();
        let kind = BlobPropertyBag::new();
        kind.set_type("application/octet-stream");
        Blob::new_with_u8_array_sequence_and_options(&self.parts, &kind)
    }

    fn hand_over(&mut self) {
        if !self.bytes.is_empty() {
            self.parts.push(&Uint8Array::from(self.bytes.as_slice()));
            self.bytes.clear();
        }
    }
}

impl Write for BlobParts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if CHUNK <= self.bytes.len() as u64 {
            self.hand_over();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
