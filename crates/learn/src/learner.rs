use std::future::Future;

use corpus::Span;
use model::Model;

use crate::batch::Piece;
use crate::error::LearnError;
use crate::example::Example;

/// What a model makes of a text whose spans are known.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// What it finds, in order; none overlaps another.
    pub spans: Vec<Span>,
    /// Loss, summed over the tokens.
    pub loss: f64,
}

/// Something that learns from marked texts, a batch at a time.
pub trait Learner {
    /// Learns from pieces of the examples and gives the mean loss of a token before it did.
    fn learn(
        &mut self,
        examples: &[Example],
        pieces: &[Piece],
        learning_rate: f64,
    ) -> impl Future<Output = Result<f32, LearnError>>;

    /// Judges texts whose spans are known.
    fn judge(
        &mut self,
        examples: &[Example],
    ) -> impl Future<Output = Result<Vec<Judged>, LearnError>>;

    /// What was learned, as plain weights.
    fn model(&self) -> impl Future<Output = Result<Model, LearnError>>;

    /// What beside the model the next steps follow from, as bytes of this build alone. A run that
    /// goes on from the model without it goes on a little differently.
    fn state(&self) -> impl Future<Output = Result<Vec<u8>, LearnError>>;

    /// Goes on from such a state of a learner of the same model, on whatever device. False where it is none, and nothing
    /// was changed.
    fn restore(&mut self, state: &[u8]) -> bool;
}
