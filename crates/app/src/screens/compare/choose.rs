use std::collections::BTreeSet;

use experiment::BaseKey;
use leptos::prelude::*;
use screen::compare::{Candidate, Variant};

use super::Compare;
use super::form::Making;
use crate::parts::Shape;
use crate::state::App;
use crate::words;

/// The bases that are compared.
#[component]
pub(super) fn ChooseBases() -> impl IntoView {
    let app = expect_context::<App>();
    let making = expect_context::<Making>();
    let shows_more = RwSignal::new(false);
    let own = Memo::new(move |_| app.work.project.read().as_ref().map(|it| it.base.clone()));
    let all = making.candidates;
    let of = move |takes: &dyn Fn(&Candidate) -> bool| {
        all.read().iter().filter(|it| takes(it)).cloned().collect::<Vec<_>>()
    };
    let first = move || {
        let own = own.get();
        of(&|it| match it.variant {
            Variant::Nerine => true,
            Variant::Blank => Some(&it.starts_from) == own.as_ref(),
            _ => false,
        })
    };
    let more = move || {
        let own = own.get();
        of(&|it| it.variant == Variant::Blank && Some(&it.starts_from) != own.as_ref())
    };
    let pipelines = move || {
        let brought = of(&|it| !matches!(it.variant, Variant::Nerine | Variant::Blank));
        let names: BTreeSet<String> = brought.iter().map(|it| it.starts_from.clone()).collect();
        let group = |name: String| {
            let variants: Vec<_> =
                brought.iter().filter(|it| it.starts_from == name).cloned().collect();
            let says = variants.first().map(|it| it.says.clone()).unwrap_or_default();
            view! {
                <fieldset class="pipeline">
                    <legend><bdi class="long-name">{name}</bdi><span class="meta">{says}</span></legend>
                    {variants.into_iter().map(|it| view! { <Variation candidate=it/> }).collect_view()}
                </fieldset>
            }
        };
        names.into_iter().map(group).collect_view()
    };
    let checks = |all: Vec<Candidate>| {
        all.into_iter().map(|it| view! { <BuiltIn candidate=it/> }).collect_view()
    };
    view! {
        <fieldset class="field choose-bases">
            <legend>"Bases"</legend>
            {move || checks(first())}
            {pipelines}
            <Show when=move || !more().is_empty()>
                <button
                    type="button" class="link choose-more" aria-expanded=move || shows_more.get().to_string()
                    on:click=move |_| shows_more.update(|it| *it = !*it)
                >
                    {move || if shows_more.get() { "Fewer" } else { "More: tokens of other languages" }}
                </button>
                <Show when=move || shows_more.get()>{move || checks(more())}</Show>
            </Show>
            {move || app.bases.list().is_empty().then(|| view! {
                <p class="hint">"Pipelines that you bring on the Bases screen can be compared, too."</p>
            })}
        </fieldset>
    }
}

#[component]
fn BuiltIn(candidate: Candidate) -> impl IntoView {
    view! {
        <label class="tick choice">
            <Tick key=candidate.base.key/>
            <span class="choice-words"><bdi class="long-name">{candidate.base.name}</bdi><span class="meta">{candidate.says}</span></span>
        </label>
    }
}

/// What is done to a pipeline.
#[component]
fn Variation(candidate: Candidate) -> impl IntoView {
    let app = expect_context::<App>();
    let known = candidate.base.labels.clone();
    let is_strange = move || {
        let labels = app.work.labels();
        candidate.variant == Variant::AsItCame && !labels.iter().any(|it| known.contains(&it.label))
    };
    view! {
        <label class="tick choice">
            <Tick key=candidate.base.key/>
            <span class="choice-words">
                {candidate.variant.words()}
                <Show when=is_strange><span class="meta">"Finds none of your labels"</span></Show>
            </span>
        </label>
    }
}

#[component]
fn Tick(key: BaseKey) -> impl IntoView {
    let form = expect_context::<Making>().form;
    let toggled = key.clone();
    let toggle = move |_| {
        form.update(|it| {
            if !it.chosen.remove(&toggled) {
                it.chosen.insert(toggled.clone());
            }
        });
    };
    view! { <input type="checkbox" prop:checked=move || form.read().chosen.contains(&key) on:change=toggle/> }
}

/// The labels that are learned.
#[component]
pub(super) fn ChooseLabels() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let form = expect_context::<Making>().form;
    let rows = move || {
        let row = |def: corpus::LabelDef| {
            let (ticked, counted, toggled) =
                (def.label.clone(), def.label.clone(), def.label.clone());
            let toggle = move |_| {
                form.update(|it| {
                    if !it.skipped.remove(&toggled) {
                        it.skipped.insert(toggled.clone());
                    }
                });
            };
            let n = move || {
                let texts = compare.texts.read();
                let n = texts.as_ref()?.marks.get(&counted).copied().unwrap_or(0);
                Some(if n == 0 { "no marks".to_owned() } else { words::count(n) })
            };
            view! {
                <label class="tick train-label">
                    <input type="checkbox" prop:checked=move || !form.read().skipped.contains(&ticked) on:change=toggle/>
                    <Shape of=def.slot/>
                    <bdi class="cut grow">{def.label.to_string()}</bdi>
                    <span class="meta num">{n}</span>
                </label>
            }
        };
        let defs = app.work.labels();
        match defs.is_empty() {
            true => view! { <p class="hint">"No labels yet. Make them where you annotate."</p> }
                .into_any(),
            false => defs.into_iter().map(row).collect_view().into_any(),
        }
    };
    view! {
        <fieldset class="field">
            <legend class="row">"Labels to learn"<span class="meta end legend-end">"marks"</span></legend>
            <div class="train-labels">{rows}</div>
        </fieldset>
    }
}
