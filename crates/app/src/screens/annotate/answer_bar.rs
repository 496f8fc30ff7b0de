use corpus::Answer;
use leptos::prelude::*;

use crate::parts::{Icon, Picture};
use crate::state::App;

/// Accept, reject, ignore, undo.
#[component]
pub(super) fn AnswerBar() -> impl IntoView {
    let app = expect_context::<App>();
    let work = app.work;
    // What accepting would accept: the marks, and the suggestions with them.
    let takes = move || {
        let marks = work.annotation.read().marks.len();
        let suggested = work.open_suggestions.read().len();
        match (marks, suggested) {
            (0, 0) => String::new(),
            (marks, 0) => marks.to_string(),
            (marks, suggested) => format!("{marks} + {suggested} suggested"),
        }
    };
    let pressed = move |answer: Answer| (work.annotation.read().answer == Some(answer)).to_string();
    let cannot = move || (!work.can_undo.get()).to_string();
    view! {
        <div class="answers">
            <button class="btn primary" aria-pressed=move || pressed(Answer::Accept) on:click=move |_| app.answer(Answer::Accept)>
                <Picture of=Icon::Check/>"Accept " <span class="num takes">{takes}</span> <kbd>"A"</kbd>
            </button>
            <button class="btn" aria-pressed=move || pressed(Answer::Reject) on:click=move |_| app.answer(Answer::Reject)>
                <Picture of=Icon::Cross/>"Reject" <kbd>"X"</kbd>
            </button>
            <button class="btn" aria-pressed=move || pressed(Answer::Ignore) on:click=move |_| app.answer(Answer::Ignore)>
                <Picture of=Icon::Ignored/>"Ignore" <kbd>"Space"</kbd>
            </button>
            <button class="btn quiet end" aria-label="Undo" aria-disabled=cannot on:click=move |_| app.undo()>
                <Picture of=Icon::Undo/><span class="wide-only">"Undo"</span> <kbd>"⌫"</kbd>
            </button>
        </div>
    }
}
