//! What the page knows: one state of named signals. Views read it; what changes it, or reaches
//! outside, is a method here.

mod align;
mod bases;
mod check;
mod companion;
mod comparing;
mod edits;
mod import;
mod labels;
mod open;
mod projects;
mod suggest;
mod training;
mod workspace;

use std::rc::Rc;
use std::sync::Arc;

use futures::lock::Mutex;
use leptos::prelude::*;
use project::{ProjectId, ProjectRecord};
use storage::{IndexedDb, Store, StoreError};

pub(crate) use bases::{Bases, how_far};
pub(crate) use check::Check;
pub(crate) use companion::{Companion, LEAST_ACCEPTED};
pub(crate) use comparing::{Blind, Comparing, Judging};
pub(crate) use edits::Saved;
pub(crate) use import::{Added, Doing, Import, Running};
pub(crate) use open::OpenText;
pub(crate) use training::{FromConfig, Graphics, Live, Phase, Suggesting, Training, choice_name};
pub(crate) use workspace::{DocState, Filter, Focus, Order, Workspace};

use crate::browser::{self, Space};
use crate::route::Route;
use crate::workers::Workers;

/// A message at the foot of the page, and perhaps what takes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) undo: bool,
    /// Tells one message from the next of the same words.
    pub(crate) number: u32,
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sheet {
    /// All keys.
    Keys,
    /// All commands, by name.
    Commands,
    /// The labels of the project.
    Labels,
    /// A note for the text in front.
    Flag,
}

/// What the page's colours follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

/// The page's state. A handful of pointers, so it is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct App {
    pub(crate) route: RwSignal<Route>,
    pub(crate) theme: RwSignal<Theme>,
    pub(crate) sheet: RwSignal<Option<Sheet>>,
    pub(crate) toast: RwSignal<Option<Toast>>,
    /// What a screen reader is told next.
    pub(crate) spoken: RwSignal<String>,
    /// All projects, those in the trash too; none until they are read.
    pub(crate) projects: RwSignal<Option<Arc<Vec<ProjectRecord>>>>,
    pub(crate) space: RwSignal<Option<Space>>,
    pub(crate) check: Check,
    /// Why nothing can be stored, when nothing can.
    pub(crate) broken_storage: RwSignal<Option<String>>,
    /// The open project.
    pub(crate) work: Workspace,
    pub(crate) import: Import,
    pub(crate) training: Training,
    pub(crate) companion: Companion,
    pub(crate) comparing: Comparing,
    pub(crate) bases: Bases,
    store: StoredValue<Option<Rc<IndexedDb>>, LocalStorage>,
    workers: StoredValue<Rc<Workers>, LocalStorage>,
    /// Held while a number is given, so that nobody gets the same.
    numbering: StoredValue<Rc<Mutex<()>>, LocalStorage>,
}

impl App {
    pub(crate) fn new() -> Self {
        let route = Route::parse(&browser::window().location().hash().unwrap_or_default());
        let companion = Companion::new();
        Self {
            route: RwSignal::new(route),
            theme: RwSignal::new(Theme::of_page()),
            sheet: RwSignal::new(None),
            toast: RwSignal::new(None),
            spoken: RwSignal::new(String::new()),
            projects: RwSignal::new(None),
            space: RwSignal::new(None),
            check: Check::new(),
            broken_storage: RwSignal::new(None),
            work: Workspace::new(companion),
            import: Import::new(),
            training: Training::new(),
            companion,
            comparing: Comparing::new(),
            bases: Bases::new(),
            store: StoredValue::new_local(None),
            workers: StoredValue::new_local(Rc::new(Workers::new())),
            numbering: StoredValue::new_local(Rc::new(Mutex::new(()))),
        }
    }

    /// Opens storage, then whatever the address says.
    pub(crate) fn start(self) {
        browser::spawn(async move {
            match IndexedDb::open(IndexedDb::NAME).await {
                Ok(store) => self.store.set_value(Some(Rc::new(store))),
                Err(error) => return self.broken_storage.set(Some(sentence(&error))),
            }
            self.read_last_check().await;
            self.read_companion().await;
            self.empty_old_trash().await;
            self.refresh_projects().await;
            self.refresh_bases().await;
            self.follow_route();
        });
    }

    /// The store; none until it is open, and where the browser has none.
    pub(crate) fn store(self) -> Option<Rc<IndexedDb>> {
        self.store.get_value()
    }

    /// The programs beside the page.
    pub(crate) fn workers(self) -> Rc<Workers> {
        self.workers.get_value()
    }

    /// Goes somewhere, as if the address had been typed.
    #[expect(clippy::unused_self, reason = "called as the other moves are")]
    pub(crate) fn go(self, route: Route) {
        let changed = browser::window().location().set_hash(&route.hash());
        debug_assert!(changed.is_ok(), "a hash can always be set");
    }

    /// Reads the address again, after it changed.
    pub(crate) fn follow_route(self) {
        let route = Route::parse(&browser::window().location().hash().unwrap_or_default());
        self.route.set(route.clone());
        self.sheet.set(None);
        match route.project {
            None => self.close_project(),
            Some(project) => self.open_project(project, route.doc),
        }
    }

    /// Says something at the foot of the page and to screen readers.
    pub(crate) fn say(self, text: impl Into<String>) {
        self.tell(text.into(), false);
    }

    /// The same, with a button that takes the last edit back.
    pub(crate) fn say_with_undo(self, text: impl Into<String>) {
        self.tell(text.into(), true);
    }

    fn tell(self, text: String, undo: bool) {
        let number = self.toast.read_untracked().as_ref().map_or(0, |it| it.number) + 1;
        self.spoken.set(text.clone());
        self.toast.set(Some(Toast { text, undo, number }));
        gloo::timers::callback::Timeout::new(8_000, move || self.drop_toast(number)).forget();
    }

    /// Takes a message away, unless another has taken its place or it is being looked at.
    fn drop_toast(self, number: u32) {
        let is_shown = self.toast.read_untracked().as_ref().is_some_and(|it| it.number == number);
        if !is_shown {
            return;
        }
        let held = browser::document().query_selector(".toast:hover, .toast:focus-within");
        match held.ok().flatten() {
            Some(_) => {
                let again = move || self.drop_toast(number);
                gloo::timers::callback::Timeout::new(2_000, again).forget();
            }
            None => self.toast.set(None),
        }
    }

    /// Reads all projects and the space they take.
    pub(crate) async fn refresh_projects(self) {
        let Some(store) = self.store() else { return };
        match store.projects().await {
            Ok(mut projects) => {
                projects.sort_by_key(|it| std::cmp::Reverse(it.changed_ms));
                self.projects.set(Some(Arc::new(projects)));
            }
            Err(error) => self.broken_storage.set(Some(sentence(&error))),
        }
        self.space.set(browser::space().await);
    }

    /// Changes a project's record, in storage and on the screen.
    pub(crate) async fn update_project(
        self,
        id: ProjectId,
        change: impl FnOnce(&mut ProjectRecord) + 'static,
    ) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Ok(()) };
        let record = store.update_project(&id, change).await?;
        if self.work.project.read_untracked().as_ref().is_some_and(|it| it.id == id) {
            self.work.project.set(Some(record));
        }
        self.refresh_projects().await;
        Ok(())
    }

    /// The same in the background; what goes wrong is said.
    pub(crate) fn update_project_soon(
        self,
        id: ProjectId,
        change: impl FnOnce(&mut ProjectRecord) + 'static,
    ) {
        browser::spawn(async move {
            if let Err(error) = self.update_project(id, change).await {
                self.say(sentence(&error));
            }
        });
    }

    /// Deletes what has been in the trash for seven days.
    async fn empty_old_trash(self) {
        const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1000;
        let Some(store) = self.store() else { return };
        let Ok(projects) = store.projects().await else { return };
        let now = browser::now_ms();
        for project in projects {
            if project.trashed_ms.is_none_or(|at| now <= at + WEEK_MS) {
                continue;
            }
            // Another tab may be filling it just now.
            let lock = browser::lock(&import::import_lock(&project.id)).await;
            if !matches!(lock, browser::Lock::Taken)
                && let Err(error) = store.delete_project(&project.id).await
            {
                self.say(sentence(&error));
            }
        }
    }
}

impl Theme {
    /// What the start script chose: the person's choice, else the system's.
    fn of_page() -> Self {
        let chosen = browser::window().local_storage().ok().flatten();
        match chosen.and_then(|it| it.get_item("theme").ok().flatten()).as_deref() {
            Some("dark") => Theme::Dark,
            Some("light") => Theme::Light,
            _ => {
                let query = browser::window().match_media("(prefers-color-scheme: dark)");
                match query.ok().flatten().is_some_and(|it| it.matches()) {
                    true => Theme::Dark,
                    false => Theme::Light,
                }
            }
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Light,
        }
    }
}

/// An error as a sentence on the screen: “The disk is full: …”
pub(crate) fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
