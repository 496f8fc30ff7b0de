//! The frame around every screen: the bar, messages, sheets, keys.

mod commands;
mod keys_sheet;
mod saved;
mod toast;
mod top_bar;

use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::*;

use crate::browser;
use crate::keys;
use crate::parts::{Brand, Icon, Later, Picture, part};
use crate::route::Screen;
use crate::screens::{
    AlignScreen, AnnotateScreen, BasesScreen, CompareScreen, ExperimentsGoOn, ExportScreen,
    ProjectsScreen, TrainScreen, listen_to_files,
};
use crate::state::{App, Sheet};

use commands::Commands;
use keys_sheet::KeysSheet;
use saved::SavedState;
use toast::ToastView;
use top_bar::TopBar;
pub(crate) use top_bar::close_when_left;

/// The page.
#[component]
pub(crate) fn Shell() -> impl IntoView {
    let app = App::new();
    provide_context(app);
    app.start();

    EventListener::new(&browser::window(), "hashchange", move |_| app.follow_route()).forget();
    keys::listen(app);
    listen_to_files(app);
    browser::spawn(fetch_ahead());
    let options = EventListenerOptions::enable_prevent_default();
    let ask_first = move |event: &web_sys::Event| {
        if app.has_unsaved() {
            // The browser asks whether to leave.
            event.prevent_default();
        }
    };
    let window = browser::window();
    EventListener::new_with_options(&window, "beforeunload", options, ask_first).forget();
    Effect::new(move || {
        let root = browser::document().document_element().expect("a page has a root");
        let set = root.set_attribute("data-theme", app.theme.get().name());
        debug_assert!(set.is_ok(), "the attribute's name is valid");
    });
    Effect::new(move || {
        let name = app.work.project.read().as_ref().map(|it| it.name.clone());
        let title = match name {
            Some(name) => format!("{name} · Nerine"),
            None => "Nerine".to_owned(),
        };
        browser::document().set_title(&title);
    });

    // Whether the route's project is here; a screen of a project shows nothing without it.
    let is_open = Memo::new(move |_| app.work.project.read().is_some());
    let screen = Memo::new(move |_| app.route.read().screen);
    let needs_project = Memo::new(move |_| app.route.read().project.is_some());
    view! {
        <div class="app" data-screen=move || screen.get().name()>
            <TopBar/>
            {move || match (app.broken_storage.get(), screen.get(), is_open.get()) {
                (Some(why), ..) => view! { <NoStorage why/> }.into_any(),
                (None, screen, is_open) if is_open || !needs_project.get() => view! { <ScreenOf screen/> }.into_any(),
                (None, ..) => blank(),
            }}
        </div>
        {move || app.comparing.is_due.get().then(|| view! { <Later code=experiments_go_on with=()/> })}
        <DropHint/>
        <ToastView/>
        <div class="unseen" role="status" aria-live="polite">{move || app.spoken.get()}</div>
        {move || match app.sheet.get() {
            Some(Sheet::Keys) => view! { <Later code=keys_sheet with=()/> }.into_any(),
            Some(Sheet::Commands) => view! { <Later code=commands with=()/> }.into_any(),
            Some(Sheet::Labels | Sheet::Flag) | None => ().into_any(),
        }}
    }
}

part! { first: fn projects_screen((): ()) { view! { <ProjectsScreen/> } } }
part! { annotate: fn annotate_screen((): ()) { view! { <AnnotateScreen/> } } }
part! {
    rest:
    fn align_screen((): ()) { view! { <AlignScreen/> } }
    fn bases_screen((): ()) { view! { <BasesScreen/> } }
    fn train_screen((): ()) { view! { <TrainScreen/> } }
    fn compare_screen((): ()) { view! { <CompareScreen/> } }
    fn experiments_go_on((): ()) { view! { <ExperimentsGoOn/> } }
    fn export_screen((): ()) { view! { <ExportScreen/> } }
    fn keys_sheet((): ()) { view! { <KeysSheet/> } }
    fn commands((): ()) { view! { <Commands/> } }
}

/// How long after the start the parts are fetched that a first visit does not need.
const FETCH_AHEAD_MS: u32 = 3_000;

/// Fetches every part, so that the page works offline from then on.
async fn fetch_ahead() {
    browser::sleep(FETCH_AHEAD_MS).await;
    for part in [annotate_screen().await, train_screen().await] {
        // What cannot be fetched now is fetched when it is shown.
        part.ok();
    }
}

#[component]
fn ScreenOf(screen: Screen) -> impl IntoView {
    match screen {
        Screen::Projects => {
            view! { <Later code=projects_screen with=() meanwhile=blank/> }.into_any()
        }
        Screen::Annotate => {
            view! { <Later code=annotate_screen with=() meanwhile=blank/> }.into_any()
        }
        Screen::Align => view! { <Later code=align_screen with=() meanwhile=blank/> }.into_any(),
        Screen::Bases => view! { <Later code=bases_screen with=() meanwhile=blank/> }.into_any(),
        Screen::Train => view! { <Later code=train_screen with=() meanwhile=blank/> }.into_any(),
        Screen::Compare => {
            view! { <Later code=compare_screen with=() meanwhile=blank/> }.into_any()
        }
        Screen::Export => view! { <Later code=export_screen with=() meanwhile=blank/> }.into_any(),
    }
}

/// What stands in place of a screen that is not there yet.
fn blank() -> AnyView {
    view! { <main class="screen" aria-busy="true"></main> }.into_any()
}

/// What says where dragged files would go, on screens without a place for them.
#[component]
fn DropHint() -> impl IntoView {
    let app = expect_context::<App>();
    let name = move || app.work.project.read().as_ref().map(|it| it.name.clone());
    let is_for_texts =
        move || app.import.panels.get() == 0 && app.route.read().screen != Screen::Bases;
    let goes_to = move || name().filter(|_| app.import.is_over.get() && is_for_texts());
    move || {
        goes_to().map(|name| {
            view! {
                <div class="drop-hint" aria-hidden="true">
                    <p><Picture of=Icon::Upload/>"Add texts to “"<bdi>{name}</bdi>"”"</p>
                </div>
            }
        })
    }
}

/// What stands in place of every screen when the browser keeps nothing.
#[component]
fn NoStorage(why: String) -> impl IntoView {
    view! {
        <main class="screen">
            <div class="empty">
                <Brand size=48/>
                <h2>"Nothing can be stored here"</h2>
                <p>{why}</p>
                <button class="btn" on:click=|_| {
                    let reloading = browser::window().location().reload();
                    debug_assert!(reloading.is_ok(), "a page may reload itself");
                }>"Reload"</button>
            </div>
        </main>
    }
}
