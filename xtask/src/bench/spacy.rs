//! `cargo xtask bench spacy`: tokens and pipelines beside spaCy's, natively and in a browser.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::server::Server;
use crate::step::{self, step};
use crate::{browser, spacy, tools, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Texts, a JSON object with "text" a line; without it, the abstracts in `NERINE_SHARED`
    #[arg(long, value_name = "JSONL")]
    texts: Option<PathBuf>,
    /// A pipeline's folder, as often as you like; without it, those in `NERINE_SHARED`
    #[arg(long, value_name = "FOLDER")]
    pipeline: Vec<PathBuf>,
    /// Nothing in Chromium
    #[arg(long)]
    native: bool,
}

const TARGET: &str = "wasm32-unknown-unknown";
/// Seconds that a pipeline runs.
const SECS: &str = "5";

pub(crate) fn run(args: &Args) -> Result<()> {
    let python = spacy::ensure()?;
    let jsonl = match &args.texts {
        Some(texts) => texts.clone(),
        None => super::shared()?.join("data/annotated/bc5cdr/train.docs.jsonl"),
    };
    let mut pipelines = args.pipeline.clone();
    if pipelines.is_empty() {
        pipelines = pipelines_in(&super::shared()?.join("spacy/pipelines"))?;
    }
    let bench = workspace::target_dir()?.join("bench");
    fs::create_dir_all(&bench)?;
    let texts = bench.join("texts.txt");
    fs::write(&texts, lines_of(&jsonl)?)?;

    step("tokens, natively", || {
        let example = ["run", "--quiet", "--locked", "--release", "--example", "bench"];
        let mut ours = step::cargo();
        ours.args(example).args(["--package", "tokenizer", "--"]).arg(&jsonl);
        step::run(ours.env("NERINE_PYTHON", &python))
    })?;
    for pipeline in &pipelines {
        step(&format!("{}, natively", name_of(pipeline)), || {
            let example = ["run", "--quiet", "--locked", "--release", "--example", "speed"];
            let mut ours = step::cargo();
            ours.args(example).args(["--package", "predict", "--"]);
            step::run(ours.arg(pipeline).arg(&texts).arg(SECS))?;
            println!("and spaCy");
            let mut theirs = step::command(&python);
            theirs.arg("tests/bench/spacy_speed.py").arg(pipeline).arg(&texts).arg(SECS);
            step::run(&mut theirs)
        })?;
    }
    if args.native { Ok(()) } else { in_browser(&bench, &texts, &pipelines, &python) }
}

fn in_browser(bench: &Path, texts: &Path, pipelines: &[PathBuf], python: &Path) -> Result<()> {
    tools::ensure_wasm_target()?;
    browser::ensure_npm_parts()?;
    let chromium = browser::ensure_chromium()?;
    let bindgen = tools::ensure(tools::WASM_BINDGEN)?.join("wasm-bindgen");
    let site = bench.join("speed");
    step("build the worker's tokens and pipelines as the worker is built", || {
        let mut cargo = step::cargo();
        cargo.args(["build", "--quiet", "--locked", "--target", TARGET, "--profile", "page"]);
        step::run(cargo.args(["--package", "io_worker", "--example", "worker_speed"]))?;
        let wasm = workspace::target_dir()?.join(TARGET).join("page/examples/worker_speed.wasm");
        let mut make = step::command(bindgen);
        make.args(["--target", "web", "--no-typescript", "--out-name", "speed", "--out-dir"]);
        step::run(make.arg(&site).arg(wasm))?;
        Ok(fs::write(site.join("index.html"), "<!doctype html><title>Speed</title>")?)
    })?;
    let mut packed = Vec::new();
    for pipeline in pipelines {
        let zip = bench.join(format!("{}.zip", name_of(pipeline)));
        let mut pack = step::command(python);
        step::run(pack.args(["-m", "zipfile", "-c"]).arg(&zip).arg(pipeline))?;
        packed.push(zip.display().to_string());
    }
    let server = Server::start(site, "/speed/", 0)?;
    step("tokens and pipelines in Chromium", || {
        let mut node = step::command("node");
        node.arg("bench/spacy.mjs")
            .current_dir(workspace::root().join("tests"))
            .env("SPEED_URL", &server.url)
            .env("TEXTS", texts)
            .env("PIPELINES", packed.join("\n"))
            .env("CHROMIUM", &chromium)
            .env("CHROMIUM_SANDBOX", if browser::is_root() { "0" } else { "1" });
        step::run(&mut node)
    })
}

/// The folders in a folder, and in its folders, that hold a pipeline.
fn pipelines_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.join("config.cfg").is_file() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(pipelines_in(&path)?);
        }
    }
    found.sort();
    Ok(found)
}

/// The texts of a JSONL file, one a line.
fn lines_of(jsonl: &Path) -> Result<String> {
    let lines = fs::read_to_string(jsonl)
        .with_context(|| format!("{} cannot be read: name texts with --texts", jsonl.display()))?;
    let mut texts = Vec::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line)?;
        match line["text"].as_str() {
            Some(text) => texts.push(text.replace(['\n', '\r'], " ")),
            None => bail!("{}: a line has no \"text\"", jsonl.display()),
        }
    }
    Ok(texts.join("\n"))
}

fn name_of(pipeline: &Path) -> String {
    pipeline.file_name().unwrap_or(pipeline.as_os_str()).to_string_lossy().into_owned()
}
