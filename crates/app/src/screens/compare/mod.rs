//! The Compare screen: what to compare, what it says, and the figures behind it.

mod advice;
mod banners;
mod bases;
mod blind;
mod choose;
mod confusion;
mod curves;
mod detail;
mod disagree;
mod forgetting;
mod form;
mod home;
mod interval;
mod labels;
mod numbers;
mod plot;
mod progress;
mod runs;

use std::sync::Arc;

use experiment::{BaseKey, Queue};
use leptos::prelude::*;
use project::ExperimentId;
use protocol::Compared;
use screen::compare::Texts;
use storage::ExperimentRecord;

use super::train::watch_answered;
use crate::browser;
use crate::parts::Brand;
use crate::state::App;

use advice::Recommendation;
use banners::Banners;
use bases::Bases;
use blind::BlindTest;
use confusion::ConfusionCard;
use curves::Curves;
use disagree::Disagreements;
use forgetting::ForgettingCard;
use form::NewComparison;
use home::Home;
use labels::PerLabel;
use progress::Progress;

/// What the parts of the screen look at together.
#[derive(Clone, Copy)]
struct Compare {
    /// The experiment that is shown.
    shown: Memo<Option<ExperimentId>>,
    /// The same, as it is stored.
    record: Memo<Option<Arc<ExperimentRecord>>>,
    /// Its runs.
    queue: Memo<Option<Arc<Queue>>>,
    /// What it says so far.
    compared: Memo<Option<Arc<Compared>>>,
    /// The texts there are to compare on; none until they are counted.
    texts: Memo<Option<Texts>>,
    /// The form that is open beside what is compared.
    opened: RwSignal<Option<Opened>>,
}

/// What an open form makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    New,
    MoreBases(ExperimentId),
}

/// A base as the screen draws it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    key: BaseKey,
    name: String,
    /// The slot whose colour and shape it has.
    slot: u8,
}

impl Compare {
    fn new(app: App) -> Self {
        let comparing = app.comparing;
        let shown = Memo::new(move |_| comparing.shown());
        let answered = watch_answered(app);
        Self {
            shown,
            record: Memo::new(move |_| comparing.experiment(shown.get()?).map(Arc::new)),
            queue: Memo::new(move |_| comparing.queue_of(shown.get()?).map(Arc::new)),
            compared: Memo::new(move |_| {
                let shown = shown.get()?;
                let compared = comparing.compared.read();
                compared.as_ref().filter(|it| it.0 == shown).map(|it| it.1.clone())
            }),
            texts: Memo::new(move |_| {
                let rule = app.work.project.read().as_ref().map(|it| it.split)?;
                answered.get().map(|it| Texts::of(&it, &rule))
            }),
            opened: RwSignal::new(None),
        }
    }

    /// How a base is drawn: its place in the experiment decides, so that it never changes. Tracked.
    fn look(self, key: &BaseKey) -> Look {
        let record = self.record.read();
        let bases = record.as_ref().map(|it| it.experiment.bases.as_slice()).unwrap_or_default();
        let at = bases.iter().position(|it| it.key == *key);
        let name = at.map_or_else(|| key.0.clone(), |it| bases[it].name.clone());
        Look { key: key.clone(), name, slot: (at.unwrap_or(0) % 8) as u8 + 1 }
    }

    /// Whether a run of some base is scored. Tracked.
    fn has_figures(self) -> bool {
        self.compared.read().as_ref().is_some_and(|it| !it.comparison.table.rows.is_empty())
    }

    /// The base of the highest F1. Tracked.
    fn best(self) -> Option<BaseKey> {
        let compared = self.compared.read();
        compared.as_ref()?.comparison.table.best().map(|it| it.base.clone())
    }
}

/// The Compare screen.
#[component]
pub(crate) fn CompareScreen() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = Compare::new(app);
    provide_context(compare);
    browser::spawn(async move {
        app.look_for_graphics().await;
    });
    app.read_experiments();
    Effect::new(move || {
        let Some(shown) = compare.shown.get() else { return };
        let has_figures =
            untrack(|| app.comparing.compared.read().as_ref().is_some_and(|(id, _)| *id == shown));
        if !has_figures {
            app.judge_experiment(shown);
        }
    });
    Effect::new(move |was_shown: Option<Option<ExperimentId>>| {
        let shown = compare.shown.get();
        // The button that began it is gone.
        if was_shown.is_some_and(|it| it != shown) && browser::focused().is_none() {
            browser::focus("compare-title");
        }
        shown
    });
    let what_is_there =
        Memo::new(move |_| app.comparing.all.read().as_ref().map(|it| it.is_empty()));
    view! {
        <main class="screen compare" aria-busy=move || what_is_there.get().is_none().to_string()>
            <h1 class="unseen" id="compare-title" tabindex="-1">"Compare"</h1>
            {move || match what_is_there.get() {
                None => ().into_any(),
                Some(true) => view! { <NothingYet/> }.into_any(),
                Some(false) => view! { <Findings/> }.into_any(),
            }}
        </main>
    }
}

/// Goes on with runs that were left when the project was last open. It shows nothing.
#[component]
pub(crate) fn ExperimentsGoOn() -> impl IntoView {
    let app = expect_context::<App>();
    // This view goes as soon as they go on.
    browser::spawn(async move { app.go_on_comparing() });
}

/// What stands here before the first comparison.
#[component]
fn NothingYet() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let next = move || match compare.texts.read().as_ref().and_then(Texts::too_few) {
        Some(too_few) => too_few,
        None => "Choose bases below. Each is trained on your texts and scored on the same ones."
            .to_owned(),
    };
    view! {
        <section class="card"><div class="empty">
            <Brand size=48/>
            <h2>"Nothing compared yet"</h2>
            <p>{next}</p>
            <p class="meta">"It runs in this tab. Nothing leaves this device."</p>
        </div></section>
        <NewComparison extends=None/>
    }
}

/// What the experiment that is shown came to.
#[component]
fn Findings() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let has_figures = Memo::new(move |_| compare.has_figures());
    let forgot = Memo::new(move |_| {
        compare.compared.read().as_ref().is_some_and(|it| !it.forgetting.is_empty())
    });
    Effect::new(move |was_planning: Option<bool>| {
        let is_planning = app.comparing.is_planning.get();
        let is_refused = app.comparing.refused.read_untracked().is_some();
        if was_planning == Some(true) && !is_planning && !is_refused {
            compare.opened.set(None);
        }
        is_planning
    });
    view! {
        {move || compare.opened.get().map(|opened| match opened {
            Opened::New => view! { <NewComparison extends=None/> },
            Opened::MoreBases(id) => view! { <NewComparison extends=Some(id)/> },
        })}
        <Show when=move || has_figures.get()><Recommendation/></Show>
        <Banners/>
        <Progress/>
        <Show when=move || has_figures.get()>
            <Bases/>
            <div class="compare-pair">
                <Curves/>
                <Disagreements/>
            </div>
            <div class="compare-pair">
                <PerLabel/>
                <ConfusionCard/>
            </div>
            <Show when=move || forgot.get()><ForgettingCard/></Show>
            <BlindTest/>
        </Show>
        <Home/>
    }
}
