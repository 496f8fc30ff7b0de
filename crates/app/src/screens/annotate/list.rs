use corpus::Answer;
use leptos::html;
use leptos::prelude::*;
use project::DocNumber;
use protocol::{IoReply, IoRequest};

use super::Drawer;
use crate::browser;
use crate::parts::{Icon, Picture};
use crate::state::{App, DocState, Filter, Order};
use crate::words;

/// Height of a line of the list, in pixels. The style sheet says the same.
const LINE: f64 = 50.0;
/// Lines that are drawn above and below what is in view.
const MARGIN: usize = 8;

/// The texts: search, filter, list, and how far the work is.
#[component]
pub(super) fn TextList(drawer: RwSignal<Option<Drawer>>) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    view! {
        <aside class="side" aria-label="Texts">
            <div class="side-head">
                <div class="row">
                    <Search/>
                    <button
                        class="btn only-icon" aria-label="Add texts" title="Add texts"
                        on:click=move |_| { drawer.set(None); app.ask_for_texts(); }
                    >
                        <Picture of=Icon::Plus/>
                    </button>
                </div>
                <Filters/>
            </div>
            <Lines drawer/>
            <Show when=move || work.listed.read().is_empty()>
                <p class="no-lines meta">{move || match work.found.read().is_some() {
                    true => "No text holds these words.",
                    false => "No text is like this.",
                }}</p>
            </Show>
            <Progress/>
        </aside>
    }
}

#[component]
fn Search() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let asked = StoredValue::new(0_u32);
    let search = move |query: String| {
        work.query.set(query.clone());
        asked.update_value(|it| *it += 1);
        let number = asked.get_value();
        if query.trim().is_empty() {
            return work.found.set(None);
        }
        browser::spawn(async move {
            browser::sleep(200).await;
            let Some(project) = work.project_id().filter(|_| asked.try_get_value() == Some(number))
            else {
                return;
            };
            let request = IoRequest::Search { project, query };
            let reply = app.workers().io.ask(request, Vec::new()).await;
            if asked.try_get_value() != Some(number) {
                return;
            }
            match reply {
                Ok((IoReply::Found(docs), _)) => work.found.set(Some(docs)),
                Ok((IoReply::Failed { why }, _)) => app.say(why),
                Ok(_) => {}
                Err(fault) => app.say(crate::state::sentence(&fault)),
            }
        });
    };
    let placeholder = move || {
        let n = work.states.read().len() as u32;
        format!("Search {}", words::counted(n, "text", "texts"))
    };
    view! {
        <div class="input grow">
            <Picture of=Icon::Search/>
            <input
                id="search" type="search" aria-label="Search texts" placeholder=placeholder autocomplete="off"
                prop:value=move || work.query.get()
                on:input=move |event| search(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        search(String::new());
                        super::keys::focus_text_from_input();
                    }
                }
            />
            <kbd>"/"</kbd>
        </div>
    }
}

#[component]
fn Filters() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let is_open = RwSignal::new(false);
    let counts = move || work.project.read().as_ref().map(|it| it.counts).unwrap_or_default();
    let toggle = move |filter: Filter| {
        let is_on = work.filter.get_untracked() == filter;
        work.filter.set(if is_on { Filter::All } else { filter });
    };
    let pressed = move |filter: Filter| (work.filter.get() == filter).to_string();
    let choose = move |filter: Filter| {
        work.filter.set(filter);
        is_open.set(false);
    };
    let order = move |order: Order| {
        work.order.set(order);
        work.chose_order.set_value(true);
        is_open.set(false);
    };
    let ticked = move |is_on: bool| match is_on {
        true => view! { <Picture of=Icon::Check/> }.into_any(),
        false => view! { <span class="no-tick"></span> }.into_any(),
    };
    view! {
        <div class="filters" on:focusout=move |event| crate::shell::close_when_left(&event, is_open)>
            <button class="chip" aria-pressed=move || pressed(Filter::ToDo) on:click=move |_| toggle(Filter::ToDo)>
                "To do " <span class="num">{move || words::count(counts().docs - counts().answered())}</span>
            </button>
            <button class="chip" aria-pressed=move || pressed(Filter::Done) on:click=move |_| toggle(Filter::Done)>
                "Done " <span class="num">{move || words::count(counts().answered())}</span>
            </button>
            <button class="chip" title="Flagged" aria-pressed=move || pressed(Filter::Flagged) on:click=move |_| toggle(Filter::Flagged)>
                <Picture of=Icon::Flag/><span class="unseen">"Flagged "</span> <span class="num">{move || words::count(counts().flagged)}</span>
            </button>
            <button
                class="btn quiet small only-icon end" aria-label="Order and filter" aria-haspopup="true"
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|it| *it = !*it)
            >
                <Picture of=Icon::Filter/>
            </button>
            <Show when=move || is_open.get()>
                <div class="menu">
                    <span class="menu-head meta">"Show"</span>
                    {[(Filter::All, "All texts"), (Filter::ToDo, "To do"), (Filter::Only(Answer::Accept), "Accepted"), (Filter::Only(Answer::Reject), "Rejected"), (Filter::Only(Answer::Ignore), "Ignored"), (Filter::Flagged, "Flagged")].map(|(filter, name)| view! {
                        <button on:click=move |_| choose(filter)>{move || ticked(work.filter.get() == filter)}{name}</button>
                    })}
                    <hr/>
                    <span class="menu-head meta">"Order"</span>
                    {[(Order::Imported, "As they came in"), (Order::WorthMost, "Worth most to the model"), (Order::MostSuggested, "Most suggestions first")].map(|(it, name)| view! {
                        <button on:click=move |_| order(it)>{move || ticked(work.order.get() == it)}{name}</button>
                    })}
                </div>
            </Show>
        </div>
    }
}

/// The list. Only the lines in view are on the page.
#[component]
fn Lines(drawer: RwSignal<Option<Drawer>>) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let node = NodeRef::<html::Div>::new();
    let top = RwSignal::new(0.0);
    let height = RwSignal::new(800.0);
    let measure = move || {
        if let Some(node) = node.get_untracked() {
            top.set(f64::from(node.scroll_top()));
            height.set(f64::from(node.client_height()));
        }
    };
    Effect::new(move || {
        node.track();
        measure();
    });
    let window = Memo::new(move |_| {
        let first = (top.get() / LINE) as usize;
        let shown = (height.get() / LINE) as usize + 1;
        let n = work.listed.read().len();
        (first.saturating_sub(MARGIN).min(n), (first + shown + MARGIN).min(n))
    });
    // The text in front is in view, wherever it was opened from.
    Effect::new(move || {
        let Some(doc) = work.doc() else { return };
        let at = work.listed.read_untracked().iter().position(|it| *it == doc);
        let (Some(at), Some(node)) = (at, node.get_untracked()) else { return };
        let (from, to) = (at as f64 * LINE, (at + 1) as f64 * LINE);
        let (top, height) = (f64::from(node.scroll_top()), f64::from(node.client_height()));
        if from < top {
            node.set_scroll_top(from as i32);
        } else if top + height < to {
            node.set_scroll_top((to - height + LINE) as i32);
        }
    });
    let lines = move || {
        let (from, to) = window.get();
        let listed = work.listed.read();
        listed.get(from..to).unwrap_or_default().to_vec()
    };
    view! {
        <div class="lines" node_ref=node on:scroll=move |_| measure() role="list" aria-label="Texts" tabindex="-1">
            <div class="all-lines" style:height=move || format!("{}px", work.listed.read().len() as f64 * LINE)>
                <div class="shown-lines" style:transform=move || format!("translateY({}px)", window.get().0 as f64 * LINE)>
                    <For each=lines key=|doc| doc.0 let(doc)>
                        <Line doc drawer/>
                    </For>
                </div>
            </div>
        </div>
    }
}

#[component]
fn Line(doc: DocNumber, drawer: RwSignal<Option<Drawer>>) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let title = work.heads.read_untracked().get(doc.0 as usize).map(|it| it.title.clone());
    let title = title.filter(|it| !it.is_empty()).unwrap_or_else(|| "(no words)".to_owned());
    let state =
        Memo::new(move |_| work.states.read().get(doc.0 as usize).copied().unwrap_or_default());
    let is_front = Memo::new(move |_| work.doc() == Some(doc));
    view! {
        <div role="listitem">
            <button
                class="line" aria-current=move || is_front.get().then_some("true")
                on:click=move |_| { drawer.set(None); app.show_doc(doc); }
            >
                {move || state_icon(state.get(), is_front.get())}
                <bdi class="line-title cut">{title}</bdi>
                <span class="line-notes meta num">{move || notes(state.get())}</span>
            </button>
        </div>
    }
}

fn state_icon(state: DocState, is_front: bool) -> impl IntoView {
    let (class, icon, name) = match state.answer {
        Some(Answer::Accept) => ("state ok", Icon::Accepted, "accepted"),
        Some(Answer::Reject) => ("state bad", Icon::Rejected, "rejected"),
        Some(Answer::Ignore) => ("state", Icon::Ignored, "ignored"),
        None if state.is_flagged => ("state warn", Icon::Flag, "flagged, to do"),
        None if is_front => ("state now", Icon::Half, "in progress"),
        None => ("state", Icon::ToDo, "to do"),
    };
    view! { <span class=class title=name><Picture of=icon/><span class="unseen">{name}</span></span> }
}

/// “25 marks · 5 suggested”
fn notes(state: DocState) -> String {
    let mut notes = Vec::new();
    match state.answer {
        Some(Answer::Reject) => notes.push("rejected".to_owned()),
        Some(Answer::Ignore) => notes.push("ignored".to_owned()),
        Some(Answer::Accept) | None => {}
    }
    if 0 < state.marks || state.answer == Some(Answer::Accept) {
        notes.push(words::counted(state.marks, "mark", "marks"));
    }
    if 0 < state.suggested && state.answer.is_none() {
        notes.push(format!("{} suggested", words::count(state.suggested)));
    }
    if state.is_flagged {
        notes.push("note".to_owned());
    }
    if notes.is_empty() { "to do".to_owned() } else { notes.join(" · ") }
}

/// How far the work is, and how long the rest may take.
#[component]
fn Progress() -> impl IntoView {
    let app = expect_context::<App>();
    let counts = move || app.work.project.read().as_ref().map(|it| it.counts).unwrap_or_default();
    let share = move |part: u32| {
        let whole = counts().docs.max(1);
        format!("{:.2}%", 100.0 * f64::from(part) / f64::from(whole))
    };
    let name = move || {
        let it = counts();
        let to_do = it.docs - it.answered();
        format!(
            "{} accepted, {} rejected, {} ignored, {to_do} to do",
            it.accepted, it.rejected, it.ignored
        )
    };
    let left = move || {
        let it = counts();
        app.work.secs_per_answer.get().map(|secs| {
            format!("{} left", words::duration(secs * f64::from(it.docs - it.answered())))
        })
    };
    view! {
        <div class="side-foot">
            <div class="row">
                <b class="num">{move || format!("{} of {} answered", words::count(counts().answered()), words::count(counts().docs))}</b>
                <span class="meta num end">{move || words::percent(counts().answered(), counts().docs)}</span>
            </div>
            <div class="progress" role="img" aria-label=name>
                <i class="ok" style:width=move || share(counts().accepted)></i>
                <i class="bad" style:width=move || share(counts().rejected)></i>
                <i class="none" style:width=move || share(counts().ignored)></i>
            </div>
            <div class="row meta num">
                <span class="state ok"><Picture of=Icon::Accepted/></span>{move || words::count(counts().accepted)}
                <span class="state bad"><Picture of=Icon::Rejected/></span>{move || words::count(counts().rejected)}
                <span class="state"><Picture of=Icon::Ignored/></span>{move || words::count(counts().ignored)}
                <span class="end">{left}</span>
            </div>
        </div>
    }
}
