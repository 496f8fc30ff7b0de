//! The file `moves`: the classes of a transition model.

use model::Moves;
use rmpv::Value;
use serde_json::{Map, json};

use crate::{PipelineError, msgpack};

/// Reads the labels of each action.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Moves, PipelineError> {
    let bad =
        || PipelineError::BadFile { path: path.to_owned(), why: "it lists no classes".to_owned() };
    let value = msgpack::read(bytes).ok_or_else(bad)?;
    let text = msgpack::get(&value, "moves").and_then(msgpack::text).ok_or_else(bad)?;
    let actions: Option<Map<String, serde_json::Value>> = serde_json::from_str(text).ok();
    let actions = actions.ok_or_else(bad)?;
    let actions = actions.iter().map(|(action, labels)| {
        let labels = labels.as_object()?.iter();
        let labels = labels.map(|(label, freq)| Some((label.clone(), freq.as_i64()?)));
        Some((action.parse().ok()?, labels.collect::<Option<_>>()?))
    });
    actions.collect::<Option<_>>().map(Moves).ok_or_else(bad)
}

/// Writes them as spaCy's `TransitionSystem.to_bytes`.
pub(super) fn write(moves: &Moves) -> Vec<u8> {
    let mut actions = Map::new();
    for (action, labels) in &moves.0 {
        let labels = labels.iter().map(|(label, freq)| (label.clone(), json!(freq)));
        actions.insert(action.to_string(), serde_json::Value::Object(labels.collect()));
    }
    let settings = Value::Map(vec![(Value::from("neg_key"), Value::Nil)]);
    msgpack::write(&Value::Map(vec![
        (Value::from("moves"), Value::from(serde_json::Value::Object(actions).to_string())),
        (Value::from("cfg"), settings),
    ]))
}
