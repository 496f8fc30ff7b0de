//! One mark of a row in its text, with the tokens of each base.

use align::{Cell, Drawn, Place as Bytes, Tokens, Verdict};
use leptos::prelude::*;
use project::DocNumber;
use protocol::{AlignedRow, IoReply, IoRequest, MarkFix};
use screen::alignment::{self as say, around};
use storage::Store;

use super::count::fix_alike;
use super::{Table, fix};
use crate::browser;
use crate::parts::{Icon, Picture, TokensDrawn};
use crate::state::{App, sentence};
use crate::words;

/// A mark's surroundings as the tokens of each base.
type Lines = Vec<(String, Vec<Drawn>)>;

/// A mark in its text, and what can be done about it.
#[component]
pub(super) fn Place(
    /// The marks it is one of.
    row: AlignedRow,
) -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let slot = app.work.look(&row.label).slot;
    let at = RwSignal::new(0_usize);
    let lines = RwSignal::new(None::<Result<Lines, String>>);
    let row = StoredValue::new(row);
    let n = row.with_value(|it| it.places.len());
    let place = Memo::new(move |_| row.with_value(|it| it.places[at.get().min(n - 1)].clone()));
    Effect::new(move || {
        let (doc, span) = place.get();
        browser::spawn(async move {
            let bytes = Bytes { start: span.start(), end: span.end() };
            let read = read(app, table, doc, bytes).await;
            // The row may be closed by now, or show another place.
            if place.try_get_untracked().is_some_and(|it| it == (doc, span)) {
                lines.set(Some(read));
            }
        });
    });
    let title = move || {
        let (doc, _) = place.get();
        let heads = app.work.heads.read();
        let title = heads.get(doc.0 as usize).map(|it| it.title.clone()).unwrap_or_default();
        (words::count(doc.0 + 1), title)
    };
    let n_marks = row.with_value(|it| it.n_marks);
    let count =
        move || format!("{} of {}", words::count(at.get() as u64 + 1), words::count(n_marks));
    let step = move |by: isize| {
        at.update(|it| *it = it.saturating_add_signed(by).min(n - 1));
    };
    let used = Memo::new(move |_| {
        let base = app.work.project.read().as_ref().map(|it| it.base.clone()).unwrap_or_default();
        let at = table.place_of(&base)?;
        row.with_value(|it| Some((base, at, it.cells.get(at)?.clone())))
    });
    let drawn = move || match lines.get() {
        None => view! { <p class="meta">"Reading the text …"</p> }.into_any(),
        Some(Err(why)) => view! { <p class="hint wrong" role="alert">{why}</p> }.into_any(),
        Some(Ok(lines)) => lines
            .into_iter()
            .map(|(base, tokens)| {
                view! {
                    <dt class="meta">{base}</dt>
                    <dd><TokensDrawn tokens of=slot all=true/></dd>
                }
            })
            .collect_view()
            .into_any(),
    };
    view! {
        <div class="place">
            <div class="row wrap">
                <Show when=move || 1 < n_marks>
                    <button class="btn small only-icon" aria-label="Previous place" aria-disabled=move || (at.get() == 0).to_string() on:click=move |_| step(-1)><Picture of=Icon::Left/></button>
                    <span class="num" role="status">{count}</span>
                    <button class="btn small only-icon" aria-label="Next place" aria-disabled=move || (n <= at.get() + 1).to_string() on:click=move |_| step(1)><Picture of=Icon::Right/></button>
                </Show>
                <button class="link" on:click=move |_| app.show_doc(place.get_untracked().0)>{move || format!("Open text {}", title().0)}</button>
                <bdi class="meta cut grow">{move || title().1}</bdi>
            </div>
            <div tabindex="0" role="group" aria-label="The mark in its text, as the tokens of each base">
                <dl class="place-lines">{drawn}</dl>
            </div>
            {move || used.get().map(|(base, at, cell)| view! {
                <Correct base at cell place row/>
            })}
        </div>
    }
}

/// What the used base would need.
#[component]
fn Correct(
    base: String,
    /// The place of the base in the report.
    at: usize,
    cell: Cell,
    place: Memo<(DocNumber, corpus::Span)>,
    row: StoredValue<AlignedRow>,
) -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let (number, n_marks) = row.with_value(|it| (it.number, it.n_marks));
    let Verdict::Misfit { reason, fix: shift, .. } = cell.verdict else {
        return view! { <p class="soft">{format!("With {base} it fits.")}</p> }.into_any();
    };
    let because = reason.words();
    let Some(shift) = shift else {
        let why = format!(
            "With {base} it {}: {because}. Open the text and mark it as you want it.",
            cell.verdict.words()
        );
        return view! { <p class="soft">{why}</p> }.into_any();
    };
    let fix_one = move |_| {
        let (doc, old) = place.get_untracked();
        if let Some(new) = shift.apply(&old) {
            browser::spawn(fix(app, table, vec![MarkFix { doc, old, new }]));
        }
    };
    let fix_all = move |_| browser::spawn(fix_alike(app, table, at, Some(number)));
    let (old, new) = (row.with_value(|it| it.text.clone()), cell.corrected.unwrap_or_default());
    view! {
        <div class="row wrap">
            <p class="soft grow">
                {format!("With {base}: ")}<bdi>{old}</bdi>" → "<bdi><b>{new}</b></bdi>{format!(", {because}.")}
            </p>
            <button class="btn small" on:click=fix_one>"Fix this mark"</button>
            {(1 < n_marks).then(|| view! {
                <button class="btn small" on:click=fix_all>{say::fix_alike(shift.action(), n_marks)}</button>
            })}
        </div>
    }
    .into_any()
}

/// The tokens around a mark, for each base of the report.
async fn read(app: App, table: Table, doc: DocNumber, mark: Bytes) -> Result<Lines, String> {
    let gone = || "The text is not there any more.".to_owned();
    let (Some(store), Some(project)) = (app.store(), app.work.project_id()) else {
        return Err(gone());
    };
    let text = store.text(&project, doc).await.map_err(|it| sentence(&it))?.text;
    let bases: Vec<String> = table
        .report
        .try_get_untracked()
        .flatten()
        .iter()
        .flat_map(|it| &it.bases)
        .map(|it| it.name.clone())
        .collect();
    let window = around(mark, text.len() as u32);
    let mut lines = Vec::new();
    for base in bases {
        let request =
            IoRequest::Tokens { project: project.clone(), base: base.clone(), docs: vec![doc] };
        let io = app.workers().io.clone();
        match io.ask(request, Vec::new()).await.map_err(|it| sentence(&it))?.0 {
            IoReply::Tokens(made) => {
                let bounds = made.into_iter().next().ok_or_else(gone)?.1;
                let tokens = Tokens { text: &text, bounds: &bounds, sentence_starts: &[] };
                lines.push((base, tokens.draw(mark, window)));
            }
            IoReply::Failed { why } => return Err(sentence(&why)),
            _ => return Err("The tokens could not be made. Try again.".to_owned()),
        }
    }
    Ok(lines)
}
