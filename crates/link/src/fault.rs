use protocol::Breakage;

/// Why a worker gives no more replies. The next call starts a fresh one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Page and worker are of different builds.
    #[error("Nerine was updated meanwhile: reload the page")]
    Mismatch,
    /// The program did not come, or did not start.
    #[error("a part of Nerine could not be loaded ({reason}): check the connection and try again")]
    NotLoaded {
        /// What the browser said.
        reason: String,
    },
    /// No sign of life while it should work.
    #[error("there was no sign of life for {secs} seconds: try again, with less at a time")]
    Hung {
        /// How long, in seconds.
        secs: u32,
    },
    /// A bug: the message says where.
    #[error("Nerine made a mistake ({message}): try again, and please report it")]
    Panicked {
        /// Message and place.
        message: String,
    },
    /// The browser gave no more memory.
    #[error("the browser gave no more memory: close other tabs, or try with less at a time")]
    OutOfMemory,
    /// The page ended it.
    #[error("it was stopped")]
    Stopped,
}

impl From<Breakage> for Fault {
    fn from(breakage: Breakage) -> Self {
        match breakage {
            Breakage::Panicked { message } => Fault::Panicked { message },
            Breakage::OutOfMemory => Fault::OutOfMemory,
        }
    }
}

/// What an error is that nobody caught, by the words of the browser.
///
/// A panic is reported by its hook before it traps. A trap that comes without that report is the
/// allocator's, which has no memory left to say so.
pub(crate) fn breakage(message: &str) -> Breakage {
    let has = |part: &str| message.contains(part);
    let too_deep = has("call stack") || has("recursion");
    let no_memory = has("memory allocation")
        || has("out of memory")
        || has("unreachable")
        || has("Out of memory")
        || (has("RangeError") && !too_deep);
    match no_memory {
        true => Breakage::OutOfMemory,
        false => Breakage::Panicked { message: message.to_owned() },
    }
}
