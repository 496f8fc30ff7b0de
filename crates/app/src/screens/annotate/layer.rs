use std::collections::{BTreeSet, VecDeque};

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

use crate::browser::document;

/// Elements that are drawn into. From one drawing to the next each stays that stands for the same
/// thing, and is touched only where it looks otherwise: styling and painting a hundred marks for
/// one that came takes a browser too long.
pub(super) struct Layer {
    parent: HtmlElement,
    drawn: Vec<Drawn>,
    wanted: Vec<Look>,
}

/// What an element stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The bytes that it belongs to.
    pub(super) bytes: (u32, u32),
    /// The colours of its label.
    pub(super) slot: u8,
    /// Its number among the elements of the same mark.
    pub(super) nth: u32,
}

/// How an element looks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) key: Key,
    pub(super) class: String,
    pub(super) place: Rect,
    pub(super) text: String,
}

/// Where an element lies, in pixels from the layer's corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    /// None where what is in it, or the style sheet, says it.
    pub(super) width: Option<f64>,
    pub(super) height: Option<f64>,
}

/// An element and how it looks.
struct Drawn {
    element: HtmlElement,
    look: Look,
}

impl Layer {
    pub(super) fn new(parent: HtmlElement) -> Self {
        Self { parent, drawn: Vec::new(), wanted: Vec::new() }
    }

    /// Adds what is to be drawn next, in front of what was added before.
    pub(super) fn put(&mut self, look: Look) {
        self.wanted.push(look);
    }

    /// Draws what was put since the last time.
    pub(super) fn finish(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        let keys: BTreeSet<Key> = wanted.iter().map(|it| it.key).collect();
        let mut old: VecDeque<Drawn> = std::mem::take(&mut self.drawn).into();
        old.retain(|it| {
            let stays = keys.contains(&it.look.key);
            if !stays {
                it.element.remove();
            }
            stays
        });
        for look in wanted {
            let at = old.iter().position(|it| it.look.key == look.key);
            let drawn = if let Some((at, mut drawn)) = at.and_then(|at| Some((at, old.remove(at)?)))
            {
                if at != 0 {
                    self.insert(&drawn.element, old.front());
                }
                drawn.change(look);
                drawn
            } else {
                let drawn = Drawn::new(look);
                self.insert(&drawn.element, old.front());
                drawn
            };
            self.drawn.push(drawn);
        }
        // Two of the same key were there, and one is wanted.
        for it in old {
            it.element.remove();
        }
    }

    /// Puts an element before another, or behind all.
    fn insert(&self, element: &HtmlElement, next: Option<&Drawn>) {
        let next: Option<&Node> = next.map(|it| it.element.as_ref());
        let put = self.parent.insert_before(element, next);
        debug_assert!(put.is_ok(), "a layer takes any element");
    }
}

impl Drawn {
    fn new(look: Look) -> Self {
        let made = document().create_element("div").expect("div is an element");
        let element: HtmlElement = made.unchecked_into();
        element.set_class_name(&look.class);
        element.style().set_css_text(&look.place.css());
        if !look.text.is_empty() {
            element.set_text_content(Some(&look.text));
        }
        Self { element, look }
    }

    fn change(&mut self, look: Look) {
        if self.look.class != look.class {
            self.element.set_class_name(&look.class);
        }
        if self.look.place != look.place {
            self.element.style().set_css_text(&look.place.css());
        }
        if self.look.text != look.text {
            self.element.set_text_content(Some(&look.text));
        }
        self.look = look;
    }
}

impl Rect {
    fn css(self) -> String {
        let Rect { left, top, width, height } = self;
        let mut css = format!("left:{left:.2}px;top:{top:.2}px");
        for (name, value) in [("width", width), ("height", height)] {
            if let Some(value) = value {
                css = format!("{css};{name}:{value:.2}px");
            }
        }
        css
    }
}
