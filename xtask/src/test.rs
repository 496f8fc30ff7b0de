//! `cargo xtask test`: native, wasm in a browser, and the stories of `tests/` end to end.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::page::{self, Mode};
use crate::server::Server;
use crate::step::{self, step};
use crate::{browser, spacy, tools, workspace};

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that a person types")]
pub(crate) struct Args {
    /// Only what runs natively
    #[arg(long)]
    native: bool,
    /// Only the wasm tests in a browser
    #[arg(long)]
    browser: bool,
    /// Only the end-to-end stories
    #[arg(long)]
    e2e: bool,
    /// The stories run on the optimised page, as `dist` builds it
    #[arg(long)]
    release: bool,
    /// Copies the picture that the stories took into docs/, for the README
    #[arg(long)]
    screenshots: bool,
    /// Passed on to the test runner; goes with one of the flags above
    #[arg(last = true)]
    rest: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let only = [args.native, args.browser, args.e2e];
    let all = !only.contains(&true);
    if !args.rest.is_empty() && only.iter().filter(|it| **it).count() != 1 {
        bail!("arguments after -- go to one runner: add --native, --browser or --e2e");
    }
    let suites: [(bool, Suite); 3] =
        [(args.native, native), (args.browser, in_browser), (args.e2e, stories)];
    let mut closing = Vec::new();
    let mut failed = Vec::new();
    for (wanted, suite) in suites {
        if wanted || all {
            let end = suite(args, &mut closing);
            failed.extend(end.err().map(|error| format!("{error:#}")));
        }
    }
    if args.screenshots && failed.is_empty() {
        step("copy the README's picture to docs/", copy_screenshot)?;
    }
    // What the runners said last, together, so that nobody has to scroll for it.
    println!("▸ results");
    for line in &closing {
        println!("{line}");
    }
    if !failed.is_empty() {
        bail!("tests failed: {}", failed.join("; "));
    }
    Ok(())
}

/// Runs tests, and adds their runner's closing lines.
type Suite = fn(&Args, &mut Vec<String>) -> Result<()>;

fn native(Args { rest, .. }: &Args, closing: &mut Vec<String>) -> Result<()> {
    let path = tools::ensure_nextest()?;
    let asked = ensure_spacy(closing);
    let unit = step("native tests", || {
        let mut nextest = step::cargo();
        nextest.args(["nextest", "run", "--locked"]).args(rest).env("PATH", path);
        keep(&mut nextest, closing)
    });
    let unit = asked.and(unit);
    if !rest.is_empty() {
        return unit;
    }
    let docs = step("examples in the documentation", || {
        keep(step::cargo().args(["test", "--doc", "--locked"]), closing)
    });
    unit.and(docs)
}

/// Makes the Python in which tests ask spaCy, where there is a Python to make it with. Where it
/// cannot be made those tests pass without asking, and the closing lines say so; in CI that fails.
fn ensure_spacy(closing: &mut Vec<String>) -> Result<()> {
    if std::env::var_os("NERINE_PYTHON").is_some() {
        return Ok(());
    }
    let why = match step::find(&["python3"]) {
        None => "no python3 found".to_owned(),
        Some(_) => match spacy::ensure() {
            Ok(_) => return Ok(()),
            Err(error) if std::env::var_os("CI").is_some() => return Err(error),
            Err(error) => format!("{error:#}"),
        },
    };
    closing.push(format!("tests that ask spaCy passed without asking: {why}"));
    Ok(())
}

/// Runs the wasm tests of every crate that depends on `wasm-bindgen-test`, in headless Chromium.
fn in_browser(Args { rest, .. }: &Args, closing: &mut Vec<String>) -> Result<()> {
    tools::ensure_wasm_target()?;
    let runner = tools::ensure(tools::WASM_BINDGEN)?;
    let chromium = browser::ensure_chromium()?;
    let driver = browser::ensure_chromedriver()?;
    let crates = tested_in_browser(&workspace::metadata(None)?);
    let options = workspace::target_dir()?.join("webdriver.json");
    let capabilities = json!({ "goog:chromeOptions": {
        "binary": chromium,
        "args": ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--disable-quic",
                 "--no-first-run", "--disable-background-networking", "--disable-component-update",
                 "--disable-sync"],
    }});
    std::fs::write(&options, capabilities.to_string())?;
    let mut end = Ok(());
    for TestedInBrowser { name, features } in crates {
        let tests = step(&format!("wasm tests of {name} in Chromium"), || {
            let mut cargo = step::cargo();
            cargo
                .args(["test", "--locked", "--target", "wasm32-unknown-unknown"])
                .args(["--lib", "--tests", "--package", &name])
                .args(["--features", &features])
                .arg("--")
                .args(rest)
                .env("PATH", tools::path_with(&[&runner])?)
                .env("CHROMEDRIVER", &driver)
                .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &options)
                .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
            keep(&mut cargo, closing)
        });
        end = end.and(tests);
    }
    end
}

struct TestedInBrowser {
    name: String,
    /// From `package.metadata.browser-test` in the crate's Cargo.toml, with commas between.
    features: String,
}

fn tested_in_browser(metadata: &Value) -> Vec<TestedInBrowser> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&metadata["packages"])
        .iter()
        .filter(|package| package["source"].is_null())
        .filter(|package| {
            list(&package["dependencies"])
                .iter()
                .any(|it| it["kind"] == "dev" && it["name"] == "wasm-bindgen-test")
        })
        .map(|package| TestedInBrowser {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            features: list(&package["metadata"]["browser-test"]["features"])
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(","),
        })
        .collect()
}

/// Builds the page, serves it below a path, and lives through the stories.
fn stories(Args { rest, release, .. }: &Args, closing: &mut Vec<String>) -> Result<()> {
    let mode = Mode::of(*release);
    browser::ensure_npm_parts()?;
    let chromium = browser::ensure_chromium()?;
    let folder = page::folder(mode)?;
    page::build(&folder, mode, "./", None)?;
    let server = Server::start(folder, "/nerine/", 0)?;
    step("stories in Chromium", || {
        let mut playwright = step::command(browser::npm_bin().join("playwright"));
        playwright
            .arg("test")
            .args(rest)
            .current_dir(workspace::root().join("tests"))
            .env("NERINE_URL", &server.url)
            .env("CHROMIUM", &chromium)
            .env("CHROMIUM_SANDBOX", if browser::is_root() { "0" } else { "1" });
        keep(&mut playwright, closing)
    })
}

fn copy_screenshot() -> Result<()> {
    let docs = workspace::root().join("docs");
    let taken = workspace::root().join("tests/results/annotate.png");
    if !taken.is_file() {
        bail!("no story took tests/results/annotate.png: run the stories without a filter");
    }
    std::fs::create_dir_all(&docs)?;
    std::fs::copy(taken, docs.join("annotate.png"))?;
    Ok(())
}

fn keep(command: &mut std::process::Command, closing: &mut Vec<String>) -> Result<()> {
    let (lines, end) = step::run_and_keep(command, is_closing)?;
    closing.extend(lines);
    end
}

/// Whether a line is a runner's last word: nextest's, libtest's or Playwright's.
fn is_closing(line: &str) -> bool {
    let line = line.trim();
    let count = line.split_once(' ').is_some_and(|(count, rest)| {
        let what = rest.split(" (").next().unwrap_or_default();
        count.parse::<u32>().is_ok()
            && ["passed", "failed", "skipped", "flaky", "did not run", "interrupted"]
                .contains(&what)
    });
    // Each crate without examples says so; that is no result.
    let empty = line.starts_with("test result: ok. 0 passed");
    count || line.starts_with("Summary [") || line.starts_with("test result: ") && !empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_told_from_others() {
        for line in [
            "     Summary [   0.004s] 3 tests run: 3 passed, 0 skipped",
            "test result: ok. 4 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.04s",
            "  12 passed (1.2m)",
            "  1 failed",
            "  2 did not run",
        ] {
            assert!(is_closing(line), "{line}");
        }
        for line in [
            "running 3 tests",
            "12 passed the gate",
            "a passed (1s)",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "",
        ] {
            assert!(!is_closing(line), "{line}");
        }
    }

    #[test]
    fn crates_with_browser_tests_are_found() {
        let metadata = json!({ "packages": [
            { "name": "storage", "source": null, "metadata": null,
              "dependencies": [{ "name": "wasm-bindgen-test", "kind": "dev" }] },
            { "name": "train_worker", "source": null,
              "metadata": { "browser-test": { "features": ["cpu", "gpu"] } },
              "dependencies": [{ "name": "wasm-bindgen-test", "kind": "dev" }] },
            { "name": "corpus", "source": null, "metadata": null,
              "dependencies": [{ "name": "serde", "kind": null }] },
        ]});
        let found = tested_in_browser(&metadata);
        let found = found.iter().map(|it| (it.name.as_str(), it.features.as_str()));
        assert_eq!(found.collect::<Vec<_>>(), [("storage", ""), ("train_worker", "cpu,gpu")]);
    }
}
