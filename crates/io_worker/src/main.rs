//! Reads and writes files and makes tokens, beside the page.

#[cfg(target_arch = "wasm32")]
fn main() {
    io_worker::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser, as a worker of the page");
}
