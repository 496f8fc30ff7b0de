//! spaCy pipelines as bases: opened, kept in storage, made ready to cut text and to find entities.

use std::io::{self, BufRead, Write};
use std::rc::Rc;

use model::{Kept, Model, Pipeline, Step, Touches};
use predict::{Cutter, Difference, Predictor};
use project::{
    BaseComponent, BaseRecord, Fate, PipelineBuilder, PipelineParts, ProjectId, RULES_PART, RunId,
    RunRecord, from_bytes,
};
use protocol::{IoReply, PipelineFile, PipelineOf};
use sha2::{Digest, Sha256};
use spacy::pipeline::{self, Source, Training};
use spacy::vectors_file;
use storage::Store;
use tokenizer::{Base, Tokenizer};
use web_time::Instant;

use crate::page::{Pace, Page, Stopped, TELL};

/// Opens a pipeline and keeps it. `total` is the size of its files in bytes, 0 where they are
/// packed and nobody knows.
///
/// While files are read no message comes in, so that this can be given up only after it.
pub(crate) async fn add(
    store: &impl Store,
    page: &impl Page,
    source: &mut dyn Source,
    total: u64,
    now_ms: u64,
) -> Result<IoReply, Stopped> {
    let mut progress = teller(page, total);
    let pipeline = pipeline::open(source, &mut progress).map_err(|it| Stopped::failed(&it))?;
    add_opened(store, page, pipeline, now_ms).await
}

/// Keeps word vectors as a pipeline that cuts text as a built-in base does, and is called as their
/// file is.
pub(crate) async fn add_vectors(
    store: &impl Store,
    page: &impl Page,
    input: &mut dyn BufRead,
    file: &str,
    now_ms: u64,
) -> Result<IoReply, Stopped> {
    let mut progress = teller(page, 0);
    let vectors = vectors_file::read(input, &mut progress).map_err(|it| Stopped::failed(&it))?;
    let mut pipeline = of_built_in(Base::default())?;
    pipeline.name = package_part(stem(file));
    pipeline.set_vectors(vectors);
    add_opened(store, page, pipeline, now_ms).await
}

/// Tells the page how many bytes are done, now and then.
fn teller(page: &impl Page, total: u64) -> impl FnMut(u64) {
    let mut told = Instant::now();
    move |done| {
        if TELL <= told.elapsed() {
            told = Instant::now();
            page.send(IoReply::Progress { done, total, docs: 0 });
        }
    }
}

/// A pipeline that only cuts text, as a built-in base does.
pub(crate) fn of_built_in(base: Base) -> Result<Pipeline, Stopped> {
    let none = || Stopped::failed(&format!("{base} has no rules that a pipeline can hold"));
    Ok(Pipeline::of_tokens(base.lang(), base.rules().ok_or_else(none)?))
}

/// Whether a file is called as files of word vectors are.
pub(crate) fn is_vectors(file: &str) -> bool {
    stem(file) != file
}

/// What stands before the ending of a file of word vectors.
fn stem(file: &str) -> &str {
    let plain = file.strip_suffix(".gz").unwrap_or(file);
    [".vec", ".txt", ".bin"].iter().find_map(|it| plain.strip_suffix(it)).unwrap_or(file)
}

async fn add_opened(
    store: &impl Store,
    page: &impl Page,
    pipeline: Pipeline,
    now_ms: u64,
) -> Result<IoReply, Stopped> {
    let (pipeline, differences) = try_out(pipeline)?;
    let mut record = describe(&pipeline, &differences, now_ms);
    let parts = PipelineParts::new(pipeline);
    (record.n_parts, record.bytes) = (parts.count(), parts.n_bytes());
    if let Some(there) = settle_name(store, &mut record, &parts).await? {
        return Ok(IoReply::BaseAdded { base: Box::new(there), is_new: false });
    }
    match keep(store, page, &mut record, &parts).await {
        Ok(()) => Ok(IoReply::BaseAdded { base: Box::new(record), is_new: true }),
        Err(stopped) => {
            // What is left would only take space; a next attempt starts over in any case.
            drop(store.delete_base(&record.name).await);
            Err(stopped)
        }
    }
}

/// Whether the pipeline can be made ready, and what spaCy might find otherwise. Its vectors are
/// not copied for that.
fn try_out(mut pipeline: Pipeline) -> Result<(Pipeline, Vec<Difference>), Stopped> {
    let rows = pipeline.vectors.as_mut().map(|it| std::mem::take(&mut it.rows));
    let predictor = Predictor::new(pipeline.clone()).map_err(|it| Stopped::failed(&it))?;
    if let (Some(vectors), Some(rows)) = (&mut pipeline.vectors, rows) {
        vectors.rows = rows;
    }
    Ok((pipeline, predictor.differences().to_vec()))
}

/// What the page is told of a pipeline; how it is stored comes later.
fn describe(pipeline: &Pipeline, differences: &[Difference], now_ms: u64) -> BaseRecord {
    let meta: serde_json::Value = pipeline
        .files
        .get("meta.json")
        .and_then(|it| serde_json::from_slice(it).ok())
        .unwrap_or_default();
    let line = |key: &str| {
        let words: Vec<&str> = meta[key].as_str().unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    };
    let finds = |it: &&model::Component| matches!(it.step, Step::Ner(_) | Step::Ruler(_));
    let mut labels: Vec<String> = pipeline
        .components
        .iter()
        .filter(|it| it.enabled)
        .filter(finds)
        .flat_map(|it| pipeline::labels(&it.step))
        .collect();
    labels.sort();
    labels.dedup();
    BaseRecord {
        name: pipeline::full_name(pipeline),
        package: pipeline::package_name(pipeline),
        version: pipeline.version.clone(),
        lang: pipeline.lang.clone(),
        description: line("description"),
        license: line("license"),
        added_ms: now_ms,
        labels,
        components: components(pipeline, differences),
        starts_sentences: predict::starts_sentences(pipeline),
        vectors: pipeline.vectors.as_ref().map(Into::into),
        n_parts: 0,
        bytes: 0,
        hash: [0; 32],
        ner_parts: Some(pipeline.ner_parts()),
    }
}

fn components(pipeline: &Pipeline, differences: &[Difference]) -> Vec<BaseComponent> {
    let is_ner = |it: &model::Component| matches!(it.step, Step::Ner(_)) && it.enabled;
    let last = pipeline.components.iter().rposition(is_ner);
    let fate = |(idx, it): (usize, &model::Component)| {
        if !it.enabled {
            return Fate::Off;
        }
        if let Some(difference) = differences.iter().find(|that| that.component == it.name) {
            return Fate::Missed { what: difference.to_string() };
        }
        let is_behind = last.is_some_and(|last| last < idx);
        match &it.step {
            Step::Kept(Kept { touches: Touches::Nothing, why }) => Fate::Kept { why: why.clone() },
            Step::Kept(_) | Step::Parser(_) | Step::Senter(_) | Step::Tok2Vec(_) if is_behind => {
                Fate::Kept { why: "runs after the entities are found".to_owned() }
            }
            _ => Fate::Used,
        }
    };
    let component =
        |it: (usize, &model::Component)| BaseComponent { name: it.1.name.clone(), fate: fate(it) };
    pipeline.components.iter().enumerate().map(component).collect()
}

/// Gives the pipeline a name that no other has. When the very same is there, gives back that one.
async fn settle_name(
    store: &impl Store,
    record: &mut BaseRecord,
    parts: &PipelineParts,
) -> Result<Option<BaseRecord>, Stopped> {
    let bases = store.bases().await?;
    let first = record.name.clone();
    let of_this_name = |it: &&BaseRecord| it.package == record.package;
    if bases.iter().any(|it| of_this_name(&it)) {
        let mut hasher = Sha256::new();
        parts.iter().for_each(|it| hasher.update(it));
        let hash: [u8; 32] = hasher.finalize().into();
        if let Some(there) = bases.iter().find(|it| it.hash == hash) {
            return Ok(Some(there.clone()));
        }
    }
    let mut number = 2;
    while bases.iter().any(|it| it.name == record.name) {
        record.name = format!("{first} ({number})");
        number += 1;
    }
    Ok(None)
}

async fn keep(
    store: &impl Store,
    page: &impl Page,
    record: &mut BaseRecord,
    parts: &PipelineParts,
) -> Result<(), Stopped> {
    let (mut pace, mut hasher, mut done) = (Pace::new(page), Sha256::new(), 0);
    for (number, part) in parts.iter().enumerate() {
        hasher.update(&part);
        store.stage_base(&record.name, number as u32, &part).await?;
        done += part.len() as u64;
        pace.tell(done, record.bytes, 0).await?;
    }
    record.hash = hasher.finalize().into();
    Ok(store.adopt_base(record).await?)
}

/// Whether a pipeline is still what was added.
pub(crate) async fn is_whole(
    store: &impl Store,
    page: &impl Page,
    record: &BaseRecord,
) -> Result<bool, Stopped> {
    let (mut hasher, mut pace) = (Sha256::new(), Pace::new(page));
    for number in 0..record.n_parts {
        match store.base_part(&record.name, number).await {
            Ok(part) => hasher.update(&part),
            Err(_damaged) => return Ok(false),
        }
        pace.step().await?;
    }
    Ok(<[u8; 32]>::from(hasher.finalize()) == record.hash)
}

/// The tokenizer of a base: a built-in one, or one that a person brought.
pub(crate) async fn tokenizer(store: &impl Store, name: &str) -> Result<Tokenizer, Stopped> {
    if let Ok(base) = name.parse::<Base>() {
        return Ok(Tokenizer::new(base));
    }
    let part = store.base_part(name, RULES_PART).await?;
    let rules = project::rules_of_part(&part).map_err(|it| Stopped::failed(&it))?;
    Tokenizer::from_rules(&rules).map_err(|it| Stopped::failed(&it))
}

/// A pipeline that a person brought.
pub(crate) async fn pipeline(
    store: &impl Store,
    page: &impl Page,
    record: &BaseRecord,
) -> Result<Pipeline, Stopped> {
    let (mut builder, mut pace) = (PipelineBuilder::default(), Pace::new(page));
    for number in 0..record.n_parts {
        let part = store.base_part(&record.name, number).await?;
        builder.add(&part).map_err(|it| Stopped::failed(&it))?;
        pace.step().await?;
    }
    builder.finish().map_err(|it| Stopped::failed(&it))
}

/// The pipeline that a run trained: its base, with what training changed.
async fn trained(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: &RunRecord,
) -> Result<Pipeline, Stopped> {
    let missing = || Stopped::failed(&"this run has no model: train again, or choose another run");
    let weights = store.weights(project, run.id).await?.ok_or_else(missing)?;
    let model: Model = from_bytes(&weights).map_err(|it| Stopped::failed(&it))?;
    let name = &run.settings.base;
    let base = match name.parse() {
        Ok(base) => of_built_in(base)?,
        Err(_) => pipeline(store, page, &store.base(name).await?).await?,
    };
    base.trained(&model).map_err(|it| Stopped::failed(&it))
}

/// The pipeline that a run trained, called as the run is, with its scores.
async fn given_away(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: RunId,
) -> Result<Pipeline, Stopped> {
    let run = store.run(project, run).await?;
    let mut pipeline = trained(store, page, project, &run).await?;
    pipeline.name = package_part(&run.name);
    let (scored_on, scores) = match (&run.test, &run.dev) {
        (Some(test), _) => ("test", test),
        (None, Some(dev)) => ("dev", dev),
        (None, None) => return Ok(pipeline),
    };
    let training = Training {
        base: run.settings.base.clone(),
        scored_on: scored_on.to_owned(),
        nerine: env!("CARGO_PKG_VERSION").to_owned(),
        scores: scores.clone(),
    };
    pipeline::note_training(&mut pipeline, &training);
    Ok(pipeline)
}

/// A run's name as a part of a package's: ASCII letters and digits, joined by `_`.
fn package_part(name: &str) -> String {
    let parts = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let name = parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    if name.is_empty() { "pipeline".to_owned() } else { name }
}

/// Writes a pipeline as one file. Gives back what was written to, and the file's name.
pub(crate) async fn pack<W: Write>(
    store: &impl Store,
    page: &impl Page,
    which: &PipelineOf,
    form: PipelineFile,
    out: W,
) -> Result<(W, String), Stopped> {
    let pipeline = match which {
        PipelineOf::Base(name) => pipeline(store, page, &store.base(name).await?).await?,
        PipelineOf::Run(project, run) => given_away(store, page, project, *run).await?,
    };
    let out = Heard::new(out, page);
    let (out, name) = match form {
        PipelineFile::Zip => {
            let name = format!("{}.zip", pipeline::full_name(&pipeline));
            (pipeline::save_zip(&pipeline, out)?, name)
        }
        PipelineFile::Wheel => {
            (pipeline::save_wheel(&pipeline, out)?, pipeline::wheel_name(&pipeline))
        }
        PipelineFile::Safetensors => {
            let name = format!("{}.safetensors", pipeline::full_name(&pipeline));
            (pipeline::save_safetensors(&pipeline, out)?, name)
        }
    };
    Ok((out.out, name))
}

/// What is written, told to the page.
pub(crate) struct Heard<'p, W, P> {
    pub(crate) out: W,
    page: &'p P,
    last: Instant,
    done: u64,
}

impl<'p, W, P> Heard<'p, W, P> {
    pub(crate) fn new(out: W, page: &'p P) -> Self {
        Self { out, page, last: Instant::now(), done: 0 }
    }
}

impl<W: Write, P: Page> Write for Heard<'_, W, P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = self.out.write(bytes)?;
        self.done += n_bytes as u64;
        if TELL <= self.last.elapsed() {
            self.last = Instant::now();
            // How small it becomes is known when it is packed.
            self.page.send(IoReply::Progress { done: self.done, total: 0, docs: 0 });
        }
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The pipeline of a run, as it came or as it was trained, ready to run.
pub(crate) async fn predictor(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: &RunRecord,
) -> Result<Predictor, Stopped> {
    let pipeline = match run.is_as_it_came() {
        true => pipeline(store, page, &store.base(&run.settings.base).await?).await?,
        false => trained(store, page, project, run).await?,
    };
    Predictor::new(pipeline).map_err(|it| Stopped::failed(&it))
}

/// What cuts texts as a base does, whose tokenizer this is.
pub(crate) async fn cutter(
    store: &impl Store,
    page: &impl Page,
    name: &str,
    tokenizer: Rc<Tokenizer>,
) -> Result<Cutter, Stopped> {
    if name.parse::<Base>().is_ok() {
        return Ok(tokenizer.into());
    }
    let record = store.base(name).await?;
    if !record.starts_sentences {
        return Ok(tokenizer.into());
    }
    let pipeline = pipeline(store, page, &record).await?;
    Cutter::new(pipeline).map_err(|it| Stopped::failed(&it))
}
