use leptos::prelude::*;

use crate::state::App;

/// The message at the foot of the page: at most one. It is a place of its own on the page; that it
/// came is told by the live region beside it.
#[component]
pub(crate) fn ToastView() -> impl IntoView {
    let app = expect_context::<App>();
    let shown = move || {
        app.toast.get().map(|toast| {
            view! {
                <div class="toast">
                    <span dir="auto">{toast.text}</span>
                    <Show when=move || toast.undo>
                        <button class="link" on:click=move |_| { app.toast.set(None); app.undo(); }>"Undo"</button>
                    </Show>
                </div>
            }
        })
    };
    view! { <section class="messages" aria-label="Messages">{shown}</section> }
}
