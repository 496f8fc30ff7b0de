use std::collections::BTreeSet;

use corpus::Label;
use experiment::stats::Summary;
use experiment::{BaseKey, Column, Direction, Filter, Measure, Row, Table};
use leptos::prelude::*;
use screen::compare::Scale;

use super::detail::{Against, Detail};
use super::interval::{Interval, spread};
use super::{Compare, Opened};
use crate::parts::{Icon, Picture, Shape};
use crate::state::App;
use crate::words;

/// What the table shows.
#[derive(Clone, Copy)]
struct View {
    /// What rows are sorted by.
    order: RwSignal<(Sorted, Direction)>,
    /// The label whose figures are shown; none for all together.
    label: RwSignal<Option<Label>>,
    /// Rows whose names hold this.
    query: RwSignal<String>,
    /// The rows that show more.
    open: RwSignal<BTreeSet<BaseKey>>,
}

/// What rows can be sorted by, whatever the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sorted {
    Base,
    Of(Measure),
    Aligned,
    Size,
    Speed,
    Training,
}

impl Sorted {
    fn column(self, label: Option<Label>) -> Column {
        match (self, label) {
            (Sorted::Base, _) => Column::Base,
            (Sorted::Of(measure), None) => Column::Micro(measure),
            (Sorted::Of(measure), Some(label)) => Column::Label(label, measure),
            (Sorted::Aligned, _) => Column::Aligned,
            (Sorted::Size, _) => Column::Size,
            (Sorted::Speed, _) => Column::WordsPerSec,
            (Sorted::Training, _) => Column::TrainSecs,
        }
    }

    /// The way that is wanted first.
    fn first(self) -> Direction {
        match self {
            Sorted::Base | Sorted::Size | Sorted::Training => Direction::Up,
            Sorted::Of(_) | Sorted::Aligned | Sorted::Speed => Direction::Down,
        }
    }
}

/// A figure of a row: of the label, else of all labels.
fn figure(row: &Row, label: Option<&Label>, measure: Measure) -> Option<Summary> {
    match (label, measure) {
        (None, Measure::F1) => Some(row.f1()),
        (None, measure) => Some(*row.micro.get(measure)),
        (Some(label), measure) => row.labels.get(label).map(|it| *it.get(measure)),
    }
}

/// Every base with its figures.
#[component]
pub(super) fn Bases() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let view = View {
        order: RwSignal::new((Sorted::Of(Measure::F1), Direction::Down)),
        label: RwSignal::new(None),
        query: RwSignal::new(String::new()),
        open: RwSignal::default(),
    };
    let table = Memo::new(move |_| -> Table {
        let compared = compare.compared.read();
        let Some(compared) = compared.as_ref() else { return Table::default() };
        let filter = Filter { name: view.query.get(), labels: Vec::new() };
        let mut table = compared.comparison.table.filtered(&filter);
        let (sorted, direction) = view.order.get();
        table.sort(&sorted.column(view.label.get()), direction);
        table
    });
    let scale = Memo::new(move |_| {
        let compared = compare.compared.read();
        let rows = compared.iter().flat_map(|it| &it.comparison.table.rows);
        let label = view.label.read();
        let figures = rows.filter_map(|it| figure(it, label.as_ref(), Measure::F1));
        Scale::of(&figures.collect::<Vec<_>>())
    });
    let says = move || {
        let compared = compare.compared.read();
        let Some(it) = compared.as_ref().map(|it| &it.comparison) else { return String::new() };
        let n_spans = it.table.rows.iter().map(|it| it.gold).max().unwrap_or(0);
        format!(
            "{} scored · {} · {} each",
            words::counted(it.n_docs, "text", "texts"),
            words::counted(n_spans, "span", "spans"),
            words::counted(it.n_seeds, "seed", "seeds"),
        )
    };
    let open = move |opened| {
        compare.opened.set(Some(opened));
        app.comparing.refused.set(None);
    };
    let add = move |_| {
        if let Some(id) = compare.shown.get_untracked() {
            open(Opened::MoreBases(id));
        }
    };
    let is_empty = Memo::new(move |_| table.read().rows.is_empty());
    let order = move || table.read().rows.iter().map(|it| it.base.clone()).collect::<Vec<_>>();
    view! {
        <section class="card bases-card" aria-labelledby="compare-bases">
            <header class="wrap">
                <h2 id="compare-bases">"Bases"</h2>
                <span class="meta">{says}</span>
                <div class="row wrap end bases-tools">
                    <Tools view/>
                    <Show when=move || app.work.is_writable.get()>
                        <button class="btn small quiet" on:click=move |_| open(Opened::New)>"New comparison"</button>
                        <button class="btn small" on:click=add><Picture of=Icon::Plus/>"Add base"</button>
                    </Show>
                </div>
            </header>
            <div class="scroll-x" tabindex="0" role="region" aria-label="Bases, as a table">
                <table class="bases-table">
                    <thead><tr>
                        <Head view of=Sorted::Base name="Base" is_number=false/>
                        <Head view of=Sorted::Of(Measure::F1) name="F1"/>
                        <th scope="col" class="range-head">"95 % range "<span class="num range-scale">{move || scale.read().words()}</span></th>
                        <Head view of=Sorted::Of(Measure::Precision) name="Precision"/>
                        <Head view of=Sorted::Of(Measure::Recall) name="Recall"/>
                        <Head view of=Sorted::Aligned name="Aligned spans"/>
                        <Head view of=Sorted::Size name="Size"/>
                        <Head view of=Sorted::Speed name="Words/s"/>
                        <Head view of=Sorted::Training name="Training"/>
                        <th scope="col">{move || if view.label.read().is_some() { "Against the best, all labels" } else { "Against the best" }}</th>
                        <th><span class="unseen">"More"</span></th>
                    </tr></thead>
                    <tbody>
                        <For each=order key=Clone::clone let:base><BaseRow base table scale view/></For>
                        <Show when=move || is_empty.get()>
                            <tr><td colspan=N_COLUMNS class="meta">"No base has this in its name."</td></tr>
                        </Show>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

/// Columns of the table.
const N_COLUMNS: &str = "11";

/// What narrows the table: a name, a label.
#[component]
fn Tools(view: View) -> impl IntoView {
    let compare = expect_context::<Compare>();
    let labels = Memo::new(move |_| {
        let compared = compare.compared.read();
        compared.as_ref().map(|it| it.comparison.table.labels.clone()).unwrap_or_default()
    });
    let n_bases = Memo::new(move |_| {
        compare.compared.read().as_ref().map_or(0, |it| it.comparison.table.rows.len())
    });
    let option = move |label: Label| {
        let name = label.to_string();
        let is_chosen = move || view.label.read().as_ref() == Some(&label);
        view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
    };
    view! {
        <Show when=move || 4 < n_bases.get()>
            <div class="input small-input">
                <Picture of=Icon::Search/>
                <input
                    type="search" aria-label="Find a base" placeholder="Find a base" prop:value=move || view.query.get()
                    on:input=move |event| view.query.set(event_target_value(&event))
                />
            </div>
        </Show>
        <select
            class="input small-input" aria-label="Label whose figures are shown"
            on:change=move |event| view.label.set(Label::new(&event_target_value(&event)).ok())
        >
            <option value="" selected=move || view.label.read().is_none()>"All labels"</option>
            {move || labels.get().into_iter().map(option).collect_view()}
        </select>
    }
}

/// The head of a column, which sorts by it.
#[component]
fn Head(
    view: View,
    of: Sorted,
    name: &'static str,
    #[prop(default = true)] is_number: bool,
) -> impl IntoView {
    let is_sorted = move || view.order.get().0 == of;
    let sort = move || match view.order.get() {
        (sorted, Direction::Up) if sorted == of => Some("ascending"),
        (sorted, Direction::Down) if sorted == of => Some("descending"),
        _ => None,
    };
    let press = move |_| {
        view.order.update(|it| {
            *it = match *it {
                (sorted, Direction::Up) if sorted == of => (of, Direction::Down),
                (sorted, Direction::Down) if sorted == of => (of, Direction::Up),
                _ => (of, of.first()),
            };
        });
    };
    view! {
        <th scope="col" class:n=is_number aria-sort=sort>
            <button class="sort" class:is-sorted=is_sorted on:click=press>
                {name}<span class="sort-way" class:up=move || view.order.get().1 == Direction::Up><Picture of=Icon::Down/></span>
            </button>
        </th>
    }
}

/// A base with its figures.
#[component]
fn BaseRow(base: BaseKey, table: Memo<Table>, scale: Memo<Scale>, view: View) -> impl IntoView {
    let compare = expect_context::<Compare>();
    let (of_row, of_best, of_open, of_toggle) =
        (base.clone(), base.clone(), base.clone(), base.clone());
    let row = Memo::new(move |_| table.read().row(&of_row).cloned());
    let is_best = Memo::new(move |_| compare.best().as_ref() == Some(&of_best));
    let is_open = Memo::new(move |_| view.open.read().contains(&of_open));
    let toggle = move |_| {
        view.open.update(|it| {
            if !it.remove(&of_toggle) {
                it.insert(of_toggle.clone());
            }
        });
    };
    let says = move || format!("More about {}", compare.look(&base).name);
    // How it stands against others may change while its own figures stay.
    let cells = move || {
        compare.compared.track();
        let row = row.get()?;
        Some(view! { <Cells row is_best=is_best.get() scale=scale.get() label=view.label.get()/> })
    };
    let detail = move || {
        compare.compared.track();
        row.get().map(|row| view! { <Detail row/> })
    };
    view! {
        <tr class:best=move || is_best.get()>
            {cells}
            <td class="n">
                <button
                    class="btn quiet small only-icon more-toggle" aria-label=says title="More"
                    aria-expanded=move || is_open.get().to_string() on:click=toggle
                >
                    <Picture of=Icon::Down/>
                </button>
            </td>
        </tr>
        <Show when=move || is_open.get()>
            <tr class="row-more"><td colspan=N_COLUMNS>{detail}</td></tr>
        </Show>
    }
}

/// The figures of a row.
#[component]
fn Cells(row: Row, is_best: bool, scale: Scale, label: Option<Label>) -> impl IntoView {
    let compare = expect_context::<Compare>();
    let look = compare.look(&row.base);
    let slot = look.slot;
    let of = |measure| figure(&row, label.as_ref(), measure);
    let score = |measure| of(measure).map_or_else(|| "–".to_owned(), |it| words::score(it.mean));
    let f1 = match of(Measure::F1) {
        Some(it) => view! { <b>{spread(&it)}</b> }.into_any(),
        None => "–".into_any(),
    };
    let interval = of(Measure::F1).map(|figure| view! { <Interval figure scale of=slot/> });
    let known = |is_known: bool, words: String| if is_known { words } else { "–".to_owned() };
    let runs = (row.n_runs < row.n_planned)
        .then(|| format!("{} of {}", row.n_runs, words::counted(row.n_planned, "run", "runs")));
    let speed = row.words_per_sec.mean;
    view! {
        <th scope="row" class="base-cell">
            <span class="row"><Shape of=slot/><bdi class="long-name">{look.name}</bdi></span>
            {runs.map(|it| view! { <span class="meta base-runs">{it}</span> })}
        </th>
        <td class="n f1-cell">{f1}</td>
        <td class="range-cell">{interval}</td>
        <td class="n">{score(Measure::Precision)}</td>
        <td class="n">{score(Measure::Recall)}</td>
        <td class="n">{format!("{} / {}", words::count(row.aligned), words::count(row.gold))}</td>
        <td class="n">{known(row.model_bytes != 0, words::bytes(row.model_bytes as f64))}</td>
        <td class="n">{known(0.0 < speed, words::count(speed.max(0.0).round() as u64))}</td>
        <td class="n">{known(0.0 < row.train_secs.mean, words::took(row.train_secs.mean))}</td>
        <td><Against base=row.base is_best/></td>
    }
}
