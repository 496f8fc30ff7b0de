use leptos::prelude::*;

use super::Drawer;
use super::answer_bar::AnswerBar;
use super::selection_bar::SelectionBar;
use super::text_view::TextView;
use crate::browser;
use crate::parts::{BaseOptions, Icon, Picture};
use crate::screens::projects::ImportPanel;
use crate::state::{App, Sheet};
use crate::words;

/// The text in front, and what can be done to it.
#[component]
pub(super) fn Desk(drawer: RwSignal<Option<Drawer>>) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let has_text = Memo::new(move |_| work.text.read().is_some());
    let is_empty = Memo::new(move |_| work.states.read().is_empty());
    let asks = Memo::new(move |_| app.asks_for_texts());
    view! {
        <section class="desk" aria-label="Text">
            <Show when=move || !work.is_writable.get()>
                <div class="banner info desk-banner" role="status">
                    <Picture of=Icon::Info/>
                    <p class="grow">"This project is open in another tab. You can read here, and write there."</p>
                </div>
            </Show>
            <Show when=move || !is_empty.get() && !asks.get() fallback=move || view! { <AskForTexts is_empty/> }>
                <Head drawer/>
                <Show when=move || has_text.get() fallback=|| view! { <div class="sheet"></div> }>
                    <TextView/>
                </Show>
                <div class="dock">
                    <SelectionBar/>
                    <LabelRow/>
                    <AnswerBar/>
                </div>
            </Show>
        </section>
    }
}

/// Where texts come into the open project: all there is while it has none, else in place of the
/// text in front.
#[component]
fn AskForTexts(is_empty: Memo<bool>) -> impl IntoView {
    let app = expect_context::<App>();
    let name = move || app.work.project.read().as_ref().map(|it| it.name.clone());
    if !is_empty.get_untracked() {
        browser::spawn(async {
            browser::next_frame().await;
            // A preview takes the focus itself.
            if browser::document().get_element_by_id("import-title").is_none() {
                browser::focus("choose-files");
            }
        });
    }
    app.work.project_id().map(|into| {
        view! {
            <div class="desk-import">
                <Show when=move || !is_empty.get()>
                    <div class="row desk-import-head">
                        <h2 class="cut grow">"Add texts to “"<bdi>{name}</bdi>"”"</h2>
                        <button class="btn" on:click=move |_| app.stop_asking_for_texts()>
                            "Back to the text " <kbd>"Esc"</kbd>
                        </button>
                    </div>
                </Show>
                <ImportPanel into first_visit=is_empty/>
            </div>
        }
    })
}

#[component]
fn Head(drawer: RwSignal<Option<Drawer>>) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let name = move || work.text.get().map(|it| format!("Text {}", words::count(it.number.0 + 1)));
    let about = move || {
        let text = work.text.get()?;
        let chars = text.ruler.len(corpus::offsets::Unit::CodePoints);
        let pmid = ["pmid", "PMID"].iter().find_map(|key| text.meta.0.get(*key));
        let name = match pmid {
            Some(pmid) => format!("PMID {}", pmid.to_string().trim_matches('"')),
            None => text.id.to_string(),
        };
        Some(format!("{name} · {}", words::counted(chars, "character", "characters")))
    };
    let step = move |by: i32| {
        let doc = work.text.read_untracked().as_ref().map(|it| it.number);
        if let Some(next) = doc.and_then(|doc| app.neighbour(doc, by)) {
            app.show_doc(next);
        }
    };
    let has = move |by: i32| {
        work.listed.track();
        let doc = work.doc();
        doc.and_then(|doc| app.neighbour(doc, by)).is_none().to_string()
    };
    let base = Memo::new(move |_| work.project.read().as_ref().map(|it| it.base.clone()));
    let snaps_to = move || match work.has_tokens.get() {
        true => "A selection grows to these tokens. Hold Alt to select letters.",
        false => "The tokens are being made. Until then a selection grows to words.",
    };
    let flag = move || work.annotation.read().flag.clone();
    let is_partly_read = Memo::new(move |_| !work.annotation.read().unread.is_empty());
    view! {
        <div class="desk-head">
            <button class="btn small only-icon quiet narrow-only" aria-label="All texts" on:click=move |_| drawer.set(Some(Drawer::List))>
                <Picture of=Icon::Menu/>
            </button>
            <h2 class="num">{name}</h2>
            <bdi class="meta cut wide-only num">{about}</bdi>
            {move || flag().map(|note| view! {
                <button class="chip warn" title=note.clone() on:click=move |_| app.sheet.set(Some(Sheet::Flag))>
                    <Picture of=Icon::Flag/><span class="cut flag-note">{note.clone()}</span>
                </button>
            })}
            <Show when=move || is_partly_read.get()>
                <button
                    class="chip info" title="Where it is hatched, nothing but marks is learned. Press when you have read it all."
                    on:click=move |_| app.read_all()
                >
                    <Picture of=Icon::Info/>"Part unread"
                </button>
            </Show>
            <span class="grow"></span>
            <label class="tokens" title=snaps_to>
                "tokens: "
                <select prop:value=move || base.get() on:change=move |event| app.use_base(event_target_value(&event))>
                    <BaseOptions chosen=base/>
                </select>
            </label>
            <button class="btn small quiet no-rail-only" on:click=move |_| drawer.set(Some(Drawer::Rail))>"Labels"</button>
            <button class="btn small only-icon quiet wide-only" aria-label="Previous text" aria-disabled=move || has(-1) on:click=move |_| step(-1)>
                <Picture of=Icon::Left/>
            </button>
            <button class="btn small only-icon quiet wide-only" aria-label="Next text" aria-disabled=move || has(1) on:click=move |_| step(1)>
                <Picture of=Icon::Right/>
            </button>
        </div>
    }
}

/// The labels as a row, where the rail has no room.
#[component]
fn LabelRow() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    view! {
        <div class="label-row" role="group" aria-label="Labels">
            {move || work.labels().into_iter().map(|def| {
                let label = def.label.clone();
                let is_pinned = { let label = label.clone(); move || (work.pinned.get().as_ref() == Some(&label)).to_string() };
                view! {
                    <button
                        class=format!("label-chip {}", crate::parts::slot_class(def.slot)) aria-pressed=is_pinned
                        on:click=move |_| super::keys::use_label(app, label.clone())
                    >
                        <crate::parts::Shape of=def.slot/><bdi>{def.label.to_string()}</bdi>
                    </button>
                }
            }).collect_view()}
            <button class="btn quiet small only-icon" aria-label="Edit labels" on:click=move |_| app.sheet.set(Some(Sheet::Labels))>
                <Picture of=Icon::Pencil/>
            </button>
        </div>
    }
}
