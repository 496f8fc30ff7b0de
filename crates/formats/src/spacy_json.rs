//! spaCy's JSON before version 3: what `spacy train` read, and pairs of a text and its entities.
//!
//! ```json
//! [{"id": 0, "paragraphs": [{"raw": "HeLa cells.", "sentences": [{"tokens": [
//!     {"orth": "HeLa", "ner": "B-CELL"}, {"orth": "cells", "ner": "L-CELL"}, {"orth": ".", "ner": "O"}
//! ]}]}]}]
//! ```
//!
//! ```json
//! [["HeLa cells.", {"entities": [[0, 10, "CELL"]]}]]
//! ```
//!
//! spaCy's converter for version 3 takes the first, its `Example` the second. Pairs may also lie
//! under `annotations` of an object with `classes`: there offsets count UTF-16 units.

mod pairs;
mod training;

pub use self::pairs::SPACY_PAIRS;
pub use self::training::SPACY_JSON;
