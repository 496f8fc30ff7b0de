//! The worker that trains models and predicts: mailbox → `learn` → replies. Texts come from storage
//! and models go there.
//!
//! It is built twice: with feature `cpu` as `train_cpu`, with feature `gpu` as `train_gpu`.

#[cfg(target_arch = "wasm32")]
mod mailbox;
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(dead_code, reason = "only the tests use it outside of a browser")
)]
mod work;

#[cfg(target_arch = "wasm32")]
pub use mailbox::start;
pub use protocol::Program;

/// Workers run in a browser.
#[cfg(not(target_arch = "wasm32"))]
pub fn start(_program: Program) {}
