//! The Annotate screen: the texts, the text in front, the labels.

mod answer_bar;
mod desk;
mod flag;
pub(crate) mod keys;
mod labels;
mod layer;
mod list;
mod painter;
mod rail;
mod selection_bar;
mod text_view;

use leptos::prelude::*;

use crate::state::{App, Sheet};

use desk::Desk;
use flag::FlagDialog;
use labels::LabelsDialog;
use list::TextList;
use rail::Rail;

/// What is drawn over the text on a narrow screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawer {
    List,
    Rail,
}

/// The Annotate screen.
#[component]
pub(crate) fn AnnotateScreen() -> impl IntoView {
    let app = expect_context::<App>();
    let drawer = RwSignal::new(None::<Drawer>);
    on_cleanup(move || app.stop_asking_for_texts());
    app.begin_to_learn_along();
    view! {
        <main
            class="annotate"
            class:shows-list=move || drawer.get() == Some(Drawer::List)
            class:shows-rail=move || drawer.get() == Some(Drawer::Rail)
        >
            <h1 class="unseen">"Annotate"</h1>
            <TextList drawer/>
            <Desk drawer/>
            <Rail/>
            <Show when=move || drawer.get().is_some()>
                <button class="veil" aria-label="Close" on:click=move |_| drawer.set(None)></button>
            </Show>
        </main>
        {move || match app.sheet.get() {
            Some(Sheet::Labels) => view! { <LabelsDialog/> }.into_any(),
            Some(Sheet::Flag) => view! { <FlagDialog/> }.into_any(),
            Some(Sheet::Keys | Sheet::Commands) | None => ().into_any(),
        }}
    }
}
