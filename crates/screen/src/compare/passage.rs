use corpus::{Label, Span};
use experiment::ModelMistakes;

/// A stretch of a passage with the same mark over all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// What covers it.
    pub mark: Option<Mark>,
}

/// The mark over a [`Piece`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its label.
    pub label: Label,
    /// Whether nobody marked the same.
    pub differs: bool,
    /// Whether it begins with the piece.
    pub begins: bool,
    /// Whether it ends with the piece.
    pub ends: bool,
}

/// How many bytes are shown before the first mistake, and behind the last.
const BEFORE: usize = 36;
const BEHIND: usize = 56;
/// Mistakes that begin further behind the first are not shown with it.
const TOGETHER: u32 = 140;
/// Of a long passage so much is shown.
const MOST: usize = 320;

/// The bytes of a text around the first mistake of any model, and those that follow closely.
pub fn window(text: &str, models: &[ModelMistakes]) -> (usize, usize) {
    let mistakes = models.iter().flat_map(|it| &it.mistakes);
    let places = mistakes.filter_map(|it| {
        let spans = || it.gold.iter().chain(&it.predicted);
        Some((spans().map(Span::start).min()?, spans().map(Span::end).max()?))
    });
    around(text, &places.collect::<Vec<_>>())
}

/// The bytes of a text around the first place where two readings of it differ, and those that follow
/// closely.
pub fn difference(text: &str, one: &[Span], other: &[Span]) -> (usize, usize) {
    let only = |these: &[Span], those: &[Span]| -> Vec<(u32, u32)> {
        let only = these.iter().filter(|it| !those.contains(it));
        only.map(|it| (it.start(), it.end())).collect()
    };
    around(text, &[only(one, other), only(other, one)].concat())
}

fn around(text: &str, places: &[(u32, u32)]) -> (usize, usize) {
    let first = places.iter().map(|it| it.0).min().unwrap_or(0);
    let near = places.iter().filter(|it| it.0 <= first + TOGETHER);
    let last = near.map(|it| it.1).max().unwrap_or(first);
    let from = before(text, (first as usize).saturating_sub(BEFORE), first as usize);
    let to = (last as usize + BEHIND).min(from + MOST).min(text.len());
    (from, behind(text, to, (last as usize).min(to)))
}

/// A passage with its marks. Those that are not among `gold` differ.
pub fn passage(
    text: &str,
    (from, to): (usize, usize),
    spans: &[Span],
    gold: &[Span],
) -> Vec<Piece> {
    let inside = |it: &&Span| (it.start() as usize) < to && from < it.end() as usize;
    let shown: Vec<&Span> = spans.iter().filter(inside).collect();
    let ends = shown.iter().flat_map(|it| [it.start() as usize, it.end() as usize]);
    let mut cuts: Vec<usize> = ends.filter(|it| (from..to).contains(it)).collect();
    cuts.extend([from, to]);
    cuts.sort_unstable();
    cuts.dedup();
    let piece = |pair: &[usize]| {
        let (start, end) = (pair[0], pair[1]);
        let words = text.get(start..end)?.to_owned();
        let covers = |it: &&&Span| it.start() as usize <= start && end <= it.end() as usize;
        // Of marks inside each other the inner one is shown.
        let inner = shown.iter().filter(covers).min_by_key(|it| it.end() - it.start());
        let mark = inner.map(|it| Mark {
            label: it.label().clone(),
            differs: !gold.contains(it),
            begins: it.start() as usize == start,
            ends: it.end() as usize == end,
        });
        Some(Piece { text: words, mark })
    };
    let dots =
        |is_cut: bool, dots: &str| is_cut.then(|| Piece { text: dots.to_owned(), mark: None });
    let pieces = cuts.windows(2).filter_map(piece);
    dots(0 < from, "… ").into_iter().chain(pieces).chain(dots(to < text.len(), " …")).collect()
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

/// The start of the first whole word in `from..until`.
fn before(text: &str, from: usize, until: usize) -> usize {
    let from = boundary(text, from);
    if from == 0 {
        return 0;
    }
    let skipped = text.get(from..until).unwrap_or_default();
    skipped.find(char::is_whitespace).map_or(from, |blank| {
        let rest = &skipped[blank..];
        from + blank + (rest.len() - rest.trim_start().len())
    })
}

/// The end of the last whole word in `since..to`.
fn behind(text: &str, to: usize, since: usize) -> usize {
    let to = boundary(text, to);
    if to == text.len() {
        return to;
    }
    let rest = text.get(since..to).unwrap_or_default();
    rest.rfind(char::is_whitespace).map_or(to, |blank| since + blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "In the second series of assays the uptake in MDA-MB-231 human breast cancer \
                        cells after one hour was higher than that of all the other lines we tried.";

    fn span(words: &str, label: &str) -> Span {
        let at = TEXT.find(words).unwrap() as u32;
        Span::new(at, at + words.len() as u32, Label::new(label).unwrap()).unwrap()
    }

    #[track_caller]
    fn check(window: (usize, usize), spans: &[Span], gold: &[Span], expected: &str) {
        let show = |it: Piece| match it.mark {
            None => it.text,
            Some(mark) if mark.differs => format!("{{{}}}", it.text),
            Some(_) => format!("[{}]", it.text),
        };
        let shown: String = passage(TEXT, window, spans, gold).into_iter().map(show).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_passage_shows_what_is_the_same_and_what_differs() {
        let gold = [span("MDA-MB-231", "Line"), span("human", "Organism")];
        let found = [span("MDA-MB-231", "Line"), span("human breast cancer", "Organism")];
        let models = [ModelMistakes {
            base: experiment::BaseKey("a".to_owned()),
            predicted: found.to_vec(),
            mistakes: scorer::mistakes(&gold, &found),
        }];
        let window = window(TEXT, &models);
        check(
            window,
            &gold,
            &gold,
            "… of assays the uptake in [MDA-MB-231] [human] breast cancer cells after one hour was \
             higher than that of all the …",
        );
        check(
            window,
            &found,
            &gold,
            "… of assays the uptake in [MDA-MB-231] {human breast cancer} cells after one hour was \
             higher than that of all the …",
        );
        check((0, TEXT.len()), &[], &gold, TEXT);
    }

    #[test]
    fn of_marks_inside_each_other_the_inner_is_shown() {
        let spans = [span("human breast cancer", "Disease"), span("human", "Organism")];
        let at = TEXT.find("human").unwrap();
        check((at, at + 25), &spans, &spans, "… [human][ breast cancer] cells …");
    }
}
