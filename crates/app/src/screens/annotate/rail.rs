use leptos::prelude::*;

use protocol::Why;

use super::keys;
use crate::browser;
use crate::parts::{Icon, Picture, slot_class};
use crate::state::{App, Focus, LEAST_ACCEPTED, Sheet, sentence};
use crate::words;

/// Labels, what is suggested and marked here, and the model that suggests.
#[component]
pub(super) fn Rail() -> impl IntoView {
    view! {
        <aside class="rail" aria-label="Labels and suggestions">
            <Labels/>
            <SuggestedHere/>
            <MarkedHere/>
            <Model/>
        </aside>
    }
}

#[component]
fn Labels() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let in_focus = move || work.focus.get().map(|it| it.span().label().clone());
    view! {
        <div class="rail-head">
            <h2>"Labels"</h2>
            <button class="btn quiet small only-icon end" aria-label="Edit labels" title="Edit labels" on:click=move |_| app.sheet.set(Some(Sheet::Labels))>
                <Picture of=Icon::Pencil/>
            </button>
        </div>
        <div class="rail-list">
            {move || work.labels().into_iter().map(|def| {
                let label = def.label.clone();
                let (for_focus, for_pin, for_count) = (label.clone(), label.clone(), label.clone());
                let key = match def.slot {
                    1..=8 => def.slot.to_string(),
                    9..=16 => format!("⇧{}", def.slot - 8),
                    _ => String::new(),
                };
                let is_pinned = Memo::new(move |_| work.pinned.get().as_ref() == Some(&for_pin));
                view! {
                    <button
                        class="label-line" class:in-focus=move || in_focus().as_ref() == Some(&for_focus)
                        aria-pressed=move || is_pinned.get().to_string()
                        on:click=move |_| { keys::use_label(app, label.clone()); keys::focus_text(); }
                    >
                        <kbd>{key}</kbd>
                        <span class=format!("swatch {}", slot_class(def.slot))></span>
                        <bdi class="cut label-name">{def.label.to_string()}</bdi>
                        <Show when=move || is_pinned.get()><Picture of=Icon::Pin/></Show>
                        <span class="meta num">{move || words::count(work.label_counts.read().get(&for_count).copied().unwrap_or(0))}</span>
                    </button>
                }
            }).collect_view()}
            <Show when=move || work.labels().is_empty()>
                <p class="meta rail-note">"What do you look for? Give it a name, such as nanoparticle."</p>
                <button class="btn" on:click=move |_| app.sheet.set(Some(Sheet::Labels))><Picture of=Icon::Plus/>"Add labels"</button>
            </Show>
        </div>
    }
}

#[component]
fn SuggestedHere() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let is_on = move |span: &corpus::Span| {
        work.focus.get().is_some_and(|it| it == Focus::Suggestion(span.clone()))
    };
    let words_of = move |span: &corpus::Span| {
        let open = work.text.get();
        open.map(|it| span.text(it.text()).to_owned()).unwrap_or_default()
    };
    let sorted = move || {
        let mut open = work.open_suggestions.get();
        open.sort_by(|a, b| b.score.total_cmp(&a.score));
        open
    };
    let all = move |is_taken: bool| {
        let open = work.open_suggestions.get_untracked();
        match is_taken {
            true => app.take(open),
            false => {
                app.edit(annotate::Edit::Refuse(open.into_iter().map(|it| it.span).collect()));
            }
        }
        work.focus.set(None);
        keys::focus_text();
    };
    view! {
        <Show when=move || !work.open_suggestions.read().is_empty()>
            <hr class="rail-line"/>
            <div class="rail-head">
                <h2>"Suggested here"</h2>
                <span class="meta num end">{move || work.open_suggestions.read().len()}</span>
            </div>
            <ul class="rail-list">
                {move || sorted().into_iter().map(|it| {
                    let look = work.look(it.span.label());
                    let (shown, goes) = (it.span.clone(), it.span.clone());
                    view! {
                        <li>
                            <button
                                class="suggested-line" aria-current=move || is_on(&shown).then_some("true")
                                on:click=move |_| { keys::set_focus(app, Some(Focus::Suggestion(goes.clone()))); keys::focus_text(); }
                            >
                                <span class=format!("dashes L{}", look.slot)></span>
                                <bdi class="cut grow">{words_of(&it.span)}</bdi>
                                <span class="meta" title=look.label.to_string()>{look.code.clone()}</span>
                                <span class="num soft">{work.score(&it).map(|it| format!("{it:.2}"))}</span>
                            </button>
                        </li>
                    }
                }).collect_view()}
            </ul>
            <div class="rail-note row wrap">
                <button class="btn small" on:click=move |_| all(true)>"Take all"</button>
                <button class="btn small quiet" on:click=move |_| all(false)>"Refuse all"</button>
            </div>
            <p class="meta rail-keys">
                <kbd>"Tab"</kbd>" next · "<kbd>"Enter"</kbd>" take · "<kbd>"Del"</kbd>" refuse"
            </p>
        </Show>
    }
}

/// The marks as a list of buttons, for whoever does not see the text.
#[component]
fn MarkedHere() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let n = move || work.annotation.read().marks.len();
    let is_open = RwSignal::new(false);
    view! {
        <Show when=move || 0 < n()>
            <hr class="rail-line"/>
            <button class="rail-fold" aria-expanded=move || is_open.get().to_string() on:click=move |_| is_open.update(|it| *it = !*it)>
                <Picture of=Icon::Down/><b>"Marked here"</b><span class="meta num end">{n}</span>
            </button>
            <Show when=move || is_open.get()>
                <ul class="rail-list">
                    {move || work.annotation.get().marks.into_iter().take(400).map(|mark| {
                        let look = work.look(mark.span.label());
                        let open = work.text.get();
                        let words = open.map(|it| mark.span.text(it.text()).to_owned());
                        let span = mark.span.clone();
                        view! {
                            <li>
                                <button class="suggested-line" on:click=move |_| { keys::set_focus(app, Some(Focus::Mark(span.clone()))); keys::focus_text(); }>
                                    <span class=format!("swatch tiny {}", slot_class(look.slot))></span>
                                    <bdi class="cut grow">{words}</bdi>
                                    <span class="meta" title=look.label.to_string()>{look.code.clone()}</span>
                                </button>
                            </li>
                        }
                    }).collect_view()}
                </ul>
            </Show>
        </Show>
    }
}

/// Which model suggests, and from which confidence on.
#[component]
fn Model() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let companion = app.companion;
    let model = move || {
        let run = work.project.read().as_ref().and_then(|it| it.suggesting)?;
        let runs = work.runs.read();
        let run = runs.iter().find(|it| it.id == run)?;
        let dev = run.dev.as_ref().map(|it| format!(", dev F1 {}", words::score(it.micro.f1())));
        Some(format!("Model “{}”{}", run.name, dev.unwrap_or_default()))
    };
    let follows = Memo::new(move |_| companion.following.read().is_some());
    let learned = move || {
        if !companion.is_on.get() {
            return None;
        }
        let following = companion.following.read();
        let Some(following) = following.as_ref() else {
            let accepted = work.project.read().as_ref().map_or(0, |it| it.counts.accepted);
            let waits = accepted < LEAST_ACCEPTED;
            return waits.then(|| format!("It begins when {LEAST_ACCEPTED} texts are accepted."));
        };
        let Some(n) = following.texts else {
            return Some("Reads the texts to learn from them …".to_owned());
        };
        let texts = words::counted(n, "text", "texts");
        let trains = app.training.live.read().as_ref().is_some_and(|it| it.is_along);
        let trains = if trains { " It trains again at length." } else { "" };
        Some(format!("Has learned from {texts} so far.{trains}"))
    };
    let why = move || {
        let queue = companion.queue.read();
        let (_, why) = queue.get(&work.doc()?)?;
        Some(match why {
            Why::Unsure { spans } if *spans < 1.5 => {
                "This text: the model is unsure of a mark.".to_owned()
            }
            Why::Unsure { spans } => {
                format!("This text: the model is unsure of about {spans:.0} marks.")
            }
            Why::Drawn => "This text was drawn at random.".to_owned(),
        })
    };
    let recount = move |_| {
        browser::spawn(async move {
            if let Err(error) = app.recount_suggestions().await {
                app.say(sentence(&error));
            }
        });
    };
    view! {
        <div class="rail-foot">
            <Show
                when=move || model().is_some() || follows.get()
                fallback=|| view! { <p class="meta">"No model suggests yet. Accept some texts, then train one."</p> }
            >
                <Show
                    when=move || work.scores_suggestions.get()
                    fallback=|| view! { <p class="meta">"spaCy gives no confidence: all that it finds is shown."</p> }
                >
                    <div class="row">
                        <label class="name" for="confidence">"Show from confidence"</label>
                        <b class="end num">{move || format!("{:.2}", work.min_score.get())}</b>
                    </div>
                    <input
                        id="confidence" type="range" min="0" max="1" step="0.01" prop:value=move || work.min_score.get().to_string()
                        on:input=move |event| {
                            if let Ok(value) = event_target_value(&event).parse() {
                                work.min_score.set(value);
                            }
                        }
                        on:change=recount
                    />
                </Show>
                <p class="meta cut">{model}</p>
            </Show>
            <Show when=move || work.scores_suggestions.get()>
                <button
                    id="learns-along" class="switch" role="switch"
                    aria-checked=move || companion.is_on.get().to_string()
                    on:click=move |_| app.let_companion_learn(!companion.is_on.get_untracked())
                >
                    "Learn while I annotate"
                </button>
                <p class="meta" id="learned">{learned}</p>
                <p class="meta" id="why-this">{why}</p>
            </Show>
        </div>
    }
}
