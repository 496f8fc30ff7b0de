//! The Projects screen: what there is, what comes in, where it is kept.

mod asks;
mod backup;
mod card;
mod import;
mod menu;
mod storage_card;
mod trash;

use std::collections::BTreeMap;
use std::sync::Arc;

use gloo::events::EventListener;
use leptos::prelude::*;
use project::{ProjectId, ProjectRecord, RunRecord, RunState};

use crate::browser;
use crate::parts::{Icon, Picture};
use crate::route::Route;
use crate::state::App;

use asks::{Ask, Asks};
use card::ProjectCard;
pub(crate) use import::sources::{Purpose, take_chosen};
pub(crate) use import::{ImportPanel, listen as listen_to_files};
use storage_card::{FirstTime, StorageCard};
use trash::Trash;

/// What the screen knows beside the page's state.
#[derive(Clone, Copy)]
struct Shelf {
    /// The projects that are not in the trash, last changed first.
    shown: Memo<Vec<ProjectRecord>>,
    /// Those in the trash, last deleted first.
    trashed: Memo<Vec<ProjectRecord>>,
    /// The models of each project.
    models: RwSignal<BTreeMap<ProjectId, Models>>,
    /// The question that is asked just now.
    ask: RwSignal<Option<Ask>>,
    /// What takes a moment, as a sentence.
    busy: RwSignal<Option<String>>,
    /// Why the last thing could not be done.
    failed: RwSignal<Option<String>>,
}

impl Shelf {
    fn new(app: App) -> Self {
        let all = move || app.projects.get().unwrap_or_default();
        let shown = Memo::new(move |_| {
            let in_use = |it: &&ProjectRecord| it.trashed_ms.is_none();
            all().iter().filter(in_use).cloned().collect::<Vec<_>>()
        });
        let trashed = Memo::new(move |_| {
            // One that is being filled lies there too, since the beginning of time.
            let is_trashed = |it: &&ProjectRecord| it.trashed_ms.is_some_and(|at| at != 0);
            let mut list: Vec<ProjectRecord> = all().iter().filter(is_trashed).cloned().collect();
            list.sort_by_key(|it| std::cmp::Reverse(it.trashed_ms));
            list
        });
        Self {
            shown,
            trashed,
            models: RwSignal::new(BTreeMap::new()),
            ask: RwSignal::new(None),
            busy: RwSignal::new(None),
            failed: RwSignal::new(None),
        }
    }

    /// A project, wherever it lies.
    fn record(self, id: &ProjectId) -> Option<ProjectRecord> {
        let in_use = self.shown.read().iter().find(|it| it.id == *id).cloned();
        in_use.or_else(|| self.trashed.read().iter().find(|it| it.id == *id).cloned())
    }

    fn models_of(self, id: &ProjectId) -> Models {
        self.models.read().get(id).cloned().unwrap_or_default()
    }
}

/// The models of one project, counted.
#[derive(Clone, Debug, Default, PartialEq)]
struct Models {
    count: u32,
    /// What their weights take on disk.
    bytes: u64,
    /// The name of the one that is being trained.
    training: Option<String>,
    /// The best: its name and its F1 on the dev set.
    best: Option<(String, f32)>,
}

impl Models {
    fn of(runs: &[RunRecord]) -> Self {
        let done = || runs.iter().filter(|it| matches!(it.state, RunState::Done { .. }));
        let dev_f1 = |run: &RunRecord| {
            let best = run.curve.get(run.best? as usize)?;
            Some((run.name.clone(), best.dev_f1?))
        };
        let training = runs.iter().rev().find(|it| it.state == RunState::Training);
        Self {
            count: done().count() as u32,
            bytes: runs.iter().map(|it| it.weights_bytes).sum(),
            training: training.map(|it| it.name.clone()),
            best: done().filter_map(dev_f1).max_by(|a, b| a.1.total_cmp(&b.1)),
        }
    }
}

/// The Projects screen.
#[component]
pub(crate) fn ProjectsScreen() -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = Shelf::new(app);
    provide_context(shelf);

    // Another tab may have changed what is here.
    let refresh = move |_: &web_sys::Event| browser::spawn(app.refresh_projects());
    let _listener =
        StoredValue::new_local(EventListener::new(&browser::window(), "focus", refresh));
    Effect::new(move || {
        let projects = app.projects.get().unwrap_or_default();
        browser::spawn(read_models(app, shelf, projects));
    });

    let is_read = Memo::new(move |_| app.projects.read().is_some());
    let is_first_visit = Memo::new(move |_| is_read.get() && shelf.shown.read().is_empty());
    let ids = move || shelf.shown.read().iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    view! {
        <main class="screen home" aria-busy=move || (!is_read.get()).to_string()>
            <div class="home-main">
                <div class="row wrap home-head">
                    <h1 id="projects-title" tabindex="-1">"Projects"</h1>
                    <Show when=move || is_read.get() && !is_first_visit.get()>
                        <button class="btn" on:click=move |_| app.add_sample()>"Try with sample texts"</button>
                    </Show>
                    <a class="btn" href=Route::BASES.hash()>"Bases"</a>
                    <button class="btn" on:click=move |_| shelf.ask.set(Some(Ask::New))>
                        <Picture of=Icon::Plus/>
                        "New project"
                    </button>
                </div>
                <Notices/>
                <Show when=move || !shelf.shown.read().is_empty()>
                    <ul class="project-cards" aria-label="Projects">
                        <For each=ids key=Clone::clone let:id><ProjectCard id/></For>
                    </ul>
                </Show>
                <Show when=move || is_read.get()>
                    <ImportPanel first_visit=is_first_visit/>
                    <Trash/>
                </Show>
            </div>
            <aside class="home-side" aria-label="Storage and help">
                <StorageCard/>
                <FirstTime/>
            </aside>
        </main>
        <Asks/>
    }
}

async fn read_models(app: App, shelf: Shelf, projects: Arc<Vec<ProjectRecord>>) {
    let mut models = BTreeMap::new();
    for project in projects.iter() {
        models.insert(project.id.clone(), Models::of(&app.runs_of(&project.id).await));
    }
    // The screen may have been left meanwhile.
    let is_other = shelf.models.try_get_untracked().is_some_and(|it| it != models);
    if is_other {
        let _left = shelf.models.try_set(models);
    }
}

/// What takes a moment, and what went wrong.
#[component]
fn Notices() -> impl IntoView {
    let shelf = expect_context::<Shelf>();
    view! {
        {move || shelf.busy.get().map(|sentence| view! {
            <div class="banner info" role="status"><Picture of=Icon::Clock/><span>{sentence}</span></div>
        })}
        {move || shelf.failed.get().map(|why| view! {
            <div class="banner bad" role="alert">
                <Picture of=Icon::Rejected/>
                <span class="grow">{why}</span>
                <button class="link" on:click=move |_| shelf.failed.set(None)>"Dismiss"</button>
            </div>
        })}
    }
}
