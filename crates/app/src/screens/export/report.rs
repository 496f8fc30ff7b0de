use js_sys::Array;
use leptos::prelude::*;
use protocol::{ExportFormat, LossReport, LossRow, Verdict};

use super::Answered;
use super::formats::known;
use crate::browser;
use crate::parts::{Icon, Picture};
use crate::state::App;
use crate::words;

/// What the file would not hold, in one sentence, and the format that would.
#[component]
pub(crate) fn Warning(
    /// What was found out.
    report: Memo<Option<LossReport>>,
    /// Called with the format that a person changes to.
    #[prop(into)]
    on_use: Callback<ExportFormat>,
) -> impl IntoView {
    move || {
        let report = report.get()?;
        let losses: Vec<_> =
            report.rows.iter().filter(|it| it.verdict != Verdict::Kept).map(loss).collect();
        if losses.is_empty() {
            return None;
        }
        let better = report
            .verdicts
            .iter()
            .filter(|(format, losses)| *losses == 0 && *format != report.options.format);
        // The open format comes before our own, and both before those of tokens.
        let better = better.map(|(format, _)| *format).min_by_key(|format| match format {
            ExportFormat::Prodigy => 0,
            ExportFormat::Nerine => 1,
            _ => 2,
        });
        Some(view! {
            <div class="banner">
                <Picture of=Icon::Warning/>
                <p class="grow">
                    <b>"This file will not hold all your work. "</b>
                    {format!("{}.", losses.join("; "))}
                    {better.map(|it| format!(" {} keeps everything.", known(it).name))}
                </p>
                {better.map(|it| view! {
                    <button class="btn small" on:click=move |_| on_use.run(it)>{format!("Use {}", known(it).name)}</button>
                })}
            </div>
        })
    }
}

fn loss(row: &LossRow) -> String {
    format!("{}: {}", row.what, row.outcome)
}

/// What becomes of each kind of thing, even of those that are kept.
#[component]
pub(crate) fn Report(
    /// What was found out.
    report: Memo<Option<LossReport>>,
    /// Whether it is being found out, or why it was not.
    answered: RwSignal<Answered>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let save = move |_| {
        let Some(report) = report.get_untracked() else { return };
        let project = app.work.project.read_untracked().as_ref().map(|it| it.name.clone());
        let blob = web_sys::Blob::new_with_str_sequence(&Array::of1(&as_tsv(&report).into()));
        if let Ok(blob) = blob {
            browser::download(&format!("{} losses.tsv", project.unwrap_or_default()), &blob);
        }
    };
    view! {
        <section class="card" aria-labelledby="losses" aria-busy=move || answered.read().is_asking.to_string()>
            <header>
                <h2 id="losses">"Loss report"</h2>
                <Show when=move || report.read().is_some()>
                    <button class="link end" on:click=save>"Save the report"</button>
                </Show>
            </header>
            {move || match report.get() {
                None => view! { <p class="meta pad">{move || match answered.read().is_asking {
                    true => "Counting what the file would not hold …",
                    false => "No report.",
                }}</p> }.into_any(),
                Some(report) => view! {
                    <div class="scroll-x" tabindex="0" role="region" aria-label="Loss report, as a table">
                        <table class="losses">
                            <thead><tr><th>"In your project"</th><th class="n">"Count"</th><th>"In the file"</th><th>"Why"</th></tr></thead>
                            <tbody>{report.rows.into_iter().map(|it| view! { <Row it/> }).collect_view()}</tbody>
                        </table>
                    </div>
                }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Row(it: LossRow) -> impl IntoView {
    let (class, icon) = match it.verdict {
        Verdict::Kept => ("state ok", Icon::Check),
        Verdict::Changed => ("state warn", Icon::Warning),
        Verdict::LeftOut => ("state bad", Icon::Rejected),
    };
    view! {
        <tr>
            <td><b>{it.what}</b></td>
            <td class="n">{words::count(it.count)}</td>
            <td><span class=class><Picture of=icon/>{it.outcome}</span></td>
            <td class="soft why">{it.why}</td>
        </tr>
    }
}

fn as_tsv(report: &LossReport) -> String {
    let mut out = "in your project\tcount\tin the file\twhy\n".to_owned();
    for LossRow { what, count, outcome, why, .. } in &report.rows {
        out.extend([what.as_str(), "\t", &count.to_string(), "\t", outcome, "\t", why, "\n"]);
    }
    out
}
