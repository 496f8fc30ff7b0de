use std::collections::BTreeSet;

use leptos::prelude::*;
use project::ProjectId;

use super::Shelf;
use crate::browser;
use crate::parts::Dialog;
use crate::state::App;
use crate::words;

/// Saves projects to a file each, one after the other.
pub(super) async fn save(app: App, shelf: Shelf, ids: Vec<ProjectId>) {
    let mut saved = Vec::new();
    for id in ids {
        let name = untrack(|| shelf.record(&id)).map(|it| it.name).unwrap_or_default();
        let _left = shelf.busy.try_set(Some(format!("Writing “{name}” …")));
        match app.back_up(id).await {
            Ok(file) => saved.push(file),
            Err(why) => {
                let _left = shelf.busy.try_set(None);
                let _left = shelf.failed.try_set(Some(format!("“{name}” was not saved. {why}")));
                return;
            }
        }
    }
    let _left = shelf.busy.try_set(None);
    let _left = shelf.failed.try_set(None);
    match saved.as_slice() {
        [] => {}
        [file] => app.say(format!("Saved as {file}. The browser puts it with your downloads.")),
        files => app.say(format!(
            "Saved {}. The browser puts them with your downloads.",
            words::counted(files.len() as u64, "file", "files")
        )),
    }
}

/// Asks which projects to save.
#[component]
pub(super) fn BackupAsk() -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = expect_context::<Shelf>();
    let close = move || shelf.ask.set(None);
    let records = shelf.shown.get_untracked();
    // What changed since it was last saved is chosen; if nothing did, the most recent one.
    let is_behind = |changed: u64, saved: Option<u64>| saved.is_none_or(|it| it < changed);
    let behind = records.iter().filter(|it| is_behind(it.changed_ms, it.exported_ms));
    let mut chosen: BTreeSet<ProjectId> = behind.map(|it| it.id.clone()).collect();
    if chosen.is_empty() {
        chosen.extend(records.first().map(|it| it.id.clone()));
    }
    let chosen = RwSignal::new(chosen);
    let save_them = move |_| {
        let ids: Vec<ProjectId> = chosen.get_untracked().into_iter().collect();
        if ids.is_empty() {
            return;
        }
        close();
        browser::spawn(save(app, shelf, ids));
    };
    view! {
        <Dialog name="Save a backup file" on_close=move |()| close()>
            <div class="col ask">
                <h1>"Save a backup file"</h1>
                <p class="soft">"A file holds a whole project: texts, marks, labels, models, and what can be undone. Drop it here to bring it back."</p>
                <ul class="backup-list">
                    {records.into_iter().map(|record| {
                        let (id, changed) = (record.id.clone(), record.id.clone());
                        let last = match record.exported_ms {
                            Some(at) => format!("last saved {}", browser::when(at)),
                            None => "never saved".to_owned(),
                        };
                        view! {
                            <li>
                                <label class="tick">
                                    <input
                                        type="checkbox" prop:checked=move || chosen.read().contains(&id)
                                        on:change=move |event| chosen.update(|it| {
                                            match event_target_checked(&event) {
                                                true => it.insert(changed.clone()),
                                                false => it.remove(&changed),
                                            };
                                        })
                                    />
                                    <span class="grow cut"><bdi>{record.name}</bdi></span>
                                    <span class="meta num">{last}</span>
                                </label>
                            </li>
                        }
                    }).collect_view()}
                </ul>
                <div class="row dialog-answers">
                    <button class="btn" on:click=move |_| close()>"Cancel"</button>
                    <button
                        class="btn primary" autofocus
                        aria-disabled=move || chosen.read().is_empty().to_string() on:click=save_them
                    >
                        {move || match chosen.read().len() {
                            0 => "Choose a project".to_owned(),
                            n => format!("Save {}", words::counted(n as u64, "file", "files")),
                        }}
                    </button>
                </div>
            </div>
        </Dialog>
    }
}
