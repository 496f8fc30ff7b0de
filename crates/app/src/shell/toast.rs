use leptos::prelude::*;

use crate::state::App;

/// The message at the foot of the page: at most one.
#[component]
pub(crate) fn ToastView() -> impl IntoView {
    let app = expect_context::<App>();
    move || {
        app.toast.get().map(|toast| {
            view! {
                <div class="toast">
                    <span>{toast.text}</span>
                    <Show when=move || toast.undo>
                        <button class="link" on:click=move |_| { app.toast.set(None); app.undo(); }>"Undo"</button>
                    </Show>
                </div>
            }
        })
    }
}
