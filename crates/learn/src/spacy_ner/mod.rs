//! spaCy's own architecture: a tok2vec and the transition-based `ner`, trained as spaCy trains them.
//!
//! A step goes like this: the device computes the tokens' vectors and what each adds to a state.
//! The host follows the moves that the model itself prefers, asks the [oracle] what each costs, and
//! hands the gradient back. So there is one forward and one backward pass for all states of a
//! batch, and none of them is computed twice.

mod adam;
mod blank;
mod encoder;
mod gold;
mod learner;
mod oracle;
mod states;
mod step;
mod tables;
#[cfg(test)]
mod tests;
mod weights;
mod words;

pub(crate) use gold::unlearned;
pub use learner::{SpacyNer, Start, count_tokens};
