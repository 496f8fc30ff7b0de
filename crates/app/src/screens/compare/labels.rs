use corpus::Label;
use experiment::Row;
use leptos::prelude::*;
use screen::compare::Scale;

use super::Compare;
use super::interval::{Interval, spread};
use crate::parts::{LabelChip, Shape};
use crate::state::App;
use crate::words;

/// F1 of each label, of every base.
#[component]
pub(super) fn PerLabel() -> impl IntoView {
    let shows_table = RwSignal::new(false);
    view! {
        <section class="card per-label-card" aria-labelledby="compare-labels">
            <header>
                <h2 id="compare-labels">"Per label"</h2>
                <span class="meta end">"F1 with its 95 % range"</span>
                <button class="link meta" aria-pressed=move || shows_table.get().to_string() on:click=move |_| shows_table.update(|it| *it = !*it)>
                    {move || if shows_table.get() { "Show as plot" } else { "Show as table" }}
                    <span class="unseen">": Per label"</span>
                </button>
            </header>
            {move || match shows_table.get() {
                true => view! { <Twin/> }.into_any(),
                false => view! { <Dots/> }.into_any(),
            }}
        </section>
    }
}

/// The labels and the rows. Tracked.
fn figures(compare: Compare) -> (Vec<Label>, Vec<Row>) {
    let compared = compare.compared.read();
    let table = compared.as_ref().map(|it| it.comparison.table.clone()).unwrap_or_default();
    (table.labels, table.rows)
}

/// Every base on one scale, label by label.
#[component]
fn Dots() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let body = move || {
        let (labels, rows) = figures(compare);
        let all: Vec<_> = rows.iter().flat_map(|it| it.labels.values().map(|it| it.f1)).collect();
        let scale = Scale::of(&all);
        let tick = |it: f64| {
            let place = format!("{:.2}%", scale.percent(it));
            view! { <span class="num" style:inset-inline-start=place>{format!("{it:.2}")}</span> }
        };
        let line = |row: &Row, label: &Label| {
            let look = compare.look(&row.base);
            let figure = row.labels.get(label).map(|it| it.f1)?;
            Some(view! {
                <li class="dot-line">
                    <bdi class="dot-name">{look.name}</bdi>
                    <Interval figure scale of=look.slot/>
                    <span class="num dot-score">{words::score(figure.mean)}</span>
                </li>
            })
        };
        let group = |label: &Label| {
            let counts = {
                let compared = compare.compared.read();
                compared.as_ref().and_then(|it| it.comparison.spans.get(label).copied())
            };
            let says = counts.map(|it| {
                let unseen = match it.unseen {
                    0 => String::new(),
                    n => format!(" · {} new", words::count(n)),
                };
                format!(
                    "{} learned · {} scored{unseen}",
                    words::count(it.train),
                    words::count(it.scored)
                )
            });
            view! {
                <section class="dot-group" aria-label=label.to_string()>
                    <p class="row wrap"><LabelChip def=app.work.look(label)/><span class="meta num">{says}</span></p>
                    <ul>{rows.iter().map(|row| line(row, label)).collect_view()}</ul>
                </section>
            }
        };
        view! {
            {labels.iter().map(group).collect_view()}
            <div class="dot-line dot-axis meta" aria-hidden="true">
                <span></span><span class="dot-ticks">{scale.ticks().into_iter().map(tick).collect_view()}</span><span></span>
            </div>
        }
    };
    view! { <div class="dots">{body}</div> }
}

/// The same figures as a table.
#[component]
fn Twin() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let body = move || {
        let (labels, rows) = figures(compare);
        let head = |row: &Row| {
            let look = compare.look(&row.base);
            view! { <th scope="col" class="n twin-head"><Shape of=look.slot/>" "<bdi>{look.name}</bdi></th> }
        };
        let line = |label: &Label| {
            let cell = |row: &Row| match row.labels.get(label) {
                Some(it) => view! { <td class="n">{spread(&it.f1)}</td> }.into_any(),
                None => view! { <td class="n">"–"</td> }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row" class="base-cell"><LabelChip def=app.work.look(label)/></th>
                    {rows.iter().map(cell).collect_view()}
                </tr>
            }
        };
        view! {
            <table>
                <thead><tr><th scope="col">"Label"</th>{rows.iter().map(head).collect_view()}</tr></thead>
                <tbody>{labels.iter().map(line).collect_view()}</tbody>
            </table>
        }
    };
    view! { <div class="scroll-x" tabindex="0" role="region" aria-label="Per label, as a table">{body}</div> }
}
