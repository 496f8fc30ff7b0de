use experiment::stats::{Interval, sample_sd};
use leptos::prelude::*;

use super::plot::{Line, draw};
use super::{Compare, Look};
use crate::parts::{Measured, Shape};
use crate::words;

/// How many more texts the sentence below is about.
const MORE: u32 = 200;

/// Points that a band is drawn through.
const STEPS: u32 = 24;

/// How F1 grows with the texts that are learned from.
#[component]
pub(super) fn Curves() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let shows_table = RwSignal::new(false);
    let lines = Memo::new(move |_| {
        let compared = compare.compared.read();
        let curves = compared.iter().flat_map(|it| &it.comparison.curves);
        let best = best_curve(compare);
        let line = |it: &experiment::Curve| {
            let is_best = best.as_ref() == Some(&it.base);
            Line {
                look: compare.look(&it.base),
                points: it.points.iter().map(|it| (f64::from(it.n_docs), it.mean())).collect(),
                band: if is_best { band(it) } else { Vec::new() },
            }
        };
        let mut lines: Vec<Line> = curves.map(line).collect();
        let end = |it: &Line| it.points.last().map_or(0.0, |it| it.1);
        lines.sort_by(|a, b| end(b).total_cmp(&end(a)));
        lines
    });
    let is_empty = Memo::new(move |_| lines.read().is_empty());
    let drawn = move |width| draw(&lines.read(), width);
    view! {
        <section class="card chart curves" aria-labelledby="compare-curves">
            <header>
                <h2 id="compare-curves">"Learning curves"</h2>
                <span class="meta end">"F1 by texts trained on"</span>
                <Show when=move || !is_empty.get()>
                    <button class="link meta" aria-pressed=move || shows_table.get().to_string() on:click=move |_| shows_table.update(|it| *it = !*it)>
                        {move || if shows_table.get() { "Show as chart" } else { "Show as table" }}
                        <span class="unseen">": Learning curves"</span>
                    </button>
                </Show>
            </header>
            {move || match (is_empty.get(), shows_table.get()) {
                (true, _) => view! { <NoCurves/> }.into_any(),
                (false, true) => view! { <Twin/> }.into_any(),
                (false, false) => view! { <Measured class="plot curves-plot" drawn/> }.into_any(),
            }}
            <Show when=move || !is_empty.get()><Says/></Show>
        </section>
    }
}

/// The base of the highest F1 that has a curve. Tracked.
fn best_curve(compare: Compare) -> Option<experiment::BaseKey> {
    let compared = compare.compared.read();
    let curves = compared.iter().flat_map(|it| &it.comparison.curves);
    let end = |it: &experiment::Curve| it.points.last().map_or(0.0, experiment::CurvePoint::mean);
    let best = curves.reduce(|best, it| if end(best) < end(it) { it } else { best });
    best.map(|it| it.base.clone())
}

fn band(curve: &experiment::Curve) -> Vec<(f64, f64, f64)> {
    let first = curve.points.first().map_or(0, |it| it.n_docs);
    let width = curve.n_docs().saturating_sub(first);
    let at = |step: u32| {
        let n = first + width * step / STEPS;
        curve.band(n).map(Interval::of_share).map(|it| (f64::from(n), it.low, it.high))
    };
    (0..=STEPS).filter_map(at).collect()
}

/// What stands here without smaller shares.
#[component]
fn NoCurves() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let words = move || {
        let record = compare.record.read();
        match record.as_ref().is_some_and(|it| it.experiment.shares.iter().any(|it| *it != 100)) {
            true => "Curves come when runs on smaller shares of the texts are done.",
            false => {
                "This comparison learned from all texts only. Switch on “Learning curve” in a new \
                 comparison to see what more texts would bring."
            }
        }
    };
    view! { <p class="chart-empty meta">{words}</p> }
}

/// What the best curve says of more texts.
#[component]
fn Says() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let sentence = move || {
        let compared = compare.compared.read();
        let best = best_curve(compare)?;
        let curve = compared.as_ref()?.comparison.curves.iter().find(|it| it.base == best)?;
        let name = compare.look(&best).name;
        Some(match curve.gain(MORE).or_else(|_| curve.gain(curve.n_docs())) {
            Ok(gain) => format!("{name}: {}", gain.sentence()),
            Err(why) => format!("{name}: {why}."),
        })
    };
    view! { <p class="card-foot soft">{sentence}</p> }
}

/// The same figures as a table.
#[component]
fn Twin() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let body = move || {
        let compared = compare.compared.read();
        let curves = compared.as_ref().map(|it| it.comparison.curves.clone()).unwrap_or_default();
        let mut sizes: Vec<u32> =
            curves.iter().flat_map(|it| it.points.iter().map(|it| it.n_docs)).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let cell = |curve: &experiment::Curve, n: u32| {
            let point = curve.points.iter().find(|it| it.n_docs == n);
            let says = point.map(|it| match sample_sd(&it.f1) {
                Some(sd) => format!("{} ± {}", words::score(it.mean()), words::score(sd)),
                None => words::score(it.mean()),
            });
            view! { <td class="n">{says.unwrap_or_else(|| "–".to_owned())}</td> }
        };
        let row = |curve: &experiment::Curve| {
            let Look { name, slot, .. } = compare.look(&curve.base);
            view! {
                <tr>
                    <th scope="row" class="base-cell"><span class="row"><Shape of=slot/><bdi class="long-name">{name}</bdi></span></th>
                    {sizes.iter().map(|n| cell(curve, *n)).collect_view()}
                </tr>
            }
        };
        let head = |n: &u32| view! { <th scope="col" class="n">{words::counted(*n, "text", "texts")}</th> };
        view! {
            <table>
                <thead><tr><th scope="col">"Base"</th>{sizes.iter().map(head).collect_view()}</tr></thead>
                <tbody>{curves.iter().map(row).collect_view()}</tbody>
            </table>
        }
    };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label="Learning curves, as a table">{body}</div>
    }
}
