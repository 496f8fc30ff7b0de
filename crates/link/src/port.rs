use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent, Worker};

/// What hears a message.
pub(crate) type Listener = Closure<dyn FnMut(MessageEvent)>;

/// One end of a channel.
#[derive(Clone, Debug)]
pub(crate) enum Port {
    /// The page's end.
    Worker(Worker),
    /// The worker's end.
    Scope(DedicatedWorkerGlobalScope),
    /// Either end of a channel inside one thread.
    #[cfg(test)]
    Channel(web_sys::MessagePort),
}

impl Port {
    /// Sends a message as bytes with files beside it. The bytes are moved, not copied.
    pub(crate) fn post(&self, message: &impl Serialize, blobs: &[Blob]) -> Result<(), JsValue> {
        let bytes = postcard::to_stdvec(message).map_err(|it| JsValue::from(it.to_string()))?;
        let head = Uint8Array::from(bytes.as_slice());
        let transfer = Array::of1(&head.buffer());
        let parcel = Object::new();
        Reflect::set(&parcel, &"head".into(), &head)?;
        Reflect::set(&parcel, &"blobs".into(), &blobs.iter().collect::<Array>())?;
        match self {
            Port::Worker(it) => it.post_message_with_transfer(&parcel, &transfer),
            Port::Scope(it) => it.post_message_with_transfer(&parcel, &transfer),
            #[cfg(test)]
            Port::Channel(it) => it.post_message_with_transferable(&parcel, &transfer),
        }
    }

    /// Has messages heard by this listener, or by nobody.
    pub(crate) fn listen(&self, listener: Option<&Listener>) {
        let function = listener.map(|it| it.as_ref().unchecked_ref());
        match self {
            Port::Worker(it) => it.set_onmessage(function),
            Port::Scope(it) => it.set_onmessage(function),
            #[cfg(test)]
            Port::Channel(it) => it.set_onmessage(function),
        }
    }

    /// Ends what is at the other end.
    pub(crate) fn terminate(&self) {
        self.listen(None);
        match self {
            Port::Worker(it) => {
                it.set_onerror(None);
                it.set_onmessageerror(None);
                it.terminate();
            }
            Port::Scope(it) => it.close(),
            #[cfg(test)]
            Port::Channel(it) => it.close(),
        }
    }
}

/// The message in an event, and the files beside it. The error says what is wrong with it.
pub(crate) fn unpack<T: DeserializeOwned>(event: &MessageEvent) -> Result<(T, Vec<Blob>), String> {
    let parcel = event.data();
    let part = |name: &str| Reflect::get(&parcel, &name.into()).unwrap_or_default();
    let Ok(head) = part("head").dyn_into::<Uint8Array>() else {
        return Err("a message without a head".to_owned());
    };
    let message = postcard::from_bytes(&head.to_vec()).map_err(|it| it.to_string())?;
    let blobs = part("blobs").dyn_into::<Array>().unwrap_or_default();
    Ok((message, blobs.iter().filter_map(|it| it.dyn_into().ok()).collect()))
}

/// What the browser says that a thrown value is.
pub(crate) fn words(thrown: &JsValue) -> String {
    thrown
        .dyn_ref::<js_sys::Error>()
        .map(|it| format!("{}: {}", it.name(), it.message()))
        .or_else(|| thrown.as_string())
        .unwrap_or_else(|| format!("{thrown:?}"))
}
