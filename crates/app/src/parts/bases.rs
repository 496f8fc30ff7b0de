use leptos::prelude::*;

use crate::state::App;

/// The bases that can be used, as the options of a list.
#[component]
pub(crate) fn BaseOptions(
    /// The one that is chosen.
    #[prop(into)]
    chosen: Signal<Option<String>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let option = move |name: String| {
        let (value, shown) = (name.clone(), name.clone());
        let is_chosen = move || chosen.read().as_deref() == Some(name.as_str());
        view! { <option value=value selected=is_chosen>{shown}</option> }
    };
    let names = move || {
        let mut names: Vec<String> = app.bases.usable().into_iter().map(|it| it.0).collect();
        // A project that came from elsewhere may name one that is not on this device.
        names.extend(chosen.get().filter(|it| !names.contains(it)));
        names
    };
    move || names().into_iter().map(option).collect_view()
}
