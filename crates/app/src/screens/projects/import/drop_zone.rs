use leptos::html;
use leptos::prelude::*;

use super::sources::Purpose;
use super::{Panel, sources};
use crate::browser;
use crate::parts::{Brand, Icon, Picture};
use crate::state::App;

/// Where files are dropped, with the ways for whoever does not drop.
#[component]
pub(super) fn DropZone(
    /// Whether there is nothing yet.
    first_visit: Signal<bool>,
    /// Whether the texts go to a project that is there.
    is_fixed: bool,
) -> impl IntoView {
    let app = expect_context::<App>();
    let panel = expect_context::<Panel>();
    let input = NodeRef::<html::Input>::new();
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            // The same file may be chosen twice in a row.
            input.set_value("");
            input.click();
        }
    };
    let on_chosen = move |_| {
        sources::take_chosen(app, Purpose::Texts, input.get_untracked().and_then(|it| it.files()));
    };
    let formats = "TXT, JSONL (Prodigy too), CSV, TSV, CoNLL, .spacy, or a project file (.nerine)";
    view! {
        <input node_ref=input type="file" multiple hidden aria-label="Files with texts" on:change=on_chosen/>
        {move || match first_visit.get() {
            true => view! {
                <section class="drop first" class:over=move || app.import.is_over.get() aria-label="Add texts">
                    <div class="empty">
                        <Brand size=56/>
                        <h2>"No texts yet"</h2>
                        <p>"Drop a file, or paste text. Nothing leaves this device."</p>
                        <div class="row wrap">
                            <button id="choose-files" class="btn primary" on:click=choose>"Choose files"</button>
                            <Show when=move || !is_fixed>
                                <button class="btn" on:click=move |_| app.add_sample()>"Try with sample texts"</button>
                            </Show>
                            <button class="btn quiet" on:click=move |_| panel.is_pasting.set(true)>"Paste text"</button>
                        </div>
                        <p class="meta">{formats}</p>
                    </div>
                </section>
            }.into_any(),
            false => view! {
                <section class="drop" class:over=move || app.import.is_over.get() aria-label="Add texts">
                    <Picture of=Icon::Upload/>
                    <div class="grow">
                        <h2>"Drop files here to add texts"</h2>
                        <p class="meta">
                            {formats}
                            <span class="wide-only">" — or paste text with "<kbd>{command_key()}</kbd>" "<kbd>"V"</kbd></span>
                        </p>
                    </div>
                    <div class="row wrap">
                        <button class="btn quiet" on:click=move |_| panel.is_pasting.set(true)>"Paste text"</button>
                        <button id="choose-files" class="btn" on:click=choose>"Choose files"</button>
                    </div>
                </section>
            }.into_any(),
        }}
    }
}

/// What the key that pastes is called here.
fn command_key() -> &'static str {
    let platform = browser::get(&browser::window().navigator(), "platform");
    match platform.and_then(|it| it.as_string()).is_some_and(|it| it.starts_with("Mac")) {
        true => "⌘",
        false => "Ctrl",
    }
}
