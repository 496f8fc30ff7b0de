use crate::chart::{self, decimals};

/// The room of a chart of scores over numbers of texts. Lengths are CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// How wide the chart is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// Room for the names at the line ends.
    pub name_room: f64,
    /// The fewest texts.
    pub first: f64,
    /// The most texts.
    pub last: f64,
    /// The lowest score of the axis.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

/// Where the lines begin; the numbers have the room before it.
pub const LEFT: f64 = 52.0;
const INSET: f64 = 26.0;
const ABOVE: f64 = 14.0;
const BELOW: f64 = 34.0;

impl Plane {
    /// Where the most texts stand.
    pub fn right(&self) -> f64 {
        (self.width - self.name_room.max(40.0)).max(LEFT + 2.0 * INSET + 40.0)
    }

    /// Where the lowest score stands, from the top.
    pub fn floor(&self) -> f64 {
        self.height - BELOW
    }

    /// Where a number of texts stands.
    pub fn x(&self, n: f64) -> f64 {
        let share = (n - self.first) / (self.last - self.first).max(1.0);
        LEFT + INSET + share.clamp(0.0, 1.0) * (self.right() - LEFT - INSET)
    }

    /// Where a score stands, from the top.
    pub fn y(&self, score: f64) -> f64 {
        let share = ((score - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.floor() - share * (self.floor() - ABOVE)
    }

    /// A line through points, as SVG writes a path.
    pub fn path(&self, points: &[(f64, f64)]) -> String {
        chart::path(points.iter().map(|(n, score)| (self.x(*n), self.y(*score))))
    }

    /// The area between two lines that go through the same numbers of texts.
    pub fn area(&self, points: &[(f64, f64, f64)]) -> String {
        let upper = points.iter().map(|it| (it.0, it.2));
        let lower = points.iter().rev().map(|it| (it.0, it.1));
        let mut path = self.path(&upper.chain(lower).collect::<Vec<_>>());
        path.push('Z');
        path
    }

    /// The numbers of texts that have room below the axis: the last one always.
    pub fn written(&self, sizes: &[u32]) -> Vec<u32> {
        let mut written: Vec<u32> = Vec::new();
        for n in sizes.iter().rev() {
            let apart = if written.len() == 1 { 64.0 } else { 36.0 };
            let is_free = |after: &u32| apart <= self.x(f64::from(*after)) - self.x(f64::from(*n));
            if written.last().is_none_or(is_free) {
                written.push(*n);
            }
        }
        written.reverse();
        written
    }
}

/// An axis of scores that holds all of these: its ends, the values written on it, and their
/// decimals.
pub fn axis(scores: impl IntoIterator<Item = f64>) -> (f64, f64, Vec<f64>, usize) {
    let ends = scores.into_iter().fold((1.0_f64, 0.0_f64), |it, v| (it.0.min(v), it.1.max(v)));
    let (low, high) = if ends.1 < ends.0 { (0.0, 1.0) } else { ends };
    let steps = [0.01, 0.02, 0.05, 0.1, 0.2];
    let step = steps.into_iter().find(|it| (high - low) / it <= 6.0).unwrap_or(0.2);
    let first = ((low - 1e-9) / step).floor().max(0.0);
    let last = ((high - 1e-9) / step).ceil().min((1.0_f64 / step).round()).max(first + 1.0);
    let ticks: Vec<f64> =
        (0..=(last - first) as u32).map(|it| (first + f64::from(it)) * step).collect();
    (first * step, last * step, ticks, decimals(&[0.0, step]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: f64) -> Plane {
        let (low, high) = (0.4, 0.9);
        Plane { width, height: 300.0, name_room: 100.0, first: 18.0, last: 115.0, low, high }
    }

    #[test]
    fn axes_hold_the_scores_and_end_round() {
        let (low, high, ticks, digits) = axis([0.386, 0.851]);
        assert!((low - 0.3).abs() < 1e-9 && (high - 0.9).abs() < 1e-9, "{low} {high}");
        assert_eq!((ticks.len(), digits), (7, 1));
        let (low, high, _, digits) = axis([0.99, 1.0]);
        assert!(low <= 0.99 && (high - 1.0).abs() < 1e-9 && digits == 2);
        let (low, high, ..) = axis([0.0]);
        assert!(low.abs() < 1e-9 && 0.0 < high);
        assert_eq!(axis([]).3, 1);
    }

    #[test]
    fn points_lie_inside_and_areas_close() {
        let plane = plane(500.0);
        for (n, score) in [(0.0, 0.0), (18.0, 0.4), (115.0, 0.9), (500.0, 2.0)] {
            assert!((LEFT..=plane.right()).contains(&plane.x(n)), "{n}");
            assert!((ABOVE..=plane.floor()).contains(&plane.y(score)), "{score}");
        }
        let area = plane.area(&[(18.0, 0.4, 0.5), (115.0, 0.8, 0.9)]);
        assert!(area.starts_with('M') && area.ends_with('Z') && area.matches('L').count() == 3);
    }

    #[test]
    fn numbers_of_texts_that_have_no_room_are_left_out() {
        assert_eq!(plane(500.0).written(&[18, 36, 72, 115]), [18, 36, 72, 115]);
        assert_eq!(plane(260.0).written(&[18, 36, 72, 115]), [36, 115]);
        assert_eq!(plane(500.0).written(&[]), [0; 0]);
    }
}
