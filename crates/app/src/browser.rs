//! What the page asks of the browser, in one place.

use std::future::Future;

use js_sys::{Array, Date, Function, Object, Promise, Reflect};
use project::ProjectId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Document, HtmlAnchorElement, HtmlElement, Window};

/// The window the page is in.
pub(crate) fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The page's document.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Runs `task` beside everything else.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    Date::now() as u64
}

/// Milliseconds since the page was opened, finer than [`now_ms`].
pub(crate) fn uptime_ms() -> f64 {
    window().performance().map_or(0.0, |it| it.now())
}

/// Waits this long.
pub(crate) async fn sleep(ms: u32) {
    let (send, sent) = futures::channel::oneshot::channel();
    let timer = gloo::timers::callback::Timeout::new(ms, move || {
        // Nobody waits any more when the page moved on.
        let _waiting = send.send(());
    });
    let _over = sent.await;
    drop(timer);
}

/// A key that no project has: twelve letters and digits, drawn by the browser.
pub(crate) fn new_project_id() -> ProjectId {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0_u8; 12];
    let crypto = window().crypto().expect("every browser that runs wasm has crypto");
    crypto.get_random_values_with_u8_array(&mut bytes).expect("twelve bytes are not too many");
    ProjectId(bytes.iter().map(|it| char::from(LETTERS[usize::from(it % 32)])).collect())
}

/// 14:32 today, “yesterday”, else “12 Nov”, in the browser's language and zone.
pub(crate) fn when(at_ms: u64) -> String {
    let at = Date::new(&JsValue::from_f64(at_ms as f64));
    let day = |date: &Date| date.to_date_string();
    if day(&at) == day(&Date::new_0()) {
        return time(at_ms);
    }
    let yesterday = Date::new(&JsValue::from_f64(Date::now() - 86_400_000.0));
    if day(&at) == day(&yesterday) {
        return "yesterday".to_owned();
    }
    let options = Object::new();
    set(&options, "day", "numeric");
    set(&options, "month", "short");
    String::from(at.to_locale_date_string("en-GB", &options))
}

/// The hour and minute of a moment: 14:32.
pub(crate) fn time(at_ms: u64) -> String {
    let at = Date::new(&JsValue::from_f64(at_ms as f64));
    format!("{:02}:{:02}", at.get_hours(), at.get_minutes())
}

/// Sets a property of an object that was just made.
pub(crate) fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    let done = Reflect::set(object, &name.into(), &value.into());
    debug_assert!(done.is_ok(), "a plain object takes any property");
}

/// A property, wherever the browser has it.
pub(crate) fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// Calls a method, wherever the browser has it.
pub(crate) fn call(object: &JsValue, name: &str, args: &Array) -> Option<JsValue> {
    let method: Function = get(object, name)?.dyn_into().ok()?;
    method.apply(object, args).ok()
}

/// Fetches a file that lies beside the page; none when it does not come.
pub(crate) async fn fetch(url: &str) -> Option<Blob> {
    let response = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    if !get(&response, "ok")?.is_truthy() {
        return None;
    }
    let promise: Promise = call(&response, "blob", &Array::new())?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

/// Saves a file as if it had been clicked on.
pub(crate) fn download(name: &str, blob: &Blob) {
    let Ok(url) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    let link = document().create_element("a").expect("a is an element");
    let link: HtmlAnchorElement = link.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    gloo::timers::callback::Timeout::new(60_000, move || {
        let revoked = web_sys::Url::revoke_object_url(&url);
        debug_assert!(revoked.is_ok(), "the address was made above");
    })
    .forget();
}

/// A file of this text and kind.
pub(crate) fn text_file(text: &str, kind: &str) -> Option<Blob> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options).ok()
}

/// How much of its disk the browser lets the page use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Space {
    pub(crate) used: f64,
    pub(crate) quota: f64,
    /// Whether the browser promised not to clear it by itself.
    pub(crate) persisted: bool,
}

/// Asks how much space is used; none where the browser does not tell.
pub(crate) async fn space() -> Option<Space> {
    let manager = window().navigator().storage();
    let estimate = JsFuture::from(manager.estimate().ok()?).await.ok()?;
    let number = |name| get(&estimate, name).and_then(|it| it.as_f64()).unwrap_or(0.0);
    let persisted = JsFuture::from(manager.persisted().ok()?).await.ok()?;
    let persisted = persisted.as_bool().unwrap_or(false);
    Some(Space { used: number("usage"), quota: number("quota"), persisted })
}

/// Asks the browser to keep what is stored. To be called when a person does something.
pub(crate) async fn persist() -> bool {
    let Ok(promise) = window().navigator().storage().persist() else { return false };
    JsFuture::from(promise).await.ok().and_then(|it| it.as_bool()).unwrap_or(false)
}

/// Holds a lock that other tabs respect until the page gives it back. True when it was free.
pub(crate) async fn lock(name: &str) -> Lock {
    let Some(locks) = get(&window().navigator(), "locks") else { return Lock::Free };
    let (answer, answered) = futures::channel::oneshot::channel();
    let (release, released) = futures::channel::oneshot::channel::<()>();
    let mut parts = Some((answer, released));
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let Some((answer, released)) = parts.take() else { return JsValue::UNDEFINED };
        let is_ours = !lock.is_null();
        if answer.send(is_ours).is_err() || !is_ours {
            return JsValue::UNDEFINED;
        }
        let held = async move {
            // Ends when the holder is dropped, which is the only message there is.
            let _dropped = released.await;
            Ok(JsValue::UNDEFINED)
        };
        let promise: Promise = wasm_bindgen_futures::future_to_promise(held);
        promise.into()
    });
    let options = Object::new();
    set(&options, "ifAvailable", true);
    if call(&locks, "request", &Array::of3(&name.into(), &options, &granted)).is_none() {
        return Lock::Free;
    }
    match answered.await {
        Ok(false) => Lock::Taken,
        Ok(true) | Err(_) => Lock::Held { _release: release },
    }
}

/// Whether this tab may write.
#[derive(Debug)]
pub(crate) enum Lock {
    /// Held until dropped.
    Held { _release: futures::channel::oneshot::Sender<()> },
    /// Another tab holds it.
    Taken,
    /// The browser has no locks.
    Free,
}

/// Puts the focus on the element of this id, if it is there.
pub(crate) fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let element: HtmlElement = element.unchecked_into();
        let focused = element.focus();
        debug_assert!(focused.is_ok(), "an element that is there takes the focus or ignores it");
    }
}

/// What has the focus; none when only the page itself has it.
pub(crate) fn focused() -> Option<HtmlElement> {
    let element: HtmlElement = document().active_element()?.dyn_into().ok()?;
    (element.tag_name() != "BODY").then_some(element)
}

/// Waits until the browser has painted what was changed.
pub(crate) async fn next_frame() {
    let (send, sent) = futures::channel::oneshot::channel();
    let frame = gloo::render::request_animation_frame(move |_| {
        // Nobody waits any more when the page moved on.
        let _waiting = send.send(());
    });
    let _painted = sent.await;
    drop(frame);
}

/// Writes a panic to the console with its place; the page then stands still, and says so.
pub(crate) fn show_panics() {
    std::panic::set_hook(Box::new(|info| {
        gloo::console::error!(info.to_string());
        if let Some(body) = document().body() {
            let marked = body.set_attribute("data-broken", "");
            debug_assert!(marked.is_ok(), "the attribute's name is valid");
        }
    }));
}
