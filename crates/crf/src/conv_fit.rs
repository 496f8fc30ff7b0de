//! How the convolutional member learns.

use crate::adam::Adam;
use crate::conv::{Conv, Dropout, Flow, HIDDEN, INPUT, WINDOW, outputs, plain, windows};
use crate::lattice::{Lattice, Potentials, Target};
use crate::lexicon::Lexicon;
use crate::matmul::{Rows, multiply, multiply_transposed, turn};
use crate::sentence::Sentence;
use crate::tables::{LEARNED, TABLES, Tables};
use crate::tags::Tags;
use crate::words::Words;
use random::Random;

/// Step size of the layers at the start; it falls in a line to a fiftieth.
const RATE: f32 = 0.003;

/// How much the layers' weights shrink, in step sizes.
const DECAY: f32 = 0.001;

/// The share of inputs and of numbers inside that are silenced.
const DROPOUT: f32 = 0.3;

/// Gradients of the layers, in the order of [`Conv`]'s fields.
struct Gradients {
    first: Vec<f32>,
    second: Vec<f32>,
    last: Vec<f32>,
    transitions: Vec<f32>,
}

/// A convolutional CRF while it learns.
pub(crate) struct ConvFit {
    pub(crate) conv: Conv,
    squares: Tables,
    gradients: Gradients,
    adams: [Adam; 4],
    random: Random,
    flow: Flow,
    lattice: Lattice,
    /// Gradients of scores, of the numbers inside, and of inputs.
    errors: Vec<f32>,
    sum: Vec<f32>,
    second: Vec<f32>,
    first: Vec<f32>,
    input: Vec<f32>,
}

impl ConvFit {
    pub(crate) fn new(tags: Tags, mut random: Random) -> Self {
        let conv = Conv::new(tags, &mut random);
        let zeros = |it: &[f32]| vec![0.0; it.len()];
        let gradients = Gradients {
            first: zeros(&conv.first),
            second: zeros(&conv.second),
            last: zeros(&conv.last),
            transitions: zeros(&conv.transitions),
        };
        let adams = [
            Adam::new(conv.first.len(), DECAY),
            Adam::new(conv.second.len(), DECAY),
            Adam::new(conv.last.len(), DECAY),
            Adam::new(conv.transitions.len(), 0.0),
        ];
        let squares = Tables(TABLES.map(|it| vec![0.0; it.rows * it.width]));
        Self {
            conv,
            squares,
            gradients,
            adams,
            random,
            flow: Flow::default(),
            lattice: Lattice::default(),
            errors: Vec::new(),
            sum: Vec::new(),
            second: Vec::new(),
            first: Vec::new(),
            input: Vec::new(),
        }
    }

    /// One step over a few sentences. `pace` is the share of the step size, 0 to 1.
    pub(crate) fn learn(
        &mut self,
        lexicon: &Lexicon,
        words: &Words,
        sentences: &[&Sentence],
        targets: &[&Target],
        pace: f32,
    ) {
        let dropout = Dropout { random: &mut self.random, share: DROPOUT };
        self.flow.run(&self.conv, sentences, lexicon, words, Some(dropout));
        self.judge(sentences, targets);
        self.backward(DROPOUT);
        let mut token = 0;
        for (sentence, start) in sentences.iter().zip(&self.flow.starts) {
            for at in 0..sentence.len() {
                let gradient = &self.input[(start + at + 1) * LEARNED..][..LEARNED];
                let (found, factors) = (&self.flow.found[token], &self.flow.factors[token]);
                self.conv.tables.learn(&mut self.squares, found, factors, gradient, pace);
                token += 1;
            }
        }
        let (conv, gradients) = (&mut self.conv, &mut self.gradients);
        let layers = [
            (&mut conv.first, &mut gradients.first),
            (&mut conv.second, &mut gradients.second),
            (&mut conv.last, &mut gradients.last),
            (&mut conv.transitions, &mut gradients.transitions),
        ];
        for ((weights, gradient), adam) in layers.into_iter().zip(&mut self.adams) {
            adam.step(RATE * pace, weights, gradient);
        }
    }

    /// What was learned.
    pub(crate) fn finish(mut self) -> Conv {
        self.conv.tables.forget_start(&self.squares);
        self.conv
    }

    /// Writes the gradients of the scores.
    fn judge(&mut self, sentences: &[&Sentence], targets: &[&Target]) {
        let tags = self.conv.tags;
        let outputs = outputs(tags);
        let potentials = Potentials::new(tags, &self.conv.transitions);
        let mut scores = Vec::new();
        self.errors.clear();
        self.errors.resize(self.flow.n_rows * outputs, 0.0);
        for (at, (sentence, target)) in sentences.iter().zip(targets).enumerate() {
            self.flow.scores_of(at, sentence.len(), tags, &mut scores);
            let steps = &mut self.gradients.transitions;
            self.lattice.gradient(&potentials, target, &mut scores, steps);
            let errors = self.errors[self.flow.starts[at] * outputs..].chunks_exact_mut(outputs);
            for (errors, scores) in errors.zip(scores.chunks_exact(tags.width)) {
                errors[..tags.width].copy_from_slice(scores);
            }
        }
    }

    /// Brings the gradients of the scores back to the layers and the inputs.
    fn backward(&mut self, share: f32) {
        let n = self.flow.n_rows;
        let keep = 1.0 / (1.0 - share);
        let outputs = outputs(self.conv.tags);
        let errors = plain(&self.errors, outputs);
        gradient(n, plain(&self.flow.sum, HIDDEN), errors, &mut self.gradients.last);
        let back = turn(&self.conv.last[..HIDDEN * outputs], HIDDEN, 0..HIDDEN);
        clear(&mut self.sum, n * HIDDEN);
        multiply(n, errors, &back, &mut self.sum, HIDDEN);

        // Where a number got through, it was multiplied by `keep`.
        let through = |(error, value): (&f32, &f32)| if *value == 0.0 { 0.0 } else { keep * error };
        self.second.clear();
        self.second.extend(self.sum.iter().zip(&self.flow.second).map(through));
        let errors = plain(&self.second, HIDDEN);
        gradient(n, windows(&self.flow.first, HIDDEN), errors, &mut self.gradients.second);
        clear(&mut self.first, (n + 2) * HIDDEN);
        self.first[HIDDEN..][..n * HIDDEN].copy_from_slice(&self.sum);
        return_windows(n, errors, &self.conv.second, HIDDEN, HIDDEN, &mut self.first);

        let first = self.first[HIDDEN..].iter().zip(&self.flow.first[HIDDEN..]);
        self.second.clear();
        self.second.extend(first.take(n * HIDDEN).map(through));
        let errors = plain(&self.second, HIDDEN);
        gradient(n, windows(&self.flow.input, INPUT), errors, &mut self.gradients.first);
        clear(&mut self.input, (n + 2) * LEARNED);
        return_windows(n, errors, &self.conv.first, INPUT, LEARNED, &mut self.input);
    }
}

fn clear(values: &mut Vec<f32>, n: usize) {
    values.clear();
    values.resize(n, 0.0);
}

/// Adds the gradient of a layer's weights and biases.
fn gradient(n: usize, rows: Rows<'_>, errors: Rows<'_>, gradient: &mut [f32]) {
    let (weights, biases) = gradient.split_at_mut(rows.width * errors.width);
    multiply_transposed(n, rows, errors, weights);
    for errors in errors.data.chunks_exact(errors.width).take(n) {
        biases.iter_mut().zip(errors).for_each(|(it, error)| *it += error);
    }
}

/// Adds the errors of a convolution to the first `wanted` of the `width` numbers of the tokens
/// that it saw.
fn return_windows(
    n: usize,
    errors: Rows<'_>,
    layer: &[f32],
    width: usize,
    wanted: usize,
    inputs: &mut [f32],
) {
    let weights = &layer[..WINDOW * width * HIDDEN];
    for place in 0..WINDOW {
        let back = turn(weights, WINDOW * width, place * width..place * width + wanted);
        multiply(n, errors, &back, &mut inputs[place * wanted..], wanted);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::company::VECTOR;
    use crate::example::cut;
    use crate::material::Material;

    const TAGS: Tags = Tags { labels: 2, width: 12 };

    struct Setting {
        material: Material,
        words: Words,
        targets: Vec<Target>,
        fit: ConvFit,
    }

    fn setting() -> Setting {
        let texts: [Arc<str>; 2] = ["He took aspirin-2 today".into(), "No pain".into()];
        let mut words = Words::default();
        for text in ["took", "took", "took", "today", "today", "today"] {
            words.count(text);
        }
        let mut random = Random::new(4, 4);
        words.vectors = random.uniforms(2 * VECTOR, 1.0);
        for (row, word) in ["took", "today"].into_iter().enumerate() {
            let key = crate::words::key(word);
            words.known.get_mut(&key).unwrap().vector = Some(row as u32);
        }
        let mut material = Material::default();
        for piece in texts.iter().flat_map(cut) {
            material.add(&piece, &words);
        }
        let targets = vec![Target::Tags(vec![0, 0, 1, 2, 3, 0]), Target::Tags(vec![0, 8])];
        let mut fit = ConvFit::new(TAGS, random);
        let mut random = Random::new(5, 5);
        fit.conv.transitions = random.uniforms(144, 0.5);
        Setting { material, words, targets, fit }
    }

    impl Setting {
        fn loss(&mut self) -> f32 {
            let Self { material, words, targets, fit } = self;
            let sentences: Vec<&Sentence> = material.sentences.iter().collect();
            fit.flow.run(&fit.conv, &sentences, &material.lexicon, words, None);
            let potentials = Potentials::new(TAGS, &fit.conv.transitions);
            let mut scores = Vec::new();
            let mut loss = 0.0;
            for (at, target) in targets.iter().enumerate() {
                fit.flow.scores_of(at, sentences[at].len(), TAGS, &mut scores);
                fit.lattice.run(&potentials, &scores);
                loss += fit.lattice.loss(&scores, &fit.conv.transitions, target);
            }
            loss
        }

        fn gradients(&mut self) {
            self.loss();
            let Self { material, targets, fit, .. } = self;
            let sentences: Vec<&Sentence> = material.sentences.iter().collect();
            let targets: Vec<&Target> = targets.iter().collect();
            fit.judge(&sentences, &targets);
            fit.backward(0.0);
        }

        /// The loss's change with one number, by differences.
        fn difference(&mut self, number: impl Fn(&mut Conv) -> &mut f32) -> f32 {
            let at = |setting: &mut Self, by: f32| {
                *number(&mut setting.fit.conv) += by;
                let loss = setting.loss();
                *number(&mut setting.fit.conv) -= by;
                loss
            };
            (at(self, 0.001) - at(self, -0.001)) / 0.002
        }
    }

    #[test]
    fn gradients_are_the_loss_s_differences() {
        let mut setting = setting();
        setting.gradients();
        let mut random = Random::new(1, 1);
        let (mut compared, mut kinks) = (0, 0);
        for layer in 0..4 {
            let gradients = &setting.fit.gradients;
            let all =
                [&gradients.first, &gradients.second, &gradients.last, &gradients.transitions];
            let expect = all[layer].clone();
            for _ in 0..60 {
                let at = random.below(expect.len());
                let found = setting.difference(|conv| {
                    let all =
                        [&mut conv.first, &mut conv.second, &mut conv.last, &mut conv.transitions];
                    let [first, second, last, transitions] = all;
                    &mut [first, second, last, transitions][layer][at]
                });
                kinks += usize::from(0.03 < (found - expect[at]).abs());
                compared += usize::from(0.02 < expect[at].abs());
            }
        }
        // A number that passes 0 on the way bends the loss.
        assert!(kinks < 4, "{kinks} gradients are not the differences");
        assert!(50 < compared, "nearly all gradients were 0: {compared}");
    }

    #[test]
    fn gradients_reach_the_tables() {
        let mut setting = setting();
        setting.gradients();
        let (start, at) = (setting.fit.flow.starts[0], 2);
        let gradient = setting.fit.input[(start + at + 1) * LEARNED..][..LEARNED].to_vec();
        let sentence = &setting.material.sentences[0];
        let word = &setting.material.lexicon.words[sentence.words[at] as usize];
        let row = word.lower as usize % TABLES[0].rows;
        for (it, expect) in gradient.iter().enumerate().take(TABLES[0].width) {
            let place = row * TABLES[0].width + it;
            let found = setting.difference(|conv| &mut conv.tables.0[0][place]);
            assert!((found - expect).abs() < 0.02, "{it}: {found} {expect}");
        }
        assert!(0.1 < gradient.iter().map(|it| it.abs()).sum::<f32>());
    }

    #[test]
    fn it_learns_what_it_is_shown() {
        let mut setting = setting();
        let before = setting.loss();
        for _ in 0..60 {
            let Setting { material, words, targets, fit } = &mut setting;
            let sentences: Vec<&Sentence> = material.sentences.iter().collect();
            let targets: Vec<&Target> = targets.iter().collect();
            fit.learn(&material.lexicon, words, &sentences, &targets, 1.0);
        }
        let after = setting.loss();
        assert!(5.0 * after < before, "{before} {after}");
    }
}
