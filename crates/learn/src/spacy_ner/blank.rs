//! A pipeline that has learned nothing, as `spacy init config` and `nlp.initialize` make it.

use std::collections::BTreeMap;

use corpus::Label;
use model::{
    Array, Component, HashEmbed, Linear, Lower, Maxout, Moves, Pipeline, Rules, Source, Step,
    Tok2Vec, Transitions,
};

use crate::random::Random;

/// The shape of a network from nothing. The default is that of
/// `spacy init config --lang en --pipeline ner --optimize efficiency`.
#[derive(Clone, Debug, PartialEq)]
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

/// A pipeline with random weights. `labels` come with how many tokens have each, which orders the
/// classes.
pub(super) fn pipeline(
    lang: &str,
    rules: Rules,
    shape: &Shape,
    labels: &[(Label, u32)],
    seed: u64,
) -> Pipeline {
    let mut random = Random::new(seed, 0);
    let tok2vec = tok2vec(shape, &mut random);
    let ner = transitions(shape, moves(labels), &mut random);
    let component = |name: &str, step| Component {
        name: name.to_owned(),
        factory: name.to_owned(),
        enabled: true,
        step,
    };
    Pipeline {
        lang: lang.to_owned(),
        name: "pipeline".to_owned(),
        version: "0.0.0".to_owned(),
        tokenizer: rules,
        norms: BTreeMap::new(),
        vectors: None,
        components: vec![
            component("tok2vec", Step::Tok2Vec(tok2vec)),
            component("ner", Step::Ner(ner)),
        ],
        files: BTreeMap::new(),
    }
}

/// The classes: spaCy's `BiluoPushDown.get_actions`.
pub(super) fn moves(labels: &[(Label, u32)]) -> Moves {
    let each = labels.iter().map(|(label, n)| (label.to_string(), i64::from(*n)));
    let each: Vec<(String, i64)> = each.collect();
    let none = (String::new(), 1);
    let mut unit = each.clone();
    unit.push(none.clone());
    let actions = [(0, Vec::new()), (1, each.clone()), (2, each.clone()), (3, each), (4, unit)];
    Moves(actions.into_iter().chain([(5, vec![none])]).collect())
}

fn tok2vec(shape: &Shape, random: &mut Random) -> Tok2Vec {
    let width = shape.width;
    let embeds = shape.tables.iter().zip(FIRST_SEED..);
    let embeds = embeds.map(|((attr, rows), seed)| HashEmbed {
        attr: attr.clone(),
        seed,
        table: uniform(&[*rows, width], 0.1, random),
    });
    let embeds: Vec<HashEmbed> = embeds.collect();
    let mix = maxout(width, MIX_PIECES, width * embeds.len() as u32, random);
    let n_inputs = width * (2 * shape.window + 1);
    let encode = (0..shape.depth).map(|_| maxout(width, shape.pieces, n_inputs, random)).collect();
    Tok2Vec { embeds, vectors: None, mix, encode, window: shape.window, layers: Vec::new() }
}

fn maxout(n_outputs: u32, n_pieces: u32, n_inputs: u32, random: &mut Random) -> Maxout {
    Maxout {
        weight: glorot(&[n_outputs, n_pieces, n_inputs], random),
        bias: filled(&[n_outputs, n_pieces], 0.0),
        gain: filled(&[n_outputs], 1.0),
        shift: filled(&[n_outputs], 0.0),
    }
}

fn transitions(shape: &Shape, moves: Moves, random: &mut Random) -> Transitions {
    let (hidden, n_classes) = (shape.hidden, moves.classes().len() as u32);
    Transitions {
        source: Source::Listener("tok2vec".to_owned()),
        narrow: Linear {
            weight: glorot(&[hidden, shape.width], random),
            bias: filled(&[hidden], 0.0),
        },
        lower: lower(STATE_TOKENS, hidden, STATE_PIECES, hidden, random),
        upper: Some(upper(n_classes, hidden)),
        moves,
        beam_width: 1,
        layers: Vec::new(),
    }
}

/// A last layer, which is zero, so that every class is as likely.
pub(super) fn upper(n_classes: u32, n_inputs: u32) -> Linear {
    Linear { weight: filled(&[n_classes, n_inputs], 0.0), bias: filled(&[n_classes], 0.0) }
}

/// spaCy's `PrecomputableAffine`, whose initialisation draws states at random and scales the
/// weights until the outputs have variance one and mean zero.
pub(super) fn lower(
    n_features: u32,
    n_outputs: u32,
    n_pieces: u32,
    n_inputs: u32,
    random: &mut Random,
) -> Lower {
    let shape = [n_features, n_outputs, n_pieces, n_inputs];
    let spread = (n_inputs as f32 / n_features as f32).sqrt();
    let mut weight: Vec<f32> =
        (0..shape.iter().product()).map(|_| random.normal() * spread).collect();
    let pad = (0..n_features * n_outputs * n_pieces).map(|_| random.normal()).collect();
    let sizes = shape.map(|it| it as usize);
    let (scale, shift) = whitening(&state_sums(&weight, sizes, random), sizes[2]);
    for it in &mut weight {
        *it *= scale;
    }
    Lower {
        weight: array(&shape, weight),
        bias: filled(&[n_outputs, n_pieces], shift),
        pad: array(&[1, n_features, n_outputs, n_pieces], pad),
    }
}

/// Sums as thinc's initialisation draws them, `[states, outputs * pieces]`: the features of random
/// tokens fall on a fifth of the states, the others stay empty.
fn state_sums(
    weight: &[f32],
    [n_features, n_outputs, n_pieces, n_inputs]: [usize; 4],
    random: &mut Random,
) -> Vec<f32> {
    const TOKENS: usize = 500;

    let width = n_outputs * n_pieces;
    let mut sums = vec![0.0; TOKENS * width];
    for _ in 0..TOKENS {
        let token: Vec<f32> = (0..n_inputs).map(|_| random.normal()).collect();
        for feature in weight.chunks_exact(width * n_inputs).take(n_features) {
            let sum = &mut sums[random.below(TOKENS / 5) * width..][..width];
            for (sum, row) in sum.iter_mut().zip(feature.chunks_exact(n_inputs)) {
                *sum += row.iter().zip(&token).map(|(a, b)| a * b).sum::<f32>();
            }
        }
    }
    sums
}

/// What weights are multiplied with, and what is added, so that the largest of each output's pieces
/// has about variance one and mean zero.
fn whitening(sums: &[f32], n_pieces: usize) -> (f32, f32) {
    const ROUNDS: usize = 10;
    const TOLERANCE: f32 = 0.01;

    let n = (sums.len() / n_pieces) as f64;
    let (mut scale, mut shift) = (1.0_f32, 0.0_f32);
    for _ in 0..ROUNDS {
        let outputs = || {
            let pieces = sums.chunks_exact(n_pieces);
            pieces.map(|it| {
                let largest = it.iter().map(|it| it * scale + shift).fold(f32::MIN, f32::max);
                f64::from(if n_pieces == 1 { largest.max(0.0) } else { largest })
            })
        };
        let mean = outputs().sum::<f64>() / n;
        let variance = outputs().map(|it| (it - mean) * (it - mean)).sum::<f64>() / n;
        let (mean, variance) = (mean as f32, variance as f32);
        if TOLERANCE <= (variance - 1.0).abs() {
            scale /= variance.sqrt();
        } else if TOLERANCE <= mean.abs() {
            shift -= mean;
        } else {
            break;
        }
    }
    (scale, shift)
}

/// Glorot's uniform initialisation, with the two outer sides, as thinc counts them.
fn glorot(shape: &[u32], random: &mut Random) -> Array {
    uniform(shape, (6.0 / (shape[0] + shape[1]) as f32).sqrt(), random)
}

fn uniform(shape: &[u32], limit: f32, random: &mut Random) -> Array {
    let n = shape.iter().product::<u32>() as usize;
    array(shape, random.uniforms(n, limit))
}

fn filled(shape: &[u32], value: f32) -> Array {
    array(shape, vec![value; shape.iter().product::<u32>() as usize])
}

fn array(shape: &[u32], values: Vec<f32>) -> Array {
    let shape: Vec<usize> = shape.iter().map(|it| *it as usize).collect();
    Array::new(&shape, values).expect("as many as the shape holds")
}
