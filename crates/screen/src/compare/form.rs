use std::collections::{BTreeMap, BTreeSet};

use corpus::{Answer, Label, SplitRule};
use experiment::BaseKey;
use project::SplitCounts;

use super::{Candidate, Limits};
use crate::draft::whole;
use crate::plan::{Answered, MIN_TEXTS, Plan};
use crate::words;

/// What is to be compared, as it stands in the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The bases.
    pub chosen: BTreeSet<BaseKey>,
    /// Labels that are not learned.
    pub skipped: BTreeSet<Label>,
    /// Whether smaller shares of the texts are learned from, too.
    pub has_shares: bool,
    /// How texts are divided.
    pub divide: Divide,
    /// The field of texts that must stay together; empty for none.
    pub group_by: String,
    /// Whether spaCy's architecture trains on the graphics card.
    pub on_gpu: bool,
    texts: [String; 6],
}

/// How texts are divided into those that are learned from and those that are scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Divide {
    /// As the project divides them.
    #[default]
    AsProject,
    /// Once, each side with its share of every label.
    Shares,
    /// So many times that each text is scored once.
    Folds,
}

/// A number that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// How often each base is trained.
    Seeds,
    /// Dev texts, in per cent.
    Dev,
    /// Test texts, in per cent.
    Test,
    /// How many folds.
    Folds,
    /// How often every text is learned from, at most.
    Epochs,
    /// Minutes of a run, at most.
    Minutes,
}

/// The texts there are to compare on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// How the project divides them.
    pub split: SplitCounts,
    /// Marks of each label in all of them.
    pub marks: BTreeMap<Label, u32>,
}

/// Shares of the training texts for learning curves, in per cent.
const SHARES: [u8; 3] = [25, 50, 75];

impl Divide {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [Divide; 3] = [Divide::AsProject, Divide::Shares, Divide::Folds];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Divide::AsProject => "As the project",
            Divide::Shares => "By shares",
            Divide::Folds => "In folds",
        }
    }

    /// What it does, as a sentence.
    pub fn explains(self) -> &'static str {
        match self {
            Divide::AsProject => "The sides that your own trainings use.",
            Divide::Shares => "Drawn once, so that each side has its share of every label.",
            Divide::Folds => {
                "Every text is scored once, by models that did not learn from it. Takes as many \
                 times longer."
            }
        }
    }

    /// The numbers that it needs.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Divide::AsProject => &[],
            Divide::Shares => &[Field::Dev, Field::Test],
            Divide::Folds => &[Field::Folds, Field::Dev],
        }
    }
}

impl Field {
    /// What its input is called.
    pub fn name(self) -> &'static str {
        match self {
            Field::Seeds => "Seeds",
            Field::Dev => "Dev",
            Field::Test => "Test",
            Field::Folds => "Folds",
            Field::Epochs => "Epochs, at most",
            Field::Minutes => "At most",
        }
    }

    /// What stands behind the number.
    pub fn unit(self) -> &'static str {
        match self {
            Field::Dev | Field::Test => "%",
            Field::Minutes => "min per run",
            Field::Seeds | Field::Folds | Field::Epochs => "",
        }
    }

    /// The id of its input.
    pub fn id(self) -> &'static str {
        match self {
            Field::Seeds => "compare-seeds",
            Field::Dev => "compare-dev",
            Field::Test => "compare-test",
            Field::Folds => "compare-folds",
            Field::Epochs => "compare-epochs",
            Field::Minutes => "compare-minutes",
        }
    }

    /// What is said below it.
    pub fn explains(self) -> &'static str {
        match self {
            Field::Seeds => "Each base is trained so often. Luck shows from 3 on.",
            Field::Dev => "Decide when to stop.",
            Field::Test => "Only score.",
            Field::Folds => "From 2 to 10.",
            Field::Epochs => "For spaCy’s architecture.",
            Field::Minutes => "Empty for no limit.",
        }
    }
}

impl Texts {
    /// Counts accepted texts.
    pub fn of(answered: &[Answered], rule: &SplitRule) -> Self {
        let mut marks = BTreeMap::new();
        for text in answered.iter().filter(|it| it.answer == Answer::Accept) {
            for (label, n) in &text.marks {
                *marks.entry(label.clone()).or_default() += n;
            }
        }
        Self { split: Plan::of(answered, rule).split, marks }
    }

    /// How many there are.
    pub fn n(&self) -> u32 {
        self.split.train + self.split.dev + self.split.test
    }

    /// How many more must be accepted before anything can be compared, as a sentence; none when
    /// there are enough.
    pub fn too_few(&self) -> Option<String> {
        let missing = MIN_TEXTS.saturating_sub(self.n());
        (0 < missing).then(|| {
            format!("Not enough texts yet. Accept {} more to compare.", words::count(missing))
        })
    }
}

impl Form {
    /// What a person finds.
    pub fn new(chosen: BTreeSet<BaseKey>) -> Self {
        Self {
            chosen,
            skipped: BTreeSet::new(),
            has_shares: false,
            divide: Divide::default(),
            group_by: String::new(),
            on_gpu: false,
            texts: ["3", "15", "20", "5", "100", ""].map(str::to_owned),
        }
    }

    /// What is typed for a number.
    pub fn text(&self, field: Field) -> &str {
        &self.texts[field as usize]
    }

    /// Takes over what is typed for a number.
    pub fn set(&mut self, field: Field, text: String) {
        self.texts[field as usize] = text;
    }

    /// A number; none where no limit is meant.
    pub fn number(&self, field: Field) -> Result<Option<u32>, String> {
        let text = self.text(field);
        let (min, max) = match field {
            Field::Minutes if text.trim().is_empty() => return Ok(None),
            Field::Seeds => (1, 10),
            Field::Dev => (0, 90),
            Field::Test => (1, 90),
            Field::Folds => (2, 10),
            Field::Epochs => (1, 1_000),
            Field::Minutes => (1, 600),
        };
        let value = whole(text, min, max)?;
        let dev = self.number_or(Field::Dev, 0);
        match field {
            Field::Test if self.divide == Divide::Shares && 99 < value + dev => {
                Err("Dev and test leave nothing to train on.".to_owned())
            }
            _ => Ok(Some(value)),
        }
    }

    fn number_or(&self, field: Field, other: u32) -> u32 {
        if field == Field::Dev {
            return whole(self.text(field), 0, 90).unwrap_or(other);
        }
        self.number(field).ok().flatten().unwrap_or(other)
    }

    /// A share in per cent, where it is right.
    pub fn percent(&self, field: Field) -> u8 {
        self.number_or(field, 0) as u8
    }

    /// How many folds there are.
    pub fn n_folds(&self) -> u32 {
        if self.divide == Divide::Folds { self.number_or(Field::Folds, 2) } else { 1 }
    }

    /// The seeds.
    pub fn seeds(&self) -> Vec<u64> {
        (1..=u64::from(self.number_or(Field::Seeds, 1))).collect()
    }

    /// The shares.
    pub fn shares(&self) -> Vec<u8> {
        if self.has_shares { SHARES.to_vec() } else { Vec::new() }
    }

    /// How long runs may take, and what they run on.
    pub fn limits(&self) -> Limits {
        Limits {
            epochs: self.number_or(Field::Epochs, 100),
            max_seconds: self.number(Field::Minutes).ok().flatten().map(|it| it * 60),
            on_gpu: self.on_gpu,
        }
    }

    /// The labels that are learned: those with marks that were not left out.
    pub fn labels(&self, known: &[Label], texts: &Texts) -> Vec<Label> {
        let is_learned = |it: &&Label| !self.skipped.contains(it) && texts.marks.contains_key(it);
        known.iter().filter(is_learned).cloned().collect()
    }

    /// Why the comparison cannot begin, as a sentence; none when it can.
    pub fn obstacle(&self, known: &[Label], texts: &Texts) -> Option<String> {
        if let Some(why) = texts.too_few() {
            return Some(why);
        }
        if self.chosen.is_empty() {
            return Some("No base is chosen. Tick at least one.".to_owned());
        }
        if self.labels(known, texts).is_empty() {
            return Some(match known.iter().any(|it| !self.skipped.contains(it)) {
                true => "No accepted text holds a mark of these labels.".to_owned(),
                false => "No label is chosen. Tick at least one to learn.".to_owned(),
            });
        }
        let SplitCounts { train, dev, test } = texts.split;
        if self.divide == Divide::AsProject && (train == 0 || dev + test == 0) {
            return Some(
                "The project’s own sides leave nothing to learn from or to score on. Divide by \
                 shares."
                    .to_owned(),
            );
        }
        let needed =
            self.divide.fields().iter().chain(&[Field::Seeds, Field::Epochs, Field::Minutes]);
        let wrong = needed.copied().find(|it| self.number(*it).is_err());
        wrong.map(|it| format!("{}: correct the number first.", it.name()))
    }

    /// What will run: “4 bases × 3 seeds × 4 shares: 48 runs”.
    pub fn runs(&self, chosen: &[&Candidate]) -> String {
        let n_shares = 1 + self.shares().len() as u32;
        of_runs(chosen, self.seeds().len() as u32, n_shares, self.n_folds())
    }
}

/// What will run, of these bases.
pub(super) fn of_runs(chosen: &[&Candidate], n_seeds: u32, n_shares: u32, n_folds: u32) -> String {
    let n_trained = chosen.iter().filter(|it| it.base.is_trained()).count() as u32;
    let n_scored = chosen.len() as u32 - n_trained;
    let mut factors = vec![words::counted(n_trained, "base", "bases")];
    let others =
        [(n_seeds, "seed", "seeds"), (n_folds, "fold", "folds"), (n_shares, "share", "shares")];
    for (n, one, many) in others {
        if n != 1 {
            factors.push(words::counted(n, one, many));
        }
    }
    let n_runs = n_trained * n_seeds * n_shares * n_folds + n_scored * n_folds;
    let runs = words::counted(n_runs, "run", "runs");
    match (n_trained, n_scored) {
        (0, n) => format!("{} as it came: {runs}", words::counted(n, "base", "bases")),
        (_, 0) => format!("{}: {runs}", factors.join(" × ")),
        (_, n) => format!("{}, and {} as it came: {runs}", factors.join(" × "), words::count(n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::candidate::tests::{BUILT_IN, record};
    use crate::compare::{candidates, usual};

    fn form(has_shares: bool, divide: Divide) -> Form {
        Form { has_shares, divide, ..Form::new(BTreeSet::from([BaseKey("nerine".to_owned())])) }
    }

    fn texts(train: u32, test: u32) -> Texts {
        let gene = Label::new("GENE").unwrap();
        Texts {
            split: SplitCounts { train, test, ..SplitCounts::default() },
            marks: BTreeMap::from([(gene, 7)]),
        }
    }

    #[test]
    fn runs_are_counted_before_they_begin() {
        let gene = [Label::new("GENE").unwrap()];
        let all = candidates(&[record("en_a-1.0", &["GENE"])], &BUILT_IN, "blank:en");
        let keys = usual(&all, "blank:en", &gene);
        let chosen: Vec<_> = all.iter().filter(|it| keys.contains(&it.base.key)).collect();
        let say = |has_shares, divide| form(has_shares, divide).runs(&chosen);
        assert_eq!(say(false, Divide::AsProject), "3 bases × 3 seeds, and 1 as it came: 10 runs");
        assert_eq!(
            say(true, Divide::Folds),
            "3 bases × 3 seeds × 5 folds × 4 shares, and 1 as it came: 185 runs"
        );
        assert_eq!(form(false, Divide::AsProject).runs(&chosen[..1]), "1 base × 3 seeds: 3 runs");
        assert_eq!(form(false, Divide::AsProject).runs(&chosen[3..]), "1 base as it came: 1 run");
    }

    #[test]
    fn what_is_in_the_way_is_said_one_at_a_time() {
        let known = [Label::new("GENE").unwrap(), Label::new("DISEASE").unwrap()];
        let good = form(false, Divide::AsProject);
        assert_eq!(good.obstacle(&known, &texts(20, 8)), None);
        assert_eq!(good.labels(&known, &texts(20, 8)), known[..1]);
        let say = |form: &Form, train, test| form.obstacle(&known, &texts(train, test));
        assert_eq!(
            say(&good, 3, 0).as_deref(),
            Some("Not enough texts yet. Accept 5 more to compare.")
        );
        assert!(say(&good, 20, 0).unwrap().starts_with("The project’s own sides"));
        assert_eq!(say(&form(false, Divide::Shares), 20, 0), None);
        let none = Form { chosen: BTreeSet::new(), ..good.clone() };
        assert_eq!(say(&none, 20, 8).as_deref(), Some("No base is chosen. Tick at least one."));
        let no_label = Form { skipped: known.iter().cloned().collect(), ..good.clone() };
        assert!(say(&no_label, 20, 8).unwrap().starts_with("No label is chosen"));
        let mut wrong = good;
        wrong.set(Field::Seeds, "11".to_owned());
        assert_eq!(say(&wrong, 20, 8).as_deref(), Some("Seeds: correct the number first."));
        let mut shares = form(false, Divide::Shares);
        shares.set(Field::Test, "85".to_owned());
        assert!(shares.number(Field::Test).is_err(), "15 % dev and 85 % test leave nothing");
    }

    #[test]
    fn limits_follow_the_inputs() {
        let mut form = form(false, Divide::AsProject);
        assert_eq!(form.limits(), Limits { epochs: 100, max_seconds: None, on_gpu: false });
        form.set(Field::Minutes, "5".to_owned());
        form.set(Field::Epochs, "20".to_owned());
        assert_eq!(form.limits(), Limits { epochs: 20, max_seconds: Some(300), on_gpu: false });
        assert_eq!(form.seeds(), [1, 2, 3]);
    }
}
