use experiment::stats::Summary;
use experiment::{BaseKey, Row, Verdict};
use leptos::prelude::*;

use super::Compare;
use crate::parts::{Icon, Picture};
use crate::words;

/// How a base stands against the best, in a few words.
#[component]
pub(super) fn Against(base: BaseKey, is_best: bool) -> impl IntoView {
    let compare = expect_context::<Compare>();
    if is_best {
        return view! { <span class="state ok"><Picture of=Icon::Accepted/>"Best so far"</span> }
            .into_any();
    }
    let compared = compare.compared.read();
    let best = compare.best();
    let pair = compared.as_ref().and_then(|it| it.comparison.pair(best.as_ref()?, &base));
    let Some(pair) = pair else { return "–".into_any() };
    if pair.higher == base {
        // On the texts that all were scored on it is the other way round.
        return view! { <span class="state">"No clear difference"</span> }.into_any();
    }
    let (class, icon) = match pair.verdict() {
        Verdict::VeryLikely => ("state bad", Icon::Rejected),
        Verdict::Probable => ("state warn", Icon::Warning),
        Verdict::Chance => ("state", Icon::Half),
    };
    let words = pair.verdict().words();
    view! { <span class=class title=words><Picture of=icon/>{pair.short()}<span class="unseen">": "{words}</span></span> }
        .into_any()
}

/// The figures behind a row.
#[component]
pub(super) fn Detail(row: Row) -> impl IntoView {
    let compare = expect_context::<Compare>();
    let pair = {
        let compared = compare.compared.read();
        let best = compare.best();
        compared.as_ref().and_then(|it| {
            let pair = it.comparison.pair(best.as_ref()?, &row.base)?;
            Some((pair.sentence(|key| it.comparison.name(key)), pair.details()))
        })
    };
    let n_runs =
        format!("{} of {}", words::count(row.n_runs), words::counted(row.n_planned, "run", "runs"));
    let figures = [
        ("F1", spread(&row.f1(), words::score)),
        ("Precision", spread(&row.micro.precision, words::score)),
        ("Recall", spread(&row.micro.recall, words::score)),
        ("Training", spread(&row.train_secs, words::took)),
        ("Words/s", spread(&row.words_per_sec, |it| words::count(it.max(0.0).round() as u64))),
        ("Runs", n_runs),
    ];
    view! {
        <div class="row-detail">
            {pair.map(|(sentence, details)| view! { <p><b>{sentence}</b>" "<span class="soft">{details}</span></p> })}
            <dl class="detail-figures">
                {figures.map(|(name, value)| view! { <div><dt class="meta">{name}</dt><dd class="num">{value}</dd></div> })}
            </dl>
            <LabelFigures row/>
        </div>
    }
}

/// F1 of each label.
#[component]
fn LabelFigures(row: Row) -> impl IntoView {
    let labels = row.labels.iter().map(|(label, it)| {
        let (name, f1) = (label.to_string(), spread(&it.f1, words::score));
        view! { <div><dt class="meta"><bdi>{name}</bdi></dt><dd class="num">{f1}</dd></div> }
    });
    view! { <dl class="detail-figures">{labels.collect_view()}</dl> }
}

/// Mean, spread and range of a figure.
fn spread(figure: &Summary, write: fn(f64) -> String) -> String {
    let mean = write(figure.mean);
    let sd = figure.sd.map(|it| format!(" ± {}", write(it))).unwrap_or_default();
    let range = figure.interval.map(|it| format!(" ({} to {})", write(it.low), write(it.high)));
    format!("{mean}{sd}{}", range.unwrap_or_default())
}
