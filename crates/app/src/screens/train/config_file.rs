use leptos::html;
use leptos::prelude::*;
use screen::draft::Learner;

use crate::parts::{Icon, Picture};
use crate::state::{App, FromConfig};
use crate::words;

/// Takes settings over from a spaCy `config.cfg`, and says what of it was left.
#[component]
pub(super) fn ConfigFile() -> impl IntoView {
    let app = expect_context::<App>();
    let input = NodeRef::<html::Input>::new();
    let open = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let take = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|it| it.get(0)) {
            app.read_training_config(file);
        }
        // The same file may be chosen again.
        input.set_value("");
    };
    let read = app.training.config;
    let is_spacy = Memo::new(move |_| {
        app.training.draft.read().as_ref().is_some_and(|it| it.learner() == Learner::Spacy)
    });
    let said = move || {
        read.get().map(|read| match read {
            Err(why) => view! {
                <div class="banner bad" role="alert"><Picture of=Icon::Rejected/><p class="grow">{why}</p></div>
            }
            .into_any(),
            Ok(FromConfig { taken, left }) => {
                let n_left = left.len() as u32;
                let rows =
                    move || left.iter().map(|it| view! { <li>{it.clone()}</li> }).collect_view();
                view! {
                    <div role="status">
                        <p class="hint">{taken}</p>
                        <Show when=move || n_left != 0>
                            <details class="config-left">
                                <summary>{words::counted(n_left, "setting", "settings")}" not taken over"</summary>
                                <ul class="meta">{rows.clone()}</ul>
                            </details>
                        </Show>
                    </div>
                }
                .into_any()
            }
        })
    };
    view! {
        <Show when=move || is_spacy.get()>
            <div class="field">
                <input node_ref=input type="file" accept=".cfg" hidden aria-label="A spaCy config.cfg" on:change=take/>
                <button type="button" class="btn small" on:click=open>"Read a config.cfg"</button>
                {said}
            </div>
        </Show>
    }
}
