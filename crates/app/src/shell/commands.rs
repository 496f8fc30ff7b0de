use leptos::prelude::*;

use crate::keys::Command;
use crate::parts::Dialog;
use crate::state::App;

/// All commands by name, for whoever does not know the key.
#[component]
pub(crate) fn Commands() -> impl IntoView {
    let app = expect_context::<App>();
    let query = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let query = query.read().to_lowercase();
        let fits = |it: &Command| it.name().to_lowercase().contains(&query);
        Command::all(app).into_iter().filter(fits).collect::<Vec<_>>()
    });
    let run = move |command: Command| {
        app.sheet.set(None);
        command.run(app);
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let n = found.read_untracked().len().max(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|it| *it = (*it + 1) % n),
            "ArrowUp" => chosen.update(|it| *it = (*it + n - 1) % n),
            "Enter" => {
                if let Some(command) = found.read_untracked().get(chosen.get_untracked()).copied() {
                    run(command);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <Dialog name="Commands" on_close=move |()| app.sheet.set(None)>
            <div class="field">
                <label for="command">"Command"</label>
                <input
                    id="command" class="input" autofocus autocomplete="off" placeholder="What do you want to do?"
                    role="combobox" aria-expanded="true" aria-controls="command-list"
                    aria-activedescendant=move || format!("command-{}", chosen.get())
                    prop:value=move || query.get()
                    on:input=move |event| { query.set(event_target_value(&event)); chosen.set(0); }
                    on:keydown=on_key
                />
            </div>
            <div class="palette-list" id="command-list" role="listbox" aria-label="Commands">
                {move || found.get().into_iter().enumerate().map(|(at, command)| view! {
                    <button
                        id=format!("command-{at}") role="option" tabindex="-1"
                        aria-selected=move || (chosen.get() == at).to_string()
                        on:click=move |_| run(command)
                    >
                        <span class="grow">{command.name()}</span>
                        <Show when=move || !command.key().is_empty()><kbd>{command.key()}</kbd></Show>
                    </button>
                }).collect_view()}
            </div>
        </Dialog>
    }
}
