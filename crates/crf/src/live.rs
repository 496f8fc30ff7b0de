use std::sync::Arc;

use corpus::Label;

use crate::check::{linear_epochs, penalty};
use crate::error::TrainError;
use crate::example::{Example, Piece, cut, cut_example};
use crate::lattice::{Lattice, Potentials, Target};
use crate::lexicon::Lexicon;
use crate::linear::LinearFit;
use crate::material::Material;
use crate::member::Member;
use crate::model::{Model, Scored, scored};
use crate::pace::{Pace, Stage};
use crate::sentence::Sentence;
use crate::spans::choose;
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

/// How probable a span must be to be predicted by the linear member alone.
const THRESHOLD: f32 = 0.15;

/// The linear member while a person annotates: it learns from each new text at once.
///
/// Its labels and its words stay those that it started with. It grows with the texts, so that a
/// worker starts a new one from time to time: when the words were read, or when many texts came.
pub struct Live {
    labels: Vec<Label>,
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
        self.spans(text, THRESHOLD)
    }

    /// Probable spans that do not overlap, in order, also those that are not probable enough.
    pub fn suggest(&self, text: &str) -> Vec<Scored> {
        self.spans(text, 0.0)
    }

    /// What it knows now, as a model.
    pub fn model(&self) -> Model {
        Model {
            labels: self.labels.clone(),
            words: self.words.clone(),
            rows: self.material.rows.clone(),
            members: vec![(1.0, Member::Linear(self.fit.linear.clone()))],
            threshold: THRESHOLD,
            shift: 0.0,
        }
    }

    fn spans(&self, text: &str, threshold: f32) -> Vec<Scored> {
        let mut lexicon = Lexicon::default();
        let linear = &self.fit.linear;
        let potentials = Potentials::new(linear.tags, &linear.transitions);
        let (mut lattice, mut scores, mut found) = (Lattice::default(), Vec::new(), Vec::new());
        let mut all = Vec::new();
        for piece in cut(&text.into()) {
            let mut row = |key: u32| self.material.rows.get(&key).copied();
            let Piece { text, tokens, .. } = &piece;
            let sentence = Sentence::read(text, tokens, false, &self.words, &mut lexicon, &mut row);
            linear.scores(&sentence, &lexicon, &mut scores);
            lattice.run(&potentials, &scores);
            lattice.candidates(&potentials, &mut found);
            let chosen = choose(found.clone(), threshold);
            all.extend(chosen.iter().map(|it| scored(&piece, it, &self.labels, 0.0)));
        }
        all
    }

    /// Reads a text and gives its sentences. One that was read before is forgotten.
    fn take(&mut self, example: &Example) -> Vec<usize> {
        self.texts.retain(|it| it.0 != example.text);
        let mut new = Vec::new();
        for piece in cut_example(example, &self.labels) {
            new.push(self.material.sentences.len());
            self.material.add(&piece, &self.words);
            self.targets.push(Target::Tags(Tags::of(piece.tokens.len(), &piece.gold)));
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
        labels: input.labels,
        words: input.words.unwrap_or_default(),
        material: Material::default(),
        targets: Vec::new(),
        texts: Vec::new(),
        fit: LinearFit::new(tags, 0, penalty(0)),
        random: Random::new(input.seed, 2),
    };
    for example in &input.examples {
        live.take(example);
        pace.spend(example.text.len() as u64 * 2_000).await;
    }
    let mut order: Vec<usize> = live.texts.iter().flat_map(|it| it.1.iter().copied()).collect();
    live.fit = LinearFit::new(tags, live.material.rows.len(), penalty(order.len()));
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
