use leptos::prelude::*;
use project::{ProjectId, ProjectRecord};

use super::{Ask, Shelf};
use crate::browser;
use crate::parts::{Icon, Picture};
use crate::state::{App, sentence};
use crate::words;

/// How long a project stays in the trash, in days.
const DAYS: u64 = 7;

/// Projects that were deleted and can still be taken back.
#[component]
pub(super) fn Trash() -> impl IntoView {
    let shelf = expect_context::<Shelf>();
    view! { <Show when=move || !shelf.trashed.read().is_empty()><TrashSection/></Show> }
}

/// The trash while something is in it. It is closed again when it was empty in between.
#[component]
fn TrashSection() -> impl IntoView {
    let shelf = expect_context::<Shelf>();
    let is_open = RwSignal::new(false);
    let ids = move || shelf.trashed.read().iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    view! {
        <section class="trash" aria-label="Trash">
            <div class="row wrap">
                <button
                    class="btn quiet" aria-expanded=move || is_open.get().to_string() aria-controls="trash-list"
                    on:click=move |_| is_open.update(|it| *it = !*it)
                >
                    <Picture of=Icon::Trash/>
                    {move || format!("Trash · {}", words::counted(shelf.trashed.read().len() as u64, "project", "projects"))}
                    <span class="turns" class:open=move || is_open.get()><Picture of=Icon::Down/></span>
                </button>
                <Show when=move || is_open.get()>
                    <button class="btn small danger end" on:click=move |_| shelf.ask.set(Some(Ask::Delete(ids())))>
                        "Empty the trash"
                    </button>
                </Show>
            </div>
            <ul id="trash-list" class="card" class:closed=move || !is_open.get()>
                <For each=ids key=Clone::clone let:id><TrashedProject id/></For>
            </ul>
        </section>
    }
}

#[component]
fn TrashedProject(id: ProjectId) -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = expect_context::<Shelf>();
    let record = {
        let id = id.clone();
        Memo::new(move |_| shelf.trashed.read().iter().find(|it| it.id == id).cloned())
    };
    let of = move |read: fn(&ProjectRecord) -> String| {
        move || record.read().as_ref().map(read).unwrap_or_default()
    };
    let name = of(|it| it.name.clone());
    let restore = {
        let id = id.clone();
        move |_| {
            let (id, name) = (id.clone(), untrack(name));
            browser::spawn(async move {
                match app.restore_project(id).await {
                    Ok(()) => app.say(format!("“{name}” is back.")),
                    Err(error) => shelf.failed.set(Some(sentence(&error))),
                }
                browser::focus("projects-title");
            });
        }
    };
    view! {
        <li class="row wrap">
            <div class="grow">
                <bdi class="trashed-name">{name}</bdi>
                <p class="meta num">{of(about)}</p>
            </div>
            <button class="btn small" aria-label=move || format!("Restore {}", name()) on:click=restore>"Restore"</button>
            <button
                class="btn small danger" aria-label=move || format!("Delete for good: {}", name())
                on:click=move |_| shelf.ask.set(Some(Ask::Delete(vec![id.clone()])))
            >
                "Delete for good"
            </button>
        </li>
    }
}

/// “240 texts, 3 349 marks · emptied in 6 days”.
fn about(record: &ProjectRecord) -> String {
    let texts = words::counted(record.counts.docs, "text", "texts");
    let marks = words::counted(record.counts.marks, "mark", "marks");
    let passed_ms = browser::now_ms().saturating_sub(record.trashed_ms.unwrap_or_default());
    let left = match DAYS.saturating_sub(passed_ms / (24 * 60 * 60 * 1000)) {
        0 | 1 => "deleted for good within a day".to_owned(),
        days => format!("deleted for good in {days} days"),
    };
    format!("{texts}, {marks} · {left}")
}
