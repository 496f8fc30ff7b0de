use serde::{Deserialize, Serialize};

use crate::{BaseKey, RunKey};

/// What runs can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// How many runs the processor takes at a time.
    pub cpu_slots: u16,
    /// Whether there is a graphics card. It takes one run at a time, beside those of the
    /// processor.
    pub has_gpu: bool,
    /// The memory that all runs at work may need together, in bytes.
    pub memory_bytes: u64,
}

/// A place where one run at a time is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Slot {
    /// One of the processor's, from 0.
    Cpu(u16),
    /// The graphics card.
    Gpu,
}

/// What a run needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The run.
    pub run: RunKey,
    /// What it starts from.
    pub base: BaseKey,
    /// Whether it runs on the graphics card, else on the processor.
    pub on_gpu: bool,
    /// The most memory that it takes, in bytes.
    pub memory_bytes: u64,
    /// How much there is to do, in a unit that all runs of a base share, such as words times
    /// epochs; above 0.
    pub work: f64,
}

/// A run in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// What it needs.
    pub task: Task,
    /// Where it stands.
    pub state: State,
    /// The share that is done, 0 to 1, as far as is known.
    pub done: f64,
    /// Seconds that it was at work, as far as is known.
    pub secs: f64,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// For its turn.
    Waiting,
    /// At work.
    Running(Slot),
    /// Told to stop, and not heard of yet; its slot is not free.
    Stopping {
        /// Where it is.
        slot: Slot,
        /// Why it is cancelled; none where it waits again, to go on from what it kept.
        cancelled: Option<String>,
    },
    /// Its record is there.
    Done,
    /// Ended without a record.
    Failed {
        /// Why, for people.
        why: String,
    },
    /// Taken out.
    Cancelled {
        /// Why, for people.
        why: String,
    },
}

impl State {
    /// Where the run is at work; none where it is not.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            State::Running(slot) | State::Stopping { slot, .. } => Some(*slot),
            State::Waiting | State::Done | State::Failed { .. } | State::Cancelled { .. } => None,
        }
    }

    /// Where a run stands that has stopped. One that stops unasked has not lost its turn.
    pub(super) fn after_stop(&self) -> State {
        match self {
            State::Stopping { cancelled: Some(why), .. } => State::Cancelled { why: why.clone() },
            _ => State::Waiting,
        }
    }

    /// Whether nothing more comes of it unless it is tried again.
    pub fn is_final(&self) -> bool {
        matches!(self, State::Done | State::Failed { .. } | State::Cancelled { .. })
    }
}
