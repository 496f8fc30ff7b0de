use serde::{Deserialize, Serialize};

use super::{Pool, Slot};
use crate::{BaseKey, RunKey};

/// What happens to a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// There is something to do, as after a queue is made or stored.
    Begin,
    /// A run is so far.
    Progress {
        /// The run.
        run: RunKey,
        /// The share that is done, 0 to 1.
        done: f64,
        /// Seconds that it was at work, in earlier tabs too.
        secs: f64,
    },
    /// A run has ended and its record is stored.
    Finished {
        /// The run.
        run: RunKey,
        /// Seconds that it was at work.
        secs: f64,
    },
    /// A run has ended without a record.
    Failed {
        /// The run.
        run: RunKey,
        /// Why, for people.
        why: String,
    },
    /// A run that was told to stop has stopped.
    Stopped(RunKey),
    /// Nothing new begins, and what is at work stops and keeps what it has.
    Pause,
    /// The end of a pause.
    Resume,
    /// A run is not wanted any more.
    Cancel(RunKey),
    /// No run is wanted any more.
    CancelAll,
    /// A base is gone from this device.
    BaseDeleted(BaseKey),
    /// A run that failed or was cancelled is wanted after all.
    Retry(RunKey),
    /// Slots or memory are others now. Runs at work stay where they are.
    Resized(Pool),
}

/// What the owner of a queue has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Let a run begin, or go on from what it kept.
    Start {
        /// The run.
        run: RunKey,
        /// Where.
        slot: Slot,
    },
    /// Stop a run, and tell [`Event::Stopped`] when it has.
    Stop {
        /// The run.
        run: RunKey,
        /// Where it is.
        slot: Slot,
        /// Whether what it has is kept, to go on from.
        keep: bool,
    },
}
