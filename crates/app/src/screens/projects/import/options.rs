use std::sync::Arc;

use leptos::prelude::*;
use project::ProjectId;
use protocol::{Preview, ReadFormat, ReadOptions, TextLayout};

use crate::state::App;
use crate::words;

/// The formats that a person can choose when the wrong one was detected.
const FORMATS: [(ReadFormat, &str); 6] = [
    (ReadFormat::Text, "Plain text"),
    (ReadFormat::Jsonl, "JSONL"),
    (ReadFormat::Csv, "CSV"),
    (ReadFormat::Tsv, "TSV"),
    (ReadFormat::Conll, "CoNLL"),
    (ReadFormat::Spacy, "spaCy"),
];

/// How the files are read. A change looks at them again.
#[component]
pub(super) fn ReadingOptions(
    /// What was read.
    preview: Arc<Preview>,
) -> impl IntoView {
    let format = preview.options.format;
    if format == Some(ReadFormat::Nerine) {
        return ().into_any();
    }
    let is_text = format == Some(ReadFormat::Text);
    let unanswered = preview.unanswered;
    let has_columns = !preview.columns.is_empty();
    view! {
        <div class="reading-options">
            <FormatChoice format/>
            {is_text.then(|| view! { <LayoutChoice options=preview.options.clone()/> })}
            {has_columns.then(|| view! { <ColumnChoice preview=preview.clone()/> })}
            {(0 < unanswered).then(|| view! { <AcceptChoice unanswered/> })}
        </div>
    }
    .into_any()
}

#[component]
fn FormatChoice(format: Option<ReadFormat>) -> impl IntoView {
    let app = expect_context::<App>();
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let format = FORMATS.iter().find(|it| it.1 == chosen).map(|it| it.0);
        app.look(ReadOptions { format, ..ReadOptions::default() });
    };
    view! {
        <div class="field">
            <label for="read-as">"Read as"</label>
            <select id="read-as" class="input" on:change=choose>
                {format.is_none().then(|| view! { <option value="" selected=true>"Each file as it is"</option> })}
                {FORMATS.map(|(it, name)| view! { <option value=name selected=format == Some(it)>{name}</option> })}
            </select>
        </div>
    }
}

#[component]
fn LayoutChoice(options: ReadOptions) -> impl IntoView {
    let app = expect_context::<App>();
    let layout = options.layout;
    let button = |it: TextLayout, name: &'static str| {
        let options = ReadOptions { layout: Some(it), ..options.clone() };
        let is_chosen = layout == Some(it);
        view! {
            <button id=format!("layout-{it:?}") aria-pressed=is_chosen.to_string() on:click=move |_| if !is_chosen { app.look(options.clone()) }>{name}</button>
        }
    };
    view! {
        <div class="field" role="group" aria-labelledby="layout-name">
            <span class="name" id="layout-name">"A text"</span>
            <div class="segment">
                {button(TextLayout::File, "per file")}
                {button(TextLayout::Line, "per line")}
            </div>
        </div>
    }
}

#[component]
fn ColumnChoice(preview: Arc<Preview>) -> impl IntoView {
    let app = expect_context::<App>();
    let options = preview.options.clone();
    let chosen = options.text_columns.clone().unwrap_or_default();
    let tick = {
        let (options, chosen) = (options.clone(), chosen.clone());
        move |at: u32, is_on: bool| {
            let mut columns = chosen.clone();
            columns.retain(|it| *it != at);
            if is_on {
                columns.push(at);
                columns.sort_unstable();
            }
            app.look(ReadOptions { text_columns: Some(columns), ..options.clone() });
        }
    };
    let choose_id = {
        let options = options.clone();
        move |event| {
            let id_column = event_target_value(&event).parse().ok();
            app.look(ReadOptions { id_column, ..options.clone() });
        }
    };
    let is_last = chosen.len() == 1;
    let columns = || (0_u32..).zip(&preview.columns);
    view! {
        <fieldset class="field columns">
            <legend>"Columns that make the text"</legend>
            <div class="row wrap">
                {columns().map(|(at, column)| {
                    let tick = tick.clone();
                    let is_on = chosen.contains(&at);
                    // At least one column makes the text.
                    let is_needed = is_on && is_last;
                    view! {
                        <label class="tick" title=column.sample.clone()>
                            <input
                                type="checkbox" id=format!("column-{at}") prop:checked=is_on disabled=is_needed
                                on:change=move |event| tick(at, event_target_checked(&event))
                            />
                            <bdi class="cut">{column.name.clone()}</bdi>
                        </label>
                    }
                }).collect_view()}
            </div>
        </fieldset>
        <div class="field">
            <label for="id-column">"Name of a text"</label>
            <select id="id-column" class="input" on:change=choose_id>
                <option value="" selected=options.id_column.is_none()>"Counted"</option>
                {columns().map(|(at, column)| view! {
                    <option value=at.to_string() selected=options.id_column == Some(at)>{column.name.clone()}</option>
                }).collect_view()}
            </select>
        </div>
    }
}

/// What becomes of texts with marks that nobody has answered.
#[component]
fn AcceptChoice(unanswered: u32) -> impl IntoView {
    let accept_marked = expect_context::<App>().import.accept_marked;
    let texts = words::counted(unanswered, "text with marks", "texts with marks");
    let comes = if unanswered == 1 { "It comes" } else { "They come" };
    view! {
        <div class="field accept-marked">
            <label class="tick">
                <input
                    id="accept-marked" type="checkbox" aria-describedby="accept-marked-hint"
                    prop:checked=move || accept_marked.get()
                    on:change=move |event| accept_marked.set(event_target_checked(&event))
                />
                {format!("Take {texts} as accepted")}
            </label>
            <p id="accept-marked-hint" class="hint">
                {format!("{comes} without an answer. Models learn from accepted texts only.")}
            </p>
        </div>
    }
}

/// Where the texts go: a new project with a name, or one that is there.
#[component]
pub(super) fn TargetChoice() -> impl IntoView {
    let app = expect_context::<App>();
    let import = app.import;
    let projects = move || {
        let all = app.projects.get().unwrap_or_default();
        all.iter()
            .filter(|it| it.trashed_ms.is_none())
            .map(|it| (it.id.clone(), it.name.clone()))
            .collect::<Vec<_>>()
    };
    let has_projects = Memo::new(move |_| !projects().is_empty());
    let choose = move |event| {
        let chosen = event_target_value(&event);
        app.aim((!chosen.is_empty()).then_some(ProjectId(chosen)));
    };
    let is_new = Memo::new(move |_| import.target.read().is_none());
    view! {
        <Show when=move || has_projects.get()>
            <div class="field">
                <label for="import-target">"Add to"</label>
                <select id="import-target" class="input" on:change=choose>
                    <option value="" selected=move || is_new.get()>"A new project"</option>
                    {move || projects().into_iter().map(|(id, name)| {
                        let value = id.0.clone();
                        view! { <option value=value selected=move || import.target.read().as_ref() == Some(&id)>{name}</option> }
                    }).collect_view()}
                </select>
            </div>
        </Show>
        <Show when=move || is_new.get()>
            <div class="field">
                <label for="import-name">"Name of the new project"</label>
                <input
                    id="import-name" class="input" autocomplete="off" dir="auto" maxlength="200"
                    prop:value=move || import.name.get()
                    on:input=move |event| import.name.set(event_target_value(&event))
                />
            </div>
        </Show>
    }
}
