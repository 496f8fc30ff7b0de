use serde::{Deserialize, Serialize};

/// Grows with every change of a message.
pub const VERSION: u32 = 6;

/// Which build this program is of. Page and workers of different builds do not talk.
pub const BUILD: &str = match option_env!("NERINE_BUILD_ID") {
    Some(id) => id,
    None => "dev",
};

/// A program that runs beside the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Program {
    /// Reads and writes files, makes tokens.
    Io,
    /// Trains spaCy's architecture on the processor.
    TrainCpu,
    /// Trains spaCy's architecture on the graphics card.
    TrainGpu,
    /// Trains Nerine's own learner, and predicts with it.
    TrainFew,
}

/// Tells the replies to one request from those to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u32);

/// What the page sends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call<Q> {
    /// The number that every reply carries.
    pub id: CallId,
    /// What is asked for.
    pub request: Q,
}

/// What a worker sends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Frame<R> {
    /// The worker is up. The page sends nothing before this.
    Ready(Hello),
    /// The worker is alive: every second, between two steps of its work.
    Beat,
    /// An answer.
    Reply {
        /// The request it answers.
        id: CallId,
        /// The answer.
        reply: R,
    },
    /// The request of this number is answered: no reply to it follows.
    End(CallId),
    /// The worker is about to end.
    Broken(Breakage),
}

/// Who a worker is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] as the worker was built with.
    pub version: u32,
    /// [`BUILD`] as the worker was built with.
    pub build: String,
    /// What it is.
    pub program: Program,
}

/// Why a worker does not fit the page: one of the two is old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What the worker said.
    pub found: Hello,
}

impl Hello {
    /// What a worker of this build says.
    pub fn of(program: Program) -> Self {
        Self { version: VERSION, build: BUILD.to_owned(), program }
    }

    /// Whether page and worker are of one build.
    pub fn check(self, program: Program) -> Result<(), Mismatch> {
        if self == Hello::of(program) { Ok(()) } else { Err(Mismatch { found: self }) }
    }
}

/// How a worker ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Breakage {
    /// A bug: the message says where.
    Panicked {
        /// Message and place.
        message: String,
    },
    /// The browser gave no more memory.
    OutOfMemory,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_build_is_told_apart() {
        assert!(Hello::of(Program::Io).check(Program::Io).is_ok());
        let old = Hello { build: "old".into(), ..Hello::of(Program::Io) };
        assert_eq!(old.clone().check(Program::Io), Err(Mismatch { found: old }));
        assert!(Hello::of(Program::TrainCpu).check(Program::TrainGpu).is_err());
    }
}
