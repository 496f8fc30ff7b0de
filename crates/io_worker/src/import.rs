use std::collections::BTreeSet;

use corpus::{Doc, Label, LabelDef, SplitRule, palette};
use experiment::Snapshot;
use formats::nerine::Archive;
use formats::{Files, Known, NERINE, SAMPLE_BYTES, detect, read};
use model::Model;
use project::{
    Counts, DocNumber, Head, ProjectId, ProjectRecord, RunState, SuggestionRecord, from_bytes,
};
use protocol::{ImportTarget, IoReply, ReadOptions, Severity, Warning, Warnings};
use storage::{ExperimentRecord, NewTexts, Outcome, Store};

use crate::page::{Pace, Page, Stopped};
use crate::reading::{collect, format_of, options_of, push};
use crate::texts;

/// A batch is written when its texts have this many bytes together, or are this many.
const BATCH_BYTES: usize = 2 * 1024 * 1024;
const BATCH_DOCS: usize = 512;

/// The setting that holds fields of a project file which are not ours, by project.
pub(crate) fn more_setting(id: &ProjectId) -> String {
    format!("project-fields:{}", id.0)
}

/// Reads the files into a project, all or nothing.
pub(crate) async fn import(
    store: &impl Store,
    page: &impl Page,
    open: &dyn Fn() -> Files,
    options: &ReadOptions,
    target: ImportTarget,
    now_ms: u64,
) -> Result<IoReply, Stopped> {
    match target {
        ImportTarget::Existing(id) => {
            let project = store.project(&id).await?;
            store.discard_staged(&id).await?;
            let known = texts::known(store, page, &project).await?;
            let outcome = add(store, page, open, options, &project, known, now_ms).await;
            if outcome.is_err() {
                // What stays is not seen, and overwritten by the next import.
                let _cleaned = store.discard_staged(&id).await;
            }
            outcome
        }
        ImportTarget::New { id, name } => {
            let archive = open_archive(open, options, &id)?;
            let mut project = match &archive {
                Some(archive) => archive.project().clone(),
                None => blank(id.clone(), name, now_ms),
            };
            // Until it is whole it lies in the trash, as something that is long due to go: so
            // nothing of it is left when the tab is closed now.
            project.trashed_ms = Some(0);
            store.create_project(&project).await?;
            let outcome = fill(store, page, open, options, &project, archive, now_ms).await;
            if outcome.is_err() {
                let _cleaned = store.delete_project(&id).await;
            }
            outcome
        }
    }
}

/// A project without texts.
fn blank(id: ProjectId, name: String, now_ms: u64) -> ProjectRecord {
    ProjectRecord {
        id,
        name,
        created_ms: now_ms,
        changed_ms: now_ms,
        exported_ms: None,
        trashed_ms: None,
        labels: Vec::new(),
        guidelines: String::new(),
        overlaps_allowed: false,
        base: tokenizer::Base::default().name().to_owned(),
        split: SplitRule::default(),
        split_frozen: false,
        suggesting: None,
        counts: Counts::default(),
    }
}

/// The project in a single project file. None for other files.
fn open_archive(
    open: &dyn Fn() -> Files,
    options: &ReadOptions,
    id: &ProjectId,
) -> Result<Option<Archive>, Stopped> {
    // A project stays a zip; any other zip is the files in it.
    let (mut files, _) = formats::unpack(open());
    if files.len() != 1 {
        return Ok(None);
    }
    let mut file = files.remove(0);
    let first = file.peek(SAMPLE_BYTES)?;
    let detected = || detect(&first, &file.path).ok().map(|it| it.best().format);
    let format = options.format.map(format_of).or_else(detected);
    let is_project = format == Some(&NERINE);
    match is_project {
        true => Archive::open(file, id.clone()).map(Some).map_err(|it| Stopped::failed(&it)),
        false => Ok(None),
    }
}

/// Adds texts to a project that exists.
async fn add(
    store: &impl Store,
    page: &impl Page,
    open: &dyn Fn() -> Files,
    options: &ReadOptions,
    project: &ProjectRecord,
    known: Known,
    now_ms: u64,
) -> Result<IoReply, Stopped> {
    let mut staged = stage(store, page, open, options, project, known).await?;
    staged.must_have_texts()?;
    let (docs, needs_overlaps) = (staged.new.heads.len() as u32, staged.overlaps);
    staged.new.now_ms = now_ms;
    if needs_overlaps && !project.overlaps_allowed {
        store.update_project(&project.id, |it| it.overlaps_allowed = true).await?;
        push(&mut staged.warnings, overlaps_warning());
    }
    store.adopt(&project.id, staged.new).await?;
    Ok(IoReply::Imported { project: project.id.clone(), docs, warnings: staged.warnings })
}

/// Fills a project that was just made, and takes it out of the trash.
async fn fill(
    store: &impl Store,
    page: &impl Page,
    open: &dyn Fn() -> Files,
    options: &ReadOptions,
    project: &ProjectRecord,
    archive: Option<Archive>,
    now_ms: u64,
) -> Result<IoReply, Stopped> {
    let mut staged = stage(store, page, open, options, project, Known::default()).await?;
    if archive.is_none() {
        staged.must_have_texts()?;
    }
    let docs = staged.new.heads.len() as u32;
    staged.new.now_ms = if archive.is_some() { project.changed_ms } else { now_ms };
    store.adopt(&project.id, staged.new).await?;
    if let Some(archive) = archive {
        let is_whole = staged.warnings.lost == 0;
        restore(store, archive, &project.id, is_whole, staged.suggestions, &mut staged.warnings)
            .await?;
    }
    if staged.overlaps && !project.overlaps_allowed {
        push(&mut staged.warnings, overlaps_warning());
    }
    let overlaps = staged.overlaps;
    let finish = move |it: &mut ProjectRecord| {
        it.trashed_ms = None;
        it.overlaps_allowed |= overlaps;
    };
    store.update_project(&project.id, finish).await?;
    Ok(IoReply::Imported { project: project.id.clone(), docs, warnings: staged.warnings })
}

fn overlaps_warning() -> Warning {
    Warning {
        severity: Severity::Note,
        file: String::new(),
        line: None,
        reason: "Some marks overlap.".into(),
        remedy: "The project now allows it.".into(),
    }
}

/// Texts that are written but not yet part of the project.
#[derive(Default)]
struct Staged {
    new: NewTexts,
    suggestions: Vec<(DocNumber, SuggestionRecord)>,
    overlaps: bool,
    warnings: Warnings,
}

impl Staged {
    fn must_have_texts(&self) -> Result<(), Stopped> {
        if !self.new.heads.is_empty() {
            return Ok(());
        }
        let why = match self.warnings.list.first() {
            Some(first) => format!("There is no text to add. {} {}", first.reason, first.remedy),
            None => "There is no text to add.".to_owned(),
        };
        Err(Stopped::Failed { why })
    }
}

/// Reads the files, and writes their texts behind those of the project.
async fn stage(
    store: &impl Store,
    page: &impl Page,
    open: &dyn Fn() -> Files,
    options: &ReadOptions,
    project: &ProjectRecord,
    known: Known,
) -> Result<Staged, Stopped> {
    let mut reader = read(open(), options_of(options, known));
    let mut pace = Pace::new(page);
    let mut labels = Labels::new(&project.labels);
    let (mut staged, mut batch, mut batch_bytes) = (Staged::default(), Vec::new(), 0);
    while let Some(item) = reader.next() {
        match item {
            Ok(doc) => {
                let number = DocNumber(project.counts.docs + staged.new.heads.len() as u32);
                if let Some(suggestions) = reader.take_suggestions() {
                    staged.suggestions.push((number, suggestions));
                }
                labels.add(&doc);
                staged.overlaps |= has_overlaps(&doc);
                staged.new.heads.push(Head::of(doc.id.clone(), &doc.text));
                staged.new.counts.add(&doc.annotation);
                batch_bytes += doc.text.len();
                batch.push(doc);
            }
            Err(warning) => collect(&mut staged.warnings, &warning),
        }
        let n_docs = staged.new.heads.len() as u32;
        if BATCH_BYTES <= batch_bytes || BATCH_DOCS <= batch.len() {
            write(store, project, n_docs, &mut batch).await?;
            batch_bytes = 0;
        }
        pace.tell(reader.bytes_read(), reader.bytes_total(), n_docs).await?;
    }
    write(store, project, staged.new.heads.len() as u32, &mut batch).await?;
    staged.new.labels = labels.new;
    Ok(staged)
}

/// Writes the texts of `batch`, the last of `n_docs` new ones.
async fn write(
    store: &impl Store,
    project: &ProjectRecord,
    n_docs: u32,
    batch: &mut Vec<Doc>,
) -> Result<(), Stopped> {
    if batch.is_empty() {
        return Ok(());
    }
    let first = DocNumber(project.counts.docs + n_docs - batch.len() as u32);
    store.stage(&project.id, first, batch).await?;
    batch.clear();
    Ok(())
}

fn has_overlaps(doc: &Doc) -> bool {
    let mut end = 0;
    doc.spans().any(|span| {
        let overlaps = span.start() < end;
        end = end.max(span.end());
        overlaps
    })
}

/// The labels of a project, and those that come to them.
struct Labels {
    all: Vec<LabelDef>,
    taken: BTreeSet<Label>,
    new: Vec<LabelDef>,
}

impl Labels {
    fn new(labels: &[LabelDef]) -> Self {
        let taken = labels.iter().map(|it| it.label.clone()).collect();
        Self { all: labels.to_vec(), taken, new: Vec::new() }
    }

    /// Defines the labels of a text that are not there yet.
    fn add(&mut self, doc: &Doc) {
        for span in doc.spans() {
            if !self.taken.contains(span.label()) {
                self.taken.insert(span.label().clone());
                let def = palette::define(span.label().clone(), &self.all);
                self.all.push(def.clone());
                self.new.push(def);
            }
        }
    }
}

/// Brings back what a project file holds beside its texts.
async fn restore(
    store: &impl Store,
    mut archive: Archive,
    id: &ProjectId,
    is_whole: bool,
    suggestions: Vec<(DocNumber, SuggestionRecord)>,
    warnings: &mut Warnings,
) -> Result<(), Stopped> {
    let failed = |error| Stopped::failed(&error);
    if !suggestions.is_empty() {
        store.put_suggestions(id, &suggestions).await?;
    }
    if is_whole {
        let mut journal = Vec::new();
        archive.history(|entry| journal.push(entry)).map_err(failed)?;
        if !journal.is_empty() {
            store.put_journal(id, &journal).await?;
        }
    } else {
        let reason = "The history counts texts that did not come in.".into();
        let remedy = "Older edits cannot be undone.".into();
        push(
            warnings,
            Warning { severity: Severity::Lost, file: String::new(), line: None, reason, remedy },
        );
    }
    for mut run in archive.runs().map_err(failed)? {
        if run.state == RunState::Training {
            let why = "It was still training when the project was saved.".into();
            run.state = RunState::Failed { why };
        }
        let weights = archive.weights(run.id).map_err(failed)?;
        store.put_run(id, &run).await?;
        if let Some(bytes) = weights {
            if run.is_spacy_ner() {
                from_bytes::<Model>(&bytes).map_err(|it| Stopped::failed(&it))?;
            }
            store.put_weights(id, run.id, &bytes).await?;
        }
    }
    for (experiment, texts) in
        archive.experiments::<ExperimentRecord, Snapshot>().map_err(failed)?
    {
        store.put_experiment(id, &experiment, Some(&texts)).await?;
        for run in experiment.runs.values() {
            if let Some(outcome) = archive.outcome::<Outcome>(*run).map_err(failed)? {
                store.put_outcome(id, *run, &outcome).await?;
            }
        }
    }
    if !archive.more().is_empty() {
        let bytes = serde_json::to_vec(archive.more()).map_err(|it| Stopped::failed(&it))?;
        store.put_setting(&more_setting(id), &bytes).await?;
    }
    for warning in archive.take_warnings() {
        collect(warnings, &warning);
    }
    Ok(())
}
