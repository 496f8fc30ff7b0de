//! What the page asks for, and who does it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use formats::{Files, InFile};
use link::Replier;
use project::ProjectId;
use protocol::{
    CallId, ExportOptions, FileInfo, ImportTarget, IoReply, IoRequest, Program, ReadOptions,
    Warnings,
};
use spacy::pipeline::{Archive, Folder};
use storage::{IndexedDb, Store};
use tokenizer::Tokenizer;
use wasm_bindgen::JsValue;
use web_sys::Blob;

use crate::blob::{BlobFile, BlobParts, size};
use crate::page::{Page, Stopped};
use crate::{
    alignment, bases, check, config_file, export, import, pipeline_run, preview, spacy_project,
    texts,
};

/// Answers the page, for as long as it lets the worker live.
pub fn start() {
    let desk = Rc::new(Desk::default());
    link::serve(Program::Io, move |id, request: IoRequest, blobs, replier| {
        let desk = desk.clone();
        async move { desk.answer(id, request, blobs, replier).await }
    });
}

#[derive(Default)]
struct Desk {
    /// The calls that are worked on, and whether each was given up.
    calls: RefCell<BTreeMap<CallId, Rc<Cell<bool>>>>,
    /// The projects that texts come into.
    filling: RefCell<BTreeSet<ProjectId>>,
    /// The tokenizers that were asked for.
    tokenizers: RefCell<BTreeMap<String, Rc<Tokenizer>>>,
    /// The last report on marks and tokens, with its number.
    report: RefCell<Option<(u32, align::Report)>>,
}

/// The page, as far as a piece of work sees it.
struct Caller {
    replier: Replier<IoReply>,
    is_cancelled: Rc<Cell<bool>>,
}

impl Page for Caller {
    fn send(&self, reply: IoReply) {
        self.replier.send(reply);
    }

    fn wants_cancel(&self) -> bool {
        self.is_cancelled.get()
    }

    async fn turn(&self) {
        link::yield_now().await;
    }
}

impl Desk {
    async fn answer(
        &self,
        id: CallId,
        request: IoRequest,
        blobs: Vec<Blob>,
        replier: Replier<IoReply>,
    ) {
        if let IoRequest::Cancel(call) = request {
            if let Some(is_cancelled) = self.calls.borrow().get(&call) {
                is_cancelled.set(true);
            }
            return;
        }
        let page = Caller { replier, is_cancelled: Rc::default() };
        self.calls.borrow_mut().insert(id, page.is_cancelled.clone());
        let outcome = self.work(id, request, blobs, &page).await;
        self.calls.borrow_mut().remove(&id);
        match outcome {
            Ok((reply, blobs)) => page.replier.send_with(reply, &blobs),
            Err(Stopped::Cancelled) => page.send(IoReply::Cancelled),
            Err(Stopped::Failed { why }) => page.send(IoReply::Failed { why }),
        }
    }

    async fn work(
        &self,
        id: CallId,
        request: IoRequest,
        blobs: Vec<Blob>,
        page: &Caller,
    ) -> Result<(IoReply, Vec<Blob>), Stopped> {
        let store = IndexedDb::open(IndexedDb::NAME).await?;
        let reply = match request {
            IoRequest::Preview { files, options, project } => {
                let open = opener(&files, &blobs)?;
                preview::preview(&store, page, &open, options, project).await?
            }
            IoRequest::Import { files, options, target, now_ms } => {
                let open = opener(&files, &blobs)?;
                self.import(&store, page, &open, &options, target, now_ms).await?
            }
            // It was answered before this.
            IoRequest::Cancel(_) => IoReply::Cancelled,
            IoRequest::Tokens { project, base, docs } => {
                let tokenizer = self.tokenizer(&store, &base).await?;
                texts::tokens(&store, page, &project, &tokenizer, &base, &docs).await?
            }
            IoRequest::Align { project, bases } => {
                let mut cutters = Vec::new();
                for name in bases {
                    let tokenizer = self.tokenizer(&store, &name).await?;
                    let cutter = bases::cutter(&store, page, &name, tokenizer).await?;
                    cutters.push((name, cutter));
                }
                let report = alignment::report(&store, page, &project, &cutters).await?;
                // Calls have numbers of their own, so no two reports have the same.
                let sent = alignment::shorten(&report, id.0);
                self.report.replace(Some((id.0, report)));
                IoReply::Aligned(Box::new(sent))
            }
            IoRequest::Fixes { report, base, row } => match &*self.report.borrow() {
                Some((number, kept)) if *number == report => {
                    IoReply::Fixes(alignment::fixes(kept, base as usize, row))
                }
                _ => {
                    let why = "This table is of an earlier time. Count again.".to_owned();
                    return Err(Stopped::Failed { why });
                }
            },
            IoRequest::Search { project, query } => {
                texts::search(&store, page, &project, &query).await?
            }
            IoRequest::Losses { project, options } => {
                let tokenizer = self.tokenizer(&store, &options.base).await?;
                export::losses(&store, page, &project, options, &tokenizer).await?
            }
            IoRequest::Export { project, options, now_ms } => {
                let tokenizer = self.tokenizer(&store, &options.base).await?;
                return write(&store, page, &project, &options, &tokenizer, now_ms).await;
            }
            IoRequest::AddBase { files, now_ms } => {
                self.add_base(&store, page, &files, &blobs, now_ms).await?
            }
            IoRequest::Pack { pipeline, form } => {
                let parts = BlobParts::default();
                return packed(bases::pack(&store, page, &pipeline, form, parts).await?);
            }
            IoRequest::PackExperiment { project, experiment } => {
                let parts = BlobParts::default();
                let done = spacy_project::pack(&store, page, &project, experiment, parts).await?;
                return packed(done);
            }
            IoRequest::ReadConfig { text } => config_file::read(&text)?,
            IoRequest::RunPipeline { project, run, is_scored } => {
                pipeline_run::run(&store, page, &project, run, is_scored).await?
            }
            IoRequest::Check { now_ms } => check::check(&store, page, now_ms).await?,
            IoRequest::Duplicate { project, copy, name, now_ms } => {
                let mut record = store.project(&project).await?;
                (record.id, record.name) = (copy.clone(), name);
                (record.created_ms, record.changed_ms) = (now_ms, now_ms);
                (record.exported_ms, record.trashed_ms) = (None, None);
                store.copy_project(&project, &record).await?;
                let docs = record.counts.docs;
                IoReply::Imported { project: copy, docs, warnings: Warnings::default() }
            }
        };
        Ok((reply, Vec::new()))
    }

    /// A base's tokenizer, made when it is first asked for.
    async fn tokenizer(&self, store: &IndexedDb, name: &str) -> Result<Rc<Tokenizer>, Stopped> {
        if let Some(made) = self.tokenizers.borrow().get(name) {
            return Ok(Rc::clone(made));
        }
        let made = Rc::new(bases::tokenizer(store, name).await?);
        self.tokenizers.borrow_mut().insert(name.to_owned(), Rc::clone(&made));
        Ok(made)
    }

    /// Opens a pipeline and keeps it.
    async fn add_base(
        &self,
        store: &IndexedDb,
        page: &Caller,
        files: &[FileInfo],
        blobs: &[Blob],
        now_ms: u64,
    ) -> Result<IoReply, Stopped> {
        let unreadable = |_thrown| Stopped::failed(&"the browser does not let the files be read");
        let reply = if let [blob] = blobs {
            let file = BlobFile::new(blob.clone()).map_err(unreadable)?;
            let name = files.first().map_or("", |it| it.name.as_str());
            if bases::is_vectors(name) {
                let input = &mut BufReader::new(file);
                bases::add_vectors(store, page, input, name, now_ms).await?
            } else {
                bases::add(store, page, &mut Archive(file), 0, now_ms).await?
            }
        } else {
            let total = files.iter().map(|it| it.bytes).sum();
            bases::add(store, page, &mut folder(files, blobs), total, now_ms).await?
        };
        if let IoReply::BaseAdded { base, .. } = &reply {
            // One of this name may have been deleted before.
            self.tokenizers.borrow_mut().remove(&base.name);
        }
        Ok(reply)
    }

    /// Lets one import at a time into a project: two would write over each other.
    async fn import(
        &self,
        store: &IndexedDb,
        page: &Caller,
        open: &dyn Fn() -> Files,
        options: &ReadOptions,
        target: ImportTarget,
        now_ms: u64,
    ) -> Result<IoReply, Stopped> {
        let (ImportTarget::New { id, .. } | ImportTarget::Existing(id)) = target.clone();
        if !self.filling.borrow_mut().insert(id.clone()) {
            let why = "Texts are still being added to this project. Wait until they are in.";
            return Err(Stopped::Failed { why: why.to_owned() });
        }
        let outcome = import::import(store, page, open, options, target, now_ms).await;
        self.filling.borrow_mut().remove(&id);
        outcome
    }
}

/// Opens the attached files, as often as they are read.
fn opener(files: &[FileInfo], blobs: &[Blob]) -> Result<impl Fn() -> Files + use<>, Stopped> {
    if files.len() != blobs.len() {
        let why = "Some of the files did not arrive. Add them again.".to_owned();
        return Err(Stopped::Failed { why });
    }
    let names = files.iter().map(|it| it.name.clone());
    let files: Vec<(String, Blob)> = names.zip(blobs.iter().cloned()).collect();
    Ok(move || {
        let file = |(name, blob): &(String, Blob)| {
            let bytes = BlobFile::new(blob.clone()).expect("a worker can read blobs");
            InFile::new(name.clone(), bytes)
        };
        files.iter().map(file).collect()
    })
}

/// The files of a folder, each opened when it is read.
fn folder(files: &[FileInfo], blobs: &[Blob]) -> Folder<'static> {
    let names = files.iter().map(|it| it.name.clone());
    let by_name: BTreeMap<String, Blob> = names.zip(blobs.iter().cloned()).collect();
    let paths = by_name.keys().cloned().collect();
    let open = move |path: &str| -> io::Result<Box<dyn Read>> {
        let blob = by_name.get(path).cloned().ok_or(io::ErrorKind::NotFound)?;
        let file = BlobFile::new(blob).map_err(|_thrown| io::ErrorKind::PermissionDenied)?;
        Ok(Box::new(file))
    };
    Folder { paths, open: Box::new(open) }
}

/// Writes a file as a blob.
async fn write(
    store: &IndexedDb,
    page: &Caller,
    project: &ProjectId,
    options: &ExportOptions,
    tokenizer: &Rc<Tokenizer>,
    now_ms: u64,
) -> Result<(IoReply, Vec<Blob>), Stopped> {
    let parts = BlobParts::default();
    let (parts, mut losses) =
        export::export(store, page, project, options, tokenizer, now_ms, parts).await?;
    let blob = into_blob(parts)?;
    for file in &mut losses.files {
        file.bytes = size(&blob);
    }
    let files = losses.files.clone();
    Ok((IoReply::Exported { files, losses: Box::new(losses) }, vec![blob]))
}

/// A file that was written, with its name.
fn packed((parts, name): (BlobParts, String)) -> Result<(IoReply, Vec<Blob>), Stopped> {
    let blob = into_blob(parts)?;
    let file = FileInfo { name, bytes: size(&blob) };
    Ok((IoReply::Packed(file), vec![blob]))
}

fn into_blob(parts: BlobParts) -> Result<Blob, Stopped> {
    let thrown =
        |it: JsValue| Stopped::failed(&format!("the browser cannot hold the file ({it:?})"));
    parts.into_blob().map_err(thrown)
}
