use std::sync::Arc;

use corpus::Label;

use crate::check::{LINEAR_THRESHOLD, linear_epochs, penalty};
use crate::error::TrainError;
use crate::example::{Example, cut_example};
use crate::lattice::Target;
use crate::linear::LinearFit;
use crate::material::Material;
use crate::member::{Member, Reader};
use crate::model::Model;
use crate::pace::{Pace, Stage};
use crate::reading::{Reading, Scored};
use crate::tags::Tags;
use crate::training::Input;
use crate::words::Words;
use crate::work::Work;
use random::Random;

/// Sentences of a step.
const BATCH: usize = 4;

/// Sentences learned before that are looked at again with each new text.
const REPLAYED: usize = 40;

/// The share of the step size that a new text is learned with.
const WARM: f32 = 0.5;

/// The linear member while a person annotates: it learns from each new text at once.
///
/// Its labels and its words stay those that it started with. It grows with the texts, so that a
/// worker starts a new one from time to time: when the words were read, or when many texts came.
pub struct Live {
    labels: Arc<[Label]>,
    words: Arc<Words>,
    material: Material,
    targets: Vec<Target>,
    /// Numbers of the sentences of each text, so that a text that is marked anew is replaced.
    texts: Vec<(Arc<str>, Vec<usize>)>,
    fit: LinearFit,
    random: Random,
}

impl Live {
    /// Learns from all examples of an input at first. The raw texts are left alone: without
    /// [`Input::words`], words have no clusters.
    pub fn start(input: Input) -> Result<Work<Live>, TrainError> {
        input.check()?;
        let pace = Pace::default();
        Ok(Work::new(pace.clone(), begin(input, pace)))
    }

    /// Learns from one more text, or from a text whose marks have changed: once from each of its
    /// sentences, and from some that were learned before.
    pub fn learn(&mut self, example: &Example) {
        let new = self.take(example);
        self.fit.grow(self.material.rows.len());
        let mut sentences = new.clone();
        let all: Vec<usize> = self.texts.iter().flat_map(|it| it.1.iter().copied()).collect();
        if new.len() < all.len() {
            sentences.extend((0..REPLAYED).map(|_| all[self.random.below(all.len())]));
        }
        self.random.shuffle(&mut sentences);
        for batch in sentences.chunks(BATCH) {
            self.step(batch, WARM);
        }
    }

    /// The spans of a text that are probable enough and do not overlap, in order.
    pub fn predict(&self, text: &str) -> Vec<Scored> {
        self.read(text).finish().spans(LINEAR_THRESHOLD)
    }

    /// Probable spans that do not overlap, in order, also those that are not probable enough.
    pub fn suggest(&self, text: &str) -> Vec<Scored> {
        self.read(text).finish().spans(0.0)
    }

    /// How many texts it has learned from.
    pub fn n_texts(&self) -> usize {
        self.texts.len()
    }

    /// What it knows now, as a model.
    pub fn model(&self) -> Model {
        Model {
            labels: self.labels.clone(),
            words: self.words.clone(),
            rows: self.material.rows.clone(),
            members: vec![(1.0, Member::Linear(self.fit.linear.clone()))],
            threshold: LINEAR_THRESHOLD,
            shift: 0.0,
        }
    }

    /// Begins to read a text.
    pub fn read(&self, text: &str) -> Reading<'_> {
        let readers = vec![(1.0, Reader::of_linear(&self.fit.linear))];
        let labels = self.labels.clone();
        Reading::new(readers, &self.words, &self.material.rows, labels, 0.0, text)
    }

    /// Reads a text and gives its sentences. One that was read before is forgotten.
    fn take(&mut self, example: &Example) -> Vec<usize> {
        self.texts.retain(|it| it.0 != example.text);
        let mut new = Vec::new();
        for piece in cut_example(example, &self.labels).into_iter().filter(|it| !it.is_unread()) {
            new.push(self.material.sentences.len());
            self.material.add(&piece, &self.words);
            self.targets.push(Target::of(piece.tokens.len(), &piece.right));
        }
        self.texts.push((example.text.clone(), new.clone()));
        new
    }

    fn step(&mut self, batch: &[usize], rate: f32) {
        let pairs = batch.iter().map(|it| (&self.material.sentences[*it], &self.targets[*it]));
        self.fit.learn(&self.material.lexicon, pairs, rate);
    }
}

async fn begin(input: Input, pace: Pace) -> Live {
    let tags = Tags::new(input.labels.len());
    let mut live = Live {
        labels: input.labels.into(),
        words: input.words.unwrap_or_default(),
        material: Material::default(),
        targets: Vec::new(),
        texts: Vec::new(),
        fit: LinearFit::new(tags, 0, penalty(0), Random::new(input.seed, 4)),
        random: Random::new(input.seed, 2),
    };
    for example in &input.examples {
        live.take(example);
        pace.spend(example.text.len() as u64 * 2_000).await;
    }
    let mut order: Vec<usize> = live.texts.iter().flat_map(|it| it.1.iter().copied()).collect();
    live.fit = LinearFit::new(
        tags,
        live.material.rows.len(),
        penalty(order.len()),
        Random::new(input.seed, 4),
    );
    let epochs = linear_epochs(order.len());
    let total = (epochs * order.len()) as f32;
    let mut done = 0.0;
    for _ in 0..epochs {
        live.random.shuffle(&mut order);
        for batch in order.chunks(BATCH) {
            live.step(batch, 1.0 - 0.98 * done / total);
            done += batch.len() as f32;
            pace.report(Stage::Linear, done / total);
            let tokens: usize = batch.iter().map(|it| live.material.sentences[*it].len()).sum();
            pace.spend((tokens * 600 * tags.width) as u64).await;
        }
    }
    live
}
