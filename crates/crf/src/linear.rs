//! The linear member: a sparse CRF over features of words and their surroundings.

use crate::adam::Adam;
use crate::lattice::{Lattice, Potentials, Target};
use crate::lexicon::Lexicon;
use crate::sentence::Sentence;
use crate::tags::Tags;
use random::Random;

/// What a linear CRF has learned.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    pub(crate) tags: Tags,
    /// `[rows, width]`.
    pub(crate) weights: Vec<f32>,
    /// `[tag before, tag]`.
    pub(crate) transitions: Vec<f32>,
}

impl Linear {
    pub(crate) fn new(tags: Tags, n_rows: usize) -> Self {
        let weights = vec![0.0; n_rows * tags.width];
        Self { tags, weights, transitions: vec![0.0; tags.width * tags.width] }
    }

    /// The scores of a sentence's tags, `[tokens, width]`. Of tokens that are `silent`, the letters
    /// are not looked at; without any of these, all tokens are read.
    pub(crate) fn scores(
        &self,
        sentence: &Sentence,
        lexicon: &Lexicon,
        silent: &[bool],
        scores: &mut Vec<f32>,
    ) {
        let width = self.tags.width;
        scores.clear();
        scores.resize(sentence.len() * width, 0.0);
        for (at, scores) in scores.chunks_exact_mut(width).enumerate() {
            for row in rows(sentence, lexicon, at, silent.get(at) == Some(&true)) {
                let weights = &self.weights[row as usize * width..][..width];
                scores.iter_mut().zip(weights).for_each(|(it, weight)| *it += weight);
            }
        }
    }
}

/// Rows of the features of a token: of a silent one, those of its looks and its surroundings.
fn rows<'a>(
    sentence: &'a Sentence,
    lexicon: &'a Lexicon,
    at: usize,
    silent: bool,
) -> impl Iterator<Item = u32> + 'a {
    let word = &lexicon.words[sentence.words[at] as usize];
    let own = if silent { word.looks() } else { &word.rows };
    own.iter().chain(sentence.context(at)).copied()
}

/// What keeps a member from trusting too much in what it saw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Penalty {
    /// In proportion to their size.
    pub(crate) l2: f32,
    /// By the same amount whatever their size.
    pub(crate) l1: f32,
    /// The share of tokens whose letters are left out while it learns, so that their looks and
    /// their surroundings have to do.
    pub(crate) silent: f32,
}

/// Step size at the start; it falls in a line to a fiftieth.
const RATE: f32 = 0.1;

/// Errors of no more than this are left alone: most tokens are plainly outside every span.
const NEGLIGIBLE: f32 = 1e-3;

/// A linear CRF while it learns, by `AdaGrad` with lazy penalties.
pub(crate) struct LinearFit {
    pub(crate) linear: Linear,
    penalty: Penalty,
    /// Sums of squared gradients, `[rows, width]`.
    squares: Vec<f32>,
    /// The step at which each row was last touched.
    touched: Vec<u32>,
    /// Where a row's gradient lies in this step.
    slots: Vec<u32>,
    step: u32,
    adam: Adam,
    gradient: Vec<f32>,
    pairs: Vec<f32>,
    scores: Vec<f32>,
    silent: Vec<bool>,
    random: Random,
    lattice: Lattice,
    batch_rows: Vec<(u32, u32)>,
}

impl LinearFit {
    /// Starts from weights of 0.
    pub(crate) fn new(tags: Tags, n_rows: usize, penalty: Penalty, random: Random) -> Self {
        let linear = Linear::new(tags, n_rows);
        let pairs = vec![0.0; linear.transitions.len()];
        Self {
            penalty,
            squares: vec![0.0; linear.weights.len()],
            touched: vec![0; n_rows],
            slots: vec![0; n_rows],
            step: 0,
            adam: Adam::new(pairs.len(), 0.0),
            gradient: Vec::new(),
            pairs,
            scores: Vec::new(),
            silent: Vec::new(),
            random,
            lattice: Lattice::default(),
            batch_rows: Vec::new(),
            linear,
        }
    }

    /// Makes room for features that came up since.
    pub(crate) fn grow(&mut self, n_rows: usize) {
        let width = self.linear.tags.width;
        self.linear.weights.resize(n_rows * width, 0.0);
        self.squares.resize(n_rows * width, 0.0);
        self.touched.resize(n_rows, 0);
        self.slots.resize(n_rows, 0);
    }

    /// One step over a few sentences. `pace` is the share of the step size, 0 to 1.
    pub(crate) fn learn<'a>(
        &mut self,
        lexicon: &Lexicon,
        batch: impl Iterator<Item = (&'a Sentence, &'a Target)>,
        pace: f32,
    ) {
        self.step += 1;
        self.gradient.clear();
        self.batch_rows.clear();
        let potentials = Potentials::new(self.linear.tags, &self.linear.transitions);
        for (sentence, target) in batch {
            self.add(lexicon, sentence, target, &potentials);
        }
        self.update(pace);
        self.adam.step(0.03 * RATE * pace, &mut self.linear.transitions, &mut self.pairs);
    }

    fn add(
        &mut self,
        lexicon: &Lexicon,
        sentence: &Sentence,
        target: &Target,
        potentials: &Potentials,
    ) {
        let width = self.linear.tags.width;
        self.silent.clear();
        if 0.0 < self.penalty.silent {
            let factors = self.random.dropout(sentence.len(), self.penalty.silent);
            self.silent.extend(factors.into_iter().map(|it| it == 0.0));
        }
        self.linear.scores(sentence, lexicon, &self.silent, &mut self.scores);
        self.lattice.gradient(potentials, target, &mut self.scores, &mut self.pairs);
        for (at, errors) in self.scores.chunks_exact(width).enumerate() {
            if errors.iter().all(|it| it.abs() < NEGLIGIBLE) {
                continue;
            }
            let silent = self.silent.get(at) == Some(&true);
            for row in rows(sentence, lexicon, at, silent) {
                let before = self.touched[row as usize];
                if before != self.step {
                    self.touched[row as usize] = self.step;
                    self.slots[row as usize] = self.gradient.len() as u32;
                    self.batch_rows.push((row, self.step - before));
                    self.gradient.resize(self.gradient.len() + width, 0.0);
                }
                let slot = self.slots[row as usize] as usize;
                let gradient = &mut self.gradient[slot..][..width];
                gradient.iter_mut().zip(errors).for_each(|(it, error)| *it += error);
            }
        }
    }

    fn update(&mut self, pace: f32) {
        let width = self.linear.tags.width;
        let Penalty { l1, l2, .. } = self.penalty;
        let rate = RATE * pace;
        for ((row, steps), gradient) in
            self.batch_rows.iter().zip(self.gradient.chunks_exact(width))
        {
            let at = *row as usize * width;
            let steps = *steps as f32;
            let weights = self.linear.weights[at..][..width].iter_mut();
            let squares = self.squares[at..][..width].iter_mut();
            for ((weight, square), gradient) in weights.zip(squares).zip(gradient) {
                *square += gradient * gradient;
                let rate = rate / (square.sqrt() + 1e-3);
                let moved = (*weight - rate * gradient) / (1.0 + rate * l2 * steps);
                let least = rate * l1 * steps;
                *weight = moved - moved.clamp(-least, least);
            }
        }
    }
}
