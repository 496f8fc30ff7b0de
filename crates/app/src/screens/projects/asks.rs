//! What is asked before something is done.

use leptos::prelude::*;
use project::{ProjectId, ProjectRecord};

use super::Shelf;
use super::backup::BackupAsk;
use crate::browser;
use crate::parts::{Dialog, Icon, Later, Picture, part};
use crate::state::{App, sentence};
use crate::words;

/// A question, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    New,
    Rename(ProjectId),
    /// Whether to move a project to the trash.
    Trash(ProjectId),
    /// Whether to delete projects for good.
    Delete(Vec<ProjectId>),
    /// Which projects to save.
    BackUp,
}

/// The question that is asked just now.
#[component]
pub(super) fn Asks() -> impl IntoView {
    let shelf = expect_context::<Shelf>();
    move || shelf.ask.get().map(|ask| view! { <Later code=question with=ask/> })
}

part! { rest: fn question(ask: Ask) { view! { <Question ask/> } } }

#[component]
fn Question(ask: Ask) -> impl IntoView {
    match ask {
        Ask::New => view! { <NameAsk/> }.into_any(),
        Ask::Rename(id) => view! { <NameAsk project=id/> }.into_any(),
        Ask::Trash(id) => view! { <TrashAsk id/> }.into_any(),
        Ask::Delete(ids) => view! { <DeleteAsk ids/> }.into_any(),
        Ask::BackUp => view! { <BackupAsk/> }.into_any(),
    }
}

/// Asks for a name: of a project that is made, or of one that is renamed.
#[component]
fn NameAsk(#[prop(optional)] project: Option<ProjectId>) -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = expect_context::<Shelf>();
    let is_new = project.is_none();
    let before = project.as_ref().and_then(|it| untrack(|| shelf.record(it)));
    let name = RwSignal::new(before.map(|it| it.name).unwrap_or_default());
    let overlaps = RwSignal::new(false);
    let is_wrong = RwSignal::new(false);
    let close = move || shelf.ask.set(None);
    let on_submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().trim().to_owned();
        if name.is_empty() {
            is_wrong.set(true);
            return browser::focus("project-name");
        }
        close();
        match &project {
            None => app.create_project(name, overlaps.get_untracked()),
            Some(id) => app.rename_project(id.clone(), name),
        }
    };
    let (title, does) =
        if is_new { ("New project", "Create") } else { ("Rename project", "Rename") };
    view! {
        <Dialog name=title on_close=move |()| close()>
            <form class="col ask" on:submit=on_submit>
                <h1>{title}</h1>
                <div class="field">
                    <label for="project-name">"Name"</label>
                    <input
                        id="project-name" class="input" autofocus autocomplete="off" dir="auto" maxlength="200"
                        aria-describedby="project-name-hint" aria-invalid=move || is_wrong.get().to_string()
                        prop:value=move || name.get()
                        on:input=move |event| { name.set(event_target_value(&event)); is_wrong.set(false); }
                    />
                    {move || match is_wrong.get() {
                        true => view! {
                            <p id="project-name-hint" class="hint wrong" role="alert">
                                <Picture of=Icon::Rejected/>"A project needs a name."
                            </p>
                        }.into_any(),
                        false => view! {
                            <p id="project-name-hint" class="hint">"Only you see it. It can be changed later."</p>
                        }.into_any(),
                    }}
                </div>
                <Show when=move || is_new>
                    <label class="tick">
                        <input
                            type="checkbox" prop:checked=move || overlaps.get()
                            on:change=move |event| overlaps.set(event_target_checked(&event))
                        />
                        "Marks may overlap"
                    </label>
                </Show>
                <div class="row dialog-answers">
                    <button type="button" class="btn" on:click=move |_| close()>"Cancel"</button>
                    <button type="submit" class="btn primary">{does}</button>
                </div>
            </form>
        </Dialog>
    }
}

/// “240 texts, 3 349 marks, 4 models”.
fn contents(shelf: Shelf, records: &[ProjectRecord]) -> String {
    let sum = |count: fn(&ProjectRecord) -> u32| records.iter().map(count).sum::<u32>();
    let models: u32 = records.iter().map(|it| shelf.models_of(&it.id).count).sum();
    format!(
        "{}, {}, {}",
        words::counted(sum(|it| it.counts.docs), "text", "texts"),
        words::counted(sum(|it| it.counts.marks), "mark", "marks"),
        words::counted(models, "model", "models"),
    )
}

/// Asks before a project goes to the trash.
#[component]
fn TrashAsk(id: ProjectId) -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = expect_context::<Shelf>();
    let close = move || shelf.ask.set(None);
    let record = untrack(|| shelf.record(&id));
    let name = record.as_ref().map(|it| it.name.clone()).unwrap_or_default();
    let title = format!("Delete “{name}”?");
    let what = untrack(|| contents(shelf, record.as_slice()));
    let back_up = {
        let id = id.clone();
        move |_| {
            close();
            browser::spawn(super::backup::save(app, shelf, vec![id.clone()]));
        }
    };
    let delete = move |_| {
        close();
        let (id, name) = (id.clone(), name.clone());
        browser::spawn(async move {
            match app.trash_project(id).await {
                Ok(()) => app.say(format!("Moved “{name}” to the trash.")),
                Err(error) => shelf.failed.set(Some(sentence(&error))),
            }
            browser::focus("projects-title");
        });
    };
    view! {
        <Dialog name=title.clone() on_close=move |()| close()>
            <div class="col ask">
                <h1 dir="auto">{title}</h1>
                <p class="soft">{format!("It moves to the trash: {what}. The trash is emptied after 7 days.")}</p>
                <div class="row wrap dialog-answers">
                    <button class="btn quiet first" on:click=back_up>
                        <Picture of=Icon::Export/>
                        "Save a backup first"
                    </button>
                    <button class="btn" autofocus on:click=move |_| close()>"Keep"</button>
                    <button class="btn danger" on:click=delete>"Delete"</button>
                </div>
            </div>
        </Dialog>
    }
}

/// Asks before projects are gone for good.
#[component]
fn DeleteAsk(ids: Vec<ProjectId>) -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = expect_context::<Shelf>();
    let close = move || shelf.ask.set(None);
    let records: Vec<ProjectRecord> =
        untrack(|| ids.iter().filter_map(|it| shelf.record(it)).collect());
    let title = match records.as_slice() {
        [record] => format!("Delete “{}” for good?", record.name),
        records => format!(
            "Delete {} for good?",
            words::counted(records.len() as u64, "project", "projects")
        ),
    };
    let what = untrack(|| contents(shelf, &records));
    let delete = move |_| {
        close();
        let ids = ids.clone();
        browser::spawn(async move {
            if let Err(error) = app.delete_projects(ids).await {
                shelf.failed.set(Some(sentence(&error)));
            }
            app.spoken.set("Deleted for good.".to_owned());
            browser::focus("projects-title");
        });
    };
    view! {
        <Dialog name=title.clone() on_close=move |()| close()>
            <div class="col ask">
                <h1 dir="auto">{title}</h1>
                <p class="soft">{format!("This removes {what} from this device. It cannot be undone.")}</p>
                <div class="row dialog-answers">
                    <button class="btn" autofocus on:click=move |_| close()>"Keep"</button>
                    <button class="btn danger" on:click=delete>"Delete for good"</button>
                </div>
            </div>
        </Dialog>
    }
}
