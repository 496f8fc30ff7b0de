//! Draws the text and, in layers beneath and above it, its marks. The text itself is never
//! wrapped or cut at a mark; only what is near the view is drawn.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use js_sys::{Array, Function, Object, Reflect};
use screen::marks::{self, Item, Page, Piece, Shape, Tag};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlElement, Node, Range, Text,
};

use super::layer::{Key, Layer, Look, Rect};
use crate::browser::{self, document};
use crate::state::OpenText;

/// Texts up to this many UTF-16 units are drawn whole.
const WHOLE: u32 = 6_000;
/// Longest stretch of text in one node, in UTF-16 units.
const BLOCK: usize = 1_000;
/// The slot of what belongs to no label.
const NO_SLOT: u8 = u8::MAX;
/// The slot of what nobody has looked at.
const UNREAD: u8 = u8::MAX - 1;
/// How far beyond the view is drawn, in pixels.
const MARGIN: f64 = 600.0;

/// What is drawn beside the marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    /// The bytes that nobody has looked at.
    pub(crate) unread: Vec<(u32, u32)>,
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
    /// The bytes that are highlighted.
    highlighted: Option<(u32, u32)>,
    /// The distance between lines, in pixels. 46 is what the style sheet says.
    line: u32,
}

/// A text node and where it begins, in UTF-16 units.
struct Block {
    node: Text,
    start: u32,
}

/// Where stretches of the text lie in the column, as far as they were drawn. Whatever is asked of
/// the browser between two frames may make it lay the page out once more, so nothing is asked twice.
#[derive(Default)]
struct Places {
    /// The measure they belong to; none before the first.
    measure: Option<u32>,
    column: Column,
    pieces: BTreeMap<(u32, u32), Vec<Piece>>,
    caret: Option<(u32, Piece)>,
}

/// The reading column, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Column {
    width: f64,
    height: f64,
    font_size: f64,
    is_rtl: bool,
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
            highlighted: None,
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
        self.highlight(&open, None);
        self.open = Some(open);
        self.places = Places::default();
        self.window = (0, 0);
    }

    /// Draws what is near the view: reads all rectangles, then writes all elements. `items_in`
    /// gives the items that touch a stretch of bytes; `measure` differs from the last one when the
    /// column or the view changed since.
    pub(crate) fn paint(
        &mut self,
        items_in: impl FnOnce(u32, u32) -> Vec<Item>,
        place: Place,
        measure: u32,
    ) {
        let Some(open) = self.open.clone() else { return };
        let mut known = std::mem::take(&mut self.places);
        if known.measure != Some(measure) {
            let column = self.column();
            if known.column != column {
                known = Places { column, ..Places::default() };
            }
            known.measure = Some(measure);
            self.window = self.near_view(&open);
        }
        let Column { width, font_size, is_rtl, .. } = known.column;
        let (from, to) = self.window;
        let (from, to) = (open.to_bytes(from), open.to_bytes(to));
        let items = items_in(from, to);
        let corner = OnceCell::new();
        let corner = || {
            let (left, top) = corner.get_or_init(|| {
                let it = self.root.get_bounding_client_rect();
                (it.left(), it.top())
            });
            (*left, *top)
        };
        let ask = |(start, end): (u32, u32)| {
            let place = |start: u32, end: u32| {
                let range = self.range(open.to_utf16(start), open.to_utf16(end));
                pieces(range.as_ref(), corner(), font_size)
            };
            let found = place(start, end);
            if found.len() < 2 {
                return found;
            }
            let blanks = marks::blanks(open.text(), start, end).into_iter();
            let blanks: Vec<Piece> = blanks.flat_map(|(start, end)| place(start, end)).collect();
            marks::without_blank_ends(found, &blanks)
        };
        // Only what is drawn now is kept for the next time.
        let mut pieces = BTreeMap::new();
        let mut pieces_of = |start: u32, end: u32| {
            let stretch = (start.max(from), end.min(to));
            let kept = known.pieces.get(&stretch);
            let found = || kept.cloned().unwrap_or_else(|| ask(stretch));
            pieces.entry(stretch).or_insert_with(found).clone()
        };
        let found: Vec<Vec<Piece>> = items.iter().map(|it| pieces_of(it.start, it.end)).collect();
        let unread = place.unread.iter().filter(|it| it.0 < to && from < it.1);
        let unread: Vec<_> = unread.map(|it| (*it, pieces_of(it.0, it.1))).collect();
        let selected = place.selection.map(|(start, end)| pieces_of(start, end));
        let caret = place.caret.and_then(|at| match known.caret {
            Some((kept, piece)) if kept == at => Some((at, piece)),
            Some(_) | None => {
                let (left, top) = corner();
                let piece = self.caret_piece(&open, at, is_rtl)?;
                let (left, middle) = (piece.left - left, piece.middle - top);
                Some((at, Piece { left, middle, ..piece }))
            }
        });

        self.places = Places { pieces, caret, ..known };
        let page = Page { width, font_size, is_rtl };
        let Self { ruler, widths, .. } = self;
        let drawing = marks::layout(&items, &found, page, |text, is_decided| {
            *widths
                .entry((text.to_owned(), is_decided))
                .or_insert_with(|| tag_width(ruler.as_ref(), text, is_decided))
        });

        let of = |at: usize, nth: u32| {
            let Item { start, end, slot, .. } = items[at];
            Key { bytes: (start, end), slot, nth }
        };
        let high = font_size * 1.3;
        for (bytes, pieces) in unread {
            for (nth, piece) in (0..).zip(pieces) {
                let (left, top) = (piece.left, piece.middle - high / 2.0);
                let place = Rect { left, top, width: Some(piece.width), height: Some(high) };
                let (key, class) = (Key { bytes, slot: UNREAD, nth }, "unread".to_owned());
                self.under.put(Look { key, class, place, text: String::new() });
            }
        }
        let mut n_drawn = vec![0; items.len()];
        for Shape { item, class, left, top, width, height } in drawing.shapes {
            let key = of(item, n_drawn[item]);
            n_drawn[item] += 1;
            let place = Rect { left, top, width: Some(width), height: Some(height) };
            self.under.put(Look { key, class, place, text: String::new() });
        }
        if !has_highlights() {
            for (nth, piece) in (0..).zip(selected.iter().flatten()) {
                let key = Key { bytes: place.selection.unwrap_or_default(), slot: NO_SLOT, nth };
                let (left, top) = (piece.left, piece.middle - high / 2.0);
                let place = Rect { left, top, width: Some(piece.width), height: Some(high) };
                let class = "selected".to_owned();
                self.under.put(Look { key, class, place, text: String::new() });
            }
        }
        self.under.finish();
        for Tag { item, class, left, top, text } in drawing.tags {
            let place = Rect { left, top, ..Rect::default() };
            self.over.put(Look { key: of(item, 0), class, place, text });
        }
        if let Some((_, caret)) = caret {
            // The caret is one and the same wherever it stands.
            let key = Key { bytes: (0, 0), slot: NO_SLOT, nth: 0 };
            let (left, top) = (caret.left - 1.0, caret.middle - high / 2.0 - 3.0);
            let place = Rect { left, top, width: None, height: Some(high + 6.0) };
            self.over.put(Look { key, class: "caret".to_owned(), place, text: String::new() });
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
        self.caret_piece(open, at, self.is_rtl())
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

    fn column(&self) -> Column {
        let at = self.root.get_bounding_client_rect();
        Column {
            width: at.width(),
            height: at.height(),
            font_size: self.font_size(),
            is_rtl: self.is_rtl(),
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

    /// Where a caret at the byte `at` stands, in the window's pixels.
    fn caret_piece(&self, open: &OpenText, at: u32, is_rtl: bool) -> Option<Piece> {
        let units = open.to_utf16(at);
        let len = open.to_utf16(u32::MAX);
        // The letter behind the caret, or the one before it at the end of the text.
        let (rect, at_its_start) = match units < len {
            true => (first_rect(&self.range(units, units + 1)?)?, true),
            false => (first_rect(&self.range(units.checked_sub(1)?, units)?)?, false),
        };
        let left = if at_its_start == is_rtl { rect.right() } else { rect.left() };
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
    fn highlight(&mut self, open: &OpenText, selection: Option<(u32, u32)>) {
        if self.highlighted == selection {
            return;
        }
        self.highlighted = selection;
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

/// The pieces of a range, measured from a corner.
fn pieces(range: Option<&Range>, (left, top): (f64, f64), font_size: f64) -> Vec<Piece> {
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

fn tag_width(ruler: Option<&CanvasRenderingContext2d>, text: &str, is_decided: bool) -> f64 {
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
