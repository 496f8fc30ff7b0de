use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use js_sys::{Date, Reflect};
use protocol::{Breakage, Call, CallId, Frame, Hello, Program};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, DedicatedWorkerGlobalScope, Event, MessageEvent};

use crate::fault::{breakage, breakage_at};
use crate::port::{Port, unpack, words};

/// How often a worker says that it is alive, in milliseconds.
const BEAT_MS: u32 = 1000;

thread_local! {
    static PAGE: RefCell<Option<Port>> = const { RefCell::new(None) };
    static LAST_BEAT_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Sends the replies to one call.
#[derive(Debug)]
pub struct Replier<R> {
    id: CallId,
    page: Port,
    replies: PhantomData<fn(R)>,
}

impl<R> Clone for Replier<R> {
    fn clone(&self) -> Self {
        Self { id: self.id, page: self.page.clone(), replies: PhantomData }
    }
}

impl<R: Serialize> Replier<R> {
    /// The call it replies to.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// Sends a reply.
    pub fn send(&self, reply: R) {
        self.send_with(reply, &[]);
    }

    /// Sends a reply with files.
    pub fn send_with(&self, reply: R, blobs: &[Blob]) {
        post(&self.page, &Frame::Reply { id: self.id, reply }, blobs);
    }
}

/// Makes this worker answer the page: for its `main`, once.
///
/// Each request is handed to `handler` as it comes, also while the handler of an earlier one
/// waits in [`yield_now`](crate::yield_now) or for the browser. So a request to stop is heard;
/// what runs at a time is for the handlers to agree on. When a handler is done, its call is
/// answered for good. A panic ends the worker, and the page is told.
pub fn serve<Q, R, F>(
    program: Program,
    handler: impl Fn(CallId, Q, Vec<Blob>, Replier<R>) -> F + 'static,
) where
    Q: DeserializeOwned + 'static,
    R: Serialize + 'static,
    F: Future<Output = ()> + 'static,
{
    std::panic::set_hook(Box::new(|panic| {
        let said = panic.payload_as_str().unwrap_or("a panic without words");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        to_page(&Frame::<()>::Broken(breakage_at(said, &place)));
    }));
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    report_rejections(&scope);
    serve_on(&Port::Scope(scope), program, handler);
}

/// Tells the page of a promise that failed while nobody listened. The browser tells it only of
/// errors outside of promises, and the worker would go on to beat.
fn report_rejections(scope: &DedicatedWorkerGlobalScope) {
    let on_rejection = Closure::<dyn FnMut(Event)>::new(|event: Event| {
        let thrown = Reflect::get(&event, &"reason".into()).unwrap_or_default();
        to_page(&Frame::<()>::Broken(breakage(&words(&thrown))));
    });
    let function = on_rejection.as_ref().unchecked_ref();
    let heard = scope.add_event_listener_with_callback("unhandledrejection", function);
    debug_assert!(heard.is_ok(), "any event can be listened to");
    // It lives as long as the worker.
    on_rejection.forget();
}

/// Answers whoever is at the other end of a channel.
pub(crate) fn serve_on<Q, R, F>(
    page: &Port,
    program: Program,
    handler: impl Fn(CallId, Q, Vec<Blob>, Replier<R>) -> F + 'static,
) where
    Q: DeserializeOwned + 'static,
    R: Serialize + 'static,
    F: Future<Output = ()> + 'static,
{
    PAGE.set(Some(page.clone()));
    let handler = Rc::new(handler);
    let to = page.clone();
    let on_message = Closure::new(move |event: MessageEvent| {
        let (handler, page) = (handler.clone(), to.clone());
        let (Call { id, request }, blobs) = match unpack::<Call<Q>>(&event) {
            Ok(call) => call,
            Err(message) => {
                let breakage = Breakage::Panicked { message };
                return post(&page, &Frame::<()>::Broken(breakage), &[]);
            }
        };
        spawn_local(async move {
            let replier = Replier { id, page: page.clone(), replies: PhantomData };
            handler(id, request, blobs, replier).await;
            post(&page, &Frame::<()>::End(id), &[]);
        });
    });
    page.listen(Some(&on_message));
    // Both live as long as the worker.
    on_message.forget();
    Interval::new(BEAT_MS, beat_if_due).forget();
    to_page(&Frame::<()>::Ready(Hello::of(program)));
}

/// Tells the page that this worker is alive, at most once in a second.
pub(crate) fn beat_if_due() {
    let now_ms = Date::now();
    let due_ms = LAST_BEAT_MS.get() + f64::from(BEAT_MS);
    // Half a beat early is due too, else a timer that fires a little early skips one.
    if due_ms - f64::from(BEAT_MS / 2) <= now_ms {
        LAST_BEAT_MS.set(now_ms);
        to_page(&Frame::<()>::Beat);
    }
}

fn to_page<R: Serialize>(frame: &Frame<R>) {
    if let Some(page) = PAGE.with_borrow(Option::clone) {
        post(&page, frame, &[]);
    }
}

fn post<R: Serialize>(page: &Port, frame: &Frame<R>, blobs: &[Blob]) {
    // A closed page hears nothing, and then nobody is left to be told.
    let _closed = page.post(frame, blobs);
}
