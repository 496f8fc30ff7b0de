use std::collections::BTreeSet;

use corpus::Label;
use leptos::prelude::*;
use project::ExperimentId;
use protocol::{BASES, ExperimentPlan, PlannedBase, PlannedDivision};
use screen::compare::{Candidate, Divide, Field, Form, Texts, candidates, of_runs, usual};

use super::Compare;
use super::choose::{ChooseBases, ChooseLabels};
use super::numbers::{DivideTexts, HowLong, HowOften};
use crate::browser;
use crate::parts::{Icon, Picture};
use crate::state::App;
use crate::words;

/// What a form is about.
#[derive(Clone, Copy)]
pub(super) struct Making {
    /// The experiment that gets more bases; none for a new one.
    pub(super) extends: Option<ExperimentId>,
    /// What is chosen and typed.
    pub(super) form: RwSignal<Form>,
    /// The bases there are to choose from.
    pub(super) candidates: Memo<Vec<Candidate>>,
}

impl Making {
    /// The bases that are chosen, in their order. Tracked.
    fn chosen(self) -> Vec<Candidate> {
        let form = self.form.read();
        let all = self.candidates.read();
        all.iter().filter(|it| form.chosen.contains(&it.base.key)).cloned().collect()
    }

    /// What is in the way, as a sentence. Tracked.
    fn obstacle(self, app: App, texts: &Texts) -> Option<String> {
        let form = self.form.read();
        match self.extends {
            None => form.obstacle(&labels(app), texts),
            Some(_) if form.chosen.is_empty() => {
                Some("No base is chosen. Tick at least one.".to_owned())
            }
            Some(_) => {
                let wrong = [Field::Epochs, Field::Minutes]
                    .into_iter()
                    .find(|it| form.number(*it).is_err());
                wrong.map(|it| format!("{}: correct the number first.", it.name()))
            }
        }
    }
}

/// The labels of the open project. Tracked.
fn labels(app: App) -> Vec<Label> {
    app.work.labels().into_iter().map(|it| it.label).collect()
}

/// What is to be compared, and the button that begins it.
#[component]
pub(super) fn NewComparison(
    /// The experiment that gets more bases; none for a new one.
    extends: Option<ExperimentId>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let are_read = Memo::new(move |_| app.bases.all.read().is_some());
    move || are_read.get().then(|| view! { <FormCard extends/> })
}

#[component]
fn FormCard(extends: Option<ExperimentId>) -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let own = Memo::new(move |_| {
        app.work.project.read().as_ref().map(|it| it.base.clone()).unwrap_or_default()
    });
    let candidates = Memo::new(move |_| {
        let built_in = BASES.iter().filter(|it| it.fits_pipelines);
        let built_in: Vec<_> = built_in.map(|it| (it.name, it.says)).collect();
        let mut all = candidates(&app.bases.list(), &built_in, &own.get());
        let labels = labels(app);
        all.retain(|it| it.has_a_point(&labels));
        if let Some(record) = extends.and_then(|id| app.comparing.experiment(id)) {
            all.retain(|it| record.experiment.base(&it.base.key).is_none());
        }
        all
    });
    let chosen = match extends {
        Some(_) => BTreeSet::new(),
        None => untrack(|| usual(&candidates.read(), &own.read(), &labels(app))),
    };
    let making = Making { extends, form: RwSignal::new(Form::new(chosen)), candidates };
    provide_context(making);
    let name = if extends.is_some() { "More bases" } else { "New comparison" };
    let is_beside = Memo::new(move |_| compare.opened.get().is_some());
    Effect::new(move || {
        if compare.opened.get_untracked().is_some() {
            browser::focus("compare-form");
        }
    });
    view! {
        <section class="card compare-form" aria-labelledby="compare-form">
            <header>
                <h2 id="compare-form" tabindex="-1">{name}</h2>
                <Show when=move || is_beside.get()>
                    <button class="btn small quiet end" on:click=move |_| compare.opened.set(None)>"Close"</button>
                </Show>
            </header>
            <div class="compare-settings">
                <ChooseBases/>
                {extends.is_none().then(|| view! { <ChooseLabels/> })}
                <div class="col compare-numbers">
                    {extends.is_none().then(|| view! { <HowOften/><DivideTexts/> })}
                    <HowLong/>
                </div>
            </div>
            <Start/>
        </section>
    }
}

/// What will run, what is in the way, and the button.
#[component]
fn Start() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let making = expect_context::<Making>();
    let texts = move || compare.texts.get().unwrap_or_default();
    let obstacle =
        Memo::new(move |_| match (app.work.is_writable.get(), compare.texts.read().is_some()) {
            (false, _) => Some("This project is open in another tab. Compare there.".to_owned()),
            (true, false) => Some("The texts are being counted.".to_owned()),
            (true, true) => making.obstacle(app, &texts()),
        });
    let n = Memo::new(move |_| making.chosen().len() as u32);
    let says = move || match making.extends {
        None => what_runs(&making.form.read(), &making.chosen(), &texts()),
        Some(id) => {
            let record = app.comparing.experiment(id);
            let experiment = record.map(|it| it.experiment);
            let chosen = making.chosen();
            let chosen: Vec<&Candidate> = chosen.iter().collect();
            experiment
                .map(|it| {
                    let n_shares = 1 + it.shares.iter().filter(|it| **it != 100).count();
                    let runs = of_runs(&chosen, it.seeds.len(), n_shares, it.split.folds.len());
                    format!("{runs}, on the texts of the comparison that is there")
                })
                .unwrap_or_default()
        }
    };
    let words = move || match (app.comparing.is_planning.get(), making.extends) {
        (true, _) => "Preparing the runs …".to_owned(),
        (false, None) => format!("Compare {}", words::counted(n.get(), "base", "bases")),
        (false, Some(_)) => format!("Add {}", words::counted(n.get(), "base", "bases")),
    };
    let is_off = move || (obstacle.read().is_some() || app.comparing.is_planning.get()).to_string();
    let begin = move |_| {
        if obstacle.read_untracked().is_none() && !app.comparing.is_planning.get_untracked() {
            untrack(|| start(app, making, &texts()));
        }
    };
    view! {
        <div class="compare-start">
            {move || app.comparing.refused.get().map(|why| view! {
                <div class="banner bad" role="alert"><Picture of=Icon::Rejected/><p class="grow">{why}</p></div>
            })}
            <div class="row wrap">
                <p class="grow soft num" id="compare-runs-say">{says}</p>
                <button class="btn primary" aria-disabled=is_off aria-describedby="compare-why compare-runs-say" on:click=begin>
                    <Picture of=Icon::Play/>{words}
                </button>
            </div>
            <p class="hint" id="compare-why" role="status">{move || match app.comparing.is_planning.get() {
                true => Some("Texts are frozen as they are now, divided, and the runs are laid out.".to_owned()),
                false => obstacle.get(),
            }}</p>
        </div>
    }
}

/// “4 bases × 3 seeds: 12 runs · 115 train · 29 dev · 29 test”.
fn what_runs(form: &Form, chosen: &[Candidate], texts: &Texts) -> String {
    let runs = form.runs(&chosen.iter().collect::<Vec<_>>());
    let sides = match form.divide {
        Divide::AsProject => format!(
            "{} train · {} dev · {} test",
            words::count(texts.split.train),
            words::count(texts.split.dev),
            words::count(texts.split.test),
        ),
        Divide::Shares | Divide::Folds => words::counted(texts.n(), "text", "texts"),
    };
    format!("{runs} · {sides}")
}

/// Has the runs begin.
fn start(app: App, making: Making, texts: &Texts) {
    let form = making.form.get();
    let extended = making.extends.and_then(|id| app.comparing.experiment(id));
    let labels = match &extended {
        Some(record) => record.labels().to_vec(),
        None => form.labels(&labels(app), texts),
    };
    let (seeds, shares) = match &extended {
        Some(record) => (record.experiment.seeds.clone(), record.experiment.shares.clone()),
        None => (form.seeds(), form.shares()),
    };
    let limits = form.limits();
    let planned = |it: Candidate| {
        let settings = it.settings(limits, &labels);
        PlannedBase {
            base: it.planned(&settings),
            settings,
            architecture: it.variant.architecture().to_owned(),
            on_gpu: it.is_on_gpu(limits),
            memory_bytes: it.memory_bytes(),
        }
    };
    let bases = making.chosen().into_iter().map(planned).collect();
    let (dev_percent, test_percent) = (form.percent(Field::Dev), form.percent(Field::Test));
    let division = match form.divide {
        Divide::AsProject => PlannedDivision::AsProject,
        Divide::Shares => PlannedDivision::Shares { dev_percent, test_percent },
        Divide::Folds => PlannedDivision::Folds { n: form.n_folds() as u8, dev_percent },
    };
    let group_by = Some(form.group_by.trim().to_owned()).filter(|it| !it.is_empty());
    let pool = app.pool();
    app.begin_experiment(making.extends, move |id| ExperimentPlan {
        id,
        now_ms: browser::now_ms(),
        bases,
        labels,
        division,
        group_by,
        seeds,
        shares,
        pool,
    });
}
