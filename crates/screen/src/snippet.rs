//! The words around an error, cut so that each piece is wholly inside or outside a span.

/// A stretch of text with the same spans over all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// Whether the gold span covers it.
    pub is_gold: bool,
    /// None outside of what was predicted.
    pub predicted: Option<Edges>,
}

/// Whether a predicted span begins or ends with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges {
    /// It begins with it.
    pub begins: bool,
    /// It ends with it.
    pub ends: bool,
}

/// How many bytes of words are shown before and behind.
const AROUND: usize = 48;
/// How many bytes of a very long span are shown at each of its ends.
const LONG: usize = 120;

/// The words around a gold and a predicted span, which are bytes of `text`.
pub fn snippet(text: &str, gold: Option<(u32, u32)>, predicted: Option<(u32, u32)>) -> Vec<Piece> {
    let spans = || [gold, predicted].into_iter().flatten();
    let Some(start) = spans().map(|it| it.0 as usize).min() else { return Vec::new() };
    let end = spans().map(|it| it.1 as usize).max().unwrap_or(start);
    let (from, to) = (word_before(text, start), word_behind(text, end));
    let mut cuts: Vec<usize> = spans().flat_map(|(a, b)| [a as usize, b as usize]).collect();
    cuts.extend([from, to]);
    cuts.sort_unstable();
    cuts.dedup();
    let inside = |span: Option<(u32, u32)>, at: usize| {
        span.is_some_and(|(a, b)| a as usize <= at && at < b as usize)
    };
    let piece = |pair: &[usize]| {
        let (a, b) = (pair[0], pair[1]);
        let mut shown = shorten(text.get(a..b)?);
        if a == from && 0 < from {
            shown.insert_str(0, "… ");
        }
        if b == to && to < text.len() {
            shown.push_str(" …");
        }
        let edges = predicted.filter(|_| inside(predicted, a));
        let edges = edges.map(|it| Edges { begins: it.0 as usize == a, ends: it.1 as usize == b });
        Some(Piece { text: shown, is_gold: inside(gold, a), predicted: edges })
    };
    cuts.windows(2).filter_map(piece).filter(|it| !it.text.is_empty()).collect()
}

fn shorten(text: &str) -> String {
    if text.len() <= 2 * LONG + 8 {
        return text.to_owned();
    }
    let (head, tail) = (boundary(text, LONG), boundary(text, text.len() - LONG));
    format!("{} … {}", &text[..head], &text[tail..])
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

/// Where the words before `at` begin that are shown.
fn word_before(text: &str, at: usize) -> usize {
    let from = boundary(text, at.saturating_sub(AROUND));
    if from == 0 {
        return 0;
    }
    let before = text.get(from..at).unwrap_or_default();
    before.find(char::is_whitespace).map_or(from, |blank| {
        let rest = &before[blank..];
        from + blank + (rest.len() - rest.trim_start().len())
    })
}

/// Where the words behind `at` end that are shown.
fn word_behind(text: &str, at: usize) -> usize {
    let to = boundary(text, (at + AROUND).min(text.len()));
    if to == text.len() {
        return to;
    }
    let behind = text.get(at..to).unwrap_or_default();
    behind.rfind(char::is_whitespace).map_or(to, |blank| at + blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gold in brackets, predicted in braces.
    #[track_caller]
    fn check(text: &str, gold: Option<&str>, predicted: Option<&str>, expected: &str) {
        let place = |words: &str| {
            let at = text.find(words).unwrap() as u32;
            (at, at + words.len() as u32)
        };
        let pieces = snippet(text, gold.map(place), predicted.map(place));
        let show = |piece: &Piece| {
            let (open, close) = if piece.is_gold { ("[", "]") } else { ("", "") };
            let start = if piece.predicted.is_some_and(|it| it.begins) { "{" } else { "" };
            let end = if piece.predicted.is_some_and(|it| it.ends) { "}" } else { "" };
            format!("{open}{start}{}{end}{close}", piece.text)
        };
        assert_eq!(pieces.iter().map(show).collect::<String>(), expected);
    }

    #[test]
    fn pieces_show_who_marked_what() {
        let text = "coated with mesoporous silica shells of 40 nm";
        check(
            text,
            Some("mesoporous silica shells"),
            Some("silica shells"),
            "coated with [mesoporous ][{silica shells}] of 40 nm",
        );
        check(text, Some("silica"), None, "coated with mesoporous [silica] shells of 40 nm");
        check(
            text,
            Some("mesoporous silica"),
            Some("silica shells"),
            "coated with [mesoporous ][{silica] shells} of 40 nm",
        );
    }

    #[test]
    fn words_are_cut_at_blanks_and_never_inside_a_character() {
        let text = format!("{} 🔬 {}", "wörd ".repeat(30), "né".repeat(60));
        let shown = snippet(&text, None, text.find('🔬').map(|at| (at as u32, at as u32 + 4)));
        let all: String = shown.iter().map(|it| it.text.as_str()).collect();
        assert!(all.starts_with("… wörd"), "{all}");
        assert!(all.ends_with('…') && all.contains('🔬'), "{all}");
        assert_eq!(snippet("abc", None, None), Vec::new());
    }
}
