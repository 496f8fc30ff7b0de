use leptos::prelude::*;

use crate::keys::{self, SHEET};
use crate::parts::Dialog;
use crate::state::App;

/// All keys, as `?` shows them.
#[component]
pub(crate) fn KeysSheet() -> impl IntoView {
    let app = expect_context::<App>();
    let letters_on = RwSignal::new(keys::letters_are_on());
    let switch = move |_| {
        letters_on.update(|it| *it = !*it);
        keys::set_letters(letters_on.get_untracked());
    };
    let keys_of = |keys: &'static str| {
        keys.split(' ')
            .map(|key| match key {
                "then" | "–" | "or" => view! { <span class="meta">{key}</span> }.into_any(),
                key => view! { <kbd>{key}</kbd> }.into_any(),
            })
            .collect_view()
    };
    view! {
        <Dialog name="Keys" wide=true on_close=move |()| app.sheet.set(None)>
            <div class="row dialog-head">
                <h1>"Keys"</h1>
                <button class="btn end" autofocus on:click=move |_| app.sheet.set(None)>"Close"</button>
            </div>
            <div class="keys-sheet">
                {SHEET.iter().map(|(title, rows)| view! {
                    <section>
                        <h3>{*title}</h3>
                        <dl>
                            {rows.iter().map(|(keys, does)| view! {
                                <div><dt>{keys_of(keys)}</dt><dd class="soft">{*does}</dd></div>
                            }).collect_view()}
                        </dl>
                    </section>
                }).collect_view()}
            </div>
            <button class="switch" role="switch" aria-checked=move || letters_on.get().to_string() on:click=switch>
                "Keys that are a single letter"
            </button>
        </Dialog>
    }
}
