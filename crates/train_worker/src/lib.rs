//! The workers that train models: mailbox → learner → replies. Texts come from storage and models go
//! there.
//!
//! Three programs are built of it. `train_cpu` and, with feature `gpu`, `train_gpu` train spaCy's
//! architecture through burn. `train_few` trains Nerine's own learner and predicts with what it
//! trained; nothing of burn is linked into it.

#[cfg(target_arch = "wasm32")]
mod mailbox;
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(dead_code, reason = "only the tests use it outside of a browser")
)]
mod work;

#[cfg(target_arch = "wasm32")]
pub use mailbox::{start, start_few};
pub use protocol::Program;

/// Workers run in a browser.
#[cfg(not(target_arch = "wasm32"))]
pub fn start(_program: Program) {}

/// Workers run in a browser.
#[cfg(not(target_arch = "wasm32"))]
pub fn start_few() {}
