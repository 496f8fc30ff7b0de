use leptos::prelude::*;
use screen::compare::{Divide, Field, Form};

use super::form::Making;
use crate::parts::{Icon, Picture};
use crate::state::{App, Graphics};

/// How often each base is trained, and on how much.
#[component]
pub(super) fn HowOften() -> impl IntoView {
    let form = expect_context::<Making>().form;
    let has_shares = Memo::new(move |_| form.read().has_shares);
    let toggle = move |_| form.update(|it| it.has_shares = !it.has_shares);
    view! {
        <NumberInput field=Field::Seeds/>
        <div class="field">
            <button
                type="button" class="switch" role="switch" aria-checked=move || has_shares.get().to_string()
                aria-describedby="compare-curve-hint" on:click=toggle
            >
                "Learning curve"
            </button>
            <p class="hint" id="compare-curve-hint">"Trains on 25, 50 and 75 % of the texts, too. Shows what more texts would bring."</p>
        </div>
    }
}

/// How texts are divided, and which stay together.
#[component]
pub(super) fn DivideTexts() -> impl IntoView {
    let form = expect_context::<Making>().form;
    let divide = Memo::new(move |_| form.read().divide);
    let group_by = move || form.read().group_by.clone();
    view! {
        <fieldset class="field">
            <legend>"Division of the texts"</legend>
            <div class="segment" role="group" aria-label="Division of the texts">
                {Divide::ALL.map(|it| view! {
                    <button
                        type="button" aria-pressed=move || (divide.get() == it).to_string() aria-describedby="compare-divide-hint"
                        on:click=move |_| form.update(|form| form.divide = it)
                    >{it.name()}</button>
                })}
            </div>
            <p class="hint" id="compare-divide-hint">{move || divide.get().explains()}</p>
            <div class="pair">
                {move || divide.get().fields().iter().map(|it| view! { <NumberInput field=*it/> }).collect_view()}
            </div>
        </fieldset>
        <Show when=move || divide.get() != Divide::AsProject>
            <div class="field">
                <label for="compare-group">"Keep together by"</label>
                <input
                    id="compare-group" class="input" autocomplete="off" spellcheck="false" placeholder="no field" prop:value=group_by
                    aria-describedby="compare-group-hint"
                    on:input=move |event| form.update(|it| it.group_by = event_target_value(&event))
                />
                <p class="hint" id="compare-group-hint">"A field of your texts, such as patient or source. Texts with the same value are on one side."</p>
            </div>
        </Show>
    }
}

/// What runs run on, and for how long.
#[component]
pub(super) fn HowLong() -> impl IntoView {
    let app = expect_context::<App>();
    let form = expect_context::<Making>().form;
    let on_gpu = Memo::new(move |_| form.read().on_gpu);
    let why_not = move || app.training.graphics.get().and_then(Graphics::why_not);
    let hint = move || match (on_gpu.get(), why_not()) {
        (true, Some(why)) => why,
        (true, None) => {
            "One run of spaCy’s architecture at a time. Nerine runs on the CPU beside it."
        }
        (false, _) => "As many runs at a time as there are cores. You can go on annotating.",
    };
    view! {
        <fieldset class="field">
            <legend>"Runs on"</legend>
            <div class="segment" role="group" aria-label="Runs on">
                {[(false, "CPU"), (true, "GPU")].map(|(it, name)| view! {
                    <button
                        type="button" aria-pressed=move || (on_gpu.get() == it).to_string() aria-describedby="compare-device-hint"
                        on:click=move |_| form.update(|form| form.on_gpu = it)
                    >{name}</button>
                })}
            </div>
            <p class="hint" id="compare-device-hint">{hint}</p>
        </fieldset>
        <div class="pair"><NumberInput field=Field::Epochs/><NumberInput field=Field::Minutes/></div>
    }
}

#[component]
fn NumberInput(field: Field) -> impl IntoView {
    let form = expect_context::<Making>().form;
    let text = move || form.read().text(field).to_owned();
    let wrong = Memo::new(move |_| Form::number(&form.read(), field).err());
    let is_wrong = move || wrong.read().is_some().to_string();
    let hint = format!("{}-hint", field.id());
    view! {
        <div class="field">
            <label for=field.id()>{field.name()}</label>
            <div class="input" aria-invalid=is_wrong>
                <input
                    id=field.id() inputmode="numeric" autocomplete="off" spellcheck="false" prop:value=text
                    aria-invalid=is_wrong aria-describedby=hint.clone()
                    on:input=move |event| form.update(|it| it.set(field, event_target_value(&event)))
                />
                <span class="meta">{field.unit()}</span>
            </div>
            <p id=hint class="hint" class:wrong=move || wrong.read().is_some()>
                {move || match wrong.get() {
                    Some(wrong) => view! { <Picture of=Icon::Rejected/><span>{wrong}</span> }.into_any(),
                    None => field.explains().into_any(),
                }}
            </p>
        </div>
    }
}
