use align::Counts;
use leptos::prelude::*;
use screen::alignment as say;

use super::base_table::BaseTable;
use super::{STEP, Table, View};
use crate::parts::LabelChip;
use crate::state::App;
use crate::words;

/// The marks of each label against each base.
#[component]
pub(super) fn Labels() -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let rows = move || {
        let report = table.report.get();
        let labels = report.iter().flat_map(|it| it.labels.clone()).collect::<Vec<_>>();
        let row = |(label, counts): (corpus::Label, Vec<Counts>)| {
            let def = app.work.look(&label);
            let n = counts.first().map_or(0, |it| it.spans);
            let name = format!("Marks of {label}");
            let show = move |_| {
                table.label.set(Some(label.clone()));
                table.limit.set(STEP);
                table.view.set(View::Marks);
            };
            view! {
                <tr>
                    <td class="first">
                        <button class="row-open" aria-label=name on:click=show><LabelChip def/></button>
                        <span class="meta num">{words::counted(n, "mark", "marks")}</span>
                    </td>
                    <Fits counts/>
                </tr>
            }
        };
        labels.into_iter().map(row).collect_view()
    };
    view! { <section class="card align-card"><BaseTable first="Label" name="Labels and bases">{rows}</BaseTable></section> }
}

/// The texts in which not all marks can be learned.
#[component]
pub(super) fn Texts() -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let rows = move || {
        let report = table.report.get();
        let docs = report.iter().flat_map(|it| it.docs.clone()).collect::<Vec<_>>();
        let heads = app.work.heads.get();
        let row = |(doc, counts): (project::DocNumber, Vec<Counts>)| {
            let head = heads.get(doc.0 as usize);
            let title = head.map(|it| it.title.clone()).unwrap_or_default();
            view! {
                <tr>
                    <td class="first">
                        <button class="row-open" on:click=move |_| app.show_doc(doc)>{format!("Text {}", words::count(doc.0 + 1))}</button>
                        <bdi class="meta cut">{title}</bdi>
                    </td>
                    <Fits counts/>
                </tr>
            }
        };
        docs.into_iter().map(row).collect_view()
    };
    let not_sent = move || {
        let report = table.report.read();
        let report = report.as_ref()?;
        let missing = report.n_docs as usize - report.docs.len();
        (missing != 0).then(|| {
            let missing = words::counted(missing as u64, "text", "texts");
            view! { <tr><td class="meta">{format!("and {missing} more")}</td></tr> }
        })
    };
    view! { <section class="card align-card"><BaseTable first="Text" name="Texts and bases">{rows}{not_sent}</BaseTable></section> }
}

/// How the marks fit each base.
#[component]
fn Fits(counts: Vec<Counts>) -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let used = Memo::new(move |_| {
        let base = app.work.project.read().as_ref().map(|it| it.base.clone()).unwrap_or_default();
        table.place_of(&base)
    });
    let cell = move |(at, counts): (usize, Counts)| {
        let percent = format!("{:.1}%", 100.0 * counts.share_fit().unwrap_or(1.0));
        let overlaps = (counts.overlapping != 0).then(|| {
            let n = words::counted(counts.overlapping, "gives way", "give way");
            view! { <span class="meta num">{n}</span> }
        });
        view! {
            <td class:is-used=move || used.get() == Some(at)>
                <span class="base-fit num"><span class="meter"><i style:width=percent></i></span>{say::fit(&counts)}</span>
                {overlaps}
            </td>
        }
    };
    counts.into_iter().enumerate().map(cell).collect_view()
}
