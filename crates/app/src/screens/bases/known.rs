use leptos::prelude::*;
use screen::pipelines::{KNOWN, KnownPipeline};

use crate::state::App;

/// Pipelines that people know by name, with links to their files.
#[component]
pub(super) fn Known() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="known-title">
            <header class="wrap">
                <h2 id="known-title">"Well-known pipelines"</h2>
                <span class="meta">"The links lead to their makers. Fetch the file, then drop it here."</span>
            </header>
            <div class="scroll-x" tabindex="0" role="region" aria-labelledby="known-title">
                <table class="known">
                    <thead><tr>
                        <th scope="col">"Pipeline"</th><th scope="col">"What it knows"</th>
                        <th scope="col" class="n">"To fetch, about"</th><th scope="col">"Licence"</th><th scope="col">"File"</th>
                    </tr></thead>
                    <tbody>{KNOWN.iter().map(|pipeline| view! { <Row pipeline/> }).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Row(pipeline: &'static KnownPipeline) -> impl IntoView {
    let app = expect_context::<App>();
    let is_here = move || app.bases.list().iter().any(|it| it.package == pipeline.name);
    let file = move || match (pipeline.needs_transformer, is_here()) {
        (true, _) => {
            let why = "Transformers cannot be run here. The pipelines with tok2vec work.";
            view! { <span class="meta" title=why>"not yet"</span> }.into_any()
        }
        (false, true) => view! { <span class="chip ok">"here"</span> }.into_any(),
        (false, false) => view! {
            <a href=pipeline.url() rel="noreferrer external" target="_blank" title=pipeline.file()>
                "Fetch "<span class="unseen">{pipeline.name}</span>
            </a>
        }
        .into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="base-name">{pipeline.name}</th>
            <td>{pipeline.knows}</td>
            <td class="n">{format!("{} MB", pipeline.megabytes)}</td>
            <td>{pipeline.licence}</td>
            <td>{file}</td>
        </tr>
    }
}
