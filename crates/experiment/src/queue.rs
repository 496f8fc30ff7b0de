mod estimate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BaseKey, RunKey, words};

/// The runs of an experiment on their way through a pool of workers.
///
/// It does nothing itself: it takes [`Event`]s and gives back the [`Command`]s that follow. It is
/// stored as it is; [`Queue::reopen`] goes on from there in a tab that was closed meanwhile.
///
/// No slot ever has two runs, and runs that are at work never need more memory together than the
/// pool has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    pool: Pool,
    jobs: Vec<Job>,
    is_paused: bool,
}

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
        /// Whether it waits again afterwards, to go on from what it kept.
        goes_on: bool,
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

impl Queue {
    /// A queue in which these runs wait in this order. A run that is there twice waits once.
    pub fn new(pool: Pool, tasks: impl IntoIterator<Item = Task>) -> Self {
        let mut queue = Self { pool, jobs: Vec::new(), is_paused: false };
        for task in tasks {
            if queue.job(&task.run).is_none() {
                let job = Job { task, state: State::Waiting, done: 0.0, secs: 0.0 };
                queue.jobs.push(job);
            }
        }
        queue
    }

    /// The queue as it is after its tab was closed: what was at work waits again, and goes on from
    /// what it kept. Runs whose record is stored are done.
    #[must_use]
    pub fn reopen(mut self, stored: impl Fn(&RunKey) -> bool) -> Self {
        for job in &mut self.jobs {
            job.state = match &job.state {
                _ if stored(&job.task.run) => State::Done,
                State::Running(_) | State::Stopping { goes_on: true, .. } => State::Waiting,
                State::Stopping { goes_on: false, .. } => cancelled(),
                other => other.clone(),
            };
        }
        self
    }

    /// Takes what happened, and says what follows. What no longer matters is passed over, such as
    /// news of a run that was cancelled meanwhile.
    pub fn apply(&mut self, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::Begin => {}
            Event::Progress { run, done, secs } => {
                if let Some(job) = self.at_work(&run) {
                    (job.done, job.secs) = (done.clamp(0.0, 1.0), secs.max(0.0));
                }
            }
            Event::Finished { run, secs } => {
                if let Some(job) = self.at_work(&run) {
                    (job.state, job.done, job.secs) = (State::Done, 1.0, secs.max(0.0));
                }
            }
            Event::Failed { run, why } => {
                if let Some(job) = self.at_work(&run) {
                    job.state = State::Failed { why };
                }
            }
            Event::Stopped(run) => self.stopped(&run),
            Event::Pause => {
                self.is_paused = true;
                self.stop(|_| true, Stop::Keep, &mut commands);
            }
            Event::Resume => self.is_paused = false,
            Event::Cancel(run) => self.stop(|it| it.run == run, Stop::Cancel, &mut commands),
            Event::CancelAll => self.stop(|_| true, Stop::Cancel, &mut commands),
            Event::BaseDeleted(base) => {
                self.stop(|it| it.base == base, Stop::BaseDeleted, &mut commands);
            }
            Event::Retry(run) => self.retry(&run),
            Event::Resized(pool) => self.pool = pool,
        }
        self.fill(&mut commands);
        commands
    }

    /// The runs in their order.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// What the runs run on.
    pub fn pool(&self) -> Pool {
        self.pool
    }

    /// Whether nothing new begins.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Whether every run is done, failed or cancelled.
    pub fn is_over(&self) -> bool {
        self.jobs.iter().all(|it| it.state.is_final())
    }

    /// The runs that failed, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&Task, &str)> {
        self.jobs.iter().filter_map(|it| match &it.state {
            State::Failed { why } => Some((&it.task, why.as_str())),
            _ => None,
        })
    }

    /// A run.
    pub fn job(&self, run: &RunKey) -> Option<&Job> {
        self.jobs.iter().find(|it| it.task.run == *run)
    }

    fn at_work(&mut self, run: &RunKey) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|it| it.task.run == *run && it.state.slot().is_some())
    }

    fn stopped(&mut self, run: &RunKey) {
        let Some(job) = self.at_work(run) else { return };
        job.state = match job.state {
            State::Stopping { goes_on: false, .. } => cancelled(),
            // A worker that stops unasked has not lost its turn.
            _ => State::Waiting,
        };
    }

    fn retry(&mut self, run: &RunKey) {
        for job in self.jobs.iter_mut().filter(|it| it.task.run == *run) {
            if matches!(job.state, State::Failed { .. } | State::Cancelled { .. }) {
                (job.state, job.done, job.secs) = (State::Waiting, 0.0, 0.0);
            }
        }
    }

    fn stop(&mut self, which: impl Fn(&Task) -> bool, stop: Stop, commands: &mut Vec<Command>) {
        for job in self.jobs.iter_mut().filter(|it| which(&it.task)) {
            let goes_on = stop == Stop::Keep;
            job.state = match &job.state {
                State::Waiting if !goes_on => State::Cancelled { why: stop.why() },
                State::Running(slot) | State::Stopping { slot, goes_on: true } if !goes_on => {
                    let run = job.task.run.clone();
                    commands.push(Command::Stop { run, slot: *slot, keep: false });
                    State::Stopping { slot: *slot, goes_on: false }
                }
                State::Running(slot) => {
                    let run = job.task.run.clone();
                    commands.push(Command::Stop { run, slot: *slot, keep: true });
                    State::Stopping { slot: *slot, goes_on: true }
                }
                other => other.clone(),
            };
        }
    }

    /// Lets runs begin while there is room. A run that does not fit beside those at work lets
    /// later ones pass.
    fn fill(&mut self, commands: &mut Vec<Command>) {
        if self.is_paused {
            return;
        }
        for at in 0..self.jobs.len() {
            if self.jobs[at].state != State::Waiting {
                continue;
            }
            if let Some(why) = self.impossible(&self.jobs[at].task) {
                self.jobs[at].state = State::Failed { why };
                continue;
            }
            let task = &self.jobs[at].task;
            let Some(slot) = self.free_slot(task) else { continue };
            commands.push(Command::Start { run: task.run.clone(), slot });
            self.jobs[at].state = State::Running(slot);
        }
    }

    /// Why a run can never begin in this pool.
    fn impossible(&self, task: &Task) -> Option<String> {
        if task.on_gpu && !self.pool.has_gpu {
            return Some("There is no graphics card here. Train it on the CPU.".to_owned());
        }
        (self.pool.memory_bytes < task.memory_bytes).then(|| {
            format!(
                "It needs {} of memory, and all runs together may take {}. Allow more memory, or \
                 choose a smaller base.",
                words::bytes(task.memory_bytes),
                words::bytes(self.pool.memory_bytes)
            )
        })
    }

    fn free_slot(&self, task: &Task) -> Option<Slot> {
        let taken: BTreeMap<Slot, u64> = self
            .jobs
            .iter()
            .filter_map(|it| Some((it.state.slot()?, it.task.memory_bytes)))
            .collect();
        let in_use: u64 = taken.values().sum();
        if self.pool.memory_bytes < in_use.saturating_add(task.memory_bytes) {
            return None;
        }
        let slots: Vec<Slot> = match task.on_gpu {
            true => vec![Slot::Gpu],
            false => (0..self.pool.cpu_slots).map(Slot::Cpu).collect(),
        };
        slots.into_iter().find(|it| !taken.contains_key(it))
    }
}

impl State {
    /// Where the run is at work; none where it is not.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            State::Running(slot) | State::Stopping { slot, .. } => Some(*slot),
            State::Waiting | State::Done | State::Failed { .. } | State::Cancelled { .. } => None,
        }
    }

    /// Whether nothing more comes of it unless it is tried again.
    pub fn is_final(&self) -> bool {
        matches!(self, State::Done | State::Failed { .. } | State::Cancelled { .. })
    }
}

/// Why runs are stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Keep,
    Cancel,
    BaseDeleted,
}

impl Stop {
    fn why(self) -> String {
        match self {
            Stop::Keep | Stop::Cancel => "Cancelled.",
            Stop::BaseDeleted => "Its base was deleted. Bring the base in again, then try again.",
        }
        .to_owned()
    }
}

fn cancelled() -> State {
    State::Cancelled { why: Stop::Cancel.why() }
}

#[cfg(test)]
mod tests;
