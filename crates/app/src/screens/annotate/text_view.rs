//! The open text: plain text, with its marks in layers of their own.

use std::cell::RefCell;
use std::rc::Rc;

use annotate::{snap, trim};
use gloo::events::EventListener;
use leptos::html;
use leptos::prelude::*;
use screen::marks::{Item, Standing};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, PointerEvent, ResizeObserver};

use super::keys::{self, TEXT_ID};
use super::painter::{Painter, Place};
use crate::browser::{self, document};
use crate::state::{App, Focus};
use crate::words;

thread_local! {
    /// The painter of the text on the screen. Keys ask it where lines are.
    static PAINTER: RefCell<Option<Painter>> = const { RefCell::new(None) };
}

/// Asks the painter of the text on the screen; none while there is no text.
pub(super) fn with_painter<T>(ask: impl FnOnce(&Painter) -> T) -> Option<T> {
    PAINTER.with_borrow(|it| it.as_ref().map(ask))
}

/// A move of the caret by lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineStep {
    Up,
    Down,
    Start,
    End,
}

/// Where the caret goes by lines.
pub(super) fn line_step(app: App, step: LineStep) -> Option<u32> {
    let at = app.work.caret.get_untracked();
    let line = with_painter(Painter::line_height)?;
    with_painter(|it| it.reveal(at, at));
    let point = with_painter(|it| it.caret_point(at)).flatten()?;
    let column = document().get_element_by_id(TEXT_ID)?.get_bounding_client_rect();
    let is_rtl = with_painter(Painter::is_rtl)?;
    let edge = |is_start: bool| match is_start != is_rtl {
        true => column.left() + 1.0,
        false => column.right() - 1.0,
    };
    let (x, y) = match step {
        LineStep::Up => (point.left + 0.5, point.middle - line),
        LineStep::Down => (point.left + 0.5, point.middle + line),
        LineStep::Start => (edge(true), point.middle),
        LineStep::End => (edge(false), point.middle),
    };
    if y < column.top() {
        return Some(0);
    }
    if column.bottom() < y {
        return app.work.text.read_untracked().as_ref().map(|it| it.text().len() as u32);
    }
    // A line that is out of view has no points: it is scrolled to first.
    let sheet = document().query_selector(".sheet").ok().flatten()?;
    let view = sheet.get_bounding_client_rect();
    let out = (y + line - view.bottom()).max(0.0) - (view.top() - (y - line)).max(0.0);
    if out != 0.0 {
        sheet.set_scroll_top((f64::from(sheet.scroll_top()) + out) as i32);
    }
    with_painter(|it| it.byte_at(x, y - out)).flatten()
}

/// The open text.
#[component]
pub(super) fn TextView() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    let root = NodeRef::<html::Div>::new();
    let text = NodeRef::<html::Div>::new();
    let under = NodeRef::<html::Div>::new();
    let over = NodeRef::<html::Div>::new();
    let has_focus = RwSignal::new(false);
    // Grows when the column or its view changes: what lies where is asked anew.
    let measured = RwSignal::new(0_u32);

    Effect::new(move || {
        let (Some(root), Some(text), Some(under), Some(over)) =
            (root.get(), text.get(), under.get(), over.get())
        else {
            return;
        };
        let painter = Painter::new(root.into(), text.into(), under.into(), over.into());
        PAINTER.set(Some(painter));
    });
    // One effect for both: marks that were drawn over the text before would stay.
    Effect::new(move |shown: Option<Option<project::DocNumber>>| {
        let measured = measured.get();
        let open = work.text.get();
        work.annotation.track();
        work.open_suggestions.track();
        work.focus.track();
        let caret = has_focus.get().then(|| work.caret.get());
        let unread = work.annotation.with_untracked(|it| it.unread.iter().collect());
        let place = Place { selection: work.selection.get(), caret, unread };
        let number = open.as_ref().map(|it| it.number);
        let new = open.filter(|_| shown.flatten() != number);
        let is_new = new.is_some();
        PAINTER.with_borrow_mut(|it| {
            let Some(painter) = it else { return };
            if let Some(new) = new {
                painter.show(new);
                if let Some(sheet) = document().query_selector(".sheet").ok().flatten() {
                    sheet.set_scroll_top(0);
                }
            }
            painter.paint(|from, to| items(app, from, to), place, measured);
        });
        if is_new {
            keys::focus_text();
        }
        number
    });

    watch_size(root, measured);
    listen_pointer(app);
    on_cleanup(|| PAINTER.set(None));

    let scroll = move |_| {
        if with_painter(Painter::is_stale).unwrap_or(false) {
            measured.update(|it| *it += 1);
        }
    };
    let name = move || {
        let number = work.doc().map_or(0, |it| it.0 + 1);
        format!("Text {}", words::count(number))
    };
    view! {
        <div class="sheet" on:scroll=scroll>
            <div class="reading" node_ref=root>
                <div class="layer" aria-hidden="true" node_ref=under></div>
                <div
                    id=TEXT_ID class="words" dir="auto" tabindex="0" role="group" aria-label=name node_ref=text
                    on:focus=move |_| has_focus.set(true)
                    on:blur=move |_| has_focus.set(false)
                ></div>
                <div class="layer over" aria-hidden="true" node_ref=over></div>
            </div>
        </div>
    }
}

/// Marks and open suggestions that touch a stretch of bytes, as they are drawn.
fn items(app: App, from: u32, to: u32) -> Vec<Item> {
    let work = app.work;
    let focus = work.focus.get();
    let item = |span: &corpus::Span, standing: Standing, is_focused: bool| {
        let look = work.look(span.label());
        Item {
            start: span.start(),
            end: span.end(),
            slot: look.slot,
            name: look.label.to_string(),
            code: look.code,
            standing,
            is_focused,
        }
    };
    let annotation = work.annotation.read();
    let is_near = |it: &corpus::Span| it.start() < to && from < it.end();
    let marks = annotation.marks.iter().filter(|it| is_near(&it.span)).map(|mark| {
        let is_focused = matches!(&focus, Some(Focus::Mark(span)) if *span == mark.span);
        item(&mark.span, Standing::Decided, is_focused)
    });
    let open = work.open_suggestions.read();
    let open = open.iter().filter(|it| is_near(&it.span)).map(|it| {
        let is_focused = matches!(&focus, Some(Focus::Suggestion(span)) if *span == it.span);
        item(&it.span, Standing::Suggested(work.score(it)), is_focused)
    });
    marks.chain(open).collect()
}

fn watch_size(root: NodeRef<html::Div>, measured: RwSignal<u32>) {
    let again = Closure::<dyn FnMut()>::new(move || {
        // The screen may be gone by now.
        let _told = measured.try_update(|it| *it += 1);
    });
    let observer = ResizeObserver::new(again.as_ref().unchecked_ref()).ok();
    let kept = StoredValue::new_local((observer.clone(), again));
    Effect::new(move || {
        if let (Some(root), Some(observer)) = (root.get(), &observer) {
            observer.observe(&root);
            if let Some(sheet) = root.parent_element() {
                observer.observe(&sheet);
            }
        }
    });
    on_cleanup(move || {
        kept.with_value(|(observer, _)| {
            if let Some(observer) = observer {
                observer.disconnect();
            }
        });
    });
}

/// Listens to drags and clicks. They may end outside the text.
fn listen_pointer(app: App) {
    let began = Rc::new(RefCell::new(false));
    let down = {
        let began = began.clone();
        EventListener::new(&document(), "pointerdown", move |event| {
            let target = event.target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
            let text = document().get_element_by_id(TEXT_ID);
            let is_inside = text.is_some_and(|it| it.contains(target.as_ref()));
            began.replace(is_inside);
        })
    };
    let up = EventListener::new(&document(), "pointerup", move |event| {
        if !began.replace(false) {
            return;
        }
        let is_alt = event.dyn_ref::<PointerEvent>().is_some_and(|it| it.alt_key());
        take_selection(app, is_alt);
    });
    let kept = StoredValue::new_local((down, up));
    on_cleanup(move || kept.dispose());
}

/// Takes over what was selected with the mouse: snapped to words unless Alt is held.
fn take_selection(app: App, is_alt: bool) {
    let work = app.work;
    let Some(open) = work.text.get_untracked() else { return };
    let Some(selection) = browser::window().get_selection().ok().flatten() else { return };
    let ends = with_painter(|painter| {
        let from = painter.byte_of(&selection.anchor_node()?, selection.anchor_offset())?;
        let to = painter.byte_of(&selection.focus_node()?, selection.focus_offset())?;
        Some((from, to))
    });
    let Some((from, to)) = ends.flatten() else { return };
    let cleared = selection.remove_all_ranges();
    debug_assert!(cleared.is_ok(), "a selection can always be cleared");
    if let Some(text) = document().get_element_by_id(TEXT_ID) {
        let focused = text.unchecked_into::<HtmlElement>().focus();
        debug_assert!(focused.is_ok(), "the text takes the focus");
    }
    work.caret.set(to);
    work.anchor.set(from);
    if from == to {
        work.selection.set(None);
        return keys::set_focus_quietly(app, mark_at(app, to));
    }
    let (start, end) = (from.min(to), from.max(to));
    let stretch = match is_alt {
        true => trim(open.text(), start, end),
        false => snap(open.text(), &work.boundaries.get_untracked(), start, end),
    };
    work.focus.set(None);
    let Some((start, end)) = stretch else { return work.selection.set(None) };
    work.caret.set(end);
    work.anchor.set(start);
    match work.pinned.get_untracked() {
        Some(label) => app.mark(start, end, label),
        None => work.selection.set(Some((start, end))),
    }
}

/// The innermost mark or suggestion at a byte.
fn mark_at(app: App, at: u32) -> Option<Focus> {
    let holds = |it: &Focus| it.span().start() <= at && at < it.span().end();
    keys::stops(app).into_iter().filter(holds).min_by_key(|it| it.span().end() - it.span().start())
}
