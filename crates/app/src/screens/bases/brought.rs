use leptos::prelude::*;
use project::{BaseComponent, BaseRecord, BaseVectors, Fate};
use protocol::PipelineOf;

use super::UseTokens;
use crate::browser;
use crate::parts::{Bar, Dialog, Icon, Picture, SavePipeline};
use crate::state::App;
use crate::words;

/// How many labels are listed before the rest is only counted.
const MOST_LABELS: usize = 18;

/// The pipelines that are on this device.
#[component]
pub(super) fn Brought() -> impl IntoView {
    let app = expect_context::<App>();
    let names = move || app.bases.list().into_iter().map(|it| it.name).collect::<Vec<_>>();
    view! {
        <Show when=move || !app.bases.list().is_empty()>
            <section aria-label="Pipelines on this device">
                <ul class="base-cards"><For each=names key=Clone::clone let:name><Card name/></For></ul>
            </section>
        </Show>
    }
}

/// A pipeline: what it is, what of it is used, and what can be done with it.
#[component]
fn Card(
    /// Its name.
    name: String,
) -> impl IntoView {
    let app = expect_context::<App>();
    let Some(base) = untrack(|| app.bases.list()).into_iter().find(|it| it.name == name) else {
        return ().into_any();
    };
    let is_asking = RwSignal::new(false);
    let facts = facts(&base);
    let components = base.components.clone();
    let (removed, shown) = (base.clone(), base.clone());
    let labels = labels(&base);
    view! {
        <li class="card base-card">
            <div class="row">
                <h2 class="grow cut"><bdi>{base.name.clone()}</bdi></h2>
                <button
                    class="btn quiet small only-icon" title="Remove" aria-label=format!("Remove {}", base.name)
                    on:click=move |_| is_asking.set(true)
                ><Picture of=Icon::Trash/></button>
            </div>
            {(!base.description.is_empty()).then(|| view! { <p class="soft">{base.description.clone()}</p> })}
            <dl class="base-facts">{facts}</dl>
            {labels}
            <Components components/>
            <div class="row wrap base-answers">
                <Show when=move || app.work.project.read().is_some()>
                    <Suggest base=shown.clone()/><UseTokens name=shown.name.clone()/>
                </Show>
                <SavePipeline name=base.name.clone() pipeline=PipelineOf::Base(base.name.clone())/>
            </div>
            <Show when=move || is_asking.get()><RemoveAsk base=removed.clone() is_asking/></Show>
        </li>
    }
    .into_any()
}

fn facts(base: &BaseRecord) -> impl IntoView + use<> {
    let say_vectors = |it: BaseVectors| {
        let rows = format!("{} × {}", words::count(it.rows), it.width);
        match it.words {
            Some(words) => format!("{rows}, for {} words", words::count(words)),
            None => format!("{rows}, for any word (floret)"),
        }
    };
    let or_unsaid = |it: &str| if it.is_empty() { "not said".to_owned() } else { it.to_owned() };
    [
        ("Language", base.lang.clone()),
        ("Version", or_unsaid(&base.version)),
        ("Licence", or_unsaid(&base.license)),
        ("Vectors", base.vectors.filter(|it| it.rows != 0).map_or("none".to_owned(), say_vectors)),
        ("Size here", words::bytes(base.bytes as f64)),
    ]
    .map(|(name, value)| view! { <div><dt class="meta">{name}</dt><dd class="num">{value}</dd></div> })
}

fn labels(base: &BaseRecord) -> AnyView {
    if !base.finds_entities() {
        let why = "It finds no entities. Models can be trained on its tokens, and spaCy's on its vectors, too.";
        return view! { <p class="meta">{why}</p> }.into_any();
    }
    let more = base.labels.len().saturating_sub(MOST_LABELS);
    let shown = base.labels.iter().take(MOST_LABELS);
    view! {
        <p class="base-labels">
            <span class="meta">"Finds"</span>
            {shown.map(|it| view! { <bdi class="chip">{it.clone()}</bdi> }).collect_view()}
            {(more != 0).then(|| format!("and {more} more"))}
        </p>
    }
    .into_any()
}

/// What becomes of each component.
#[component]
fn Components(
    /// In the order that text goes through them.
    components: Vec<BaseComponent>,
) -> impl IntoView {
    let line = |it: BaseComponent| {
        let (class, said, why) = match it.fate {
            Fate::Used => ("chip ok", "used", String::new()),
            Fate::Kept { why } => ("chip", "kept", why),
            Fate::Missed { what } => ("chip warn", "not run", what),
            Fate::Off => ("chip", "off", "the pipeline has it switched off".to_owned()),
        };
        view! { <li><b>{it.name}</b><span class=class>{said}</span><span class="meta">{why}</span></li> }
    };
    view! { <ul class="base-parts" aria-label="Components">{components.into_iter().map(line).collect_view()}</ul> }
}

/// Has the pipeline find its entities in the open project.
#[component]
fn Suggest(
    /// The pipeline.
    base: BaseRecord,
) -> impl IntoView {
    let app = expect_context::<App>();
    let finds = base.finds_entities();
    let base = StoredValue::new(base);
    let suggesting = move || {
        let runs = app.work.runs.read();
        let suggesting = app.training.suggesting.get()?;
        let run = runs.iter().find(|it| it.id == suggesting.run)?;
        let is_its = base.with_value(|base| run.is_as_it_came() && run.settings.base == base.name);
        is_its.then_some(suggesting)
    };
    let far = move || {
        suggesting().map(|it| match it.total {
            0 => "Loading".to_owned(),
            total => format!("{} of {} texts", words::count(it.done), words::count(total)),
        })
    };
    let done = Signal::derive(move || {
        suggesting().map_or(0.0, |it| f64::from(it.done) / f64::from(it.total.max(1)))
    });
    view! {
        <Show when=move || finds>
            <Show
                when=move || suggesting().is_some()
                fallback=move || view! {
                    <button
                        class="btn primary small" disabled=move || app.training.suggesting.read().is_some()
                        on:click=move |_| app.suggest_with_base(base.get_value())
                    >"Suggest marks with it"</button>
                }
            >
                <div class="base-running"><span class="meta num">{far}</span><Bar done name="Suggestions"/></div>
            </Show>
        </Show>
    }
}

/// Asks before a pipeline is removed.
#[component]
fn RemoveAsk(base: BaseRecord, is_asking: RwSignal<bool>) -> impl IntoView {
    let app = expect_context::<App>();
    let name = base.name.clone();
    let n_users = untrack(|| app.projects_with(&name)).len() as u64;
    let users = match n_users {
        0 => String::new(),
        n => format!(
            "{} its tokens, and will use those of blank:en. ",
            words::counted(n, "project uses", "projects use")
        ),
    };
    let title = format!("Remove {name}?");
    let close = move || is_asking.set(false);
    view! {
        <Dialog name=title.clone() on_close=move |()| close()>
            <div class="col ask">
                <h1>{title}</h1>
                <p>
                    {users}"No mark is changed. What it suggested stays until another model suggests. "
                    "To have it again, drop its file again."
                </p>
                <div class="row dialog-answers">
                    <button class="btn" autofocus on:click=move |_| close()>"Cancel"</button>
                    <button class="btn danger" on:click=move |_| {
                        close();
                        app.remove_base(name.clone());
                        browser::focus("built-in-title");
                    }>"Remove"</button>
                </div>
            </div>
        </Dialog>
    }
}
