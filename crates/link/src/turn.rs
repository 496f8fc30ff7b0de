use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, MessagePort};

thread_local! {
    static TURNS: Turns = Turns::new();
}

/// Lets everything else have its turn: messages that came in, timers, the browser's own work.
///
/// Whoever computes for long calls it often, in a worker every few hundred milliseconds: only
/// then a request to stop is heard, and the page knows that the worker is alive.
pub async fn yield_now() {
    crate::serve::beat_if_due();
    // A turn that could not be asked for is over at once.
    TURNS.with(Turns::next).await.unwrap_or_default();
}

/// A channel to oneself: a message through it comes back as a task of its own, without the delay
/// that browsers put on timers.
struct Turns {
    to_self: MessagePort,
    waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>>,
    _on_message: Closure<dyn FnMut()>,
}

impl Turns {
    fn new() -> Self {
        let channel = MessageChannel::new().expect("it takes no argument that could be wrong");
        let waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>> = Rc::default();
        let queue = waiting.clone();
        let on_message = Closure::new(move || {
            if let Some(turn) = queue.borrow_mut().pop_front() {
                // Whoever waited may have gone.
                let _gone = turn.send(());
            }
        });
        channel.port2().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { to_self: channel.port1(), waiting, _on_message: on_message }
    }

    fn next(&self) -> oneshot::Receiver<()> {
        let (turn, receiver) = oneshot::channel();
        self.waiting.borrow_mut().push_back(turn);
        if self.to_self.post_message(&JsValue::NULL).is_err() {
            self.waiting.borrow_mut().pop_back();
        }
        receiver
    }
}
