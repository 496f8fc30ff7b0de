use leptos::prelude::*;
use protocol::StorageCheck;

use super::backup;
use super::{Ask, Shelf};
use crate::browser::{self, Space};
use crate::parts::{Icon, Picture};
use crate::state::{App, Sheet};
use crate::words;

/// A share of the disk above which the screen warns.
const NEARLY_FULL: f64 = 0.9;

/// When the last backup was, over all projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backup {
    /// There is nothing to save.
    Nothing,
    /// This many projects were never saved.
    Missing { never: u32, of: u32 },
    /// The project that waits longest was last saved then, and was changed since.
    Behind { at_ms: u64 },
    /// Nothing changed since.
    Fresh { at_ms: u64 },
}

/// How much is stored, whether it will stay, and when it was last saved elsewhere.
#[component]
pub(super) fn StorageCard() -> impl IntoView {
    let app = expect_context::<App>();
    let shelf = expect_context::<Shelf>();
    let backup = Memo::new(move |_| last_backup(shelf));
    let space = move || app.space.get().unwrap_or_default();
    let model_bytes =
        Memo::new(move |_| shelf.models.read().values().map(|it| it.bytes).sum::<u64>());
    let health = Memo::new(move |_| health(space(), backup.get()));
    let save = move |_| match shelf.shown.read_untracked().as_slice() {
        [] => {}
        [only] => browser::spawn(backup::save(app, shelf, vec![only.id.clone()])),
        _ => shelf.ask.set(Some(Ask::BackUp)),
    };
    view! {
        <section class="card" aria-labelledby="storage-title">
            <header>
                <h2 id="storage-title">"Storage"</h2>
                {move || {
                    let (class, icon, word) = health.get().chip();
                    view! { <span class=format!("chip end {class}")><Picture of=icon/>{word}</span> }
                }}
            </header>
            <div class="pad col storage">
                <div>
                    <div class="row">
                        <span>"Used by Nerine"</span>
                        <b class="end num">
                            {move || format!("{} of {}", words::bytes(space().used), words::bytes(space().quota))}
                        </b>
                    </div>
                    <Used space=Signal::derive(space) models=model_bytes/>
                </div>
                <hr/>
                <ul class="col checks">
                    <Persisted/>
                    <CheckState/>
                    <BackupState backup/>
                </ul>
                <button
                    class="btn" aria-disabled=move || shelf.shown.read().is_empty().to_string()
                    aria-describedby="backup-state" on:click=save
                >
                    <Picture of=Icon::Export/>
                    "Save a backup file"
                </button>
            </div>
        </section>
    }
}

/// A bar of what is used, and what for.
#[component]
fn Used(space: Signal<Space>, models: Memo<u64>) -> impl IntoView {
    let weights = move || (models.get() as f64).min(space.get().used);
    let rest = move || space.get().used - weights();
    let width = move |bytes: f64| {
        let quota = space.get().quota.max(1.0);
        // Whatever is there at all is seen.
        let least = if 0.0 < bytes { 0.6 } else { 0.0 };
        format!("{:.2}%", (100.0 * bytes / quota).clamp(least, 100.0))
    };
    view! {
        <div class="progress used" aria-hidden="true">
            <i class="L5" style:width=move || width(rest())></i>
            <i class="L4" style:width=move || width(weights())></i>
        </div>
        <ul class="meta num">
            <li class="row"><i class="used-dot L5"></i>"Texts, marks, undo history"<span class="end">{move || words::bytes(rest())}</span></li>
            <li class="row"><i class="used-dot L4"></i>"Models"<span class="end">{move || words::bytes(weights())}</span></li>
        </ul>
    }
}

/// Whether the browser promised to keep what is stored.
#[component]
fn Persisted() -> impl IntoView {
    let app = expect_context::<App>();
    let is_kept = Memo::new(move |_| app.space.get().is_some_and(|it| it.persisted));
    let ask = move |_| {
        browser::spawn(async move {
            let persisted = browser::persist().await;
            app.refresh_projects().await;
            app.say(match persisted {
                true => "The browser will keep your data.",
                false => "The browser did not promise it. Save a backup file now and then.",
            });
        });
    };
    view! {
        <li class="row">
            {move || match is_kept.get() {
                true => view! {
                    <span class="state ok"><Picture of=Icon::Accepted/></span>
                    <div>
                        <p class="fact">"The browser will keep your data"</p>
                        <p class="meta">"It clears nothing here unless you tell it to."</p>
                    </div>
                }.into_any(),
                false => view! {
                    <span class="state warn"><Picture of=Icon::Warning/></span>
                    <div>
                        <p class="fact">"The browser may clear your data"</p>
                        <p class="meta">"It may do so when the disk is nearly full."</p>
                        <button class="link meta" on:click=ask>"Ask it to keep them"</button>
                    </div>
                }.into_any(),
            }}
        </li>
    }
}

/// Whether everything can be read back, as far as that was tried.
#[component]
fn CheckState() -> impl IntoView {
    let app = expect_context::<App>();
    let check = app.check;
    let row = move || match check.last.get() {
        None => (
            Icon::Info,
            "",
            "Not checked yet".to_owned(),
            "Nerine can read everything back, to see that it is whole.".to_owned(),
        ),
        Some(StorageCheck { at_ms, projects, texts, damage }) => {
            let (icon, class, fact) = match damage.is_empty() {
                true => (Icon::Accepted, "ok", "Last check found no damage"),
                false => (Icon::Rejected, "bad", "Last check found damage"),
            };
            let read = format!(
                "{}, {}, {}",
                words::counted(projects, "project", "projects"),
                words::counted(texts, "text", "texts"),
                browser::when(at_ms)
            );
            (icon, class, fact.to_owned(), read)
        }
    };
    let damage = move || check.last.get().map(|it| it.damage).unwrap_or_default();
    let does = move || match check.running.get() {
        None if check.last.read().is_none() => "Check now".to_owned(),
        None => "Check again".to_owned(),
        Some((_, 0)) => "Checking …".to_owned(),
        Some((done, total)) => {
            format!("Checking, {} of {} texts …", words::count(done), words::count(total))
        }
    };
    view! {
        <li class="row">
            {move || {
                let (icon, class, ..) = row();
                view! { <span class=format!("state {class}")><Picture of=icon/></span> }
            }}
            <div>
                {move || {
                    let (.., fact, read) = row();
                    view! { <p class="fact">{fact}</p><p class="meta num">{read}</p> }
                }}
                <ul class="meta">
                    {move || damage().into_iter().map(|it| view! { <li dir="auto">{it}</li> }).collect_view()}
                </ul>
                <button
                    class="link meta num" aria-disabled=move || check.running.read().is_some().to_string()
                    on:click=move |_| app.check_storage()
                >{does}</button>
            </div>
        </li>
    }
}

#[component]
fn BackupState(backup: Memo<Backup>) -> impl IntoView {
    let clearing = "Clearing site data deletes everything. Save a copy.";
    let row = move || match backup.get() {
        Backup::Nothing => (
            Icon::Info,
            "",
            "Nothing to back up yet".to_owned(),
            "Projects that you make are kept on this device.",
        ),
        Backup::Missing { never, of } if never == of => {
            (Icon::Warning, "warn", "No backup yet".to_owned(), clearing)
        }
        Backup::Missing { never, .. } => {
            let what = words::counted(never, "project has no backup", "projects have no backup");
            (Icon::Warning, "warn", what, clearing)
        }
        Backup::Behind { at_ms } => {
            (Icon::Warning, "warn", format!("Last backup was {}", ago(at_ms)), clearing)
        }
        Backup::Fresh { at_ms } => (
            Icon::Accepted,
            "ok",
            format!("Last backup was {}", ago(at_ms)),
            "Nothing has changed since.",
        ),
    };
    view! {
        <li class="row" id="backup-state">
            {move || {
                let (icon, class, fact, meaning) = row();
                view! {
                    <span class=format!("state {class}")><Picture of=icon/></span>
                    <div><p class="fact">{fact}</p><p class="meta">{meaning}</p></div>
                }
            }}
        </li>
    }
}

/// Where to begin, and where the keys are told.
#[component]
pub(super) fn FirstTime() -> impl IntoView {
    let app = expect_context::<App>();
    view! {
        <section class="card pad col first-time">
            <h2>"First time here?"</h2>
            <p class="soft">"Mark a few texts, train a model on them, see its mistakes. Every step can be done by mouse or by key."</p>
            <button class="link" on:click=move |_| app.sheet.set(Some(Sheet::Keys))>"Show all keys"</button>
        </section>
    }
}

/// What the chip at the top says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Healthy,
    NoBackup,
    MayBeCleared,
    NearlyFull,
}

impl Health {
    fn chip(self) -> (&'static str, Icon, &'static str) {
        match self {
            Health::Healthy => ("ok", Icon::Accepted, "Healthy"),
            Health::NoBackup => ("warn", Icon::Warning, "Back up"),
            Health::MayBeCleared => ("warn", Icon::Warning, "Not protected"),
            Health::NearlyFull => ("bad", Icon::Rejected, "Nearly full"),
        }
    }
}

fn health(space: Space, backup: Backup) -> Health {
    let is_saved = matches!(backup, Backup::Nothing | Backup::Fresh { .. });
    match (space.persisted, is_saved) {
        _ if 0.0 < space.quota && NEARLY_FULL < space.used / space.quota => Health::NearlyFull,
        // An empty place needs no protection.
        (_, _) if backup == Backup::Nothing => Health::Healthy,
        (false, false) => Health::MayBeCleared,
        (true, false) => Health::NoBackup,
        (_, true) => Health::Healthy,
    }
}

fn last_backup(shelf: Shelf) -> Backup {
    let shown = shelf.shown.read();
    if shown.is_empty() {
        return Backup::Nothing;
    }
    let never = shown.iter().filter(|it| it.exported_ms.is_none()).count() as u32;
    if 0 < never {
        return Backup::Missing { never, of: shown.len() as u32 };
    }
    let is_behind = |it: &&project::ProjectRecord| it.exported_ms < Some(it.changed_ms);
    let oldest = shown.iter().filter(is_behind).filter_map(|it| it.exported_ms).min();
    let newest = shown.iter().filter_map(|it| it.exported_ms).max().unwrap_or_default();
    oldest.map_or(Backup::Fresh { at_ms: newest }, |at_ms| Backup::Behind { at_ms })
}

/// “today, 14:32”, “yesterday”, “9 days ago”.
fn ago(at_ms: u64) -> String {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let days = browser::now_ms().saturating_sub(at_ms) / DAY_MS;
    match (days, browser::when(at_ms)) {
        (2.., _) => format!("{} days ago", words::count(days)),
        (_, when) if when.contains(':') => format!("today, {when}"),
        (_, when) if when == "yesterday" => when,
        (_, when) => format!("on {when}"),
    }
}
