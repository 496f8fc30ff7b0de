//! A learned CRF of either kind, and what it makes of sentences.

use crate::conv::{Conv, Flow};
use crate::lattice::{Lattice, Potentials};
use crate::lexicon::Lexicon;
use crate::linear::Linear;
use crate::sentence::Sentence;
use crate::spans::Candidate;
use crate::tags::Tags;
use crate::words::Words;

/// A learned CRF.
#[derive(Clone, Debug)]
pub(crate) enum Member {
    Linear(Linear),
    Conv(Box<Conv>),
}

impl Member {
    /// Multiply-adds for a token, about.
    pub(crate) fn work(&self) -> u64 {
        match self {
            Member::Linear(it) => 200 * it.tags.width as u64,
            Member::Conv(_) => 65_000,
        }
    }
}

/// A member that reads.
#[derive(Clone, Copy)]
enum View<'a> {
    Linear(&'a Linear),
    Conv(&'a Conv),
}

/// Reads sentences with one member. Its memory is used again.
pub(crate) struct Reader<'a> {
    view: View<'a>,
    pub(crate) potentials: Potentials,
    pub(crate) lattice: Lattice,
    flow: Flow,
    scores: Vec<f32>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(member: &'a Member) -> Self {
        match member {
            Member::Linear(it) => Self::of_linear(it),
            Member::Conv(it) => Self::with(View::Conv(it), it.tags, &it.transitions),
        }
    }

    pub(crate) fn of_linear(linear: &'a Linear) -> Self {
        Self::with(View::Linear(linear), linear.tags, &linear.transitions)
    }

    fn with(view: View<'a>, tags: Tags, transitions: &[f32]) -> Self {
        Self {
            view,
            potentials: Potentials::new(tags, transitions),
            lattice: Lattice::default(),
            flow: Flow::default(),
            scores: Vec::new(),
        }
    }

    /// Sums over the tags of a sentence, into [`Reader::lattice`].
    pub(crate) fn read(&mut self, sentence: &Sentence, lexicon: &Lexicon, words: &Words) {
        match self.view {
            View::Linear(linear) => linear.scores(sentence, lexicon, &[], &mut self.scores),
            View::Conv(conv) => {
                self.flow.run(conv, &[sentence], lexicon, words, None);
                self.flow.scores_of(0, sentence.len(), conv.tags, &mut self.scores);
            }
        }
        self.lattice.run(&self.potentials, &self.scores);
    }

    /// The spans of a sentence that are not improbable.
    pub(crate) fn candidates(
        &mut self,
        sentence: &Sentence,
        lexicon: &Lexicon,
        words: &Words,
    ) -> Vec<Candidate> {
        self.read(sentence, lexicon, words);
        let mut found = Vec::new();
        self.lattice.candidates(&self.potentials, &mut found);
        found
    }
}
