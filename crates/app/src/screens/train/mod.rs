//! The Train screen: settings at the left, the run at the right.

mod answered;
mod banners;
mod chart;
mod config_file;
mod errors;
mod runs;
mod scores;
mod settings;
mod status;
mod steps;

use corpus::Label;
use leptos::prelude::*;
use project::{Evaluation, RunId, RunRecord, TrainSettings};
use screen::draft::{Draft, Learner};
use screen::plan::Plan;

use crate::browser;
use crate::parts::Brand;
use crate::state::{App, Live};
use crate::words;

pub(crate) use answered::watch_answered;
use banners::Banners;
use chart::{Chart, Figure, Line};
use errors::Errors;
use runs::Runs;
use scores::PerLabel;
use settings::Settings;
use status::{Status, best};
use steps::Steps;

/// The Train screen.
#[component]
pub(crate) fn TrainScreen() -> impl IntoView {
    let app = expect_context::<App>();
    browser::spawn(async move {
        app.look_for_graphics().await;
    });
    // Runs are read after the project: settings that nobody touched follow the last run.
    Effect::new(move || {
        app.work.runs.track();
        begin_draft(app);
    });
    let answered = watch_answered(app);
    let plan = Memo::new(move |_| {
        let rule = app.work.project.read().as_ref().map(|it| it.split)?;
        answered.get().map(|it| Plan::of(&it, &rule))
    });
    let shown = Memo::new(move |_| {
        let runs = app.work.runs.read();
        let viewed = app.training.viewed.get().filter(|run| runs.iter().any(|it| it.id == *run));
        let live = app.training.live.read();
        let project = app.work.project.read();
        let live =
            live.as_ref().filter(|it| project.as_ref().is_some_and(|open| open.id == it.project));
        viewed.or(live.map(|it| it.run)).or_else(|| runs.iter().map(|it| it.id).max())
    });
    view! {
        <main class="screen train">
            <h1 class="unseen">"Train"</h1>
            <div class="card train-side">
                <Settings plan/>
                <Runs shown/>
            </div>
            <div class="train-main">
                <Banners/>
                {move || match shown.get() {
                    Some(run) => view! { <Run run/> }.into_any(),
                    None => view! { <NoRun/> }.into_any(),
                }}
            </div>
        </main>
    }
}

/// Fills the settings in when a project is first seen: as its last run had them.
fn begin_draft(app: App) {
    let Some(project) = app.work.project_id() else { return };
    let labels: Vec<Label> = untrack(|| app.work.labels()).into_iter().map(|it| it.label).collect();
    let usual = Learner::default();
    let usual = Draft::new(project.clone(), usual, &usual.usual(), &labels);
    let draft = app.training.draft.get_untracked().filter(|it| it.project == project);
    if draft.is_none() {
        app.training.viewed.set(None);
        app.training.config.set(None);
    }
    if draft.is_some_and(|it| it != usual) {
        return;
    }
    let runs = app.work.runs.read_untracked();
    let last = runs.iter().filter(|it| !it.is_as_it_came()).max_by_key(|it| it.id);
    let draft = last.map_or(usual, |run| {
        // What a label had no marks for was left out then, and may have some now.
        let settings = TrainSettings { labels: Vec::new(), ..run.settings.clone() };
        let mut draft = Draft::new(project, Learner::of(run), &settings, &labels);
        draft.tokens_only = run.keeps_tokens_only();
        draft
    });
    app.training.draft.set(Some(draft));
}

/// One run: how far it is, its charts, its scores and errors.
#[component]
fn Run(run: RunId) -> impl IntoView {
    let app = expect_context::<App>();
    let live = Memo::new(move |_| {
        let project = app.work.project.read();
        let live = app.training.live.get()?;
        (live.run == run && project.as_ref().is_some_and(|it| it.id == live.project))
            .then_some(live)
    });
    let record = Memo::new(move |_| -> Option<RunRecord> {
        app.work.runs.read().iter().find(|it| it.id == run).cloned()
    });
    let is_live = Memo::new(move |_| live.read().is_some());
    let curve = Memo::new(move |_| -> Vec<Evaluation> {
        match is_live.get() {
            true => app.training.curve.get(),
            false => record.read().as_ref().map(|it| it.curve.clone()).unwrap_or_default(),
        }
    });
    let is_nerine = Memo::new(move |_| match &*live.read() {
        Some(live) => live.learner == Learner::Nerine,
        None => record.read().as_ref().is_some_and(RunRecord::is_nerine),
    });
    view! {
        <Status run record live curve/>
        {move || match is_nerine.get() {
            true => view! { <Steps record live curve/> }.into_any(),
            false => view! { <Charts record live curve/> }.into_any(),
        }}
        <div class="train-pair">
            <PerLabel record/>
            <Errors record/>
        </div>
    }
}

/// How losses and dev F1 go over the epochs.
#[component]
fn Charts(
    /// The run as it is stored; none until it is.
    record: Memo<Option<RunRecord>>,
    /// The run as it trains here; none when it does not.
    live: Memo<Option<Live>>,
    /// One for every look at the dev set.
    curve: Memo<Vec<Evaluation>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let is_live = Memo::new(move |_| live.read().is_some());
    let epochs = Memo::new(move |_| {
        let planned = record.read().as_ref().map_or(0, |it| it.settings.epochs);
        let running = if is_live.get() { app.training.progress.read().epochs } else { 0 };
        let last = curve.read().last().map_or(0, |it| it.epoch);
        match is_live.get() {
            true => planned.max(running).max(last),
            false => last.max(1),
        }
    });
    let points = |curve: &[Evaluation], value: fn(&Evaluation) -> Option<f32>| -> Vec<(f64, f64)> {
        let point = |it: &Evaluation| Some((f64::from(it.epoch), f64::from(value(it)?)));
        curve.iter().filter_map(point).collect()
    };
    let loss = Memo::new(move |_| {
        let curve = curve.read();
        let line = |name, slot, is_dashed, value| Line {
            name,
            slot,
            is_dashed,
            points: points(&curve, value),
        };
        Figure {
            lines: vec![
                line("train", 8, false, |it| Some(it.train_loss)),
                line("dev", 5, true, |it| it.dev_loss),
            ],
            epochs: epochs.get(),
            best: None,
            top: None,
        }
    });
    let dev_f1 = Memo::new(move |_| {
        let curve = curve.read();
        Figure {
            lines: vec![Line {
                name: "",
                slot: 5,
                is_dashed: false,
                points: points(&curve, |it| it.dev_f1),
            }],
            epochs: epochs.get(),
            best: best(&curve).map(|(epoch, _)| epoch),
            top: Some(1.0),
        }
    });
    let first = "The first figures come after the first epoch.";
    let has_dev = Memo::new(move |_| {
        let live = live.read().as_ref().and_then(|it| it.split);
        let split = live.or_else(|| record.read().as_ref().map(|it| it.split));
        split.is_none_or(|it| it.dev != 0 || it.train == 0)
    });
    let no_f1 = Signal::derive(move || match has_dev.get() {
        true => first.to_owned(),
        false => "No text is on the dev side, so there is no F1 to watch.".to_owned(),
    });
    view! {
        <div class="train-pair">
            <Chart name="Loss" better="lower is better" write=words::loss empty=first figure=loss/>
            <Chart name="Dev F1" better="higher is better" write=words::score empty=no_f1 figure=dev_f1/>
        </div>
    }
}

/// What stands here before the first training.
#[component]
fn NoRun() -> impl IntoView {
    view! {
        <section class="card no-run">
            <div class="empty">
                <Brand size=48/>
                <h2>"No model yet"</h2>
                <p>"Accept some texts, then train. The model suggests marks in the texts that are to do."</p>
                <p class="meta">"Training runs in this tab. Nothing leaves this device."</p>
            </div>
        </section>
    }
}
