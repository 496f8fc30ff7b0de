use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::{Rc, Weak};

use futures::StreamExt;
use futures::channel::mpsc;
use gloo::timers::callback::Interval;
use protocol::{Breakage, Call, CallId, Frame, Program};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::Fault;
use crate::fault::breakage;
use crate::port::{Listener, Port, unpack, words};

/// A reply with the files that came with it, or why there are no more.
pub type Answer<R> = Result<(R, Vec<Blob>), Fault>;

/// How long the page waits for a sign of life from a worker that has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until the program is loaded and up, in seconds.
    pub load_secs: u32,
    /// Between two signs of life, in seconds.
    pub silence_secs: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self { load_secs: 180, silence_secs: 15 }
    }
}

/// The page's end of a worker's channel.
///
/// The worker is fetched with the first call, and again with the first call after it ended. When
/// the last clone of a handle goes, so does its worker.
pub struct Handle<Q, R> {
    inner: Rc<Inner<R>>,
    requests: PhantomData<fn(Q)>,
}

impl<Q, R> Clone for Handle<Q, R> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), requests: PhantomData }
    }
}

/// The replies to one call, as they come. Dropping them does not stop the worker.
#[derive(Debug)]
pub struct Replies<R> {
    id: CallId,
    answers: mpsc::UnboundedReceiver<Answer<R>>,
}

impl<R> Replies<R> {
    /// The call's number, for a request that cancels it.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// The next reply; none when the call is answered. An error is the last that comes.
    pub async fn next(&mut self) -> Option<Answer<R>> {
        self.answers.next().await
    }

    /// The last reply, when the call is answered.
    pub async fn last(mut self) -> Answer<R> {
        let mut last = None;
        while let Some(answer) = self.next().await {
            last = Some(answer?);
        }
        last.ok_or_else(|| Fault::Panicked { message: "a call without an answer".to_owned() })
    }
}

impl<Q: Serialize + 'static, R: DeserializeOwned + 'static> Handle<Q, R> {
    /// A handle of the program whose start script is at `url`. Nothing is fetched yet.
    pub fn new(url: &str, program: Program, patience: Patience) -> Self {
        let url = url.to_owned();
        Self::on(program, patience, move || {
            // The start script imports the program, so it must be a module.
            let options = WorkerOptions::new();
            options.set_type(WorkerType::Module);
            Worker::new_with_options(&url, &options).map(Port::Worker)
        })
    }

    pub(crate) fn on(
        program: Program,
        patience: Patience,
        open: impl Fn() -> Result<Port, JsValue> + 'static,
    ) -> Self {
        let state = RefCell::new(State { next_id: 1, live: None, calls: BTreeMap::new() });
        let inner = Inner { program, patience, open: Box::new(open), state };
        Self { inner: Rc::new(inner), requests: PhantomData }
    }

    /// Asks the worker for something, with files beside it.
    pub fn call(&self, request: Q, blobs: Vec<Blob>) -> Replies<R> {
        let (sender, answers) = mpsc::unbounded();
        let mut state = self.inner.state.borrow_mut();
        let id = CallId(state.next_id);
        state.next_id += 1;
        state.calls.insert(id, sender);
        drop(state);
        if let Err(fault) = self.send(Call { id, request }, blobs) {
            self.inner.end(&fault);
        }
        Replies { id, answers }
    }

    /// Asks the worker for something and gives back its last reply.
    pub async fn ask(&self, request: Q, blobs: Vec<Blob>) -> Answer<R> {
        self.call(request, blobs).last().await
    }

    /// Ends the worker at once. Open calls end with [`Fault::Stopped`].
    pub fn terminate(&self) {
        self.inner.end(&Fault::Stopped);
    }

    /// Whether a worker is there, be it still loading.
    pub fn is_running(&self) -> bool {
        self.inner.state.borrow().live.is_some()
    }

    /// Whether a call waits for replies.
    pub fn is_busy(&self) -> bool {
        !self.inner.state.borrow().calls.is_empty()
    }

    fn send(&self, call: Call<Q>, blobs: Vec<Blob>) -> Result<(), Fault> {
        if !self.is_running() {
            let port = (self.inner.open)()
                .map_err(|thrown| Fault::NotLoaded { reason: words(&thrown) })?;
            let live = Live::listen(port, &self.inner);
            self.inner.state.borrow_mut().live = Some(live);
        }
        let mut state = self.inner.state.borrow_mut();
        let Some(live) = &mut state.live else { return Ok(()) };
        let post = move |port: &Port| port.post(&call, &blobs);
        if live.is_ready {
            return post(&live.port).map_err(|thrown| Fault::Panicked { message: words(&thrown) });
        }
        live.queue.push(Box::new(post));
        Ok(())
    }
}

struct Inner<R> {
    program: Program,
    patience: Patience,
    open: Box<dyn Fn() -> Result<Port, JsValue>>,
    state: RefCell<State<R>>,
}

struct State<R> {
    next_id: u32,
    live: Option<Live>,
    calls: BTreeMap<CallId, mpsc::UnboundedSender<Answer<R>>>,
}

type Post = Box<dyn FnOnce(&Port) -> Result<(), JsValue>>;

/// A worker that runs, or loads.
struct Live {
    port: Port,
    is_ready: bool,
    /// What is sent as soon as it is ready.
    queue: Vec<Post>,
    /// Seconds since it was heard. Counted in ticks of a timer, so that a tab that slept does not
    /// blame its worker.
    silent_secs: u32,
    _on_message: Listener,
    _on_error: Closure<dyn FnMut(Event)>,
    _watch: Interval,
}

impl Live {
    fn listen<R: DeserializeOwned + 'static>(port: Port, inner: &Rc<Inner<R>>) -> Self {
        let weak = Rc::downgrade(inner);
        let on_message = Closure::new(with(&weak, Inner::hear));
        let on_error = Closure::new(with(&weak, Inner::hear_error));
        let mut tick = with(&weak, |inner, &()| inner.tick());
        port.listen(Some(&on_message));
        if let Port::Worker(worker) = &port {
            worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
            worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        }
        Self {
            port,
            is_ready: false,
            queue: Vec::new(),
            silent_secs: 0,
            _on_message: on_message,
            _on_error: on_error,
            _watch: Interval::new(1000, move || tick(())),
        }
    }
}

/// A listener that does nothing once the handle is gone.
fn with<R: 'static, E>(
    weak: &Weak<Inner<R>>,
    hear: impl Fn(&Inner<R>, &E) + 'static,
) -> impl FnMut(E) + 'static {
    let weak = weak.clone();
    move |event| {
        if let Some(inner) = weak.upgrade() {
            hear(&inner, &event);
        }
    }
}

impl<R: DeserializeOwned + 'static> Inner<R> {
    fn hear(&self, event: &MessageEvent) {
        if let Err(fault) = self.take(event) {
            self.end(&fault);
        }
    }

    fn take(&self, event: &MessageEvent) -> Result<(), Fault> {
        // A frame that cannot be read was written by another build.
        let (frame, blobs) = unpack::<Frame<R>>(event).map_err(|_other| Fault::Mismatch)?;
        let mut state = self.state.borrow_mut();
        let State { live, calls, .. } = &mut *state;
        let Some(live) = live else { return Ok(()) };
        live.silent_secs = 0;
        match frame {
            Frame::Ready(hello) => {
                hello.check(self.program).map_err(|_other| Fault::Mismatch)?;
                live.is_ready = true;
                for post in std::mem::take(&mut live.queue) {
                    post(&live.port)
                        .map_err(|thrown| Fault::Panicked { message: words(&thrown) })?;
                }
            }
            Frame::Beat => {}
            Frame::Reply { id, reply } => {
                if let Some(call) = calls.get(&id) {
                    // Whoever asked may have gone.
                    let _gone = call.unbounded_send(Ok((reply, blobs)));
                }
            }
            Frame::End(id) => drop(calls.remove(&id)),
            Frame::Broken(breakage) => return Err(breakage.into()),
        }
        Ok(())
    }

    fn hear_error(&self, event: &Event) {
        let is_ready = self.state.borrow().live.as_ref().is_some_and(|it| it.is_ready);
        let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        let fault = match (is_ready, message.is_empty()) {
            (true, true) => Fault::from(Breakage::Panicked { message: event.type_() }),
            (true, false) => breakage(&message).into(),
            (false, true) => Fault::NotLoaded { reason: "no answer".to_owned() },
            (false, false) => Fault::NotLoaded { reason: message },
        };
        self.end(&fault);
    }
}

impl<R> Inner<R> {
    /// Another second is over.
    fn tick(&self) {
        let mut state = self.state.borrow_mut();
        let is_busy = !state.calls.is_empty();
        let Some(live) = &mut state.live else { return };
        live.silent_secs = if is_busy { live.silent_secs + 1 } else { 0 };
        let secs = live.silent_secs;
        let fault = match live.is_ready {
            true if self.patience.silence_secs < secs => Fault::Hung { secs },
            false if self.patience.load_secs < secs => {
                Fault::NotLoaded { reason: format!("no answer for {secs} seconds") }
            }
            _ => return,
        };
        drop(state);
        self.end(&fault);
    }

    /// Ends the worker and every call.
    fn end(&self, fault: &Fault) {
        let mut state = self.state.borrow_mut();
        let (live, calls) = (state.live.take(), std::mem::take(&mut state.calls));
        drop(state);
        for call in calls.into_values() {
            // Whoever asked may have gone.
            let _gone = call.unbounded_send(Err(fault.clone()));
        }
        if let Some(live) = live {
            live.port.terminate();
            // One of its listeners may be what runs just now.
            spawn_local(async move { drop(live) });
        }
    }
}

impl<R> Drop for Inner<R> {
    fn drop(&mut self) {
        self.end(&Fault::Stopped);
    }
}
