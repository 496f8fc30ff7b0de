//! The Align screen: which marks fall on the tokens of which bases, and what corrects the others.

mod base_table;
mod count;
mod foot;
mod head;
mod lists;
mod place;
mod rows;

use std::sync::Arc;

use corpus::Label;
use leptos::prelude::*;
use protocol::{AlignedRow, Alignment, CallId, MarkFix};
use screen::alignment::names;

use crate::browser;
use crate::parts::{Bar, Brand, Icon, Picture};
use crate::state::{App, Saved};
use crate::words;

use count::{count, stop};
use foot::Foot;
use head::{Bases, Tools};
use lists::{Labels, Texts};
use rows::Rows;

/// What the rows of the table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Marks,
    Labels,
    Texts,
}

/// A count that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counting {
    call: CallId,
    done: u64,
    total: u64,
}

/// What the screen knows.
#[derive(Clone, Copy)]
struct Table {
    /// The bases that are compared, in the order in which they are offered.
    bases: RwSignal<Vec<String>>,
    report: RwSignal<Option<Arc<Alignment>>>,
    counting: RwSignal<Option<Counting>>,
    /// Whether the last count was given up.
    is_stopped: RwSignal<bool>,
    /// Why there is no report, or marks were not corrected.
    trouble: RwSignal<Option<String>>,
    /// Texts read so far, while marks are corrected.
    fixing: RwSignal<Option<u32>>,
    view: RwSignal<View>,
    label: RwSignal<Option<Label>>,
    query: RwSignal<String>,
    /// The row whose places are shown.
    open: RwSignal<Option<AlignedRow>>,
    /// How many rows are on the page.
    limit: RwSignal<usize>,
    /// Grows with every count, so that one that comes late is dropped.
    asked: StoredValue<u32>,
}

/// How many rows come on the page at a time.
const STEP: usize = 60;
/// Where the choice of bases is kept in this browser.
const CHOICE: &str = "align-bases";

impl Table {
    fn new(app: App) -> Self {
        let used = app.base();
        let storage = browser::window().local_storage().ok().flatten();
        let kept = storage.and_then(|it| it.get_item(CHOICE).ok().flatten());
        let kept = kept.unwrap_or_else(|| "blank:en,blank:xx,scispacy".to_owned());
        let is_shown = |it: &String| *it == used || kept.split(',').any(|kept| kept == it);
        Self {
            bases: RwSignal::new(names_of(app).filter(is_shown).collect()),
            report: RwSignal::new(None),
            counting: RwSignal::new(None),
            is_stopped: RwSignal::new(false),
            trouble: RwSignal::new(None),
            fixing: RwSignal::new(None),
            view: RwSignal::new(View::Marks),
            label: RwSignal::new(None),
            query: RwSignal::new(String::new()),
            open: RwSignal::new(None),
            limit: RwSignal::new(STEP),
            asked: StoredValue::new(0),
        }
    }

    /// Shows a base, or no longer. The used one stays.
    fn toggle(self, app: App, name: &str) {
        let used = app.base();
        let is_shown = |it: &String| {
            let was = self.bases.read_untracked().contains(it);
            *it == used || (was != (it == name))
        };
        let shown: Vec<String> = names_of(app).filter(is_shown).collect();
        if let Some(storage) = browser::window().local_storage().ok().flatten() {
            // Without local storage the choice lasts as long as the screen.
            let _kept = storage.set_item(CHOICE, &shown.join(","));
        }
        self.bases.set(shown);
    }

    /// Whether the report is of the bases that are chosen.
    fn place_of(self, base: &str) -> Option<usize> {
        self.report.read().as_ref()?.bases.iter().position(|it| it.name == base)
    }

    /// The rows that the filters leave.
    fn rows(self) -> Vec<AlignedRow> {
        let report = self.report.read();
        let Some(report) = report.as_ref() else { return Vec::new() };
        let (label, query) = (self.label.read(), self.query.read().to_lowercase());
        let takes = |it: &&AlignedRow| {
            label.as_ref().is_none_or(|label| it.label == *label)
                && it.text.to_lowercase().contains(&query)
        };
        report.rows.iter().filter(takes).cloned().collect()
    }
}

/// The names of the bases that can be columns.
fn names_of(app: App) -> impl Iterator<Item = String> {
    untrack(|| app.bases.usable()).into_iter().map(|it| it.0)
}

/// The Align screen.
#[component]
pub(crate) fn AlignScreen() -> impl IntoView {
    let app = expect_context::<App>();
    let table = Table::new(app);
    provide_context(table);
    let used = Memo::new(move |_| app.work.project.read().as_ref().map(|it| it.base.clone()));
    Effect::new(move || {
        // The base that is used is always among those that are shown.
        if let Some(used) = used.get()
            && !table.bases.read_untracked().contains(&used)
        {
            table.toggle(app, &used);
        }
    });
    // Counted again when other bases are wanted, and when something was saved meanwhile.
    let saved_at = Memo::new(move |_| match &*app.work.saved.read() {
        Saved::OnDevice { at_ms } => Some(*at_ms),
        Saved::Nothing | Saved::Saving | Saved::Not { .. } => None,
    });
    Effect::new(move || {
        table.bases.track();
        if saved_at.get().is_some() {
            browser::spawn(count(app, table));
        }
    });
    on_cleanup(move || stop(app, table));
    view! {
        <main class="screen align">
            <div class="align-head">
                <div class="grow">
                    <h1>"Do your marks fit the words?"</h1>
                    <p class="soft">"A model reads words, not letters. A mark that cuts through a word cannot be learned as it stands."</p>
                </div>
                <Tools/>
            </div>
            <Bases/>
            <Trouble/>
            <Progress/>
            <Body/>
            <Foot/>
        </main>
    }
}

#[component]
fn Trouble() -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let again = move |_| browser::spawn(count(app, table));
    move || {
        let why = table.trouble.get();
        let is_bad = why.is_some();
        let why =
            why.or_else(|| table.is_stopped.get().then(|| "The count was stopped.".to_owned()));
        why.map(|why| {
            view! {
                <div class=if is_bad { "banner bad" } else { "banner" } role="alert">
                    <Picture of=if is_bad { Icon::Rejected } else { Icon::Warning }/>
                    <p class="grow">{why}</p>
                    <button class="btn small" on:click=again>"Count again"</button>
                </div>
            }
        })
    }
}

/// How far the count is, or the correction.
#[component]
fn Progress() -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let done = Signal::derive(move || {
        table.counting.read().as_ref().map_or(0.0, |it| it.done as f64 / it.total.max(1) as f64)
    });
    let words = move || match &*table.counting.read() {
        Some(it) if it.total != 0 => {
            format!("{} of {} texts looked at", words::count(it.done), words::count(it.total))
        }
        _ => "Reading the texts".to_owned(),
    };
    // A short count is over before anybody could read of it.
    let is_long =
        Memo::new(move |_| table.counting.read().as_ref().is_some_and(|it| it.total != 0));
    view! {
        <Show when=move || is_long.get()>
            <div class="banner info">
                <Picture of=Icon::Half/>
                <div class="grow"><p>{words}</p><Bar done name="Count"/></div>
                <button class="btn small" on:click=move |_| stop(app, table)>"Stop"</button>
            </div>
        </Show>
        {move || table.fixing.get().map(|n| view! {
            <div class="banner info" role="status">
                <Picture of=Icon::Half/>
                <p>{format!("Correcting marks: {} read.", words::counted(n, "text", "texts"))}</p>
            </div>
        })}
    }
}

#[component]
fn Body() -> impl IntoView {
    let table = expect_context::<Table>();
    let kind = Memo::new(move |_| {
        let report = table.report.read();
        let report = report.as_ref()?;
        let has_marks = report.bases.first().is_some_and(|it| it.counts.spans != 0);
        Some((has_marks, report.n_rows != 0))
    });
    move || {
        match (kind.get(), table.view.get()) {
        (None, _) => {
            view! { <section class="card align-card" aria-busy="true"><p class="pad meta">"Holding your marks against the tokens …"</p></section> }.into_any()
        }
        (Some((false, _)), _) => view! { <NoMarks/> }.into_any(),
        (Some((true, false)), View::Marks) => view! { <AllFit/> }.into_any(),
        (Some((true, true)), View::Marks) => view! { <Rows/> }.into_any(),
        (Some((true, _)), View::Labels) => view! { <Labels/> }.into_any(),
        (Some((true, _)), View::Texts) => view! { <Texts/> }.into_any(),
    }
    }
}

#[component]
fn NoMarks() -> impl IntoView {
    view! {
        <section class="card align-card"><div class="empty">
            <Brand size=48/>
            <h2>"No marks yet"</h2>
            <p>"Mark something on Annotate. Here you see then whether it falls on words."</p>
        </div></section>
    }
}

#[component]
fn AllFit() -> impl IntoView {
    let table = expect_context::<Table>();
    let sentence = move || {
        let report = table.report.get();
        let all: Vec<String> =
            report.iter().flat_map(|it| &it.bases).map(|it| it.name.clone()).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        format!("Every mark falls on the tokens of {}.", names(&all))
    };
    view! {
        <section class="card align-card"><div class="empty">
            <Brand size=48/>
            <h2>{sentence}</h2>
            <p>"Nothing has to be corrected. Choose other bases above to compare."</p>
        </div></section>
    }
}

/// Moves marks, says what became of them, and offers to take it back.
async fn fix(app: App, table: Table, fixes: Vec<MarkFix>) {
    if table.fixing.get_untracked().is_some() {
        return;
    }
    table.trouble.set(None);
    table.fixing.set(Some(0));
    let told = move |n: usize| {
        // The screen may be gone by now.
        let _gone = table.fixing.try_set(Some(n as u32));
    };
    let outcome = app.fix_marks(fixes, told).await;
    let _gone = table.fixing.try_set(None);
    match outcome {
        Ok(fixed) if fixed.done == 0 => app.say(fixed.words()),
        Ok(fixed) => app.say_with_undo(fixed.words()),
        Err(why) => app.say(why),
    }
}
