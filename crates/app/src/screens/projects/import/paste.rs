use leptos::html;
use leptos::prelude::*;

use super::{Panel, sources};
use crate::parts::{Dialog, Icon, Picture};
use crate::state::App;

/// Asks for words, for whoever would rather type or paste into a box.
#[component]
pub(super) fn PasteAsk() -> impl IntoView {
    let app = expect_context::<App>();
    let panel = expect_context::<Panel>();
    let is_empty = RwSignal::new(false);
    let node = NodeRef::<html::Textarea>::new();
    let close = move || panel.is_pasting.set(false);
    let on_submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(area) = node.get_untracked() else { return };
        let words = area.value();
        if words.trim().is_empty() {
            is_empty.set(true);
            let focused = area.focus();
            debug_assert!(focused.is_ok(), "an element takes the focus or ignores it");
            return;
        }
        close();
        sources::take_words(app, &words);
    };
    view! {
        <Dialog name="Paste text" on_close=move |()| close()>
            <form class="col ask" on:submit=on_submit>
                <h1>"Paste text"</h1>
                <div class="field">
                    <label for="pasted">"Text"</label>
                    <textarea
                        node_ref=node id="pasted" class="input" rows="10" autofocus dir="auto" spellcheck="false"
                        aria-describedby="pasted-hint" aria-invalid=move || is_empty.get().to_string()
                        on:input=move |_| is_empty.set(false)
                    ></textarea>
                    {move || match is_empty.get() {
                        true => view! {
                            <p id="pasted-hint" class="hint wrong" role="alert">
                                <Picture of=Icon::Rejected/>"There is no text yet. Type or paste some."
                            </p>
                        }.into_any(),
                        false => view! {
                            <p id="pasted-hint" class="hint">"Plain text, JSONL, CSV, TSV or CoNLL. You see what it holds before anything is added."</p>
                        }.into_any(),
                    }}
                </div>
                <div class="row dialog-answers">
                    <button type="button" class="btn" on:click=move |_| close()>"Cancel"</button>
                    <button type="submit" class="btn primary">"Look at it"</button>
                </div>
            </form>
        </Dialog>
    }
}
