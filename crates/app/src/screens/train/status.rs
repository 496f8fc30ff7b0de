use leptos::html;
use leptos::prelude::*;
use project::{Evaluation, RunId, RunRecord, RunState};
use protocol::PipelineOf;

use screen::draft::Learner;

use super::scores::side;
use super::steps::doing;
use crate::browser;
use crate::parts::{Bar, Dialog, Icon, Picture, SavePipeline};
use crate::state::{App, Live, Phase};
use crate::words;

/// What a run is called, how far it is, and what can be done with it.
#[component]
pub(crate) fn Status(
    /// The run.
    run: RunId,
    /// The run as it is stored; none until it is.
    record: Memo<Option<RunRecord>>,
    /// The run as it trains here; none when it does not.
    live: Memo<Option<Live>>,
    /// One for every look at the dev set.
    curve: Memo<Vec<Evaluation>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = move || {
        let live = live.read().as_ref().map(|it| it.name.clone());
        live.or_else(|| record.read().as_ref().map(|it| it.name.clone()))
    };
    let is_live = Memo::new(move |_| live.read().is_some());
    let progress = app.training.progress;
    let done = Signal::derive(move || f64::from(progress.read().done));
    view! {
        <section class="card status" aria-label="This run">
            <div class="status-line">
                <div class="status-name">
                    <div class="row wrap"><h1><bdi>{name}</bdi></h1>{move || chip(live.get(), record.get())}</div>
                    <p class="meta">{move || how_far(app, live.get(), record.get())}</p>
                </div>
                <dl class="stats">{move || stats(app, is_live.get(), &curve.read(), record.get())}</dl>
                {move || match is_live.get() {
                    true => view! { <Stop live/> }.into_any(),
                    false => view! { <Actions run record/> }.into_any(),
                }}
            </div>
            <Show when=move || is_live.get()><Bar done name="Training"/></Show>
            <p class="meta">{move || runs_on(live.get(), record.get())}</p>
        </section>
    }
}

fn chip(live: Option<Live>, record: Option<RunRecord>) -> AnyView {
    let dot = || view! { <i class="dot" aria-hidden="true"></i> };
    match (live.map(|it| it.phase), record.map(|it| it.state)) {
        (Some(Phase::Trying), _) => {
            view! { <span class="chip info">{dot()}"Trying devices"</span> }.into_any()
        }
        (Some(Phase::Starting), _) => {
            view! { <span class="chip info">{dot()}"Starting"</span> }.into_any()
        }
        (Some(Phase::Learning), _) => {
            view! { <span class="chip info">{dot()}"Training"</span> }.into_any()
        }
        (Some(Phase::Stopping), _) => {
            view! { <span class="chip info">{dot()}"Stopping"</span> }.into_any()
        }
        (None, Some(RunState::Done { .. })) => {
            view! { <span class="chip ok"><Picture of=Icon::Accepted/>"Ready"</span> }.into_any()
        }
        (None, Some(RunState::Failed { .. })) => {
            view! { <span class="chip bad"><Picture of=Icon::Rejected/>"Failed"</span> }.into_any()
        }
        (None, Some(RunState::Training)) => {
            view! { <span class="chip warn"><Picture of=Icon::Half/>"Cut short"</span> }.into_any()
        }
        (None, None) => ().into_any(),
    }
}

/// The line below the name. Tracked.
fn how_far(app: App, live: Option<Live>, record: Option<RunRecord>) -> String {
    let progress = app.training.progress.get();
    match (live, record.map(|it| it.state)) {
        (Some(live), _) => match live.phase {
            Phase::Trying => "GPU and CPU are tried out".to_owned(),
            Phase::Starting => "The trainer is loading".to_owned(),
            Phase::Stopping => "The best model is kept".to_owned(),
            Phase::Learning if progress.stage.is_some() => {
                progress.stage.map(|it| doing(it).to_owned()).unwrap_or_default()
            }
            Phase::Learning if progress.epochs == 0 => "Reading the texts".to_owned(),
            Phase::Learning => {
                format!(
                    "Epoch {} of {}",
                    words::count(progress.epoch),
                    words::count(progress.epochs)
                )
            }
        },
        (None, Some(RunState::Done { why } | RunState::Failed { why })) => {
            crate::state::sentence(&why)
        }
        (None, Some(RunState::Training)) => "It did not come to its end".to_owned(),
        (None, None) => String::new(),
    }
}

fn runs_on(live: Option<Live>, record: Option<RunRecord>) -> String {
    let mut parts = Vec::new();
    let device = live.as_ref().and_then(|it| it.device.clone());
    let split = live.as_ref().and_then(|it| it.split);
    let split = split.or_else(|| record.as_ref().map(|it| it.split).filter(|it| it.train != 0));
    if let Some(split) = split {
        parts.push(format!(
            "{} train · {} dev · {} test.",
            words::count(split.train),
            words::count(split.dev),
            words::count(split.test),
        ));
    }
    if let Some((_, why)) = device.or_else(|| record.and_then(|it| it.device)) {
        parts.push(why);
    }
    if let Some(n) = live.map(|it| it.unlearnable).filter(|it| *it != 0) {
        let marks = words::counted(n, "mark does", "marks do");
        parts.push(format!(
            "{marks} not fall on whole words, or overlap another. They are not learned."
        ));
    }
    parts.join(" ")
}

/// The figures of the status line. Tracked.
fn stats(
    app: App,
    is_live: bool,
    curve: &[Evaluation],
    record: Option<RunRecord>,
) -> impl IntoView + use<> {
    let mut figures: Vec<(String, String)> = Vec::new();
    let last = curve.last();
    let best = best(curve);
    let f1 = |value: f32| words::score(f64::from(value));
    if is_live {
        if let Some(value) = last.and_then(|it| it.dev_f1) {
            figures.push(("Dev F1".to_owned(), f1(value)));
        }
    } else if let Some((name, scores)) = record.as_ref().and_then(side) {
        let name = if name == "test" { "Test F1" } else { "Dev F1" };
        figures.push((name.to_owned(), words::score(scores.micro.f1())));
    }
    let is_nerine = match app.training.live.get().filter(|_| is_live) {
        Some(live) => live.learner == Learner::Nerine,
        None => record.as_ref().is_some_and(RunRecord::is_nerine),
    };
    if let Some((epoch, value)) = best.filter(|_| !is_nerine) {
        figures.push((format!("Best, epoch {epoch}"), f1(value)));
    }
    let progress = app.training.progress.get();
    let has_progress = is_live && (progress.epochs != 0 || progress.stage.is_some());
    let loss = match has_progress {
        true => Some(progress.loss),
        false => last.map(|it| it.train_loss),
    };
    if let Some(loss) = loss.filter(|_| !is_nerine) {
        figures.push(("Loss".to_owned(), words::loss(f64::from(loss))));
    }
    let speed = |value: f32| words::count(value.max(0.0) as u64);
    if has_progress {
        if !is_nerine {
            figures.push(("Words/s".to_owned(), speed(progress.words_per_sec)));
        }
        figures.push(("Time left".to_owned(), words::duration(f64::from(progress.secs_left))));
    } else if let Some(record) = record.filter(|it| !is_live && 0.0 < it.secs) {
        match is_nerine {
            true => figures.push(("Model".to_owned(), words::bytes(record.weights_bytes as f64))),
            false => figures.push(("Words/s".to_owned(), speed(record.words_per_sec))),
        }
        figures.push(("Took".to_owned(), words::duration(f64::from(record.secs))));
    }
    figures
        .into_iter()
        .map(|(name, value)| view! { <div class="stat"><dt class="meta">{name}</dt><dd>{value}</dd></div> })
        .collect_view()
}

/// The epoch of the best dev F1, and that F1.
pub(crate) fn best(curve: &[Evaluation]) -> Option<(u32, f32)> {
    let scored = curve.iter().filter_map(|it| it.dev_f1.map(|f1| (it.epoch, f1)));
    // The first of equals is the best.
    scored.reduce(|best, it| if best.1 < it.1 { it } else { best })
}

#[component]
fn Stop(live: Memo<Option<Live>>) -> impl IntoView {
    let app = expect_context::<App>();
    let is_stopping =
        Memo::new(move |_| live.read().as_ref().is_some_and(|it| it.phase == Phase::Stopping));
    let words = move || match live.read().as_ref().map(|it| it.phase) {
        Some(Phase::Trying) => "Cancel",
        Some(Phase::Stopping) => "Stopping …",
        _ => "Stop and keep best",
    };
    Effect::new(|| {
        // Whoever started the training stands on the button that stops it.
        if is_on("train-start") {
            browser::focus("stop-training");
        }
    });
    on_cleanup(|| {
        // The button goes when training ends; whoever was on it stands beside the next step.
        if is_on("stop-training") {
            browser::focus("train-start");
        }
    });
    view! {
        <button
            id="stop-training" class="btn" aria-disabled=move || is_stopping.get().to_string()
            on:click=move |_| app.stop_training()
        >
            <Picture of=Icon::Stop/>{words}
        </button>
    }
}

/// Whether the focus is on the element of this id.
fn is_on(id: &str) -> bool {
    browser::document().active_element().is_some_and(|it| it.id() == id)
}

/// What lies over the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Name,
    Delete,
}

#[component]
fn Actions(run: RunId, record: Memo<Option<RunRecord>>) -> impl IntoView {
    let app = expect_context::<App>();
    let asking = RwSignal::new(None::<Asking>);
    let is_done = Memo::new(move |_| {
        matches!(record.read().as_ref().map(|it| &it.state), Some(RunState::Done { .. }))
    });
    let has_model =
        Memo::new(move |_| record.read().as_ref().is_some_and(|it| it.weights_bytes != 0));
    let suggests = Memo::new(move |_| {
        app.work.project.read().as_ref().is_some_and(|it| it.suggesting == Some(run))
    });
    let busy = Memo::new(move |_| {
        match (app.training.suggesting.read().is_some(), app.training.live.read().is_some()) {
            (true, _) => Some("Suggestions are being made"),
            (_, true) => Some("Another run is training"),
            _ => (!app.work.is_writable.get()).then_some("This project is open in another tab"),
        }
    });
    let saved = move || {
        let record = record.get().filter(|it| it.is_spacy_ner() && it.weights_bytes != 0)?;
        let pipeline = PipelineOf::Run(app.work.project_id()?, run);
        Some(view! { <SavePipeline name=record.name pipeline/> })
    };
    let use_it = move |_| {
        if busy.read_untracked().is_none() {
            app.use_for_suggestions(run);
        }
    };
    view! {
        <div class="row wrap run-actions">
            <Show when=move || is_done.get() && has_model.get()>
                <button class="btn" aria-disabled=move || busy.read().is_some().to_string() title=move || busy.get() on:click=use_it>
                    {move || if suggests.get() { "Suggest again" } else { "Use for suggestions" }}
                </button>
            </Show>
            {saved}
            <button class="btn quiet only-icon" aria-label="Rename this run" title="Rename" on:click=move |_| asking.set(Some(Asking::Name))>
                <Picture of=Icon::Pencil/>
            </button>
            <button class="btn quiet only-icon" aria-label="Delete this run" title="Delete" on:click=move |_| asking.set(Some(Asking::Delete))>
                <Picture of=Icon::Trash/>
            </button>
        </div>
        {move || match asking.get() {
            None => ().into_any(),
            Some(Asking::Name) => view! { <Rename run record asking/> }.into_any(),
            Some(Asking::Delete) => view! { <Delete run record asking/> }.into_any(),
        }}
    }
}

#[component]
fn Rename(
    run: RunId,
    record: Memo<Option<RunRecord>>,
    asking: RwSignal<Option<Asking>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = RwSignal::new(
        record.read_untracked().as_ref().map(|it| it.name.clone()).unwrap_or_default(),
    );
    let input = NodeRef::<html::Input>::new();
    let select = move |_| {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
    };
    let keep = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().trim().to_owned();
        if !name.is_empty() {
            app.rename_run(run, name);
            asking.set(None);
        }
    };
    view! {
        <Dialog name="Rename this run" on_close=move |()| asking.set(None)>
            <form class="dialog-form" on:submit=keep>
                <div class="field">
                    <label for="run-name">"Name of the run"</label>
                    <input
                        id="run-name" node_ref=input on:focus=select class="input" autofocus autocomplete="off" maxlength="80" prop:value=move || name.get()
                        on:input=move |event| name.set(event_target_value(&event)) aria-describedby="run-name-hint"
                    />
                    <p id="run-name-hint" class="hint">
                        {move || if name.read().trim().is_empty() { "A run needs a name." } else { "" }}
                    </p>
                </div>
                <div class="row dialog-foot">
                    <button type="button" class="btn" on:click=move |_| asking.set(None)>"Cancel"</button>
                    <button class="btn primary" aria-disabled=move || name.read().trim().is_empty().to_string()>"Rename"</button>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn Delete(
    run: RunId,
    record: Memo<Option<RunRecord>>,
    asking: RwSignal<Option<Asking>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let record = record.get_untracked();
    let name = record.as_ref().map(|it| it.name.clone()).unwrap_or_default();
    let model = match record.map_or(0, |it| it.weights_bytes) {
        0 => "Its figures go".to_owned(),
        bytes => format!("Its model ({}) and its figures go", words::bytes(bytes as f64)),
    };
    let suggests =
        app.work.project.read_untracked().as_ref().is_some_and(|it| it.suggesting == Some(run));
    let and = if suggests { ", and the suggestions it made" } else { "" };
    let delete = move |_| {
        asking.set(None);
        app.training.viewed.set(None);
        app.delete_run(run);
        browser::focus("train-start");
    };
    view! {
        <Dialog name=format!("Delete {name}") on_close=move |()| asking.set(None)>
            <div class="dialog-form">
                <h1>"Delete “"<bdi>{name.clone()}</bdi>"”?"</h1>
                <p class="soft">{format!("{model}{and}. There is no other copy. Texts and marks stay.")}</p>
                <div class="row dialog-foot">
                    <button class="btn" autofocus on:click=move |_| asking.set(None)>"Keep"</button>
                    <button class="btn danger" on:click=delete>"Delete"</button>
                </div>
            </div>
        </Dialog>
    }
}
