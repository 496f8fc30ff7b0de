use leptos::html;
use leptos::prelude::*;

use crate::browser;

/// A box over the page that keeps the focus until it is closed. Put `autofocus` on the safe
/// answer.
#[component]
pub(crate) fn Dialog(
    /// What a screen reader calls it.
    #[prop(into)]
    name: String,
    /// Whether it needs room for columns.
    #[prop(optional)]
    wide: bool,
    /// Called when it is closed, by a button or Escape.
    #[prop(into)]
    on_close: Callback<()>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let before = StoredValue::new_local(browser::focused());
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        // Until the dialog is gone, nothing outside it takes the focus.
        browser::spawn(async move {
            let is_lost = browser::focused().is_none();
            if let Some(before) = before.filter(|it| is_lost && it.is_connected()) {
                let focused = before.focus();
                debug_assert!(focused.is_ok(), "an element takes the focus or ignores it");
            }
        });
    });
    Effect::new(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let shown = dialog.show_modal();
            debug_assert!(shown.is_ok(), "the dialog is on the page and closed");
        }
    });
    view! {
        <dialog
            node_ref=node
            class:wide=wide
            aria-label=name
            on:close=move |_| on_close.run(())
            on:click=move |event| {
                // A click on the backdrop is a click on the dialog itself.
                let on_itself = node.get().is_some_and(|it| event.target().as_ref() == Some(it.as_ref()));
                if on_itself {
                    on_close.run(());
                }
            }
        >
            {children()}
        </dialog>
    }
}
