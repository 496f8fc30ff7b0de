use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::pace::{Look, Pace, Progress};

/// What a step came to.
#[derive(Debug)]
pub enum Step<T> {
    /// There is more to do.
    Working(Progress),
    /// All is done.
    Done(T),
}

/// A long computation that goes on a few milliseconds at a time, when it is told to. To cancel it,
/// drop it.
pub struct Work<T> {
    rest: Pin<Box<dyn Future<Output = T>>>,
    pace: Pace,
    is_done: bool,
}

impl<T> Work<T> {
    pub(crate) fn new(pace: Pace, work: impl Future<Output = T> + 'static) -> Self {
        Self { rest: Box::pin(work), pace, is_done: false }
    }

    /// Goes on for a few milliseconds. Must not be called again once it is done.
    pub fn step(&mut self) -> Step<T> {
        assert!(!self.is_done, "a step was asked of work that is done");
        match self.rest.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Step::Working(self.pace.progress()),
            Poll::Ready(it) => {
                self.is_done = true;
                Step::Done(it)
            }
        }
    }

    /// How good what each stage of a training made is, so far. The best is kept, of equals the last.
    pub fn looks(&self) -> Vec<Look> {
        self.pace.looks()
    }

    /// Asks it to end soon with the best that it has. A training ends with its linear member or
    /// what is better by then; work that has nothing to show for a part goes on.
    pub fn stop(&self) {
        self.pace.stop();
    }

    /// Goes on to the end.
    pub fn finish(mut self) -> T {
        loop {
            if let Step::Done(it) = self.step() {
                return it;
            }
        }
    }
}

/// Computes without a pause to the end.
#[cfg(test)]
pub(crate) fn finish<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        if let Poll::Ready(it) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return it;
        }
    }
}
