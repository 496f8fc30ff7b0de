//! Plots as SVG. Colours are classes of the page's style, so that they follow its light or dark;
//! shapes and dashes tell series apart without colour.

use std::fmt::Write;

use super::html::escape;
use crate::stats::{Interval, Summary};
use crate::{Comparison, Curve, words};

const WIDTH: f64 = 760.0;
/// Where scales begin, behind the names.
const LEFT: f64 = 190.0;
const RIGHT: f64 = 60.0;
const LINE: f64 = 26.0;
/// Room for the numbers of a scale.
const FOOT: f64 = 26.0;
/// Series beyond these look like earlier ones.
const SERIES: usize = 8;

/// A scale between two values.
#[derive(Clone, Copy)]
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low).max(1e-9);
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// Steps of a tenth, or of a twentieth where few tenths fit.
    fn steps(&self) -> Vec<f64> {
        let step = if self.high - self.low < 0.25 { 0.05 } else { 0.1 };
        let first = (self.low / step).round() as u32;
        let last = (self.high / step).round() as u32;
        (first..=last).map(|it| f64::from(it) * step).collect()
    }
}

/// The tenths around all values.
fn around(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        values.fold((1.0_f64, 0.0_f64), |(low, high), it| (low.min(it), high.max(it)));
    if high < low {
        return (0.0, 1.0);
    }
    let low = ((low * 10.0).floor() / 10.0).clamp(0.0, 0.9);
    let high = ((high * 10.0).ceil() / 10.0).clamp(low + 0.1, 1.0);
    (low, high)
}

/// Names with a figure and its interval, below each other.
pub(super) fn intervals(title: &str, rows: &[(String, usize, Summary)]) -> String {
    let of_row = |it: &Summary| {
        let interval = it.interval.unwrap_or(Interval { low: it.mean, high: it.mean });
        [it.mean, interval.low, interval.high]
    };
    let (low, high) = around(rows.iter().flat_map(|it| of_row(&it.2)));
    let scale = Scale { low, high, from: LEFT, to: WIDTH - RIGHT };
    let floor = LINE * rows.len() as f64 + 6.0;
    let mut svg = open(title, floor + FOOT);
    upright_grid(&mut svg, scale, floor);
    for (at, (name, series, summary)) in rows.iter().enumerate() {
        let y = LINE * at as f64 + LINE / 2.0 + 2.0;
        put(&mut svg, &text(LEFT - 12.0, y + 4.0, "end", &shorten(name)));
        if let Some(interval) = summary.interval {
            let (from, to) = (scale.at(interval.low), scale.at(interval.high));
            put(
                &mut svg,
                &format!(
                    "<line class=\"band s{}\" x1=\"{from:.1}\" y1=\"{y:.1}\" x2=\"{to:.1}\" y2=\"{y:.1}\"/>",
                    series % SERIES
                ),
            );
        }
        put(&mut svg, &mark(*series, scale.at(summary.mean), y));
        put(&mut svg, &text(WIDTH - RIGHT + 12.0, y + 4.0, "start", &words::score(summary.mean)));
    }
    svg + "</svg>"
}

fn upright_grid(svg: &mut String, scale: Scale, floor: f64) {
    for step in scale.steps() {
        let x = scale.at(step);
        put(
            svg,
            &format!(
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"0\" x2=\"{x:.1}\" y2=\"{floor:.1}\"/>"
            ),
        );
        put(svg, &text(x, floor + 18.0, "middle", &format!("{step:.2}")));
    }
}

/// F1 by training documents: points, the law through them, and its band.
pub(super) fn curves(comparison: &Comparison) -> String {
    let height = 320.0;
    let curves: Vec<(usize, &Curve)> = comparison
        .curves
        .iter()
        .filter_map(|it| Some((series(comparison, &it.base)?, it)))
        .collect();
    let most = curves.iter().map(|it| it.1.n_docs()).max().unwrap_or(1).max(1);
    let last = most + (most / 2).max(1);
    let sizes: Vec<u32> = (0..=40).map(|it| (last * it / 40).max(1)).collect();
    let seen = |curve: &Curve| curve.points.iter().map(crate::CurvePoint::mean).collect::<Vec<_>>();
    let (low, high) = around(curves.iter().flat_map(|it| seen(it.1)));
    let x = Scale { low: 0.0, high: last.into(), from: 52.0, to: WIDTH - LEFT };
    let y = Scale { low, high, from: height - FOOT, to: 12.0 };
    let mut svg = open("F1 by training texts", height);
    for step in y.steps() {
        let at = y.at(step);
        put(
            &mut svg,
            &format!(
                "<line class=\"grid\" x1=\"52\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\"/>",
                x.to
            ),
        );
        put(&mut svg, &text(44.0, at + 4.0, "end", &format!("{step:.2}")));
    }
    for n in [0, most / 2, most, last] {
        put(&mut svg, &text(x.at(n.into()), height - 8.0, "middle", &words::count(n)));
    }
    let ends: Vec<f64> = curves
        .iter()
        .map(|it| y.at(it.1.points.last().map_or(0.0, crate::CurvePoint::mean)))
        .collect();
    for ((series, curve), name_y) in curves.into_iter().zip(apart(&ends)) {
        put(&mut svg, &one_curve(series, curve, &sizes, x, y));
        let name = shorten(&comparison.name(&curve.base));
        put(&mut svg, &mark(series, x.to + 14.0, name_y));
        put(&mut svg, &text(x.to + 24.0, name_y + 4.0, "start", &name));
    }
    svg + "</svg>"
}

fn one_curve(series: usize, curve: &Curve, sizes: &[u32], x: Scale, y: Scale) -> String {
    let mut svg = String::new();
    let from = curve.points.first().map_or(1, |it| it.n_docs);
    let sizes: Vec<u32> = sizes.iter().copied().filter(|it| from <= *it).collect();
    let place = |n: u32, f1: f64| format!("{:.1},{:.1}", x.at(n.into()), y.at(f1));
    let bands: Vec<_> = sizes.iter().filter_map(|it| Some((*it, curve.band(*it)?))).collect();
    let low = bands.iter().map(|(n, it)| place(*n, it.low));
    let high = bands.iter().rev().map(|(n, it)| place(*n, it.high));
    let around: Vec<String> = low.chain(high).collect();
    let class = series % SERIES;
    if !around.is_empty() {
        put(
            &mut svg,
            &format!("<polygon class=\"area s{class}\" points=\"{}\"/>", around.join(" ")),
        );
    }
    let line: Vec<String> = match &curve.law {
        Ok(law) => sizes.iter().map(|it| place(*it, law.f1(*it))).collect(),
        Err(_) => curve.points.iter().map(|it| place(it.n_docs, it.mean())).collect(),
    };
    put(&mut svg, &format!("<polyline class=\"curve s{class}\" points=\"{}\"/>", line.join(" ")));
    for point in &curve.points {
        put(&mut svg, &mark(series, x.at(point.n_docs.into()), y.at(point.mean())));
    }
    svg
}

/// The position of a base, which its colour and shape follow from.
pub(super) fn series(comparison: &Comparison, base: &crate::BaseKey) -> Option<usize> {
    comparison.bases.iter().position(|it| it.key == *base)
}

/// A shape for each series, about 10 wide.
fn mark(series: usize, x: f64, y: f64) -> String {
    let shape = match series % SERIES {
        0 => "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
        1 => "M0-6L6 5H-6z",
        2 => "M-5-5H5V5H-5z",
        3 => "M0-6L6 0L0 6L-6 0z",
        4 => "M0 6L6-5H-6z",
        5 => "M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2z",
        6 => "M-6 0L-3-5H3L6 0L3 5H-3z",
        _ => "M0-6L2-2L6-1L3 2L4 6L0 4L-4 6L-3 2L-6-1L-2-2z",
    };
    let class = series % SERIES;
    format!("<path class=\"mark s{class}\" transform=\"translate({x:.1} {y:.1})\" d=\"{shape}\"/>")
}

/// Moves names apart that lie too close.
fn apart(heights: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    let mut moved = heights.to_vec();
    for pair in order.windows(2) {
        moved[pair[1]] = moved[pair[1]].max(moved[pair[0]] + 17.0);
    }
    moved
}

fn open(title: &str, height: f64) -> String {
    let title = escape(title);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>"
    )
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escape(text))
}

/// A name that fits beside a plot.
fn shorten(name: &str) -> String {
    const ROOM: usize = 24;
    match name.char_indices().nth(ROOM) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

fn put(out: &mut String, text: &str) {
    out.write_str(text).expect("a string takes everything");
}
