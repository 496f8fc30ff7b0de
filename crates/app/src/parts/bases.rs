use leptos::prelude::*;
use protocol::BASES;

/// The bases that are built in, as the options of a list.
#[component]
pub(crate) fn BaseOptions(
    /// The one that is chosen.
    #[prop(into)]
    chosen: Signal<Option<String>>,
) -> impl IntoView {
    let option = |name: &'static str| {
        let is_chosen = move || chosen.read().as_deref() == Some(name);
        view! { <option value=name selected=is_chosen>{name}</option> }
    };
    BASES.iter().map(|it| option(it.name)).collect_view()
}
