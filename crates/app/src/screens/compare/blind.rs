use corpus::Span;
use experiment::{BaseKey, Choice};
use leptos::prelude::*;
use screen::compare::{difference, passage};

use super::Compare;
use super::disagree::Passage;
use crate::parts::{Icon, Picture};
use crate::state::{App, Blind, Judging};
use crate::words;

const CHOICES: [(Choice, &str); 3] = [
    (Choice::Left, "The first is better"),
    (Choice::Equal, "Neither is better"),
    (Choice::Right, "The second is better"),
];

/// Two models on texts that nobody has marked, without their names.
#[component]
pub(super) fn BlindTest() -> impl IntoView {
    let app = expect_context::<App>();
    let blind = app.comparing.blind;
    view! {
        <section class="card blind" aria-labelledby="compare-blind">
            <header class="wrap">
                <h2 id="compare-blind">"Judge two blind"</h2>
                <span class="meta">"texts that nobody has marked, names hidden"</span>
                <Show when=move || matches!(&*blind.read(), Some(Blind::Judging(_) | Blind::Not(_)))>
                    <button class="btn small quiet end" on:click=move |_| app.end_blind()>"Close"</button>
                </Show>
            </header>
            {move || match blind.get() {
                None => view! { <ChooseTwo/> }.into_any(),
                Some(Blind::Reading) => view! { <p class="pad meta" role="status">"Both models read up to 200 texts …"</p> }.into_any(),
                Some(Blind::Not(why)) => view! { <p class="pad" role="status">{why}</p> }.into_any(),
                Some(Blind::Judging(it)) => view! { <Judge judging=(*it).clone()/> }.into_any(),
            }}
        </section>
    }
}

/// Which two, and what was said of others before.
#[component]
fn ChooseTwo() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let ready = Memo::new(move |_| -> Vec<BaseKey> {
        let compared = compare.compared.read();
        let rows = compared.iter().flat_map(|it| &it.comparison.table.rows);
        let mut rows: Vec<_> = rows.map(|it| (it.micro.f1.mean, it.base.clone())).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        rows.into_iter().map(|it| it.1).collect()
    });
    let places = [RwSignal::new(0_usize), RwSignal::new(1_usize)];
    let select = move |name: &'static str, place: RwSignal<usize>| {
        let option = move |(at, key): (usize, BaseKey)| {
            let name = compare.look(&key).name;
            view! { <option value=at.to_string() selected=move || place.get() == at>{name}</option> }
        };
        let choose = move |event| place.set(event_target_value(&event).parse().unwrap_or_default());
        view! {
            <select class="input small-input" aria-label=name on:change=choose>
                {move || ready.get().into_iter().enumerate().map(option).collect_view()}
            </select>
        }
    };
    let begin = move |_| {
        let ready = ready.get_untracked();
        let two = places.map(|it| ready.get(it.get_untracked()).cloned());
        if let ([Some(a), Some(b)], Some(id)) = (two, compare.shown.get_untracked())
            && a != b
        {
            app.begin_blind(id, [a, b]);
        }
    };
    let is_one = move || ready.read().len() < 2;
    let is_same = move || places[0].get() == places[1].get();
    let said = move || {
        let record = compare.record.read();
        let tests = record.iter().flat_map(|it| it.blind.iter().rev());
        let name = |key: &BaseKey| compare.look(key).name;
        tests.map(|it| view! { <li>{it.sentence(name)}</li> }).collect_view()
    };
    view! {
        <div class="pad col">
            <p class="soft">"Figures say how models do on the texts that you marked. Here you say which does better on others, without knowing which is which."</p>
            <div class="row wrap">
                {select("First model", places[0])}
                <span class="meta">"and"</span>
                {select("Second model", places[1])}
                <button class="btn" aria-disabled=move || (is_one() || is_same()).to_string() aria-describedby="blind-why" on:click=begin>"Begin"</button>
            </div>
            <p class="hint" id="blind-why">{move || match (is_one(), is_same()) {
                (true, _) => "A second base must be through its runs first.",
                (false, true) => "Choose two that differ.",
                (false, false) => "Up to 20 texts in which they differ.",
            }}</p>
            <ul class="blind-said">{said}</ul>
        </div>
    }
}

/// The text in front, as both models read it, or what came of all.
#[component]
fn Judge(judging: Judging) -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let n = judging.test.trials.len() as u32;
    let n_judged = n - judging.test.tally().open;
    let differ = format!(
        "They differ in {} of {}.",
        words::count(judging.texts.len() as u32),
        words::counted(judging.n_read as u32, "text", "texts")
    );
    let Some((sides, left, right)) = judging.next() else {
        let said = judging.test.sentence(|key| compare.look(key).name);
        return view! {
            <div class="pad col" role="status"><p><b>{said}</b></p><p class="meta">{differ}</p></div>
        }
        .into_any();
    };
    let window = difference(&sides.text, left, right);
    let side = |name: &'static str, spans: &[Span], others: &[Span]| {
        let pieces = passage(&sides.text, window, spans, others);
        view! {
            <li class="disagree-row blind-row"><b class="disagree-name">{name}</b><Passage pieces/></li>
        }
    };
    let choice = |(it, name): (Choice, &'static str)| {
        view! { <button class="btn" on:click=move |_| app.judge_blind(it)>{name}</button> }
    };
    view! {
        <div class="col">
            <ul class="disagree-rows">
                {side("First", left, right)}
                {side("Second", right, left)}
            </ul>
            <div class="pad row wrap">
                {CHOICES.map(choice)}
                <span class="meta num end" role="status">{format!("{} of {}", words::count(n_judged + 1), words::count(n))}</span>
            </div>
            <p class="card-foot row wrap meta"><Picture of=Icon::Flag/>{differ}" Dashed is what the other has not."</p>
        </div>
    }
    .into_any()
}
