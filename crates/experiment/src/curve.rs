mod fit;

use serde::{Deserialize, Serialize};

use crate::stats::{Interval, mean, quantile};
use crate::{BaseKey, words};
use fit::bands;

pub use fit::{Law, fit};

/// How F1 of a base grows with the documents that it learns from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The base.
    pub base: BaseKey,
    /// What was measured, by rising number of documents.
    pub points: Vec<CurvePoint>,
    /// The law that the points follow, or why there is none.
    pub law: Result<Law, NoLaw>,
    /// Laws that would have been found had chance gone otherwise.
    redrawn: Vec<Law>,
}

/// F1 of the runs on one number of training documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Documents that were learned from.
    pub n_docs: u32,
    /// Micro F1 of each run, 0 to 1; at least one.
    pub f1: Vec<f64>,
}

impl CurvePoint {
    /// The mean over the runs.
    pub fn mean(&self) -> f64 {
        mean(&self.f1)
    }
}

/// Why nothing can be said about more documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum NoLaw {
    /// Fewer than three numbers of documents.
    #[error(
        "a curve needs at least 3 different numbers of training texts, and there are {0}: train \
         on shares such as 25, 50 and 75 %"
    )]
    TooFewPoints(usize),
    /// F1 is 0, or nearly, everywhere.
    #[error("nothing was learned yet, so nothing can be said about more texts")]
    NothingLearned,
    /// F1 falls from the fewest to the most documents.
    #[error(
        "F1 fell from {from:.3} to {to:.3} with more texts, which is chance or texts that \
         contradict each other: train with more seeds, then look again"
    )]
    Falls {
        /// F1 on the fewest documents.
        from: f64,
        /// F1 on the most.
        to: f64,
    },
    /// So many documents are further away than the curve reaches.
    #[error("{wanted} training texts are too far to tell from {known}: ask for at most {}", known * REACH)]
    TooFar {
        /// Documents that were asked for, all together.
        wanted: u32,
        /// The most that a run learned from.
        known: u32,
    },
}

/// A curve says something for up to so many times the documents that it knows.
pub const REACH: u32 = 4;

/// What more documents should bring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// How many more.
    pub n_more: u32,
    /// F1 that the law gives for the documents that there are.
    pub from: f64,
    /// F1 that it gives with the additional ones.
    pub to: f64,
    /// The 95 % band of the gain.
    pub band: Interval,
    /// Whether that is more than twice the documents that the curve knows: a rough guess.
    pub is_far: bool,
}

impl Curve {
    /// Fits a curve to what was measured. The band is of laws fitted again to points redrawn with
    /// `seed`.
    pub fn new(base: BaseKey, mut points: Vec<CurvePoint>, seed: u64) -> Self {
        points.sort_by_key(|it| it.n_docs);
        let law = law(&points);
        let redrawn = law.as_ref().map_or_else(|_| Vec::new(), |it| bands(&points, *it, seed));
        Self { base, points, law, redrawn }
    }

    /// The most documents that a run learned from.
    pub fn n_docs(&self) -> u32 {
        self.points.last().map_or(0, |it| it.n_docs)
    }

    /// The 95 % band of F1 for so many documents; none without a law.
    pub fn band(&self, n_docs: u32) -> Option<Interval> {
        self.middle(|law| law.f1(n_docs))
    }

    /// What `n_more` documents should bring, or why nothing can be said.
    pub fn gain(&self, n_more: u32) -> Result<Gain, NoLaw> {
        let law = self.law.clone()?;
        let known = self.n_docs();
        let wanted = known + n_more;
        if known * REACH < wanted {
            return Err(NoLaw::TooFar { wanted, known });
        }
        let gain = |law: &Law| law.f1(wanted) - law.f1(known);
        let band = self.middle(gain).unwrap_or(Interval { low: gain(&law), high: gain(&law) });
        let (from, to) = (law.f1(known), law.f1(wanted));
        Ok(Gain { n_more, from, to, band, is_far: 2 * known < wanted })
    }

    fn middle(&self, figure: impl Fn(&Law) -> f64) -> Option<Interval> {
        let mut values: Vec<f64> = self.redrawn.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        Some(Interval { low: quantile(&values, 0.025)?, high: quantile(&values, 0.975)? })
    }
}

impl Gain {
    /// The gain as a sentence.
    pub fn sentence(&self) -> String {
        let more = words::counted(self.n_more, "more training text", "more training texts");
        let band = format!("{} to {}", words::signed(self.band.low), words::signed(self.band.high));
        let gain = words::signed(self.to - self.from);
        let rough =
            if self.is_far { " That is a rough guess: it is far from what was tried." } else { "" };
        format!("{more} should change F1 by {gain} (95 % band {band}).{rough}")
    }
}

fn law(points: &[CurvePoint]) -> Result<Law, NoLaw> {
    let mut sizes: Vec<u32> = points.iter().map(|it| it.n_docs).collect();
    sizes.dedup();
    if sizes.len() < 3 {
        return Err(NoLaw::TooFewPoints(sizes.len()));
    }
    let means: Vec<f64> = points.iter().map(CurvePoint::mean).collect();
    let (from, to) = (means[0], means[means.len() - 1]);
    if means.iter().all(|it| *it < 0.01) {
        return Err(NoLaw::NothingLearned);
    }
    if to + 0.005 < from {
        return Err(NoLaw::Falls { from, to });
    }
    let measured: Vec<_> =
        points.iter().map(|it| (f64::from(it.n_docs), it.mean(), it.f1.len() as f64)).collect();
    Ok(fit(&measured))
}

#[cfg(test)]
mod tests;
