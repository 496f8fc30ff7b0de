//! Text into tokens exactly as spaCy makes them, and their lexical attributes.
//!
//! The algorithm is spaCy's `Tokenizer`; what differs between languages and pipelines is
//! data, [`Rules`]. [`Tokenizer`] applies it to a text, and [`lex`] gives each token the
//! numbers that spaCy's models read.
//!
//! Offsets are bytes. Python counts code points and JavaScript counts UTF-16 units;
//! whoever talks to them converts.

mod base;
mod characters;
pub mod dialect;
pub mod lex;
pub mod murmur;
mod pattern;
mod rough;
mod rules;
mod shipped;
mod special;
mod token;
mod tokenizer;

pub use base::{Base, UnknownBase};
pub use lex::{Attr, Attributes, Norms, attributes, attributes_with};
pub use rules::{Part, Rules, RulesError};
pub use token::Token;
pub use tokenizer::Tokenizer;
