//! How a long computation pauses, so that its caller can look at its mailbox.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

/// Multiply-adds, about, between two pauses: a few milliseconds.
const BUDGET: u64 = 12_000_000;

/// Work that is always followed by a pause.
pub(crate) const PAUSE: u64 = BUDGET;

/// What a training is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Reading the raw text: clusters and vectors of words.
    #[default]
    Words,
    /// Training on parts of the texts and judging the others, to choose what suits them.
    Check,
    /// Training the linear member.
    Linear,
    /// Training the members that teach.
    Teachers,
    /// Members taught by those before them, with raw text; the first round or the second.
    Round(u8),
    /// Packing the model.
    Packing,
}

/// How far a training has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// What it is at.
    pub stage: Stage,
    /// How much of the stage is done, 0 to 1.
    pub done: f32,
}

/// How good the members are that a stage has made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The stage.
    pub stage: Stage,
    /// F1 on the dev examples, 0 to 1; none without any.
    pub dev_f1: Option<f32>,
}

/// The side of a pause that computes.
#[derive(Clone, Default)]
pub(crate) struct Pace(Rc<Shared>);

#[derive(Default)]
struct Shared {
    spent: Cell<u64>,
    progress: Cell<Progress>,
    looks: RefCell<Vec<Look>>,
    is_stopping: Cell<bool>,
}

impl Pace {
    /// Says that about so many multiply-adds were done, and pauses when it is time.
    pub(crate) async fn spend(&self, work: u64) {
        let spent = self.0.spent.get() + work;
        self.0.spent.set(spent);
        if BUDGET <= spent {
            self.0.spent.set(0);
            pause().await;
        }
    }

    /// Says how far the computation has come.
    pub(crate) fn report(&self, stage: Stage, done: f32) {
        self.0.progress.set(Progress { stage, done });
    }

    /// Says how good the members of this stage are.
    pub(crate) fn judged(&self, dev_f1: Option<f32>) {
        self.0.looks.borrow_mut().push(Look { stage: self.progress().stage, dev_f1 });
    }

    /// How good the members of each stage were, in order.
    pub(crate) fn looks(&self) -> Vec<Look> {
        self.0.looks.borrow().clone()
    }

    /// What was last reported.
    pub(crate) fn progress(&self) -> Progress {
        self.0.progress.get()
    }

    /// Asks the computation to end with what it has.
    pub(crate) fn stop(&self) {
        self.0.is_stopping.set(true);
    }

    /// What a part of the computation comes to; none once it was asked to stop.
    pub(crate) async fn unless_stopped<T>(&self, part: impl Future<Output = T>) -> Option<T> {
        let mut part = pin!(part);
        poll_fn(|context| match self.0.is_stopping.get() {
            true => Poll::Ready(None),
            false => part.as_mut().poll(context).map(Some),
        })
        .await
    }
}

/// Lets the caller have its turn once.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| {
        if paused {
            return Poll::Ready(());
        }
        paused = true;
        Poll::Pending
    })
    .await;
}
