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

/// The longest message of an error that people are shown, in characters.
const BRIEF: usize = 160;

/// An error's words on one short line, and its place. The browser puts a whole stack behind them.
fn brief(said: &str, place: &str) -> String {
    let line = said.trim().lines().next().unwrap_or_default();
    let mut brief: String = line.chars().take(BRIEF).collect();
    if brief.len() < line.len() {
        brief.push('…');
    }
    if !place.is_empty() {
        brief.push_str(", at ");
        brief.push_str(place);
    }
    brief
}

/// What an error is that nobody caught, by the words of the browser.
///
/// A panic is reported by its hook before it traps. A trap that comes without that report is the
/// allocator's, which has no memory left to say so.
pub(crate) fn breakage(said: &str) -> Breakage {
    breakage_at(said.strip_prefix("Uncaught ").unwrap_or(said), "")
}

/// The same for an error whose place is known.
pub(crate) fn breakage_at(said: &str, place: &str) -> Breakage {
    let lower = said.to_lowercase();
    let has = |part: &str| lower.contains(part);
    let too_deep = has("call stack") || has("recursion");
    let no_memory = has("memory allocation")
        || has("out of memory")
        // Rust's own words for code that cannot be reached do not name the browser's error.
        || (has("runtimeerror") && has("unreachable"))
        || (has("rangeerror") && !too_deep);
    match no_memory {
        true => Breakage::OutOfMemory,
        false => Breakage::Panicked { message: brief(said, place) },
    }
}
