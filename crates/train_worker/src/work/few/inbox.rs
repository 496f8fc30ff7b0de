use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use project::DocNumber;

/// Texts that were answered or changed, for whoever learns from them. Each waits once, however often
/// it changed meanwhile.
#[derive(Default)]
pub(crate) struct Inbox {
    docs: RefCell<VecDeque<DocNumber>>,
    is_closed: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Inbox {
    /// Puts a text in.
    pub(crate) fn put(&self, doc: DocNumber) {
        let mut docs = self.docs.borrow_mut();
        docs.retain(|it| *it != doc);
        docs.push_back(doc);
        drop(docs);
        self.wake();
    }

    /// Says that no more will come.
    pub(crate) fn close(&self) {
        self.is_closed.set(true);
        self.wake();
    }

    /// Whether no more will come.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Empties it, for somebody else.
    pub(crate) fn open(&self) {
        self.docs.borrow_mut().clear();
        self.is_closed.set(false);
    }

    /// The text that waits longest; none where none waits.
    pub(crate) fn take(&self) -> Option<DocNumber> {
        self.docs.borrow_mut().pop_front()
    }

    /// Whether one waits, or no more will come.
    pub(crate) fn has_news(&self) -> bool {
        self.is_closed.get() || !self.docs.borrow().is_empty()
    }

    /// Waits for the next text; none when no more will come.
    pub(crate) async fn next(&self) -> Option<DocNumber> {
        poll_fn(|context| match (self.is_closed(), self.take()) {
            (true, _) => Poll::Ready(None),
            (false, Some(doc)) => Poll::Ready(Some(doc)),
            (false, None) => {
                self.waiting.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}
