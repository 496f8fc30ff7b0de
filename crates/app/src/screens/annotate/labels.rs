use annotate::Renaming;
use corpus::{Label, LabelDef, palette};
use leptos::prelude::*;
use project::RunRecord;

use super::keys;
use crate::browser;
use crate::parts::{Dialog, Icon, Picture, Shape, slot_class};
use crate::state::{App, sentence};
use crate::words;

/// What the dialog asks and says.
#[derive(Clone, Copy)]
struct Talk {
    /// The renaming that waits for a yes.
    renaming: RwSignal<Option<Renaming>>,
    /// Why the last thing could not be done.
    trouble: RwSignal<Option<String>>,
}

/// The project's labels: add, rename, colour, code, description, remove.
#[component]
pub(super) fn LabelsDialog() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let talk = Talk { renaming: RwSignal::new(None), trouble: RwSignal::new(None) };
    provide_context(talk);
    let close = move || {
        app.sheet.set(None);
        keys::focus_text();
    };
    let overlaps = move || work.project.read().as_ref().is_some_and(|it| it.overlaps_allowed);
    let switch = move |_| {
        let allowed = !overlaps();
        change(app, move |project| project.overlaps_allowed = allowed);
    };
    view! {
        <Dialog name="Labels" wide=true on_close=move |()| close()>
            <div class="row dialog-head">
                <h1>"Labels"</h1>
                <button class="btn end" on:click=move |_| close()>"Close"</button>
            </div>
            <AddLabel/>
            {move || talk.trouble.get().map(|why| view! {
                <div class="banner bad" role="alert"><Picture of=Icon::Rejected/><p class="grow" dir="auto">{why}</p></div>
            })}
            {move || talk.renaming.get().map(|renaming| view! { <RenameAsk renaming/> })}
            <Show when=move || !work.labels().is_empty()>
                <div class="scroll-x">
                    <table class="labels-table">
                        <thead><tr>
                            <th>"Key"</th><th>"Label"</th><th>"Code"</th><th>"What belongs to it"</th><th class="n">"Marks"</th><th></th>
                        </tr></thead>
                        <tbody>
                            <For each=move || work.labels() key=|def| (def.label.clone(), def.slot, def.code.clone()) let(def)>
                                <LabelRow def/>
                            </For>
                        </tbody>
                    </table>
                </div>
            </Show>
            <div class="col dialog-form">
                <button class="switch" role="switch" aria-checked=move || overlaps().to_string() on:click=switch>
                    "Marks may overlap"
                </button>
                <span class="hint">"Off: a new mark takes the place of those it touches. Models learn flat marks: of two that overlap, the longer one."</span>
            </div>
        </Dialog>
    }
}

fn change(app: App, change: impl FnOnce(&mut project::ProjectRecord) + 'static) {
    if let Some(project) = app.work.project_id() {
        app.update_project_soon(project, change);
    }
}

#[component]
fn AddLabel() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let name = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let add = move || {
        let typed = name.get_untracked();
        let label = match Label::new(typed.trim()) {
            Ok(label) => label,
            Err(error) => return wrong.set(Some(sentence(&error))),
        };
        let labels = work.project.read_untracked().as_ref().map(|it| it.labels.clone());
        if labels.unwrap_or_default().iter().any(|it| it.label == label) {
            return wrong.set(Some(format!("There is a label “{label}” already.")));
        }
        name.set(String::new());
        wrong.set(None);
        change(app, move |project| {
            let def = palette::define(label, &project.labels);
            project.labels.push(def);
        });
    };
    view! {
        <form class="col dialog-form" on:submit=move |event| { event.prevent_default(); add(); }>
            <div class="field">
                <label for="new-label">"New label"</label>
                <div class="row">
                    <input
                        id="new-label" class="input" autofocus autocomplete="off" placeholder="nanoparticle"
                        aria-invalid=move || wrong.read().is_some().to_string() aria-describedby="new-label-hint"
                        prop:value=move || name.get() on:input=move |event| { name.set(event_target_value(&event)); wrong.set(None); }
                    />
                    <button type="submit" class="btn primary">"Add label"</button>
                </div>
                <span id="new-label-hint" class="hint" class:wrong=move || wrong.read().is_some()>
                    {move || wrong.get().unwrap_or_else(|| "Its name is kept as you type it. It gets the next free key and colour.".to_owned())}
                </span>
            </div>
        </form>
    }
}

/// Asks before a label that marks use is renamed.
#[component]
fn RenameAsk(renaming: Renaming) -> impl IntoView {
    let app = expect_context::<App>();
    let asked = expect_context::<Talk>().renaming;
    let Renaming { from, to } = renaming.clone();
    let marks = app.work.label_counts.read_untracked().get(&from).copied().unwrap_or(0);
    let marks = words::counted(marks, "mark", "marks");
    let runs = app.work.runs.read_untracked();
    let knows = |it: &&RunRecord| it.weights_bytes != 0 && it.settings.labels.contains(&from);
    let models = match runs.iter().filter(knows).count() as u64 {
        0 => String::new(),
        n => format!(
            " {} learned “{from}” and still suggest it under that name, until you train again.",
            words::counted(n, "stored model has", "stored models have"),
        ),
    };
    let leave = move || {
        asked.set(None);
        browser::focus("new-label");
    };
    let rename = move |_| {
        leave();
        app.rename_label(renaming.clone());
    };
    Effect::new(move || browser::focus("rename-keep"));
    view! {
        <div class="banner warn" role="alertdialog" aria-label="Rename the label" aria-describedby="rename-what">
            <Picture of=Icon::Warning/>
            <p id="rename-what" class="grow" dir="auto">
                {format!("“{from}” becomes “{to}” on {marks}, and in all that can be undone. Undo does not take this back; to do that, rename it again.{models}")}
            </p>
            <button id="rename-keep" class="btn small" on:click=move |_| leave()>"Keep"</button>
            <button class="btn small primary" on:click=rename>{format!("Rename {marks}")}</button>
        </div>
    }
}

#[component]
fn LabelRow(def: LabelDef) -> impl IntoView {
    let app = expect_context::<App>();
    let Talk { renaming, trouble } = expect_context();
    let work = app.work;
    let label = def.label.clone();
    let count = {
        let label = label.clone();
        Memo::new(move |_| work.label_counts.read().get(&label).copied().unwrap_or(0))
    };
    let edit = {
        let label = label.clone();
        move |edit: Box<dyn FnOnce(&mut LabelDef)>| {
            let label = label.clone();
            change(app, move |project| {
                if let Some(def) = project.labels.iter_mut().find(|it| it.label == label) {
                    edit(def);
                }
            });
        }
    };
    let (edit_slot, edit_code, edit_description) = (edit.clone(), edit.clone(), edit);
    let key = match def.slot {
        1..=8 => def.slot.to_string(),
        9..=16 => format!("⇧{}", def.slot - 8),
        _ => "–".to_owned(),
    };
    let taken: Vec<u8> =
        work.labels().iter().map(|it| it.slot).filter(|it| *it != def.slot).collect();
    let slot = def.slot;
    let name = def.label.to_string();
    let code = def.code.clone();
    let codes: Vec<String> =
        work.labels().into_iter().map(|it| it.code).filter(|it| *it != code).collect();
    let remove = move |_| {
        if 0 < count.get_untracked() {
            let n = words::counted(count.get_untracked(), "mark uses", "marks use");
            return trouble.set(Some(format!("{n} “{label}”. Remove them first.")));
        }
        let label = label.clone();
        change(app, move |project| project.labels.retain(|it| it.label != label));
    };
    let from = def.label.clone();
    let rename = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        trouble.set(None);
        let to = match Label::new(input.value().trim()) {
            Ok(to) => to,
            Err(error) => {
                input.set_value(from.as_str());
                return trouble.set(Some(sentence(&error)));
            }
        };
        // What is shown is the name it has; the new one comes when it is on disk.
        input.set_value(from.as_str());
        let labels = untrack(|| work.labels());
        if labels.iter().any(|it| it.label == to) {
            if to != from {
                trouble.set(Some(format!("There is a label “{to}” already.")));
            }
            return;
        }
        let wanted = Renaming { from: from.clone(), to };
        match count.get_untracked() {
            0 => app.rename_label(wanted),
            _ => renaming.set(Some(wanted)),
        }
    };
    view! {
        <tr>
            <td><kbd>{key}</kbd></td>
            <td>
                <div class="row">
                    <span class=format!("swatch {}", slot_class(slot))></span>
                    <Shape of=def.slot/>
                    <input
                        class="input label-input" dir="auto" aria-label=format!("Name of {name}") prop:value=name.clone()
                        on:change=rename
                    />
                    <select
                        class="input slot-choice" aria-label=format!("Colour and key of {name}")
                        on:change=move |event| {
                            if let Ok(slot) = event_target_value(&event).parse() {
                                edit_slot(Box::new(move |def| def.slot = slot));
                            }
                        }
                    >
                        {(1..=palette::SLOTS).filter(|it| !taken.contains(it)).map(|it| view! {
                            <option value=it selected=it == slot>{slot_name(it)}</option>
                        }).collect_view()}
                    </select>
                </div>
            </td>
            <td>
                <input
                    class="input code" aria-label=format!("Code of {name}") maxlength="4" prop:value=def.code.clone()
                    on:change=move |event| {
                        let code = event_target_value(&event).trim().to_owned();
                        if code.is_empty() || codes.contains(&code) {
                            let why = "A code has one to four letters that no other label has.";
                            return trouble.set(Some(why.to_owned()));
                        }
                        trouble.set(None);
                        edit_code(Box::new(move |def| def.code = code));
                    }
                />
            </td>
            <td>
                <input
                    class="input" aria-label=format!("What belongs to {name}") prop:value=def.description.clone()
                    on:change=move |event| {
                        let text = event_target_value(&event);
                        edit_description(Box::new(move |def| def.description = text));
                    }
                />
            </td>
            <td class="n">{move || words::count(count.get())}</td>
            <td>
                <button class="btn quiet small only-icon" aria-label=format!("Remove {name}") on:click=remove>
                    <Picture of=Icon::Trash/>
                </button>
            </td>
        </tr>
    }
}

fn slot_name(slot: u8) -> String {
    const NAMES: [&str; 8] = ["blue", "amber", "rose", "violet", "green", "olive", "teal", "mauve"];
    let name = NAMES[usize::from((slot - 1) % 8)];
    if slot <= 8 { format!("{slot} {name}") } else { format!("⇧{} {name}, striped", slot - 8) }
}
