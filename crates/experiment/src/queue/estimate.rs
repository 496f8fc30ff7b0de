//! How far a queue is, and how long it will take.

use super::{Job, Queue, Slot, State};

impl Queue {
    /// The share of all work that is done, 0 to 1. Runs that failed or were cancelled are not
    /// part of it. 1 for a queue with nothing to do.
    pub fn progress(&self) -> f64 {
        let wanted = || {
            self.jobs
                .iter()
                .filter(|it| !matches!(it.state, State::Failed { .. } | State::Cancelled { .. }))
        };
        let expected = |job: &Job| self.total_secs(job).unwrap_or(job.task.work);
        let all: f64 = wanted().map(expected).sum();
        let done: f64 = wanted().map(|it| expected(it) * it.done).sum();
        if all <= 0.0 { 1.0 } else { (done / all).clamp(0.0, 1.0) }
    }

    /// Seconds until every run has ended, were nothing paused; none while a run's speed cannot be
    /// guessed.
    ///
    /// A run takes as long for its work as the runs of its base that are furthest along did, else
    /// as those of all bases on the same kind of slot. Runs are dealt to slots in their order;
    /// that memory may hold some back is not looked at.
    pub fn secs_left(&self) -> Option<f64> {
        let mut free: Vec<(Slot, f64)> = (0..self.pool.cpu_slots.max(1))
            .map(Slot::Cpu)
            .chain([Slot::Gpu])
            .map(|it| (it, 0.0))
            .collect();
        for job in self.jobs.iter().filter(|it| !it.state.is_final()) {
            let secs = self.total_secs(job)? * (1.0 - job.done);
            let own = job.state.slot();
            let fits = |slot: Slot| match own {
                Some(own) => slot == own,
                None => (slot == Slot::Gpu) == job.task.on_gpu,
            };
            let slots = free.iter_mut().filter(|it| fits(it.0));
            match slots.min_by(|a, b| a.1.total_cmp(&b.1)) {
                Some(slot) => slot.1 += secs,
                // It is still at work on a slot that the pool no longer has.
                None => free.push((own?, secs)),
            }
        }
        Some(free.into_iter().map(|it| it.1).fold(0.0, f64::max))
    }

    /// Seconds left of one run; none while its speed cannot be guessed, 0 when it has ended.
    pub fn secs_left_of(&self, job: &Job) -> Option<f64> {
        match job.state.is_final() {
            true => Some(0.0),
            false => Some(self.total_secs(job)? * (1.0 - job.done)),
        }
    }

    /// Seconds that a run takes from beginning to end.
    fn total_secs(&self, job: &Job) -> Option<f64> {
        if job.state == State::Done {
            return Some(job.secs);
        }
        if is_telling(job) {
            return Some(job.secs / job.done);
        }
        let is_alike = |it: &&Job| it.task.on_gpu == job.task.on_gpu;
        let is_same_base = |it: &&Job| is_alike(it) && it.task.base == job.task.base;
        let is_done = |it: &&Job| it.state == State::Done;
        let runs = || self.jobs.iter();
        let speed = speed(runs().filter(|it| is_done(it) && is_same_base(it)))
            .or_else(|| speed(runs().filter(is_same_base)))
            .or_else(|| speed(runs().filter(|it| is_done(it) && is_alike(it))))
            .or_else(|| speed(runs().filter(is_alike)))?;
        Some(job.task.work / speed)
    }
}

/// Before so much of a run is done, its time says little.
const TELLING: f64 = 0.02;

fn is_telling(job: &Job) -> bool {
    TELLING <= job.done && 0.0 < job.secs
}

/// Work done in a second.
fn speed<'j>(jobs: impl Iterator<Item = &'j Job>) -> Option<f64> {
    let known = jobs.filter(|it| is_telling(it)).map(|it| (it.task.work * it.done, it.secs));
    let (work, secs) = known.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    (0.0 < work && 0.0 < secs).then(|| work / secs)
}
