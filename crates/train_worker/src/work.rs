//! What is done for the page. Nothing in here knows a browser, so that all of it is tested natively.

mod assigned;
#[cfg(test)]
mod experiment_tests;
pub(crate) mod few;
pub(crate) mod pipeline;
mod spacy;
#[cfg(test)]
mod tests;
pub(crate) mod texts;
pub(crate) mod train;

use learn::LearnError;
use learn::device::Device;
use project::{Device as Kind, ProjectId, RunId};
use protocol::{Probe, Program, TrainReply};
use storage::{Store, StoreError};
use web_time::Instant;

/// Steps of the self-test.
const TRACE_STEPS: usize = 6;

/// How long a reply may wait for the next: four are sent in a second.
const BETWEEN_REPLIES_SECS: f64 = 0.25;

/// How long one computes without letting messages in.
const TURN_SECS: f64 = 0.03;

/// Whoever asked for the work.
pub(crate) trait Page {
    /// Sends a reply.
    fn send(&self, reply: TrainReply);
    /// Whether the work should end soon.
    fn wants_stop(&self) -> bool;
    /// Lets messages come in.
    async fn turn(&self);
}

/// Why a piece of work ended early. The sentences are for people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stopped {
    /// It cannot be done.
    Failed {
        /// What happened, then what to do.
        why: String,
    },
    /// The device gave up; another may do it.
    DeviceLost {
        /// What the device said.
        why: String,
    },
    /// What was made could not be stored. It can be, once storage is well again.
    NotStored {
        /// What happened, then what to do.
        why: String,
    },
}

impl Stopped {
    fn failed(err: &impl ToString) -> Self {
        Stopped::Failed { why: err.to_string() }
    }

    /// What an error of `learn` means on a kind of device.
    fn on(kind: Kind, err: &LearnError) -> Self {
        match (kind, err) {
            // A graphics card that computes nonsense is as good as lost.
            (Kind::Gpu, LearnError::Device { .. } | LearnError::Diverged) => {
                Stopped::DeviceLost { why: err.to_string() }
            }
            _ => Stopped::failed(err),
        }
    }
}

impl From<StoreError> for Stopped {
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::Missing { .. } | StoreError::Exists { .. } | StoreError::Bytes(_) => {
                Stopped::failed(&err)
            }
            StoreError::Conflict
            | StoreError::Full
            | StoreError::Blocked
            | StoreError::Outdated
            | StoreError::Unavailable { .. }
            | StoreError::Failed { .. } => Stopped::NotStored { why: err.to_string() },
        }
    }
}

/// What a program computes on.
pub(crate) fn kind(program: Program) -> Kind {
    match program {
        Program::TrainGpu => Kind::Gpu,
        Program::TrainCpu | Program::TrainFew | Program::Io => Kind::Cpu,
    }
}

/// Finds out whether a device computes what the processor does, and how fast.
pub(crate) async fn probe(kind: Kind, device: &Device, name: String) -> Probe {
    let mut probe = Probe {
        device: kind,
        name,
        sound: false,
        why_not: None,
        losses: Vec::new(),
        cpu_losses: Vec::new(),
        words_per_sec: 0.0,
    };
    if let Err(why) = try_out(device, &mut probe).await {
        probe.why_not = Some(why);
    }
    probe
}

async fn try_out(device: &Device, probe: &mut Probe) -> Result<(), String> {
    let words = |err: LearnError| err.to_string();
    probe.cpu_losses =
        learn::loss_trace(&learn::device::cpu(), TRACE_STEPS).await.map_err(words)?;
    probe.losses = learn::loss_trace(device, TRACE_STEPS).await.map_err(words)?;
    learn::compare_traces(&probe.losses, &probe.cpu_losses).map_err(|err| err.to_string())?;
    probe.sound = true;
    probe.words_per_sec = learn::words_per_sec(device).await.map_err(words)? as f32;
    Ok(())
}

/// The weights of a run, as its learner packed them.
async fn weights(store: &impl Store, project: &ProjectId, run: RunId) -> Result<Vec<u8>, Stopped> {
    let missing = || Stopped::Failed {
        why: "this run has no model: train again, or choose another run".to_owned(),
    };
    store.weights(project, run).await?.ok_or_else(missing)
}

/// Says when a time is over, again and again.
struct Clock {
    since: Instant,
    secs: f64,
}

impl Clock {
    fn every(secs: f64) -> Self {
        Self { since: Instant::now(), secs }
    }

    /// Seconds since it was last due.
    fn secs(&self) -> f64 {
        self.since.elapsed().as_secs_f64()
    }

    /// Whether the time is over. It starts anew then.
    fn is_due(&mut self) -> bool {
        let is_due = self.secs <= self.secs();
        if is_due {
            self.since = Instant::now();
        }
        is_due
    }
}
