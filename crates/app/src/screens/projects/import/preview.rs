use std::sync::Arc;

use leptos::prelude::*;
use protocol::{Preview, PreviewRow, ReadFormat};

use super::RunningLine;
use super::options::{ReadingOptions, TargetChoice};
use super::warnings::{WarningCounts, WarningList};
use crate::browser;
use crate::parts::{Icon, LabelChip, Picture};
use crate::state::{App, Doing};
use crate::words;

/// What was brought: what it holds, what would be left out, and the button that adds it.
#[component]
pub(super) fn PreviewCard(
    /// Whether the texts can go to one project only.
    is_fixed: bool,
) -> impl IntoView {
    let app = expect_context::<App>();
    let import = app.import;
    let title = move || import.brought.read().as_ref().map(|it| it.title.clone());
    let about = move || import.preview.read().as_ref().map(|it| about(it));
    let is_running = Memo::new(move |_| import.running.read().is_some());
    let is_adding =
        Memo::new(move |_| import.running.read().is_some_and(|it| it.doing == Doing::Adding));
    let docs = Memo::new(move |_| import.preview.read().as_ref().map_or(0, |it| it.docs));
    let has_preview = Memo::new(move |_| import.preview.read().is_some());
    let why_not = Memo::new(move |_| {
        let nameless = import.target.read().is_none() && import.name.read().trim().is_empty();
        match (docs.get(), nameless) {
            (0, _) => Some("There is no text to add."),
            (_, true) => Some("The new project needs a name."),
            _ => None,
        }
    });
    let cancel = move |_| {
        app.cancel_import();
        browser::spawn(async {
            // The zone may have to be drawn first.
            browser::next_frame().await;
            if browser::focused().is_none() {
                browser::focus("choose-files");
            }
        });
    };
    // Whoever works by key goes on here, and whoever looks sees it.
    Effect::new(move || browser::focus("import-title"));
    view! {
        <section class="card import-card" aria-labelledby="import-title" aria-busy=move || is_running.get().to_string()>
            <header>
                <div class="col grow">
                    <h2 id="import-title" class="cut" tabindex="-1"><bdi>{title}</bdi></h2>
                    <span class="meta num">{about}</span>
                </div>
                <button class="btn" on:click=cancel>"Cancel"</button>
                <Show when=move || has_preview.get()>
                    <button
                        class="btn primary" aria-describedby="import-why-not"
                        aria-disabled=move || (why_not.get().is_some() || is_running.get()).to_string()
                        on:click=move |_| if why_not.get_untracked().is_none() { app.add_texts() }
                    >
                        {move || format!("Add {}", words::counted(docs.get(), "text", "texts"))}
                    </button>
                </Show>
            </header>
            <div class="import-body">
                <Show when=move || is_running.get()><RunningLine running=import.running.into()/></Show>
                <p id="import-why-not" class="hint wrong" class:closed=move || !has_preview.get() || why_not.get().is_none()>
                    <Picture of=Icon::Rejected/>
                    {why_not}
                </p>
                <Show when=move || has_preview.get()>
                    <fieldset class="import-options" disabled=move || is_adding.get() aria-label="How the texts come in">
                        <Show when=move || !is_fixed><TargetChoice/></Show>
                        {move || import.preview.get().map(|preview| view! { <ReadingOptions preview/> })}
                    </fieldset>
                </Show>
                {move || import.preview.get().map(|preview| view! { <Contents preview/> })}
            </div>
        </section>
    }
}

/// “Prodigy JSONL, read in 0.4 s · nothing is added until you say so”.
fn about(preview: &Preview) -> String {
    let secs = if preview.secs < 0.1 {
        "under 0.1 s".to_owned()
    } else {
        format!("{:.1} s", preview.secs)
    };
    match preview.docs {
        0 => format!("Read in {secs} · no text was found"),
        _ => format!("{}, read in {secs} · nothing is added until you say so", preview.format),
    }
}

/// The first texts on one side, what to know on the other.
#[component]
fn Contents(preview: Arc<Preview>) -> impl IntoView {
    let has_warnings = !preview.warnings.list.is_empty();
    let is_project = preview.options.format == Some(ReadFormat::Nerine);
    let unit = if is_project { "Text" } else { "Line" };
    let rows = preview.rows.iter().map(row).collect_view();
    let shown = preview.rows.len() as u64;
    view! {
        <NewLabels preview=preview.clone()/>
        <div class="import-sides" class:one=!has_warnings>
            <div class="import-rows" tabindex="0" role="region" aria-label="The first texts">
                <table>
                    <thead><tr>
                        <th class="n" scope="col">{unit}</th>
                        <th scope="col">{if is_project { "First words" } else { "Text" }}</th>
                        <th class="n" scope="col">"Marks"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                <p class="meta num more">
                    {format!(
                        "{} of {} shown, {}",
                        words::count(shown),
                        words::counted(preview.docs, "text", "texts"),
                        words::counted(preview.marks, "mark", "marks")
                    )}
                </p>
            </div>
            {has_warnings.then(|| view! {
                <div class="import-know">
                    <div class="row wrap counts"><WarningCounts warnings=preview.warnings.clone()/></div>
                    <WarningList warnings=preview.warnings.clone()/>
                </div>
            })}
        </div>
    }
}

fn row(row: &PreviewRow) -> impl IntoView + use<> {
    view! {
        <tr>
            <td class="n line-number">{words::count(row.line)}</td>
            <td class="first-words" dir="auto">{row.title.clone()}</td>
            <td class="n">{words::count(row.marks)}</td>
        </tr>
    }
}

/// The labels that come with the texts, as they will look.
#[component]
fn NewLabels(preview: Arc<Preview>) -> impl IntoView {
    let app = expect_context::<App>();
    let target = app.import.target.get_untracked();
    let projects = app.projects.get_untracked().unwrap_or_default();
    let there = projects.iter().find(|it| Some(&it.id) == target.as_ref());
    let mut defs = there.map(|it| it.labels.clone()).unwrap_or_default();
    let before = defs.len();
    for label in &preview.new_labels {
        let def = corpus::palette::define(label.clone(), &defs);
        defs.push(def);
    }
    let new: Vec<_> = defs.drain(before..).collect();
    (!new.is_empty()).then(|| {
        let name = if new.len() == 1 { "New label" } else { "New labels" };
        view! {
            <div class="row wrap new-labels">
                <span class="name">{name}</span>
                {new.into_iter().map(|def| view! { <LabelChip def/> }).collect_view()}
            </div>
        }
    })
}
