//! Rehearsal: beside each batch, the scores in other texts are pulled towards those of the pipeline
//! as it came, so that training makes it forget less. It is spaCy's `nlp.rehearse`, which calls
//! `TransitionParser.rehearse`, with two differences: classes that the pipeline came without are
//! pulled nowhere, where spaCy's tutor gives them zeros; and a text is read in pieces where it is
//! long.

use burn::tensor::Device;
use model::{Pipeline, Tok2Vec, Transitions};
use predict::biluo::{Labels, Move, State, moves};

use super::layers::{Input, Layers};
use super::learner::SpacyNer;
use super::states::{Parts, States};
use super::step::{STATE_DROPOUT, offsets};
use super::tables::Table;
use super::{gold, weights};
use crate::Text;
use crate::batch::{Piece, pieces};
use crate::error::LearnError;

/// A pipeline as it came, and texts in which what learns is held to it.
#[derive(Clone, Debug)]
pub struct Tutor {
    tok2vec: Tok2Vec,
    ner: Transitions,
    texts: Vec<Text>,
}

impl Tutor {
    /// None for a pipeline without `ner`, which has nothing to forget. The texts need no marks.
    pub fn new(pipeline: &Pipeline, texts: Vec<Text>) -> Option<Self> {
        let (tok2vec, ner) = (pipeline.trained_tok2vec()?, pipeline.trained_ner()?);
        Some(Self { tok2vec: tok2vec.clone(), ner: ner.clone(), texts })
    }
}

/// A tutor that is ready to score. Words and word vectors are laid out by who learns, whose
/// network has the same shape.
pub(super) struct Rehearsal {
    tables: Vec<Table>,
    layers: Layers,
    states: States,
    /// The tutor's class of each class of who learns.
    classes: Vec<Option<usize>>,
    texts: Vec<Text>,
    pieces: Vec<Piece>,
}

/// What a rehearsal came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rehearsed {
    /// The sum of the squared slopes of all scores.
    pub(super) squares: f64,
    /// How many scores there were.
    pub(super) n_scores: usize,
}

impl Rehearsal {
    pub(super) fn new(
        tutor: Tutor,
        learned: (&[Move], &Labels),
        piece_tokens: usize,
        device: &Device,
    ) -> Self {
        let Tutor { tok2vec, ner, texts } = tutor;
        let mut labels = Labels::default();
        let known = moves(&ner.moves, &mut labels);
        let name = |it: &Move, labels: &Labels| (it.action, labels.get(it.label).to_owned());
        let known: Vec<_> = known.iter().map(|it| name(it, &labels)).collect();
        let class = |it: &Move| known.iter().position(|known| *known == name(it, learned.1));
        Self {
            tables: weights::tables(&tok2vec),
            layers: Layers::load(&tok2vec, &ner, device),
            states: States::new(&ner),
            classes: learned.0.iter().map(class).collect(),
            pieces: pieces(texts.iter(), piece_tokens),
            texts,
        }
    }
}

impl SpacyNer {
    /// Pulls the scores in about so many words towards those of the tutor, in a step of its own.
    /// Nothing is done where there is none, or where it has no texts.
    pub(super) async fn rehearse(
        &mut self,
        n_words: usize,
        learning_rate: f64,
    ) -> Result<(), LearnError> {
        // It is put back whatever comes of it.
        let Some(mut tutor) = self.rehearsal.take() else { return Ok(()) };
        let mut drawn = Vec::new();
        let mut n_drawn = 0;
        while n_drawn < n_words && !tutor.pieces.is_empty() {
            let piece = tutor.pieces[self.random.below(tutor.pieces.len())];
            n_drawn += (piece.end - piece.start) as usize;
            drawn.push(piece);
        }
        let pulled = match drawn.is_empty() {
            true => Ok(()),
            false => self.pull(&mut tutor, &drawn, true).await.map(|_| self.update(learning_rate)),
        };
        self.rehearsal = Some(tutor);
        pulled
    }

    /// Adds the gradients of a rehearsal up. Where it does not silence what spaCy always silences of
    /// the layer of states, it can be compared.
    pub(super) async fn pull(
        &mut self,
        tutor: &mut Rehearsal,
        drawn: &[Piece],
        silences: bool,
    ) -> Result<Rehearsed, LearnError> {
        let mut words = self.lay_out(drawn, |at| &tutor.texts[at]);
        let input = self.input(&mut words, None);
        let theirs = Input {
            words: words.look_up(&tutor.tables, self.width),
            vectors: input.vectors.clone(),
            n_words: input.n_words,
            rows: input.rows.clone(),
            tokens: input.tokens.clone(),
            dropout: None,
        };
        let wanted = tutor.layers.read(theirs).await?;
        let read = self.layers.forward(input).await?;
        let mut gradient = vec![0.0; read.len()];
        let mut rehearsed = Rehearsed::default();
        // How many texts are still read in each step. All are read at once, one move a step.
        let longest = drawn.iter().map(|it| it.end - it.start).max().unwrap_or_default();
        let n_read: Vec<usize> = (0..longest)
            .map(|step| drawn.iter().filter(|it| step < it.end - it.start).count())
            .collect();
        for (piece, offset) in drawn.iter().zip(offsets(drawn)) {
            let parts = Parts { values: &read, offset };
            let wanted = Parts { values: &wanted, offset };
            let both = (&parts, &wanted);
            rehearsed += self.hold(tutor, piece, both, &n_read, silences, &mut gradient);
        }
        if !rehearsed.squares.is_finite() {
            return Err(LearnError::Diverged);
        }
        if let Some(back) = self.layers.backward(gradient).await? {
            self.add_to_tables(&words, &back.words);
        }
        Ok(rehearsed)
    }

    /// Follows the moves that the model prefers in a piece, and pulls what they score.
    fn hold(
        &mut self,
        tutor: &mut Rehearsal,
        piece: &Piece,
        (parts, wanted): (&Parts<'_>, &Parts<'_>),
        n_read: &[usize],
        silences: bool,
        gradient: &mut [f32],
    ) -> Rehearsed {
        let text = &tutor.texts[piece.text as usize];
        let mut rehearsed = Rehearsed::default();
        let mut state = State { next: piece.start as usize, ..State::default() };
        let mut tokens = vec![None; self.states.n_features];
        for n_read in &n_read[..(piece.end - piece.start) as usize] {
            let is_masked = silences && self.states.is_masked();
            let mut mask =
                || is_masked.then(|| self.random.dropout(self.states.n_hidden, STATE_DROPOUT));
            let (of_tutor, mask) = (mask(), mask());
            state.look(&mut tokens);
            let wanted = tutor.states.score(wanted, &tokens, of_tutor.as_deref());
            self.states.score(parts, &tokens, mask.as_deref());
            rehearsed.squares += self.states.pull(wanted, &tutor.classes, *n_read);
            rehearsed.n_scores += self.moves.len();
            self.states.descend(parts, &tokens, mask.as_deref(), gradient);
            let place = gold::place(text, state.next);
            let Some(best) = self.states.best(&self.moves, &place, &state) else { break };
            state.make(self.moves[best]);
        }
        rehearsed
    }
}

impl std::ops::AddAssign for Rehearsed {
    fn add_assign(&mut self, other: Self) {
        self.squares += other.squares;
        self.n_scores += other.n_scores;
    }
}

#[cfg(test)]
mod tests;
