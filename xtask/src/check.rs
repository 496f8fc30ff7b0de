//! `cargo xtask check`: everything that is found without running the tests.

use anyhow::{Result, bail};

use crate::step::{self, step};
use crate::{tidy, tools, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also lints what the `gpu` features add, natively and for the browser: it compiles the
    /// graphics stack twice more
    #[arg(long)]
    full: bool,
    /// Also asks the advisory database, over the network
    #[arg(long)]
    online: bool,
}

/// Crates that run only, or also, in the browser.
const IN_BROWSER: [&str; 5] = ["app", "io_worker", "link", "storage", "train_worker"];

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut failed = Vec::new();
    let mut check = |what: &'static str, work: &dyn Fn() -> Result<()>| {
        if let Err(error) = step(what, work) {
            eprintln!("  {error:#}");
            failed.push(what);
        }
    };
    check("formatting", &formatting);
    check("floors and house rules", &tidy::run);
    check("clippy, native", &|| clippy_native(&[]));
    if args.full {
        check("clippy, native, with the GPU", &|| {
            clippy_native(&[
                "--package",
                "learn",
                "--package",
                "cli",
                "--features",
                "learn/gpu,cli/gpu",
            ])
        });
    }
    check("clippy, wasm32", &|| clippy_wasm("train_worker/cpu"));
    if args.full {
        check("clippy, wasm32, with the GPU", &|| clippy_wasm("train_worker/cpu,train_worker/gpu"));
    }
    check("spelling", &spelling);
    check("licences, bans and sources", &|| deny(args.online));
    if !failed.is_empty() {
        bail!("checks failed: {}", failed.join(", "));
    }
    Ok(())
}

fn formatting() -> Result<()> {
    step::run(step::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy_native(packages: &[&str]) -> Result<()> {
    step::run(
        step::cargo()
            .args(["clippy", "--locked", "--all-targets"])
            .args(packages)
            .args(["--", "-D", "warnings"]),
    )
}

/// Lints the browser's crates for their own target, with what cannot work there forbidden.
fn clippy_wasm(features: &str) -> Result<()> {
    tools::ensure_wasm_target()?;
    step::run(
        step::cargo()
            .args(["clippy", "--locked", "--target", "wasm32-unknown-unknown"])
            .args(["--features", features])
            .args(IN_BROWSER.iter().flat_map(|name| ["--package", name]))
            .args(["--", "-D", "warnings"])
            .env("CLIPPY_CONF_DIR", workspace::root().join("xtask/wasm")),
    )
}

fn spelling() -> Result<()> {
    step::run(&mut step::command(tools::ensure(tools::TYPOS)?.join("typos")))
}

fn deny(online: bool) -> Result<()> {
    let mut deny = step::command(tools::ensure(tools::DENY)?.join("cargo-deny"));
    deny.args(["--locked", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    if online {
        deny.arg("advisories");
    }
    step::run(&mut deny)
}
