use leptos::prelude::*;
use project::ExperimentId;
use protocol::ReportForm;
use storage::ExperimentRecord;

use super::{Compare, Opened};
use crate::browser;
use crate::parts::{Dialog, Icon, Picture};
use crate::state::App;
use crate::words;

const FORMS: [(ReportForm, &str, &str); 3] = [
    (
        ReportForm::Html,
        "Report as HTML",
        "A page in one file, with its plots. Opens in any browser, and prints.",
    ),
    (
        ReportForm::Markdown,
        "Report as Markdown",
        "The same words and tables as text, for notes or a paper.",
    ),
    (ReportForm::Csv, "Table as CSV", "The figures alone, for a spreadsheet or a script."),
];

/// Reports to save, and the other comparisons of the project.
#[component]
pub(super) fn Home() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let has_figures = Memo::new(move |_| compare.has_figures());
    view! {
        <div class="compare-pair">
            <Show when=move || has_figures.get()><Reports/></Show>
            <Earlier/>
        </div>
    }
}

#[component]
fn Reports() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let save = move |form| {
        if let Some(id) = compare.shown.get_untracked() {
            app.save_experiment_report(id, form);
        }
    };
    let is_packing = Memo::new(move |_| app.comparing.packing.read().is_some());
    let pack = move |_| {
        if let Some(id) = compare.shown.get_untracked() {
            app.save_spacy_project(id);
        }
    };
    view! {
        <section class="card" aria-labelledby="compare-home">
            <header><h2 id="compare-home">"Take it home"</h2></header>
            <ul class="reports">
                {FORMS.map(|(form, name, note)| view! {
                    <li>
                        <button class="btn" on:click=move |_| save(form)><Picture of=Icon::Export/>{name}</button>
                        <p class="meta">{note}</p>
                    </li>
                })}
                <li>
                    <button class="btn" aria-disabled=move || is_packing.get().to_string() on:click=pack><Picture of=Icon::Export/>"spaCy project"</button>
                    <p class="meta">{move || match app.comparing.packing.get() {
                        None => "The same comparison for spaCy, as a zip: spacy project run all trains it there, a script spreads it over a Ray cluster.".to_owned(),
                        Some(done) => format!("Packing: {}", words::bytes(done as f64)),
                    }}</p>
                </li>
            </ul>
        </section>
    }
}

/// All comparisons of the project, newest first, to look at one.
#[component]
fn Earlier() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let asking = RwSignal::new(None::<ExperimentId>);
    // Runs that go on change the records, and nothing that is said here.
    let all = Memo::new(move |_| {
        let all = app.comparing.all.read();
        all.iter().flat_map(|it| it.iter().rev()).map(Summary::of).collect::<Vec<_>>()
    });
    let rows = move || all.get().into_iter().map(|of| view! { <Row of asking/> }).collect_view();
    let start = move |_| {
        app.comparing.refused.set(None);
        compare.opened.set(Some(Opened::New));
    };
    view! {
        <section class="card" aria-labelledby="compare-earlier">
            <header>
                <h2 id="compare-earlier">"Comparisons"</h2>
                <Show when=move || app.work.is_writable.get()>
                    <button class="btn small end" on:click=start><Picture of=Icon::Plus/>"New comparison"</button>
                </Show>
            </header>
            <ul class="earlier">{rows}</ul>
        </section>
        {move || asking.get().map(|id| view! { <Delete id asking/> })}
    }
}

/// What a row says of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Summary {
    id: ExperimentId,
    when: String,
    counts: String,
    names: String,
}

impl Summary {
    fn of(record: &ExperimentRecord) -> Self {
        let names: Vec<&str> = record.experiment.bases.iter().map(|it| it.name.as_str()).collect();
        let n_bases = words::counted(names.len() as u32, "base", "bases");
        let n_runs = words::counted(record.queue.jobs().len() as u32, "run", "runs");
        Self {
            id: record.id,
            when: browser::when(record.started_ms),
            counts: format!("{n_bases} · {n_runs}"),
            names: names.join(", "),
        }
    }
}

#[component]
fn Row(of: Summary, asking: RwSignal<Option<ExperimentId>>) -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let Summary { id, when, counts, names } = of;
    let delete = format!("Delete the comparison of {when}");
    view! {
        <li class="row">
            <button
                class="run-row" aria-current=move || (compare.shown.get() == Some(id)).then_some("true")
                on:click=move |_| app.comparing.viewed.set(Some(id))
            >
                <span class="run-name">{when}</span>
                <span class="meta num earlier-counts">{counts}</span>
                <bdi class="meta cut">{names}</bdi>
            </button>
            <Show when=move || app.work.is_writable.get()>
                <button class="btn quiet small only-icon" aria-label=delete.clone() title="Delete" on:click=move |_| asking.set(Some(id))>
                    <Picture of=Icon::Trash/>
                </button>
            </Show>
        </li>
    }
}

#[component]
fn Delete(id: ExperimentId, asking: RwSignal<Option<ExperimentId>>) -> impl IntoView {
    let app = expect_context::<App>();
    let record = untrack(|| app.comparing.experiment(id));
    let n_runs = record.as_ref().map_or(0, |it| it.queue.jobs().len() as u32);
    let n_models = record.as_ref().map_or(0, |it| it.own_runs().count() as u32);
    let n_taken = record.as_ref().map_or(0, |it| it.taken.len() as u32);
    let when = record.map(|it| browser::when(it.started_ms)).unwrap_or_default();
    let stay = match n_taken {
        0 => String::new(),
        1 => " The model that you took stays.".to_owned(),
        n => format!(" The {} models that you took stay.", words::count(n)),
    };
    let what = format!(
        "Its {} go, with {} and all figures. There is no other copy.{stay} Texts and marks stay.",
        words::counted(n_runs, "run", "runs"),
        words::counted(n_models, "model", "models"),
    );
    let delete = move |_| {
        asking.set(None);
        app.comparing.viewed.set(None);
        app.delete_experiment(id);
        browser::focus("compare-title");
    };
    view! {
        <Dialog name="Delete this comparison" on_close=move |()| asking.set(None)>
            <div class="dialog-form">
                <h1>{format!("Delete the comparison of {when}?")}</h1>
                <p class="soft">{what}</p>
                <div class="row dialog-foot">
                    <button class="btn" autofocus on:click=move |_| asking.set(None)>"Keep"</button>
                    <button class="btn danger" on:click=delete>"Delete"</button>
                </div>
            </div>
        </Dialog>
    }
}
