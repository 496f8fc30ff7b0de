//! Random draws that are the same on every machine.

/// Draws from a seed, by `SplitMix64`.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed. Other `stream`s of the same seed are unrelated.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03));
        random.bits();
        random
    }

    /// What the next draws follow from, to go on with later.
    pub fn state(&self) -> u64 {
        self.0
    }

    /// Goes on from such a state.
    pub fn from_state(state: u64) -> Self {
        Self(state)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which must not be 0.
    pub fn below(&mut self, n: usize) -> usize {
        // The high half of the product: its bias is below n / 2^64.
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// A number from -`limit` to `limit`.
    pub fn uniform(&mut self, limit: f32) -> f32 {
        let unit = (self.bits() >> 40) as f32 / (1u64 << 24) as f32;
        (2.0 * unit - 1.0) * limit
    }

    /// A number of about the normal distribution, of mean 0 and variance 1. It is a sum of twelve
    /// uniform ones: logarithms and cosines differ from machine to machine.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform(0.5)).sum()
    }

    /// `n` numbers from -`limit` to `limit`.
    pub fn uniforms(&mut self, n: usize, limit: f32) -> Vec<f32> {
        (0..n).map(|_| self.uniform(limit)).collect()
    }

    /// `n` factors: 0 for the share that is silenced, else what keeps the mean.
    pub fn dropout(&mut self, n: usize, share: f32) -> Vec<f32> {
        let limit = share * 65_536.0;
        let keep = 1.0 / (1.0 - share);
        let factor = |draw: u64| if f32::from(draw as u16) < limit { 0.0 } else { keep };
        let mut factors = Vec::with_capacity(n + 3);
        while factors.len() < n {
            // Four draws of 16 bits from each call: this runs for every activation.
            let bits = self.bits();
            factors.extend([0, 16, 32, 48].map(|shift| factor(bits >> shift)));
        }
        factors.truncate(n);
        factors
    }

    /// Brings the items into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_spread_and_repeatable() {
        let mut random = Random::new(7, 1);
        let draws: Vec<usize> = (0..6000).map(|_| random.below(6)).collect();
        for face in 0..6 {
            let count = draws.iter().filter(|it| **it == face).count();
            assert!((850..1150).contains(&count), "{face} came {count} times");
        }
        assert_eq!(Random::new(7, 1).below(1000), Random::new(7, 1).below(1000));
        assert_ne!(Random::new(7, 1).bits(), Random::new(7, 2).bits());
    }

    #[test]
    fn dropout_keeps_the_mean() {
        let factors = Random::new(1, 0).dropout(40_001, 0.25);
        assert_eq!(factors.len(), 40_001);
        let mean = factors.iter().sum::<f32>() / factors.len() as f32;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!(Random::new(1, 0).dropout(9, 0.0).iter().all(|it| (it - 1.0).abs() < 1e-6));
    }
}
