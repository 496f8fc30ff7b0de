mod estimate;
mod event;
mod job;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{RunKey, words};
pub use event::{Command, Event};
pub use job::{Job, Pool, Slot, State, Task};

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
                State::Running(_) | State::Stopping { .. } => job.state.after_stop(),
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
                self.stop(|_| true, None, &mut commands);
            }
            Event::Resume => self.is_paused = false,
            Event::Cancel(run) => self.stop(|it| it.run == run, Some(NOT_WANTED), &mut commands),
            Event::CancelAll => self.stop(|_| true, Some(NOT_WANTED), &mut commands),
            Event::BaseDeleted(base) => {
                self.stop(|it| it.base == base, Some(BASE_DELETED), &mut commands);
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
        if let Some(job) = self.at_work(run) {
            job.state = job.state.after_stop();
        }
    }

    fn retry(&mut self, run: &RunKey) {
        for job in self.jobs.iter_mut().filter(|it| it.task.run == *run) {
            if matches!(job.state, State::Failed { .. } | State::Cancelled { .. }) {
                (job.state, job.done, job.secs) = (State::Waiting, 0.0, 0.0);
            }
        }
    }

    /// Tells runs at work to stop. With a reason they and those that wait are cancelled, without
    /// one they wait again.
    fn stop(
        &mut self,
        which: impl Fn(&Task) -> bool,
        why: Option<&str>,
        commands: &mut Vec<Command>,
    ) {
        let cancelled = why.map(str::to_owned);
        for job in self.jobs.iter_mut().filter(|it| which(&it.task)) {
            let slot = match (&job.state, why) {
                (State::Waiting, Some(why)) => {
                    job.state = State::Cancelled { why: why.to_owned() };
                    continue;
                }
                (State::Running(slot), _)
                | (State::Stopping { slot, cancelled: None }, Some(_)) => *slot,
                _ => continue,
            };
            let run = job.task.run.clone();
            commands.push(Command::Stop { run, slot, keep: cancelled.is_none() });
            job.state = State::Stopping { slot, cancelled: cancelled.clone() };
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

/// Why runs are cancelled.
const NOT_WANTED: &str = "Cancelled.";
const BASE_DELETED: &str = "Its base was deleted. Bring the base in again, then try again.";

#[cfg(test)]
mod tests;
