use leptos::prelude::*;

use super::{Brand, Icon, Picture, SavedState};
use crate::browser;
use crate::route::{Route, Screen};
use crate::state::{App, Sheet};

/// The bar at the top: where you are, where you can go, whether it is saved.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let app = expect_context::<App>();
    let in_project = move || app.route.read().project.is_some();
    view! {
        <header class="top">
            <a class="brand" href=Route::HOME.hash() aria-label="Nerine, all projects">
                <Brand size=26/>
                <span>"Nerine"</span>
            </a>
            <Show when=in_project>
                <span class="bar-line"></span>
                <ProjectMenu/>
                <nav class="nav" aria-label="Screens">
                    {Screen::OF_PROJECT.map(|screen| view! { <ScreenLink screen/> })}
                </nav>
            </Show>
            <span class="grow"></span>
            <Show
                when=in_project
                fallback=|| view! {
                    <span class="saved wide-only"><Picture of=Icon::Lock/>"Works offline. Nothing is sent anywhere."</span>
                }
            >
                <SavedState/>
            </Show>
            <span class="bar-line wide-only"></span>
            <button
                class="btn quiet only-icon wide-only" aria-label="Keys" title="Keys (?)"
                on:click=move |_| app.sheet.set(Some(Sheet::Keys))
            >
                <Picture of=Icon::Keyboard/>
            </button>
            <ThemeButton/>
            <Show when=in_project><NarrowMenu/></Show>
        </header>
    }
}

#[component]
fn ScreenLink(screen: Screen) -> impl IntoView {
    let app = expect_context::<App>();
    let href = move || link(app, screen);
    let current = move || (app.route.read().screen == screen).then_some("page");
    view! { <a href=href aria-current=current>{screen.name()}</a> }
}

fn link(app: App, screen: Screen) -> String {
    let project = app.route.read().project.clone();
    project.map_or_else(|| Route::HOME.hash(), |it| Route::of(screen, &it).hash())
}

#[component]
fn ThemeButton() -> impl IntoView {
    let app = expect_context::<App>();
    let switch = move |_| {
        let theme = app.theme.get_untracked().other();
        app.theme.set(theme);
        if let Some(storage) = browser::window().local_storage().ok().flatten() {
            // Without local storage the choice lasts as long as the page.
            let _kept = storage.set_item("theme", theme.name());
        }
    };
    let name = move || match app.theme.get() {
        crate::state::Theme::Light => "Dark theme",
        crate::state::Theme::Dark => "Light theme",
    };
    let icon = move || match app.theme.get() {
        crate::state::Theme::Light => view! { <Picture of=Icon::Moon/> },
        crate::state::Theme::Dark => view! { <Picture of=Icon::Sun/> },
    };
    view! {
        <button class="btn quiet only-icon" aria-label=name title=name on:click=switch>{icon}</button>
    }
}

/// The open project's name, and the way to others.
#[component]
fn ProjectMenu() -> impl IntoView {
    let app = expect_context::<App>();
    let is_open = RwSignal::new(false);
    let name = move || app.work.project.read().as_ref().map(|it| it.name.clone());
    let others = move || {
        let open = app.work.project.read().as_ref().map(|it| it.id.clone());
        let projects = app.projects.get().unwrap_or_default();
        let shown =
            projects.iter().filter(|it| it.trashed_ms.is_none() && Some(&it.id) != open.as_ref());
        shown
            .take(8)
            .map(|it| {
                let href = Route::of(Screen::Annotate, &it.id).hash();
                view! { <a href=href on:click=move |_| is_open.set(false)><bdi class="cut">{it.name.clone()}</bdi></a> }
            })
            .collect_view()
    };
    view! {
        <div class="project-menu" on:keydown=move |event| {
            if event.key() == "Escape" && is_open.get_untracked() {
                event.stop_propagation();
                is_open.set(false);
            }
        } on:focusout=move |event| close_when_left(&event, is_open)>
            <button
                class="btn quiet" aria-haspopup="true" aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|it| *it = !*it)
            >
                <bdi class="cut">{name}</bdi>
                <Picture of=Icon::Down/>
            </button>
            <Show when=move || is_open.get()>
                <div class="menu">
                    {others}
                    <a href=Route::HOME.hash() on:click=move |_| is_open.set(false)>"All projects"</a>
                </div>
            </Show>
        </div>
    }
}

/// What the bar has no room for on a narrow screen.
#[component]
fn NarrowMenu() -> impl IntoView {
    let app = expect_context::<App>();
    let is_open = RwSignal::new(false);
    view! {
        <div class="narrow-menu" on:focusout=move |event| close_when_left(&event, is_open)>
            <button
                class="btn quiet only-icon" aria-label="Menu" aria-haspopup="true"
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|it| *it = !*it)
            >
                <Picture of=Icon::Menu/>
            </button>
            <Show when=move || is_open.get()>
                <div class="menu">
                    {Screen::OF_PROJECT.map(|screen| view! {
                        <a href=move || link(app, screen) on:click=move |_| is_open.set(false)>{screen.name()}</a>
                    })}
                    <a href=Route::HOME.hash()>"All projects"</a>
                    <button on:click=move |_| { is_open.set(false); app.sheet.set(Some(Sheet::Keys)); }>"Keys"</button>
                </div>
            </Show>
        </div>
    }
}

/// Closes a menu when the focus leaves it.
pub(crate) fn close_when_left(event: &web_sys::FocusEvent, is_open: RwSignal<bool>) {
    use wasm_bindgen::JsCast;
    let menu = event.current_target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
    let next = event.related_target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
    // A press on something that takes no focus (the page itself) has no next; the menu's own
    // links still have to get their click.
    let stays = menu.is_some_and(|it| it.contains(next.as_ref()));
    if !stays && next.is_some() {
        is_open.set(false);
    } else if next.is_none() {
        gloo::timers::callback::Timeout::new(150, move || {
            // The menu may be gone with its screen by now.
            let _closed = is_open.try_set(false);
        })
        .forget();
    }
}
