//! Tokens and pipelines in a browser's worker, to be measured there.
//!
//! `cargo xtask bench spacy` compiles this as the file worker is compiled; `tests/bench/spacy.mjs`
//! runs it.

use std::io::Cursor;

use predict::Predictor;
use spacy::pipeline::{Archive, open};
use tokenizer::Tokenizer;
use wasm_bindgen::prelude::*;

/// A built-in base.
#[wasm_bindgen]
pub struct Tokens(Tokenizer);

#[wasm_bindgen]
impl Tokens {
    /// The base of this name, with nothing compiled yet.
    #[wasm_bindgen(constructor)]
    pub fn new(base: &str) -> Result<Tokens, JsError> {
        Ok(Tokens(Tokenizer::new(base.parse()?)))
    }

    /// How many tokens a text has.
    pub fn count(&self, text: &str) -> usize {
        self.0.tokenize(text).len()
    }
}

/// A pipeline that is ready to find entities.
#[wasm_bindgen]
pub struct Entities(Predictor);

#[wasm_bindgen]
impl Entities {
    /// Opens a packed pipeline.
    #[wasm_bindgen(constructor)]
    pub fn new(archive: Vec<u8>) -> Result<Entities, JsError> {
        let pipeline = open(&mut Archive(Cursor::new(archive)), &mut |_| ())?;
        Ok(Entities(Predictor::new(pipeline)?))
    }

    /// How many words these texts have, once their entities are found.
    #[expect(clippy::needless_pass_by_value, reason = "that is how JavaScript hands them over")]
    pub fn find(&self, texts: Vec<String>) -> Result<usize, JsError> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let parsed = self.0.predict(&texts)?;
        Ok(parsed.iter().map(|it| it.tokens.len()).sum())
    }
}

fn main() {}
