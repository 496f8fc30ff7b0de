use leptos::prelude::*;

/// How much of something is done, as a bar.
#[component]
pub(crate) fn Bar(
    /// Share done, 0 to 1.
    #[prop(into)]
    done: Signal<f64>,
    /// What it is the progress of.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let percent = move || format!("{:.1}%", 100.0 * done.get().clamp(0.0, 1.0));
    let whole = move || format!("{:.0}", 100.0 * done.get().clamp(0.0, 1.0));
    view! {
        <div
            class="progress" role="progressbar" aria-label=name aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=whole
        >
            <i style:width=percent></i>
        </div>
    }
}
