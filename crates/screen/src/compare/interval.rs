use experiment::stats::Summary;

/// The values that intervals are drawn on, from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// Scales end on multiples of this.
const STEP: f64 = 0.05;

impl Scale {
    /// One that holds all of these figures with their intervals, none of them at its very edge.
    pub fn of<'s>(figures: impl IntoIterator<Item = &'s Summary>) -> Self {
        let ends = figures.into_iter().map(outline);
        let (low, high) =
            ends.fold((1.0_f64, 0.0_f64), |all, it| (all.0.min(it.0), all.1.max(it.1)));
        if high < low {
            return Self { low: 0.0, high: 1.0 };
        }
        let low = (((low - 0.005) / STEP).floor() * STEP).max(0.0);
        let high = (((high + 0.005) / STEP).ceil() * STEP).min(1.0);
        Self { low, high: high.max(low + STEP) }
    }

    /// Where a value lies, in per cent of the width.
    pub fn percent(&self, value: f64) -> f64 {
        100.0 * ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// “0.75 – 0.90”.
    pub fn words(&self) -> String {
        format!("{:.2} – {:.2}", self.low, self.high)
    }

    /// A few round values on it, its ends too.
    pub fn ticks(&self) -> Vec<f64> {
        let steps = ((self.high - self.low) / STEP).round().max(1.0) as u32;
        let n = [4, 5, 3, 2].into_iter().find(|n| steps.is_multiple_of(*n)).unwrap_or(1);
        let tick = |at| self.low + (self.high - self.low) * f64::from(at) / f64::from(n);
        (0..=n).map(tick).collect()
    }
}

/// The lowest and the highest value that a figure may have.
pub fn outline(figure: &Summary) -> (f64, f64) {
    let interval = figure.interval.map_or((figure.mean, figure.mean), |it| (it.low, it.high));
    (interval.0.min(figure.mean), interval.1.max(figure.mean))
}

#[cfg(test)]
mod tests {
    use experiment::stats::Interval;

    use super::*;

    fn figure(low: f64, mean: f64, high: f64) -> Summary {
        Summary { n: 3, mean, sd: None, interval: Some(Interval { low, high }) }
    }

    #[test]
    fn a_scale_holds_every_interval_and_ends_round() {
        let scale = Scale::of(&[figure(0.81, 0.83, 0.87), figure(0.76, 0.8, 0.82)]);
        assert_eq!(scale.words(), "0.75 – 0.90");
        assert!((scale.percent(0.825) - 50.0).abs() < 1e-6);
        assert_eq!(scale.ticks().len(), 4);
        assert_eq!(Scale::of(&[figure(0.0, 0.0, 0.0)]).words(), "0.00 – 0.05");
        assert!(Scale::of(&[figure(0.99, 1.0, 1.0)]).high <= 1.0);
        assert_eq!(Scale::of(&[]).words(), "0.00 – 1.00");
    }
}
