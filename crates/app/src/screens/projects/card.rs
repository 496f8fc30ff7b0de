use leptos::prelude::*;
use project::{ProjectId, ProjectRecord};

use super::menu::{ActionMenu, Item};
use super::{Ask, Models, Shelf};
use crate::browser;
use crate::parts::{Bar, Icon, slot_class};
use crate::route::{Route, Screen};
use crate::state::App;
use crate::words;

/// How many labels are shown as swatches.
const SWATCHES: usize = 12;

/// A project: what it is called, how far it is, and what can be done with it.
#[component]
pub(super) fn ProjectCard(
    /// Which.
    id: ProjectId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = expect_context::<Shelf>();
    let href = Route::of(Screen::Annotate, &id).hash();
    let record = {
        let id = id.clone();
        Memo::new(move |_| shelf.shown.read().iter().find(|it| it.id == id).cloned())
    };
    let of = move |read: fn(&ProjectRecord) -> String| {
        move || record.read().as_ref().map(read).unwrap_or_default()
    };
    let about = {
        let id = id.clone();
        move || record.read().as_ref().map(|it| about(it, &shelf.models_of(&id)))
    };
    let share = Signal::derive(move || {
        record
            .read()
            .as_ref()
            .map_or(0.0, |it| f64::from(it.counts.answered()) / f64::from(it.counts.docs.max(1)))
    });
    let swatches = move || {
        let labels = record.read().as_ref().map(|it| it.labels.clone()).unwrap_or_default();
        let swatch = |slot: u8| view! { <i class=format!("swatch tiny {}", slot_class(slot))></i> };
        labels.iter().take(SWATCHES).map(|it| swatch(it.slot)).collect_view()
    };
    let items = Signal::derive(move || items(app, shelf, &id, record.get().as_ref()));
    view! {
        <li class="card project-card">
            <div class="row">
                <h2 class="grow cut">
                    <a class="project-link" href=href><bdi>{of(|it| it.name.clone())}</bdi></a>
                </h2>
                <span class="meta num">{of(|it| browser::when(it.changed_ms))}</span>
                <ActionMenu name=Signal::derive(move || format!("Actions of {}", of(|it| it.name.clone())())) items/>
            </div>
            <p class="meta cut">{about}</p>
            <Bar done=share name="Answered texts"/>
            <div class="row meta num">
                <span>{of(|it| match it.counts.docs {
                    0 => "No texts yet".to_owned(),
                    docs => format!(
                        "{} of {}",
                        words::count(it.counts.answered()),
                        words::counted(docs, "text", "texts")
                    ),
                })}</span>
                <span class="end row swatches" aria-hidden="true">{swatches}</span>
            </div>
        </li>
    }
}

/// “8 labels · scratch-4 training”.
fn about(record: &ProjectRecord, models: &Models) -> String {
    let labels = match record.labels.len() {
        0 => "No labels yet".to_owned(),
        n => words::counted(n as u64, "label", "labels"),
    };
    let model = match (&models.training, &models.best, models.count) {
        (Some(name), ..) => format!("{name} training"),
        (None, Some((name, f1)), _) => format!("{name}, dev F1 {}", words::score(f64::from(*f1))),
        (None, None, 0) => "no model yet".to_owned(),
        (None, None, n) => words::counted(n, "model", "models"),
    };
    format!("{labels} · {model}")
}

/// What can be done with a project.
fn items(app: App, shelf: Shelf, id: &ProjectId, record: Option<&ProjectRecord>) -> Vec<Item> {
    let ask = |icon, name: &str, is_danger, what: fn(ProjectId) -> Ask| {
        let id = id.clone();
        let run = Callback::new(move |()| shelf.ask.set(Some(what(id.clone()))));
        Item { icon, name: name.to_owned(), is_danger, run }
    };
    let act = |icon, name: &str, run: Callback<()>| Item {
        icon,
        name: name.to_owned(),
        is_danger: false,
        run,
    };
    let overlaps = record.is_some_and(|it| it.overlaps_allowed);
    let duplicate = {
        let id = id.clone();
        Callback::new(move |()| browser::spawn(duplicate(app, shelf, id.clone())))
    };
    let switch_overlaps = {
        let id = id.clone();
        Callback::new(move |()| {
            app.update_project_soon(id.clone(), move |it| it.overlaps_allowed = !overlaps);
            app.say(match overlaps {
                true => "From now on, a new mark replaces what it overlaps.",
                false => "From now on, marks may overlap.",
            });
        })
    };
    let back_up = {
        let id = id.clone();
        Callback::new(move |()| {
            browser::spawn(super::backup::save(app, shelf, vec![id.clone()]));
        })
    };
    vec![
        ask(Icon::Pencil, "Rename", false, Ask::Rename),
        act(Icon::Copy, "Duplicate", duplicate),
        act(Icon::Export, "Save a backup file", back_up),
        act(
            if overlaps { Icon::Check } else { Icon::ToDo },
            if overlaps { "Marks may overlap" } else { "Let marks overlap" },
            switch_overlaps,
        ),
        ask(Icon::Trash, "Delete", true, Ask::Trash),
    ]
}

async fn duplicate(app: App, shelf: Shelf, id: ProjectId) {
    let name = shelf.record(&id).map(|it| it.name).unwrap_or_default();
    let _left = shelf.busy.try_set(Some(format!("Copying “{name}” …")));
    let outcome = app.duplicate_project(id).await;
    let _left = shelf.busy.try_set(None);
    let _left = shelf.failed.try_set(outcome.err());
}
