//! Where a chart's lines, numbers and names go. Lengths are CSS pixels.

/// The room a chart has, and what its axes span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// How wide the chart is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// Room for the names at the line ends.
    pub name_room: f64,
    /// The last epoch of the axis; the first is 1.
    pub last_epoch: f64,
    /// The highest value of the axis; the lowest is 0.
    pub top: f64,
}

/// Where the first epoch stands; the numbers have the room before it.
pub const LEFT: f64 = 44.0;
/// Least room behind the last epoch, above the highest value, and for the epochs below.
const RIGHT: f64 = 28.0;
const ABOVE: f64 = 18.0;
const BELOW: f64 = 32.0;
/// Names of lines keep this far apart.
const APART: f64 = 17.0;

/// A line through places, as SVG writes a path.
pub(crate) fn path(places: impl Iterator<Item = (f64, f64)>) -> String {
    let step = |(at, (x, y)): (usize, (f64, f64))| {
        let letter = if at == 0 { 'M' } else { 'L' };
        format!("{letter}{x:.1} {y:.1}")
    };
    places.enumerate().map(step).collect()
}

impl Frame {
    /// Where the last epoch stands.
    pub fn right(&self) -> f64 {
        (self.width - self.name_room.max(RIGHT)).max(LEFT + 40.0)
    }

    /// Where the value 0 stands, from the top.
    pub fn floor(&self) -> f64 {
        self.height - BELOW
    }

    /// Where an epoch stands; epochs beyond the axis stand at its end.
    pub fn x(&self, epoch: f64) -> f64 {
        let share = (epoch - 1.0) / (self.last_epoch - 1.0).max(1.0);
        LEFT + share.clamp(0.0, 1.0) * (self.right() - LEFT)
    }

    /// Where a value stands, from the top; values beyond the axis stand at its end.
    pub fn y(&self, value: f64) -> f64 {
        let share = (value / self.top).clamp(0.0, 1.0);
        self.floor() - share * (self.floor() - ABOVE)
    }

    /// A line through points, as SVG writes a path.
    pub fn path(&self, points: &[(f64, f64)]) -> String {
        path(points.iter().map(|(epoch, value)| (self.x(*epoch), self.y(*value))))
    }

    /// The epochs that are written below: the first, the last, and round ones between that have
    /// room.
    pub fn epochs(&self) -> Vec<u32> {
        let last = self.last_epoch as u32;
        let room = (self.right() - LEFT) / 64.0;
        let step = round_step(self.last_epoch / room.clamp(1.0, 6.0)).max(1.0) as u32;
        let mut epochs = vec![1];
        let far = |it: &u32| {
            let x = self.x(f64::from(*it));
            48.0 < x - LEFT && 76.0 < self.right() - x
        };
        epochs.extend((1..).map(|it| it * step).take_while(|it| *it < last).filter(far));
        if 1 < last {
            epochs.push(last);
        }
        epochs
    }
}

/// The least that an axis ends on: figures have three decimals.
const LEAST_TOP: f64 = 0.003;

/// The highest value of an axis that holds `max`, and its steps.
pub fn axis(max: f64) -> (f64, Vec<f64>) {
    let max = if max.is_finite() && 0.0 < max { max.max(LEAST_TOP) } else { 1.0 };
    let step = round_step(max / 3.0);
    let n = (max / step - 1e-9).ceil().max(1.0);
    let ticks = (0..=n as u32).map(|it| f64::from(it) * step).collect();
    (n * step, ticks)
}

/// How many decimals tell the steps of an axis apart.
pub fn decimals(ticks: &[f64]) -> usize {
    let step = ticks.get(1).copied().unwrap_or(1.0);
    let needed = |digits: &usize| {
        let scaled = step * 10_f64.powi(*digits as i32);
        (scaled - scaled.round()).abs() < 1e-6
    };
    (0..6).find(needed).unwrap_or(6).max(usize::from(step < 10.0))
}

/// The nearest of 1, 2, 2.5 and 5 times a power of ten that is not smaller.
fn round_step(step: f64) -> f64 {
    if !step.is_finite() || step <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    let found = [1.0, 2.0, 2.5, 5.0].into_iter().find(|it| step <= it * power * 1.000_001);
    found.unwrap_or(10.0) * power
}

/// Moves heights apart that lie too close, each as little as can be, and keeps their order.
pub fn apart(heights: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    // Those that would touch become a block, whose middle stays where theirs was.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for at in &order {
        let mut block = (heights[*at], 1);
        while let Some(above) = blocks.pop() {
            let room = APART * (above.1 + block.1) as f64 / 2.0;
            if room <= block.0 - above.0 {
                blocks.push(above);
                break;
            }
            let (n, m) = (above.1 as f64, block.1 as f64);
            // What each wants for its first one, were all of them in one block.
            let first = (above.0 - APART * (n - 1.0) / 2.0) * n
                + (block.0 - APART * (m - 1.0) / 2.0 - APART * n) * m;
            let n_both = n + m;
            block = (first / n_both + APART * (n_both - 1.0) / 2.0, above.1 + block.1);
        }
        blocks.push(block);
    }
    let mut moved = heights.to_vec();
    let mut order = order.into_iter();
    for (middle, n) in blocks {
        for at in 0..n {
            let height = middle + APART * (at as f64 - (n - 1) as f64 / 2.0);
            moved[order.next().expect("blocks hold each once")] = height;
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: f64, last_epoch: f64) -> Frame {
        Frame { width, height: 200.0, name_room: 20.0, last_epoch, top: 1.0 }
    }

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!(axis(1.35), (1.5, vec![0.0, 0.5, 1.0, 1.5]));
        let (top, ticks) = axis(1e-9);
        assert!((top - LEAST_TOP).abs() < 1e-9 && decimals(&ticks) == 3, "{top}");
        for max in [0.9, 0.0, f64::NAN] {
            assert_eq!(axis(max).1.last(), Some(&1.0), "{max}");
        }
        let (top, ticks) = axis(0.031);
        assert!((0.031..0.05).contains(&top), "{top}");
        assert_eq!(decimals(&ticks), 2);
        assert_eq!(decimals(&[0.0, 0.25]), 2);
        assert_eq!(decimals(&[0.0, 0.5]), 1);
        assert_eq!(decimals(&[0.0, 20.0]), 0);
    }

    #[test]
    fn points_lie_inside_the_frame() {
        let frame = frame(500.0, 30.0);
        for (epoch, value) in [(0.5, -1.0), (1.0, 0.0), (30.0, 1.0), (31.0, 9.0)] {
            assert!((LEFT..=frame.right()).contains(&frame.x(epoch)), "{epoch}");
            assert!((ABOVE..=frame.floor()).contains(&frame.y(value)), "{value}");
        }
        assert_eq!(frame.path(&[(1.0, 0.0), (30.0, 1.0)]), "M44.0 168.0L472.0 18.0");
    }

    #[test]
    fn epochs_have_room() {
        assert_eq!(frame(500.0, 30.0).epochs(), [1, 5, 10, 15, 20, 30]);
        assert_eq!(frame(300.0, 30.0).epochs(), [1, 10, 20, 30]);
        assert_eq!(frame(500.0, 1.0).epochs(), [1]);
        for last in 1..200 {
            let frame = frame(320.0, f64::from(last));
            let xs: Vec<_> = frame.epochs().iter().map(|it| frame.x(f64::from(*it))).collect();
            assert!(xs.windows(2).all(|it| 24.0 < it[1] - it[0]), "{last}: {xs:?}");
        }
    }

    #[test]
    fn names_are_pushed_apart() {
        assert_eq!(apart(&[50.0, 90.0]), [50.0, 90.0]);
        assert_eq!(apart(&[52.0, 50.0]), [51.0 + APART / 2.0, 51.0 - APART / 2.0]);
        assert_eq!(apart(&[10.0, 12.0, 14.0, 90.0]), [12.0 - APART, 12.0, 12.0 + APART, 90.0]);
        for heights in [[60.0, 40.0, 55.0, 41.0, 90.0], [1.0, 1.0, 1.0, 30.0, 1.0]] {
            let mut moved = apart(&heights);
            moved.sort_by(f64::total_cmp);
            assert!(moved.windows(2).all(|it| APART - 1e-9 <= it[1] - it[0]), "{moved:?}");
        }
        assert_eq!(apart(&[]), [0.0; 0]);
    }
}
