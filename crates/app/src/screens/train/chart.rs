use leptos::prelude::*;
use screen::chart::{Frame, LEFT, apart, axis, decimals};

use crate::parts::Measured;
use crate::words;

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    /// The label slot whose colour it has.
    pub(crate) slot: u8,
    pub(crate) is_dashed: bool,
    /// Epoch and value.
    pub(crate) points: Vec<(f64, f64)>,
}

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Figure {
    pub(crate) lines: Vec<Line>,
    /// The last epoch there may be.
    pub(crate) epochs: u32,
    /// The best epoch.
    pub(crate) best: Option<u32>,
    /// The highest value of the axis, where it does not follow the lines.
    pub(crate) top: Option<f64>,
}

const HEIGHT: f64 = 210.0;

/// A chart over epochs, drawn at the width it has, with the same figures as a table beside it.
#[component]
pub(crate) fn Chart(
    /// Its name.
    name: &'static str,
    /// Which way is good.
    better: &'static str,
    /// How its values are written.
    write: fn(f64) -> String,
    /// What stands there while there are no figures.
    #[prop(into)]
    empty: Signal<String>,
    /// What it shows.
    figure: Memo<Figure>,
) -> impl IntoView {
    let shows_table = RwSignal::new(false);
    let toggle = move |_| shows_table.update(|it| *it = !*it);
    view! {
        <section class="card chart" aria-label=name>
            <header>
                <h2>{name}</h2>
                <span class="meta end chart-better">{better}</span>
                <button class="link meta" aria-pressed=move || shows_table.get().to_string() on:click=toggle>
                    {move || if shows_table.get() { "Show as chart" } else { "Show as table" }}
                    <span class="unseen">{format!(": {name}")}</span>
                </button>
            </header>
            {move || match (figure.read().lines.iter().all(|it| it.points.is_empty()), shows_table.get()) {
                (true, _) => view! { <p class="chart-empty meta">{move || empty.get()}</p> }.into_any(),
                (false, true) => view! { <Table name write figure/> }.into_any(),
                (false, false) => view! { <Plot name write figure/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Plot(name: &'static str, write: fn(f64) -> String, figure: Memo<Figure>) -> impl IntoView {
    let drawn = move |width| draw(name, write, &figure.read(), width).into_any();
    view! { <Measured class="plot" drawn/> }
}

fn draw(
    name: &'static str,
    write: fn(f64) -> String,
    figure: &Figure,
    width: f64,
) -> impl IntoView + use<> {
    let values = figure.lines.iter().flat_map(|it| it.points.iter().map(|(_, value)| *value));
    let (top, ticks) = match figure.top {
        Some(top) => (top, vec![0.0, 0.25 * top, 0.5 * top, 0.75 * top, top]),
        None => axis(values.fold(0.0, f64::max)),
    };
    let last_epoch = f64::from(figure.epochs.max(1));
    let words = |line: &Line, value: f64| match line.name {
        "" => write(value),
        name => format!("{name} {}", write(value)),
    };
    // Letters of the names are at most this wide.
    let name_width = |line: &Line| {
        let value = line.points.last().map_or(0.0, |it| it.1);
        7.0 * words(line, value).chars().count() as f64
    };
    let name_room = 14.0 + figure.lines.iter().map(name_width).fold(0.0, f64::max);
    let frame = Frame { width, height: HEIGHT, name_room, last_epoch, top };
    let digits = decimals(&ticks);
    let grid = ticks
        .iter()
        .map(|tick| {
            let y = frame.y(*tick);
            let class = if *tick == 0.0 { "g axis" } else { "g" };
            view! {
                <line class=class x1=LEFT x2=frame.right() y1=y y2=y></line>
                <text x=LEFT - 8.0 y=y + 4.0 text-anchor="end">{format!("{tick:.digits$}")}</text>
            }
        })
        .collect_view();
    let below = frame.floor() + 20.0;
    let all = frame.epochs();
    let n = all.len();
    let epochs = all
        .into_iter()
        .enumerate()
        .map(|(at, epoch)| {
            let (words, anchor, x) = match at + 1 == n && 1 < n {
                true => (format!("{epoch} epochs"), "end", frame.right() + 20.0),
                false => (epoch.to_string(), "middle", frame.x(f64::from(epoch))),
            };
            view! { <text x=x y=below text-anchor=anchor>{words}</text> }
        })
        .collect_view();
    let best = figure.best.map(|epoch| {
        let x = frame.x(f64::from(epoch));
        let (at, anchor) = if x - LEFT < 40.0 { (x + 5.0, "start") } else { (x - 5.0, "end") };
        view! {
            <line class="best" x1=x x2=x y1="18" y2=frame.floor()></line>
            <text x=at y=frame.floor() - 8.0 text-anchor=anchor>"best"</text>
        }
    });
    let ends: Vec<_> = figure.lines.iter().filter_map(|it| it.points.last().copied()).collect();
    let heights = apart(&ends.iter().map(|(_, value)| frame.y(*value)).collect::<Vec<_>>());
    let drawn = figure.lines.iter().filter(|it| !it.points.is_empty());
    let lines = drawn
        .zip(ends.iter().zip(heights))
        .map(|(line, ((epoch, value), name_y))| {
            let words = words(line, *value);
            let (x, y) = (frame.x(*epoch), frame.y(*value));
            view! {
                <g class=format!("L{}", line.slot)>
                    <path class="line" class:dashed=line.is_dashed d=frame.path(&line.points)></path>
                    <circle cx=x cy=y r="4"></circle>
                    <text class="name" x=x + 9.0 y=name_y + 4.0>{words}</text>
                </g>
            }
        })
        .collect_view();
    let says = |line: &Line| {
        let (epoch, value) = line.points.last()?;
        Some(format!("{} {} at epoch {epoch:.0}", line.name, write(*value)))
    };
    let spoken: Vec<_> = figure.lines.iter().filter_map(says).collect();
    view! {
        <svg
            width=width height=HEIGHT role="img"
            aria-label=format!("{name} over epochs: {}", spoken.join(", "))
        >
            {grid}{epochs}{best}{lines}
        </svg>
    }
}

#[component]
fn Table(name: &'static str, write: fn(f64) -> String, figure: Memo<Figure>) -> impl IntoView {
    view! {
        <div class="scroll-x chart-table" tabindex="0" role="region" aria-label=format!("{name}, as a table")>
            {move || {
                let figure = figure.read();
                let lines: Vec<_> = figure.lines.iter().filter(|it| !it.points.is_empty()).collect();
                let mut epochs: Vec<u32> =
                    lines.iter().flat_map(|it| it.points.iter().map(|(epoch, _)| *epoch as u32)).collect();
                epochs.sort_unstable();
                epochs.dedup();
                let value = |line: &Line, epoch: u32| {
                    let found = line.points.iter().find(|(it, _)| *it as u32 == epoch);
                    found.map_or_else(|| "–".to_owned(), |(_, value)| write(*value))
                };
                view! {
                    <table>
                        <thead><tr>
                            <th class="n">"Epoch"</th>
                            {lines.iter().map(|it| {
                                let head = if it.name.is_empty() { name } else { it.name };
                                view! { <th class="n">{head}</th> }
                            }).collect_view()}
                        </tr></thead>
                        <tbody>{epochs.into_iter().map(|epoch| view! {
                            <tr class:best=figure.best == Some(epoch)>
                                <td class="n">{words::count(epoch)}</td>
                                {lines.iter().map(|it| view! { <td class="n">{value(it, epoch)}</td> }).collect_view()}
                            </tr>
                        }).collect_view()}</tbody>
                    </table>
                }
            }}
        </div>
    }
}
