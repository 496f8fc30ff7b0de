use corpus::Span;
use leptos::prelude::*;

use super::keys;
use crate::parts::{Icon, LabelChip, Picture};
use crate::state::{App, Focus};
use crate::words;

/// What is selected or in focus, and what can be done with it. Nothing floats over the text.
#[component]
pub(super) fn SelectionBar() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let strip = move || {
        match (work.selection.get(), work.focus.get(), work.pinned.get()) {
        (Some((start, end)), ..) => view! { <Selected start end/> }.into_any(),
        (None, Some(Focus::Mark(span)), _) => view! { <Marked span/> }.into_any(),
        (None, Some(Focus::Suggestion(span)), _) => view! { <Suggested span/> }.into_any(),
        (None, None, Some(label)) => view! {
            <Picture of=Icon::Pin/>
            <LabelChip def=work.look(&label)/>
            <span class="meta cut">"Each selection is marked at once."</span>
            <button class="btn quiet small end" on:click=move |_| work.pinned.set(None)>"Unpin " <kbd>"Esc"</kbd></button>
        }
        .into_any(),
        (None, None, None) if work.labels().is_empty() => view! {
            <span class="meta cut">"No labels yet."</span>
            <button class="btn small end" on:click=move |_| app.sheet.set(Some(crate::state::Sheet::Labels))>
                <Picture of=Icon::Plus/>"Add labels"
            </button>
        }
        .into_any(),
        (None, None, None) => view! {
            <span class="meta cut">"Drag over words, then press a label’s key."</span>
            <span class="meta end wide-only row">
                <kbd>"Tab"</kbd>"next mark"<kbd>"?"</kbd>"keys"
            </span>
        }
        .into_any(),
    }
    };
    view! { <div class="strip">{strip}</div> }
}

/// The words of a stretch of the text in front.
fn quote(app: App, start: u32, end: u32) -> String {
    let open = app.work.text.get();
    let words = open.as_ref().and_then(|it| it.text().get(start as usize..end as usize));
    words.unwrap_or_default().to_owned()
}

#[component]
fn Selected(start: u32, end: u32) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let unit = match work.has_tokens.get_untracked() {
        true => ("token", "tokens"),
        false => ("word", "words"),
    };
    let n = work.boundaries.read().count(start, end) as u32;
    let is_unread = move || work.annotation.read().unread.covers(start, end);
    view! {
        <span class="meta soft">"Selected"</span>
        <bdi class="quote cut">{quote(app, start, end)}</bdi>
        <span class="meta num">{words::counted(n, unit.0, unit.1)}</span>
        <span class="end strip-keys">
            {work.labels().into_iter().filter(|it| (1..=8).contains(&it.slot)).map(|def| {
                let label = def.label.clone();
                view! {
                    <button
                        class=format!("label-key L{}", def.slot) title=def.label.to_string()
                        aria-label=format!("Mark as {}", def.label)
                        on:click=move |_| app.mark(start, end, label.clone())
                    >{def.slot}</button>
                }
            }).collect_view()}
        </span>
        <button
            class="btn quiet small" title="Nobody has looked there: nothing but marks is learned from it"
            on:click=move |_| { app.leave_unread(); keys::focus_text(); }
        >
            {move || if is_unread() { "Read" } else { "Unread" }} " " <kbd>"U"</kbd>
        </button>
        <button class="btn quiet small wide-only" on:click=move |_| work.clear_place()>"Esc clears"</button>
    }
}

#[component]
fn Marked(span: Span) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let gone = span.clone();
    view! {
        <span class="meta soft">"Mark"</span>
        <bdi class="quote-mark cut">{quote(app, span.start(), span.end())}</bdi>
        <LabelChip def=work.look(span.label())/>
        <span class="end"></span>
        <button class="btn quiet small" on:click=move |_| {
            work.focus.set(None);
            app.edit(annotate::Edit::Remove(gone.clone()));
            keys::focus_text();
        }>
            "Remove " <kbd>"Del"</kbd>
        </button>
    }
}

#[component]
fn Suggested(span: Span) -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let open = work.open_suggestions.read();
    let score = open.iter().find(|it| it.span == span).and_then(|it| work.score(it));
    let (taken, refused) = (span.clone(), span.clone());
    view! {
        <span class="meta soft">"Suggested"</span>
        <bdi class="quote-mark cut">{quote(app, span.start(), span.end())}</bdi>
        <LabelChip def=work.look(span.label())/>
        <span class="meta num">{score.map(|it| format!("{it:.2}"))}</span>
        <span class="end"></span>
        <button class="btn small" on:click=move |_| { keys::take_suggestion(app, &taken); keys::focus_text(); }>
            "Take " <kbd>"Enter"</kbd>
        </button>
        <button class="btn quiet small" on:click=move |_| { keys::refuse_suggestion(app, &refused); keys::focus_text(); }>
            "Refuse " <kbd>"Del"</kbd>
        </button>
    }
}
