use serde::{Deserialize, Serialize};

use crate::{Action, Advice, Fit, Kind, Place, Reason, Shift, TokenRange, Tokens};

/// A mark as one base sees it: alike for all marks with the same text and the same cut.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// The tokens that the mark touches in this or another base, in order.
    pub tokens: Vec<Drawn>,
    /// How it lies on them.
    pub verdict: Verdict,
    /// What would be marked after the correction. None if it fits, or a person has to look.
    pub corrected: Option<String>,
}

/// Whether a mark fits, in a form that does not depend on where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// It fits.
    Fits {
        /// How many tokens it holds.
        n_tokens: u32,
    },
    /// It cannot be learned.
    Misfit {
        /// Why not.
        kind: Kind,
        /// What was found at its edges.
        reason: Reason,
        /// How its edges would have to move. None: a person has to look.
        fix: Option<Shift>,
    },
}

/// A token as it is drawn, with the part of it that is marked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Drawn {
    /// Its text.
    pub text: String,
    /// Whether a blank stands before it.
    pub blank_before: bool,
    /// The marked part in bytes of its text, half-open; empty if nothing of it is marked.
    pub marked: (u32, u32),
}

impl Drawn {
    /// Whether the mark starts or ends inside it.
    pub fn is_cut(&self) -> bool {
        let (start, end) = self.marked;
        start < end && end - start < self.text.len() as u32
    }
}

impl Verdict {
    /// Whether the mark fits.
    pub fn fits(self) -> bool {
        matches!(self, Verdict::Fits { .. })
    }

    /// What a person reads, as in "fits · 2 tokens" or "cuts a word".
    pub fn words(self) -> String {
        match self {
            Verdict::Fits { n_tokens: 1 } => "fits · 1 token".into(),
            Verdict::Fits { n_tokens } => format!("fits · {n_tokens} tokens"),
            Verdict::Misfit { kind, .. } => kind.words().into(),
        }
    }

    /// What its correction does. None if it fits.
    pub fn action(self) -> Option<Action> {
        let Verdict::Misfit { fix, .. } = self else { return None };
        Some(fix.map_or(Action::LookAt, Shift::action))
    }
}

/// The cell of a mark whose fit and advice are known. `window` is what all bases draw.
pub(crate) fn cell(
    tokens: &Tokens<'_>,
    mark: Place,
    window: Place,
    fit: &Fit,
    advice: Option<Advice>,
) -> Cell {
    let verdict = match (fit.misfit, advice) {
        (Some(kind), Some(Advice { reason, fix })) => {
            Verdict::Misfit { kind, reason, fix: fix.map(|it| Shift::between(mark, it)) }
        }
        _ => Verdict::Fits { n_tokens: fit.strict.map_or(0, TokenRange::len) },
    };
    let corrected = advice.and_then(|it| it.fix).map(|it| it.text(tokens.text).to_owned());
    Cell { tokens: tokens.draw(mark, window), verdict, corrected }
}

impl Tokens<'_> {
    /// The tokens that touch `window`, in order, with what of them a mark marks.
    pub fn draw(&self, mark: Place, window: Place) -> Vec<Drawn> {
        let first = self.bounds.partition_point(|it| it.1 <= window.start);
        let in_window = self.bounds[first..].iter().take_while(|it| it.0 < window.end);
        let mut end = None;
        let draw = |&(token_start, token_end): &(u32, u32)| {
            let within = |at: u32| at.clamp(token_start, token_end) - token_start;
            let place = Place { start: token_start, end: token_end };
            let blank_before = end.is_some_and(|it| it < token_start);
            end = Some(token_end);
            let text = place.text(self.text).to_owned();
            Drawn { text, blank_before, marked: (within(mark.start), within(mark.end)) }
        };
        in_window.map(draw).collect()
    }
}
