use leptos::prelude::*;
use project::{RunId, RunRecord, RunState};

use crate::browser;
use crate::state::App;
use crate::words;

/// All runs of the project, newest first, to look at one.
#[component]
pub(crate) fn Runs(
    /// The run that is looked at.
    shown: Memo<Option<RunId>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let rows = move || {
        let mut runs = app.work.runs.get();
        runs.sort_by_key(|it| std::cmp::Reverse(it.id));
        runs.into_iter().map(|run| view! { <Row run shown/> }).collect_view()
    };
    let count = move || words::count(app.work.runs.read().len() as u64);
    view! {
        <Show when=move || !app.work.runs.read().is_empty()>
            <section class="runs" aria-label="Runs">
                <div class="row meta"><h3 class="meta">"Runs"</h3><span class="end num">{count}</span></div>
                <ul>{rows}</ul>
            </section>
        </Show>
    }
}

#[component]
fn Row(run: RunRecord, shown: Memo<Option<RunId>>) -> impl IntoView {
    let app = expect_context::<App>();
    let id = run.id;
    let project = app.work.project_id();
    let is_live = move || project.as_ref().is_some_and(|it| app.training.is_live(it, id));
    let suggests =
        move || app.work.project.read().as_ref().is_some_and(|it| it.suggesting == Some(id));
    let figure = {
        let run = run.clone();
        move || match (&run.state, is_live()) {
            (_, true) => "training".to_owned(),
            (RunState::Training, false) => "cut short".to_owned(),
            (RunState::Failed { .. }, _) => "failed".to_owned(),
            (RunState::Done { .. }, _) => {
                let scores = run.test.as_ref().or(run.dev.as_ref());
                scores.map_or_else(|| "–".to_owned(), |it| words::score(it.micro.f1()))
            }
        }
    };
    view! {
        <li>
            <button
                class="run-row" aria-current=move || (shown.get() == Some(id)).then_some("true")
                on:click=move |_| app.training.viewed.set(Some(id))
            >
                <bdi class="cut run-name">{run.name.clone()}</bdi>
                <span class="meta cut">
                    {browser::when(run.started_ms)}
                    <Show when=suggests>" · suggests"</Show>
                </span>
                <span class="num end">{figure}</span>
            </button>
        </li>
    }
}
