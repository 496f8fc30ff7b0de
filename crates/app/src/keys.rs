//! The keys: letters act on the text, digits and editing keys act on the mark. No modes.

use corpus::Answer;
use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::browser;
use crate::route::{Route, Screen};
use crate::screens::annotate_keys;
use crate::state::{App, Sheet};

/// A group of the sheet: its title, and each key with what it does.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

/// What `?` shows.
pub(crate) const SHEET: &[Group] = &[
    (
        "The text",
        &[
            ("A", "Accept, and go to the next text"),
            ("X", "Reject"),
            ("Space", "Ignore"),
            ("⌫ or Ctrl Z", "Undo, across texts"),
            ("⇧ ⌫", "Redo"),
            ("F", "Flag, with a note"),
            ("U", "Leave what is selected, or the rest, unread"),
            ("J", "Next text without an answer"),
            ("K", "The one before"),
        ],
    ),
    (
        "The marks",
        &[
            ("1 – 8", "Label the selection, or the mark"),
            ("⇧ 1 – 8", "Labels 9 to 16"),
            ("Tab", "Next mark or suggestion"),
            ("⇧ Tab", "Previous"),
            ("Enter", "Take the suggestion"),
            ("Del", "Remove the mark, refuse the suggestion"),
            ("[", "Start one word left, ⇧ right"),
            ("]", "End one word right, ⇧ left"),
            ("Alt [", "By letter"),
            ("Esc", "Clear the selection, unpin the label"),
        ],
    ),
    (
        "The caret",
        &[
            ("← →", "One word"),
            ("Alt ← →", "One letter"),
            ("Ctrl ← →", "One letter, where Alt is taken"),
            ("⇧ ← →", "Grow or shrink the selection"),
            ("↑ ↓", "One line"),
            ("Home", "Start of the line"),
            ("End", "End of the line"),
        ],
    ),
    (
        "Everywhere",
        &[
            ("/", "Search"),
            ("G then P", "Go to Projects"),
            ("G then A", "Go to Annotate"),
            ("G then L", "Go to Align"),
            ("G then T", "Go to Train"),
            ("G then C", "Go to Compare"),
            ("G then E", "Go to Export"),
            ("Ctrl K", "All commands"),
            ("?", "This sheet"),
        ],
    ),
];

/// Something that can be done by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Answer(Answer),
    Undo,
    Redo,
    Flag,
    Unread,
    Labels,
    Next,
    Previous,
    Search,
    LearnAlong,
    AddTexts,
    Go(Screen),
    Keys,
    Theme,
}

impl Command {
    /// The commands that make sense where the person is.
    pub(crate) fn all(app: App) -> Vec<Command> {
        let everywhere = [Command::Go(Screen::Projects), Command::Theme, Command::Keys];
        let Route { screen, project, .. } = app.route.get_untracked();
        if project.is_none() {
            return everywhere.to_vec();
        }
        let mut commands = Vec::new();
        if screen == Screen::Annotate {
            commands.extend([Answer::Accept, Answer::Reject, Answer::Ignore].map(Command::Answer));
            commands.extend([
                Command::Undo,
                Command::Redo,
                Command::Flag,
                Command::Unread,
                Command::Labels,
                Command::Next,
                Command::Previous,
                Command::Search,
                Command::LearnAlong,
            ]);
        }
        commands.push(Command::AddTexts);
        commands.extend(Screen::OF_PROJECT.map(Command::Go));
        commands.extend(everywhere);
        commands
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Command::Answer(Answer::Accept) => "Accept this text",
            Command::Answer(Answer::Reject) => "Reject this text",
            Command::Answer(Answer::Ignore) => "Ignore this text",
            Command::Undo => "Undo",
            Command::Redo => "Redo",
            Command::Flag => "Flag this text, with a note",
            Command::Unread => "Leave the rest of this text unread, or read it",
            Command::Labels => "Edit labels",
            Command::Next => "Next text without an answer",
            Command::Previous => "Previous text without an answer",
            Command::Search => "Search texts",
            Command::LearnAlong => "Learn while I annotate, or stop",
            Command::AddTexts => "Add texts to this project",
            Command::Go(Screen::Projects) => "Go to Projects",
            Command::Go(Screen::Annotate) => "Go to Annotate",
            Command::Go(Screen::Align) => "Go to Align",
            Command::Go(Screen::Bases) => "Go to Bases",
            Command::Go(Screen::Train) => "Go to Train",
            Command::Go(Screen::Compare) => "Go to Compare",
            Command::Go(Screen::Export) => "Go to Export",
            Command::Keys => "Show all keys",
            Command::Theme => "Change the theme",
        }
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Command::Answer(Answer::Accept) => "A",
            Command::Answer(Answer::Reject) => "X",
            Command::Answer(Answer::Ignore) => "Space",
            Command::Undo => "⌫",
            Command::Redo => "⇧ ⌫",
            Command::Flag => "F",
            Command::Unread => "U",
            Command::Labels | Command::LearnAlong | Command::AddTexts | Command::Theme => "",
            Command::Next => "J",
            Command::Previous => "K",
            Command::Search => "/",
            Command::Go(Screen::Projects) => "G P",
            Command::Go(Screen::Annotate) => "G A",
            Command::Go(Screen::Align) => "G L",
            Command::Go(Screen::Bases) => "G B",
            Command::Go(Screen::Train) => "G T",
            Command::Go(Screen::Compare) => "G C",
            Command::Go(Screen::Export) => "G E",
            Command::Keys => "?",
        }
    }

    pub(crate) fn run(self, app: App) {
        let doc = app.work.text.read_untracked().as_ref().map(|it| it.number);
        match self {
            Command::Answer(answer) => app.answer(answer),
            Command::Undo => app.undo(),
            Command::Redo => app.redo(),
            Command::Flag => {
                if doc.is_some() {
                    app.sheet.set(Some(Sheet::Flag));
                }
            }
            Command::Unread => app.leave_unread(),
            Command::Labels => app.sheet.set(Some(Sheet::Labels)),
            Command::Next | Command::Previous => {
                let step = if self == Command::Next { 1 } else { -1 };
                match doc.and_then(|doc| app.next_to_do(doc, step)) {
                    Some(doc) => app.show_doc(doc),
                    None => app.say("Every text has an answer."),
                }
            }
            Command::Search => browser::focus("search"),
            Command::LearnAlong => {
                let is_on = !app.companion.is_on.get_untracked();
                app.let_companion_learn(is_on);
                app.say(match is_on {
                    true => "Nerine learns while you annotate.",
                    false => "Nerine learns only when you train.",
                });
            }
            Command::AddTexts => drop(app.ask_for_texts()),
            Command::Go(screen) => {
                let project = app.route.read_untracked().project.clone();
                app.go(match (screen, project) {
                    (Screen::Projects, _) | (_, None) => Route::HOME,
                    (screen, Some(project)) => Route::of(screen, &project),
                });
            }
            Command::Keys => app.sheet.set(Some(Sheet::Keys)),
            Command::Theme => app.theme.update(|it| *it = it.other()),
        }
    }
}

/// Where the choice lies whether single letters are keys.
const LETTERS: &str = "letters";

/// Whether single letters are keys (WCAG 2.1.4 lets people turn them off).
pub(crate) fn letters_are_on() -> bool {
    let storage = browser::window().local_storage().ok().flatten();
    storage.and_then(|it| it.get_item(LETTERS).ok().flatten()).as_deref() != Some("off")
}

/// Turns single letters on or off as keys.
pub(crate) fn set_letters(on: bool) {
    if let Some(storage) = browser::window().local_storage().ok().flatten() {
        // Without local storage the choice cannot be kept; the sheet then says it is on again.
        let _kept = storage.set_item(LETTERS, if on { "on" } else { "off" });
    }
}

/// What a key press is, once it is known not to be meant for an input.
struct Press<'a> {
    event: &'a KeyboardEvent,
    key: String,
    is_plain: bool,
}

/// Listens to every key of the page.
pub(crate) fn listen(app: App) {
    let waits_for_screen = StoredValue::new(false);
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&browser::window(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        // While a word is composed, keys belong to the input method.
        if event.is_composing() || event.default_prevented() {
            return;
        }
        let is_command = event.ctrl_key() || event.meta_key();
        if is_command && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            return app.sheet.update(|it| *it = it.is_none().then_some(Sheet::Commands));
        }
        if app.sheet.read_untracked().is_some() || is_dialog_open() || is_typed_into(event) {
            return;
        }
        let key = event.key();
        if is_command
            && key.eq_ignore_ascii_case("z")
            && app.route.read_untracked().project.is_some()
        {
            event.prevent_default();
            return if event.shift_key() { app.redo() } else { app.undo() };
        }
        let press = Press { event, key, is_plain: !is_command && !event.alt_key() };
        if take(app, &press, waits_for_screen) {
            event.prevent_default();
        }
    })
    .forget();
}

/// Does what the key says. True when it meant something.
fn take(app: App, press: &Press<'_>, waits_for_screen: StoredValue<bool>) -> bool {
    let Press { event, key, is_plain } = press;
    let letters = *is_plain && letters_are_on();
    let waited = waits_for_screen.get_value();
    waits_for_screen.set_value(false);
    if letters && waited {
        let screen = match key.to_ascii_lowercase().as_str() {
            "p" => Some(Screen::Projects),
            "a" => Some(Screen::Annotate),
            "l" => Some(Screen::Align),
            "b" => Some(Screen::Bases),
            "t" => Some(Screen::Train),
            "c" => Some(Screen::Compare),
            "e" => Some(Screen::Export),
            _ => None,
        };
        if let Some(screen) = screen {
            Command::Go(screen).run(app);
            return true;
        }
    }
    let on_annotate = app.route.read_untracked().screen == Screen::Annotate
        && app.work.text.read_untracked().is_some();
    if on_annotate && untrack(|| app.asks_for_texts()) {
        // The text lies behind, and no key means it.
        if key == "Escape" {
            app.stop_asking_for_texts();
        }
        return key == "Escape";
    }
    if on_annotate && annotate_keys::take(app, event, letters) {
        return true;
    }
    let command = match key.as_str() {
        "?" if *is_plain => Command::Keys,
        "g" | "G" if letters => {
            waits_for_screen.set_value(true);
            return true;
        }
        "/" if *is_plain && on_annotate => Command::Search,
        _ => return false,
    };
    command.run(app);
    true
}

fn is_dialog_open() -> bool {
    browser::document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Whether a key press goes into an input.
fn is_typed_into(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|it| it.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    match target.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => {
            let kind = target.get_attribute("type").unwrap_or_default();
            // A box that is ticked takes only Space, a slider only arrows.
            !matches!(kind.as_str(), "checkbox" | "radio" | "button")
        }
        _ => target.is_content_editable(),
    }
}
