mod choice;
mod next;
mod pipeline;

use serde::{Deserialize, Serialize};

use crate::{BaseKey, Comparison};

/// What the figures say, in sentences for the person who must decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The base to go on with; none where the figures name none.
    pub recommended: Option<BaseKey>,
    /// The sentences in reading order. The first says which base.
    pub sentences: Vec<Sentence>,
}

/// A sentence of an [`Advice`], with what it follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sentence {
    /// Why it is said.
    pub rule: Rule,
    /// The sentence.
    pub text: String,
    /// The figures that it follows from.
    pub figures: Vec<Figure>,
}

/// A figure that a sentence follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is, such as “F1 of blank:en”.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// The rules that sentences follow from. In each, “best” is the base of the highest mean F1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// No run is done.
    NothingYet,
    /// The best F1 is below 0.05.
    NothingLearned,
    /// One base alone was scored.
    OnlyOne,
    /// The best is [very likely](crate::Verdict::VeryLikely) better than every other base, and by
    /// more than runs of the same base differ: a t-test at 5 % on the runs. A base that is trained
    /// needs two runs or more.
    Winner,
    /// No base is tied with the best, and it is no [`Winner`](Rule::Winner).
    Leader,
    /// At least one base is tied with the best: the difference
    /// [could be chance](crate::Verdict::Chance), or is below 0.02 and not significant. The
    /// smallest of these is taken.
    Smallest,
    /// How sure the first sentence is.
    HowSure,
    /// What the recommended base costs in size and speed, beside the next in F1.
    Price,
    /// A base of at most half the size, for who needs one.
    SmallerOne,
    /// Fewer than [`ENOUGH_DOCS`](crate::ENOUGH_DOCS) documents are scored.
    FewDocs,
    /// The recommended base came with entity weights: it may have learned from the scored texts.
    SeenBefore,
    /// Some bases have fewer runs than planned.
    Incomplete,
    /// A caution of the experiment bears on the scores.
    Caution,
    /// At least 1 % of the gold spans cannot be expressed in the recommended base's tokens.
    Misaligned,
    /// A label with fewer than 300 spans to learn from, of which the recommended base misses more
    /// than one in ten: the one of which it misses most.
    MarkMore,
    /// The same with 300 spans or more, of which it misses more than four in ten: more of the same
    /// will hardly help.
    CheckMarks,
    /// The same, where most of the scored spans are words that no document to learn from has marked.
    NewNames,
    /// What more documents should bring by the learning curve, or why nothing can be said.
    MoreTexts,
    /// What word vectors brought, or that none were tried and the best F1 is below 0.9.
    Vectors,
    /// There are fewer than three seeds, or the best and the next are not told apart and seeds
    /// vary more than documents do.
    MoreSeeds,
    /// The best and the next are not told apart, and documents vary more than seeds do.
    MoreScored,
    /// How the recommended pipeline's components bear on its entities.
    Pipeline,
}

/// What a comparison says. The same comparison gives the same words.
pub fn advise(comparison: &Comparison) -> Advice {
    let mut sentences = Vec::new();
    let recommended = choice::choose(comparison, &mut sentences);
    next::temper(comparison, recommended.as_ref(), &mut sentences);
    if let Some(base) = &recommended {
        next::suggest(comparison, base, &mut sentences);
        pipeline::explain(comparison, base, &mut sentences);
    }
    Advice { recommended, sentences }
}

impl Advice {
    /// All sentences as one paragraph.
    pub fn paragraph(&self) -> String {
        self.sentences.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The sentence of a rule.
    pub fn sentence(&self, rule: Rule) -> Option<&Sentence> {
        self.sentences.iter().find(|it| it.rule == rule)
    }
}

/// A sentence with its figures by name.
fn sentence(rule: Rule, text: String, figures: &[(&str, f64)]) -> Sentence {
    let figure = |(name, value): &(&str, f64)| Figure { name: (*name).to_owned(), value: *value };
    Sentence { rule, text, figures: figures.iter().map(figure).collect() }
}
