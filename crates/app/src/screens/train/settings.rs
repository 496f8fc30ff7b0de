use corpus::{Label, SplitRule};
use leptos::prelude::*;
use project::{BaseRecord, DeviceChoice, RunRecord, SplitCounts};
use protocol::{BASES, BuiltIn};
use screen::draft::{Draft, Learner, Number};
use screen::plan::{Plan, may_forget, wanted};

use super::config_file::ConfigFile;
use crate::parts::{BaseOptions, Icon, Picture, Shape};
use crate::state::{App, Graphics, choice_name, sentence};
use crate::words;

/// What the next run learns, from what, how and on what; and the button that starts it.
#[component]
pub(crate) fn Settings(
    /// What it would learn from; none until it is counted.
    plan: Memo<Option<Plan>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let is_training = Memo::new(move |_| app.training.live.read().is_some());
    let is_spacy = Memo::new(move |_| learner(app) == Learner::Spacy);
    view! {
        <header>
            <h2>"Settings"</h2>
            <Show when=move || is_training.get()>
                <span class="chip end"><Picture of=Icon::Lock/>"Locked while training"</span>
            </Show>
        </header>
        <div class="settings">
            <fieldset class="settings-body" disabled=move || is_training.get()>
                <legend class="unseen">"Settings of the next run"</legend>
                <Base/>
                <Model/>
                <Labels plan/>
                <Texts plan/>
                <Numbers/>
                <ConfigFile/>
                <Show when=move || is_spacy.get()><RunsOn/></Show>
            </fieldset>
            <Start plan/>
        </div>
    }
}

fn labels(app: App) -> Vec<Label> {
    app.work.labels().into_iter().map(|it| it.label).collect()
}

/// The labels that the next run learns. Tracked.
fn chosen(app: App) -> Vec<Label> {
    let known = labels(app);
    let draft = app.training.draft.read();
    draft.as_ref().map(|it| wanted(&known, &it.skipped)).unwrap_or_default()
}

/// What learns in the next run. Tracked.
fn learner(app: App) -> Learner {
    app.training.draft.read().as_ref().map(Draft::learner).unwrap_or_default()
}

/// The base of the open project. Tracked.
fn base(app: App) -> Option<String> {
    app.work.project.read().as_ref().map(|it| it.base.clone())
}

/// The base of the open project, where a person brought it. Tracked.
fn brought(app: App) -> Option<BaseRecord> {
    let name = base(app)?;
    app.bases.list().into_iter().find(|it| it.name == name)
}

/// The pipeline whose tokens and vectors the next run keeps, with spaCy's architecture; none where
/// it is built in. Tracked.
fn pipeline(app: App) -> Option<BaseRecord> {
    brought(app).filter(|_| learner(app) == Learner::Spacy)
}

/// The same, where the run keeps what it has learned, too. Tracked.
fn learned_pipeline(app: App) -> Option<BaseRecord> {
    let keeps_all = app.training.draft.read().as_ref().is_some_and(|it| !it.tokens_only);
    pipeline(app).filter(|it| keeps_all && it.finds_entities())
}

#[component]
fn Base() -> impl IntoView {
    let app = expect_context::<App>();
    let base = Memo::new(move |_| base(app));
    let hint = move || {
        let vectors = brought(app).and_then(|it| it.vectors).filter(|it| it.rows != 0);
        if learner(app) == Learner::Nerine {
            return match vectors {
                None => {
                    "Nerine needs none: it reads letters and digits in its own way, and learns any \
                     mark. The base only says which words a selection grows to."
                }
                Some(_) => {
                    "Nerine reads the base's word vectors beside your texts. Its tokens it does not \
                     need: they only say which words a selection grows to."
                }
            }
            .to_owned();
        }
        match (learned_pipeline(app), vectors) {
            (Some(_), None) => "Starts from what the pipeline has learned.".to_owned(),
            (Some(_), Some(_)) => {
                "Starts from what the pipeline has learned, with its vectors.".to_owned()
            }
            (None, vectors) => {
                let says = base.get().and_then(|it| app.bases.says(&it));
                let says = says.as_deref().unwrap_or("words");
                let vectors = if vectors.is_some() { "and its vectors" } else { "no vectors" };
                format!("Starts from nothing: {says}, {vectors}.")
            }
        }
    };
    view! {
        <div class="field">
            <label for="train-base">"Base"</label>
            <select
                id="train-base" class="input" aria-describedby="train-base-hint"
                prop:value=move || base.get() on:change=move |event| app.use_base(event_target_value(&event))
            >
                <BaseOptions chosen=base/>
            </select>
            <p class="hint" id="train-base-hint">{hint}</p>
        </div>
    }
}

/// What learns: Nerine's model or spaCy's.
#[component]
fn Model() -> impl IntoView {
    let app = expect_context::<App>();
    let chosen = Memo::new(move |_| learner(app));
    let choose = move |learner| {
        app.training.draft.update(|it| {
            if let Some(draft) = it {
                draft.choose(learner);
            }
        });
    };
    let hint = move || match chosen.get() {
        Learner::Nerine => {
            "Made for few texts: ready in seconds, reads the words of all texts, says how sure it is."
        }
        Learner::Spacy => "Slower. What it trains is a spaCy pipeline, to save and use there.",
    };
    let is_choice = Memo::new(move |_| pipeline(app).is_some_and(|it| it.finds_entities()));
    let tokens_only = move || app.training.draft.read().as_ref().is_some_and(|it| it.tokens_only);
    let toggle = move |_| {
        app.training.draft.update(|it| {
            if let Some(draft) = it {
                draft.tokens_only = !draft.tokens_only;
            }
        });
    };
    view! {
        <fieldset class="field">
            <legend>"Model"</legend>
            <div class="segment" role="group" aria-label="Model">
                {Learner::ALL.map(|learner| view! {
                    <button
                        type="button" aria-pressed=move || (chosen.get() == learner).to_string()
                        aria-describedby="train-model-hint" on:click=move |_| choose(learner)
                    >
                        {learner.name()}
                    </button>
                })}
            </div>
            <p class="hint" id="train-model-hint">{hint}</p>
            <Show when=move || is_choice.get()>
                <label class="tick">
                    <input type="checkbox" prop:checked=tokens_only on:change=toggle/>
                    "Keep only its tokens and vectors"
                </label>
            </Show>
        </fieldset>
    }
}

#[component]
fn Labels(plan: Memo<Option<Plan>>) -> impl IntoView {
    let app = expect_context::<App>();
    let marks = move |label: &Label| {
        plan.read().as_ref().map(|it| it.marks.get(label).copied().unwrap_or(0))
    };
    let rows = move || {
        let defs = app.work.labels();
        if defs.is_empty() {
            return view! { <p class="hint">"No labels yet. Make them where you annotate."</p> }
                .into_any();
        }
        defs.into_iter()
            .map(|def| {
                let (slot, label) = (def.slot, def.label);
                let (ticked, counted, toggled) = (label.clone(), label.clone(), label.clone());
                let is_ticked = move || {
                    app.training
                        .draft
                        .read()
                        .as_ref()
                        .is_some_and(|it| !it.skipped.contains(&ticked))
                };
                let toggle = move |_| {
                    app.training.draft.update(|it| {
                        if let Some(draft) = it
                            && !draft.skipped.remove(&toggled)
                        {
                            draft.skipped.insert(toggled.clone());
                        }
                    });
                };
                view! {
                    <label class="tick train-label">
                        <input type="checkbox" prop:checked=is_ticked on:change=toggle/>
                        <Shape of=slot/>
                        <bdi class="cut grow">{label.to_string()}</bdi>
                        <span class="meta num">
                            {move || marks(&counted).map(|n| match n {
                                0 => "no marks".to_owned(),
                                n => words::count(n),
                            })}
                        </span>
                    </label>
                }
            })
            .collect_view()
            .into_any()
    };
    view! {
        <fieldset class="field">
            <legend class="row">"Labels to learn"<span class="meta end legend-end">"marks to learn from"</span></legend>
            <div class="train-labels">{rows}</div>
        </fieldset>
    }
}

#[component]
fn Texts(plan: Memo<Option<Plan>>) -> impl IntoView {
    let app = expect_context::<App>();
    let is_open = RwSignal::new(false);
    let split = move || plan.read().as_ref().map(|it| it.split).unwrap_or_default();
    let counts = move || {
        let SplitCounts { train, dev, test } = split();
        format!(
            "{} train · {} dev · {} test",
            words::count(train),
            words::count(dev),
            words::count(test)
        )
    };
    let part = move |side: fn(SplitCounts) -> u32| move || side(split()).to_string();
    let is_frozen =
        Memo::new(move |_| app.work.project.read().as_ref().is_some_and(|it| it.split_frozen));
    view! {
        <div class="field">
            <div class="row"><span class="name">"Texts"</span><span class="meta num end">{counts}</span></div>
            <div class="texts-bar" aria-hidden="true">
                <i style:flex-grow=part(|it| it.train)></i>
                <i class="dev" style:flex-grow=part(|it| it.dev)></i>
                <i class="test" style:flex-grow=part(|it| it.test)></i>
            </div>
            <div class="row wrap hint">
                <span>{move || plan.read().as_ref().map(Plan::left_out)}" "
                    <Show when=move || is_frozen.get()>"The split is fixed since the first training."</Show>
                </span>
                <Show when=move || !is_frozen.get()>
                    <button type="button" class="link" aria-expanded=move || is_open.get().to_string() on:click=move |_| is_open.update(|it| *it = !*it)>
                        "Change the split"
                    </button>
                </Show>
            </div>
            <Show when=move || is_open.get() && !is_frozen.get()><SplitInputs/></Show>
        </div>
    }
}

/// The shares of dev and test texts, in per cent.
#[component]
fn SplitInputs() -> impl IntoView {
    let app = expect_context::<App>();
    let rule = app.work.project.read_untracked().as_ref().map(|it| it.split).unwrap_or_default();
    let dev = RwSignal::new(rule.dev_percent().to_string());
    let test = RwSignal::new(rule.test_percent().to_string());
    let wanted = move || -> Result<SplitRule, String> {
        let percent = |text: &str| {
            text.trim()
                .trim_end_matches('%')
                .trim_end()
                .parse::<u8>()
                .map_err(|_| "Use whole numbers from 0 to 99.".to_owned())
        };
        SplitRule::new(rule.seed(), percent(&dev.read())?, percent(&test.read())?)
            .map_err(|it| sentence(&it))
    };
    let keep = move |_| {
        if let (Some(project), Ok(split)) = (app.work.project_id(), untrack(wanted)) {
            app.update_project_soon(project, move |it| {
                if !it.split_frozen {
                    it.split = split;
                }
            });
        }
    };
    let wrong = move || wanted().err();
    let input = move |id: &'static str, name: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=id>{name}</label>
                <div class="input" aria-invalid=move || wrong().is_some().to_string()>
                    <input
                        id=id inputmode="numeric" autocomplete="off" prop:value=move || value.get()
                        aria-invalid=move || wrong().is_some().to_string() aria-describedby="train-split-hint"
                        on:input=move |event| value.set(event_target_value(&event)) on:change=keep
                    />
                    <span class="meta">"%"</span>
                </div>
            </div>
        }
    };
    view! {
        <div class="pair">
            {input("train-dev", "Dev", dev)}
            {input("train-test", "Test", test)}
        </div>
        <p id="train-split-hint" class="hint" class:wrong=move || wrong().is_some()>
            {move || wrong().unwrap_or_else(|| "Dev texts decide when to stop, test texts only score. Fixed once you have trained.".to_owned())}
        </p>
    }
}

#[component]
fn Numbers() -> impl IntoView {
    let app = expect_context::<App>();
    let learner = Memo::new(move |_| learner(app));
    let inputs = move || {
        let learner = learner.get();
        Number::of(learner).map(|number| view! { <NumberInput number/> }).collect_view()
    };
    view! { <div class="pair">{inputs}</div> }
}

#[component]
fn NumberInput(number: Number) -> impl IntoView {
    let app = expect_context::<App>();
    let draft = app.training.draft;
    let text =
        move || draft.read().as_ref().map(|it| it.text(number).to_owned()).unwrap_or_default();
    let wrong = Memo::new(move |_| draft.read().as_ref().and_then(|it| it.wrong(number)));
    let hint = format!("{}-hint", number.id());
    let type_in = move |event| {
        let typed = event_target_value(&event);
        draft.update(|it| {
            if let Some(draft) = it {
                draft.set(number, typed);
            }
        });
    };
    let is_wrong = move || wrong.read().is_some().to_string();
    view! {
        <div class="field" title=number.explains()>
            <label for=number.id()>{number.name()}</label>
            <div class="input" aria-invalid=is_wrong>
                <input
                    id=number.id() inputmode="decimal" autocomplete="off" spellcheck="false" prop:value=text
                    aria-invalid=is_wrong aria-describedby=hint.clone() on:input=type_in
                />
                <span class="meta">{number.unit()}</span>
            </div>
            <p id=hint class=move || if wrong.read().is_some() { "hint wrong" } else { "unseen" }>
                {move || match wrong.get() {
                    Some(wrong) => view! { <Picture of=Icon::Rejected/><span>{wrong}</span> }.into_any(),
                    None => number.explains().into_any(),
                }}
            </p>
        </div>
    }
}

#[component]
fn RunsOn() -> impl IntoView {
    let app = expect_context::<App>();
    let draft = app.training.draft;
    let chosen = Memo::new(move |_| draft.read().as_ref().map(|it| it.device).unwrap_or_default());
    let choose = move |choice| {
        draft.update(|it| {
            if let Some(draft) = it {
                draft.device = choice;
            }
        });
    };
    let reason = move || {
        let graphics = app.training.graphics.get();
        let raced = app.training.raced.get();
        match (chosen.get(), graphics, raced) {
            (DeviceChoice::Cpu, ..) => {
                "Training runs on the CPU. You can go on annotating.".to_owned()
            }
            (DeviceChoice::Gpu, Some(Graphics::Software), _) => {
                "The browser only imitates a GPU here. The CPU is faster.".to_owned()
            }
            (DeviceChoice::Gpu, Some(none), _) if none.why_not().is_some() => {
                none.why_not().unwrap_or_default().to_owned()
            }
            (DeviceChoice::Gpu, ..) => {
                "The GPU is tested first. If it fails, the CPU goes on.".to_owned()
            }
            (DeviceChoice::Auto, _, Some((_, why))) => why,
            (DeviceChoice::Auto, Some(found), None) => match found.why_not() {
                Some(why) => why.to_owned(),
                None => "GPU and CPU are tried first. The faster one trains.".to_owned(),
            },
            (DeviceChoice::Auto, None, None) => "Looking for a GPU …".to_owned(),
        }
    };
    view! {
        <fieldset class="field">
            <legend>"Runs on"</legend>
            <div class="segment" role="group" aria-label="Runs on">
                {[DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu].map(|choice| view! {
                    <button
                        type="button" aria-pressed=move || (chosen.get() == choice).to_string()
                        aria-describedby="train-device-hint" on:click=move |_| choose(choice)
                    >
                        {choice_name(choice)}
                    </button>
                })}
            </div>
            <p class="hint" id="train-device-hint">{reason}</p>
        </fieldset>
    }
}

/// Why the model cannot start from the base, as a sentence. Tracked.
fn unfit(app: App) -> Option<String> {
    let base = base(app).filter(|_| learner(app) == Learner::Spacy)?;
    let is_unfit = |it: &BuiltIn| it.name == base && !it.fits_pipelines;
    BASES.iter().any(is_unfit).then(|| {
        format!(
            "A spaCy pipeline cannot hold the tokens of {base}. Choose another base, or Nerine."
        )
    })
}

/// The button that trains, and what is in its way.
#[component]
fn Start(plan: Memo<Option<Plan>>) -> impl IntoView {
    let app = expect_context::<App>();
    let training = app.training;
    let obstacle = Memo::new(move |_| {
        if let Some(live) = training.live.get() {
            let here = app.work.project.read().as_ref().is_some_and(|it| it.id == live.project);
            return Some(match here {
                true => format!("{} is training.", live.name),
                false => "Another project is training. Wait until it is done.".to_owned(),
            });
        }
        if !app.work.is_writable.get() {
            return Some("This project is open in another tab. Train there.".to_owned());
        }
        if training.suggesting.read().is_some() {
            return Some("Suggestions are being made. Wait until they are there.".to_owned());
        }
        let plan = plan.get()?;
        plan.obstacle(&chosen(app))
            .or_else(|| training.draft.read().as_ref().and_then(Draft::obstacle))
            .or_else(|| unfit(app))
    });
    let remarks = Memo::new(move |_| {
        let (Some(plan), None) = (plan.get(), obstacle.get()) else { return Vec::new() };
        let mut remarks = plan.remarks(&chosen(app));
        let pipeline = learned_pipeline(app);
        remarks.extend(pipeline.and_then(|it| may_forget(&it.labels, &chosen(app))));
        remarks
    });
    let words = move || {
        let texts = plan.read().as_ref().map_or(0, |it| it.split.train);
        match texts {
            0 => "Train".to_owned(),
            n => format!("Train on {}", words::counted(n, "text", "texts")),
        }
    };
    let train = move |_| {
        let (Some(plan), None) = (plan.get_untracked(), obstacle.get_untracked()) else { return };
        let (labels, _) = plan.learnable(&untrack(|| chosen(app)));
        let base = app.work.project.read_untracked().as_ref().map(|it| it.base.clone());
        let draft = training.draft.get_untracked();
        if let (Some(base), Some(Ok(settings))) =
            (base, draft.as_ref().map(|it| it.settings("blank:en", labels)))
        {
            let architecture = draft.map_or(RunRecord::NERINE, |it| it.architecture());
            app.train(project::TrainSettings { base, ..settings }, architecture);
        }
    };
    let is_off = move || (plan.read().is_none() || obstacle.read().is_some()).to_string();
    view! {
        <div class="start">
            {move || remarks.get().into_iter().map(|it| view! {
                <p class="remark"><Picture of=Icon::Info/><span>{it}</span></p>
            }).collect_view()}
            <button id="train-start" class="btn primary" aria-disabled=is_off aria-describedby="train-why" on:click=train>
                <Picture of=Icon::Play/>{words}
            </button>
            <p id="train-why" class="hint">{move || obstacle.get()}</p>
        </div>
    }
}
