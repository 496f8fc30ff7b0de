//! `cargo xtask serve`: the page on this machine, built again when a file changes.

use anyhow::Result;

use crate::page::{self, Mode};
use crate::server::Server;
use crate::step;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port to serve on
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Path below which the page is served
    #[arg(long, default_value = "/")]
    base: String,
    /// Optimised, as `dist` builds it; takes long and does not watch for changes
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mode = Mode::of(args.release);
    let folder = page::folder(mode)?;
    page::build(&folder, mode, "./", None)?;
    let server = Server::start(folder.clone(), &args.base, args.port)?;
    println!("▸ Nerine is at {} (Ctrl C ends)", server.url);
    if args.release {
        server.wait();
        return Ok(());
    }
    step::run(&mut page::trunk("watch", &folder, mode, "./")?)
}
