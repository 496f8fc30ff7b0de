use leptos::prelude::*;

use super::Compare;
use crate::parts::{Icon, Picture};
use crate::state::{App, sentence};

/// What a person should know before they trust the figures.
#[component]
pub(super) fn Banners() -> impl IntoView {
    let app = expect_context::<App>();
    let compare = expect_context::<Compare>();
    let cautions = Memo::new(move |_| {
        let compared = compare.compared.read();
        let cautions = compared.iter().flat_map(|it| &it.comparison.cautions);
        cautions.map(sentence).collect::<Vec<String>>()
    });
    let unfit = Memo::new(move |_| {
        let record = compare.record.read();
        let unfit = record.iter().flat_map(|it| &it.unfit);
        unfit.map(|(_, why)| sentence(why)).collect::<Vec<String>>()
    });
    view! {
        {move || app.comparing.no_figures.get().map(|why| view! {
            <div class="banner bad" role="alert"><Picture of=Icon::Rejected/><p class="grow">{why}</p></div>
        })}
        {move || (!app.work.is_writable.get()).then(|| view! {
            <div class="banner info">
                <Picture of=Icon::Lock/>
                <p class="grow">"This project is open in another tab. You can read here, and compare there."</p>
            </div>
        })}
        {move || unfit.get().into_iter().map(|why| view! {
            <div class="banner"><Picture of=Icon::Warning/><p class="grow">"A base is left out. "{why}</p></div>
        }).collect_view()}
        {move || (!cautions.read().is_empty()).then(|| view! {
            <div class="banner info">
                <Picture of=Icon::Info/>
                <div class="grow">
                    {cautions.get().into_iter().map(|it| view! { <p>{it}</p> }).collect_view()}
                </div>
            </div>
        })}
    }
}
