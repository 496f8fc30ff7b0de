use leptos::prelude::*;
use project::{Evaluation, RunRecord, RunState, Stage};

use crate::parts::{Icon, Picture};
use crate::state::{App, Live};
use crate::words;

/// What a stage does, while it does it.
pub(crate) fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Words => "Reading the words of all texts",
        Stage::Check => "Trying out what suits these texts",
        Stage::Linear => "Learning the first model",
        Stage::Teachers => "Learning a second view",
        Stage::FirstRound => "Learning from each other",
        Stage::SecondRound => "Learning from each other once more",
        Stage::Packing => "Packing the model",
    }
}

/// What a stage is called, and what it is for.
fn says(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Words => ("Words", "How words are used in all texts to learn from, marked or not."),
        Stage::Check => (
            "Trial",
            "Learns from parts of the marked texts and is judged on the rest, to choose what suits them.",
        ),
        Stage::Linear => ("First model", "Weighs spelling, neighbours and the kinds of words."),
        Stage::Teachers => {
            ("Second view", "Small networks read the same texts in their own way, beside it.")
        }
        Stage::FirstRound => {
            ("Each other", "Both learn what they find probable in texts without marks.")
        }
        Stage::SecondRound => ("Once more", "The same again, from better teachers."),
        Stage::Packing => ("Packing", "The model is made small."),
    }
}

/// How far a stage is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Done,
    Running,
    Waiting,
    LeftOut,
}

/// The stages of a training of Nerine's own learner, and how good each was.
#[component]
pub(crate) fn Steps(
    /// The run as it is stored; none until it is.
    record: Memo<Option<RunRecord>>,
    /// The run as it trains here; none when it does not.
    live: Memo<Option<Live>>,
    /// One for every stage that made a model.
    curve: Memo<Vec<Evaluation>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let is_live = Memo::new(move |_| live.read().is_some());
    let running = Memo::new(move |_| match is_live.get() {
        true => app.training.progress.read().stage,
        false => None,
    });
    let is_done = Memo::new(move |_| {
        matches!(record.read().as_ref().map(|it| &it.state), Some(RunState::Done { .. }))
    });
    let look = move |stage: Stage| {
        let curve = curve.read();
        curve.iter().find(|it| Some(it.epoch) == stage.look()).copied()
    };
    let place = move |stage: Stage| match (running.get(), is_live.get() || is_done.get()) {
        (Some(now), _) if stage < now => Place::Done,
        (Some(now), _) if stage == now => Place::Running,
        (None, true) if is_live.get() => Place::Waiting,
        (None, true) if stage.look().is_some() && look(stage).is_none() => Place::LeftOut,
        (None, true) => Place::Done,
        _ => Place::Waiting,
    };
    let kept = Memo::new(move |_| {
        let record = record.read();
        let record = record.as_ref().filter(|_| !is_live.get())?;
        record.curve.get(record.best? as usize).map(|it| it.epoch)
    });
    let row = move |stage: Stage| {
        let (name, explains) = says(stage);
        let state = move || match place(stage) {
            Place::Done => (Icon::Check, "done"),
            Place::Running => (Icon::Half, "running"),
            Place::Waiting => (Icon::Clock, "to come"),
            Place::LeftOut => (Icon::Ignored, "left out"),
        };
        let class = move || format!("step {}", state().1.replace(' ', "-"));
        let figure = move || look(stage).and_then(|it| it.dev_f1);
        let bar = move || {
            figure().map(|f1| {
                let width = format!("{:.1}%", 100.0 * f1);
                view! { <span class="meter" aria-hidden="true"><i style:width=width></i></span> }
            })
        };
        view! {
            <li class=class>
                {move || view! { <Picture of=state().0/> }}
                <div class="grow">
                    <p>
                        <b>{name}</b>
                        <span class="unseen">{move || format!(", {}", state().1)}</span>
                        <Show when=move || kept.get().is_some() && kept.get() == stage.look()>
                            <span class="chip ok">"kept"</span>
                        </Show>
                        <Show when=move || place(stage) == Place::LeftOut>
                            <span class="chip">"left out"</span>
                        </Show>
                    </p>
                    <p class="meta">{explains}</p>
                </div>
                {bar}
                <span class="num">{move || figure().map(|it| words::score(f64::from(it)))}</span>
            </li>
        }
    };
    view! {
        <section class="card" aria-labelledby="steps">
            <header><h2 id="steps">"Steps"</h2><span class="meta end">"F1 on the dev set"</span></header>
            <ol class="steps">{Stage::ALL[..6].iter().map(|stage| row(*stage)).collect_view()}</ol>
        </section>
    }
}
