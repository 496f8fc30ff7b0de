//! Entities by one move a token: spaCy's `BiluoPushDown`.

use std::ops::Range;

use model::Moves;

pub use crate::doc::{Ent, Iob, LabelId, Labels};

/// A class of a model that finds entities: an action under a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// What is done with the next token.
    pub action: Action,
    /// The label of the entity, or none.
    pub label: LabelId,
}

/// What is done with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is the first of several in an entity.
    Begin,
    /// It is neither the first nor the last.
    In,
    /// It is the last of several.
    Last,
    /// It is an entity alone.
    Unit,
    /// It is in no entity.
    Out,
    /// One that no token takes.
    Never,
}

/// What is known of a token, before a move is made, that decides which moves may be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// What an earlier component marked at the token.
    pub here: Ent,
    /// What it marked at the token behind.
    pub next: Ent,
    /// Whether it is the last token of the text.
    pub is_last: bool,
    /// Whether it is whitespace.
    pub is_space: bool,
    /// Whether a sentence starts with the token behind.
    pub is_before_sentence: bool,
}

/// How far a text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The next token.
    pub next: usize,
    /// The first token and the label of the entity that is open.
    pub open: Option<(usize, LabelId)>,
}

/// The classes of a model, in the order of its scores.
pub fn moves(classes: &Moves, labels: &mut Labels) -> Vec<Move> {
    let moves = classes.classes().into_iter().map(|it| Move {
        action: match it.action {
            1 => Action::Begin,
            2 => Action::In,
            3 => Action::Last,
            4 => Action::Unit,
            5 => Action::Out,
            _ => Action::Never,
        },
        label: labels.add(&it.label),
    });
    moves.collect()
}

impl State {
    /// Makes a move, and gives the entity that it ends.
    pub fn make(&mut self, Move { action, label }: Move) -> Option<(Range<usize>, LabelId)> {
        let at = self.next;
        self.next += 1;
        match action {
            Action::Begin => {
                self.open = Some((at, label));
                None
            }
            Action::Last => self.open.take().map(|(start, label)| (start..at + 1, label)),
            Action::Unit => Some((at..at + 1, label)),
            Action::In | Action::Out | Action::Never => None,
        }
    }

    /// The tokens that the state looks at: spaCy's `StateC.set_context_tokens`.
    pub fn look(&self, tokens: &mut [Option<usize>]) {
        tokens.fill(None);
        tokens[0] = Some(self.next);
        let Some((start, _)) = self.open else { return };
        if tokens.len() == 3 {
            tokens[1] = Some(start);
            tokens[2] = Some(self.next - 1);
            return;
        }
        for (slot, token) in tokens[1..].iter_mut().zip(start..self.next) {
            *slot = Some(token);
        }
    }
}

impl Move {
    /// Whether it may be made where an entity of this label is open: spaCy's rules, which keep to
    /// entities that are there already and to sentences.
    pub fn is_valid(self, at: &Place, open: Option<LabelId>) -> bool {
        let Move { action, label } = self;
        let Place { here, next, .. } = *at;
        let has_label = label != LabelId::NONE;
        match action {
            Action::Begin => {
                open.is_none()
                    && !at.is_last
                    && has_label
                    && match here.iob {
                        Iob::Inside => false,
                        Iob::Begins => label == here.label && next.iob == Iob::Inside,
                        Iob::Unknown | Iob::Outside => {
                            next.iob != Iob::Begins && !at.is_before_sentence && !at.is_space
                        }
                    }
            }
            Action::In => {
                has_label
                    && !at.is_last
                    && open == Some(label)
                    && here.iob != Iob::Begins
                    && next.iob != Iob::Begins
                    && match here.iob {
                        Iob::Inside => next.iob == Iob::Inside && label == here.label,
                        _ => !at.is_before_sentence,
                    }
            }
            Action::Last if !has_label || open.is_none() => false,
            Action::Last if here.iob == Iob::Inside && next.iob != Iob::Inside => {
                label == here.label
            }
            Action::Last => open == Some(label) && next.iob != Iob::Inside,
            Action::Unit if !has_label => here.label == LabelId::NONE && here.iob == Iob::Begins,
            Action::Unit => {
                open.is_none()
                    && next.iob != Iob::Inside
                    && match here.iob {
                        Iob::Begins => label == here.label,
                        _ => !at.is_space,
                    }
            }
            Action::Out => open.is_none() && !matches!(here.iob, Iob::Begins | Iob::Inside),
            Action::Never => false,
        }
    }
}
