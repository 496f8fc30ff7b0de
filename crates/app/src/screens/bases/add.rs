use leptos::html;
use leptos::prelude::*;

use crate::parts::{Bar, Icon, Picture};
use crate::screens::projects::{Purpose, take_chosen};
use crate::state::{App, how_far};

/// Where a pipeline is dropped or chosen, how far it is, and why it could not be added.
#[component]
pub(super) fn AddBase() -> impl IntoView {
    let app = expect_context::<App>();
    let bases = app.bases;
    let is_adding = Memo::new(move |_| bases.adding.read().is_some());
    let (file, folder) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    Effect::new(move || {
        // No attribute that leptos knows, yet one that every browser does.
        if let Some(input) = folder.get() {
            let set = input.set_attribute("webkitdirectory", "");
            debug_assert!(set.is_ok(), "the attribute's name is valid");
        }
    });
    let choose = |input: NodeRef<html::Input>| {
        move |_| {
            if let Some(input) = input.get_untracked() {
                // The same file may be chosen twice in a row.
                input.set_value("");
                input.click();
            }
        }
    };
    let take = move |input: NodeRef<html::Input>| {
        move |_| {
            let files = input.get_untracked().and_then(|it| it.files());
            take_chosen(app, Purpose::Base, files);
        }
    };
    view! {
        {move || bases.failed.get().map(|why| view! {
            <div class="banner bad" role="alert">
                <Picture of=Icon::Rejected/>
                <p class="grow">{why}</p>
                <button class="link" on:click=move |_| bases.failed.set(None)>"Dismiss"</button>
            </div>
        })}
        <Show when=move || is_adding.get() fallback=move || view! {
            <section class="drop" class:over=move || app.import.is_over.get() aria-label="Add a pipeline">
                <Picture of=Icon::Upload/>
                <div class="grow">
                    <h2>"Drop a spaCy pipeline here"</h2>
                    <p class="meta">"Its wheel, zip or tar.gz as you fetched it, or the folder that spacy.load opens. Or word vectors: .vec, .txt or .bin. All stays on this device."</p>
                </div>
                <div class="row wrap">
                    <input node_ref=folder type="file" hidden aria-label="Folder of a pipeline" on:change=take(folder)/>
                    <input node_ref=file type="file" accept=".whl,.zip,.gz,.tgz,.vec,.txt,.bin" hidden aria-label="File of a pipeline" on:change=take(file)/>
                    <button class="btn quiet" on:click=choose(folder)>"Choose a folder"</button>
                    <button class="btn" on:click=choose(file)>"Choose a file"</button>
                </div>
            </section>
        }>
            <Adding/>
        </Show>
    }
}

#[component]
fn Adding() -> impl IntoView {
    let app = expect_context::<App>();
    let adding = app.bases.adding;
    let title = move || adding.read().as_ref().map(|it| it.title.clone());
    let far = move || adding.read().as_ref().map(how_far);
    let done = Signal::derive(move || {
        adding
            .read()
            .as_ref()
            .map_or(0.0, |it| it.done as f64 / it.total.max(it.done).max(1) as f64)
    });
    // Of a packed file nobody knows beforehand how much there is.
    let is_measured = Memo::new(move |_| adding.read().as_ref().is_some_and(|it| it.total != 0));
    view! {
        <section class="banner info" role="status" aria-label="Adding a pipeline">
            <Picture of=Icon::Half/>
            <div class="grow col">
                <p><b><bdi>{title}</bdi></b>" "<span class="num">{far}</span></p>
                <Show when=move || is_measured.get()><Bar done name="Pipeline"/></Show>
            </div>
            <button class="btn small" on:click=move |_| app.stop_adding_base()>"Cancel"</button>
        </section>
    }
}
