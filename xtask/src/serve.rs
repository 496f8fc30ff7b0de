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
    let mode = if args.release { Mode::Optimised } else { Mode::Dev };
    let folder = match mode {
        Mode::Dev => page::dev_folder()?,
        Mode::Optimised => page::dev_folder()?.with_file_name("page-optimised"),
    };
    page::build(&folder, mode, "./", None)?;
    let mut watch = page::trunk("watch", &folder, mode, "./")?;
    let server = Server::start(folder, &args.base, args.port)?;
    println!("▸ Nerine is at {} (Ctrl C ends)", server.url);
    if args.release {
        server.wait();
        Ok(())
    } else {
        step::run(&mut watch)
    }
}
