use experiment::stats::Summary;
use leptos::prelude::*;
use screen::compare::{Scale, outline};

use crate::parts::Shape;
use crate::words;

/// A figure on a scale: thin for the scale, thick for its 95 % interval, a shape for the mean.
#[component]
pub(super) fn Interval(
    /// The figure.
    figure: Summary,
    /// What it is drawn on.
    scale: Scale,
    /// The slot of its base. (`slot` itself means something else in a view.)
    of: u8,
) -> impl IntoView {
    let slot = of;
    let (low, high) = outline(&figure);
    let (start, end) = (scale.percent(low), scale.percent(high));
    let says = match figure.interval {
        Some(it) => format!("95 % range {} to {}", words::score(it.low), words::score(it.high)),
        None => "No range yet".to_owned(),
    };
    view! {
        <span class=format!("interval L{slot}") title=says.clone()>
            <span class="unseen">{says.clone()}</span>
            <i
                class="interval-range"
                style:inset-inline-start=format!("{start:.2}%") style:width=format!("{:.2}%", end - start)
            ></i>
            <span class="interval-at" style:inset-inline-start=format!("{:.2}%", scale.percent(figure.mean))>
                <Shape of=slot/>
            </span>
        </span>
    }
}

/// Mean and spread: “0.851 ± 0.012”.
pub(super) fn spread(figure: &Summary) -> impl IntoView + use<> {
    let sd = figure
        .sd
        .map(|sd| view! { <span class="meta sd">{format!(" ± {}", words::score(sd))}</span> });
    view! { {words::score(figure.mean)}{sd} }
}
