//! Entities, one transition a token: spaCy's `BiluoPushDown`.

use std::ops::Range;

use model::Transitions;

use crate::{
    doc::{Doc, Iob, LabelId, Labels},
    head::{self, Head, Parts, Scratch},
    numbers::Matrix,
};

/// A model that finds entities.
pub(crate) struct Ner {
    head: Head,
    moves: Vec<Move>,
    n_features: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    action: Action,
    label: LabelId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Begin,
    In,
    Last,
    Unit,
    Out,
    /// One that no token takes.
    Never,
}

impl Ner {
    pub(crate) fn new(model: &Transitions, labels: &mut Labels) -> Self {
        let moves = model.moves.classes().into_iter().map(|it| Move {
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
        Self {
            head: Head::new(model),
            moves: moves.collect(),
            n_features: model.lower.weight.shape()[0] as usize,
        }
    }

    /// Finds the entities of all texts. `vectors` are those of their tokens, text by text.
    pub(crate) fn apply(&self, docs: &mut [Doc<'_>], vectors: &Matrix) {
        let parts = self.head.prepare(vectors);
        let mut scratch = self.head.scratch();
        let mut offset = 0;
        for doc in docs {
            let found = self.find(doc, offset, &parts, &mut scratch);
            offset += doc.len();
            doc.set_entities(&found);
            for ent in doc.ents.iter_mut().filter(|it| it.iob == Iob::Unknown) {
                ent.iob = Iob::Outside;
            }
        }
    }

    /// The entities of one text. Its first token is the batch's token `offset`.
    fn find(
        &self,
        doc: &Doc<'_>,
        offset: usize,
        parts: &Parts,
        scratch: &mut Scratch,
    ) -> Vec<(Range<usize>, LabelId)> {
        let mut found = Vec::new();
        let mut open: Option<(usize, LabelId)> = None;
        let mut tokens = vec![None; self.n_features];
        for at in 0..doc.len() {
            look_at(at, open, offset, &mut tokens);
            let scores = self.head.score(parts, &tokens, scratch);
            let best = head::best(scores, |it| is_valid(self.moves[it], doc, at, open));
            let best = best.map(|it| self.moves[it]).or_else(|| unseen(doc, at, open));
            // spaCy ends the text there; what is open is lost.
            let Some(Move { action, label }) = best else { break };
            match action {
                Action::Begin => open = Some((at, label)),
                Action::Last => {
                    found.extend(open.take().map(|(start, label)| (start..at + 1, label)));
                }
                Action::Unit => found.push((at..at + 1, label)),
                Action::In | Action::Out | Action::Never => {}
            }
        }
        found
    }
}

/// The move that an entity asks for which an earlier component marked, under a label that the
/// model has not learned. spaCy's `_ensure_labels_are_added` adds such labels to the classes, and
/// `predict_states` scores them below all others.
fn unseen(doc: &Doc<'_>, at: usize, open: Option<(usize, LabelId)>) -> Option<Move> {
    let label = doc.ent(at).label;
    let actions = [Action::Begin, Action::In, Action::Last, Action::Unit];
    let mut moves = actions.into_iter().map(|action| Move { action, label });
    moves.find(|it| label != LabelId::NONE && is_valid(*it, doc, at, open))
}

/// The tokens that a state looks at: spaCy's `StateC.set_context_tokens`.
fn look_at(at: usize, open: Option<(usize, LabelId)>, offset: usize, tokens: &mut [Option<usize>]) {
    tokens.fill(None);
    tokens[0] = Some(offset + at);
    let Some((start, _)) = open else { return };
    if tokens.len() == 3 {
        tokens[1] = Some(offset + start);
        tokens[2] = Some(offset + at - 1);
        return;
    }
    for (slot, token) in tokens[1..].iter_mut().zip(start..at) {
        *slot = Some(offset + token);
    }
}

/// Whether a move may be made: spaCy's rules, which keep to entities that are there already and
/// to sentences.
fn is_valid(it: Move, doc: &Doc<'_>, at: usize, open: Option<(usize, LabelId)>) -> bool {
    let Move { action, label } = it;
    let (here, next) = (doc.ent(at), doc.ent(at + 1));
    let is_last = at + 1 == doc.len();
    let has_label = label != LabelId::NONE;
    match action {
        Action::Begin => {
            open.is_none()
                && !is_last
                && has_label
                && match here.iob {
                    Iob::Inside => false,
                    Iob::Begins => label == here.label && next.iob == Iob::Inside,
                    Iob::Unknown | Iob::Outside => {
                        next.iob != Iob::Begins
                            && !doc.starts_sentence(at + 1)
                            && !doc.attributes[at].is_space
                    }
                }
        }
        Action::In => {
            has_label
                && !is_last
                && open.is_some_and(|(_, open)| open == label)
                && here.iob != Iob::Begins
                && next.iob != Iob::Begins
                && match here.iob {
                    Iob::Inside => next.iob == Iob::Inside && label == here.label,
                    _ => !doc.starts_sentence(at + 1),
                }
        }
        Action::Last => match open {
            Some((_, open)) if has_label => {
                if here.iob == Iob::Inside && next.iob != Iob::Inside {
                    label == here.label
                } else {
                    open == label && next.iob != Iob::Inside
                }
            }
            _ => false,
        },
        Action::Unit if !has_label => here.label == LabelId::NONE && here.iob == Iob::Begins,
        Action::Unit => {
            open.is_none()
                && next.iob != Iob::Inside
                && match here.iob {
                    Iob::Begins => label == here.label,
                    _ => !doc.attributes[at].is_space,
                }
        }
        Action::Out => open.is_none() && !matches!(here.iob, Iob::Begins | Iob::Inside),
        Action::Never => false,
    }
}
