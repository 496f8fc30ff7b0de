use corpus::Label;
use experiment::{BaseKey, Confusion};
use leptos::prelude::*;
use screen::compare::confused;

use super::Compare;
use crate::state::App;
use crate::words;

/// How many confusions are said in words.
const SAID: usize = 5;

/// Which labels a base takes for which.
#[component]
pub(super) fn ConfusionCard() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let chosen = RwSignal::new(None::<BaseKey>);
    let overlapping = RwSignal::new(false);
    let base = Memo::new(move |_| {
        let compared = compare.compared.read();
        let all = &compared.as_ref()?.confusions;
        let has = |key: &BaseKey| all.iter().any(|it| it.0 == *key);
        let best = compare.best().filter(has);
        chosen.get().filter(has).or(best).or_else(|| all.first().map(|it| it.0.clone()))
    });
    let confusion = Memo::new(move |_| {
        let compared = compare.compared.read();
        let base = base.get()?;
        let (_, both) = compared.as_ref()?.confusions.iter().find(|it| it.0 == base)?;
        Some(both[usize::from(overlapping.get())].clone())
    });
    let options = move || {
        let compared = compare.compared.read();
        let keys = compared.iter().flat_map(|it| &it.confusions).map(|it| it.0.clone());
        keys.map(|key| {
            let value = key.0.clone();
            let name = compare.look(&key).name;
            let is_chosen = move || base.read().as_ref() == Some(&key);
            view! { <option value=value selected=is_chosen>{name}</option> }
        })
        .collect_view()
    };
    let places = [(false, "Same place"), (true, "Overlapping")];
    view! {
        <section class="card confusion" aria-labelledby="compare-confusion">
            <header class="wrap">
                <h2 id="compare-confusion">"What is taken for what"</h2>
                <div class="row wrap end">
                    <select class="input small-input" aria-label="Base" on:change=move |event| chosen.set(Some(BaseKey(event_target_value(&event))))>{options}</select>
                    <div class="segment" role="group" aria-label="Places that count as the same">
                        {places.map(|(it, name)| view! {
                            <button aria-pressed=move || (overlapping.get() == it).to_string() on:click=move |_| overlapping.set(it)>{name}</button>
                        })}
                    </div>
                </div>
            </header>
            {move || match confusion.get() {
                None => view! { <p class="chart-empty meta">"This comes when a run is done."</p> }.into_any(),
                Some(confusion) => view! { <Matrix confusion/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Matrix(confusion: Confusion) -> impl IntoView {
    let app = expect_context::<App>();
    let name =
        |at: usize| confusion.labels.get(at).map_or_else(|| "nothing".to_owned(), Label::to_string);
    let slot = |at: usize| confusion.labels.get(at).map_or(0, |it| app.work.look(it).slot);
    let n = confusion.cells.len();
    let head = |at: usize| {
        view! {
            <th scope="col" class=format!("n confusion-head L{}", slot(at))><bdi title=name(at)>{name(at)}</bdi></th>
        }
    };
    let row = |(at, cells): (usize, &Vec<u32>)| {
        let total: u32 = cells.iter().sum();
        let cell = |(column, count): (usize, &u32)| {
            if at + 1 == n && column + 1 == n {
                return view! { <td class="n"></td> }.into_any();
            }
            let share = if total == 0 { 0.0 } else { f64::from(*count) / f64::from(total) };
            let class = if at == column { "n cell right" } else { "n cell wrong" };
            let says = format!("{} of {}", words::percent(*count, total), name(at));
            view! {
                <td class=class title=says>
                    <i style:opacity=format!("{share:.2}")></i><span>{words::count(*count)}</span>
                </td>
            }
            .into_any()
        };
        view! {
            <tr>
                <th scope="row" class=format!("confusion-row L{}", slot(at))><bdi title=name(at)>{name(at)}</bdi></th>
                {cells.iter().enumerate().map(cell).collect_view()}
            </tr>
        }
    };
    let said = confusion.confused();
    let said = said.iter().take(SAID).map(|(gold, found, n)| confused(*gold, *found, *n));
    let said = said.map(|it| view! { <li>{it}</li> }).collect_view();
    let is_clean = confusion.confused().is_empty();
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label="Which labels are taken for which, as a table">
            <table class="confusion-table">
                <caption class="meta">"Rows: what you marked. Columns: what it found. One run, the first seed."</caption>
                <thead><tr><th scope="col"><span class="unseen">"You marked"</span></th>{(0..n).map(head).collect_view()}</tr></thead>
                <tbody>{confusion.cells.iter().enumerate().map(row).collect_view()}</tbody>
            </table>
        </div>
        <div class="card-foot soft">
            {match is_clean {
                true => view! { <p>"Nothing was confused."</p> }.into_any(),
                false => view! { <ul class="said">{said}</ul> }.into_any(),
            }}
        </div>
    }
}
