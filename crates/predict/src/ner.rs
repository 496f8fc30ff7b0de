//! A model that finds entities, at work.

use std::ops::Range;

use model::Transitions;

use crate::{
    biluo::{Action, Move, Place, State, moves},
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

impl Ner {
    pub(crate) fn new(model: &Transitions, labels: &mut Labels) -> Self {
        Self {
            head: Head::new(model),
            moves: moves(&model.moves, labels),
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
        let mut state = State::default();
        let mut tokens = vec![None; self.n_features];
        while state.next < doc.len() {
            let place = doc.place(state.next);
            let open = state.open.map(|it| it.1);
            state.look(&mut tokens);
            tokens.iter_mut().flatten().for_each(|it| *it += offset);
            let scores = self.head.score(parts, &tokens, scratch);
            let best = head::best(scores, |it| self.moves[it].is_valid(&place, open));
            let best = best.map(|it| self.moves[it]).or_else(|| unseen(&place, open));
            // spaCy ends the text there; what is open is lost.
            let Some(best) = best else { break };
            found.extend(state.make(best));
        }
        found
    }
}

/// The move that an entity asks for which an earlier component marked, under a label that the
/// model has not learned. spaCy's `_ensure_labels_are_added` adds such labels to the classes, and
/// `predict_states` scores them below all others.
fn unseen(place: &Place, open: Option<LabelId>) -> Option<Move> {
    let label = place.here.label;
    let actions = [Action::Begin, Action::In, Action::Last, Action::Unit];
    let mut moves = actions.into_iter().map(|action| Move { action, label });
    moves.find(|it| label != LabelId::NONE && it.is_valid(place, open))
}
