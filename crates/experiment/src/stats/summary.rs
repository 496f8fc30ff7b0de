use serde::{Deserialize, Serialize};

/// A range that holds a figure, of a given level of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// The part of it between 0 and 1, where shares lie.
    #[must_use]
    pub fn of_share(self) -> Self {
        Self { low: self.low.clamp(0.0, 1.0), high: self.high.clamp(0.0, 1.0) }
    }

    /// How wide it is.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }

    /// Whether it holds a figure.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A figure that was measured in one or more runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many runs.
    pub n: u32,
    /// Mean over the runs.
    pub mean: f64,
    /// Sample standard deviation over the runs; none for a single one.
    pub sd: Option<f64>,
    /// The 95 % interval. Of scores it is the percentile interval of redrawn documents; of other
    /// figures that of the mean over runs by Student's t, where there are two or more, which says
    /// nothing of other documents and is somewhat narrow for folds, since they share what they learn
    /// from (Nadeau and Bengio 2003).
    pub interval: Option<Interval>,
}

impl Summary {
    /// Summarises runs, with the interval by Student's t.
    pub fn of(values: &[f64]) -> Self {
        let interval = t_interval(values, 0.95);
        Self { n: values.len() as u32, mean: mean(values), sd: sample_sd(values), interval }
    }
}

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The sample standard deviation: squares are divided by `n - 1`. None for fewer than two values.
pub fn sample_sd(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|it| (it - mean) * (it - mean)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// The interval of the mean by Student's t: `mean ± t(n - 1) · sd / √n`. None for fewer than two
/// values.
pub fn t_interval(values: &[f64], level: f64) -> Option<Interval> {
    let half = sample_sd(values)? / (values.len() as f64).sqrt()
        * t_quantile(0.5 + level / 2.0, values.len() as u32 - 1);
    let mean = mean(values);
    Some(Interval { low: mean - half, high: mean + half })
}

/// The value that a Student's t variable of so many degrees of freedom stays below with
/// probability `p`, which lies between 0.5 and 1.
pub fn t_quantile(p: f64, degrees: u32) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while t_cdf(high, degrees) < p && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        match t_cdf(middle, degrees) < p {
            true => low = middle,
            false => high = middle,
        }
    }
    f64::midpoint(low, high)
}

/// The probability that a Student's t variable stays below `t`, 0 or more. For whole degrees of
/// freedom it is a finite sum (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
fn t_cdf(t: f64, degrees: u32) -> f64 {
    let n = f64::from(degrees);
    let cos_squared = n / (n + t * t);
    let sin = (1.0 - cos_squared).sqrt();
    let is_odd = degrees % 2 == 1;
    let first = if is_odd { cos_squared.sqrt() } else { 1.0 };
    let mut term = first;
    let mut sum = if degrees == 1 { 0.0 } else { first };
    let mut k = if is_odd { 3 } else { 2 };
    while k < degrees {
        term *= cos_squared * f64::from(k - 1) / f64::from(k);
        sum += term;
        k += 2;
    }
    let within = match is_odd {
        true => ((t / n.sqrt()).atan() + sin * sum) * std::f64::consts::FRAC_2_PI,
        false => sin * sum,
    };
    f64::midpoint(1.0, within)
}

/// The value below which the share `q` of sorted values lies, between neighbours in proportion,
/// as `numpy.quantile` does by default. None of nothing.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(last);
    Some(sorted[low] + (sorted[high] - sorted[low]) * part)
}
