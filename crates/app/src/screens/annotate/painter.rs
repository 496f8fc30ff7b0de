//! Draws the text and, in layers beneath and above it, its marks. The text itself is never
//! wrapped or cut at a mark; only what is near the view is drawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use js_sys::{Array, Function, Object, Reflect};
use screen::marks::{self, Item, Page, Piece};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlElement, Node, Range, Text,
};

use crate::browser::{self, document};
use crate::state::OpenText;

/// Texts up to this many UTF-16 units are drawn whole.
const WHOLE: u32 = 6_000;
/// Longest stretch of text in one node, in UTF-16 units.
const BLOCK: usize = 20_000;
/// How far beyond the view is drawn, in pixels.
const MARGIN: f64 = 600.0;

/// What is drawn beside the marks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Place {
    /// The selected bytes.
    pub(crate) selection: Option<(u32, u32)>,
    /// Where the caret stands, in bytes; none when the text has no focus.
    pub(crate) caret: Option<u32>,
}

/// The elements of one reading column.
pub(crate) struct Painter {
    root: HtmlElement,
    text: HtmlElement,
    under: Layer,
    over: Layer,
    ruler: Option<CanvasRenderingContext2d>,
    widths: BTreeMap<(String, bool), f64>,
    blocks: Vec<Block>,
    open: Option<Arc<OpenText>>,
    places: Places,
    /// The UTF-16 units that were near the view when it was last drawn.
    window: (u32, u32),
    /// The distance between lines, in pixels. 46 is what the style sheet says.
    line: u32,
}

/// A text node and where it begins, in UTF-16 units.
struct Block {
    node: Text,
    start: u32,
}

/// Elements that are drawn into. From one drawing to the next, those that stay as they are are not
/// touched: styling and painting a hundred marks for one that came takes a browser too long.
struct Layer {
    parent: HtmlElement,
    drawn: Vec<Drawn>,
    wanted: Vec<Look>,
}

/// An element and how it looks.
struct Drawn {
    element: HtmlElement,
    look: Look,
}

/// How an element looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Look {
    class: String,
    css: String,
    text: String,
}

impl Layer {
    fn new(parent: HtmlElement) -> Self {
        Self { parent, drawn: Vec::new(), wanted: Vec::new() }
    }

    fn put(&mut self, class: &str, css: String, text: &str) {
        self.wanted.push(Look { class: class.to_owned(), css, text: text.to_owned() });
    }

    /// Draws what was put since the last time, in this order.
    fn finish(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        let is_same = |(drawn, look): &(&Drawn, &Look)| drawn.look == **look;
        let n_before = self.drawn.iter().zip(&wanted).take_while(is_same).count();
        let (behind, wanted_behind) =
            (self.drawn[n_before..].iter().rev(), wanted[n_before..].iter().rev());
        let n_behind = behind.zip(wanted_behind).take_while(is_same).count();
        let old = self.drawn.len() - n_before - n_behind;
        let new = wanted.len() - n_before - n_behind;
        let mut wanted = wanted.into_iter().skip(n_before).take(new);
        // Elements between those that stay look otherwise now, as far as they are needed.
        let end = n_before + old.min(new);
        for gone in self.drawn.drain(end..n_before + old) {
            gone.element.remove();
        }
        for (drawn, look) in self.drawn[n_before..end].iter_mut().zip(&mut wanted) {
            drawn.change(look);
        }
        let next = self.drawn.get(end).map(|it| it.element.clone());
        let made: Vec<Drawn> =
            wanted.map(|look| Drawn::new(&self.parent, next.as_ref(), look)).collect();
        self.drawn.splice(end..end, made);
    }
}

impl Drawn {
    /// Makes an element before another, or as the last.
    fn new(parent: &HtmlElement, next: Option<&HtmlElement>, look: Look) -> Self {
        let made = document().create_element("div").expect("div is an element");
        let element: HtmlElement = made.unchecked_into();
        let mut drawn = Self { element, look: Look::default() };
        drawn.change(look);
        let put = parent.insert_before(&drawn.element, next.map(AsRef::as_ref));
        debug_assert!(put.is_ok(), "a layer takes any element");
        drawn
    }

    fn change(&mut self, look: Look) {
        if self.look.class != look.class {
            self.element.set_class_name(&look.class);
        }
        if self.look.css != look.css {
            self.element.style().set_css_text(&look.css);
        }
        if self.look.text != look.text {
            self.element.set_text_content(Some(&look.text));
        }
        self.look = look;
    }
}

/// Where stretches of the text lie, for as long as the column stays as it is.
#[derive(Default)]
struct Places {
    /// Width, height and letter size of the column.
    column: (f64, f64, f64),
    /// How far the column was scrolled, and how high its view was, when its window was found.
    view: (i32, i32),
    pieces: BTreeMap<(u32, u32), Vec<Piece>>,
}

impl Painter {
    /// A painter of the column `root`, which holds the text's element and the two layers.
    pub(crate) fn new(
        root: HtmlElement,
        text: HtmlElement,
        under: HtmlElement,
        over: HtmlElement,
    ) -> Self {
        let canvas = document().create_element("canvas").expect("canvas is an element");
        let canvas: HtmlCanvasElement = canvas.unchecked_into();
        let ruler = canvas.get_context("2d").ok().flatten().map(JsCast::unchecked_into);
        Self {
            root,
            text,
            under: Layer::new(under),
            over: Layer::new(over),
            ruler,
            widths: BTreeMap::new(),
            blocks: Vec::new(),
            open: None,
            places: Places::default(),
            window: (0, 0),
            line: 46,
        }
    }

    /// Puts another text up.
    pub(crate) fn show(&mut self, open: Arc<OpenText>) {
        self.text.set_text_content(None);
        self.blocks.clear();
        let mut start = 0;
        for block in blocks(open.text()) {
            let node = document().create_text_node(block);
            append(&self.text, &node);
            let units = node.length();
            self.blocks.push(Block { node, start });
            start += units;
        }
        self.open = Some(open);
        self.places = Places::default();
        self.window = (0, 0);
    }

    /// Draws what is near the view: reads all rectangles, then writes all elements.
    pub(crate) fn paint(&mut self, items: &[Item], place: Place) {
        let Some(open) = self.open.clone() else { return };
        let corner = self.root.get_bounding_client_rect();
        let font_size = self.font_size();
        let is_rtl = self.is_rtl();
        let page = Page { width: corner.width(), font_size, is_rtl };
        let column = (corner.width(), corner.height(), font_size);
        let view = self.scroller().map_or((0, 0), |it| (it.scroll_top(), it.client_height()));
        // Asking the browser is slow, and only what is drawn now may be asked for again.
        let mut known = std::mem::take(&mut self.places);
        if known.column != column {
            known.pieces.clear();
        }
        if known.column != column || known.view != view {
            self.window = self.near_view(&open);
        }
        let (from, to) = self.window;
        let (from, to) = (open.to_bytes(from), open.to_bytes(to));
        let items: Vec<Item> =
            items.iter().filter(|it| it.start < to && from < it.end).cloned().collect();
        let rects = |start: u32, end: u32| {
            let place = |start: u32, end: u32| {
                let range = self.range(open.to_utf16(start), open.to_utf16(end));
                pieces(range.as_ref(), corner.left(), corner.top(), font_size)
            };
            let (start, end) = (start.max(from), end.min(to));
            let found = place(start, end);
            if found.len() < 2 {
                return found;
            }
            let blanks = marks::blanks(open.text(), start, end).into_iter();
            let blanks: Vec<Piece> = blanks.flat_map(|(start, end)| place(start, end)).collect();
            marks::without_blank_ends(found, &blanks)
        };
        let stretch = |it: &Item| (it.start.max(from), it.end.min(to));
        let found: Vec<Vec<Piece>> = items
            .iter()
            .map(|it| {
                known.pieces.get(&stretch(it)).cloned().unwrap_or_else(|| rects(it.start, it.end))
            })
            .collect();
        let pieces = items.iter().map(stretch).zip(found.iter().cloned()).collect();
        let selected = place.selection.map(|(start, end)| rects(start, end));
        let caret = place.caret.and_then(|at| self.caret_piece(&open, at));

        self.places = Places { column, view, pieces };
        let Self { ruler, widths, .. } = self;
        let drawing = marks::layout(&items, &found, page, |text, is_decided| {
            *widths
                .entry((text.to_owned(), is_decided))
                .or_insert_with(|| measure(ruler.as_ref(), text, is_decided))
        });

        for shape in &drawing.shapes {
            let css = format!(
                "left:{:.2}px;top:{:.2}px;width:{:.2}px;height:{:.2}px",
                shape.left, shape.top, shape.width, shape.height
            );
            self.under.put(&shape.class, css, "");
        }
        let high = font_size * 1.3;
        if !has_highlights() {
            for piece in selected.iter().flatten() {
                let css = format!(
                    "left:{:.2}px;top:{:.2}px;width:{:.2}px;height:{high:.2}px",
                    piece.left,
                    piece.middle - high / 2.0,
                    piece.width
                );
                self.under.put("selected", css, "");
            }
        }
        self.under.finish();
        for tag in &drawing.tags {
            let css = format!("left:{:.2}px;top:{:.2}px", tag.left, tag.top);
            self.over.put(&tag.class, css, &tag.text);
        }
        if let Some(caret) = caret {
            let css = format!(
                "left:{:.2}px;top:{:.2}px;height:{:.2}px",
                caret.left - corner.left() - 1.0,
                caret.middle - corner.top() - high / 2.0 - 3.0,
                high + 6.0
            );
            self.over.put("caret", css, "");
        }
        self.over.finish();
        self.space_lines(46 + 4 * drawing.lanes.saturating_sub(2));
        self.highlight(&open, place.selection);
    }

    /// Whether the view has moved beyond what was drawn.
    pub(crate) fn is_stale(&self) -> bool {
        let Some(open) = &self.open else { return false };
        let (from, to) = self.view(open, 40.0);
        from < self.window.0 || self.window.1 < to
    }

    /// The byte at which a point of the browser's selection lies.
    pub(crate) fn byte_of(&self, node: &Node, offset: u32) -> Option<u32> {
        let open = self.open.as_ref()?;
        let as_block = |it: &&Block| it.node.is_same_node(Some(node));
        let units = match self.blocks.iter().find(as_block) {
            Some(block) => block.start + offset,
            None if node.is_same_node(Some(&self.text)) => match self.blocks.get(offset as usize) {
                Some(block) => block.start,
                None => open.to_utf16(u32::MAX),
            },
            None => {
                // A selection dragged out of the text ends where it left.
                let position = node.compare_document_position(&self.text);
                let is_before = position & Node::DOCUMENT_POSITION_FOLLOWING != 0;
                if is_before { 0 } else { open.to_utf16(u32::MAX) }
            }
        };
        Some(open.to_bytes(units))
    }

    /// The byte at a point of the window.
    pub(crate) fn byte_at(&self, x: f64, y: f64) -> Option<u32> {
        let document = document();
        let args = Array::of2(&x.into(), &y.into());
        if let Some(found) = browser::call(&document, "caretPositionFromPoint", &args) {
            let node: Node = browser::get(&found, "offsetNode")?.dyn_into().ok()?;
            let offset = browser::get(&found, "offset")?.as_f64()? as u32;
            return self.text.contains(Some(&node)).then(|| self.byte_of(&node, offset)).flatten();
        }
        let found = browser::call(&document, "caretRangeFromPoint", &args)?;
        let range: Range = found.dyn_into().ok()?;
        let node = range.start_container().ok()?;
        let offset = range.start_offset().ok()?;
        self.text.contains(Some(&node)).then(|| self.byte_of(&node, offset)).flatten()
    }

    /// Where a caret at the byte `at` stands, in the window's pixels. The width is 0.
    pub(crate) fn caret_point(&self, at: u32) -> Option<Piece> {
        let open = self.open.as_ref()?;
        self.caret_piece(open, at)
    }

    /// The distance between two lines, in pixels.
    pub(crate) fn line_height(&self) -> f64 {
        let style = browser::window().get_computed_style(&self.text).ok().flatten();
        let height = style.and_then(|it| it.get_property_value("line-height").ok());
        height.and_then(|it| it.trim_end_matches("px").parse().ok()).unwrap_or(46.0)
    }

    pub(crate) fn is_rtl(&self) -> bool {
        let style = browser::window().get_computed_style(&self.text).ok().flatten();
        style.and_then(|it| it.get_property_value("direction").ok()).as_deref() == Some("rtl")
    }

    /// Scrolls as little as needed to have the bytes `start..end` in view.
    pub(crate) fn reveal(&self, start: u32, end: u32) {
        let Some(open) = &self.open else { return };
        let Some(range) = self.range(open.to_utf16(start), open.to_utf16(end)) else { return };
        let at = range.get_bounding_client_rect();
        let Some(scroller) = self.scroller() else { return };
        let view = scroller.get_bounding_client_rect();
        let (above, below) = (at.top() - view.top() - 16.0, at.bottom() - view.bottom() + 40.0);
        let by = if above < 0.0 { above } else { below.max(0.0) };
        if by != 0.0 {
            scroller.set_scroll_top((f64::from(scroller.scroll_top()) + by) as i32);
        }
    }

    fn scroller(&self) -> Option<Element> {
        self.root.closest(".sheet").ok().flatten()
    }

    fn font_size(&self) -> f64 {
        let style = browser::window().get_computed_style(&self.text).ok().flatten();
        let size = style.and_then(|it| it.get_property_value("font-size").ok());
        size.and_then(|it| it.trim_end_matches("px").parse().ok()).unwrap_or(18.0)
    }

    /// Spaces lines so that all lanes have room. The whole text is laid out anew, so only when it
    /// has to be.
    fn space_lines(&mut self, line: u32) {
        if self.line == line {
            return;
        }
        self.line = line;
        let line = format!("max({line}px, calc(var(--read-size) * {:.3}))", f64::from(line) / 18.0);
        let is_set = self.root.style().set_property("--read-line", &line);
        debug_assert!(is_set.is_ok(), "a custom property takes any value");
    }

    /// The UTF-16 units to draw.
    fn near_view(&self, open: &OpenText) -> (u32, u32) {
        let len = open.to_utf16(u32::MAX);
        if len <= WHOLE { (0, len) } else { self.view(open, MARGIN) }
    }

    /// The UTF-16 units that are in view, and this many pixels beyond.
    fn view(&self, open: &OpenText, margin: f64) -> (u32, u32) {
        let len = open.to_utf16(u32::MAX);
        let Some(scroller) = self.scroller() else { return (0, len) };
        let view = scroller.get_bounding_client_rect();
        let from = self.first_below(len, view.top() - margin);
        let to = self.first_below(len, view.bottom() + margin);
        (from, to)
    }

    /// The first UTF-16 unit whose line begins below `y`. Lines follow each other downwards, so it
    /// is found by halving.
    fn first_below(&self, len: u32, y: f64) -> u32 {
        let (mut low, mut high) = (0, len);
        while low < high {
            let middle = low + (high - low) / 2;
            let top =
                self.range(middle, middle + 1).map(|it| it.get_bounding_client_rect().bottom());
            match top {
                Some(top) if top < y => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    fn caret_piece(&self, open: &OpenText, at: u32) -> Option<Piece> {
        let units = open.to_utf16(at);
        let len = open.to_utf16(u32::MAX);
        let is_rtl = self.is_rtl();
        // The letter behind the caret, or the one before it at the end of the text.
        let (rect, at_its_start) = match units < len {
            true => (first_rect(&self.range(units, units + 1)?)?, true),
            false => (first_rect(&self.range(units.checked_sub(1)?, units)?)?, false),
        };
        let left = if at_its_start == is_rtl { rect.right() } else { rect.left() };
        let left = if at_its_start {
            left
        } else if is_rtl {
            rect.left()
        } else {
            rect.right()
        };
        Some(Piece { left, width: 0.0, middle: rect.top() + rect.height() / 2.0 })
    }

    fn range(&self, start: u32, end: u32) -> Option<Range> {
        let range = document().create_range().ok()?;
        let (node, offset) = self.point(start)?;
        range.set_start(node, offset).ok()?;
        let (node, offset) = self.point(end)?;
        range.set_end(node, offset).ok()?;
        Some(range)
    }

    fn point(&self, units: u32) -> Option<(&Text, u32)> {
        let idx = self.blocks.partition_point(|it| it.start <= units).checked_sub(1)?;
        let block = &self.blocks[idx];
        Some((&block.node, (units - block.start).min(block.node.length())))
    }

    /// Inverts the selected words, where the browser can.
    fn highlight(&self, open: &OpenText, selection: Option<(u32, u32)>) {
        let Some(registry) = highlights() else { return };
        let range =
            selection.and_then(|(start, end)| self.range(open.to_utf16(start), open.to_utf16(end)));
        let name = JsValue::from_str("nerine-selection");
        match range.and_then(|it| highlight_of(&it)) {
            Some(highlight) => browser::call(&registry, "set", &Array::of2(&name, &highlight)),
            None => browser::call(&registry, "delete", &Array::of1(&name)),
        };
    }
}

impl Drop for Painter {
    fn drop(&mut self) {
        if let Some(registry) = highlights() {
            browser::call(&registry, "delete", &Array::of1(&"nerine-selection".into()));
        }
    }
}

fn append(parent: &HtmlElement, child: &Node) {
    let appended = parent.append_child(child);
    debug_assert!(appended.is_ok(), "the child was just made");
}

/// Cuts a text into stretches of at most [`BLOCK`] units, at line breaks or blanks where it can.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut cut = rest.len().min(BLOCK);
        while !rest.is_char_boundary(cut) {
            cut -= 1;
        }
        if cut < rest.len() {
            let near = |c: char| rest[..cut].rfind(c).map(|at| at + c.len_utf8());
            cut = near('\n').or_else(|| near(' ')).unwrap_or(cut);
        }
        let (block, behind) = rest.split_at(cut);
        rest = behind;
        Some(block)
    })
}

fn pieces(range: Option<&Range>, left: f64, top: f64, font_size: f64) -> Vec<Piece> {
    let Some(rects) = range.and_then(Range::get_client_rects) else { return Vec::new() };
    let all = (0..rects.length()).filter_map(|at| rects.get(at)).map(|it| Piece {
        left: it.left() - left,
        width: it.width(),
        middle: it.top() - top + it.height() / 2.0,
    });
    marks::pieces(all, font_size)
}

fn first_rect(range: &Range) -> Option<web_sys::DomRect> {
    let rects = range.get_client_rects()?;
    rects.get(rects.length().checked_sub(1)?)
}

fn measure(ruler: Option<&CanvasRenderingContext2d>, text: &str, is_decided: bool) -> f64 {
    let guess = text.chars().count() as f64 * 6.5;
    let Some(ruler) = ruler else { return guess };
    let weight = if is_decided { 600 } else { 500 };
    ruler.set_font(&format!("{weight} 11px ui-sans-serif, system-ui, sans-serif"));
    ruler.measure_text(text).map_or(guess, |it| it.width() + 1.0)
}

/// The browser's registry of highlights; none where it has no such thing.
fn highlights() -> Option<JsValue> {
    browser::get(&browser::get(&browser::window(), "CSS")?, "highlights")
}

fn has_highlights() -> bool {
    highlights().is_some()
}

fn highlight_of(range: &Range) -> Option<JsValue> {
    let make: Function = browser::get(&browser::window(), "Highlight")?.dyn_into().ok()?;
    let made: Object = Reflect::construct(&make, &Array::of1(range)).ok()?.unchecked_into();
    Some(made.into())
}
