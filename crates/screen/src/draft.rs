//! The settings as they are typed, and what they mean.

use std::collections::BTreeSet;

use corpus::Label;
use project::{DeviceChoice, ProjectId, RunRecord, TrainSettings};

use crate::words;

/// What learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Learner {
    /// Nerine's own model.
    #[default]
    Nerine,
    /// spaCy's own architecture.
    Spacy,
}

impl Learner {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [Learner; 2] = [Learner::Nerine, Learner::Spacy];

    /// What learned, or learns, in a run.
    pub fn of(run: &RunRecord) -> Self {
        if run.is_spacy_ner() { Learner::Spacy } else { Learner::Nerine }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Learner::Nerine => "Nerine",
            Learner::Spacy => "spaCy",
        }
    }

    /// The settings that a person finds first.
    pub fn usual(self) -> TrainSettings {
        match self {
            Learner::Nerine => TrainSettings::new("blank:en", Vec::new()),
            Learner::Spacy => TrainSettings::spacy("blank:en", Vec::new()),
        }
    }
}

/// The settings of the next run, as they stand in the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The project they are for.
    pub project: ProjectId,
    /// Labels that are not learned.
    pub skipped: BTreeSet<Label>,
    /// What to train on.
    pub device: DeviceChoice,
    /// Whether spaCy's architecture keeps only the tokens of a pipeline.
    pub tokens_only: bool,
    learner: Learner,
    texts: [String; 5],
}

/// A number that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// How often every text is learned from, at most.
    Epochs,
    /// Size of a step.
    LearningRate,
    /// Share that is hidden while learning.
    Dropout,
    /// Looks at the dev set without a better F1 until training stops.
    Patience,
    /// Where the random numbers begin.
    Seed,
}

impl Number {
    /// All of them, in the order of the inputs.
    pub const ALL: [Number; 5] =
        [Number::Epochs, Number::LearningRate, Number::Dropout, Number::Patience, Number::Seed];

    /// What its input is called.
    pub fn name(self) -> &'static str {
        match self {
            Number::Epochs => "Epochs",
            Number::LearningRate => "Learning rate",
            Number::Dropout => "Dropout",
            Number::Patience => "Stop after",
            Number::Seed => "Seed",
        }
    }

    /// Those that a learner has.
    pub fn of(learner: Learner) -> impl Iterator<Item = Number> {
        // Nerine finds out by itself what suits the texts.
        Self::ALL.into_iter().filter(move |it| learner == Learner::Spacy || *it == Number::Seed)
    }

    /// What stands behind the number in its input.
    pub fn unit(self) -> &'static str {
        if self == Number::Patience { "flat looks" } else { "" }
    }

    /// The id of its input.
    pub fn id(self) -> &'static str {
        match self {
            Number::Epochs => "train-epochs",
            Number::LearningRate => "train-rate",
            Number::Dropout => "train-dropout",
            Number::Patience => "train-patience",
            Number::Seed => "train-seed",
        }
    }

    /// What is said to whoever rests on it.
    pub fn explains(self) -> &'static str {
        match self {
            Number::Epochs => "How often every text is learned from, at most",
            Number::LearningRate => "Size of a step. Smaller is slower and steadier",
            Number::Dropout => "Share that is hidden while learning, 0 to 0.9",
            Number::Patience => {
                "Training stops after this many looks at the dev set, one every 200 steps, without \
                 a better F1"
            }
            Number::Seed => "The same seed gives the same run",
        }
    }
}

impl Draft {
    /// The settings a person finds: those of the project's last run, else the usual ones.
    pub fn new(
        project: ProjectId,
        learner: Learner,
        settings: &TrainSettings,
        known: &[Label],
    ) -> Self {
        let learned = &settings.labels;
        let skips = |it: &&Label| !learned.is_empty() && !learned.contains(it);
        Self {
            project,
            skipped: known.iter().filter(skips).cloned().collect(),
            device: settings.device,
            tokens_only: false,
            learner,
            texts: texts(settings),
        }
    }

    /// The [`architecture`](RunRecord::architecture) that the next run begins with.
    pub fn architecture(&self) -> &'static str {
        match (self.learner, self.tokens_only) {
            (Learner::Nerine, _) => RunRecord::NERINE,
            (Learner::Spacy, false) => RunRecord::SPACY_NER,
            (Learner::Spacy, true) => RunRecord::SPACY_NER_FROM_TOKENS,
        }
    }

    /// What learns.
    pub fn learner(&self) -> Learner {
        self.learner
    }

    /// Has another learn. Numbers that nobody touched become those that are usual for it.
    pub fn choose(&mut self, learner: Learner) {
        let (old, new) = (texts(&self.learner.usual()), texts(&learner.usual()));
        for ((text, old), new) in self.texts.iter_mut().zip(old).zip(new) {
            if *text == old {
                *text = new;
            }
        }
        self.learner = learner;
    }

    /// What is typed for a number.
    pub fn text(&self, number: Number) -> &str {
        &self.texts[number as usize]
    }

    /// Takes over what is typed for a number.
    pub fn set(&mut self, number: Number, text: String) {
        self.texts[number as usize] = text;
    }

    /// What is wrong with the numbers that the learner has, as a sentence.
    pub fn obstacle(&self) -> Option<String> {
        let wrong = Number::of(self.learner).find(|it| self.wrong(*it).is_some());
        wrong.map(|it| format!("{}: correct the number first.", it.name()))
    }

    /// What is wrong with a number, as a sentence.
    pub fn wrong(&self, number: Number) -> Option<String> {
        let text = self.text(number);
        match number {
            Number::Epochs | Number::Patience => whole(text, 1, 1_000).err(),
            Number::Seed => seed(text).err(),
            Number::LearningRate => learning_rate(text).err(),
            Number::Dropout => dropout(text).err(),
        }
    }

    /// The settings, when every number is right.
    pub fn settings(&self, base: &str, labels: Vec<Label>) -> Result<TrainSettings, String> {
        let usual = self.learner.usual();
        if self.learner == Learner::Nerine {
            let seed = seed(self.text(Number::Seed))?;
            let (base, device) = (base.to_owned(), self.device);
            return Ok(TrainSettings { base, labels, device, seed, ..usual });
        }
        let text = |number| self.text(number);
        Ok(TrainSettings {
            base: base.to_owned(),
            labels,
            device: self.device,
            epochs: whole(text(Number::Epochs), 1, 1_000)?,
            learning_rate: learning_rate(text(Number::LearningRate))?,
            dropout: dropout(text(Number::Dropout))?,
            patience: whole(text(Number::Patience), 1, 1_000)?,
            seed: seed(text(Number::Seed))?,
            ..usual
        })
    }
}

fn texts(settings: &TrainSettings) -> [String; 5] {
    [
        settings.epochs.to_string(),
        settings.learning_rate.to_string(),
        settings.dropout.to_string(),
        settings.patience.to_string(),
        settings.seed.to_string(),
    ]
}

/// A whole number from `min` to `max`, as people type it.
pub(crate) fn whole(text: &str, min: u32, max: u32) -> Result<u32, String> {
    let value: f64 = number(text)?;
    let (low, high) = (f64::from(min), f64::from(max));
    if value < low {
        return Err(format!("Too low. Use {min} or more."));
    }
    if high < value {
        return Err(format!("Too high. Use {} or less.", words::count(max)));
    }
    if value.fract() != 0.0 {
        return Err("Use a whole number.".to_owned());
    }
    Ok(value as u32)
}

fn seed(text: &str) -> Result<u64, String> {
    text.trim().parse().ok().ok_or_else(|| "Use a whole number from 0 up.".to_owned())
}

fn learning_rate(text: &str) -> Result<f32, String> {
    match number(text)? {
        value if 0.1 < value => Err("Too high to learn. Use 0.1 or less.".to_owned()),
        value if value < 0.000_001 => Err("Too low to learn. Use 0.000001 or more.".to_owned()),
        value => Ok(value as f32),
    }
}

fn dropout(text: &str) -> Result<f32, String> {
    match number(text)? {
        value if 0.9 < value => Err("Too high to learn. Use 0.9 or less.".to_owned()),
        value if value < 0.0 => Err("Too low. Use 0 or more.".to_owned()),
        value => Ok(value as f32),
    }
}

/// A number as people type it: with a point or a comma, or as 1e-3.
fn number(text: &str) -> Result<f64, String> {
    let text = text.trim().replace(',', ".").replace('\u{2212}', "-");
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err("Not a number. Use digits.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: Number, text: &str, wrong: Option<&str>) {
        let settings = Learner::Spacy.usual();
        let mut draft = Draft::new(ProjectId("p".to_owned()), Learner::Spacy, &settings, &[]);
        draft.set(name, text.to_owned());
        assert_eq!(draft.wrong(name).as_deref(), wrong, "{text:?}");
        assert_eq!(draft.settings("blank:en", Vec::new()).err().as_deref(), wrong, "{text:?}");
        assert_eq!(draft.obstacle().is_some(), wrong.is_some(), "{text:?}");
    }

    #[test]
    fn a_wrong_number_says_what_would_be_right() {
        check(Number::LearningRate, "2", Some("Too high to learn. Use 0.1 or less."));
        check(Number::LearningRate, "0", Some("Too low to learn. Use 0.000001 or more."));
        check(Number::LearningRate, "1e-3", None);
        check(Number::LearningRate, "0,001", None);
        check(Number::Dropout, "0.95", Some("Too high to learn. Use 0.9 or less."));
        check(Number::Dropout, "\u{2212}1", Some("Too low. Use 0 or more."));
        check(Number::Epochs, "0", Some("Too low. Use 1 or more."));
        check(Number::Epochs, "2.5", Some("Use a whole number."));
        check(Number::Epochs, "5000", Some("Too high. Use 1\u{202f}000 or less."));
        check(Number::Epochs, "many", Some("Not a number. Use digits."));
        check(Number::Patience, "", Some("Not a number. Use digits."));
        check(Number::Seed, "-1", Some("Use a whole number from 0 up."));
        check(Number::Seed, "18446744073709551615", None);
    }

    #[test]
    fn the_usual_settings_come_back_as_they_are() {
        let labels = vec![Label::new("Gene").unwrap(), Label::new("Cell").unwrap()];
        let usual = TrainSettings::new("blank:en", vec![labels[0].clone()]);
        let draft = Draft::new(ProjectId("p".to_owned()), Learner::Nerine, &usual, &labels);
        assert!(draft.skipped.contains(&labels[1]) && draft.skipped.len() == 1);
        assert_eq!(draft.settings("blank:en", usual.labels.clone()), Ok(usual));
    }

    #[test]
    fn another_learner_brings_its_usual_numbers_and_leaves_those_that_were_typed() {
        let usual = Learner::Nerine.usual();
        let mut draft = Draft::new(ProjectId("p".to_owned()), Learner::Nerine, &usual, &[]);
        draft.set(Number::Seed, "7".to_owned());
        draft.choose(Learner::Spacy);
        let wanted = TrainSettings { seed: 7, ..Learner::Spacy.usual() };
        assert_eq!(draft.settings("blank:en", Vec::new()), Ok(wanted));
        draft.set(Number::Dropout, "none".to_owned());
        assert_eq!(draft.obstacle().as_deref(), Some("Dropout: correct the number first."));
        assert_eq!(draft.architecture(), RunRecord::SPACY_NER);
        draft.tokens_only = true;
        assert_eq!(draft.architecture(), RunRecord::SPACY_NER_FROM_TOKENS);
        draft.choose(Learner::Nerine);
        assert_eq!(draft.obstacle(), None, "it has no dropout");
        assert_eq!(draft.settings("blank:en", Vec::new()), Ok(TrainSettings { seed: 7, ..usual }));
        assert_eq!(draft.architecture(), RunRecord::NERINE);
    }
}
