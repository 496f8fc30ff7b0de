use experiment::{Advice, Figure, Rule, Sentence, State};
use leptos::prelude::*;

use super::Compare;
use crate::parts::{Brand, Icon, Picture};
use crate::route::{Route, Screen};
use crate::state::App;
use crate::words;

/// Sentences that stand right below the first.
const LEADING: [Rule; 4] = [Rule::HowSure, Rule::Price, Rule::SmallerOne, Rule::FewDocs];

/// A first sentence of more letters is too long for a headline.
const HEADLINE: usize = 110;

/// Which base to take, and why.
#[component]
pub(super) fn Recommendation() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let is_open = RwSignal::new(false);
    let advice = Memo::new(move |_| compare.compared.read().as_ref().map(|it| it.advice.clone()));
    let so_far = move || {
        let queue = compare.queue.read();
        let queue = queue.as_ref().filter(|it| !it.is_over())?;
        let n_done = queue.jobs().iter().filter(|it| it.state == State::Done).count() as u32;
        let runs = words::counted(queue.jobs().len() as u32, "run", "runs");
        Some(format!("preliminary: so far, {} of {runs}", words::count(n_done)))
    };
    let parts = move || advice.read().as_ref().map(headline).unwrap_or_default();
    let reasons = move || {
        let advice = advice.get()?;
        let rest = advice.sentences.iter().skip(1).filter(|it| !LEADING.contains(&it.rule));
        let lead = advice.sentences.iter().enumerate();
        let lead = lead.filter(|(at, it)| *at == 0 || LEADING.contains(&it.rule));
        let figures = lead.flat_map(|(_, it)| it.figures.clone()).collect::<Vec<_>>();
        let rest = rest.cloned().map(|it| view! { <Reason sentence=it/> }).collect_view();
        Some(view! {
            <ul class="reasons" id="compare-reasons">
                {rest}
                <li><p>"What the recommendation follows from"</p><Figures figures/></li>
            </ul>
        })
    };
    view! {
        <section class="card advice" aria-labelledby="compare-advice">
            <span class="advice-flower"><Brand size=44/></span>
            <div class="advice-words">
                <p class="advice-kind">
                    "Recommendation"
                    {move || so_far().map(|it| view! { <span class="chip info"><Picture of=Icon::Half/>{it}</span> })}
                </p>
                <h2 id="compare-advice">{move || parts().0}</h2>
                <p class="soft">{move || parts().1}</p>
                <button
                    class="link" aria-expanded=move || is_open.get().to_string() aria-controls="compare-reasons"
                    on:click=move |_| is_open.update(|it| *it = !*it)
                >
                    "Why, and what next"
                </button>
                <Show when=move || is_open.get()>{reasons}</Show>
            </div>
            <div class="advice-do">{move || advice.get().map(|advice| view! { <Deeds app advice/> })}</div>
        </section>
    }
}

/// What can be done about it.
#[component]
fn Deeds(app: App, advice: Advice) -> impl IntoView {
    let compare = expect_context::<Compare>();
    let mark_more =
        [Rule::MarkMore, Rule::MoreTexts].iter().any(|it| advice.sentence(*it).is_some());
    let annotate = move |_| {
        if let Some(project) = app.work.project_id() {
            app.go(Route::of(Screen::Annotate, &project));
        }
    };
    let take = advice.recommended.map(|base| {
        let name = compare.look(&base).name;
        let press = move |_| {
            if let Some(id) = compare.shown.get_untracked() {
                app.take_model(id, base.clone());
            }
        };
        view! {
            <Show when=move || app.work.is_writable.get()>
                <button class="btn" class:primary=move || compare.opened.get().is_none() title=name.clone() on:click=press.clone()>
                    <span class="cut">{format!("Use {name}")}</span>
                </button>
            </Show>
        }
    });
    view! {
        {take}
        {mark_more.then(|| view! { <button class="btn" on:click=annotate>"Mark more texts"</button> })}
    }
}

#[component]
fn Reason(sentence: Sentence) -> impl IntoView {
    let figures = sentence.figures;
    view! {
        <li>
            <p>{sentence.text}</p>
            {(!figures.is_empty()).then(|| view! { <Figures figures/> })}
        </li>
    }
}

#[component]
fn Figures(figures: Vec<Figure>) -> impl IntoView {
    let row = |it: Figure| view! { <div><dt>{it.name}</dt><dd class="num">{written(it.value)}</dd></div> };
    view! {
        <details class="figures meta">
            <summary>"Figures"</summary>
            <dl>{figures.into_iter().map(row).collect_view()}</dl>
        </details>
    }
}

/// A figure of any kind: whole ones as counts, shares with three decimals.
fn written(value: f64) -> String {
    match value {
        value if value.abs() < 1e-12 => "0".to_owned(),
        value if value.fract() == 0.0 && 0.0 < value => words::count(value as u64),
        value if value.abs() < 10.0 => format!("{value:.3}").replace('-', "−"),
        value => format!("{value:.1}").replace('-', "−"),
    }
}

/// The headline, and what follows it at once.
fn headline(advice: &Advice) -> (String, String) {
    let Some(first) = advice.sentences.first() else { return Default::default() };
    let (head, rest) = match first.text.split_once(". ") {
        Some((head, rest)) if HEADLINE < first.text.chars().count() => {
            (format!("{head}."), Some(rest.to_owned()))
        }
        _ => (first.text.clone(), None),
    };
    let leading = advice.sentences.iter().skip(1).filter(|it| LEADING.contains(&it.rule));
    let rest = rest.into_iter().chain(leading.map(|it| it.text.clone()));
    (head, rest.collect::<Vec<_>>().join(" "))
}
