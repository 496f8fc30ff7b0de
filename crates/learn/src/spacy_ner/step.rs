//! One step of training.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData, Transaction};
use predict::biluo::{Move, State};

use super::encoder::{Dropout, Input};
use super::learner::SpacyNer;
use super::states::{Loss, Parts};
use super::weights::{floats, matrix};
use super::words::Words;
use super::{gold, oracle};
use crate::Example;
use crate::batch::Piece;
use crate::error::LearnError;

/// What a step silences of the layer of states, whatever else it silences: spaCy's `step_forward`.
const STATE_DROPOUT: f32 = 0.1;

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

/// Gradients of the layers on the device, for the optimiser.
pub(super) struct Slopes {
    pub(super) encoder: Option<GradientsParams>,
    pub(super) narrow: GradientsParams,
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
    ) -> Result<Option<(Stepped, Slopes)>, LearnError> {
        let golds = self.golds(examples, pieces);
        let segments = self.segments(examples, pieces, &golds);
        if segments.is_empty() {
            return Ok(None);
        }
        let words = self.lay_out(pieces, |at| &examples[at].text);
        let on = self.device.clone().autodiff();
        let columns = self.silenced_columns(silence);
        let mut input = words.look_up(&self.tables, self.width);
        scale_rows(&mut input, &columns);
        let input = matrix(input, words.n_distinct, &on).require_grad();
        let encoded = if self.is_frozen {
            self.encode_frozen(&words)
        } else {
            let dropout = self.dropout(&words, silence, &on);
            self.encoder.forward(self.input(&words, input.clone(), dropout, &on))
        };
        // Two passes back, so that the gradient between them is known.
        let tokens = Tensor::<2>::from_inner(encoded.clone().inner()).require_grad();
        let parts = self.narrow.forward(tokens.clone());
        let read = parts.clone().inner().into_data_async().await.map_err(LearnError::device)?;
        let read = floats(read)?;
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
        let gradient = matrix(gradient, words.tokens.len(), &on);
        let mut slopes = (parts * gradient).sum().backward();
        let of_tokens = tokens.grad_remove(&mut slopes).expect("the tokens are a leaf");
        let narrow = GradientsParams::from_grads(slopes, &self.narrow);
        if self.is_frozen {
            return Ok(Some((stepped, Slopes { encoder: None, narrow })));
        }
        let squares = of_tokens.clone().square().sum();
        let mut slopes = (encoded * Tensor::from_inner(of_tokens)).sum().backward();
        let of_input = input.grad_remove(&mut slopes).expect("the input is a leaf");
        let encoder = GradientsParams::from_grads(slopes, &self.encoder);
        let reading = Transaction::default().register(squares).register(of_input);
        let read = reading.execute_async().await.map_err(LearnError::device)?;
        let mut read = read.into_iter().map(floats);
        let mut next = || read.next().expect("as many as were registered");
        stepped.tok2vec = f64::from(next()?[0]);
        let mut of_input = next()?;
        scale_rows(&mut of_input, &columns);
        let n_tables = self.tables.len();
        let picked = words.picked.iter().zip(of_input.chunks_exact(self.width));
        for (at, (rows, gradient)) in picked.enumerate() {
            self.tables[at % n_tables].add_gradient(*rows, gradient);
        }
        Ok(Some((stepped, Slopes { encoder: Some(encoder), narrow })))
    }

    /// Moves all weights against their gradients.
    pub(super) fn update(&mut self, slopes: Slopes, learning_rate: f64) {
        let narrow = self.narrow.clone();
        self.narrow = self.narrow_optimizer.step(learning_rate, narrow, slopes.narrow);
        self.states.update(learning_rate);
        if let Some(slopes) = slopes.encoder {
            let encoder = self.encoder.clone();
            self.encoder = self.encoder_optimizer.step(learning_rate, encoder, slopes);
            self.tables.iter_mut().for_each(|it| it.update(learning_rate));
        }
    }

    /// The right moves of each piece's text.
    fn golds(&self, examples: &[Example], pieces: &[Piece]) -> Vec<Vec<Option<Move>>> {
        let of = |piece: &Piece| {
            let example = &examples[piece.text as usize];
            gold::moves(&example.text, &example.gold, |it| self.label(it))
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

    /// The vectors of the tokens of a batch, out of layers that do not learn.
    fn encode_frozen(&self, words: &Words) -> Tensor<2> {
        let input = matrix(words.look_up(&self.tables, self.width), words.n_distinct, &self.device);
        let encoder = self.encoder.valid();
        Tensor::from_inner(encoder.forward(self.input(words, input, None, &self.device)))
    }

    /// What the encoder reads.
    pub(super) fn input(
        &self,
        words: &Words,
        input: Tensor<2>,
        dropout: Option<Dropout>,
        device: &Device,
    ) -> Input {
        // There are never as many rows as would wrap around.
        let ints = |values: &[u32]| {
            let values: Vec<i32> = values.iter().map(|it| it.cast_signed()).collect();
            let n = values.len();
            Tensor::<1, Int>::from_data(TensorData::new(values, [n]), device)
        };
        let has_vectors = !words.vectors.is_empty();
        Input {
            words: input,
            vectors: has_vectors.then(|| matrix(words.vectors.clone(), words.n_distinct, device)),
            rows: ints(&words.rows),
            tokens: ints(&words.tokens),
            window: self.window,
            dropout,
        }
    }

    /// Factors for what the tables say of every word: thinc's `HashEmbed` draws one mask for all.
    fn silenced_columns(&mut self, silence: Option<f32>) -> Vec<f32> {
        let n = self.tables.len() * self.width;
        let share = silence.filter(|_| !self.is_frozen);
        share.map_or_else(|| vec![1.0; n], |share| self.random.dropout(n, share))
    }

    fn dropout(&mut self, words: &Words, silence: Option<f32>, device: &Device) -> Option<Dropout> {
        let share = silence?;
        let (n, width) = (words.rows.len(), self.width);
        let vectors = (!words.vectors.is_empty())
            .then(|| matrix(self.random.dropout(width, share), 1, device));
        let layers = (0..=self.encoder.layers.len()).map(|_| {
            // None is drawn for rows that only fill up: their number depends on the device.
            let mut factors = self.random.dropout(words.n_rows * width, share);
            factors.resize(n * width, 1.0);
            matrix(factors, n, device)
        });
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
