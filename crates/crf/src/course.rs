//! The parts that a training is made of: one member learns, members judge, members teach.

use std::sync::Arc;

use crate::conv_fit::ConvFit;
use crate::lattice::Target;
use crate::linear::{LinearFit, Penalty};
use crate::material::Material;
use crate::member::{Member, Reader};
use crate::pace::{Pace, Stage};
use crate::sentence::Sentence;
use crate::spans::{Candidate, average};
use crate::tags::Tags;
use crate::words::Words;
use random::Random;

/// Sentences of a step.
const BATCH: usize = 4;

/// What all parts of a training share.
pub(crate) struct Course {
    pub(crate) material: Material,
    pub(crate) words: Arc<Words>,
    pub(crate) tags: Tags,
    pub(crate) seed: u64,
    pub(crate) pace: Pace,
}

/// What one member learns.
pub(crate) struct Lesson<'a> {
    /// Numbers of sentences.
    pub(crate) sentences: &'a [usize],
    /// What is right, by the number of the sentence.
    pub(crate) targets: &'a [Target],
    pub(crate) epochs: usize,
    /// Members of other streams are drawn differently.
    pub(crate) stream: u64,
    /// What to report: the stage, and its share that this lesson is.
    pub(crate) stage: Stage,
    pub(crate) share: (f32, f32),
}

/// Brings sentences into a new order for each epoch, and says how far it has come.
struct Epochs<'a> {
    lesson: &'a Lesson<'a>,
    order: Vec<usize>,
    random: Random,
    done: usize,
}

impl<'a> Epochs<'a> {
    fn new(lesson: &'a Lesson<'a>, seed: u64) -> Self {
        let order = lesson.sentences.to_vec();
        Self { lesson, order, random: Random::new(seed, 2 * lesson.stream), done: 0 }
    }

    /// The sentences of the next step, and the share of the step size.
    fn next(&mut self, pace: &Pace) -> Option<(Vec<usize>, f32)> {
        let n = self.order.len();
        let total = n * self.lesson.epochs;
        if self.done == total {
            return None;
        }
        if self.done.is_multiple_of(n) {
            self.random.shuffle(&mut self.order);
        }
        let done = self.done as f32 / total as f32;
        let (from, to) = self.lesson.share;
        pace.report(self.lesson.stage, from + done * (to - from));
        let start = self.done % n;
        let end = n.min(start + BATCH);
        self.done += end - start;
        Some((self.order[start..end].to_vec(), 1.0 - 0.98 * done))
    }
}

impl Course {
    fn tokens(&self, sentences: &[usize]) -> u64 {
        sentences.iter().map(|it| self.material.sentences[*it].len() as u64).sum()
    }

    /// Trains a linear member from nothing.
    pub(crate) async fn linear(&self, lesson: &Lesson<'_>, penalty: Penalty) -> Member {
        let random = Random::new(self.seed, 2 * lesson.stream + 1);
        let mut fit = LinearFit::new(self.tags, self.material.rows.len(), penalty, random);
        let mut epochs = Epochs::new(lesson, self.seed);
        while let Some((batch, rate)) = epochs.next(&self.pace) {
            let pairs =
                batch.iter().map(|it| (&self.material.sentences[*it], &lesson.targets[*it]));
            fit.learn(&self.material.lexicon, pairs, rate);
            self.pace.spend(self.tokens(&batch) * 600 * self.tags.width as u64).await;
        }
        Member::Linear(fit.linear)
    }

    /// Trains a convolutional member from nothing.
    pub(crate) async fn conv(&self, lesson: &Lesson<'_>) -> Member {
        let mut fit = ConvFit::new(self.tags, Random::new(self.seed, 2 * lesson.stream + 1));
        self.pace.spend(4_000_000).await;
        let mut epochs = Epochs::new(lesson, self.seed);
        while let Some((batch, rate)) = epochs.next(&self.pace) {
            let sentences: Vec<&Sentence> =
                batch.iter().map(|it| &self.material.sentences[*it]).collect();
            let targets: Vec<&Target> = batch.iter().map(|it| &lesson.targets[*it]).collect();
            fit.learn(&self.material.lexicon, &self.words, &sentences, &targets, rate);
            self.pace.spend(self.tokens(&batch) * 200_000).await;
        }
        Member::Conv(Box::new(fit.finish()))
    }

    /// What members with their weights together make of each sentence.
    pub(crate) async fn judge(
        &self,
        members: &[(f32, &Member)],
        sentences: &[usize],
    ) -> Vec<Vec<Candidate>> {
        let mut readers: Vec<_> =
            members.iter().map(|(weight, it)| (*weight, Reader::new(it))).collect();
        let mut all = Vec::with_capacity(sentences.len());
        for at in sentences {
            let sentence = &self.material.sentences[*at];
            let lists: Vec<_> = readers
                .iter_mut()
                .map(|(weight, it)| {
                    (*weight, it.candidates(sentence, &self.material.lexicon, &self.words))
                })
                .collect();
            all.push(average(&lists));
            let work: u64 = members.iter().map(|(_, it)| it.work()).sum();
            self.pace.spend(sentence.len() as u64 * work).await;
        }
        all
    }

    /// What members with their weights together hold probable, for others to learn.
    pub(crate) async fn teach(
        &self,
        members: &[(f32, &Member)],
        sentences: impl Iterator<Item = usize>,
    ) -> Vec<Target> {
        let mut readers: Vec<_> =
            members.iter().map(|(weight, it)| (*weight, Reader::new(it))).collect();
        let width = self.tags.width;
        let mut targets = Vec::new();
        let mut one = Vec::new();
        for at in sentences {
            let sentence = &self.material.sentences[at];
            let mut unary = vec![0.0; sentence.len() * width];
            let mut pairs = vec![0.0; width * width];
            for (weight, reader) in &mut readers {
                reader.read(sentence, &self.material.lexicon, &self.words);
                reader.lattice.unary(&mut one);
                unary.iter_mut().zip(&one).for_each(|(it, share)| *it += *weight * share);
                reader.lattice.add_pairs(&reader.potentials, *weight, &mut pairs);
            }
            targets.push(Target::Shares { unary, pairs });
            let work: u64 = members.iter().map(|(_, it)| it.work()).sum();
            self.pace.spend(sentence.len() as u64 * work).await;
        }
        targets
    }
}
