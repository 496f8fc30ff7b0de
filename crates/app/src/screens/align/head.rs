use corpus::Label;
use leptos::prelude::*;

use super::{STEP, Table, View};
use crate::parts::{Icon, Picture};
use crate::state::App;
use crate::words;

/// What the table shows: marks, labels or texts, and which of them.
#[component]
pub(super) fn Tools() -> impl IntoView {
    let table = expect_context::<Table>();
    let n_marks = move || table.report.read().as_ref().map(|it| it.n_rows);
    let n_docs = move || table.report.read().as_ref().map(|it| it.n_docs);
    let n_labels = move || table.report.read().as_ref().map(|it| it.labels.len() as u32);
    let choice = move |view: View, name: &'static str, n: Signal<Option<u32>>| {
        view! {
            <button
                aria-pressed=move || (table.view.get() == view).to_string()
                on:click=move |_| table.view.set(view)
            >
                {name}" "<span class="num meta">{move || n.get().map(words::count)}</span>
            </button>
        }
    };
    let labels = move || {
        let report = table.report.read();
        let labels: Vec<Label> =
            report.iter().flat_map(|it| &it.labels).map(|it| it.0.clone()).collect();
        let chosen = table.label.read();
        let option = |label: Label| {
            let is_chosen = chosen.as_ref() == Some(&label);
            view! { <option value=label.to_string() selected=is_chosen>{label.to_string()}</option> }
        };
        labels.into_iter().map(option).collect_view()
    };
    let choose = move |event| {
        table.label.set(Label::new(&event_target_value(&event)).ok());
        table.limit.set(STEP);
    };
    view! {
        <div class="align-tools">
            <div class="segment" role="group" aria-label="Rows">
                {choice(View::Marks, "Marks", Signal::derive(n_marks))}
                {choice(View::Labels, "Labels", Signal::derive(n_labels))}
                {choice(View::Texts, "Texts", Signal::derive(n_docs))}
            </div>
            <Show when=move || table.view.get() == View::Marks>
                <select class="input" aria-label="Label" on:change=choose>
                    <option value="" selected=move || table.label.read().is_none()>"All labels"</option>
                    {labels}
                </select>
                <div class="input">
                    <Picture of=Icon::Search/>
                    <input
                        type="search" aria-label="Find a mark" placeholder="Find a mark"
                        prop:value=move || table.query.get()
                        on:input=move |event| { table.query.set(event_target_value(&event)); table.limit.set(STEP); }
                    />
                </div>
            </Show>
        </div>
    }
}

/// The bases that can be columns.
#[component]
pub(super) fn Bases() -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let used = Memo::new(move |_| app.work.project.read().as_ref().map(|it| it.base.clone()));
    view! {
        <div class="align-bases" role="group" aria-label="Bases to compare">
            <span class="meta">"Compare"</span>
            {move || app.bases.usable().into_iter().map(|(name, says)| {
                let (of_used, of_shown, toggled) = (name.clone(), name.clone(), name.clone());
                let is_used = move || used.read().as_ref() == Some(&of_used);
                let is_disabled = is_used.clone();
                let is_shown = move || table.bases.read().contains(&of_shown).to_string();
                view! {
                    <button
                        class="chip" title=says aria-pressed=is_shown aria-disabled=move || is_disabled().to_string()
                        on:click=move |_| {
                            if !untrack(&is_used) {
                                table.toggle(app, &toggled);
                            }
                        }
                    >{name}</button>
                }
            }).collect_view()}
        </div>
    }
}
