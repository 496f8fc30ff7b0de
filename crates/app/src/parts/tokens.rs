use align::Drawn;
use leptos::prelude::*;
use screen::alignment::{both_ends, parts};

/// Tokens as boxes, with the marked part in the label's colour; one that the mark cuts is hatched.
#[component]
pub(crate) fn TokensDrawn(
    /// The tokens, in order.
    tokens: Vec<Drawn>,
    /// The label's slot.
    of: u8,
    /// Whether all are drawn, however many there are.
    #[prop(optional)]
    all: bool,
) -> impl IntoView {
    let (start, end) = if all { (tokens.as_slice(), [].as_slice()) } else { both_ends(&tokens) };
    view! {
        <span class=format!("tokens-drawn {}", super::slot_class(of)) dir="auto">
            {start.iter().map(drawn).collect_view()}
            {(!end.is_empty()).then(|| view! { <span class="token-gap">"…"</span> })}
            {end.iter().map(drawn).collect_view()}
        </span>
    }
}

fn drawn(token: &Drawn) -> impl IntoView + use<> {
    let [before, marked, behind] = parts(token);
    let ends_inside = !marked.is_empty() && !behind.is_empty();
    let starts_inside = !marked.is_empty() && !before.is_empty();
    let is_cut = token.is_cut();
    view! {
        {token.blank_before.then(|| view! { <span class="token-gap">" "</span> })}
        <span class="token" class:is-cut=is_cut class:is-alone=token.blank_before>
            {before}
            {(!marked.is_empty()).then(|| view! {
                <span class="token-marked" class:starts-inside=starts_inside class:ends-inside=ends_inside>{marked}</span>
            })}
            {behind}
        </span>
    }
}
