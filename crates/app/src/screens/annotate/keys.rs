//! Keys of the Annotate screen.

use annotate::{Boundaries, Edit};
use corpus::{Answer, Label, Span};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::text_view::{LineStep, with_painter};
use crate::browser::{self, document};
use crate::keys::Command;
use crate::state::{App, Focus};

/// The id of the reading text.
pub(super) const TEXT_ID: &str = "text";

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Back,
    On,
}

/// Does what the key says. True when it meant something.
pub(crate) fn take(app: App, event: &KeyboardEvent, letters: bool) -> bool {
    let work = app.work;
    let active = document().active_element().and_then(|it| it.dyn_into::<HtmlElement>().ok());
    let is_in_text = active.as_ref().is_some_and(|it| it.id() == TEXT_ID);
    let is_on_control = active
        .as_ref()
        .is_some_and(|it| matches!(it.tag_name().as_str(), "BUTTON" | "A" | "SUMMARY" | "INPUT"));
    let is_on_page = is_in_text || !is_on_control;
    let is_letterwise = event.alt_key() || event.ctrl_key();
    let is_shifted = event.shift_key();
    let key = event.key();

    if !event.ctrl_key() && !event.meta_key() && !event.alt_key() {
        if let Some(digit) = digit(event) {
            return label_by_digit(app, digit, is_shifted);
        }
        if letters {
            let command = match key.to_ascii_lowercase().as_str() {
                "a" => Some(Command::Answer(Answer::Accept)),
                "x" => Some(Command::Answer(Answer::Reject)),
                "f" => Some(Command::Flag),
                "u" => Some(Command::Unread),
                "j" => Some(Command::Next),
                "k" => Some(Command::Previous),
                _ => None,
            };
            if let Some(command) = command {
                command.run(app);
                return true;
            }
        }
        match key.as_str() {
            " " if is_on_page => Command::Answer(Answer::Ignore).run(app),
            "Backspace" if is_shifted => app.redo(),
            "Backspace" => app.undo(),
            "Enter" if is_on_page => return take_focused(app),
            "Delete" if is_on_page => return remove_focused(app),
            "Escape" => return escape(app, is_in_text),
            "Tab" if is_in_text => {
                return step_focus(app, if is_shifted { Way::Back } else { Way::On });
            }
            _ => {}
        }
        if matches!(key.as_str(), " " | "Backspace") && (is_on_page || key == "Backspace") {
            return true;
        }
    }
    if !is_on_page {
        return false;
    }
    // By place as well as by letter, since Alt changes the letter on many keyboards.
    match (key.as_str(), event.code().as_str()) {
        ("[" | "{", _) | (_, "BracketLeft") if !event.ctrl_key() => move_edge(
            app,
            Edge::Start,
            if is_shifted { Way::On } else { Way::Back },
            event.alt_key(),
        ),
        ("]" | "}", _) | (_, "BracketRight") if !event.ctrl_key() => {
            move_edge(app, Edge::End, if is_shifted { Way::Back } else { Way::On }, event.alt_key())
        }
        _ if !is_in_text => false,
        ("ArrowLeft" | "ArrowRight", _) => {
            let is_rtl = with_painter(super::painter::Painter::is_rtl).unwrap_or(false);
            let is_on = (key == "ArrowRight") != is_rtl;
            let at = work.caret.get_untracked();
            let to = step(app, at, if is_on { Way::On } else { Way::Back }, is_letterwise);
            move_caret(app, to, is_shifted);
            true
        }
        ("ArrowUp" | "ArrowDown" | "Home" | "End", _) if !is_letterwise => {
            let step = match key.as_str() {
                "ArrowUp" => LineStep::Up,
                "ArrowDown" => LineStep::Down,
                "Home" => LineStep::Start,
                _ => LineStep::End,
            };
            if let Some(to) = super::text_view::line_step(app, step) {
                move_caret(app, to, is_shifted);
            }
            true
        }
        _ => false,
    }
}

/// The digit of a key by its place on the keyboard, so that AZERTY works.
fn digit(event: &KeyboardEvent) -> Option<u8> {
    let code = event.code();
    let digit = code.strip_prefix("Digit").or_else(|| code.strip_prefix("Numpad"))?;
    digit.parse().ok().filter(|it| (1..=8).contains(it))
}

fn label_by_digit(app: App, digit: u8, is_shifted: bool) -> bool {
    let slot = if is_shifted { digit + 8 } else { digit };
    let labels = app.work.project.read_untracked();
    let found = labels.as_ref().and_then(|it| it.labels.iter().find(|it| it.slot == slot));
    let label = found.map(|it| it.label.clone());
    drop(labels);
    match label {
        Some(label) => use_label(app, label),
        None => app.say(format!("No label has this key yet. Labels have keys 1 to {}.", 8)),
    }
    true
}

/// Labels the selection or the mark in focus; with neither, pins the label or unpins it.
pub(super) fn use_label(app: App, label: Label) {
    let work = app.work;
    if let Some((start, end)) = work.selection.get_untracked() {
        return app.mark(start, end, label);
    }
    match work.focus.get_untracked() {
        Some(Focus::Mark(span)) => {
            let changed = Edit::Relabel { span: span.clone(), label: label.clone() };
            if app.edit(changed) {
                work.focus.set(Some(Focus::Mark(span.with_label(label))));
            }
        }
        Some(Focus::Suggestion(span)) => app.mark(span.start(), span.end(), label),
        None => {
            if work.pinned.get_untracked().as_ref() == Some(&label) {
                work.pinned.set(None);
                app.spoken.set(format!("{label} unpinned"));
            } else {
                app.spoken.set(format!("{label} pinned: each selection is marked at once"));
                work.pinned.set(Some(label));
            }
        }
    }
}

fn take_focused(app: App) -> bool {
    let Some(Focus::Suggestion(span)) = app.work.focus.get_untracked() else { return false };
    take_suggestion(app, &span);
    true
}

/// Takes a suggestion and stands on the next one.
pub(super) fn take_suggestion(app: App, span: &Span) {
    let work = app.work;
    let open = work.open_suggestions.get_untracked();
    let Some(at) = open.iter().position(|it| it.span == *span) else { return };
    app.take(vec![open[at].clone()]);
    focus_next_suggestion(app, at);
}

fn remove_focused(app: App) -> bool {
    let work = app.work;
    match work.focus.get_untracked() {
        Some(Focus::Mark(span)) => {
            work.focus.set(None);
            work.caret.set(span.end());
            work.anchor.set(span.end());
            app.edit(Edit::Remove(span));
        }
        Some(Focus::Suggestion(span)) => refuse_suggestion(app, &span),
        None => return false,
    }
    true
}

/// Refuses a suggestion and stands on the next one.
pub(super) fn refuse_suggestion(app: App, span: &Span) {
    let open = app.work.open_suggestions.get_untracked();
    let at = open.iter().position(|it| it.span == *span).unwrap_or(0);
    app.edit(Edit::Refuse(vec![span.clone()]));
    focus_next_suggestion(app, at);
}

fn focus_next_suggestion(app: App, at: usize) {
    let open = app.work.open_suggestions.get_untracked();
    let next = open.get(at).or_else(|| open.last()).map(|it| Focus::Suggestion(it.span.clone()));
    set_focus(app, next);
}

fn escape(app: App, is_in_text: bool) -> bool {
    let work = app.work;
    if work.selection.get_untracked().is_some() || work.focus.get_untracked().is_some() {
        work.clear_place();
        work.anchor.set(work.caret.get_untracked());
    } else if work.pinned.get_untracked().is_some() {
        work.pinned.set(None);
    } else if is_in_text {
        if let Some(active) = document().active_element() {
            let left = active.unchecked_into::<HtmlElement>().blur();
            debug_assert!(left.is_ok(), "an element that has the focus can lose it");
        }
    } else {
        return false;
    }
    true
}

/// Everything Tab stops at, in reading order.
pub(super) fn stops(app: App) -> Vec<Focus> {
    let work = app.work;
    let annotation = work.annotation.read_untracked();
    let marks = annotation.marks.iter().map(|it| Focus::Mark(it.span.clone()));
    let open = work.open_suggestions.read_untracked();
    let open = open.iter().map(|it| Focus::Suggestion(it.span.clone()));
    let mut all: Vec<Focus> = marks.chain(open).collect();
    all.sort_by_key(|it| (it.span().start(), it.span().end()));
    all
}

/// Stands on the next mark or suggestion. False behind the last one: the focus then leaves.
fn step_focus(app: App, way: Way) -> bool {
    let work = app.work;
    let stops = stops(app);
    let next = if let Some(focus) = work.focus.get_untracked() {
        let at = stops.iter().position(|it| *it == focus);
        match (at, way) {
            (Some(at), Way::On) => stops.get(at + 1),
            (Some(at), Way::Back) => at.checked_sub(1).and_then(|at| stops.get(at)),
            (None, _) => stops.first(),
        }
    } else {
        let caret = work.caret.get_untracked();
        match way {
            Way::On => stops.iter().find(|it| caret <= it.span().start()),
            Way::Back => stops.iter().rev().find(|it| it.span().end() <= caret),
        }
    };
    let next = next.cloned();
    let is_inside = next.is_some();
    set_focus(app, next);
    is_inside
}

/// Stands on something, shows it and says what it is.
pub(super) fn set_focus(app: App, focus: Option<Focus>) {
    let work = app.work;
    work.selection.set(None);
    if let Some(focus) = &focus {
        let span = focus.span();
        work.caret.set(span.end());
        work.anchor.set(span.end());
        with_painter(|it| it.reveal(span.start(), span.end()));
        app.spoken.set(describe(app, focus));
    }
    work.focus.set(focus);
}

/// Stands on what was clicked on, where the caret already is.
pub(super) fn set_focus_quietly(app: App, focus: Option<Focus>) {
    if let Some(focus) = &focus {
        app.spoken.set(describe(app, focus));
    }
    app.work.focus.set(focus);
}

/// “ABCB1, Gene, suggested, 0.93, 24 of 30”
fn describe(app: App, focus: &Focus) -> String {
    let work = app.work;
    let stops = stops(app);
    let at = stops.iter().position(|it| it == focus).map_or(0, |it| it + 1);
    let text = work.text.get_untracked();
    let words = text.as_ref().map(|it| focus.span().text(it.text()).to_owned()).unwrap_or_default();
    let label = focus.span().label();
    let state = match focus {
        Focus::Mark(_) => "marked".to_owned(),
        Focus::Suggestion(span) => {
            let open = work.open_suggestions.read_untracked();
            let score = open.iter().find(|it| it.span == *span).map_or(0.0, |it| it.score);
            format!("suggested, {score:.2}")
        }
    };
    format!("{words}, {label}, {state}, {at} of {}", stops.len())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

/// Moves an edge of the mark in focus, else of the selection.
fn move_edge(app: App, edge: Edge, way: Way, is_letterwise: bool) -> bool {
    let work = app.work;
    let Some(text) = work.text.get_untracked() else { return false };
    let boundaries = work.boundaries.get_untracked();
    let focus = work.focus.get_untracked();
    let Some((start, end)) = work
        .selection
        .get_untracked()
        .or_else(|| focus.as_ref().map(|it| (it.span().start(), it.span().end())))
    else {
        return false;
    };
    let at = if edge == Edge::Start { start } else { end };
    let to = match (is_letterwise, edge, way) {
        (true, _, Way::On) => Some(Boundaries::next_letter(text.text(), at)),
        (true, _, Way::Back) => Some(Boundaries::previous_letter(text.text(), at)),
        (false, Edge::Start, Way::On) => boundaries.next_word_start(at),
        (false, Edge::Start, Way::Back) => boundaries.previous_word_start(at),
        (false, Edge::End, Way::On) => boundaries.next_word_end(at),
        (false, Edge::End, Way::Back) => boundaries.previous_word_end(at),
    };
    let Some(to) = to.filter(|it| *it != at) else { return true };
    let (start, end) = if edge == Edge::Start { (to, end) } else { (start, to) };
    if end <= start {
        return true;
    }
    match focus {
        _ if work.selection.get_untracked().is_some() => work.selection.set(Some((start, end))),
        Some(Focus::Mark(span)) => {
            let label = span.label().clone();
            if app.edit(Edit::Resize { span, start, end })
                && let Ok(span) = Span::new(start, end, label)
            {
                work.focus.set(Some(Focus::Mark(span)));
            }
        }
        // A suggestion with other edges is a decision: it becomes a mark.
        Some(Focus::Suggestion(span)) => app.mark(start, end, span.label().clone()),
        None => {}
    }
    true
}

/// The next place of the caret.
fn step(app: App, at: u32, way: Way, is_letterwise: bool) -> u32 {
    let work = app.work;
    let Some(open) = work.text.get_untracked() else { return at };
    let text = open.text();
    let boundaries = work.boundaries.get_untracked();
    match (is_letterwise, way) {
        (true, Way::On) => Boundaries::next_letter(text, at),
        (true, Way::Back) => Boundaries::previous_letter(text, at),
        (false, Way::On) => boundaries.next_word_border(text, at),
        (false, Way::Back) => boundaries.previous_word_border(at),
    }
}

/// Moves the caret; with Shift the selection grows from where it began.
fn move_caret(app: App, to: u32, is_shifted: bool) {
    let work = app.work;
    work.caret.set(to);
    work.focus.set(None);
    if is_shifted {
        let anchor = work.anchor.get_untracked();
        let text = work.text.get_untracked();
        let trimmed = text.and_then(|it| annotate::trim(it.text(), anchor.min(to), anchor.max(to)));
        work.selection.set(trimmed);
        if let (Some((start, end)), Some(open)) = (trimmed, work.text.get_untracked()) {
            app.spoken.set(format!("{} selected", &open.text()[start as usize..end as usize]));
        }
    } else {
        work.selection.set(None);
        work.anchor.set(to);
    }
    with_painter(|it| it.reveal(to, to));
}

/// Puts the focus into the text, unless it is in an input.
pub(super) fn focus_text() {
    let active = document().active_element();
    let is_typing = active
        .as_ref()
        .is_some_and(|it| matches!(it.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
    if !is_typing {
        browser::focus(TEXT_ID);
    }
}

/// Leaves an input for the text.
pub(super) fn focus_text_from_input() {
    browser::focus(TEXT_ID);
}
