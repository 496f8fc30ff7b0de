use std::collections::BTreeMap;

use crate::{
    Array, Component, HashEmbed, Linear, Lower, Maxout, Moves, Pipeline, Rules, Source, Step,
    Tok2Vec, Transitions, Vectors,
};

/// The shape of a network from nothing. The default is that of
/// `spacy init config --lang en --pipeline ner --optimize efficiency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The features that have a table, as spaCy names them, and the rows of each.
    pub tables: Vec<(String, u32)>,
    /// Numbers that stand for a token.
    pub width: u32,
    /// Layers that look at a token's neighbours.
    pub depth: u32,
    /// How many neighbours on either side each of them reads.
    pub window: u32,
    /// Linear pieces of those layers, of which the largest counts.
    pub pieces: u32,
    /// Numbers that stand for a state.
    pub hidden: u32,
    /// Numbers of a word vector, where those are read.
    pub vectors: Option<u32>,
}

impl Default for Shape {
    fn default() -> Self {
        let tables = [("NORM", 5000), ("PREFIX", 1000), ("SUFFIX", 2500), ("SHAPE", 2500)];
        Self {
            tables: tables.map(|(attr, rows)| (attr.to_owned(), rows)).into(),
            width: 96,
            depth: 4,
            window: 1,
            pieces: 3,
            hidden: 64,
            vectors: None,
        }
    }
}

/// Pieces of the mixing layer: spaCy's `MultiHashEmbed`.
const MIX_PIECES: u32 = 3;

/// Pieces of a state's layer, and the tokens that a state looks at.
const STATE_PIECES: u32 = 2;
const STATE_TOKENS: u32 = 3;

/// thinc's seed of the first table; the others count on from it.
const FIRST_SEED: u32 = 8;

impl Pipeline {
    /// A pipeline that only cuts text into tokens.
    pub fn of_tokens(lang: &str, tokenizer: Rules) -> Self {
        Self {
            lang: lang.to_owned(),
            name: "pipeline".to_owned(),
            version: "0.0.0".to_owned(),
            tokenizer,
            norms: BTreeMap::new(),
            vectors: None,
            components: Vec::new(),
            files: BTreeMap::new(),
        }
    }

    /// What is left without components: tokens, norms and word vectors, with their files.
    #[must_use]
    pub fn bare(self) -> Self {
        let Self { lang, tokenizer, norms, vectors, mut files, .. } = self;
        files.retain(|path, _| path == "tokenizer" || path.starts_with("vocab/"));
        Self { norms, vectors, files, ..Self::of_tokens(&lang, tokenizer) }
    }

    /// Gives it other word vectors, which no component of it was trained with.
    pub fn set_vectors(&mut self, vectors: Vectors) {
        self.vectors = Some(vectors);
        self.files.retain(|path, _| !path.starts_with("vocab/vectors") && path != "vocab/key2row");
    }

    /// Adds a tok2vec and an `ner` that listens to it, with weights of zero and gains of one.
    pub fn push_untrained(&mut self, shape: &Shape, moves: Moves) {
        let component = |name: &str, step| Component {
            name: name.to_owned(),
            factory: name.to_owned(),
            enabled: true,
            step,
        };
        self.components.push(component("tok2vec", Step::Tok2Vec(tok2vec(shape))));
        self.components.push(component("ner", Step::Ner(transitions(shape, moves))));
    }
}

fn tok2vec(shape: &Shape) -> Tok2Vec {
    let width = shape.width;
    let embeds = shape.tables.iter().zip(FIRST_SEED..).map(|((attr, rows), seed)| HashEmbed {
        attr: attr.clone(),
        seed,
        table: Array::filled(&[*rows, width], 0.0),
    });
    let embeds: Vec<HashEmbed> = embeds.collect();
    let n_inputs = width * (2 * shape.window + 1);
    let n_columns = embeds.len() as u32 + u32::from(shape.vectors.is_some());
    Tok2Vec {
        mix: maxout(width, MIX_PIECES, width * n_columns),
        embeds,
        vectors: shape.vectors.map(|n_numbers| Array::filled(&[width, n_numbers], 0.0)),
        encode: (0..shape.depth).map(|_| maxout(width, shape.pieces, n_inputs)).collect(),
        window: shape.window,
        layers: Vec::new(),
    }
}

fn maxout(n_outputs: u32, n_pieces: u32, n_inputs: u32) -> Maxout {
    Maxout {
        weight: Array::filled(&[n_outputs, n_pieces, n_inputs], 0.0),
        bias: Array::filled(&[n_outputs, n_pieces], 0.0),
        gain: Array::filled(&[n_outputs], 1.0),
        shift: Array::filled(&[n_outputs], 0.0),
    }
}

fn linear(n_outputs: u32, n_inputs: u32) -> Linear {
    Linear {
        weight: Array::filled(&[n_outputs, n_inputs], 0.0),
        bias: Array::filled(&[n_outputs], 0.0),
    }
}

fn transitions(shape: &Shape, moves: Moves) -> Transitions {
    let hidden = shape.hidden;
    Transitions {
        source: Source::Listener("tok2vec".to_owned()),
        narrow: linear(hidden, shape.width),
        lower: Lower::untrained(STATE_TOKENS, hidden, STATE_PIECES, hidden),
        upper: Some(linear(moves.classes().len() as u32, hidden)),
        moves,
        beam_width: 1,
        layers: Vec::new(),
    }
}

impl Lower {
    /// One with weights of zero.
    pub(crate) fn untrained(n_features: u32, n_outputs: u32, n_pieces: u32, n_inputs: u32) -> Self {
        Self {
            weight: Array::filled(&[n_features, n_outputs, n_pieces, n_inputs], 0.0),
            bias: Array::filled(&[n_outputs, n_pieces], 0.0),
            pad: Array::filled(&[1, n_features, n_outputs, n_pieces], 0.0),
        }
    }
}

impl Transitions {
    /// Takes other classes, whose weights are zero; the layers below stay.
    pub fn set_moves(&mut self, moves: Moves) {
        let n_classes = moves.classes().len() as u32;
        self.moves = moves;
        if let Some(upper) = &mut self.upper {
            *upper = linear(n_classes, upper.weight.shape()[1]);
        } else if let &[n_features, _, n_pieces, n_inputs] = self.lower.weight.shape() {
            self.lower = Lower::untrained(n_features, n_classes, n_pieces, n_inputs);
        }
    }
}
