use serde::{Deserialize, Serialize};

use crate::DocId;

/// What a text is used for when a model is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Learned from.
    Train,
    /// Decides when to stop.
    Dev,
    /// Only scored.
    Test,
}

/// Gives each text its side by a hash of seed and id, so that new texts never move old ones.
///
/// Invariant: `dev_percent + test_percent < 100`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct SplitRule {
    seed: u64,
    dev_percent: u8,
    test_percent: u8,
}

/// Why a split cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitRuleError {
    /// Nothing would be left to learn from.
    #[error("{dev} % dev and {test} % test leave nothing to train on: their sum must be below 100")]
    NothingToTrain {
        /// Wanted share of dev texts.
        dev: u8,
        /// Wanted share of test texts.
        test: u8,
    },
}

impl Default for SplitRule {
    fn default() -> Self {
        Self { seed: 0, dev_percent: 10, test_percent: 20 }
    }
}

impl SplitRule {
    /// A rule with these shares; the rest is trained on.
    pub fn new(seed: u64, dev_percent: u8, test_percent: u8) -> Result<Self, SplitRuleError> {
        if dev_percent.saturating_add(test_percent) < 100 {
            return Ok(Self { seed, dev_percent, test_percent });
        }
        Err(SplitRuleError::NothingToTrain { dev: dev_percent, test: test_percent })
    }

    /// The number that the sides are drawn with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Share of texts that decide when to stop, in per cent.
    pub fn dev_percent(&self) -> u8 {
        self.dev_percent
    }

    /// Share of texts that are only scored, in per cent.
    pub fn test_percent(&self) -> u8 {
        self.test_percent
    }

    /// The side of a text.
    pub fn side(&self, id: &DocId) -> Side {
        let draw = (hash(self.seed, id.0.as_bytes()) % 100) as u8;
        if draw < self.test_percent {
            Side::Test
        } else if draw < self.test_percent + self.dev_percent {
            Side::Dev
        } else {
            Side::Train
        }
    }
}

/// FNV-1a over seed and bytes, then the finaliser of `MurmurHash3`, since the low digits of FNV
/// alone are poor. Written out because the sides of a project must never change with a library.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64;
    for byte in seed.to_le_bytes().iter().chain(bytes) {
        h = (h ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

/// A rule as it is stored, before its invariant is checked.
#[derive(Serialize, Deserialize)]
struct Raw {
    seed: u64,
    dev_percent: u8,
    test_percent: u8,
}

impl TryFrom<Raw> for SplitRule {
    type Error = SplitRuleError;

    fn try_from(raw: Raw) -> Result<Self, SplitRuleError> {
        SplitRule::new(raw.seed, raw.dev_percent, raw.test_percent)
    }
}

impl From<SplitRule> for Raw {
    fn from(rule: SplitRule) -> Self {
        let SplitRule { seed, dev_percent, test_percent } = rule;
        Raw { seed, dev_percent, test_percent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept_and_sides_never_move() {
        let rule = SplitRule::default();
        let sides: Vec<_> = (0..10_000).map(|n| rule.side(&DocId(format!("doc-{n}")))).collect();
        let count = |side| sides.iter().filter(|it| **it == side).count();
        assert!((1_800..2_200).contains(&count(Side::Test)), "{}", count(Side::Test));
        assert!((850..1_150).contains(&count(Side::Dev)), "{}", count(Side::Dev));
        // These are part of every stored project: a change here is a change of the format.
        let first: Vec<_> = sides.iter().take(6).copied().collect();
        let (train, test) = (Side::Train, Side::Test);
        assert_eq!(first, [train, train, train, test, test, train]);
    }

    #[test]
    fn something_must_be_left_to_train_on() {
        assert!(SplitRule::new(0, 50, 50).is_err());
    }
}
