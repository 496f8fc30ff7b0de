//! Word vectors and norms, in the folder `vocab`.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

use model::{Floret, VectorMode, Vectors};
use rmpv::{Value, ValueRef};
use serde_json::json;

use crate::{PipelineError, msgpack};

pub(super) const VECTORS: &str = "vocab/vectors";
pub(super) const KEYS: &str = "vocab/key2row";
pub(super) const MODE: &str = "vocab/vectors.cfg";
pub(super) const LOOKUPS: &str = "vocab/lookups.bin";

/// A table of numbers as numpy saves it.
pub(super) struct Table {
    pub(super) width: u32,
    pub(super) rows: Vec<f32>,
}

/// Reads `.npy` as a stream: numbers go straight to where they stay.
pub(super) fn read_npy(file: &mut dyn Read) -> Result<Table, PipelineError> {
    let bad = |why: &str| bad_file(VECTORS, why);
    let mut start = [0; 8];
    file.read_exact(&mut start).map_err(unreadable)?;
    if &start[..6] != b"\x93NUMPY" {
        return Err(bad("it is no .npy"));
    }
    let header_len = match start[6] {
        1 => read_int::<2>(file)?,
        2 | 3 => read_int::<4>(file)?,
        _ => return Err(bad("its version of .npy is unknown")),
    };
    if 1 << 16 < header_len {
        return Err(bad("its header is too long"));
    }
    let mut header = vec![0; header_len];
    file.read_exact(&mut header).map_err(unreadable)?;
    let header = String::from_utf8_lossy(&header).into_owned();
    let bytes_each = match entry(&header, "descr") {
        Some("'<f4'") => 4,
        Some("'<f2'") => 2,
        _ => return Err(bad("its numbers are neither float32 nor float16")),
    };
    if entry(&header, "fortran_order") != Some("False") {
        return Err(bad("its rows lie in Fortran's order"));
    }
    let [n_rows, width] = shape(&header).ok_or_else(|| bad("it has not two sides"))?;
    let n_values = n_rows.checked_mul(width).ok_or_else(|| bad("its sides are too long"))?;
    let rows = read_numbers(file, n_values, bytes_each)?;
    if !rows.iter().all(|it| it.is_finite()) {
        return Err(PipelineError::NotFinite {
            path: VECTORS.to_owned(),
            array: "a vector".to_owned(),
        });
    }
    let width = u32::try_from(width).ok().ok_or_else(|| bad("its sides are too long"))?;
    Ok(Table { width, rows })
}

fn bad_file(path: &str, why: &str) -> PipelineError {
    PipelineError::BadFile { path: path.to_owned(), why: why.to_owned() }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn unreadable(error: io::Error) -> PipelineError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => bad_file(VECTORS, "it breaks off"),
        _ => PipelineError::Unreadable { path: VECTORS.to_owned(), why: error.to_string() },
    }
}

fn read_int<const N: usize>(file: &mut dyn Read) -> Result<usize, PipelineError> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes.iter().rev().fold(0, |n, byte| n << 8 | usize::from(*byte)))
}

/// The value of a key in numpy's header, which is a Python dict.
fn entry<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let at = header.find(&format!("'{key}':"))? + key.len() + 3;
    let value = header[at..].trim_start();
    let end = match value.starts_with('(') {
        true => value.find(')')? + 1,
        false => value.find([',', '}'])?,
    };
    Some(value[..end].trim_end())
}

fn shape(header: &str) -> Option<[usize; 2]> {
    let sides = entry(header, "shape")?.strip_prefix('(')?.strip_suffix(')')?;
    let sides =
        sides.split(',').map(|it| it.trim().parse().ok()).collect::<Option<Vec<usize>>>()?;
    sides.try_into().ok()
}

/// Reads numbers in pieces, so that a header that lies about the length costs no memory.
fn read_numbers(
    file: &mut dyn Read,
    n_values: usize,
    bytes_each: usize,
) -> Result<Vec<f32>, PipelineError> {
    const PIECE: usize = 1 << 16;
    let mut values = Vec::new();
    let mut buffer = vec![0; PIECE * bytes_each];
    while values.len() < n_values {
        let n_here = PIECE.min(n_values - values.len());
        let bytes = &mut buffer[..n_here * bytes_each];
        file.read_exact(bytes).map_err(unreadable)?;
        if values.is_empty() {
            // Once, so that numbers are never copied; a header that lies may ask for too much.
            values
                .try_reserve_exact(n_values)
                .map_err(|error| bad_file(VECTORS, &format!("{n_values} numbers: {error}")))?;
        }
        match bytes_each {
            4 => values.extend(bytes.as_chunks::<4>().0.iter().map(|it| f32::from_le_bytes(*it))),
            _ => values.extend(
                bytes.as_chunks::<2>().0.iter().map(|it| half_to_f32(u16::from_le_bytes(*it))),
            ),
        }
    }
    Ok(values)
}

/// A float16 as a float32.
fn half_to_f32(half: u16) -> f32 {
    let sign = if half >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f32::from(half & 0x3ff));
    sign * match exponent {
        0 => fraction * 2_f32.powi(-24),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15),
    }
}

/// Puts the vectors together from their three files. None where there are none.
pub(super) fn vectors(
    table: Option<Table>,
    keys: Option<&[u8]>,
    mode: Option<&[u8]>,
) -> Result<Option<Vectors>, PipelineError> {
    let Some(Table { width, rows }) = table.filter(|it| !it.rows.is_empty()) else {
        return Ok(None);
    };
    let mode = match mode {
        Some(bytes) => {
            serde_json::from_slice(bytes).map_err(|error| bad_file(MODE, &error.to_string()))?
        }
        None => json!({ "mode": "default" }),
    };
    let mode = match mode["mode"].as_str() {
        Some("default") | None => VectorMode::Table(read_keys(keys.unwrap_or(&[0x80]))?),
        Some("floret") => VectorMode::Floret(
            floret(&mode).ok_or_else(|| bad_file(MODE, "its settings are incomplete"))?,
        ),
        Some(other) => return Err(bad_file(MODE, &format!("the mode {other:?} is unknown"))),
    };
    let vectors = Vectors { width, rows, mode };
    if let VectorMode::Table(keys) = &vectors.mode {
        let n_rows = vectors.n_rows();
        if keys.iter().any(|(_, row)| usize::try_from(*row).is_ok_and(|row| n_rows <= row)) {
            return Err(bad_file(KEYS, "it names rows that vocab/vectors does not have"));
        }
    }
    Ok(Some(vectors))
}

fn read_keys(bytes: &[u8]) -> Result<Vec<(u64, i32)>, PipelineError> {
    let value = msgpack::read(bytes);
    let keys = value.as_ref().and_then(msgpack::map).and_then(|entries| {
        let pair =
            |(key, row): &(ValueRef<'_>, ValueRef<'_>)| Some((key.as_u64()?, msgpack::int(row)?));
        entries.iter().map(pair).collect::<Option<_>>()
    });
    keys.ok_or_else(|| bad_file(KEYS, "it is no map of words to rows"))
}

fn floret(mode: &serde_json::Value) -> Option<Floret> {
    let number = |key: &str| u32::try_from(mode[key].as_u64()?).ok();
    let text = |key: &str| mode[key].as_str().map(str::to_owned);
    // Hashes are of the word's text; spaCy can also take another attribute.
    let of_text = mode["attr"].as_u64().is_none_or(|it| it == 65);
    let floret = Floret {
        min_n: number("minn")?,
        max_n: number("maxn")?,
        n_hashes: number("hash_count")?,
        seed: number("hash_seed")?,
        begin: text("bow")?,
        end: text("eow")?,
    };
    (of_text && (1..=4).contains(&floret.n_hashes)).then_some(floret)
}

/// The norms in `lookups.bin`, by string id.
pub(super) fn norms(bytes: &[u8]) -> Result<BTreeMap<u64, String>, PipelineError> {
    let value = msgpack::read(bytes).ok_or_else(|| bad_file(LOOKUPS, "it is no msgpack"))?;
    let Some(table) = msgpack::get(&value, "lexeme_norm").and_then(msgpack::map) else {
        return Ok(BTreeMap::new());
    };
    let norm = |(key, norm): &(ValueRef<'_>, ValueRef<'_>)| {
        Some((key.as_u64()?, msgpack::text(norm)?.to_owned()))
    };
    let norms = table.iter().map(norm).collect::<Option<_>>();
    norms.ok_or_else(|| bad_file(LOOKUPS, "its table lexeme_norm is no map of words to norms"))
}

/// Writes `.npy` as numpy does.
pub(super) fn write_npy(vectors: Option<&Vectors>, out: &mut dyn Write) -> io::Result<()> {
    let (n_rows, width) = vectors.map_or((0, 0), |it| (it.n_rows(), it.width));
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n_rows}, {width}), }}");
    // numpy leaves room for a longer number of rows, then fills up to a multiple of 64 bytes.
    let growth = 21_usize.saturating_sub(n_rows.to_string().len());
    header.push_str(&" ".repeat(growth));
    let before = 10 + header.len() + 1;
    header.push_str(&" ".repeat(before.next_multiple_of(64) - before));
    header.push('\n');
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for piece in vectors.map_or(&[][..], |it| &it.rows).chunks(1 << 14) {
        let bytes: Vec<u8> = piece.iter().flat_map(|it| it.to_le_bytes()).collect();
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Writes which word has which row.
pub(super) fn write_keys(vectors: Option<&Vectors>) -> Vec<u8> {
    let keys = match vectors.map(|it| &it.mode) {
        Some(VectorMode::Table(keys)) => keys.as_slice(),
        _ => &[],
    };
    let entries = keys.iter().map(|(key, row)| (Value::from(*key), Value::from(*row)));
    msgpack::write(&Value::Map(entries.collect()))
}

/// Writes how words find their rows.
pub(super) fn write_mode(vectors: Option<&Vectors>) -> String {
    match vectors.map(|it| &it.mode) {
        Some(VectorMode::Floret(it)) => super::json::indented(&json!({
            "mode": "floret", "minn": it.min_n, "maxn": it.max_n, "hash_count": it.n_hashes,
            "hash_seed": it.seed, "bow": it.begin, "eow": it.end, "attr": 65,
        })),
        _ => super::json::indented(&json!({ "mode": "default" })),
    }
}
