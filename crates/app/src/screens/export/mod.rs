//! The Export screen: formats at the left, what the chosen one would lose at the right.

mod formats;
mod passage;
mod report;

use leptos::prelude::*;
use protocol::{CallId, ExportFormat, ExportOptions, IoReply, IoRequest, LossReport, Which};

use crate::browser;
use crate::parts::{Bar, Icon, Picture};
use crate::state::{App, sentence};
use crate::words;

use formats::{Formats, known};
use passage::Passages;
use report::{Report, Warning};

/// What is known about the file that would be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered {
    /// The last report; it may be of other options while [`Answered::is_asking`].
    report: Option<LossReport>,
    /// Whether an answer is on its way.
    is_asking: bool,
    /// Why there is none.
    why_not: Option<String>,
}

/// A file that is being written.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Writing {
    call: CallId,
    done: u64,
    total: u64,
}

/// The Export screen.
#[component]
pub(crate) fn ExportScreen() -> impl IntoView {
    let app = expect_context::<App>();
    let base = app.work.project.read_untracked().as_ref().map(|it| it.base.clone());
    let options = RwSignal::new(ExportOptions {
        format: ExportFormat::Nerine,
        which: Which::Accepted,
        base: base.unwrap_or_else(|| "blank:en".to_owned()),
        history: true,
    });
    let answered = RwSignal::new(Answered::default());
    let writing = RwSignal::new(None::<Writing>);
    let trouble = RwSignal::new(None::<String>);
    let asked = StoredValue::new(0_u32);
    // Asked again when another file is wanted, and when something was saved meanwhile.
    let wanted = Memo::new(move |_| options.get());
    let is_saved =
        Memo::new(move |_| matches!(&*app.work.saved.read(), crate::state::Saved::OnDevice { .. }));
    Effect::new(move || {
        let (options, is_saved) = (wanted.get(), is_saved.get());
        if is_saved {
            asked.update_value(|it| *it += 1);
            trouble.set(None);
            browser::spawn(count_losses(app, options, answered, asked));
        }
    });
    let report = Memo::new(move |_| {
        let answered = answered.read();
        answered.report.clone().filter(|it| it.options == *options.read())
    });
    let entry = Memo::new(move |_| options.read().format);
    view! {
        <main class="screen export">
            <Formats options answered/>
            <div class="export-main">
                <div class="export-head">
                    <div class="grow">
                        <h1>{move || known(entry.get()).name}</h1>
                        <p class="soft">{move || known(entry.get()).says}</p>
                    </div>
                    <Save options report writing trouble/>
                </div>
                {move || trouble.get().or_else(|| answered.read().why_not.clone()).map(|why| view! {
                    <div class="banner bad" role="alert"><Picture of=Icon::Rejected/><p class="grow">{why}</p></div>
                })}
                {move || writing.get().is_some().then(|| view! { <Progress writing/> })}
                <Warning report on_use=move |format| options.update(|it| it.format = format)/>
                <Report report answered/>
                <Passages report/>
            </div>
        </main>
    }
}

/// Asks what a file would not hold. Answers that come late are dropped.
async fn count_losses(
    app: App,
    options: ExportOptions,
    answered: RwSignal<Answered>,
    asked: StoredValue<u32>,
) {
    let Some(project) = app.work.project_id() else { return };
    let number = asked.get_value();
    answered.update(|it| {
        it.is_asking = true;
        it.why_not = None;
    });
    let request = IoRequest::Losses { project, options };
    let answer = app.workers().io.ask(request, Vec::new()).await;
    // The screen may be gone by now.
    if asked.try_get_value() != Some(number) {
        return;
    }
    answered.update(|it| {
        it.is_asking = false;
        match answer {
            Ok((IoReply::Losses(report), _)) => it.report = Some(*report),
            Ok((IoReply::Failed { why }, _)) => it.why_not = Some(sentence(&why)),
            Ok(_) => it.why_not = Some("The losses could not be counted. Try again.".to_owned()),
            Err(fault) => it.why_not = Some(sentence(&fault)),
        }
    });
}

/// The button that saves, and what is in its way.
#[component]
fn Save(
    options: RwSignal<ExportOptions>,
    report: Memo<Option<LossReport>>,
    writing: RwSignal<Option<Writing>>,
    trouble: RwSignal<Option<String>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let obstacle = Memo::new(move |_| {
        if writing.read().is_some() {
            return Some("A file is being written.".to_owned());
        }
        let counts = app.work.project.read().as_ref().map(|it| it.counts).unwrap_or_default();
        let options = options.read();
        match (options.format, options.which) {
            (ExportFormat::Nerine, _) => None,
            (_, Which::Accepted) if counts.accepted == 0 => {
                Some("No accepted texts yet. Accept some, or choose all texts.".to_owned())
            }
            (_, Which::Answered) if counts.answered() == 0 => {
                Some("No answered texts yet. Answer some, or choose all texts.".to_owned())
            }
            (_, Which::All) if counts.docs == 0 => Some("No texts yet. Add some first.".to_owned()),
            _ => None,
        }
    });
    let words = move || {
        let report = report.read();
        let files = report.as_ref().map(|it| it.files.as_slice()).unwrap_or_default();
        let n = files.len().max(1) as u64;
        let bytes: u64 = files.iter().map(|it| it.bytes).sum();
        let files = words::counted(n, "file", "files");
        match bytes {
            0 => format!("Save {files}"),
            bytes => format!("Save {files} · {}", words::bytes(bytes as f64)),
        }
    };
    let save = move |_| {
        if obstacle.read_untracked().is_none() {
            trouble.set(None);
            browser::spawn(export(app, options.get_untracked(), writing, trouble));
        }
    };
    view! {
        <div class="save">
            <button
                id="export-save" class="btn primary" aria-describedby="export-why"
                aria-disabled=move || obstacle.read().is_some().to_string() on:click=save
            >
                <Picture of=Icon::Export/>{words}
            </button>
            <p id="export-why" class="hint">{move || obstacle.get()}</p>
        </div>
    }
}

#[component]
fn Progress(writing: RwSignal<Option<Writing>>) -> impl IntoView {
    let app = expect_context::<App>();
    let done = Signal::derive(move || {
        writing.read().as_ref().map_or(0.0, |it| it.done as f64 / it.total.max(1) as f64)
    });
    let words = move || match &*writing.read() {
        Some(it) if it.total != 0 => {
            format!("{} of {} texts written", words::count(it.done), words::count(it.total))
        }
        _ => "Reading the texts".to_owned(),
    };
    let cancel = move |_| {
        if let Some(writing) = writing.get_untracked() {
            // Answered by the end of the export itself.
            drop(app.workers().io.call(IoRequest::Cancel(writing.call), Vec::new()));
        }
    };
    view! {
        <div class="banner info">
            <Picture of=Icon::Half/>
            <div class="grow"><p>{words}</p><Bar done name="Export"/></div>
            <button class="btn small" on:click=cancel>"Cancel"</button>
        </div>
    }
}

/// Has the files written, and saves them.
async fn export(
    app: App,
    options: ExportOptions,
    writing: RwSignal<Option<Writing>>,
    trouble: RwSignal<Option<String>>,
) {
    let Some(project) = app.work.project_id() else { return };
    let now_ms = browser::now_ms();
    let request = IoRequest::Export { project: project.clone(), options, now_ms };
    let mut replies = app.workers().io.call(request, Vec::new());
    let call = replies.id();
    let fails = |why: String| {
        // On another screen the message at the foot still says it.
        if trouble.try_set(Some(why.clone())).is_some() {
            app.say(why);
        }
    };
    let _gone = writing.try_set(Some(Writing { call, done: 0, total: 0 }));
    let mut is_answered = false;
    while let Some(answer) = replies.next().await {
        match answer {
            Ok((IoReply::Progress { done, total, .. }, _)) => {
                let _gone = writing.try_set(Some(Writing { call, done, total }));
            }
            Ok((IoReply::Exported { files, .. }, blobs)) => {
                is_answered = true;
                for (file, blob) in files.iter().zip(&blobs) {
                    browser::download(&file.name, blob);
                }
                let names: Vec<_> = files.iter().map(|it| it.name.as_str()).collect();
                app.say(format!("Saved {}.", names.join(", ")));
                app.update_project_soon(project.clone(), move |it| it.exported_ms = Some(now_ms));
            }
            Ok((IoReply::Cancelled, _)) => {
                is_answered = true;
                app.say("Nothing was saved.");
            }
            Ok((IoReply::Failed { why }, _)) => {
                is_answered = true;
                fails(sentence(&why));
            }
            Ok(_) => {}
            Err(fault) => {
                is_answered = true;
                fails(sentence(&fault));
            }
        }
    }
    if !is_answered {
        fails("The file was not written. Try again.".to_owned());
    }
    let _gone = writing.try_set(None);
}
