use corpus::{Annotation, Span};
use serde::{Deserialize, Serialize};

/// A span that a model proposes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What it proposes to mark.
    pub span: Span,
    /// How sure the model is, 0 to 1.
    pub score: f32,
}

/// The suggestions that still have to be decided: sure enough, not refused, and not in the way of
/// a mark.
pub fn visible<'a>(
    suggestions: &'a [Suggestion],
    annotation: &'a Annotation,
    from_score: f32,
    overlaps_allowed: bool,
) -> impl Iterator<Item = &'a Suggestion> {
    suggestions.iter().filter(move |it| {
        let in_the_way = |span: &Span| match overlaps_allowed {
            true => *span == it.span,
            false => span.overlaps(&it.span),
        };
        from_score <= it.score
            && annotation.refused.binary_search(&it.span).is_err()
            && !annotation.marks.iter().any(|mark| in_the_way(&mark.span))
    })
}
