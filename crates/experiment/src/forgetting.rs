use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use corpus::{DocId, Label, Span};
use scorer::{Prf, Scores};
use serde::{Deserialize, Serialize};

use crate::{BaseKey, Prediction, words};

/// What a base still finds of the labels that it knew before it was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forgetting {
    /// The base.
    pub base: BaseKey,
    /// What it is held against.
    pub reference: Reference,
    /// How many documents it was asked about.
    pub n_docs: u32,
    /// All old labels together.
    pub micro: Kept,
    /// Each old label.
    pub labels: BTreeMap<Label, Kept>,
}

/// What an old label is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reference {
    /// Marks that people made.
    Gold,
    /// What the base itself found before training, in documents that nobody marked. It was not
    /// always right, so a change is no certain loss.
    Silver,
}

/// Counts before and after training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Of the base as it came.
    pub before: Prf,
    /// Of the trained model.
    pub after: Prf,
}

impl Kept {
    /// How much F1 fell; below 0 where it rose.
    pub fn loss(&self) -> f64 {
        self.before.f1() - self.after.f1()
    }
}

/// What can be done against forgetting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Remedy {
    /// Nothing.
    None,
    /// The base's own predictions on unmarked texts are mixed into training (pseudo-rehearsal,
    /// Robins 1995).
    Replay,
    /// The base's own scores are kept beside training, as spaCy's `nlp.rehearse` does.
    Rehearsal,
    /// The shared vectors stay as they are; only the entity component learns.
    FrozenTok2vec,
    /// A second entity component learns the new labels, beside the old one.
    SeparateNer,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Remedy::None => "no remedy",
            Remedy::Replay => "replay of its own predictions",
            Remedy::Rehearsal => "rehearsal of its own scores",
            Remedy::FrozenTok2vec => "frozen tok2vec",
            Remedy::SeparateNer => "a second ner beside its own",
        })
    }
}

/// What a training with a remedy came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemedyRun {
    /// What was done.
    pub remedy: Remedy,
    /// What it kept of the old labels.
    pub forgetting: Forgetting,
    /// Micro F1 on the labels that it was trained for, 0 to 1.
    pub learned_f1: f64,
    /// Seconds of training.
    pub train_secs: f64,
    /// Size of the model in bytes.
    pub model_bytes: u64,
}

/// What a remedy kept and cost, beside training without one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemedyEffect {
    /// What was done.
    pub remedy: Remedy,
    /// F1 on the old labels.
    pub old_f1: f64,
    /// Change of that against no remedy.
    pub kept: f64,
    /// F1 on the new labels.
    pub learned_f1: f64,
    /// Change of that against no remedy.
    pub learned: f64,
    /// Training time as a multiple of that without a remedy; none where that took no time.
    pub times_secs: Option<f64>,
    /// Bytes more than without a remedy.
    pub more_bytes: i64,
}

impl Forgetting {
    /// Holds what a base found before and after training against gold marks.
    pub fn against_gold(
        base: BaseKey,
        labels: &[Label],
        gold: &[Prediction],
        before: &[Prediction],
        after: &[Prediction],
    ) -> Self {
        Self::count(base, Reference::Gold, labels, gold, before, after)
    }

    /// Holds what a trained base finds against what it found before. Documents are those that it
    /// was asked about before.
    pub fn against_silver(
        base: BaseKey,
        labels: &[Label],
        before: &[Prediction],
        after: &[Prediction],
    ) -> Self {
        Self::count(base, Reference::Silver, labels, before, before, after)
    }

    fn count(
        base: BaseKey,
        reference: Reference,
        labels: &[Label],
        right: &[Prediction],
        before: &[Prediction],
        after: &[Prediction],
    ) -> Self {
        let labels: BTreeSet<&Label> = labels.iter().collect();
        let (before, after) = (scores(&labels, right, before), scores(&labels, right, after));
        let of =
            |scores: &Scores, label: &Label| scores.labels.get(label).copied().unwrap_or_default();
        let kept =
            |it: &&Label| ((*it).clone(), Kept { before: of(&before, it), after: of(&after, it) });
        Self {
            base,
            reference,
            n_docs: right.len() as u32,
            micro: Kept { before: before.micro, after: after.micro },
            labels: labels.iter().map(kept).collect(),
        }
    }

    /// The label that lost most, where one lost at all.
    pub fn worst(&self) -> Option<(&Label, &Kept)> {
        let lost = self.labels.iter().filter(|it| 0.0 < it.1.loss());
        lost.max_by(|a, b| a.1.loss().total_cmp(&b.1.loss()))
    }

    /// What was lost, as a sentence; `name` is what people call the base.
    pub fn sentence(&self, name: &str) -> String {
        let texts = words::counted(self.n_docs, "text", "texts");
        if self.micro.before.gold == 0 {
            return format!(
                "In {texts} there is none of the labels that {name} knew, so what it forgot is \
                 not known."
            );
        }
        let (from, to) = (self.micro.before.f1(), self.micro.after.f1());
        let change = match self.reference {
            Reference::Gold => format!(
                "On the labels that it knew, {name} went from F1 {} to {} ({texts} with gold marks)",
                words::score(from),
                words::score(to)
            ),
            Reference::Silver => format!(
                "{name} agrees with what it found before training to an F1 of {} ({texts}; its \
                 own findings are no gold)",
                words::score(to)
            ),
        };
        match self.worst() {
            Some((label, kept)) if LITTLE <= kept.loss() => {
                format!("{change}. {label} lost most: {}.", words::signed(-kept.loss()))
            }
            _ => format!("{change}. No label lost more than {LITTLE}."),
        }
    }
}

/// A loss of F1 below this is not spoken of.
const LITTLE: f64 = 0.02;

fn scores(labels: &BTreeSet<&Label>, right: &[Prediction], found: &[Prediction]) -> Scores {
    let found: BTreeMap<&DocId, &[Span]> =
        found.iter().map(|it| (&it.doc, it.spans.as_slice())).collect();
    let mut scores = Scores::default();
    for Prediction { doc, spans } in right {
        let known = |it: &&Span| labels.contains(it.label());
        let found = found.get(doc).copied().unwrap_or_default();
        scores.add(spans.iter().filter(known), found.iter().filter(known));
    }
    scores
}

/// What each remedy kept and cost beside the run without one; none without such a run. The first
/// run of each remedy counts.
pub fn remedy_effects(runs: &[RemedyRun]) -> Option<Vec<RemedyEffect>> {
    let plain = runs.iter().find(|it| it.remedy == Remedy::None)?;
    let old_f1 = |it: &RemedyRun| it.forgetting.micro.after.f1();
    let effect = |run: &RemedyRun| RemedyEffect {
        remedy: run.remedy,
        old_f1: old_f1(run),
        kept: old_f1(run) - old_f1(plain),
        learned_f1: run.learned_f1,
        learned: run.learned_f1 - plain.learned_f1,
        times_secs: (0.0 < plain.train_secs).then(|| run.train_secs / plain.train_secs),
        more_bytes: run.model_bytes.cast_signed() - plain.model_bytes.cast_signed(),
    };
    let mut seen = BTreeSet::new();
    Some(runs.iter().filter(|it| seen.insert(it.remedy)).map(effect).collect())
}

impl RemedyEffect {
    /// What the remedy kept and cost, as a sentence.
    pub fn sentence(&self) -> String {
        if self.remedy == Remedy::None {
            return format!(
                "Without a remedy F1 is {} on the old labels and {} on the new ones.",
                words::score(self.old_f1),
                words::score(self.learned_f1)
            );
        }
        let mut costs = Vec::new();
        if let Some(times) = self.times_secs.filter(|it| (it - 1.0).abs() >= 0.1) {
            costs.push(format!("{} times the training time", words::times(times)));
        }
        if self.more_bytes != 0 {
            let less = if self.more_bytes < 0 { "less" } else { "more" };
            costs.push(format!("{} {less} to store", words::bytes(self.more_bytes.unsigned_abs())));
        }
        let costs = match costs.is_empty() {
            true => String::new(),
            false => format!(", at {}", words::list(&costs)),
        };
        format!(
            "With {} F1 changes by {} on the old labels and by {} on the new ones{costs}.",
            self.remedy,
            words::signed(self.kept),
            words::signed(self.learned)
        )
    }
}

#[cfg(test)]
mod tests;
