//! spaCy's own architecture: a tok2vec and the transition-based `ner`, trained as spaCy trains them.
//!
//! A step goes like this: the [layers] compute the tokens' vectors and what each adds to a state:
//! spaCy's `MultiHashEmbed` behind its tables, its `MaxoutWindowEncoder`, and the first layers of its
//! `TransitionBasedParser`. The host follows the moves that the model itself prefers, asks the
//! [oracle] what each costs, and hands the gradient back. So there is one forward and one backward
//! pass for all states of a batch, and none of them is computed twice.
//!
//! A batch is one long list of rows: the tokens of all texts, with rows of zeros between them. No
//! convolution is used: neighbours are laid side by side and multiplied, which is fast everywhere.

mod adam;
#[cfg(any(test, feature = "gpu"))]
mod adam_on_device;
mod blank;
mod gold;
mod layers;
mod learner;
#[cfg(any(test, feature = "gpu"))]
mod on_device;
mod on_host;
mod oracle;
mod rehearsal;
mod states;
mod step;
mod tables;
#[cfg(test)]
mod tests;
mod weights;
mod words;

pub(crate) use gold::unlearned;
pub use learner::{SpacyNer, Start, count_tokens};
pub use rehearsal::Tutor;
