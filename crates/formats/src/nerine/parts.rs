//! The parts of a zip, each read as a stream with its checksum.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::read::DeflateDecoder;
use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipArchive};

use super::SUMS;
use super::read::OpenError;
use crate::file::ReadSeek;
use crate::lines::{BUFFER, RECORD_LIMIT};

/// Where a part lies in the file.
#[derive(Clone, Copy)]
struct Place {
    start: u64,
    packed: u64,
    unpacked: u64,
    is_deflated: bool,
}

/// A zip whose parts can be read, one at a time.
pub(super) struct Parts {
    file: Box<dyn ReadSeek>,
    places: BTreeMap<String, Place>,
    sums: BTreeMap<String, String>,
}

impl Parts {
    pub(super) fn open(file: Box<dyn ReadSeek>) -> Result<Self, OpenError> {
        let damaged = |err: zip::result::ZipError| OpenError::Damaged { why: err.to_string() };
        let mut zip = ZipArchive::new(file).map_err(damaged)?;
        let mut places = BTreeMap::new();
        for idx in 0..zip.len() {
            let part = zip.by_index_raw(idx).map_err(damaged)?;
            let place = Place {
                start: part.data_start(),
                packed: part.compressed_size(),
                unpacked: part.size(),
                is_deflated: part.compression() == CompressionMethod::Deflated,
            };
            if place.is_deflated || part.compression() == CompressionMethod::Stored {
                places.insert(part.name().to_owned(), place);
            }
        }
        let mut parts = Self { file: zip.into_inner(), places, sums: BTreeMap::new() };
        if let Some(sums) = parts.text(SUMS)? {
            let line =
                |it: &str| it.split_once("  ").map(|(sum, name)| (name.to_owned(), sum.to_owned()));
            parts.sums = sums.text.lines().filter_map(line).collect();
        }
        Ok(parts)
    }

    /// The names of the parts, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Length of a part when it is unpacked, in bytes.
    pub(super) fn len(&self, name: &str) -> u64 {
        self.places.get(name).map_or(0, |it| it.unpacked)
    }

    /// A whole part of bytes. None when there is no such part.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<(Vec<u8>, bool)>, OpenError> {
        let broken =
            |err: io::Error| OpenError::Part { name: name.to_owned(), why: err.to_string() };
        let Some(mut part) = self.part(name).map_err(broken)? else { return Ok(None) };
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).map_err(broken)?;
        let is_whole = part.is_as_written();
        Ok(Some((bytes, is_whole)))
    }

    /// A whole part of text. None when there is no such part.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<PartText>, OpenError> {
        if RECORD_LIMIT < self.len(name) {
            let why = format!("it is longer than {} MB", RECORD_LIMIT / (1024 * 1024));
            return Err(OpenError::Part { name: name.to_owned(), why });
        }
        let Some((bytes, is_as_written)) = self.bytes(name)? else { return Ok(None) };
        let text = String::from_utf8(bytes)
            .map_err(|err| OpenError::Part { name: name.to_owned(), why: err.to_string() })?;
        Ok(Some(PartText { text, is_as_written }))
    }

    /// A part as a stream.
    pub(super) fn part(&mut self, name: &str) -> io::Result<Option<Part<&mut Box<dyn ReadSeek>>>> {
        let (place, sum) = (self.places.get(name).copied(), self.sums.get(name).cloned());
        place.map(|place| Part::new(&mut self.file, place, sum)).transpose()
    }

    /// A part as a stream that keeps the file.
    pub(super) fn into_part(mut self, name: &str) -> io::Result<Option<Part<Box<dyn ReadSeek>>>> {
        let (place, sum) = (self.places.remove(name), self.sums.remove(name));
        place.map(|place| Part::new(self.file, place, sum)).transpose()
    }
}

/// The text of a part.
pub(super) struct PartText {
    pub(super) text: String,
    /// False when its checksum says that it was changed.
    pub(super) is_as_written: bool,
}

/// A part that is being read.
pub(crate) struct Part<R> {
    bytes: Packed<R>,
    limit: u64,
    hasher: Sha256,
    sum: Option<String>,
}

enum Packed<R> {
    Stored(Take<R>),
    Deflated(Box<DeflateDecoder<BufReader<Take<R>>>>),
}

impl<R: Read + Seek> Part<R> {
    fn new(mut file: R, place: Place, sum: Option<String>) -> io::Result<Self> {
        file.seek(SeekFrom::Start(place.start))?;
        let packed = file.take(place.packed);
        let bytes = match place.is_deflated {
            true => {
                let packed = BufReader::with_capacity(BUFFER, packed);
                Packed::Deflated(Box::new(DeflateDecoder::new(packed)))
            }
            false => Packed::Stored(packed),
        };
        Ok(Self { bytes, limit: place.unpacked, hasher: Sha256::new(), sum })
    }
}

impl<R> Part<R> {
    /// Whether all that was read is what the checksum says; true without a checksum.
    pub(super) fn is_as_written(&self) -> bool {
        self.sum.as_ref().is_none_or(|sum| *sum == hex(&self.hasher.clone().finalize()))
    }
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.bytes {
            Packed::Stored(bytes) => bytes.read(buffer)?,
            Packed::Deflated(bytes) => bytes.read(buffer)?,
        };
        self.hasher.update(&buffer[..n]);
        // A part that unpacks to more than it says is not one of ours.
        self.limit = self.limit.checked_sub(n as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "it is longer than the file says")
        })?;
        Ok(n)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
