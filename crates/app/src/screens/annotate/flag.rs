use annotate::Edit;
use leptos::prelude::*;

use super::keys;
use crate::parts::Dialog;
use crate::state::App;

/// Flags the text in front with a note.
#[component]
pub(super) fn FlagDialog() -> impl IntoView {
    let app = expect_context::<App>();
    let before = app.work.annotation.read_untracked().flag.clone();
    let is_flagged = before.is_some();
    let note = RwSignal::new(before.unwrap_or_default());
    let close = move || {
        app.sheet.set(None);
        keys::focus_text();
    };
    let flag = move || {
        app.edit(Edit::Flag(Some(note.get_untracked().trim().to_owned())));
        close();
    };
    view! {
        <Dialog name="Flag this text" on_close=move |()| close()>
            <h1>"Flag this text"</h1>
            <form class="col dialog-form" on:submit=move |event| { event.prevent_default(); flag(); }>
                <div class="field">
                    <label for="note">"Note"</label>
                    <input
                        id="note" class="input" autofocus autocomplete="off" prop:value=move || note.get()
                        on:input=move |event| note.set(event_target_value(&event))
                    />
                    <span class="hint">"What is odd about it? The text stays to do until you answer it."</span>
                </div>
                <div class="row">
                    <Show when=move || is_flagged>
                        <button type="button" class="btn danger" on:click=move |_| { app.edit(Edit::Flag(None)); close(); }>"Take the flag away"</button>
                    </Show>
                    <span class="grow"></span>
                    <button type="button" class="btn" on:click=move |_| close()>"Cancel"</button>
                    <button type="submit" class="btn primary">"Flag"</button>
                </div>
            </form>
        </Dialog>
    }
}
