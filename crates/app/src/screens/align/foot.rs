use align::Drawn;
use leptos::prelude::*;
use screen::alignment as say;

use super::count::fix_alike;
use super::{Table, View};
use crate::browser;
use crate::parts::TokensDrawn;
use crate::state::App;
use crate::words;

/// What will happen for the used base, and the button that makes it happen.
#[component]
pub(super) fn Foot() -> impl IntoView {
    let (app, table) = (expect_context::<App>(), expect_context::<Table>());
    let used = Memo::new(move |_| {
        let base = app.work.project.read().as_ref().map(|it| it.base.clone())?;
        let at = table.place_of(&base)?;
        let plan = table.report.read().as_ref()?.bases[at].plan;
        Some((base, at, plan))
    });
    let words = move || used.get().map(|(base, _, plan)| say::plan(&base, &plan));
    let n_fixed = move || used.get().map_or(0, |(_, _, plan)| plan.n_fixed());
    let n_cut = move || used.get().map_or(0, |(_, _, plan)| plan.n_fixed() + plan.look_at);
    let is_busy = move || table.fixing.read().is_some() || table.counting.read().is_some();
    let fix_all = move |_| {
        if let Some((_, at, _)) = used.get_untracked().filter(|_| !untrack(is_busy)) {
            browser::spawn(fix_alike(app, table, at, None));
        }
    };
    // The next row that the used base cuts, behind the open one.
    let look = move |_| {
        let Some((_, at, _)) = used.get_untracked() else { return };
        table.view.set(View::Marks);
        let rows = untrack(|| table.rows());
        let open = table.open.read_untracked().as_ref().map(|it| it.number);
        let is_cut = |it: &&protocol::AlignedRow| !it.cells[at].verdict.fits();
        let behind = |it: &&protocol::AlignedRow| open.is_none_or(|open| open < it.number);
        let mut cut = rows.iter().filter(is_cut);
        let Some(next) = cut.clone().find(behind).or_else(|| cut.next()) else {
            return app.say("No row of the table is cut.");
        };
        let place = rows.iter().position(|it| it.number == next.number).unwrap_or(0);
        table.limit.update(|it| *it = (*it).max(place + 1));
        table.open.set(Some(next.clone()));
        let id = format!("row-{}", next.number);
        browser::spawn(async move {
            browser::next_frame().await;
            browser::focus(&id);
        });
    };
    view! {
        <div class="align-foot">
            <span class="meta row align-legend" aria-hidden="true">
                <TokensDrawn tokens=vec![token("one", (0, 0)), token("token", (0, 0))] of=2/>"borders are drawn"
            </span>
            <span class="meta row align-legend" aria-hidden="true">
                <TokensDrawn tokens=vec![token("cutword", (0, 3))] of=2/>"the mark ends inside the word"
            </span>
            <span class="grow"></span>
            <p class="num" role="status">{words}</p>
            <Show when=move || n_cut() != 0>
                <button class="btn" on:click=look>"Look one by one"</button>
            </Show>
            <Show when=move || n_fixed() != 0>
                <button
                    id="fix-everything" class="btn primary" on:click=fix_all
                    aria-disabled=move || is_busy().to_string()
                >{move || format!("Fix {}", words::counted(n_fixed(), "mark", "marks"))}</button>
            </Show>
        </div>
    }
}

fn token(text: &str, marked: (u32, u32)) -> Drawn {
    Drawn { text: text.to_owned(), blank_before: false, marked }
}
