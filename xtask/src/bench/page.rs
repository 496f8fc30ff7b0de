//! The page as a person meets it: import of 20,000 texts, opening them, a label key to its mark.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::page::{self, Mode};
use crate::server::Server;
use crate::step::{self, step};
use crate::{browser, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The optimised page, as `dist` builds it
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut node = node("page.mjs", Mode::of(args.release))?;
    step("the page in Chromium", || step::run(&mut node))
}

/// Builds and serves the page, and gives back the Node program that drives `tests/bench/SCRIPT`
/// in it. The page is served until this program ends.
pub(super) fn node(script: &str, mode: Mode) -> Result<Command> {
    browser::ensure_npm_parts()?;
    let chromium = browser::ensure_chromium()?;
    let folder = page::folder(mode)?;
    page::build(&folder, mode, "./", None)?;
    let server = Server::start(folder, "/nerine/", 0)?;
    let mut node = step::command("node");
    node.arg(Path::new("bench").join(script))
        .current_dir(workspace::root().join("tests"))
        .env("NERINE_URL", &server.url)
        .env("CHROMIUM", &chromium)
        .env("CHROMIUM_SANDBOX", if browser::is_root() { "0" } else { "1" });
    Ok(node)
}
