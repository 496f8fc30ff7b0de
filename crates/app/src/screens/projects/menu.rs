use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::browser;
use crate::parts::{Icon, Picture};

/// One line of a menu.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) icon: Icon,
    pub(crate) name: String,
    pub(crate) is_danger: bool,
    pub(crate) run: Callback<()>,
}

/// A button with three dots, and the menu it opens. Arrow keys move, Escape closes.
#[component]
pub(crate) fn ActionMenu(
    /// What the button is called.
    #[prop(into)]
    name: Signal<String>,
    /// The lines of the menu; read when it opens.
    #[prop(into)]
    items: Signal<Vec<Item>>,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let menu = NodeRef::<html::Div>::new();
    let close = move || {
        is_open.set(false);
        if let Some(button) = button.get_untracked() {
            focus(&button);
        }
    };
    Effect::new(move || {
        if let Some(first) = menu.get().and_then(|it| it.first_element_child()) {
            focus(&first);
        }
    });
    let on_key = move |event: KeyboardEvent| {
        if !is_open.get_untracked() {
            return;
        }
        let Some(menu) = menu.get_untracked() else { return };
        let now = browser::document().active_element();
        let (first, last) = (menu.first_element_child(), menu.last_element_child());
        let next = match event.key().as_str() {
            "ArrowDown" => now.and_then(|it| it.next_element_sibling()).or(first),
            "ArrowUp" => now.and_then(|it| it.previous_element_sibling()).or(last),
            "Home" => first,
            "End" => last,
            "Escape" => {
                event.stop_propagation();
                event.prevent_default();
                return close();
            }
            "Tab" => return is_open.set(false),
            _ => return,
        };
        event.prevent_default();
        if let Some(next) = next {
            focus(&next);
        }
    };
    view! {
        <div class="card-menu" on:keydown=on_key on:focusout=move |event| close_when_left(&event, is_open)>
            <button
                node_ref=button class="btn quiet small only-icon" aria-haspopup="menu" aria-label=name title=name
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|it| *it = !*it)
            >
                <Picture of=Icon::Dots/>
            </button>
            <Show when=move || is_open.get()>
                <div node_ref=menu class="menu" role="menu" aria-label=name>
                    {items.get_untracked().into_iter().map(|item| view! {
                        <button
                            role="menuitem" tabindex="-1" class:danger=item.is_danger
                            on:click=move |_| { close(); item.run.run(()); }
                        >
                            <Picture of=item.icon/>
                            {item.name.clone()}
                        </button>
                    }).collect_view()}
                </div>
            </Show>
        </div>
    }
}

fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let focused = element.focus();
        debug_assert!(focused.is_ok(), "an element takes the focus or ignores it");
    }
}

/// Closes the menu when the focus goes elsewhere. A press on nothing in particular counts.
fn close_when_left(event: &web_sys::FocusEvent, is_open: RwSignal<bool>) {
    let menu = event.current_target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
    let next = event.related_target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
    let stays = menu.is_some_and(|it| next.is_some() && it.contains(next.as_ref()));
    if !stays {
        // Its screen may be gone.
        let _left = is_open.try_set(false);
    }
}
