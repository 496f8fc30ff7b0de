//! The optimised page, cut into parts that are fetched when they are first needed.
//!
//! Trunk builds the page in one piece. Here it is built once more, with its feature `split` and
//! with relocations kept, cut where that feature marks it, and put in place of trunk's.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{browser, page, step, tools, workspace};

/// The script that fetches the parts, as the cutter names it.
const FETCHER: &str = "__wasm_split.js";

/// Leptos forgets the types of views, which makes the page smaller by a fifth. Cargo adds this to
/// the flags of .cargo/config.toml.
const ERASED: (&str, &str) =
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--cfg=erase_components");

/// As index.html has it for the whole page.
const WASM_OPT: [&str; 6] = [
    "-Oz",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--strip-debug",
    "--strip-producers",
];

/// Puts parts in place of the page that lies in `folder` in one piece.
pub(crate) fn cut(folder: &Path, build_id: Option<&str>) -> Result<()> {
    let stem = stem(folder)?;
    let whole = compile(build_id)?;
    let parts = workspace::target_dir()?.join("parts");
    if parts.exists() {
        fs::remove_dir_all(&parts)?;
    }
    let cutter = tools::ensure(tools::WASM_SPLIT)?.join("wasm-split-cli");
    step::run(step::command(cutter).arg(whole).arg(&parts).args(["--out-name", &stem]))?;
    bind(&parts, &stem)?;
    for (from, to) in files(&parts, &stem)? {
        let to = folder.join(to);
        match from.extension().is_some_and(|it| it == "wasm") {
            true => shrink(&from, &to)?,
            false => fs::write(to, with_new_names(&fs::read_to_string(from)?, &stem))?,
        }
    }
    Ok(())
}

/// What trunk called the page: `app-` and a hash.
fn stem(folder: &Path) -> Result<String> {
    let names = fs::read_dir(folder)?.filter_map(|it| it.ok()?.file_name().into_string().ok());
    let mut stems = names.filter_map(|name| Some(name.strip_suffix(".js")?.to_owned()));
    let is_page = |stem: &String| stem.starts_with("app-") && !stem.ends_with("-parts");
    stems.find(is_page).context("trunk made no app-….js")
}

/// Compiles the page so that it can be cut.
fn compile(build_id: Option<&str>) -> Result<PathBuf> {
    let mut cargo = step::cargo();
    cargo.args(["rustc", "--locked", "--target", "wasm32-unknown-unknown", "--profile", "page"]);
    cargo.args(["--package", "app", "--features", "split", "--", "-Clink-args=--emit-relocs"]);
    cargo.envs([ERASED]).envs(build_id.map(|id| (page::BUILD_ID, id)));
    step::run(&mut cargo)?;
    Ok(workspace::target_dir()?.join("wasm32-unknown-unknown/page/app.wasm"))
}

/// Makes the script of the main part. What the parts share keeps its name.
fn bind(parts: &Path, stem: &str) -> Result<()> {
    let bindgen = tools::ensure(tools::WASM_BINDGEN)?.join("wasm-bindgen");
    let main = parts.join(format!("{stem}.wasm"));
    let mut command = step::command(bindgen);
    command.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--no-demangle"]);
    command.arg("--out-dir").arg(parts).args(["--out-name", stem]).arg(&main);
    step::run(&mut command)?;
    Ok(fs::remove_file(main)?)
}

/// The files of the parts, and what they are called beside the page.
fn files(parts: &Path, stem: &str) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for file in fs::read_dir(parts)? {
        let path = file?.path();
        let name = path.file_name().and_then(|it| it.to_str()).context("a part has no name")?;
        let name = new_name(name, stem);
        files.push((path, name));
    }
    Ok(files)
}

/// A file's name with the page's hash: parts of two builds must never meet.
fn new_name(name: &str, stem: &str) -> String {
    match name {
        FETCHER => format!("{stem}-parts.js"),
        _ if name.starts_with(stem) => name.to_owned(),
        _ => format!("{stem}-{name}"),
    }
}

/// A script with the new names of the files that it fetches.
fn with_new_names(script: &str, stem: &str) -> String {
    // The wasm goes on asking for the fetcher by its old name.
    let fetcher = format!("from \"./{}\"", new_name(FETCHER, stem));
    script
        .replace(&format!("from \"./{FETCHER}\""), &fetcher)
        .replace("\"./chunk_", &format!("\"./{stem}-chunk_"))
        .replace("\"./split_", &format!("\"./{stem}-split_"))
}

fn shrink(from: &Path, to: &Path) -> Result<()> {
    let wasm_opt = browser::npm_bin().join("wasm-opt");
    step::run(step::command(wasm_opt).args(WASM_OPT).arg(from).arg("-o").arg(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_files_change() {
        assert_eq!(new_name("app-1f_bg.wasm", "app-1f"), "app-1f_bg.wasm");
        assert_eq!(new_name("chunk_3.wasm", "app-1f"), "app-1f-chunk_3.wasm");
        let script = r#"import { initSync } from "./app-1f.js";
            const __chunk_3 = makeLoad("./chunk_3.wasm"); import * as a from "./__wasm_split.js";
            const imports = { "./__wasm_split.js": a };"#;
        let expected = r#"import { initSync } from "./app-1f.js";
            const __chunk_3 = makeLoad("./app-1f-chunk_3.wasm"); import * as a from "./app-1f-parts.js";
            const imports = { "./__wasm_split.js": a };"#;
        assert_eq!(with_new_names(script, "app-1f"), expected);
    }
}
