//! `cargo xtask tidy`: the house rules that no compiler knows.
//!
//! The floors table of ARCHITECTURE.md says which crate may use which; here it is held against
//! what cargo says. Every rule gives back sentences, one for each thing that breaks it.

mod floors;
mod graph;
mod sources;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace;
use floors::Floors;
use graph::Graph;

pub(crate) fn run() -> Result<()> {
    let architecture = fs::read_to_string(workspace::root().join("ARCHITECTURE.md"))
        .context("ARCHITECTURE.md cannot be read")?;
    let floors = Floors::parse(&architecture)?;
    let native = Graph::read(&workspace::metadata(None)?)?;
    let browser = Graph::read(&workspace::metadata(Some("wasm32-unknown-unknown"))?)?;
    let complaints = [
        floors.check(&native),
        native.undescribed(),
        native.naming_the_browser(),
        browser.reached_by_the_page(),
        sources::check(workspace::root())?,
    ]
    .concat();
    if complaints.is_empty() {
        return Ok(());
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    bail!("{} house rules are broken", complaints.len())
}
