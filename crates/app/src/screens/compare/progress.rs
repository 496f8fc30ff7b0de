use experiment::{Job, Queue, State};
use leptos::prelude::*;
use screen::compare::runs_left;

use super::Compare;
use super::runs::{AllRuns, AtWork, Failures};
use crate::parts::{Bar, Icon, Picture};
use crate::state::App;

/// How far the runs are, and what can be done with them.
#[component]
pub(super) fn Progress() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let lists_all = RwSignal::new(false);
    let queue = compare.queue;
    let is = move |what: fn(&Queue) -> bool| queue.read().as_ref().is_some_and(|it| what(it));
    let is_over = Memo::new(move |_| !is(|it| !it.is_over()));
    let is_out = |it: &Job| matches!(it.state, State::Failed { .. } | State::Cancelled { .. });
    let lacks_runs =
        Memo::new(move |_| queue.read().as_ref().is_some_and(|it| it.jobs().iter().any(is_out)));
    let says = move || queue.read().as_ref().map(|it| runs_left(it));
    let done = Signal::derive(move || queue.read().as_ref().map_or(0.0, |it| it.progress()));
    let waits_for_figures =
        Memo::new(move |_| !compare.has_figures() && app.comparing.no_figures.read().is_none());
    view! {
        <Show when=move || !is_over.get() || lacks_runs.get() || waits_for_figures.get()>
            <section class="card compare-progress" aria-labelledby="compare-progress">
                <header class="wrap">
                    <h2 id="compare-progress">"Runs"</h2>
                    <span class="num soft">{says}</span>
                    <Show when=move || !is_over.get() && app.work.is_writable.get()><Deeds/></Show>
                </header>
                <div class="pad col">
                    <Show when=move || !is_over.get()><Bar done name="Runs of the comparison"/></Show>
                    <Show when=move || waits_for_figures.get()>
                        <p class="meta">{move || match (is_over.get(), compare.compared.read().is_some()) {
                            (false, _) => "The first figures come when a run of some base is done.",
                            (true, false) => "The figures are being worked out.",
                            (true, true) => "No run came to its end, so there are no figures.",
                        }}</p>
                    </Show>
                    <AtWork/>
                    <Failures/>
                    <button
                        class="link runs-all" aria-expanded=move || lists_all.get().to_string() aria-controls="compare-runs"
                        on:click=move |_| lists_all.update(|it| *it = !*it)
                    >
                        {move || if lists_all.get() { "Hide the list of all runs" } else { "List all runs" }}
                    </button>
                    <Show when=move || lists_all.get()><AllRuns/></Show>
                </div>
            </section>
        </Show>
    }
}

/// Pauses runs, goes on with them, takes the rest out.
#[component]
fn Deeds() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let is_at_work =
        Memo::new(move |_| compare.shown.get().is_some_and(|it| app.comparing.is_at_work(it)));
    let is_driven = Memo::new(move |_| {
        let driven = app.comparing.queue.read().as_ref().map(|it| it.0);
        driven.is_some() && driven == compare.shown.get()
    });
    let toggle = move |_| match (is_at_work.get_untracked(), compare.shown.get_untracked()) {
        (true, _) => app.pause_experiment(),
        (false, Some(id)) => app.resume_experiment(id),
        (false, None) => {}
    };
    view! {
        <div class="row end">
            <button class="btn small" on:click=toggle>
                {move || match is_at_work.get() {
                    true => view! { <Picture of=Icon::Pause/>"Pause" }.into_any(),
                    false => view! { <Picture of=Icon::Play/>"Go on" }.into_any(),
                }}
            </button>
            <Show when=move || is_driven.get()>
                <button class="btn small danger" on:click=move |_| app.cancel_runs(None)>"Leave out the rest"</button>
            </Show>
        </div>
    }
}
