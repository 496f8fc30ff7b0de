//! Both ends of a worker's channel: handshake, heartbeat, panic hook.
//!
//! The page holds a [`Handle`] for each program and calls it; the program calls [`serve`] when it
//! starts and [`yield_now`] between two steps of its work. A call and its replies are small and
//! travel as bytes, with files beside them as `Blob`s.

mod fault;
mod handle;
mod port;
mod serve;
#[cfg(test)]
mod tests;
mod turn;

pub use fault::Fault;
pub use handle::{Answer, Handle, Patience, Replies};
pub use serve::{Replier, serve};
pub use turn::yield_now;
