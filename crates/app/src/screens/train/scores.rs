use corpus::Label;
use leptos::prelude::*;
use project::RunRecord;
use scorer::{Prf, Scores};

use crate::parts::Shape;
use crate::state::App;
use crate::words;

/// Precision, recall and F1 of each label.
#[component]
pub(crate) fn PerLabel(
    /// The run; none until it is stored.
    record: Memo<Option<RunRecord>>,
) -> impl IntoView {
    let scores = Memo::new(move |_| {
        record.read().as_ref().and_then(|it| side(it).map(|(_, scores)| scores.clone()))
    });
    let which = move || {
        let record = record.read();
        let record = record.as_ref()?;
        let (name, _) = side(record)?;
        let has_dev = record.curve.iter().any(|it| it.dev_f1.is_some());
        Some(match (record.is_nerine(), has_dev) {
            (true, _) => format!("{name} set, kept model"),
            (false, true) => format!("{name} set, best epoch"),
            (false, false) => format!("{name} set, last epoch"),
        })
    };
    view! {
        <section class="card" aria-labelledby="per-label">
            <header><h2 id="per-label">"Per label"</h2><span class="meta end">{which}</span></header>
            {move || match scores.get() {
                None => view! { <p class="chart-empty meta">"Scores of each label come when training ends."</p> }.into_any(),
                Some(scores) => view! { <Table scores/> }.into_any(),
            }}
        </section>
    }
}

/// The scores that count: of the test set, else of the dev set, with the set's name.
pub(crate) fn side(record: &RunRecord) -> Option<(&'static str, &Scores)> {
    let test = record.test.as_ref().map(|it| ("test", it));
    test.or_else(|| record.dev.as_ref().map(|it| ("dev", it)))
}

#[component]
fn Table(scores: Scores) -> impl IntoView {
    let app = expect_context::<App>();
    // In the order of the project's labels, then those it no longer has.
    let known: Vec<Label> = app.work.labels().into_iter().map(|it| it.label).collect();
    let mut rows: Vec<(Label, Prf)> = scores.labels.into_iter().collect();
    rows.sort_by_key(|(label, _)| known.iter().position(|it| it == label).unwrap_or(usize::MAX));
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label="Per label, as a table">
            <table class="per-label">
                <thead><tr>
                    <th>"Label"</th><th class="n">"Spans"</th><th class="n">"Precision"</th>
                    <th class="n">"Recall"</th><th class="n">"F1"</th><th><span class="unseen">"F1 as a bar"</span></th>
                </tr></thead>
                <tbody>
                    {rows.into_iter().map(|(label, prf)| {
                        let slot = app.work.look(&label).slot;
                        let name = view! { <span class="row"><Shape of=slot/><bdi class="cut">{label.to_string()}</bdi></span> };
                        row(name.into_any(), prf, format!("L{slot}"))
                    }).collect_view()}
                    {row("All".into_any(), scores.micro, String::new())}
                </tbody>
            </table>
        </div>
    }
}

fn row(name: AnyView, prf: Prf, slot: String) -> impl IntoView {
    let is_all = slot.is_empty();
    let width = format!("{:.1}%", 100.0 * prf.f1());
    view! {
        <tr class:all=is_all>
            <td>{name}</td>
            <td class="n">{words::count(prf.gold)}</td>
            <td class="n">{words::score(prf.precision())}</td>
            <td class="n">{words::score(prf.recall())}</td>
            <td class="n"><b>{words::score(prf.f1())}</b></td>
            <td class="n"><span class=format!("meter {slot}") aria-hidden="true"><i style:width=width></i></span></td>
        </tr>
    }
}
