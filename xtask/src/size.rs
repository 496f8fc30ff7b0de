//! `cargo xtask size`: what a person downloads, program by program, against `sizes.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use crate::{dist, workspace};

/// One program's entry in `sizes.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    /// What the program's files in `dist/` begin with.
    files: String,
    /// Most KB (1,000 bytes) that its wasm and JavaScript may have after brotli.
    brotli_kb: u64,
}

/// Bytes of a program's wasm and JavaScript.
#[derive(Clone, Copy, Default)]
struct Size {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

pub(crate) fn run() -> Result<()> {
    let limits = fs::read_to_string(workspace::root().join("sizes.toml"))?;
    let limits: BTreeMap<String, Limit> = toml::from_str(&limits).context("sizes.toml")?;
    let files = dist::files_in(&dist::folder()).context("run cargo xtask dist first")?;
    println!("{:<12}{:>12}{:>12}{:>12}{:>12}", "KB", "raw", "gzip", "brotli", "limit");
    let mut over = Vec::new();
    for (program, limit) in &limits {
        let mut size = Size::default();
        for file in files.iter().filter(|file| belongs(file, &limit.files)) {
            let one = measure(file)?;
            size = Size {
                raw: size.raw + one.raw,
                gzip: size.gzip + one.gzip,
                brotli: size.brotli + one.brotli,
            };
        }
        if size.raw == 0 {
            bail!("dist/ has no files of {program}: run cargo xtask dist first");
        }
        let [raw, gzip, brotli] = [size.raw, size.gzip, size.brotli].map(kb);
        println!("{program:<12}{raw:>12}{gzip:>12}{brotli:>12}{:>12}", limit.brotli_kb);
        if size.brotli > limit.brotli_kb * 1000 {
            over.push(program.as_str());
        }
    }
    if !over.is_empty() {
        bail!("over the limit in sizes.toml: {}", over.join(", "));
    }
    Ok(())
}

/// Whether a file is wasm or JavaScript of the program whose files begin with `prefix`.
fn belongs(file: &Path, prefix: &str) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let after = name.strip_prefix(prefix);
    after.is_some_and(|rest| rest.starts_with(['.', '-', '_']))
        && file.extension().is_some_and(|ending| ending == "js" || ending == "wasm")
}

fn measure(file: &Path) -> Result<Size> {
    let bytes = fs::read(file)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes)?;
    let brotli = match fs::metadata(format!("{}.br", file.display())) {
        Ok(packed) => packed.len(),
        Err(_) => dist::brotli(&bytes)?.len() as u64,
    };
    Ok(Size { raw: bytes.len() as u64, gzip: gzip.finish()?.len() as u64, brotli })
}

/// KB with one decimal.
fn kb(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_to_one_program() {
        for name in ["app-1f2e.js", "app-1f2e_bg.wasm"] {
            assert!(belongs(Path::new(name), "app"), "{name}");
        }
        for name in ["app-1f2e.js.br", "apple.js", "app.css", "io_worker.js"] {
            assert!(!belongs(Path::new(name), "app"), "{name}");
        }
        assert!(belongs(Path::new("train_cpu_loader.js"), "train_cpu"));
        assert!(!belongs(Path::new("train_gpu_bg.wasm"), "train_cpu"));
    }

    #[test]
    fn kb_has_one_decimal() {
        assert_eq!(kb(350_000), "350.0");
        assert_eq!(kb(1_299), "1.2");
    }
}
