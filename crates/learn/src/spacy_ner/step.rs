//! One step of training.

use predict::biluo::{Move, State};

use super::layers::{Back, Dropout, Input};
use super::learner::SpacyNer;
use super::states::{Loss, Parts};
use super::words::Words;
use super::{gold, oracle};
use crate::Example;
use crate::batch::Piece;
use crate::error::LearnError;

/// What a step silences of the layer of states, whatever else it silences: spaCy's `step_forward`.
pub(super) const STATE_DROPOUT: f32 = 0.1;

/// The moves that are made at a time, about: spaCy's `update_with_oracle_cut_size`.
const CUT: usize = 100;

/// A stretch of a text that is read in one go, from a state that the right moves lead to.
struct Segment {
    /// Which of the batch's pieces it belongs to.
    piece: usize,
    start: State,
    n_moves: usize,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stepped {
    /// The sum over all states.
    pub(super) ner: Loss,
    /// The sum of the squared gradients of the tokens' vectors, which is what spaCy shows.
    pub(super) tok2vec: f64,
    pub(super) n_states: usize,
}

impl SpacyNer {
    /// Adds the gradients of a batch up. None where nobody knows anything of its texts.
    ///
    /// `silence` is the share of activations that are silenced, beside what spaCy always silences
    /// of the layer of states; none silences nothing at all, so that a step can be compared.
    pub(super) async fn descend(
        &mut self,
        examples: &[Example],
        pieces: &[Piece],
        silence: Option<f32>,
    ) -> Result<Option<Stepped>, LearnError> {
        let golds = self.golds(examples, pieces);
        let segments = self.segments(examples, pieces, &golds);
        if segments.is_empty() {
            return Ok(None);
        }
        let mut words = self.lay_out(pieces, |at| &examples[at].text);
        let columns = self.silenced_columns(silence);
        let dropout = self.dropout(&words, silence);
        let mut input = self.input(&mut words, dropout);
        scale_rows(&mut input.words, &columns);
        let read = self.layers.forward(input).await?;
        let mut gradient = vec![0.0; read.len()];
        let mut stepped = Stepped { n_states: 0, ..Stepped::default() };
        let offsets = offsets(pieces);
        for segment in &segments {
            let piece = &pieces[segment.piece];
            let parts = Parts { values: &read, offset: offsets[segment.piece] };
            let example = &examples[piece.text as usize];
            let gold = &golds[segment.piece];
            stepped.ner += self.follow(segment, example, gold, &parts, silence, &mut gradient);
            stepped.n_states += segment.n_moves;
        }
        if !stepped.ner.log.is_finite() {
            return Err(LearnError::Diverged);
        }
        let Some(Back { squares, words: mut of_words }) = self.layers.backward(gradient).await?
        else {
            return Ok(Some(stepped));
        };
        stepped.tok2vec = squares;
        scale_rows(&mut of_words, &columns);
        self.add_to_tables(&words, &of_words);
        Ok(Some(stepped))
    }

    /// Adds the gradient of what the tables say of each word to those of their rows.
    pub(super) fn add_to_tables(&mut self, words: &Words, of_words: &[f32]) {
        let n_tables = self.tables.len();
        let picked = words.picked.iter().zip(of_words.chunks_exact(self.width));
        for (at, (rows, gradient)) in picked.enumerate() {
            self.tables[at % n_tables].add_gradient(*rows, gradient);
        }
    }

    /// Moves all weights against their gradients.
    pub(super) fn update(&mut self, learning_rate: f64) {
        self.layers.update(learning_rate);
        self.states.update(learning_rate);
        if !self.is_frozen {
            self.tables.iter_mut().for_each(|it| it.update(learning_rate));
        }
    }

    /// The right moves of each piece's text.
    fn golds(&self, examples: &[Example], pieces: &[Piece]) -> Vec<Vec<Option<Move>>> {
        let of = |piece: &Piece| {
            let example = &examples[piece.text as usize];
            gold::moves(example, |it| self.label(it))
        };
        pieces.iter().map(of).collect()
    }

    /// Cuts pieces into segments: spaCy's `_init_gold_batch`.
    fn segments(
        &mut self,
        examples: &[Example],
        pieces: &[Piece],
        golds: &[Vec<Option<Move>>],
    ) -> Vec<Segment> {
        let most = CUT / 2 + self.random.below(CUT * 2 - CUT / 2);
        let mut segments = Vec::new();
        for (piece, gold) in golds.iter().enumerate() {
            let Piece { text, start, end } = pieces[piece];
            let (first, end) = (start as usize, end as usize);
            let text = &examples[text as usize].text;
            let mut state = State::default();
            let advance = |state: &mut State| {
                let place = gold::place(text, state.next);
                let class = oracle::best(&self.moves, &place, state, gold);
                let open = state.open.map(|it| it.1);
                // What cannot be made is unknown, so some valid move is always right.
                let class =
                    class.or_else(|| self.moves.iter().position(|it| it.is_valid(&place, open)));
                state.make(self.moves[class.expect("some move is always valid")]);
            };
            // An entity that is open at the start began where the piece has no rows.
            while state.next < first || state.next < end && state.open.is_some() && first != 0 {
                advance(&mut state);
            }
            while state.next < end {
                let (at, start) = (state.next, state);
                let is_whole = text.len() < most;
                let behind = if is_whole { end } else { end.min(at + most) };
                if gold[at..behind].iter().any(Option::is_some) {
                    // Where a text is cut, spaCy makes one move more.
                    let n_moves = (behind + 1).min(end) - at;
                    segments.push(Segment { piece, start, n_moves });
                }
                while state.next < behind {
                    advance(&mut state);
                }
            }
        }
        segments
    }

    /// Follows the moves that the model prefers, and adds up what they cost.
    fn follow(
        &mut self,
        segment: &Segment,
        example: &Example,
        gold: &oracle::Gold,
        parts: &Parts<'_>,
        silence: Option<f32>,
        gradient: &mut [f32],
    ) -> Loss {
        let mut loss = Loss::default();
        let mut state = segment.start;
        let mut tokens = vec![None; self.states.n_features];
        for _ in 0..segment.n_moves {
            let place = gold::place(&example.text, state.next);
            let is_masked = silence.is_some() && self.states.is_masked();
            let mask = is_masked.then(|| self.random.dropout(self.states.n_hidden, STATE_DROPOUT));
            state.look(&mut tokens);
            self.states.score(parts, &tokens, mask.as_deref());
            loss += self.states.judge(&self.moves, &place, &state, gold);
            self.states.descend(parts, &tokens, mask.as_deref(), gradient);
            let Some(best) = self.states.best(&self.moves, &place, &state) else { break };
            state.make(self.moves[best]);
        }
        loss
    }

    /// What the layers read. It is taken out of the words, as far as nothing else reads it.
    pub(super) fn input(&self, words: &mut Words, dropout: Option<Dropout>) -> Input {
        Input {
            words: words.look_up(&self.tables, self.width),
            vectors: std::mem::take(&mut words.vectors),
            n_words: words.n_distinct,
            rows: std::mem::take(&mut words.rows),
            tokens: std::mem::take(&mut words.tokens),
            dropout,
        }
    }

    /// Factors for what the tables say of every word: thinc's `HashEmbed` draws one mask for all.
    fn silenced_columns(&mut self, silence: Option<f32>) -> Vec<f32> {
        let n = self.tables.len() * self.width;
        let share = silence.filter(|_| !self.is_frozen);
        share.map_or_else(|| vec![1.0; n], |share| self.random.dropout(n, share))
    }

    fn dropout(&mut self, words: &Words, silence: Option<f32>) -> Option<Dropout> {
        let share = silence.filter(|_| !self.is_frozen)?;
        // None is drawn for rows that only fill up: their number depends on the device.
        let (n_rows, width) = (words.n_rows, self.width);
        let vectors = match words.vectors.is_empty() {
            true => Vec::new(),
            false => self.random.dropout(width, share),
        };
        let layers = (0..=self.depth).map(|_| self.random.dropout(n_rows * width, share));
        Some(Dropout { vectors, layers: layers.collect() })
    }
}

/// Where each piece's text begins among the tokens of the batch, were it there in full: below zero,
/// which wraps around, where it begins before its piece.
pub(super) fn offsets(pieces: &[Piece]) -> Vec<usize> {
    let mut n = 0_usize;
    let offset = |it: &Piece| {
        let offset = n.wrapping_sub(it.start as usize);
        n += (it.end - it.start) as usize;
        offset
    };
    pieces.iter().map(offset).collect()
}

/// Multiplies each row with the factors.
fn scale_rows(values: &mut [f32], factors: &[f32]) {
    for row in values.chunks_exact_mut(factors.len()) {
        row.iter_mut().zip(factors).for_each(|(it, factor)| *it *= factor);
    }
}
