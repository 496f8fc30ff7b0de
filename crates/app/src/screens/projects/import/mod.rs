//! Bringing texts in: drop, choose or paste, look, add.

mod drop_zone;
mod options;
mod paste;
mod preview;
pub(crate) mod sources;
mod warnings;

use std::sync::Arc;

use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use project::ProjectId;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DragEvent, Event};

use crate::browser;
use crate::parts::{Bar, Icon, Later, Picture, part};
use crate::route::{Route, Screen};
use crate::state::{Added, App, Doing, Running};
use crate::words;

use drop_zone::DropZone;
use paste::PasteAsk;
use preview::PreviewCard;
use sources::Purpose;
use warnings::WarningList;

/// Whether somebody is asked for words.
#[derive(Clone, Copy)]
struct Panel {
    is_pasting: RwSignal<bool>,
}

part! {
    rest:
    fn preview_card(is_fixed: bool) { view! { <PreviewCard is_fixed/> } }
    fn paste_ask((): ()) { view! { <PasteAsk/> } }
}

/// Everything that brings texts in: drop zone, preview, progress, and what went wrong. While it is
/// on the page, words can be pasted anywhere.
#[component]
pub(crate) fn ImportPanel(
    /// The project the texts go to; a new one when there is none.
    #[prop(optional)]
    into: Option<ProjectId>,
    /// Whether there is nothing yet: then the drop zone says how to begin.
    #[prop(optional, into)]
    first_visit: Signal<bool>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let import = app.import;
    let panel = Panel { is_pasting: RwSignal::new(false) };
    provide_context(panel);
    let is_fixed = into.is_some();
    app.aim_from_screen(into);
    import.panels.update(|it| *it += 1);
    on_cleanup(move || import.panels.update(|it| *it -= 1));
    let is_busy_first = Memo::new(move |_| import.brought.read().is_some());
    view! {
        <div class="import">
            {move || import.added.get().map(|added| view! { <AddedNote added/> })}
            {move || import.failed.get().map(|why| view! {
                <div class="banner bad" role="alert">
                    <Picture of=Icon::Rejected/>
                    <span class="grow">{why}</span>
                    <button class="link" on:click=move |_| import.failed.set(None)>"Dismiss"</button>
                </div>
            })}
            <DropZone first_visit=Signal::derive(move || first_visit.get() && !is_busy_first.get()) is_fixed/>
            {move || is_busy_first.get().then(|| view! { <Later code=preview_card with=is_fixed/> })}
        </div>
        <Show when=move || panel.is_pasting.get()><Later code=paste_ask with=()/></Show>
    }
}

/// Listens to what is dropped and pasted anywhere on the page, whatever screen is in front. Texts
/// go where the screen's import panel says, else to the open project.
pub(crate) fn listen(app: App) {
    let on = |name: &'static str, hear: fn(App, &Event)| {
        let options = EventListenerOptions::enable_prevent_default();
        let window = browser::window();
        EventListener::new_with_options(&window, name, options, move |event| hear(app, event))
            .forget();
    };
    on("dragover", |app, event| {
        // Without this, a file that is let go replaces the page.
        event.prevent_default();
        if !app.import.is_over.get_untracked() {
            app.import.is_over.set(true);
        }
    });
    on("dragleave", |app, event| {
        let has_left = event.dyn_ref::<DragEvent>().is_some_and(|it| it.related_target().is_none());
        if has_left {
            app.import.is_over.set(false);
        }
    });
    on("drop", |app, event| {
        event.prevent_default();
        app.import.is_over.set(false);
        let data = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
        let Some(data) = data.filter(|_| !is_asking()) else { return };
        if app.route.read_untracked().screen == Screen::Bases {
            return sources::take_dropped(app, Purpose::Base, &data);
        }
        let has_panel = 0 < app.import.panels.get_untracked();
        if has_panel || app.ask_for_texts() {
            sources::take_dropped(app, Purpose::Texts, &data);
        }
    });
    on("paste", |app, event| {
        let is_typed = event.target().is_some_and(|it| {
            it.dyn_ref::<web_sys::Element>()
                .is_some_and(|it| it.matches("input, textarea, select").unwrap_or(false))
        });
        let is_meant = 0 < app.import.panels.get_untracked() && !is_typed && !is_asking();
        let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        if let Some(data) = data.filter(|_| is_meant) {
            event.prevent_default();
            sources::take_pasted(app, &data);
        }
    });
}

fn is_asking() -> bool {
    browser::document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// What came in last, and what was left out.
#[component]
fn AddedNote(added: Arc<Added>) -> impl IntoView {
    let app = expect_context::<App>();
    let is_long = !added.warnings.list.is_empty();
    let shows = RwSignal::new(false);
    let (class, icon) = match added.warnings.lost {
        0 => ("banner ok", Icon::Accepted),
        _ => ("banner", Icon::Warning),
    };
    let open = Route::of(Screen::Annotate, &added.project).hash();
    let warnings = added.warnings.clone();
    view! {
        <section class="added" aria-label="What was added">
            <div class=class>
                <Picture of=icon/>
                <span class="grow">{added.sentence()}</span>
                <Show when=move || is_long>
                    <button
                        class="link" aria-expanded=move || shows.get().to_string()
                        on:click=move |_| shows.update(|it| *it = !*it)
                    >
                        {move || if shows.get() { "Hide the list" } else { "See the list" }}
                    </button>
                </Show>
                <a href=open>"Open"</a>
                <button class="link" on:click=move |_| app.import.added.set(None)>"Dismiss"</button>
            </div>
            {move || shows.get().then(|| view! { <div class="card"><WarningList warnings=warnings.clone()/></div> })}
        </section>
    }
}

/// How far reading or adding is, and the way to stop it.
#[component]
fn RunningLine(running: Signal<Option<Running>>) -> impl IntoView {
    let doing = Memo::new(move |_| running.get().map(|it| (it.doing, it.is_ending)));
    let word = move || match doing.get() {
        None => "",
        Some((_, true)) => "Cancelling …",
        Some((Doing::Reading, _)) => "Reading",
        Some((Doing::Adding, _)) => "Adding texts",
    };
    let far = move || running.get().map(|it| far(&it)).unwrap_or_default();
    let left = move || {
        let left = running.get().and_then(|it| it.left_secs);
        left.map(|secs| {
            if secs < 20.0 {
                format!("about {} s", (secs.ceil() as u64).max(1))
            } else {
                words::duration(secs)
            }
        })
    };
    let share = Signal::derive(move || running.get().map_or(0.0, |it| it.share()));
    view! {
        <div class="col import-running">
            <div class="row num">
                <b>{word}</b>
                <span class="meta">{far}</span>
                <span class="end meta">{left}</span>
            </div>
            <Bar done=share name="Import"/>
        </div>
    }
}

/// “12.4 MB of 300.0 MB, 2 100 texts”.
fn far(running: &Running) -> String {
    let bytes = |n: u64| words::bytes(n as f64);
    let mut far = format!("{} of {}", bytes(running.done), bytes(running.total));
    if 0 < running.docs {
        far.push_str(", ");
        far.push_str(&words::counted(running.docs, "text", "texts"));
    }
    far
}
