use std::collections::BTreeMap;

use experiment::{Job, Run, RunKey, State};
use leptos::prelude::*;
use screen::compare::{job_state, run_name};

use super::Compare;
use crate::parts::{Icon, Picture, Shape};
use crate::state::App;
use crate::words;

/// What each run of the experiment is, and how many folds there are.
fn runs(compare: Compare) -> Memo<(BTreeMap<RunKey, Run>, usize)> {
    Memo::new(move |_| {
        let record = compare.record.read();
        let runs = record.iter().flat_map(|it| &it.plan).map(|it| (it.key.clone(), it.clone()));
        let n_folds = record.as_ref().map_or(1, |it| it.experiment.split.folds.len());
        (runs.collect(), n_folds)
    })
}

/// The jobs that the queue has of a kind, by key, in their order.
fn keys(compare: Compare, which: fn(&Job) -> bool) -> Memo<Vec<RunKey>> {
    Memo::new(move |_| {
        let queue = compare.queue.read();
        let jobs = queue.iter().flat_map(|it| it.jobs()).filter(|it| which(it));
        jobs.map(|it| it.task.run.clone()).collect()
    })
}

/// What a run's job says. Tracked.
fn of_job<T>(compare: Compare, run: &RunKey, say: impl Fn(&Job) -> T) -> Option<T> {
    compare.queue.read().as_ref()?.job(run).map(say)
}

/// A run's base and what tells it from others. Tracked.
#[component]
fn Name(run: RunKey, runs: Memo<(BTreeMap<RunKey, Run>, usize)>) -> impl IntoView {
    let compare = expect_context::<Compare>();
    move || {
        let runs = runs.read();
        let run = runs.0.get(&run)?;
        let look = compare.look(&run.base);
        Some(view! {
            <span class="run-of"><Shape of=look.slot/><bdi class="cut">{look.name}</bdi></span>
            <span class="meta cut">{run_name(run, runs.1)}</span>
        })
    }
}

/// The runs that are at work, each with how far it is.
#[component]
pub(super) fn AtWork() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let runs = runs(compare);
    let at_work = keys(compare, |it| it.state.slot().is_some());
    view! {
        <ul class="at-work">
            <For each=move || at_work.get() key=Clone::clone let:run>
                {
                    let (of_bar, of_words) = (run.clone(), run.clone());
                    let width = move || {
                        let done = of_job(compare, &of_bar, |it| it.done).unwrap_or(0.0);
                        format!("{:.1}%", 100.0 * done)
                    };
                    let says = move || of_job(compare, &of_words, job_state);
                    view! {
                        <li class="run-line">
                            <Name run runs/>
                            <span class="meter end" aria-hidden="true"><i style:width=width></i></span>
                            <span class="num">{says}</span>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

/// The runs that failed, each with its reason.
#[component]
pub(super) fn Failures() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let runs = runs(compare);
    let failed = keys(compare, |it| matches!(it.state, State::Failed { .. }));
    view! {
        <ul class="failures">
            <For each=move || failed.get() key=Clone::clone let:run>
                {
                    let of_why = run.clone();
                    let why = move || of_job(compare, &of_why, why).flatten();
                    view! {
                        <li class="failure">
                            <span class="state bad"><Picture of=Icon::Rejected/>"Failed"</span>
                            <div class="grow"><div class="run-line"><Name run=run.clone() runs/></div><p>{why}</p></div>
                            <Show when=move || app.work.is_writable.get()><Retry run=run.clone()/></Show>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

fn why(job: &Job) -> Option<String> {
    match &job.state {
        State::Failed { why } | State::Cancelled { why } => Some(why.clone()),
        State::Waiting | State::Running(_) | State::Stopping { .. } | State::Done => None,
    }
}

#[component]
fn Retry(run: RunKey) -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let retry = move |_| {
        if let Some(id) = compare.shown.get_untracked() {
            app.retry_run(id, run.clone());
        }
    };
    view! { <button class="btn small" on:click=retry>"Try again"</button> }
}

/// Every run, with where it stands.
#[component]
pub(super) fn AllRuns() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let runs = runs(compare);
    let all = keys(compare, |_| true);
    let row = move |key: RunKey| {
        let (of_state, of_deed) = (key.clone(), key.clone());
        let of_reason = key.clone();
        let state = move || of_job(compare, &of_state, job_state);
        let reason = move || of_job(compare, &of_reason, why).flatten();
        let is_out =
            Memo::new(move |_| of_job(compare, &of_deed, |it| why(it).is_some()).unwrap_or(false));
        let of_run = key.clone();
        let cells = move || {
            let runs = runs.read();
            let run = runs.0.get(&of_run)?;
            let look = compare.look(&run.base);
            let seed = if run.seed == 0 { "–".to_owned() } else { run.seed.to_string() };
            Some(view! {
                <td><span class="run-of"><Shape of=look.slot/><bdi class="cut">{look.name}</bdi></span></td>
                <td class="n">{seed}</td>
                <td class="n">{words::count(run.fold + 1)}</td>
                <td class="n">{format!("{}\u{a0}%", run.share)}</td>
            })
        };
        view! {
            <tr>
                {cells}
                <td class="num">{state}<span class="meta run-why">{reason}</span></td>
                <td class="n">
                    <Show when=move || is_out.get() && app.work.is_writable.get()><Retry run=key.clone()/></Show>
                </td>
            </tr>
        }
    };
    view! {
        <div class="scroll-x all-runs" id="compare-runs" tabindex="0" role="region" aria-label="All runs, as a table">
            <table>
                <thead><tr>
                    <th scope="col">"Base"</th><th scope="col" class="n">"Seed"</th><th scope="col" class="n">"Fold"</th>
                    <th scope="col" class="n">"Share"</th><th scope="col">"State"</th><th><span class="unseen">"What to do"</span></th>
                </tr></thead>
                <tbody><For each=move || all.get() key=Clone::clone children=row/></tbody>
            </table>
        </div>
    }
}
