use std::io::Write;
use std::rc::Rc;

use formats::{CONLL, CONLL_BILUO, Format, JSONL, Kept, Loss, Losses, SPACY, What, Writer, nerine};
use project::{ProjectId, ProjectRecord};
use protocol::{
    ExportFormat, ExportOptions, FileInfo, IoReply, LossReport, LossRow, Passage, Verdict, Which,
};
use serde_json::{Map, Value};
use storage::Store;
use tokenizer::Tokenizer;

use crate::import::more_setting;
use crate::page::{Pace, Page, Stopped};
use crate::texts::{self, Text};

/// How much of the file about one text is shown.
const PASSAGE_BYTES: usize = 4000;

const FORMATS: [ExportFormat; 5] = [
    ExportFormat::Nerine,
    ExportFormat::Prodigy,
    ExportFormat::Spacy,
    ExportFormat::ConllIob2,
    ExportFormat::ConllBiluo,
];

fn which_of(options: &ExportOptions) -> formats::Which {
    match (options.format, options.which) {
        // A project without some of its texts is another project.
        (ExportFormat::Nerine, _) | (_, Which::All) => formats::Which::All,
        (_, Which::Accepted) => formats::Which::Accepted,
        (_, Which::Answered) => formats::Which::Answered,
    }
}

/// The format, where it is one of texts alone.
fn out_format_of(format: ExportFormat) -> Option<&'static Format> {
    match format {
        ExportFormat::Nerine => None,
        ExportFormat::Prodigy => Some(&JSONL),
        ExportFormat::Spacy => Some(&SPACY),
        ExportFormat::ConllIob2 => Some(&CONLL),
        ExportFormat::ConllBiluo => Some(&CONLL_BILUO),
    }
}

/// Counts the bytes that are written, and keeps none.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Counts what a file would not hold, for the wanted format and all others.
pub(crate) async fn losses(
    store: &impl Store,
    page: &impl Page,
    id: &ProjectId,
    options: ExportOptions,
    tokenizer: &Rc<Tokenizer>,
) -> Result<IoReply, Stopped> {
    let project = store.project(id).await?;
    let base = options.base.as_str();
    let which = which_of(&ExportOptions { format: ExportFormat::Prodigy, ..options.clone() });
    let mut everything = Kept::new(formats::Which::All, true);
    let mut prodigy = Writer::with_tokenizer(&JSONL, which, base, Rc::clone(tokenizer), Counted(0));
    let tags = match options.format {
        ExportFormat::ConllBiluo => &CONLL_BILUO,
        ExportFormat::Nerine
        | ExportFormat::Prodigy
        | ExportFormat::Spacy
        | ExportFormat::ConllIob2 => &CONLL,
    };
    let mut spacy = Writer::counting(&SPACY, which, base, Rc::clone(tokenizer));
    let mut conll = Writer::with_tokenizer(tags, which, base, Rc::clone(tokenizer), Counted(0));
    let (mut passage, mut pace) = (None, Pace::new(page));
    for first in texts::batches(&project) {
        for text in texts::batch(store, id, first).await? {
            let n_open = text.n_open(&project);
            everything.put(&text.doc, n_open);
            prodigy.put(&text.doc, n_open)?;
            spacy.put(&text.doc, n_open)?;
            conll.put(&text.doc, n_open)?;
            let is_wanted = which_of(&options).takes(text.doc.annotation.answer);
            if passage.is_none() && is_wanted && !text.doc.annotation.marks.is_empty() {
                passage = Some(passage_of(&text, &options, tokenizer)?);
            }
            pace.tell(text.number.0.into(), project.counts.docs.into(), text.number.0).await?;
        }
    }
    let everything = everything.finish();
    let (prodigy_bytes, prodigy) = prodigy.finish()?;
    let (_, spacy) = spacy.finish()?;
    let (conll_bytes, conll) = conll.finish()?;
    let bytes = match options.format {
        // What packing saves is known when it is packed.
        ExportFormat::Nerine | ExportFormat::Spacy => 0,
        ExportFormat::Prodigy => prodigy_bytes.0,
        ExportFormat::ConllIob2 | ExportFormat::ConllBiluo => conll_bytes.0,
    };
    let of = |format| match format {
        ExportFormat::Nerine => &everything,
        ExportFormat::Prodigy => &prodigy,
        ExportFormat::Spacy => &spacy,
        ExportFormat::ConllIob2 | ExportFormat::ConllBiluo => &conll,
    };
    let file = FileInfo { name: file_name(&project.name, options.format), bytes };
    let report = LossReport {
        files: vec![file],
        rows: rows(of(options.format)),
        verdicts: FORMATS.iter().map(|it| (*it, of(*it).n_losses())).collect(),
        passage,
        options,
    };
    Ok(IoReply::Losses(Box::new(report)))
}

/// Writes the file. Gives back what was written to, and the report with the file's name; the
/// caller knows its size.
pub(crate) async fn export<W: Write>(
    store: &impl Store,
    page: &impl Page,
    id: &ProjectId,
    options: &ExportOptions,
    tokenizer: &Rc<Tokenizer>,
    now_ms: u64,
    out: W,
) -> Result<(W, LossReport), Stopped> {
    let project = store.project(id).await?;
    let (out, losses) = match out_format_of(options.format) {
        Some(format) => write_texts(store, page, &project, options, tokenizer, format, out).await?,
        None => write_project(store, page, &project, options, now_ms, out).await?,
    };
    if options.format == ExportFormat::Nerine {
        store.update_project(id, move |it| it.exported_ms = Some(now_ms)).await?;
    }
    let report = LossReport {
        options: options.clone(),
        files: vec![FileInfo { name: file_name(&project.name, options.format), bytes: 0 }],
        rows: rows(&losses),
        verdicts: vec![(options.format, losses.n_losses())],
        passage: None,
    };
    Ok((out, report))
}

async fn write_texts<W: Write>(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectRecord,
    options: &ExportOptions,
    tokenizer: &Rc<Tokenizer>,
    format: &'static Format,
    out: W,
) -> Result<(W, Losses), Stopped> {
    let (which, tokenizer) = (which_of(options), Rc::clone(tokenizer));
    let mut writer = Writer::with_tokenizer(format, which, &options.base, tokenizer, out);
    let (mut pace, n_docs) = (Pace::new(page), project.counts.docs);
    for first in texts::batches(project) {
        for text in texts::batch(store, &project.id, first).await? {
            writer.put(&text.doc, text.n_open(project))?;
            pace.tell(text.number.0.into(), n_docs.into(), text.number.0).await?;
        }
    }
    Ok(writer.finish()?)
}

async fn write_project<W: Write>(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectRecord,
    options: &ExportOptions,
    now_ms: u64,
    out: W,
) -> Result<(W, Losses), Stopped> {
    let id = &project.id;
    let more = match store.setting(&more_setting(id)).await? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|it| Stopped::failed(&it))?,
        None => Map::<String, Value>::new(),
    };
    let saved = ProjectRecord { exported_ms: Some(now_ms), ..project.clone() };
    let mut writer = nerine::Writer::new(out, &saved, &more)?;
    let (mut pace, n_docs) = (Pace::new(page), project.counts.docs);
    for first in texts::batches(project) {
        for text in texts::batch(store, id, first).await? {
            writer.put(&text.doc, text.suggestions.as_ref())?;
            pace.tell(text.number.0.into(), n_docs.into(), text.number.0).await?;
        }
    }
    if options.history {
        for entry in store.journal(id).await? {
            writer.put_entry(&entry)?;
            pace.step().await?;
        }
    }
    for run in store.runs(id).await? {
        let weights = store.weights(id, run.id).await?;
        writer.put_run(&run, weights.as_deref())?;
        pace.step().await?;
    }
    for experiment in store.experiments(id).await? {
        writer.put_experiment(
            experiment.id,
            &experiment,
            &store.snapshot(id, experiment.id).await?,
        )?;
        for run in experiment.runs.values() {
            if let Some(outcome) = store.outcome(id, *run).await? {
                writer.put_outcome(*run, &outcome)?;
            }
            pace.step().await?;
        }
    }
    Ok(writer.finish()?)
}

/// How a text looks in the file.
fn passage_of(
    text: &Text,
    options: &ExportOptions,
    tokenizer: &Rc<Tokenizer>,
) -> Result<Passage, Stopped> {
    let format = match out_format_of(options.format) {
        None => &JSONL,
        // It is no text: its tokens are shown with the tags by which spaCy trains.
        Some(format) if format == &SPACY => &CONLL_BILUO,
        Some(format) => format,
    };
    let (which, tokenizer) = (formats::Which::All, Rc::clone(tokenizer));
    let mut writer = Writer::with_tokenizer(format, which, &options.base, tokenizer, Vec::new());
    writer.put(&text.doc, 0)?;
    let mut file_text = String::from_utf8_lossy(&writer.finish()?.0).into_owned();
    file_text.truncate(file_text.floor_char_boundary(PASSAGE_BYTES));
    Ok(Passage { doc: text.number, id: text.doc.id.0.clone(), file_text })
}

fn rows(losses: &Losses) -> Vec<LossRow> {
    losses.0.iter().map(row).collect()
}

fn row(loss: &Loss) -> LossRow {
    let (changed, left_out) = (loss.changed, loss.left_out);
    let is_gone = left_out != 0 && left_out == loss.count;
    let (verdict, outcome) = match (changed, left_out) {
        (0, 0) => (Verdict::Kept, "kept".to_owned()),
        (_, _) if is_gone => (Verdict::LeftOut, "left out".to_owned()),
        (0, n) => (Verdict::Changed, format!("{n} left out")),
        (n, 0) => (Verdict::Changed, format!("{n} changed")),
        (n, m) => (Verdict::Changed, format!("{n} changed, {m} left out")),
    };
    let what = What::name(loss.what).to_owned();
    LossRow { what, count: loss.count, verdict, outcome, why: loss.why.clone() }
}

/// A file's name, made from the project's.
pub(crate) fn file_name(project: &str, format: ExportFormat) -> String {
    let extension = match format {
        ExportFormat::Nerine => "nerine",
        ExportFormat::Prodigy => "jsonl",
        ExportFormat::Spacy => "spacy",
        ExportFormat::ConllIob2 => "iob2.conll",
        ExportFormat::ConllBiluo => "biluo.conll",
    };
    format!("{}.{extension}", stem(project))
}

/// A project's name as that of a file, without what it ends with.
pub(crate) fn stem(project: &str) -> String {
    let mut stem = String::new();
    for letter in project.chars() {
        match letter.is_alphanumeric() {
            true => stem.extend(letter.to_lowercase()),
            false if !stem.ends_with('-') && !stem.is_empty() => stem.push('-'),
            false => {}
        }
    }
    match stem.trim_end_matches('-') {
        "" => "project".to_owned(),
        stem => stem.to_owned(),
    }
}
