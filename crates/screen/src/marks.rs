//! Where marks and their tags are drawn. All numbers are CSS pixels, measured from the reading
//! column's corner.

/// A mark or suggestion as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// First byte.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
    /// The label's colours.
    pub slot: u8,
    /// The label's name.
    pub name: String,
    /// The label's short code, for narrow places.
    pub code: String,
    /// Whether it is decided.
    pub standing: Standing,
    /// Whether Tab stands on it.
    pub is_focused: bool,
}

/// Whether an item is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// A mark.
    Decided,
    /// A suggestion, and how probable it is where its model tells.
    Suggested(Option<f32>),
}

impl Standing {
    fn is_decided(self) -> bool {
        matches!(self, Standing::Decided)
    }
}

/// A stretch of one line that an item covers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Piece {
    /// Its left edge.
    pub left: f64,
    /// How wide it is.
    pub width: f64,
    /// The middle of the line, from the top.
    pub middle: f64,
}

impl Piece {
    fn right(&self) -> f64 {
        self.left + self.width
    }

    fn is_on_line_of(&self, other: &Piece) -> bool {
        (self.middle - other.middle).abs() < 8.0
    }
}

/// The room there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// Width of the reading column.
    pub width: f64,
    /// Size of the reading text.
    pub font_size: f64,
    /// Whether the text runs from right to left.
    pub is_rtl: bool,
}

/// A rectangle to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The item that it belongs to, by its place among all.
    pub item: usize,
    /// The classes of the style sheet, with a blank between.
    pub class: String,
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

/// A word to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// The item that it names, by its place among all.
    pub item: usize,
    /// The classes of the style sheet, with a blank between.
    pub class: String,
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// The label's name or code, and the score of a suggestion.
    pub text: String,
}

/// All that is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Fills, outlines and lines, from the back to the front.
    pub shapes: Vec<Shape>,
    /// Tags, over the text.
    pub tags: Vec<Tag>,
    /// How many lanes of lines there are.
    pub lanes: u32,
}

/// Room between two tags.
const GAP: f64 = 5.0;
/// Height of a lane of lines.
const LANE: f64 = 4.0;

/// Rectangles of one stretch of text, as the browser gives them, as one piece a line. Pieces that
/// touch are one; mixed directions leave several on a line.
pub fn pieces(rects: impl IntoIterator<Item = Piece>, font_size: f64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for rect in rects.into_iter().filter(|it| 0.5 <= it.width) {
        let touches = |it: &&mut Piece| {
            (it.middle - rect.middle).abs() < font_size * 0.7
                && rect.left <= it.right() + 1.5
                && it.left <= rect.right() + 1.5
        };
        match pieces.iter_mut().find(touches) {
            Some(piece) => {
                let right = piece.right().max(rect.right());
                piece.left = piece.left.min(rect.left);
                piece.width = right - piece.left;
            }
            None => pieces.push(rect),
        }
    }
    pieces
}

/// The runs of blanks between the bytes `start..end` of a text, as `start..end` in bytes.
pub fn blanks(text: &str, start: u32, end: u32) -> Vec<(u32, u32)> {
    let stretch = text.get(start as usize..end as usize).unwrap_or_default();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (at, blank) in stretch.char_indices().filter(|(_, it)| it.is_whitespace()) {
        let from = start + at as u32;
        let to = from + blank.len_utf8() as u32;
        match runs.last_mut() {
            Some(run) if run.1 == from => run.1 = to,
            _ => runs.push((from, to)),
        }
    }
    runs
}

/// Takes the blanks off the ends of pieces. A mark that wraps covers the blank at which its line
/// is broken, and the browser gives that blank its width; `blanks` are where the blanks inside the
/// mark lie.
pub fn without_blank_ends(mut pieces: Vec<Piece>, blanks: &[Piece]) -> Vec<Piece> {
    for piece in &mut pieces {
        let line = *piece;
        for blank in blanks.iter().filter(|it| it.is_on_line_of(&line)) {
            let right = piece.right();
            if (blank.right() - right).abs() < 1.0 {
                piece.width = (blank.left - piece.left).max(0.0);
            } else if (blank.left - piece.left).abs() < 1.0 {
                piece.left = blank.right().min(right);
                piece.width = right - piece.left;
            }
        }
    }
    pieces.retain(|it| 0.5 <= it.width);
    pieces
}

/// Lays the items out. `pieces` are theirs, in order; `measure` tells how wide a tag is, decided
/// (true) or suggested.
pub fn layout(
    items: &[Item],
    pieces: &[Vec<Piece>],
    page: Page,
    mut measure: impl FnMut(&str, bool) -> f64,
) -> Drawing {
    let order = by_length(items);
    let lanes = lanes(items, &order);
    let mut drawing =
        Drawing { lanes: lanes.iter().copied().max().map_or(0, |it| it + 1), ..Drawing::default() };
    for &at in order.iter().rev() {
        let place = Place { lane: lanes[at], covers: covers(items, &lanes, at) };
        draw((at, &items[at]), place, &pieces[at], page, &mut drawing);
    }
    let mut taken: Vec<(Piece, f64)> = Vec::new();
    for &at in &order {
        let item = &items[at];
        let Some(piece) = tag_piece(&pieces[at], lanes[at]) else { continue };
        let below = depth(items, &lanes, pieces, at, &piece);
        let score = match item.standing {
            Standing::Suggested(Some(score)) => format!(" {score:.2}"),
            Standing::Suggested(None) | Standing::Decided => String::new(),
        };
        let (text, left) = place(item, &score, &piece, page, &mut taken, &mut measure);
        let (kind, drop) =
            if item.standing.is_decided() { ("decided", 3.0) } else { ("suggested", 4.0) };
        let drop = if item.is_focused { 7.0 } else { drop };
        drawing.tags.push(Tag {
            item: at,
            class: format!("tag {kind} L{}", item.slot),
            left,
            top: bottom(&piece, page) + drop + f64::from(below) * LANE,
            text,
        });
    }
    drawing
}

/// Positions, short items first; the inner mark is then nearest to the text.
fn by_length(items: &[Item]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&at| (items[at].end - items[at].start, items[at].start));
    order
}

fn overlap(a: &Item, b: &Item) -> bool {
    a.start < b.end && b.start < a.end
}

/// The lowest lane for each item where nothing overlaps it.
fn lanes(items: &[Item], order: &[usize]) -> Vec<u32> {
    let mut lanes = vec![0; items.len()];
    for (placed, &at) in order.iter().enumerate() {
        let taken: Vec<u32> = order[..placed]
            .iter()
            .filter(|&&other| overlap(&items[other], &items[at]))
            .map(|&other| lanes[other])
            .collect();
        lanes[at] = (0..=placed as u32).find(|lane| !taken.contains(lane)).unwrap_or(0);
    }
    lanes
}

fn covers(items: &[Item], lanes: &[u32], at: usize) -> bool {
    let inner = |other: usize| lanes[other] < lanes[at] && overlap(&items[other], &items[at]);
    (0..items.len()).any(|other| other != at && inner(other))
}

/// The deepest lane under the item on its line.
fn depth(items: &[Item], lanes: &[u32], pieces: &[Vec<Piece>], at: usize, on: &Piece) -> u32 {
    let near = |other: &usize| {
        overlap(&items[*other], &items[at]) && pieces[*other].iter().any(|it| it.is_on_line_of(on))
    };
    (0..items.len()).filter(near).map(|other| lanes[other]).max().unwrap_or(0)
}

fn height(page: Page) -> f64 {
    page.font_size * 1.3
}

fn bottom(piece: &Piece, page: Page) -> f64 {
    piece.middle + height(page) / 2.0
}

/// How an item lies among the others.
#[derive(Clone, Copy)]
struct Place {
    lane: u32,
    /// Whether another one lies in it.
    covers: bool,
}

fn draw(
    (item_at, item): (usize, &Item),
    Place { lane, covers }: Place,
    pieces: &[Piece],
    page: Page,
    drawing: &mut Drawing,
) {
    let is_suggested = !item.standing.is_decided();
    let lane = f64::from(lane) * LANE;
    let (grow_x, grow_y) = match (covers, is_suggested) {
        (true, true) => (1.5, 3.0),
        (true, false) => (1.0, 3.0),
        (false, _) => (1.0, 0.0),
    };
    for (at, piece) in pieces.iter().enumerate() {
        let kind = if is_suggested { "mark suggested" } else { "mark" };
        let mut class = format!("{kind} L{}", item.slot);
        for (holds, word) in [
            (item.slot > 8 && !is_suggested, " striped"),
            (covers && !is_suggested, " covers"),
            (item.is_focused, " focused"),
            (at > 0, " open-start"),
            (at + 1 < pieces.len(), " open-end"),
        ] {
            if holds {
                class.push_str(word);
            }
        }
        let extra = if is_suggested { 2.0 + lane } else { 0.0 };
        drawing.shapes.push(Shape {
            item: item_at,
            class,
            left: piece.left - grow_x,
            top: piece.middle - height(page) / 2.0 - grow_y,
            width: piece.width + 2.0 * grow_x,
            height: height(page) + grow_y + extra,
        });
        if !is_suggested {
            let double = if item.slot > 8 { " double" } else { "" };
            drawing.shapes.push(Shape {
                item: item_at,
                class: format!("under-line L{}{double}", item.slot),
                left: piece.left - 1.0,
                top: bottom(piece, page) + lane - 1.0,
                width: piece.width + 2.0,
                height: 2.0,
            });
        }
    }
}

/// The piece that carries the tag: the first, unless it is very narrow and the second is not.
fn tag_piece(pieces: &[Piece], lane: u32) -> Option<Piece> {
    let first = pieces.first()?;
    let narrow = if lane > 0 { 48.0 } else { 24.0 };
    match pieces.get(1) {
        Some(second) if first.width < narrow && first.width < second.width => Some(*second),
        _ => Some(*first),
    }
}

/// Finds a tag its words and its place: name at the start, name at the end, code at the start,
/// code at the end, else the next free place on the row.
fn place(
    item: &Item,
    score: &str,
    piece: &Piece,
    page: Page,
    taken: &mut Vec<(Piece, f64)>,
    measure: &mut impl FnMut(&str, bool) -> f64,
) -> (String, f64) {
    let is_decided = item.standing.is_decided();
    let free = |taken: &[(Piece, f64)], left: f64, width: f64| {
        let clash = |it: &(Piece, f64)| {
            it.0.is_on_line_of(piece) && left < it.1 + it.0.width + GAP && it.1 < left + width + GAP
        };
        !taken.iter().any(clash)
    };
    let inside = |left: f64, width: f64| left.min(page.width - width).max(0.0);
    let name = format!("{}{score}", item.name);
    let code = format!("{}{score}", item.code);
    let mut spot = None;
    for text in [&name, &code] {
        let width = measure(text, is_decided);
        let edges = [piece.left, piece.right() - width];
        let edges = if page.is_rtl { [edges[1], edges[0]] } else { edges };
        let fits = width <= piece.width + 26.0 || *text == code;
        let left = edges.map(|it| inside(it, width)).into_iter().find(|it| free(taken, *it, width));
        if let (true, Some(left)) = (fits, left) {
            spot = Some((text.clone(), left, width));
            break;
        }
    }
    let (text, left, width) = spot.unwrap_or_else(|| {
        let width = measure(&code, is_decided);
        let mut left = piece.left;
        while !free(taken, left, width) && left < page.width {
            left += 3.0;
        }
        (code, inside(left, width), width)
    });
    taken.push((Piece { left, width, middle: piece.middle }, left));
    (text, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Page = Page { width: 684.0, font_size: 18.0, is_rtl: false };

    fn item(start: u32, end: u32, name: &str) -> Item {
        let code = name.chars().take(3).collect();
        let name = name.to_owned();
        Item { start, end, slot: 1, name, code, standing: Standing::Decided, is_focused: false }
    }

    /// One line on which every byte is ten pixels wide.
    fn line(item: &Item) -> Vec<Piece> {
        let left = f64::from(item.start) * 10.0;
        vec![Piece { left, width: f64::from(item.end) * 10.0 - left, middle: 23.0 }]
    }

    fn drawn(items: &[Item]) -> Drawing {
        let pieces: Vec<_> = items.iter().map(line).collect();
        layout(items, &pieces, PAGE, |text, _| text.chars().count() as f64 * 6.0)
    }

    #[test]
    fn the_inner_mark_is_nearest_to_the_text() {
        let drawing = drawn(&[item(0, 30, "Material"), item(0, 5, "Chemical")]);
        assert_eq!(drawing.lanes, 2);
        let lines: Vec<_> =
            drawing.shapes.iter().filter(|it| it.class.starts_with("under-line")).collect();
        assert!(lines[1].width < lines[0].width, "the long one is behind");
        assert!(lines[1].top < lines[0].top, "and lower");
    }

    #[test]
    fn tags_do_not_touch() {
        let items: Vec<_> = (0..8).map(|n| item(n * 4, n * 4 + 3, "Quantity")).collect();
        let drawing = drawn(&items);
        let mut ends: Vec<_> = drawing
            .tags
            .iter()
            .map(|it| (it.left, it.left + it.text.chars().count() as f64 * 6.0))
            .collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(ends.windows(2).all(|it| it[0].1 + GAP <= it[1].0 + 0.01), "{ends:?}");
    }

    #[test]
    fn rectangles_of_one_line_are_one_piece_unless_they_lie_apart() {
        let rect = |left, width| Piece { left, width, middle: 20.0 };
        let merged = pieces([rect(0.0, 10.0), rect(10.4, 5.0), rect(40.0, 5.0)], 18.0);
        assert_eq!(merged.len(), 2);
        assert!((merged[0].width - 15.4).abs() < 1e-9);
    }

    #[test]
    fn blanks_are_found_as_runs() {
        assert_eq!(blanks("é  b\u{2009}c\r\nd", 0, 12), [(2, 4), (5, 8), (9, 11)]);
        assert_eq!(blanks("a b c", 2, 3), []);
    }

    #[test]
    fn a_mark_ends_with_its_last_word_where_its_line_is_broken() {
        let piece = |left, width, middle| Piece { left, width, middle };
        let wrapped = vec![piece(600.0, 84.0, 20.0), piece(0.0, 120.0, 66.0)];
        let blanks = [piece(640.0, 5.0, 20.0), piece(679.0, 5.0, 20.0), piece(70.0, 5.0, 66.0)];
        let expected = [piece(600.0, 79.0, 20.0), piece(0.0, 120.0, 66.0)];
        assert_eq!(without_blank_ends(wrapped, &blanks), expected);
        // From right to left the blank hangs at the other side.
        let wrapped = vec![piece(0.0, 84.0, 20.0)];
        let ends = without_blank_ends(wrapped, &[piece(0.0, 5.0, 20.0)]);
        assert_eq!(ends, [piece(5.0, 79.0, 20.0)]);
        // A line of the mark that is nothing but a blank is no piece of it.
        let wrapped = vec![piece(0.0, 50.0, 20.0), piece(0.0, 5.0, 66.0)];
        let ends = without_blank_ends(wrapped.clone(), &[piece(0.0, 5.0, 66.0)]);
        assert_eq!(ends, wrapped[..1]);
    }
}
