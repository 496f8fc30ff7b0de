//! From a pipeline to files.

use std::{collections::BTreeSet, io};

use model::{Component, Pipeline, Step};
use serde_json::Value;

use super::{extended, filled, json, moves, networks, sink::Sink, tokenizer_file, vocab};

/// Writes a pipeline's folder: the files it came with, and those that its parts make.
///
/// What a pipeline made from nothing lacks is made: `config.cfg`, `meta.json` and the vocabulary.
/// Labels and components that were added are written to all files that list them.
pub fn save(pipeline: &Pipeline, sink: &mut dyn Sink) -> io::Result<()> {
    save_as(pipeline, &pipeline.name, &pipeline.version, sink)
}

/// Writes a pipeline's folder under another name and version.
pub(super) fn save_as(
    pipeline: &Pipeline,
    name: &str,
    version: &str,
    sink: &mut dyn Sink,
) -> io::Result<()> {
    let mut written: BTreeSet<String> = BTreeSet::new();
    let mut file = |path: &str, bytes: &[u8]| {
        written.insert(path.to_owned());
        sink.file(path)?.write_all(bytes)
    };
    let read = |path: &str| pipeline.files.get(path).map(Vec::as_slice);

    match read("config.cfg") {
        Some(bytes) => file("config.cfg", &extended::config(bytes, pipeline))?,
        None => file("config.cfg", filled::config(pipeline).as_bytes())?,
    }
    file("meta.json", &meta(pipeline, name, version, read("meta.json")))?;
    match read(tokenizer_file::PATH) {
        Some(bytes) if tokenizer_file::read(bytes).is_ok_and(|it| it == pipeline.tokenizer) => {
            file(tokenizer_file::PATH, bytes)?;
        }
        _ => file(tokenizer_file::PATH, &tokenizer_file::write(&pipeline.tokenizer))?,
    }
    file("vocab/strings.json", &strings(pipeline, read("vocab/strings.json")))?;
    file(vocab::LOOKUPS, read(vocab::LOOKUPS).unwrap_or(&[0x80]))?;
    let mode = vocab::write_mode(pipeline.vectors.as_ref());
    file(vocab::MODE, read(vocab::MODE).unwrap_or(mode.as_bytes()))?;
    file(vocab::KEYS, &vocab::write_keys(pipeline.vectors.as_ref()))?;
    for component in &pipeline.components {
        for (path, bytes) in component_files(component, pipeline) {
            file(&path, &bytes)?;
        }
    }
    written.insert(vocab::VECTORS.to_owned());
    for (path, bytes) in &pipeline.files {
        if !written.contains(path) {
            sink.file(path)?.write_all(bytes)?;
        }
    }
    vocab::write_npy(pipeline.vectors.as_ref(), sink.file(vocab::VECTORS)?)
}

/// The files that a component's parts make.
fn component_files(component: &Component, pipeline: &Pipeline) -> Vec<(String, Vec<u8>)> {
    let path = |file: &str| format!("{}/{file}", component.name);
    let settings = |default: &str| {
        let kept = pipeline.files.get(&path("cfg"));
        (path("cfg"), kept.cloned().unwrap_or_else(|| default.as_bytes().to_vec()))
    };
    match &component.step {
        Step::Tok2Vec(it) => {
            vec![(path("model"), networks::write_tok2vec(it)), settings("{\n\n}")]
        }
        Step::Ner(it) | Step::Parser(it) => {
            let kept = pipeline.files.get(&path("moves"));
            let kept =
                kept.filter(|bytes| moves::read("", bytes).is_ok_and(|kept| kept == it.moves));
            vec![
                (path("model"), networks::write_transitions(it)),
                (path("moves"), kept.cloned().unwrap_or_else(|| moves::write(&it.moves))),
                settings(filled::TRANSITIONS_CFG),
            ]
        }
        Step::Senter(it) => vec![
            (path("model"), networks::write_senter(it)),
            settings("{\n  \"overwrite\":false\n}"),
        ],
        Step::Sentencizer(_) | Step::Ruler(_) | Step::Kept(_) => Vec::new(),
    }
}

/// The labels of a component, as spaCy sorts them.
pub fn labels(step: &Step) -> Vec<String> {
    let labels: BTreeSet<&str> = match step {
        Step::Ner(it) => {
            it.moves.0.iter().filter(|(action, _)| **action != 5).flat_map(all).collect()
        }
        Step::Parser(it) => {
            it.moves.0.values().flatten().map(|(label, _)| label.as_str()).collect()
        }
        Step::Senter(_) => ["I", "S"].into(),
        Step::Ruler(it) => it.patterns.iter().map(|it| it.label.as_str()).collect(),
        _ => BTreeSet::new(),
    };
    labels.into_iter().filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn all<'a>((_, labels): (&u32, &'a Vec<(String, i64)>)) -> impl Iterator<Item = &'a str> {
    labels.iter().map(|(label, _)| label.as_str())
}

/// The strings that the vocabulary must know, among those that it came with.
fn strings(pipeline: &Pipeline, kept: Option<&[u8]>) -> Vec<u8> {
    let mut strings: Vec<String> =
        kept.and_then(|it| serde_json::from_slice(it).ok()).unwrap_or_default();
    let known: BTreeSet<&String> = strings.iter().collect();
    let needed = pipeline.components.iter().flat_map(|it| labels(&it.step));
    let norms = pipeline.tokenizer.exceptions.values().flatten();
    let norms = norms.flat_map(|it| [Some(it.orth.clone()), it.norm.clone()]).flatten();
    let is_new =
        |it: &String| !known.contains(it) && tokenizer::lex::string_id(it) > u64::from(u32::MAX);
    // Those of the tokenizer come with its file; they are listed only where nothing else is.
    let missing: BTreeSet<String> = match kept {
        Some(_) => needed.filter(is_new).collect(),
        None => needed.chain(norms).filter(is_new).collect(),
    };
    if let (Some(kept), true) = (kept, missing.is_empty()) {
        return kept.to_vec();
    }
    strings.extend(missing);
    strings.sort();
    json::indented(&Value::from(strings)).into_bytes()
}

/// meta.json with the labels as they are now; as it came where nothing differs.
fn meta(pipeline: &Pipeline, name: &str, version: &str, kept: Option<&[u8]>) -> Vec<u8> {
    let old: Value = kept.and_then(|it| serde_json::from_slice(it).ok()).unwrap_or_default();
    let new = filled::meta(pipeline, name, version, &old);
    match kept {
        Some(bytes) if new == old => bytes.to_vec(),
        _ => json::indented(&new).into_bytes(),
    }
}
