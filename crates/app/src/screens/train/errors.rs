use std::sync::Arc;

use corpus::Span;
use leptos::prelude::*;
use project::{DocNumber, RunRecord};
use scorer::{ErrorKind, Mistake};
use screen::snippet::{Edges, Piece, snippet};
use storage::Store;

use super::scores::side;
use crate::browser;
use crate::state::App;
use crate::words;

/// How many errors are shown at first, and with each click on more.
const PAGE: usize = 40;

const KINDS: [ErrorKind; 4] =
    [ErrorKind::Missed, ErrorKind::Extra, ErrorKind::WrongLabel, ErrorKind::WrongEdge];

fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Missed => "Missed",
        ErrorKind::Extra => "Extra",
        ErrorKind::WrongLabel => "Wrong label",
        ErrorKind::WrongEdge => "Wrong edge",
    }
}

/// What the model got wrong, each one click from its text.
#[component]
pub(crate) fn Errors(
    /// The run; none until it is stored.
    record: Memo<Option<RunRecord>>,
) -> impl IntoView {
    let only = RwSignal::new(None::<ErrorKind>);
    let n_shown = RwSignal::new(PAGE);
    let set =
        Memo::new(move |_| record.read().as_ref().and_then(|it| side(it).map(|(name, _)| name)));
    let all = Memo::new(move |_| {
        let record = record.read();
        let Some(record) = record.as_ref() else { return Arc::default() };
        let of_set = record.mistakes.iter().filter(|it| it.is_test == (set.get() == Some("test")));
        let flat = of_set.flat_map(|text| text.mistakes.iter().map(|it| (text.doc, it.clone())));
        Arc::new(flat.collect::<Vec<(DocNumber, Mistake)>>())
    });
    let count = move |kind: Option<ErrorKind>| {
        all.read().iter().filter(|(_, it)| kind.is_none_or(|kind| it.kind == kind)).count()
    };
    let found = Memo::new(move |_| {
        let fits = |(_, it): &&(DocNumber, Mistake)| only.get().is_none_or(|kind| it.kind == kind);
        all.read().iter().filter(fits).cloned().collect::<Vec<_>>()
    });
    let in_set =
        move || set.get().map(|set| format!("{} in {set}", words::count(count(None) as u64)));
    let chip = move |kind: Option<ErrorKind>| {
        let name = kind.map_or("All", kind_name);
        let press = move |_| {
            only.set(kind);
            n_shown.set(PAGE);
        };
        view! {
            <Show when=move || kind.is_none() || count(kind) != 0>
                <button class="chip" aria-pressed=move || (only.get() == kind).to_string() on:click=press>
                    {name}<Show when=move || kind.is_some()><span>{move || words::count(count(kind) as u64)}</span></Show>
                </button>
            </Show>
        }
    };
    let listed = move || found.get().into_iter().take(n_shown.get()).collect::<Vec<_>>();
    let key = |(doc, mistake): &(DocNumber, Mistake)| format!("{doc:?}{mistake:?}");
    let rest = move || found.read().len().saturating_sub(n_shown.get());
    view! {
        <section class="card errors" aria-labelledby="errors">
            <header class="wrap">
                <h2 id="errors">"Errors"</h2><span class="meta">{in_set}</span>
                <Show when=move || !all.read().is_empty()>
                    <div class="row wrap end" role="group" aria-label="Kind of error">
                        {chip(None)}
                        {KINDS.map(|kind| chip(Some(kind)))}
                    </div>
                </Show>
            </header>
            {move || match (set.get(), all.read().is_empty()) {
                (None, _) => view! { <p class="chart-empty meta">"Errors are listed when training ends."</p> }.into_any(),
                (Some(set), true) => view! { <p class="chart-empty meta">{format!("No errors in the {set} set.")}</p> }.into_any(),
                (Some(_), false) => view! {
                    <ul class="error-list">
                        <For
                            each=listed
                            key=key
                            let:item
                        >
                            <Row number=item.0 mistake=item.1/>
                        </For>
                    </ul>
                    <div class="error-foot row wrap meta">
                        <span class="L1"><span class="in-line">"solid"</span>" you"</span>
                        <span class="L1"><span class="in-line suggested">"dashed"</span>" the model"</span>
                        <Show when=move || rest() != 0>
                            <button class="link end" on:click=move |_| n_shown.update(|it| *it += PAGE)>
                                {move || format!("Show {} more", words::count(rest().min(PAGE) as u64))}
                            </button>
                        </Show>
                    </div>
                }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Row(number: DocNumber, mistake: Mistake) -> impl IntoView {
    let doc = number;
    let app = expect_context::<App>();
    let text = RwSignal::new(None::<String>);
    browser::spawn(async move {
        let (Some(store), Some(project)) = (app.store(), app.work.project_id()) else { return };
        if let Ok(record) = store.text(&project, doc).await {
            // The row may be gone by now.
            let _gone = text.try_set(Some(record.text));
        }
    });
    let class = match mistake.kind {
        ErrorKind::Missed => "chip bad",
        ErrorKind::Extra => "chip",
        ErrorKind::WrongLabel => "chip info",
        ErrorKind::WrongEdge => "chip warn",
    };
    let number = words::count(doc.0 + 1);
    let says = format!("Text {number} · {}", explain(&mistake));
    let slot = |span: &Option<Span>| {
        span.as_ref().map(|it| format!("L{}", app.work.look(it.label()).slot)).unwrap_or_default()
    };
    let (gold_slot, predicted_slot) = (slot(&mistake.gold), slot(&mistake.predicted));
    let place = |span: &Span| (span.start(), span.end());
    let (gold, predicted) =
        (mistake.gold.as_ref().map(place), mistake.predicted.as_ref().map(place));
    let pieces = move || {
        let text = text.read();
        let pieces = text.as_ref().map(|it| snippet(it, gold, predicted)).unwrap_or_default();
        pieces.into_iter().map(|piece| show(piece, &gold_slot, &predicted_slot)).collect_view()
    };
    view! {
        <li class="error">
            <div class="row">
                <span class=class>{kind_name(mistake.kind)}</span>
                <span class="meta grow error-says">{says}</span>
                <button class="link" on:click=move |_| app.show_doc(doc)>
                    "Open text"<span class="unseen">{format!(" {number}")}</span>
                </button>
            </div>
            <p class="error-text" dir="auto">{pieces}</p>
        </li>
    }
}

fn show(piece: Piece, gold_slot: &str, predicted_slot: &str) -> AnyView {
    let Piece { text, is_gold, predicted } = piece;
    let inner = match predicted {
        Some(Edges { begins, ends }) => {
            let class = format!("by-model {predicted_slot}");
            view! { <span class=class class:begins=begins class:ends=ends>{text}</span> }.into_any()
        }
        None => text.into_any(),
    };
    match is_gold {
        true => view! { <span class=format!("by-you {gold_slot}")>{inner}</span> }.into_any(),
        false => inner,
    }
}

/// What is wrong, in words.
fn explain(mistake: &Mistake) -> String {
    match (&mistake.gold, &mistake.predicted) {
        (Some(gold), Some(predicted)) if mistake.kind == ErrorKind::WrongLabel => {
            format!("{}, should be {}", predicted.label(), gold.label())
        }
        (Some(gold), Some(predicted)) => {
            let start = match predicted.start().cmp(&gold.start()) {
                std::cmp::Ordering::Less => Some("began too early"),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some("began too late"),
            };
            let end = match predicted.end().cmp(&gold.end()) {
                std::cmp::Ordering::Less => Some("ended too early"),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some("ended too late"),
            };
            let parts: Vec<_> = start.into_iter().chain(end).collect();
            format!("{}, model {}", gold.label(), parts.join(" and "))
        }
        (Some(gold), None) => format!("{} not found", gold.label()),
        (None, Some(predicted)) => format!("{}, nothing here", predicted.label()),
        (None, None) => String::new(),
    }
}
