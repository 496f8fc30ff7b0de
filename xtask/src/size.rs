//! `cargo xtask size`: what a person downloads, program by program, against `sizes.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

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
    /// Of a program in parts: the part that is fetched at once. Parts that it does not need have
    /// no limit.
    first: Option<String>,
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
        let files: Vec<&PathBuf> = files.iter().filter(|it| belongs(it, &limit.files)).collect();
        let later = match &limit.first {
            Some(first) => later(&files, first)?,
            None => Vec::new(),
        };
        let (later, at_once): (Vec<&PathBuf>, _) =
            files.into_iter().partition(|it| later.contains(&name(it).to_owned()));
        let size = sum(&at_once)?;
        if size.raw == 0 {
            bail!("dist/ has no files of {program}: run cargo xtask dist first");
        }
        print(program, size, &limit.brotli_kb.to_string());
        if !later.is_empty() {
            print(&format!("{program}, later"), sum(&later)?, "–");
        }
        if size.brotli > limit.brotli_kb * 1000 {
            over.push(program.as_str());
        }
    }
    if !over.is_empty() {
        bail!("over the limit in sizes.toml: {}", over.join(", "));
    }
    Ok(())
}

fn print(program: &str, size: Size, limit: &str) {
    let [raw, gzip, brotli] = [size.raw, size.gzip, size.brotli].map(kb);
    println!("{program:<12}{raw:>12}{gzip:>12}{brotli:>12}{limit:>12}");
}

fn sum(files: &[&PathBuf]) -> Result<Size> {
    files.iter().try_fold(Size::default(), |sum, file| {
        let one = measure(file)?;
        Ok(Size {
            raw: sum.raw + one.raw,
            gzip: sum.gzip + one.gzip,
            brotli: sum.brotli + one.brotli,
        })
    })
}

fn name(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The names of the parts that are not fetched with the first one.
fn later(files: &[&PathBuf], first: &str) -> Result<Vec<String>> {
    let fetcher = files.iter().find(|it| name(it).ends_with("-parts.js"));
    let fetcher = fetcher.context("dist/ holds the page in one piece: run cargo xtask dist")?;
    let parts = parts(&fs::read_to_string(fetcher)?);
    let first =
        parts.iter().find(|it| it.name == format!("__wasm_split_load_{first}")).with_context(
            || format!("the page has no part {first:?}: name one of crates/app in sizes.toml"),
        )?;
    let is_later = |it: &&Part| it.name != first.name && !first.needs.contains(&it.name);
    Ok(parts.iter().filter(is_later).map(|it| it.file.clone()).collect())
}

/// A part of the page, as the script that fetches them all knows it.
#[derive(Debug, PartialEq)]
struct Part {
    /// What the script calls it.
    name: String,
    /// Its file.
    file: String,
    /// The parts that are fetched with it.
    needs: Vec<String>,
}

/// Reads `const NAME = makeLoad(… "./FILE.wasm" … , [NEEDS]);`.
fn parts(script: &str) -> Vec<Part> {
    let pieces: Vec<&str> = script.split("makeLoad(").collect();
    let pairs = pieces.windows(2).filter_map(|pair| {
        let (_, name) = pair[0].rsplit_once("const ")?;
        let (name, _) = name.split_once(" =")?;
        let (_, file) = pair[1].split_once("\"./")?;
        let (file, rest) = file.split_once('"')?;
        let (needs, _) = rest.split_once(", [")?.1.split_once(']')?;
        let needs = needs.split(", ").filter(|it| !it.is_empty()).map(str::to_owned).collect();
        Some(Part { name: name.to_owned(), file: file.to_owned(), needs })
    });
    pairs.collect()
}

/// Whether a file is wasm or JavaScript of the program whose files begin with `prefix`.
fn belongs(file: &Path, prefix: &str) -> bool {
    let after = name(file).strip_prefix(prefix);
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
    fn parts_are_read_from_the_script_that_fetches_them() {
        let script = r#"function makeLoad(fetcher, deps) { return 0; }
            const __chunk_3 = makeLoad(() => {
                const src = fetch(new URL("./app-1f-chunk_3.wasm", import.meta.url));
            }
            , []);
            export const load_train = wrapAsyncCb(makeLoad(() => {
                const src = fetch(new URL("./app-1f-split_train.wasm", import.meta.url));
            }
            , [__chunk_3, __chunk_4]));"#;
        let part = |name: &str, file: &str, needs: &[&str]| Part {
            name: name.into(),
            file: file.into(),
            needs: needs.iter().map(|it| (*it).to_owned()).collect(),
        };
        let train = part("load_train", "app-1f-split_train.wasm", &["__chunk_3", "__chunk_4"]);
        assert_eq!(parts(script), [part("__chunk_3", "app-1f-chunk_3.wasm", &[]), train]);
    }

    #[test]
    fn kb_has_one_decimal() {
        assert_eq!(kb(350_000), "350.0");
        assert_eq!(kb(1_299), "1.2");
    }
}
