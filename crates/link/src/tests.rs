//! Both ends in one thread, with a channel between them.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Array;
use protocol::{Breakage, Call, CallId, Frame, Hello, Program};
use serde::{Deserialize, Serialize};
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Blob, MessageChannel, MessageEvent};

use crate::fault::{breakage, breakage_at};
use crate::port::{Port, unpack};
use crate::serve::serve_on;
use crate::{Fault, Handle, Patience, Replier, yield_now};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Request {
    CountTo(u32),
    CountUntilStopped,
    Stop,
    Join,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Reply {
    Number(u32),
    Joined,
    Stopped,
}

/// The two ends of a channel.
fn channel() -> (Port, Port) {
    let channel = MessageChannel::new().unwrap();
    (Port::Channel(channel.port1()), Port::Channel(channel.port2()))
}

/// A handle of a worker that counts, and how often one was started.
fn counter() -> (Handle<Request, Reply>, Rc<Cell<u32>>) {
    let started = Rc::new(Cell::new(0));
    let count = started.clone();
    let open = move || {
        count.set(count.get() + 1);
        let (page, worker) = channel();
        let is_stopped = Rc::new(Cell::new(false));
        let handler =
            move |_id, request, blobs, replier| handle(is_stopped.clone(), request, blobs, replier);
        serve_on(&worker, Program::Io, handler);
        Ok(page)
    };
    (Handle::on(Program::Io, Patience::default(), open), started)
}

async fn handle(
    is_stopped: Rc<Cell<bool>>,
    request: Request,
    blobs: Vec<Blob>,
    replier: Replier<Reply>,
) {
    match request {
        Request::CountTo(end) => {
            for number in 1..=end {
                replier.send(Reply::Number(number));
                yield_now().await;
            }
        }
        Request::CountUntilStopped => {
            let mut number = 0;
            while !is_stopped.get() {
                number += 1;
                replier.send(Reply::Number(number));
                yield_now().await;
            }
            replier.send(Reply::Stopped);
        }
        Request::Stop => is_stopped.set(true),
        Request::Join => {
            let joined = Blob::new_with_blob_sequence(&blobs.iter().collect::<Array>()).unwrap();
            replier.send_with(Reply::Joined, &[joined]);
        }
    }
}

#[wasm_bindgen_test]
async fn replies_come_in_order_and_end() {
    let (handle, started) = counter();
    assert_eq!((handle.is_running(), started.get()), (false, 0), "nothing is asked for yet");
    let mut some = handle.call(Request::CountTo(3), Vec::new());
    let mut more = handle.call(Request::CountTo(2), Vec::new());
    assert_eq!((some.id(), more.id(), handle.is_busy()), (CallId(1), CallId(2), true));
    for number in 1..=3 {
        assert_eq!(some.next().await, Some(Ok((Reply::Number(number), Vec::new()))));
    }
    assert_eq!(some.next().await, None);
    assert_eq!(more.next().await, Some(Ok((Reply::Number(1), Vec::new()))));
    assert_eq!(more.last().await, Ok((Reply::Number(2), Vec::new())));
    assert_eq!((handle.is_busy(), started.get()), (false, 1));
}

#[wasm_bindgen_test]
async fn files_travel_both_ways() {
    let (handle, _) = counter();
    let blob = |words: &str| Blob::new_with_str_sequence(&Array::of1(&words.into())).unwrap();
    let (reply, files) = handle.ask(Request::Join, vec![blob("Zn²⁺ "), blob("ion")]).await.unwrap();
    assert_eq!((reply, files.len()), (Reply::Joined, 1));
    let text = JsFuture::from(files[0].text()).await.unwrap();
    assert_eq!(text.as_string().as_deref(), Some("Zn²⁺ ion"));
}

#[wasm_bindgen_test]
async fn a_stop_is_heard_while_the_worker_works() {
    let (handle, _) = counter();
    let mut numbers = handle.call(Request::CountUntilStopped, Vec::new());
    assert_eq!(numbers.next().await, Some(Ok((Reply::Number(1), Vec::new()))));
    drop(handle.call(Request::Stop, Vec::new()));
    assert_eq!(numbers.last().await, Ok((Reply::Stopped, Vec::new())));
}

#[wasm_bindgen_test]
async fn after_an_end_a_call_starts_afresh() {
    let (handle, started) = counter();
    let mut numbers = handle.call(Request::CountUntilStopped, Vec::new());
    assert!(matches!(numbers.next().await, Some(Ok(_))));
    handle.terminate();
    assert!(!handle.is_running());
    assert_eq!(numbers.last().await, Err(Fault::Stopped));
    let last = handle.ask(Request::CountTo(1), Vec::new()).await;
    assert_eq!((last, started.get()), (Ok((Reply::Number(1), Vec::new())), 2));
}

/// What a call comes to when the worker greets with `hello` and meets the call with `frame`.
async fn fault_of(hello: Hello, frame: Option<Frame<Reply>>) -> Result<(), Fault> {
    let patience = Patience { load_secs: 60, silence_secs: 0 };
    let open = move || {
        let (page, worker) = channel();
        worker.post(&Frame::<Reply>::Ready(hello.clone()), &[])?;
        let (far, frame) = (worker.clone(), frame.clone());
        let meet = Closure::new(move |event: MessageEvent| {
            unpack::<Call<Request>>(&event).unwrap();
            if let Some(frame) = &frame {
                far.post(frame, &[]).unwrap();
            }
        });
        worker.listen(Some(&meet));
        meet.forget();
        Ok(page)
    };
    let handle: Handle<Request, Reply> = Handle::on(Program::Io, patience, open);
    let answer = handle.ask(Request::Stop, Vec::new()).await;
    assert!(answer.is_ok() || !handle.is_running(), "a fault ends the worker");
    answer.map(drop)
}

#[wasm_bindgen_test]
async fn a_worker_that_fails_is_reported() {
    let hello = Hello::of(Program::Io);
    let old = Hello { build: "old".into(), ..hello.clone() };
    assert_eq!(fault_of(old, None).await, Err(Fault::Mismatch));
    assert_eq!(fault_of(Hello::of(Program::TrainCpu), None).await, Err(Fault::Mismatch));

    let no_memory = Frame::Broken(Breakage::OutOfMemory);
    assert_eq!(fault_of(hello.clone(), Some(no_memory)).await, Err(Fault::OutOfMemory));
    let message = "index out of bounds at decode.rs:7".to_owned();
    let bug = Frame::Broken(Breakage::Panicked { message: message.clone() });
    assert_eq!(fault_of(hello.clone(), Some(bug)).await, Err(Fault::Panicked { message }));
    assert_eq!(fault_of(hello, None).await, Err(Fault::Hung { secs: 1 }));
}

#[wasm_bindgen_test]
fn a_trap_without_a_panic_is_lack_of_memory() {
    for words in [
        "Uncaught RuntimeError: unreachable",
        "RangeError: WebAssembly.Memory.grow(): Maximum memory size exceeded",
        "Uncaught RangeError: Array buffer allocation failed",
        "memory allocation of 65536 bytes failed",
    ] {
        assert_eq!(breakage(words), Breakage::OutOfMemory, "{words}");
    }
    for words in [
        "RangeError: Maximum call stack size exceeded",
        "RuntimeError: memory access out of bounds",
        "internal error: entered unreachable code",
    ] {
        assert_eq!(breakage(&format!("Uncaught {words}")), panicked(words));
    }
}

fn panicked(message: &str) -> Breakage {
    Breakage::Panicked { message: message.to_owned() }
}

#[wasm_bindgen_test]
fn people_are_shown_one_line_of_an_error() {
    let said = "it cannot be: JsValue(Error: no\nError: no\n    at new Worker (x.js:1))";
    let shown = "it cannot be: JsValue(Error: no, at crates/link/src/turn.rs:34:45";
    assert_eq!(breakage_at(said, "crates/link/src/turn.rs:34:45"), panicked(shown));
    let long = format!("{}…", "é".repeat(160));
    assert_eq!(breakage(&"é".repeat(500)), panicked(&long));
}
