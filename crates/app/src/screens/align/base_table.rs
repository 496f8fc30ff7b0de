use leptos::prelude::*;
use protocol::AlignedBase;
use screen::alignment as say;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::Table;
use crate::browser;
use crate::state::App;

/// Width of the first column and of a base's, in CSS pixels, where there is little room.
const WIDTHS: (usize, usize) = (140, 190);

/// A table with a column for each base.
#[component]
pub(super) fn BaseTable(
    /// What the first column is.
    first: &'static str,
    /// What a screen reader calls it.
    name: &'static str,
    /// Its rows.
    children: Children,
) -> impl IntoView {
    let table = expect_context::<Table>();
    let width = move || {
        let n = table.report.read().as_ref().map_or(0, |it| it.bases.len());
        format!("max(100%, {}px)", WIDTHS.0 + n * WIDTHS.1)
    };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=name>
            <table class="aligned" style:min-width=width>
                <BaseHeads first/>
                <tbody on:keydown=by_rows>{children()}</tbody>
            </table>
        </div>
    }
}

/// A column for each base, the used one chosen, with what it can learn in all.
#[component]
fn BaseHeads(
    /// What the first column is.
    first: &'static str,
) -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let heads = move || {
        let report = table.report.get();
        let used = app.work.project.read().as_ref().map(|it| it.base.clone());
        let bases = report.iter().flat_map(|it| it.bases.clone()).collect::<Vec<_>>();
        let head = |base: AlignedBase| {
            let is_used = used.as_ref() == Some(&base.name);
            let says = app.bases.says(&base.name);
            let name = base.name.clone();
            let counts = base.counts;
            let percent = format!("{:.1}%", 100.0 * counts.share_fit().unwrap_or(1.0));
            let limit = say::ceiling(&counts);
            let overlaps = say::overlaps(&counts);
            view! {
                <th scope="col" class:is-used=is_used>
                    <label class="base-head">
                        <input
                            type="radio" name="used-base" prop:checked=is_used
                            on:change=move |_| app.use_base(name.clone())
                        />
                        <b>{base.name.clone()}</b>
                    </label>
                    <span class="meta base-says">{says}</span>
                    <span class="base-fit num"><span class="meter"><i style:width=percent></i></span>{say::fit(&counts)}</span>
                    {limit.map(|it| view! {
                        <span class="meta base-fit num" title="What a model reaches that finds every mark that it can learn, and nothing else.">{it}</span>
                    })}
                    {overlaps.map(|it| view! { <span class="meta base-overlaps num">{it}</span> })}
                </th>
            }
        };
        bases.into_iter().map(head).collect_view()
    };
    view! {
        <thead><tr><th scope="col" class="first">{first}</th>{heads}</tr></thead>
    }
}

/// Up and down go from row to row.
fn by_rows(event: KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let Ok(all) = browser::document().query_selector_all(".row-open") else { return };
    let all: Vec<HtmlElement> =
        (0..all.length()).filter_map(|it| all.get(it)?.dyn_into().ok()).collect();
    let focused = browser::focused();
    let Some(at) = all.iter().position(|it| Some(it) == focused.as_ref()) else { return };
    if let Some(next) = at.checked_add_signed(step).and_then(|it| all.get(it)) {
        event.prevent_default();
        let taken = next.focus();
        debug_assert!(taken.is_ok(), "a button takes the focus");
    }
}
