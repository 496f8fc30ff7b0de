use leptos::prelude::*;
use protocol::{ExportFormat, ExportOptions, Which};

use super::Answered;
use crate::parts::{BaseOptions, Icon, Picture};
use crate::state::App;
use crate::words;

/// A format as people choose it.
pub(crate) struct Known {
    pub(crate) format: ExportFormat,
    pub(crate) name: &'static str,
    pub(crate) extension: &'static str,
    /// What it is good for.
    pub(crate) says: &'static str,
}

/// The formats, in the order of the list.
pub(crate) const ALL: [Known; 5] = [
    Known {
        format: ExportFormat::Nerine,
        name: "Nerine project",
        extension: ".nerine",
        says: "Everything in one file of plain text: to keep, to move, to go on with.",
    },
    Known {
        format: ExportFormat::Prodigy,
        name: "Prodigy JSONL",
        extension: ".jsonl",
        says: "One text a line, marks counted in characters. Read by Prodigy and spaCy’s tools.",
    },
    Known {
        format: ExportFormat::Spacy,
        name: "spaCy",
        extension: ".spacy",
        says: "All texts with their words in one file that “spacy train” reads. Made for flat marks.",
    },
    Known {
        format: ExportFormat::ConllIob2,
        name: "CoNLL, IOB2",
        extension: ".conll",
        says: "One word per line, one tag per word: B-, I-, O. Made for flat marks.",
    },
    Known {
        format: ExportFormat::ConllBiluo,
        name: "CoNLL, BILUO",
        extension: ".conll",
        says: "One word per line, one tag per word: B-, I-, L-, U-, O. Made for flat marks.",
    },
];

/// The format's entry in the list.
pub(crate) fn known(format: ExportFormat) -> &'static Known {
    ALL.iter().find(|it| it.format == format).unwrap_or(&ALL[0])
}

/// Whether a format is of tokens.
pub(crate) fn has_tokens(format: ExportFormat) -> bool {
    match format {
        ExportFormat::Nerine | ExportFormat::Prodigy => false,
        ExportFormat::Spacy | ExportFormat::ConllIob2 | ExportFormat::ConllBiluo => true,
    }
}

/// The formats with what each would lose, and what goes into the file.
#[component]
pub(crate) fn Formats(
    /// What is chosen.
    options: RwSignal<ExportOptions>,
    /// What was found out about it.
    answered: RwSignal<Answered>,
) -> impl IntoView {
    let format = Memo::new(move |_| options.read().format);
    view! {
        <div class="card export-side">
            <header><h2 id="formats">"Format"</h2><span class="meta end">"what gets lost"</span></header>
            <div class="format-list" role="radiogroup" aria-labelledby="formats">
                {ALL.iter().map(|it| view! { <Choice it options answered/> }).collect_view()}
            </div>
            <div class="export-options">
                <Texts options/>
                <Show when=move || has_tokens(format.get())>
                    <div class="field">
                        <label for="export-base">"Tokens"</label>
                        <select id="export-base" class="input" on:change=move |event| {
                            options.update(|it| it.base = event_target_value(&event));
                        }>
                            <BaseOptions chosen=Signal::derive(move || Some(options.read().base.clone()))/>
                        </select>
                    </div>
                </Show>
                <Show when=move || format.get() == ExportFormat::Nerine>
                    <label class="tick">
                        <input
                            type="checkbox" prop:checked=move || options.read().history
                            on:change=move |event| options.update(|it| it.history = event_target_checked(&event))
                        />
                        "With the undo history"
                    </label>
                </Show>
            </div>
        </div>
    }
}

#[component]
fn Choice(
    it: &'static Known,
    options: RwSignal<ExportOptions>,
    answered: RwSignal<Answered>,
) -> impl IntoView {
    let is_chosen = Memo::new(move |_| options.read().format == it.format);
    let losses = Memo::new(move |_| {
        let answered = answered.read();
        let verdicts = &answered.report.as_ref()?.verdicts;
        verdicts.iter().find(|(format, _)| *format == it.format).map(|(_, losses)| *losses)
    });
    view! {
        <label class="format" class:chosen=move || is_chosen.get()>
            <input
                type="radio" name="format" prop:checked=move || is_chosen.get()
                on:change=move |_| options.update(|options| options.format = it.format)
            />
            <span class="format-name">
                <span>{it.name}</span><span class="mono meta">{it.extension}</span>
            </span>
            {move || match losses.get() {
                None => view! { <span class="meta">"…"</span> }.into_any(),
                Some(0) => view! { <span class="state ok"><Picture of=Icon::Accepted/>"nothing lost"</span> }.into_any(),
                Some(n @ 1..=2) => view! { <span class="state warn"><Picture of=Icon::Warning/>{words::counted(n, "loss", "losses")}</span> }.into_any(),
                Some(n) => view! { <span class="state bad"><Picture of=Icon::Rejected/>{words::counted(n, "loss", "losses")}</span> }.into_any(),
            }}
        </label>
    }
}

/// Which texts go into the file.
#[component]
fn Texts(options: RwSignal<ExportOptions>) -> impl IntoView {
    let app = expect_context::<App>();
    let counts = move || app.work.project.read().as_ref().map(|it| it.counts).unwrap_or_default();
    let takes_all = Memo::new(move |_| options.read().format == ExportFormat::Nerine);
    let choices =
        [(Which::Accepted, "Accepted"), (Which::Answered, "Answered"), (Which::All, "All")];
    let count = move |which| match which {
        Which::Accepted => counts().accepted,
        Which::Answered => counts().answered(),
        Which::All => counts().docs,
    };
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if let Some((which, _)) = choices.iter().find(|(_, name)| *name == chosen) {
            options.update(|it| it.which = *which);
        }
    };
    view! {
        <div class="field">
            <label for="export-which">"Which texts"</label>
            {move || match takes_all.get() {
                true => view! {
                    <p class="soft" id="export-which">{words::counted(counts().docs, "text", "texts")}": a project file holds all."</p>
                }.into_any(),
                false => view! {
                    <select id="export-which" class="input" on:change=choose>
                        {choices.map(|(which, name)| view! {
                            <option value=name selected=move || options.read().which == which>
                                {move || format!("{name} · {}", words::count(count(which)))}
                            </option>
                        })}
                    </select>
                }.into_any(),
            }}
        </div>
    }
}
