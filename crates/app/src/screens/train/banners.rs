use leptos::prelude::*;
use project::{RunId, RunState};

use crate::parts::{Bar, Icon, Picture};
use crate::state::{App, Suggesting};
use crate::words;

/// What went wrong, what was cut short, what goes on.
#[component]
pub(crate) fn Banners() -> impl IntoView {
    let app = expect_context::<App>();
    let training = app.training;
    let trouble = Memo::new(move |_| {
        let project = app.work.project.read();
        let open = project.as_ref().map(|it| it.id.clone());
        training.trouble.get().filter(|it| Some(&it.project) == open.as_ref())
    });
    // A run that is neither at its end nor running here: its tab was closed.
    let cut_short = Memo::new(move |_| {
        let project = app.work.project.read();
        let project = project.as_ref()?;
        let told = trouble.get().and_then(|it| it.resume);
        let runs = app.work.runs.read();
        let is_cut = |it: &&project::RunRecord| {
            it.state == RunState::Training
                && !training.is_live(&project.id, it.id)
                && told != Some(it.id)
        };
        runs.iter().find(is_cut).map(|it| (it.id, it.name.clone()))
    });
    let is_idle = Memo::new(move |_| training.live.read().is_none());
    let elsewhere = Memo::new(move |_| {
        let live = training.live.get()?;
        let project = app.work.project.read();
        (project.as_ref().map(|it| &it.id) != Some(&live.project)).then_some(live.name)
    });
    let suggesting = Memo::new(move |_| {
        let project = app.work.project.read();
        let open = project.as_ref().map(|it| it.id.clone());
        training.suggesting.get().filter(|it| Some(&it.project) == open.as_ref())
    });
    view! {
        {move || trouble.get().map(|it| view! {
            <div class="banner bad" role="alert">
                <Picture of=Icon::Rejected/>
                <p class="grow">{it.sentence}</p>
                {it.resume.map(|run| view! {
                    <button class="btn small" on:click=move |_| app.resume(run)>"Resume"</button>
                })}
                <button class="btn small quiet" on:click=move |_| training.trouble.set(None)>"Close"</button>
            </div>
        })}
        {move || cut_short.get().map(|(run, name)| view! {
            <CutShort run name can_go_on=is_idle/>
        })}
        {move || elsewhere.get().map(|name| view! {
            <div class="banner info"><Picture of=Icon::Info/><p class="grow">{format!("{name} trains in another project. One training runs at a time.")}</p></div>
        })}
        {move || suggesting.get().is_some().then(|| view! { <SuggestionsOnTheWay suggesting/> })}
    }
}

#[component]
fn CutShort(run: RunId, name: String, can_go_on: Memo<bool>) -> impl IntoView {
    let app = expect_context::<App>();
    let is_writable = app.work.is_writable;
    let words = move || match is_writable.get() {
        true => format!("{name} did not come to its end: the tab was closed while it trained."),
        false => format!("{name} trains in another tab, or was cut short there."),
    };
    view! {
        <div class="banner">
            <Picture of=Icon::Warning/>
            <p class="grow">{words}</p>
            <Show when=move || is_writable.get()>
                <Show when=move || can_go_on.get()>
                    <button class="btn small" on:click=move |_| app.resume(run)>"Go on from the last checkpoint"</button>
                </Show>
                <button class="btn small danger" on:click=move |_| app.delete_run(run)>"Delete"</button>
            </Show>
        </div>
    }
}

#[component]
fn SuggestionsOnTheWay(suggesting: Memo<Option<Suggesting>>) -> impl IntoView {
    let app = expect_context::<App>();
    let name = Memo::new(move |_| {
        let run = suggesting.read().as_ref().map(|it| it.run);
        let runs = app.work.runs.read();
        runs.iter().find(|it| Some(it.id) == run).map(|it| it.name.clone()).unwrap_or_default()
    });
    let words = move || match &*suggesting.read() {
        Some(it) if it.total != 0 => {
            format!(
                "{} suggests: {} of {} texts",
                name.get(),
                words::count(it.done),
                words::count(it.total)
            )
        }
        _ => format!("{} reads the texts that are to do", name.get()),
    };
    let done = Signal::derive(move || {
        let suggesting = suggesting.read();
        suggesting.as_ref().map_or(0.0, |it| f64::from(it.done) / f64::from(it.total.max(1)))
    });
    view! {
        <div class="banner info suggesting">
            <Picture of=Icon::Half/>
            <div class="grow"><p>{words}</p><Bar done name="Suggestions"/></div>
        </div>
    }
}
