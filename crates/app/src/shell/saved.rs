use leptos::prelude::*;

use super::{Icon, Picture};
use crate::browser;
use crate::state::{App, Saved};

/// Whether what is on the screen is on disk.
#[component]
pub(crate) fn SavedState() -> impl IntoView {
    let app = expect_context::<App>();
    view! {
        <span class="saved" role="status" data-saved=move || matches!(app.work.saved.get(), Saved::OnDevice { .. }).to_string()>
            {move || match app.work.saved.get() {
                Saved::Nothing => ().into_any(),
                Saved::Saving => view! {
                    <span class="state"><Picture of=Icon::Clock/></span>"Saving …"
                }.into_any(),
                Saved::OnDevice { at_ms } => view! {
                    <span class="state ok"><Picture of=Icon::Accepted/></span>
                    {format!("Saved on this device · {}", browser::time(at_ms))}
                }.into_any(),
                Saved::Not { why } => view! {
                    <span class="state bad"><Picture of=Icon::Rejected/></span>
                    <span class="cut" title=why.clone()>{format!("Not saved. {why}")}</span>
                    <button class="link" on:click=move |_| app.save_again()>"Try again"</button>
                }.into_any(),
            }}
        </span>
    }
}
