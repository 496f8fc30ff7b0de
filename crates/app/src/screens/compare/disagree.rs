use corpus::{Label, Span};
use experiment::{MistakeFilter, ModelMistakes};
use leptos::prelude::*;
use protocol::Difference;
use scorer::ErrorKind;
use screen::compare::{Piece, passage, window};

use super::Compare;
use crate::parts::{Icon, Picture, Shape, slot_class};
use crate::state::App;
use crate::words;

const KINDS: [(ErrorKind, &str); 4] = [
    (ErrorKind::Missed, "Missed"),
    (ErrorKind::Extra, "Extra"),
    (ErrorKind::WrongLabel, "Wrong label"),
    (ErrorKind::WrongEdge, "Wrong edge"),
];

/// The texts in which bases differ, one at a time.
#[component]
pub(super) fn Disagreements() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let kind = RwSignal::new(None::<ErrorKind>);
    let label = RwSignal::new(None::<Label>);
    let at = RwSignal::new(0_usize);
    let filter = Memo::new(move |_| MistakeFilter {
        kinds: kind.get().into_iter().collect(),
        labels: label.get().into_iter().collect(),
    });
    let found = Memo::new(move |_| {
        let compared = compare.compared.read();
        let all = compared.iter().flat_map(|it| &it.differences).enumerate();
        let filter = filter.read();
        let takes = |it: &Difference| {
            it.models.iter().flat_map(|it| &it.mistakes).any(|it| filter.takes(it))
        };
        all.filter(|(_, it)| takes(it)).map(|(at, _)| at).collect::<Vec<usize>>()
    });
    let place = move || at.get().min(found.read().len().saturating_sub(1));
    let shown = Memo::new(move |_| {
        let compared = compare.compared.read();
        let at = *found.read().get(place())?;
        compared.as_ref()?.differences.get(at).cloned()
    });
    let says = move || {
        let compared = compare.compared.read();
        let it = compared.as_ref()?;
        Some(format!(
            "{} of {}",
            words::count(it.n_differences),
            words::counted(it.comparison.n_docs, "text", "texts")
        ))
    };
    let which = move || match found.read().len() {
        0 => "0 of 0".to_owned(),
        n => format!("{} of {}", words::count(place() as u64 + 1), words::count(n as u64)),
    };
    let step = move |by: isize| {
        let n = found.read_untracked().len();
        let next = untrack(place).saturating_add_signed(by);
        at.set(next.min(n.saturating_sub(1)));
    };
    let is_first = move || place() == 0;
    let is_last = move || found.read().len() <= place() + 1;
    view! {
        <section class="card disagree" aria-labelledby="compare-disagree">
            <header class="wrap">
                <h2 id="compare-disagree">"Where they disagree"</h2>
                <span class="meta num">{says}</span>
                <div class="row end pager" role="group" aria-label="Texts">
                    <button class="btn quiet small only-icon" aria-label="Previous text" aria-disabled=move || is_first().to_string() on:click=move |_| step(-1)><Picture of=Icon::Left/></button>
                    <span class="num soft" role="status">{which}</span>
                    <button class="btn quiet small only-icon" aria-label="Next text" aria-disabled=move || is_last().to_string() on:click=move |_| step(1)><Picture of=Icon::Right/></button>
                </div>
            </header>
            <Filters kind label at/>
            <div class="disagree-rows">
                {move || match shown.get() {
                    Some(it) => view! { <Models difference=it/> }.into_any(),
                    None => view! { <p class="chart-empty meta">"No text here. All bases found what you marked, or the filters leave none."</p> }.into_any(),
                }}
            </div>
            <footer class="card-foot row wrap meta">
                <span class="L3"><span class="in-line">"same"</span>" as you marked"</span>
                <span class="L3"><span class="in-line suggested">"differs"</span>" from you"</span>
                {move || shown.read().as_ref().map(|it| match it.doc {
                    Some(doc) => view! {
                        <button class="link end" on:click=move |_| app.show_doc(doc)>{format!("Open text {}", words::count(doc.0 + 1))}</button>
                    }.into_any(),
                    None => view! { <span class="end">"This text is not in the project any more."</span> }.into_any(),
                })}
            </footer>
        </section>
    }
}

/// Which mistakes are looked at.
#[component]
fn Filters(
    kind: RwSignal<Option<ErrorKind>>,
    label: RwSignal<Option<Label>>,
    at: RwSignal<usize>,
) -> impl IntoView {
    let compare = expect_context::<Compare>();
    let labels = Memo::new(move |_| {
        compare
            .compared
            .read()
            .as_ref()
            .map(|it| it.comparison.table.labels.clone())
            .unwrap_or_default()
    });
    let chip = move |of: Option<ErrorKind>, name: &'static str| {
        let press = move |_| {
            kind.set(of);
            at.set(0);
        };
        view! { <button class="chip" aria-pressed=move || (kind.get() == of).to_string() on:click=press>{name}</button> }
    };
    let option = move |it: Label| {
        let name = it.to_string();
        let is_chosen = move || label.read().as_ref() == Some(&it);
        view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
    };
    let choose = move |event| {
        label.set(Label::new(&event_target_value(&event)).ok());
        at.set(0);
    };
    view! {
        <div class="disagree-filters row wrap">
            <div class="row wrap" role="group" aria-label="Kind of error">
                {chip(None, "All")}
                {KINDS.map(|(of, name)| chip(Some(of), name))}
            </div>
            <select class="input small-input end" aria-label="Label of the errors" on:change=choose>
                <option value="" selected=move || label.read().is_none()>"All labels"</option>
                {move || labels.get().into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

/// A passage as a person marked it, then as each base did.
#[component]
fn Models(difference: Difference) -> impl IntoView {
    let compare = expect_context::<Compare>();
    let Difference { text, gold, models, .. } = difference;
    let window = window(&text, &models);
    let pieces = |spans: &[Span]| passage(&text, window, spans, &gold);
    let row = |it: &ModelMistakes| {
        let look = compare.look(&it.base);
        let agrees = it.mistakes.is_empty();
        let (class, icon) =
            if agrees { ("state ok", Icon::Check) } else { ("state bad", Icon::Cross) };
        view! {
            <li class="disagree-row">
                <span class="row disagree-name"><Shape of=look.slot/><bdi class="long-name">{look.name}</bdi></span>
                <Passage pieces=pieces(&it.predicted)/>
                <span class=format!("{class} disagree-says")><Picture of=icon/><span>{it.summary()}</span></span>
            </li>
        }
    };
    view! {
        <ul>
            <li class="disagree-row"><b class="disagree-name">"You marked"</b><Passage pieces=pieces(&gold)/><span></span></li>
            {models.iter().map(row).collect_view()}
        </ul>
    }
}

/// A passage with its marks.
#[component]
pub(super) fn Passage(pieces: Vec<Piece>) -> impl IntoView {
    let app = expect_context::<App>();
    let piece = |it: Piece| match it.mark {
        None => it.text.into_any(),
        Some(mark) => {
            let slot = slot_class(app.work.look(&mark.label).slot);
            let kind = if mark.differs { "by-model" } else { "by-you" };
            let name = mark.label.to_string();
            let says = (mark.begins).then(|| {
                let says =
                    if mark.differs { format!("{name}, differs: ") } else { format!("{name}: ") };
                view! { <span class="unseen">{says}</span> }
            });
            view! {
                <span class=format!("{kind} {slot}") class:begins=mark.begins class:ends=mark.ends title=name.clone()>{says}{it.text}</span>
            }
            .into_any()
        }
    };
    view! { <p class="disagree-text" dir="auto">{pieces.into_iter().map(piece).collect_view()}</p> }
}
