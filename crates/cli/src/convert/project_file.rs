use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;
use corpus::{Doc, Label, SplitRule, palette};
use formats::nerine::{Archive, OpenError, Writer};
use formats::{Losses, NERINE, SAMPLE_BYTES, Severity, What};
use project::{Counts, ProjectId, ProjectRecord};
use serde_json::Map;

use super::Args;
use crate::base::{self, Base};
use crate::refusal::refuse;
use crate::texts::{self, Texts};

/// Writes a project file. What was read from one project file stays that project, with its journal
/// and its runs; all else becomes a new project.
pub(super) fn write(texts: &Texts, args: &Args, out: &mut dyn Write) -> Result<Losses> {
    let base = base_of(args)?;
    let which = args.texts.which();
    let docs: Vec<_> = texts.docs.iter().filter(|it| which.takes(it.0.annotation.answer)).collect();
    if let Some(archive) = only_archive(args)? {
        // The journal counts texts: it fits only when none is missing.
        let is_whole = docs.len() == texts.docs.len()
            && texts.warnings.iter().all(|it| it.severity() != Severity::Lost);
        return write_again(archive, base, &docs, is_whole, out);
    }
    let base = base.unwrap_or_default();
    let project = new_project(args, base, docs.iter().map(|it| &it.0));
    let mut writer = Writer::new(out, &project, &Map::new())?;
    for (doc, _) in &docs {
        writer.put(doc, None)?;
    }
    let (_, mut losses) = writer.finish()?;
    let n_suggestions: usize =
        docs.iter().filter_map(|it| it.1.as_ref()).map(|it| it.suggestions.len()).sum();
    if let Some(row) = losses.0.iter_mut().find(|it| it.what == What::Suggestions) {
        row.count = n_suggestions as u32;
        row.left_out = row.count;
        if row.left_out != 0 {
            "They belong to runs of other projects.".clone_into(&mut row.why);
        }
    }
    Ok(losses)
}

/// The base that the project shall name, if one is asked for.
fn base_of(args: &Args) -> Result<Option<tokenizer::Base>> {
    match &args.base {
        None => Ok(None),
        Some(Base::BuiltIn(base)) => Ok(Some(*base)),
        Some(Base::Nerine) => refuse(base::NO_TOKENS),
        Some(Base::Pipeline(path)) => refuse(format!(
            "a project file cannot name the pipeline {}: choose it in the page, or give a --base \
             that is built in",
            path.display()
        )),
    }
}

/// The project file that is read, if it is the only file.
fn only_archive(args: &Args) -> Result<Option<Archive>> {
    let [path] = args.inputs.as_slice() else { return Ok(None) };
    if path.is_dir() {
        return Ok(None);
    }
    let mut file = texts::open(path)?;
    let format = if let Some(from) = &args.from {
        Ok(from.format)
    } else {
        let sample = file.peek(SAMPLE_BYTES)?;
        formats::detect(&sample, &file.path).map(|it| it.best().format)
    };
    if format != Ok(&NERINE) {
        return Ok(None);
    }
    // A zip of other files is not one.
    let (mut files, _) = formats::unpack(vec![file]);
    let Some(file) = files.pop().filter(|it| files.is_empty() && Path::new(&it.path) == path)
    else {
        return Ok(None);
    };
    match Archive::open(file, ProjectId(String::new())) {
        Ok(archive) => Ok(Some(archive)),
        Err(OpenError::NewerVersion { .. }) => {
            refuse(format!("{} was written by a newer Nerine: update this one", path.display()))
        }
        Err(err) => refuse(format!("{}: {err}", path.display())),
    }
}

fn write_again(
    mut archive: Archive,
    base: Option<tokenizer::Base>,
    docs: &[&(Doc, Option<project::SuggestionRecord>)],
    with_journal: bool,
    out: &mut dyn Write,
) -> Result<Losses> {
    let mut project = archive.project().clone();
    if let Some(base) = base {
        base.name().clone_into(&mut project.base);
    }
    let mut writer = Writer::new(out, &project, archive.more())?;
    for (doc, suggestions) in docs {
        writer.put(doc, suggestions.as_ref())?;
    }
    let mut entries = Vec::new();
    if let Err(err) = archive.history(|it| entries.push(it)) {
        crate::say(&format!("the journal ends early: {err}"));
    }
    if with_journal {
        for entry in &entries {
            writer.put_entry(entry)?;
        }
    } else if !entries.is_empty() {
        crate::say("the journal is left out: it counts texts, and some of them are missing");
    }
    for run in archive.runs()? {
        let weights = match archive.weights(run.id) {
            Ok(weights) => weights,
            Err(err) => {
                crate::say(&format!("the weights of run {} are left out: {err}", run.id.0));
                None
            }
        };
        writer.put_run(&run, weights.as_deref())?;
    }
    archive.take_warnings().iter().for_each(texts::warn);
    Ok(writer.finish()?.1)
}

fn new_project<'a>(
    args: &Args,
    base: tokenizer::Base,
    docs: impl Iterator<Item = &'a Doc>,
) -> ProjectRecord {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now_ms = now.as_millis() as u64;
    let mut names: Vec<Label> = Vec::new();
    let mut overlaps_allowed = false;
    for doc in docs {
        let mut end = 0;
        for span in doc.spans() {
            overlaps_allowed |= span.start() < end;
            end = end.max(span.end());
            names.push(span.label().clone());
        }
    }
    names.sort();
    names.dedup();
    let mut labels = Vec::new();
    for name in names {
        let label = palette::define(name, &labels);
        labels.push(label);
    }
    let name = args.output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    ProjectRecord {
        id: ProjectId(String::new()),
        name,
        created_ms: now_ms,
        changed_ms: now_ms,
        exported_ms: Some(now_ms),
        trashed_ms: None,
        labels,
        guidelines: String::new(),
        overlaps_allowed,
        base: base.name().into(),
        split: SplitRule::default(),
        split_frozen: false,
        suggesting: None,
        counts: Counts::default(),
    }
}
