use leptos::prelude::*;
use screen::chart::apart;
use screen::compare::{LEFT, Plane, axis, shorten};

use super::Look;
use crate::parts::shape_path;
use crate::words;

/// A base's line over numbers of texts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) look: Look,
    /// Texts and mean F1.
    pub(super) points: Vec<(f64, f64)>,
    /// Texts, lower and upper end of the band; empty without one.
    pub(super) band: Vec<(f64, f64, f64)>,
}

/// Dashes of lines, the second cue beside their colour.
const DASHES: [&str; 8] = ["", "8 5", "2 4", "9 4 2 4", "14 5", "5 3", "9 3 2 3 2 3", "1 6"];

/// How wide a letter of a name is at most.
const LETTER: f64 = 7.6;

const HEIGHT: f64 = 330.0;

/// Draws learning curves at this width.
pub(super) fn draw(lines: &[Line], width: f64) -> AnyView {
    let values = |it: &Line| {
        let band: Vec<f64> = it.band.iter().flat_map(|it| [it.1, it.2]).collect();
        it.points.iter().map(|it| it.1).chain(band).collect::<Vec<_>>()
    };
    let (low, high, ticks, digits) = axis(lines.iter().flat_map(values));
    let mut sizes: Vec<u32> =
        lines.iter().flat_map(|it| it.points.iter().map(|it| it.0 as u32)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    // Names have a part of the width, long ones are cut there.
    let letters = ((0.38 * width) / LETTER) as usize;
    let longest = lines.iter().map(|it| it.look.name.chars().count()).max().unwrap_or(0);
    let plane = Plane {
        width,
        height: HEIGHT,
        name_room: 18.0 + LETTER * longest.min(letters) as f64,
        first: f64::from(sizes.first().copied().unwrap_or(0)),
        last: f64::from(sizes.last().copied().unwrap_or(1)),
        low,
        high,
    };
    let ends: Vec<_> = lines.iter().filter_map(|it| it.points.last().copied()).collect();
    let heights = apart(&ends.iter().map(|it| plane.y(it.1)).collect::<Vec<_>>());
    let drawn = lines
        .iter()
        .zip(heights)
        .rev()
        .map(|(line, name_y)| draw_line(line, &plane, name_y, letters));
    let drawn = drawn.collect_view();
    let spoken: Vec<_> = lines.iter().filter_map(says).collect();
    view! {
        <svg width=width height=HEIGHT role="img" aria-label=format!("F1 by texts trained on: {}", spoken.join(", "))>
            {grid(&plane, &ticks, digits)}{below(&plane, &sizes)}{drawn}
        </svg>
    }
    .into_any()
}

fn grid(plane: &Plane, ticks: &[f64], digits: usize) -> impl IntoView + use<> {
    let line = |(at, tick): (usize, &f64)| {
        let y = plane.y(*tick);
        let class = if at == 0 { "g axis" } else { "g" };
        view! {
            <line class=class x1=LEFT x2=plane.right() y1=y y2=y></line>
            <text x=LEFT - 8.0 y=y + 4.0 text-anchor="end">{format!("{tick:.digits$}")}</text>
        }
    };
    ticks.iter().enumerate().map(line).collect_view()
}

fn below(plane: &Plane, sizes: &[u32]) -> impl IntoView + use<> {
    let y = plane.floor() + 20.0;
    let written = plane.written(sizes);
    let last = written.last().copied();
    let number = |n: u32| {
        let says =
            if Some(n) == last { format!("{} texts", words::count(n)) } else { words::count(n) };
        view! { <text x=plane.x(f64::from(n)) y=y text-anchor="middle">{says}</text> }
    };
    written.into_iter().map(number).collect_view()
}

fn draw_line(line: &Line, plane: &Plane, name_y: f64, letters: usize) -> impl IntoView + use<> {
    let Look { slot, name, .. } = line.look.clone();
    let dash = DASHES[usize::from(slot - 1) % DASHES.len()];
    let end = line.points.last().copied().unwrap_or_default();
    let shown = shorten(&name, letters);
    let mark = |(n, score): &(f64, f64)| {
        let place = format!("translate({:.1} {:.1})", plane.x(*n) - 5.0, plane.y(*score) - 5.0);
        view! { <path class="at" transform=place d=shape_path(slot)></path> }
    };
    let band = (!line.band.is_empty())
        .then(|| view! { <path class="band" d=plane.area(&line.band)></path> });
    view! {
        <g class=format!("L{slot}")>
            {band}
            <path class="line" d=plane.path(&line.points) stroke-dasharray=dash></path>
            {line.points.iter().map(mark).collect_view()}
            <text class="name" x=plane.x(end.0) + 10.0 y=name_y + 4.0>{shown}</text>
        </g>
    }
}

fn says(line: &Line) -> Option<String> {
    let (n, score) = line.points.last()?;
    Some(format!(
        "{} {} with {}",
        line.look.name,
        words::score(*score),
        words::counted(*n as u32, "text", "texts")
    ))
}
