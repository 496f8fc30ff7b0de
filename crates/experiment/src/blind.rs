use corpus::DocId;
use random::Random;
use serde::{Deserialize, Serialize};

use crate::{BaseKey, SIGNIFICANT, words};

/// Texts on which a person judges two models without knowing which is which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindTest {
    /// The two models.
    pub models: [BaseKey; 2],
    /// The texts in the order in which they are shown.
    pub trials: Vec<Trial>,
}

/// One text of a [`BlindTest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The text.
    pub doc: DocId,
    /// Whether the first model stands on the left.
    pub first_is_left: bool,
    /// What the person said; none as long as nothing was said.
    pub choice: Option<Choice>,
}

/// What a person says of two predictions side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// The left is better.
    Left,
    /// The right is better.
    Right,
    /// Neither is better.
    Equal,
}

/// How often which model was preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The first model was better.
    pub first: u32,
    /// The second model was better.
    pub second: u32,
    /// Neither was.
    pub equal: u32,
    /// Texts that nobody has judged yet.
    pub open: u32,
}

const STREAM: u64 = 14;

impl BlindTest {
    /// Draws at most `n` of the texts, which should be those where the models differ. Each model
    /// stands on the left in half of them, or one more.
    pub fn new(models: [BaseKey; 2], docs: &[DocId], n: usize, seed: u64) -> Self {
        let mut random = Random::new(seed, STREAM);
        let mut docs = docs.to_vec();
        docs.sort();
        docs.dedup();
        random.shuffle(&mut docs);
        docs.truncate(n);
        let mut sides: Vec<bool> = (0..docs.len()).map(|it| it % 2 == 0).collect();
        random.shuffle(&mut sides);
        let trial = |(doc, first_is_left)| Trial { doc, first_is_left, choice: None };
        Self { models, trials: docs.into_iter().zip(sides).map(trial).collect() }
    }

    /// The model that stands on the left of a text.
    pub fn left(&self, trial: &Trial) -> &BaseKey {
        &self.models[usize::from(!trial.first_is_left)]
    }

    /// How often which model was preferred so far.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for trial in &self.trials {
            let count = match (trial.choice, trial.first_is_left) {
                (None, _) => &mut tally.open,
                (Some(Choice::Equal), _) => &mut tally.equal,
                (Some(Choice::Left), true) | (Some(Choice::Right), false) => &mut tally.first,
                (Some(Choice::Left), false) | (Some(Choice::Right), true) => &mut tally.second,
            };
            *count += 1;
        }
        tally
    }

    /// What the choices say; `name` says what a base is called. Names are told only when every
    /// text is judged, so that nobody looks for them.
    pub fn sentence(&self, name: impl Fn(&BaseKey) -> String) -> String {
        let tally = self.tally();
        if 0 < tally.open {
            return format!("{} left to judge.", words::counted(tally.open, "text", "texts"));
        }
        let [first, second] = self.models.each_ref().map(name);
        let (more, n_more, less, n_less) = match tally.first < tally.second {
            true => (&second, tally.second, &first, tally.first),
            false => (&first, tally.first, &second, tally.second),
        };
        if n_more == n_less {
            return format!("{more} and {less} were preferred equally often.");
        }
        let p = tally.p();
        let sure = match p <= SIGNIFICANT {
            true => "that is very likely a real preference",
            false => "that could be chance",
        };
        format!(
            "{more} was preferred in {}, {less} in {}, neither in {}: {sure} (sign test, p {}).",
            words::counted(n_more, "text", "texts"),
            words::count(n_less),
            words::count(tally.equal),
            words::p(p)
        )
    }
}

impl Tally {
    /// The two-sided p of the exact sign test: how likely a count at least as uneven is when each
    /// model is preferred as often as the other. Texts where neither was better are left out.
    pub fn p(&self) -> f64 {
        let n = self.first + self.second;
        let fewer = self.first.min(self.second);
        // The probability of `k` of `n`, from that of `k - 1`, all over that of the middle, which
        // is the largest and never too small for a number.
        let weight_below = |last: u32| {
            let mut weight = 1.0;
            let mut sum = 0.0;
            for k in (0..=n / 2).rev() {
                if k <= last {
                    sum += weight;
                }
                weight *= f64::from(k) / f64::from(n - k + 1);
            }
            sum
        };
        let half = weight_below(n / 2);
        // An even count has its middle once on both sides together.
        let all = if n.is_multiple_of(2) { 2.0 * half - 1.0 } else { 2.0 * half };
        (2.0 * weight_below(fewer) / all).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn key(name: &str) -> BaseKey {
        BaseKey(name.into())
    }

    fn test_of(n_docs: usize, n: usize, seed: u64) -> BlindTest {
        let docs: Vec<_> = (0..n_docs).map(|it| DocId(format!("{it:03}"))).collect();
        BlindTest::new([key("a"), key("b")], &docs, n, seed)
    }

    #[test]
    fn the_sign_test_is_the_exact_binomial_one() {
        #[derive(serde::Deserialize)]
        struct Golden {
            sign: Vec<Case>,
        }
        #[derive(serde::Deserialize)]
        struct Case {
            k: u32,
            n: u32,
            p: f64,
        }
        let golden = fs::read_to_string("tests/golden/stats.json").unwrap();
        for Case { k, n, p } in serde_json::from_str::<Golden>(&golden).unwrap().sign {
            let tally = Tally { first: k, second: n - k, equal: 3, open: 0 };
            assert!((tally.p() - p).abs() < 1e-9, "{k} of {n}: {} is not {p}", tally.p());
        }
        assert!((Tally::default().p() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn sides_are_balanced_drawn_and_the_same_for_a_seed() {
        let test = test_of(50, 20, 1);
        assert_eq!(test.trials.iter().filter(|it| it.first_is_left).count(), 10);
        let runs = test.trials.windows(2).filter(|it| it[0].first_is_left == it[1].first_is_left);
        assert!(0 < runs.count(), "sides must not take turns");
        assert_eq!(test_of(50, 20, 1), test);
        assert_ne!(test_of(50, 20, 2), test);
        assert_eq!(test_of(3, 20, 2).trials.len(), 3);
    }

    #[test]
    fn choices_count_for_the_model_that_stood_there() {
        let mut test = test_of(12, 12, 1);
        assert_eq!(test.sentence(|it| it.0.clone()), "12 texts left to judge.");
        for (at, trial) in test.trials.iter_mut().enumerate() {
            // The first model is preferred, but for two texts.
            trial.choice = Some(match (at, trial.first_is_left) {
                (0, _) => Choice::Equal,
                (1, true) | (2.., false) => Choice::Right,
                _ => Choice::Left,
            });
        }
        assert_eq!(test.tally(), Tally { first: 10, second: 1, equal: 1, open: 0 });
        assert_eq!(
            test.sentence(|it| it.0.clone()),
            "a was preferred in 10 texts, b in 1, neither in 1: that is very likely a real \
             preference (sign test, p 0.01)."
        );
        let left: Vec<_> = test.trials.iter().map(|it| test.left(it) == &key("a")).collect();
        assert_eq!(left, test.trials.iter().map(|it| it.first_is_left).collect::<Vec<_>>());
    }
}
