//! Files as the browser hands them over: chosen, dropped with their folders, pasted.

use js_sys::{Array, Promise};
use leptos::prelude::*;
use protocol::FileInfo;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DataTransfer, File, FileList};

use crate::browser;
use crate::state::App;
use crate::words;

/// What files are brought for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// They hold texts.
    Texts,
    /// They are a pipeline.
    Base,
}

impl Purpose {
    fn take(self, app: App, files: Vec<(FileInfo, Blob)>) {
        match self {
            Purpose::Texts => app.bring(files),
            Purpose::Base => app.add_base(files),
        }
    }

    fn refuse(self, app: App, why: String) {
        match self {
            Purpose::Texts => app.import.failed.set(Some(why)),
            Purpose::Base => app.bases.failed.set(Some(why)),
        }
    }
}

/// Takes the files that were chosen in the browser's dialog.
pub(crate) fn take_chosen(app: App, purpose: Purpose, files: Option<FileList>) {
    purpose.take(app, listed(files));
}

/// Takes what was dropped: files, folders with all that is in them, or words.
pub(super) fn take_dropped(app: App, purpose: Purpose, data: &DataTransfer) {
    // The browser empties the list as soon as this turn is over.
    let items = data.items();
    let entries: Vec<JsValue> = (0..items.length())
        .filter_map(|at| items.get(at))
        .filter(|it| it.kind() == "file")
        .filter_map(|it| browser::call(&it, "webkitGetAsEntry", &Array::new()))
        .filter(|it| !it.is_null())
        .collect();
    let files = listed(data.files());
    if entries.is_empty() {
        if files.is_empty() && purpose == Purpose::Texts {
            return take_words(app, &data.get_data("text/plain").unwrap_or_default());
        }
        return purpose.take(app, files);
    }
    browser::spawn(async move {
        let (found, n_unread) = in_folders(entries).await;
        match (found.is_empty(), n_unread) {
            (true, 0) => purpose.refuse(app, "There is no file in that folder.".to_owned()),
            (true, _) => purpose.refuse(app, cannot_read(n_unread)),
            (false, 0) => purpose.take(app, found),
            (false, _) => {
                purpose.take(app, found);
                app.say(cannot_read(n_unread));
            }
        }
    });
}

/// Looks at what was pasted: files or words.
pub(super) fn take_pasted(app: App, data: &DataTransfer) {
    let files = listed(data.files());
    match files.is_empty() {
        true => take_words(app, &data.get_data("text/plain").unwrap_or_default()),
        false => app.bring(files),
    }
}

/// Looks at words as if they were a file.
pub(super) fn take_words(app: App, words: &str) {
    if words.trim().is_empty() {
        return app.say("There is no text to add.");
    }
    let Ok(blob) = Blob::new_with_str_sequence(&Array::of1(&words.into())) else { return };
    let file = FileInfo { name: "Pasted text".to_owned(), bytes: words.len() as u64 };
    app.bring(vec![(file, blob)]);
}

fn listed(files: Option<FileList>) -> Vec<(FileInfo, Blob)> {
    let Some(files) = files else { return Vec::new() };
    (0..files.length()).filter_map(|at| files.get(at)).map(|it| named(path_of(&it), it)).collect()
}

/// A file's name, with its folders where a folder was chosen.
fn path_of(file: &File) -> String {
    let path = browser::get(file, "webkitRelativePath").and_then(|it| it.as_string());
    path.filter(|it| !it.is_empty()).unwrap_or_else(|| file.name())
}

fn named(name: String, file: File) -> (FileInfo, Blob) {
    (FileInfo { name, bytes: file.size() as u64 }, file.into())
}

fn cannot_read(n: u32) -> String {
    let them = words::counted(n, "file or folder", "files or folders");
    format!("The browser may not read {them}. Choose the files instead.")
}

/// All files in these folders, and those beside them, by name, and how many could not be had.
async fn in_folders(mut entries: Vec<JsValue>) -> (Vec<(FileInfo, Blob)>, u32) {
    let is = |entry: &JsValue, what| browser::get(entry, what).is_some_and(|it| it.is_truthy());
    let (mut found, mut n_unread) = (Vec::new(), 0);
    while let Some(entry) = entries.pop() {
        let path = browser::get(&entry, "fullPath").and_then(|it| it.as_string());
        let path = path.unwrap_or_default();
        let path = path.trim_start_matches('/');
        // Systems put files of their own beside people's: `.DS_Store`.
        if path.rsplit('/').next().is_some_and(|it| it.starts_with('.')) {
            continue;
        }
        if is(&entry, "isDirectory") {
            match in_folder(&entry).await {
                Some(inside) => entries.extend(inside),
                None => n_unread += 1,
            }
        } else if let Some(file) = called_back(&entry, "file").await {
            found.push(named(path.to_owned(), file.unchecked_into()));
        } else {
            n_unread += 1;
        }
    }
    found.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    (found, n_unread)
}

/// What lies in a folder, without what lies in the folders in it; none when it cannot be read.
async fn in_folder(folder: &JsValue) -> Option<Vec<JsValue>> {
    let reader = browser::call(folder, "createReader", &Array::new())?;
    let mut inside = Vec::new();
    // A folder is read in pieces, until one is empty.
    loop {
        let piece: Array = called_back(&reader, "readEntries").await?.unchecked_into();
        if piece.length() == 0 {
            return Some(inside);
        }
        inside.extend(piece.iter());
    }
}

/// Calls a method that answers by one of two callbacks.
async fn called_back(object: &JsValue, method: &str) -> Option<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        browser::call(object, method, &Array::of2(&resolve, &reject));
    });
    JsFuture::from(promise).await.ok()
}
