use align::{Cell, Verdict};
use leptos::prelude::*;
use protocol::AlignedRow;
use screen::alignment as say;

use super::base_table::BaseTable;
use super::count::fix_alike;
use super::place::Place;
use super::{STEP, Table};
use crate::browser;
use crate::parts::{Icon, LabelChip, Picture, TokensDrawn};
use crate::state::App;
use crate::words;

/// Marks that some base cuts, those alike in one row, the bases as columns.
#[component]
pub(super) fn Rows() -> impl IntoView {
    let table = expect_context::<Table>();
    let rows = Memo::new(move |_| table.rows());
    let n = Memo::new(move |_| rows.read().len());
    let shown = move || {
        let limit = table.limit.get();
        rows.read().iter().take(limit).map(|it| view! { <Row row=it.clone()/> }).collect_view()
    };
    let not_sent = move || {
        let report = table.report.read();
        let report = report.as_ref()?;
        let missing = report.n_rows as usize - report.rows.len();
        (missing != 0).then(|| {
            let missing = words::counted(missing as u64, "rarer mark is", "rarer marks are");
            view! { <p class="meta pad">{format!("{missing} not listed. They are counted and corrected with the others.")}</p> }
        })
    };
    view! {
        <section class="card align-card">
            <BaseTable first="Mark" name="Marks and bases">{shown}</BaseTable>
            <Show when=move || n.get() == 0>
                <p class="pad meta">"No mark that some base cuts is like that."</p>
            </Show>
            <Show when=move || table.limit.get() < n.get()>
                <p class="pad"><button class="btn" on:click=move |_| table.limit.update(|it| *it += STEP)>"Show more"</button></p>
            </Show>
            {not_sent}
        </section>
    }
}

#[component]
fn Row(row: AlignedRow) -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let def = app.work.look(&row.label);
    let slot = def.slot;
    let number = row.number;
    let is_open =
        Memo::new(move |_| table.open.read().as_ref().is_some_and(|it| it.number == number));
    let kept = StoredValue::new(row.clone());
    let toggle = move || match is_open.get_untracked() {
        true => table.open.set(None),
        false => table.open.set(Some(kept.get_value())),
    };
    let n_cells = row.cells.len() + 1;
    let times = words::counted(row.n_marks, "time", "times");
    let cells = row.cells.iter().enumerate().map(|(base, cell)| {
        view! { <CellView cell=cell.clone() base row=number n_marks=row.n_marks slot_of=slot/> }
    });
    let cells = cells.collect_view();
    view! {
        <tr class:is-open=move || is_open.get()>
            <td class="first">
                <button class="row-open" id=format!("row-{number}") aria-expanded=move || is_open.get().to_string() on:click=move |_| toggle()>
                    <bdi>{row.text.clone()}</bdi>
                </button>
                <span class="row meta num"><LabelChip def/>{times}</span>
            </td>
            {cells}
        </tr>
        {move || is_open.get().then(|| view! {
            <tr class="row-places"><td colspan=n_cells><Place row=kept.get_value()/></td></tr>
        })}
    }
}

#[component]
fn CellView(cell: Cell, base: usize, row: u32, n_marks: u32, slot_of: u8) -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let name = table.report.read_untracked().as_ref().map(|it| it.bases[base].name.clone());
    let name = name.unwrap_or_default();
    let is_used = {
        let name = name.clone();
        move || app.work.project.read().as_ref().is_some_and(|it| it.base == name)
    };
    let verdict = cell.verdict;
    let action = verdict.action();
    let says = match verdict {
        Verdict::Fits { .. } => {
            let words = verdict.words();
            let n = words.strip_prefix("fits").unwrap_or_default().to_owned();
            view! { <span class="state ok"><Picture of=Icon::Check/>"fits"</span><span>{n}</span> }
                .into_any()
        }
        Verdict::Misfit { reason, fix: None, .. } => view! {
            <span class="state bad"><Picture of=Icon::Cut/>{verdict.words()}</span>
            <span>"· "{reason.words()}</span>
        }
        .into_any(),
        Verdict::Misfit { .. } => {
            let button = action.map(|it| say::fix_alike(it, n_marks)).unwrap_or_default();
            let becomes = cell.corrected.clone().unwrap_or_default();
            let title = format!("“{becomes}”, for {name}");
            let spoken = format!("{button}: {title}");
            view! {
                <span class="state bad"><Picture of=Icon::Cut/>{verdict.words()}</span>
                <button
                    class="link" title=title aria-label=spoken
                    on:click=move |_| browser::spawn(fix_alike(app, table, base, Some(row)))
                >{button}</button>
            }
            .into_any()
        }
    };
    view! {
        <td class:is-used=is_used>
            <TokensDrawn tokens=cell.tokens of=slot_of/>
            <span class="row meta num wrap cell-says">{says}</span>
        </td>
    }
}
