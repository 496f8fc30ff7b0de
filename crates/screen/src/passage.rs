//! The beginning of a text, cut where marks begin and end.

use corpus::{Label, Span};

/// How many bytes of a text are shown.
const SHOWN: usize = 700;

/// A stretch of the text with the same marks over all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// The labels of the marks over it, the widest mark's first.
    pub labels: Vec<Label>,
}

/// Cuts the first part of a text where a mark begins or ends.
pub fn cut(text: &str, spans: &[Span]) -> Vec<Piece> {
    let end = match text.len() {
        len if len <= SHOWN => len,
        _ => {
            let near = (0..=SHOWN).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
            text[..near].rfind(char::is_whitespace).filter(|it| SHOWN / 2 < *it).unwrap_or(near)
        }
    };
    let mut cuts: Vec<usize> =
        spans.iter().flat_map(|it| [it.start() as usize, it.end() as usize]).collect();
    cuts.retain(|it| *it < end);
    cuts.extend([0, end]);
    cuts.sort_unstable();
    cuts.dedup();
    let piece = |pair: &[usize]| {
        let (a, b) = (pair[0], pair[1]);
        let mut over: Vec<&Span> =
            spans.iter().filter(|it| it.start() as usize <= a && b <= it.end() as usize).collect();
        over.sort_by_key(|it| std::cmp::Reverse(it.end() - it.start()));
        let labels = over.into_iter().map(|it| it.label().clone()).collect();
        text.get(a..b).map(|text| Piece { text: text.to_owned(), labels })
    };
    let mut pieces: Vec<_> = cuts.windows(2).filter_map(piece).collect();
    if end < text.len() {
        pieces.push(Piece { text: " …".to_owned(), labels: Vec::new() });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_knows_its_marks_from_wide_to_narrow() {
        let span = |start, end, label| Span::new(start, end, Label::new(label).unwrap()).unwrap();
        let spans = [span(0, 10, "M"), span(0, 5, "C"), span(6, 13, "X")];
        let pieces = cut("Fe3O4@SiO2 é 🔬", &spans);
        let marks = |it: &Piece| it.labels.iter().map(Label::as_str).collect::<String>();
        let shown: Vec<_> = pieces.iter().map(|it| format!("{}:{}", it.text, marks(it))).collect();
        assert_eq!(shown, ["Fe3O4:MC", "@:M", "SiO2:MX", " é:X", " 🔬:"]);
    }

    #[test]
    fn a_long_text_ends_at_a_word() {
        let text = "wörd ".repeat(400);
        let pieces = cut(&text, &[]);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[0].text.len() <= SHOWN && pieces[0].text.ends_with("wörd"));
    }
}
