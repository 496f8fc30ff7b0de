use leptos::prelude::*;
use project::DocNumber;
use protocol::LossReport;
use screen::passage::{Piece, cut};
use storage::Store;

use super::formats::has_tokens;
use crate::browser;
use crate::state::App;
use crate::words;

/// The same passage in Nerine and in the file.
#[component]
pub(crate) fn Passages(
    /// What was found out.
    report: Memo<Option<LossReport>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let doc = Memo::new(move |_| report.read().as_ref()?.passage.as_ref().map(|it| it.doc));
    let pieces = RwSignal::new((None::<DocNumber>, Vec::<Piece>::new()));
    Effect::new(move || {
        let Some(doc) = doc.get() else { return };
        browser::spawn(async move {
            let (Some(store), Some(project)) = (app.store(), app.work.project_id()) else { return };
            let (text, record) =
                (store.text(&project, doc).await, store.annotation(&project, doc).await);
            if let (Ok(text), Ok(record)) = (text, record) {
                let spans: Vec<_> = record.annotation.marks.into_iter().map(|it| it.span).collect();
                // The screen may be gone by now.
                let _gone = pieces.try_set((Some(doc), cut(&text.text, &spans)));
            }
        });
    });
    let file_name =
        move || report.read().as_ref().and_then(|it| it.files.first().map(|it| it.name.clone()));
    let file_text = move || {
        report.read().as_ref().and_then(|it| it.passage.as_ref().map(|it| it.file_text.clone()))
    };
    // A line is a whole text where tokens are not.
    let is_long = move || report.read().as_ref().is_some_and(|it| !has_tokens(it.options.format));
    view! {
        <Show when=move || doc.get().is_some()>
            <div class="passages">
                <section class="card" aria-labelledby="in-nerine">
                    <header>
                        <h2 id="in-nerine">"In Nerine"</h2>
                        <span class="meta end">{move || doc.get().map(|it| format!("text {}", words::count(it.0 + 1)))}</span>
                    </header>
                    <p class="passage pad" dir="auto">
                        {move || {
                            let pieces = pieces.read();
                            let is_here = pieces.0 == doc.get();
                            is_here.then(|| pieces.1.iter().map(|it| show(app, it)).collect_view())
                        }}
                    </p>
                </section>
                <section class="card" aria-labelledby="in-file">
                    <header><h2 id="in-file">"In the file"</h2><bdi class="meta end cut">{file_name}</bdi></header>
                    <pre class="pad mono" class:lines=is_long tabindex="0" role="region" aria-label="The first text in the file">{file_text}</pre>
                </section>
            </div>
        </Show>
    }
}

/// A piece inside its marks.
fn show(app: App, piece: &Piece) -> AnyView {
    let text = piece.text.clone().into_any();
    piece.labels.iter().rev().enumerate().fold(text, |inner, (depth, label)| {
        let slot = app.work.look(label).slot;
        let class = format!("marked L{slot} depth-{}", depth.min(3));
        view! { <span class=class title=label.to_string()>{inner}</span> }.into_any()
    })
}
