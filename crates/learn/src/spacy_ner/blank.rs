//! Weights of a pipeline that has learned nothing, as `nlp.initialize` draws them.

use corpus::Label;
use model::{Array, Linear, Lower, Maxout, Moves, Pipeline, Shape, Tok2Vec, Transitions};
use random::Random;

/// Adds a network with random weights to a pipeline that has none. `labels` come with how many
/// tokens have each, which orders the classes.
pub(super) fn push(pipeline: &mut Pipeline, shape: &Shape, labels: &[(Label, u32)], seed: u64) {
    let mut random = Random::new(seed, 0);
    pipeline.push_untrained(shape, moves(labels));
    if let Some(it) = pipeline.trained_tok2vec_mut() {
        draw_tok2vec(it, &mut random);
    }
    if let Some(it) = pipeline.trained_ner_mut() {
        draw_ner(it, &mut random);
    }
}

/// The classes: spaCy's `BiluoPushDown.get_actions`.
fn moves(labels: &[(Label, u32)]) -> Moves {
    let each = labels.iter().map(|(label, n)| (label.to_string(), i64::from(*n)));
    let each: Vec<(String, i64)> = each.collect();
    let none = (String::new(), 1);
    let mut unit = each.clone();
    unit.push(none.clone());
    let actions = [(0, Vec::new()), (1, each.clone()), (2, each.clone()), (3, each), (4, unit)];
    Moves(actions.into_iter().chain([(5, vec![none])]).collect())
}

/// Gives a model other labels, and what scores its classes new weights.
pub(super) fn replace_labels(
    model: &mut Transitions,
    labels: &[(Label, u32)],
    random: &mut Random,
) {
    model.set_moves(moves(labels));
    // A last layer is zero, so that every class is as likely.
    if model.upper.is_none() {
        draw_lower(&mut model.lower, random);
    }
}

fn draw_tok2vec(model: &mut Tok2Vec, random: &mut Random) {
    for it in &mut model.embeds {
        draw(&mut it.table, 0.1, random);
    }
    if let Some(it) = &mut model.vectors {
        draw_glorot(it, random);
    }
    let Maxout { weight, .. } = &mut model.mix;
    draw_glorot(weight, random);
    for it in &mut model.encode {
        draw_glorot(&mut it.weight, random);
    }
}

fn draw_ner(model: &mut Transitions, random: &mut Random) {
    let Linear { weight, .. } = &mut model.narrow;
    draw_glorot(weight, random);
    draw_lower(&mut model.lower, random);
}

/// Draws spaCy's `PrecomputableAffine`, whose initialisation makes states at random and scales the
/// weights until the outputs have variance one and mean zero.
fn draw_lower(lower: &mut Lower, random: &mut Random) {
    let Ok(sizes): Result<[u32; 4], _> = lower.weight.shape().try_into() else { return };
    let sizes = sizes.map(|it| it as usize);
    let spread = (sizes[3] as f32 / sizes[0] as f32).sqrt();
    lower.weight.values_mut().fill_with(|| random.normal() * spread);
    lower.pad.values_mut().fill_with(|| random.normal());
    let (scale, shift) = whitening(&state_sums(lower.weight.values(), sizes, random), sizes[2]);
    lower.weight.values_mut().iter_mut().for_each(|it| *it *= scale);
    lower.bias.values_mut().fill(shift);
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
fn draw_glorot(array: &mut Array, random: &mut Random) {
    let limit = (6.0 / (array.shape()[0] + array.shape()[1]) as f32).sqrt();
    draw(array, limit, random);
}

fn draw(array: &mut Array, limit: f32, random: &mut Random) {
    let n = array.values().len();
    array.values_mut().copy_from_slice(&random.uniforms(n, limit));
}
