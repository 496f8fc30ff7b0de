//! Asking the file worker what fits.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{AlignedRow, Alignment, IoReply, IoRequest};

use super::{Counting, Table, fix};
use crate::state::{App, sentence};

/// Has all marks held against the tokens of the chosen bases. What was asked before is given up.
pub(super) async fn count(app: App, table: Table) {
    stop(app, table);
    let Some(project) = app.work.project_id() else { return };
    let Some(number) = table.asked.try_get_value() else { return };
    let bases = table.bases.get_untracked();
    let io = app.workers().io.clone();
    let mut replies = io.call(IoRequest::Align { project, bases }, Vec::new());
    let call = replies.id();
    table.is_stopped.set(false);
    table.trouble.set(None);
    table.counting.set(Some(Counting { call, done: 0, total: 0 }));
    let mut is_answered = false;
    while let Some(answer) = replies.next().await {
        // The screen may be gone by now, or ask for something else.
        if table.asked.try_get_value() != Some(number) {
            return;
        }
        match answer {
            Ok((IoReply::Progress { done, total, .. }, _)) => {
                table.counting.set(Some(Counting { call, done, total }));
                continue;
            }
            Ok((IoReply::Aligned(report), _)) => show(table, *report),
            Ok((IoReply::Cancelled, _)) => table.is_stopped.set(true),
            Ok((IoReply::Failed { why }, _)) => table.trouble.set(Some(sentence(&why))),
            Ok(_) => continue,
            Err(fault) => table.trouble.set(Some(sentence(&fault))),
        }
        is_answered = true;
    }
    if table.asked.try_get_value() == Some(number) {
        table.counting.set(None);
        if !is_answered {
            table.trouble.set(Some("The marks could not be counted. Try again.".to_owned()));
        }
    }
}

/// Shows a report. The row that was open stays open if it is still there.
fn show(table: Table, report: Alignment) {
    let open = table.open.get_untracked().and_then(|open| {
        let same = |it: &&AlignedRow| {
            (&it.text, &it.label, &it.cells) == (&open.text, &open.label, &open.cells)
        };
        report.rows.iter().find(same).cloned()
    });
    table.open.set(open);
    table.report.set(Some(Arc::new(report)));
}

/// Gives up the count that is on its way.
pub(super) fn stop(app: App, table: Table) {
    let counting = table.counting.try_get_untracked().flatten();
    if let Some(Counting { call, .. }) = counting {
        // Answered by the end of the count itself.
        drop(app.workers().io.call(IoRequest::Cancel(call), Vec::new()));
        table.counting.set(None);
        table.is_stopped.set(true);
    }
    table.asked.try_update_value(|it| *it += 1);
}

/// Has the corrections for a base worked out, of one row or of all, and makes them.
pub(super) async fn fix_alike(app: App, table: Table, base: usize, row: Option<u32>) {
    let Some(report) = table.report.read_untracked().as_ref().map(|it| it.number) else { return };
    let request = IoRequest::Fixes { report, base: base as u32, row };
    let io = app.workers().io.clone();
    match io.ask(request, Vec::new()).await {
        Ok((IoReply::Fixes(fixes), _)) => fix(app, table, fixes).await,
        Ok((IoReply::Failed { why }, _)) => app.say(sentence(&why)),
        Ok(_) => app.say("The corrections could not be worked out. Try again."),
        Err(fault) => app.say(sentence(&fault)),
    }
}
