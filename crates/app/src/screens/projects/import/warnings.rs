use leptos::prelude::*;
use protocol::{Severity, Warning, Warnings};

use crate::parts::{Icon, Picture};
use crate::words;

/// How many are shown until somebody asks for all.
const SHOWN: usize = 200;

/// The kinds of warnings, worst first.
const KINDS: [Severity; 4] = [Severity::Lost, Severity::Changed, Severity::Kept, Severity::Note];

/// What a kind looks like: icon, colour, and the word for one and for many.
fn look(severity: Severity) -> (Icon, &'static str, &'static str) {
    match severity {
        Severity::Lost => (Icon::Rejected, "bad", "left out"),
        Severity::Changed => (Icon::Warning, "warn", "changed"),
        Severity::Kept => (Icon::Warning, "", "kept as it is"),
        Severity::Note => (Icon::Info, "info", "to know"),
    }
}

/// How many of each kind there are, as chips.
#[component]
pub(super) fn WarningCounts(
    /// Of these.
    warnings: Warnings,
) -> impl IntoView {
    let listed = |kind| warnings.list.iter().filter(|it| it.severity == kind).count() as u32;
    let more = if warnings.list.len() < warnings.total as usize { "+" } else { "" };
    KINDS
        .into_iter()
        .filter_map(|kind| {
            let (icon, class, word) = look(kind);
            // Of those beyond the list, only the lost ones are counted.
            let (n, more) =
                if kind == Severity::Lost { (warnings.lost, "") } else { (listed(kind), more) };
            let text = format!("{}{more} {word}", words::count(n));
            (0 < n).then(
                || view! { <span class=format!("chip {class}")><Picture of=icon/>{text}</span> },
            )
        })
        .collect_view()
}

/// What could not be read or was changed, worst first.
#[component]
pub(super) fn WarningList(
    /// These.
    warnings: Warnings,
) -> impl IntoView {
    let Warnings { mut list, total, .. } = warnings;
    list.sort_by_key(|it| it.severity);
    let is_one_file = list.windows(2).all(|it| it[0].file == it[1].file);
    let shows_all = RwSignal::new(false);
    let n = list.len();
    let list = StoredValue::new(list);
    let lines = move |range: std::ops::Range<usize>| {
        list.with_value(|list| list[range].iter().map(|it| line(it, is_one_file)).collect_view())
    };
    let foot = match total as usize {
        total if n < total => Some(format!(
            "The first {} of {} are listed.",
            words::count(n as u64),
            words::count(total as u64)
        )),
        _ => None,
    };
    view! {
        <div class="warnings" tabindex="0" role="region" aria-label="What to know about these files">
            <ul>
                {lines(0..n.min(SHOWN))}
                {move || shows_all.get().then(|| lines(SHOWN.min(n)..n))}
            </ul>
            <Show when=move || SHOWN < n && !shows_all.get()>
                <p class="more"><button class="btn small" on:click=move |_| shows_all.set(true)>
                    {format!("Show all {}", words::count(n as u64))}
                </button></p>
            </Show>
            {foot.map(|it| view! { <p class="meta more">{it}</p> })}
        </div>
    }
}

fn line(warning: &Warning, is_one_file: bool) -> impl IntoView + use<> {
    let (icon, class, word) = look(warning.severity);
    // Most reasons say the line themselves.
    let says_line = warning.reason.starts_with("Line ");
    let line = warning.line.filter(|_| !says_line).map(|it| format!("Line {}", words::count(it)));
    let file = (!is_one_file).then(|| warning.file.clone());
    let place: Vec<String> = file.into_iter().chain(line).collect();
    let place = (!place.is_empty()).then(|| format!("{} · ", place.join(", ")));
    view! {
        <li>
            <span class=format!("state {class}")><Picture of=icon/><span class="unseen">{word}</span></span>
            <div class="grow">
                <p class="fact" dir="auto">{warning.reason.clone()}</p>
                <p class="meta num" dir="auto">{place}{warning.remedy.clone()}</p>
            </div>
        </li>
    }
}
