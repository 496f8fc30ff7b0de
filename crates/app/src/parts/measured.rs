use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// A box whose drawing is made for the width that it has, and anew when that changes.
#[component]
pub(crate) fn Measured(
    /// Its class.
    class: &'static str,
    /// Draws for a width in CSS pixels. Tracked.
    drawn: impl Fn(f64) -> AnyView + Send + 'static,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let width = RwSignal::new(0.0_f64);
    let observer = StoredValue::new_local(None::<(web_sys::ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move || {
        let Some(element) = node.get() else { return };
        let measured: web_sys::Element = element.unchecked_into();
        width.set(f64::from(measured.client_width()));
        let watched = measured.clone();
        let on_resize = Closure::<dyn FnMut()>::new(move || {
            // The box may be gone by now.
            let _gone = width.try_set(f64::from(watched.client_width()));
        });
        let made = web_sys::ResizeObserver::new(on_resize.as_ref().unchecked_ref());
        if let Ok(made) = made {
            made.observe(&measured);
            observer.set_value(Some((made, on_resize)));
        }
    });
    on_cleanup(move || {
        if let Some(Some((made, _))) = observer.try_update_value(Option::take) {
            made.disconnect();
        }
    });
    view! {
        <div class=class node_ref=node>
            {move || match width.get() {
                0.0 => ().into_any(),
                width => drawn(width),
            }}
        </div>
    }
}
