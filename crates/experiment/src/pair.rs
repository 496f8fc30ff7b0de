use serde::{Deserialize, Serialize};

use crate::stats::{Draws, Interval, Outcomes, Redraws, holm, permutation_p};
use crate::{BaseKey, ENOUGH_DOCS, words};

/// Two bases against each other on the documents that all bases were scored on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The base whose micro F1 is higher; by the experiment's order where they are equal.
    pub higher: BaseKey,
    /// The other.
    pub lower: BaseKey,
    /// By how much F1, micro and averaged over seeds, is higher: 0 or more. The documents of all
    /// folds are counted together, so with folds it is not quite the difference of the means in
    /// the table.
    pub difference: f64,
    /// The 95 % interval of the difference, from redrawn documents.
    pub interval: Interval,
    /// The share of redraws in which `lower` is lower, 0 to 1.
    pub redraws_lower: f64,
    /// p of the approximate randomisation test, two-sided.
    pub permutation_p: f64,
    /// p of the paired bootstrap test, two-sided.
    pub bootstrap_p: f64,
    /// The larger of both p, each corrected by Holm's method over all pairs.
    pub corrected_p: f64,
    /// How many documents both were scored on.
    pub n_docs: u32,
}

/// How sure a difference is, in the words of the Compare screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Less than [`Verdict::Probable`].
    Chance,
    /// The lower is lower in at least 80 of 100 redraws.
    Probable,
    /// The lower is lower in at least 95 of 100 redraws, the corrected p is at most
    /// [`SIGNIFICANT`], and at least [`ENOUGH_DOCS`] documents are scored.
    VeryLikely,
}

/// A difference of a larger corrected p makes no winner.
pub const SIGNIFICANT: f64 = 0.05;

impl Pair {
    /// How sure the difference is.
    pub fn verdict(&self) -> Verdict {
        let is_many = ENOUGH_DOCS <= self.n_docs as usize;
        match self.redraws_in_100() {
            95.. if self.is_significant() && is_many => Verdict::VeryLikely,
            80.. => Verdict::Probable,
            _ => Verdict::Chance,
        }
    }

    /// Whether the corrected p of both tests is at most [`SIGNIFICANT`].
    pub fn is_significant(&self) -> bool {
        self.corrected_p <= SIGNIFICANT
    }

    /// In how many of 100 redraws the lower is lower, rounded down.
    pub fn redraws_in_100(&self) -> u32 {
        (self.redraws_lower * 100.0 + 1e-9) as u32
    }

    /// What stands beside the lower base: “Lower in 97 of 100 redraws”.
    pub fn short(&self) -> String {
        match self.difference {
            0.0 => "The same F1".to_owned(),
            _ => format!("Lower in {} of 100 redraws", self.redraws_in_100()),
        }
    }

    /// The comparison as a sentence; `name` says what a base is called.
    pub fn sentence(&self, name: impl Fn(&BaseKey) -> String) -> String {
        let (higher, lower) = (name(&self.higher), name(&self.lower));
        if self.difference == 0.0 {
            return format!("{higher} and {lower} have the same F1.");
        }
        format!(
            "{lower} is {} lower than {higher}, in {} of 100 redraws: {}.",
            words::score(self.difference),
            self.redraws_in_100(),
            self.verdict().words(),
        )
    }

    /// The figures behind the sentence.
    pub fn details(&self) -> String {
        format!(
            "Difference {} (95 % interval {} to {}). Two-sided p: {} by approximate \
             randomisation, {} by paired bootstrap; {} after Holm’s correction over all pairs. \
             {} scored.",
            words::score(self.difference),
            words::signed(self.interval.low),
            words::signed(self.interval.high),
            words::p(self.permutation_p),
            words::p(self.bootstrap_p),
            words::p(self.corrected_p),
            words::counted(self.n_docs, "text", "texts"),
        )
    }
}

impl Verdict {
    /// The words of the Compare screen.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::VeryLikely => "very likely real",
            Verdict::Probable => "probably real",
            Verdict::Chance => "could be chance",
        }
    }
}

/// Compares every base with every other. Outcomes are of the same documents in the same order, and
/// `redraws` are theirs.
pub fn pairs(bases: &[(BaseKey, Outcomes)], redraws: &Redraws, draws: Draws) -> Vec<Pair> {
    let outcomes: Vec<&Outcomes> = bases.iter().map(|it| &it.1).collect();
    let f1: Vec<f64> = outcomes.iter().map(|it| it.f1()).collect();
    let mut pairs = Vec::new();
    for first in 0..bases.len() {
        for second in first + 1..bases.len() {
            let (high, low) =
                if f1[first] < f1[second] { (second, first) } else { (first, second) };
            let difference = f1[high] - f1[low];
            pairs.push(Pair {
                higher: bases[high].0.clone(),
                lower: bases[low].0.clone(),
                difference,
                interval: redraws
                    .difference(high, low)
                    .unwrap_or(Interval { low: difference, high: difference }),
                redraws_lower: redraws.lower(low, high),
                permutation_p: permutation_p(outcomes[high], outcomes[low], draws),
                bootstrap_p: redraws.p(high, low, difference),
                corrected_p: 1.0,
                n_docs: outcomes[high].n_docs() as u32,
            });
        }
    }
    correct(&mut pairs);
    pairs
}

fn correct(pairs: &mut [Pair]) {
    let corrected = |p: fn(&Pair) -> f64| holm(&pairs.iter().map(p).collect::<Vec<_>>());
    let permutation = corrected(|it| it.permutation_p);
    let bootstrap = corrected(|it| it.bootstrap_p);
    for (pair, (a, b)) in pairs.iter_mut().zip(permutation.into_iter().zip(bootstrap)) {
        pair.corrected_p = a.max(b);
    }
}

#[cfg(test)]
mod tests {
    use scorer::Prf;

    use super::*;
    use crate::stats::redraw;

    /// Ten gold spans in each document, so many of which are found.
    fn system(name: &str, hits: impl Fn(u32) -> u32, n_docs: u32) -> (BaseKey, Outcomes) {
        let doc = |at| Prf { hits: hits(at), predicted: 10, gold: 10 };
        (BaseKey(name.into()), Outcomes { seeds: vec![(0..n_docs).map(doc).collect()] })
    }

    fn compare(systems: &[(BaseKey, Outcomes)]) -> Vec<Pair> {
        let draws = Draws { n: 2_000, seed: 1 };
        let outcomes: Vec<&Outcomes> = systems.iter().map(|it| &it.1).collect();
        pairs(systems, &redraw(&outcomes, draws), draws)
    }

    #[track_caller]
    fn check(a: (BaseKey, Outcomes), b: (BaseKey, Outcomes), verdict: Verdict, sentence: &str) {
        let found = compare(&[a, b]);
        assert_eq!(found[0].verdict(), verdict, "{}", found[0].details());
        assert_eq!(found[0].sentence(|it| it.0.clone()), sentence);
    }

    #[test]
    fn a_difference_is_called_what_the_redraws_and_p_allow() {
        check(
            system("a", |at| 8 - at % 2, 60),
            system("b", |at| 7 - at % 3 / 2, 60),
            Verdict::VeryLikely,
            "b is 0.083 lower than a, in 100 of 100 redraws: very likely real.",
        );
        check(
            system("a", |at| 8 - at % 2, 20),
            system("b", |at| 7 - at % 3 / 2, 20),
            Verdict::Probable,
            "b is 0.080 lower than a, in 100 of 100 redraws: probably real.",
        );
        check(
            system("a", |at| at % 9, 40),
            system("b", |at| at * 7 % 9, 40),
            Verdict::Chance,
            "a is 0.023 lower than b, in 62 of 100 redraws: could be chance.",
        );
        check(
            system("a", |_| 5, 40),
            system("b", |_| 5, 40),
            Verdict::Chance,
            "a and b have the same F1.",
        );
    }

    #[test]
    fn every_pair_is_corrected_for_all_pairs() {
        let systems: Vec<_> = (0..4)
            .map(|n| system(&n.to_string(), move |at| (at * (n + 2)) % (9 + n % 2), 50))
            .collect();
        let all = compare(&systems);
        assert_eq!(all.len(), 6);
        for pair in all {
            let p = pair.permutation_p.max(pair.bootstrap_p);
            assert!(p <= pair.corrected_p && pair.corrected_p <= (p * 6.0).min(1.0), "{pair:?}");
            assert!(0.0 <= pair.difference && pair.interval.contains(pair.difference));
        }
    }
}
