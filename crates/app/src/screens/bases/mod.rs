//! The Bases screen: what a model can start from, and whose tokens there are.

mod add;
mod brought;
mod known;

use leptos::prelude::*;
use protocol::BASES;

use crate::browser;
use crate::parts::{Icon, Picture};
use crate::state::App;

use add::AddBase;
use brought::Brought;
use known::Known;

/// The Bases screen.
#[component]
pub(crate) fn BasesScreen() -> impl IntoView {
    let app = expect_context::<App>();
    // Another tab may have added one.
    browser::spawn(app.refresh_bases());
    view! {
        <main class="screen bases">
            <div class="bases-head">
                <h1>"What do your models start from?"</h1>
                <p class="soft">
                    "A base says how a text is cut into tokens. A spaCy pipeline also finds what it already knows. "
                    "Your marks are characters of the text, so you can annotate once and change the base at any time."
                </p>
            </div>
            <AddBase/>
            <Brought/>
            <BuiltIn/>
            <Known/>
        </main>
    }
}

/// The bases that need no file.
#[component]
fn BuiltIn() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="built-in-title">
            <header><h2 id="built-in-title" tabindex="-1">"Built in"</h2><span class="meta end">"Nothing to fetch"</span></header>
            <ul class="base-lines">
                {BASES.iter().map(|base| view! {
                    <li>
                        <b class="base-name">{base.name}</b>
                        <span class="grow soft">{base.says}</span>
                        <UseTokens name=base.name.to_owned()/>
                    </li>
                }).collect_view()}
            </ul>
        </section>
    }
}

/// Whether the open project uses a base's tokens, or the button that has it use them.
#[component]
fn UseTokens(
    /// The base.
    name: String,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = StoredValue::new(name);
    let used = Memo::new(move |_| {
        let project = app.work.project.read();
        project.as_ref().map(|it| name.with_value(|name| it.base == *name))
    });
    move || {
        used.get().map(|is_used| match is_used {
            true => view! {
                <span class="chip ok"><Picture of=Icon::Accepted/>"Tokens in this project"</span>
            }
            .into_any(),
            false => view! {
                <button
                    class="btn small" aria-label=move || format!("Use its tokens: {}", name.get_value())
                    on:click=move |_| app.use_base(name.get_value())
                >"Use its tokens"</button>
            }
            .into_any(),
        })
    }
}
