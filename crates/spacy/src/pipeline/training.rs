//! What a pipeline's meta.json says of its training.

use model::Pipeline;
use scorer::{Prf, Scores};
use serde_json::{Map, Value, json};

use super::{filled, json};

/// How a pipeline was trained, and how well it finds entities.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// What it started from: `blank:en`, or a pipeline's name and version.
    pub base: String,
    /// Which texts it was scored on, such as `test`.
    pub scored_on: String,
    /// The version of Nerine.
    pub nerine: String,
    /// How well it finds entities.
    pub scores: Scores,
}

/// Has a pipeline's meta.json say how it was trained: the scores as spaCy's `performance`, where
/// those of other components stay, and the rest under `nerine`.
pub fn note_training(pipeline: &mut Pipeline, training: &Training) {
    let old = pipeline.files.get("meta.json").and_then(|it| serde_json::from_slice(it).ok());
    let old: Value = old.unwrap_or_default();
    let mut meta = filled::meta(pipeline, &pipeline.name, &pipeline.version, &old);
    let mut performance = match meta["performance"].take() {
        Value::Object(it) => it,
        _ => Map::new(),
    };
    let all = training.scores.micro;
    performance.insert("ents_p".to_owned(), json!(all.precision()));
    performance.insert("ents_r".to_owned(), json!(all.recall()));
    performance.insert("ents_f".to_owned(), json!(all.f1()));
    let of = |it: &Prf| json!({"p": it.precision(), "r": it.recall(), "f": it.f1()});
    let by_label = training.scores.labels.iter();
    let by_label: Map<String, Value> =
        by_label.map(|(label, it)| (label.to_string(), of(it))).collect();
    performance.insert("ents_per_type".to_owned(), Value::Object(by_label));
    meta["performance"] = Value::Object(performance);
    meta["nerine"] = json!({
        "version": training.nerine,
        "base": training.base,
        "scored_on": training.scored_on,
    });
    pipeline.files.insert("meta.json".to_owned(), json::indented(&meta).into_bytes());
}
