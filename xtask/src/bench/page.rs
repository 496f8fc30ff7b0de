//! The page as a person meets it: import of 20,000 texts, opening them, a label key to its mark.

use anyhow::Result;

use crate::page::{self, Mode};
use crate::server::Server;
use crate::step::{self, step};
use crate::{browser, workspace};

/// Builds the page as it is developed, serves it and runs `tests/bench/page.mjs`.
pub(crate) fn run() -> Result<()> {
    browser::ensure_npm_parts()?;
    let chromium = browser::ensure_chromium()?;
    let folder = page::dev_folder()?;
    page::build(&folder, Mode::Dev, "./", None)?;
    let server = Server::start(folder, "/nerine/", 0)?;
    step("the page in Chromium", || {
        let mut node = step::command("node");
        node.arg("bench/page.mjs")
            .current_dir(workspace::root().join("tests"))
            .env("NERINE_URL", &server.url)
            .env("CHROMIUM", &chromium)
            .env("CHROMIUM_SANDBOX", if browser::is_root() { "0" } else { "1" });
        step::run(&mut node)
    })
}
