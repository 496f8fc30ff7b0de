//! Tables of vectors that hashes pick four rows of, on the host.
//!
//! thinc's `HashEmbed` has a gradient for the whole table, so each step decays every row and moves
//! it by its moments. A step reads few rows, though, and what happens to the others does not matter
//! before they are read: each row is brought up to date then.

use serde::{Deserialize, Serialize};

use super::adam::{BETA_1, BETA_2, Rates, average, clip, share, square_norm};

/// Steps without a gradient behind which a row's moments no longer move it: 0.9 to the power of
/// it is below what `f32` tells apart.
const LASTING_STEPS: u32 = 160;

/// A table and its optimiser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) seed: u32,
    width: usize,
    n_rows: u32,
    /// `[rows, width]`.
    values: Vec<f32>,
    means: Vec<f32>,
    squares: Vec<f32>,
    /// The running average of the values; none where it is not asked for.
    averages: Option<Vec<f32>>,
    /// Whether the average is looked up in place of the values.
    #[serde(skip)]
    reads_averages: bool,
    /// The last step that each row has seen, and whether it ever had a gradient.
    seen: Vec<(u32, bool)>,
    /// The factors of all steps so far; the first is none.
    rates: Vec<Rates>,
    /// Rows with a gradient in this step, and the gradients one behind the other. None between two
    /// steps, so that they are not kept.
    #[serde(skip)]
    touched: Vec<u32>,
    #[serde(skip)]
    gradients: Vec<f32>,
    /// Where the gradient of a row lies, for those that are touched.
    #[serde(skip)]
    slots: Vec<u32>,
}

/// No slot.
const NONE: u32 = u32::MAX;

impl Table {
    /// A table of these numbers, `[rows, width]`.
    pub(super) fn new(seed: u32, width: usize, values: Vec<f32>) -> Self {
        let (n, n_rows) = (values.len(), values.len() / width);
        Self {
            seed,
            width,
            n_rows: n_rows as u32,
            values,
            means: vec![0.0; n],
            squares: vec![0.0; n],
            averages: None,
            reads_averages: false,
            seen: vec![(0, false); n_rows],
            rates: vec![Rates::default()],
            touched: Vec::new(),
            gradients: Vec::new(),
            slots: vec![NONE; n_rows],
        }
    }

    /// Whether a kept table can take its place.
    pub(super) fn fits(&self, kept: &Table) -> bool {
        let n = self.values.len();
        let all = [&kept.values, &kept.means, &kept.squares].into_iter().chain(&kept.averages);
        all.into_iter().all(|it| it.len() == n)
            && kept.averages.is_some() == self.averages.is_some()
            && kept.seen.len() == self.n_rows as usize
            && kept.seen.iter().all(|(seen, _)| (*seen as usize) < kept.rates.len())
            && (kept.seed, kept.width, kept.n_rows) == (self.seed, self.width, self.n_rows)
    }

    /// Puts a kept table that [fits](Self::fits) in its place.
    pub(super) fn restore(&mut self, kept: Table) {
        *self = Self { slots: vec![NONE; kept.n_rows as usize], ..kept };
    }

    /// The rows that a feature picks. One that is picked twice counts twice.
    pub(super) fn rows(&self, id: u64) -> [u32; 4] {
        tokenizer::murmur::of_id(id, self.seed).map(|it| it % self.n_rows)
    }

    /// Takes the average of the values from now on.
    pub(super) fn take_averages(&mut self) {
        self.averages = Some(vec![0.0; self.values.len()]);
    }

    /// Has the average looked up in place of the values, or no longer: thinc's `use_params`.
    pub(super) fn swap_averages(&mut self) {
        self.reads_averages = !self.reads_averages;
    }

    /// Brings rows up to date.
    pub(super) fn settle(&mut self, rows: impl IntoIterator<Item = u32>) {
        let now = self.rates.len() as u32 - 1;
        // Rows that were never met have all missed the same.
        let mut known = (now, Missed::of(&[], now));
        for row in rows {
            let (seen, has_moments) = self.seen[row as usize];
            if seen == now {
                continue;
            }
            self.seen[row as usize].0 = now;
            let range = row as usize * self.width..(row as usize + 1) * self.width;
            let values = &mut self.values[range.clone()];
            let mut averages = self.averages.as_mut().map(|it| &mut it[range.clone()]);
            let mut rested = seen;
            if has_moments {
                let (means, squares) = (&mut self.means[range.clone()], &mut self.squares[range]);
                rested = now.min(seen + LASTING_STEPS);
                for time in seen + 1..=rested {
                    let rates = self.rates[time as usize];
                    let moments = means.iter_mut().zip(&mut *squares);
                    for (value, (mean, square)) in values.iter_mut().zip(moments) {
                        rates.apply(value, mean, square, 0.0);
                    }
                    if let Some(averages) = &mut averages {
                        add_to_averages(averages, values, time);
                    }
                }
                let n = (now - rested) as f32;
                scale(means, BETA_1.powf(n));
                scale(squares, BETA_2.powf(n));
            }
            if rested == now {
                continue;
            }
            if known.0 != rested {
                known = (rested, Missed::of(&self.rates[rested as usize + 1..], rested + 1));
            }
            let Missed { kept, of_average, of_value } = known.1;
            if let Some(averages) = averages {
                for (it, value) in averages.iter_mut().zip(&*values) {
                    *it = of_average * *it + of_value * value;
                }
            }
            scale(values, kept);
        }
    }

    /// Brings all rows up to date.
    pub(super) fn settle_all(&mut self) {
        self.settle(0..self.n_rows);
    }

    /// What is kept of it, `[rows, width]`: the average, where it is taken and a step was made. It
    /// must be up to date.
    pub(super) fn result(&self) -> &[f32] {
        self.averages.as_ref().filter(|_| self.rates.len() != 1).unwrap_or(&self.values)
    }

    /// Adds rows to what is in `sum`. They must be up to date.
    pub(super) fn add_to(&self, sum: &mut [f32], rows: [u32; 4]) {
        let all = if self.reads_averages { self.result() } else { &self.values };
        for row in rows {
            let values = &all[row as usize * self.width..][..self.width];
            sum.iter_mut().zip(values).for_each(|(sum, it)| *sum += it);
        }
    }

    /// Adds a gradient to those of rows.
    pub(super) fn add_gradient(&mut self, rows: [u32; 4], gradient: &[f32]) {
        for row in rows {
            let slot = &mut self.slots[row as usize];
            if *slot == NONE {
                *slot = self.touched.len() as u32;
                self.touched.push(row);
                self.gradients.resize(self.touched.len() * self.width, 0.0);
            }
            let sums = &mut self.gradients[*slot as usize * self.width..][..self.width];
            sums.iter_mut().zip(gradient).for_each(|(sum, it)| *sum += it);
        }
    }

    /// Moves the table against its gradient, and forgets that.
    pub(super) fn update(&mut self, learning_rate: f64) {
        let now = self.rates.len() as u32;
        let rates = Rates::at(now, learning_rate);
        let scale = clip(square_norm(&self.gradients));
        let touched = std::mem::take(&mut self.touched);
        self.settle(touched.iter().copied());
        self.rates.push(rates);
        for (row, gradient) in touched.iter().zip(self.gradients.chunks_exact(self.width)) {
            self.slots[*row as usize] = NONE;
            self.seen[*row as usize] = (now, true);
            let range = *row as usize * self.width..(*row as usize + 1) * self.width;
            let moments =
                self.means[range.clone()].iter_mut().zip(&mut self.squares[range.clone()]);
            let values = &mut self.values[range.clone()];
            let weights = values.iter_mut().zip(gradient);
            for ((value, slope), (mean, square)) in weights.zip(moments) {
                rates.apply(value, mean, square, scale * slope);
            }
            if let Some(averages) = &mut self.averages {
                add_to_averages(&mut averages[range], values, now);
            }
        }
        self.touched = touched;
        self.touched.clear();
        self.gradients.clear();
    }

    /// The gradient of the whole table, `[rows, width]`.
    #[cfg(test)]
    pub(super) fn gradient(&self) -> Vec<f32> {
        let mut all = vec![0.0; self.values.len()];
        for (row, gradient) in self.touched.iter().zip(self.gradients.chunks_exact(self.width)) {
            all[*row as usize * self.width..][..self.width].copy_from_slice(gradient);
        }
        all
    }
}

/// What steps make of a row that none of them moves: they only decay it.
#[derive(Clone, Copy)]
struct Missed {
    /// The share of each value that stays.
    kept: f32,
    /// The share of each average that stays.
    of_average: f32,
    /// The share of each value before them that comes to its average.
    of_value: f32,
}

impl Missed {
    /// Of steps with these factors, the first of which is `first`.
    fn of(rates: &[Rates], first: u32) -> Self {
        let nothing = Self { kept: 1.0, of_average: 1.0, of_value: 0.0 };
        (first..).zip(rates).fold(nothing, |it, (time, rates)| {
            let (share, kept) = (share(time), it.kept * (1.0 - rates.decay));
            let mut of_value = it.of_value;
            average(&mut of_value, kept, share);
            Self { kept, of_average: it.of_average * (1.0 - share), of_value }
        })
    }
}

/// Brings averages on by one step.
fn add_to_averages(averages: &mut [f32], values: &[f32], time: u32) {
    let share = share(time);
    averages.iter_mut().zip(values).for_each(|(it, value)| average(it, *value, share));
}

fn scale(values: &mut [f32], factor: f32) {
    for it in values {
        *it *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::super::adam::Trained;
    use super::*;
    use random::Random;

    #[test]
    fn rows_move_as_if_each_step_moved_all() {
        const WIDTH: usize = 3;
        const ROWS: usize = 40;
        let mut random = Random::new(2, 0);
        let values = random.uniforms(ROWS * WIDTH, 0.1);
        let mut table = Table::new(8, WIDTH, values.clone());
        let mut dense = Trained::new(values);
        table.take_averages();
        dense.take_averages();
        for step in 0..600 {
            // Some rows are met often, some twice, some never.
            let often = random.below(8) as u32;
            let rows = [often, often, random.below(ROWS - 4) as u32, 3 * (step / 300) + 1];
            let gradient = random.uniforms(WIDTH, 2.0);
            table.settle(rows);
            table.add_gradient(rows, &gradient);
            for row in rows {
                let sums = &mut dense.gradient[row as usize * WIDTH..][..WIDTH];
                sums.iter_mut().zip(&gradient).for_each(|(sum, it)| *sum += it);
            }
            assert_eq!(table.gradient(), dense.gradient);
            let rate = 0.01 / f64::from(1 + step % 3);
            table.update(rate);
            dense.update(rate);
        }
        table.settle_all();
        assert!(table.result() != table.values && dense.result() != dense.values);
        let averages = table.result().iter().zip(dense.result());
        for (found, wanted) in table.values.iter().zip(&dense.values).chain(averages) {
            assert!((found - wanted).abs() < 2e-6, "{found} is not {wanted}");
        }
    }
}
