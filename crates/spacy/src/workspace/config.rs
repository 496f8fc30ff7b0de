//! How `spacy train` trains a base.

use model::{Component, Moves, Pipeline, Shape, Source, Step};
use serde_json::json;

use super::{Base, From, is_ner};
use crate::pipeline::blank_config;

/// The configuration of a base whose pipeline lies at `folder`. None where nothing is trained.
pub(super) fn config(base: &Base, folder: &str) -> Option<String> {
    let pipeline = &base.pipeline;
    let text = match base.from {
        From::AsItCame => return None,
        From::Tokens => from_tokens(pipeline),
        From::Weights { freeze } => from_weights(pipeline, folder, freeze),
    };
    let has_vectors = pipeline.vectors.as_ref().is_some_and(|it| it.n_rows() != 0);
    let vectors = if has_vectors { json!(folder) } else { json!(null) };
    let text = text.replace("vectors = ${paths.vectors}", &format!("vectors = {vectors}"));
    let copied = format!(
        "\n[initialize.before_init]\n@callbacks = \"spacy.copy_from_base_model.v1\"\n\
         tokenizer = {0}\nvocab = {0}\n",
        json!(folder)
    );
    Some(text.replace("before_init = null\n", "") + &copied)
}

/// Networks of spaCy's usual shape.
fn from_tokens(pipeline: &Pipeline) -> String {
    let mut bare = pipeline.clone().bare();
    let vectors = bare.vectors.as_ref().filter(|it| it.n_rows() != 0).map(|it| it.width);
    bare.push_untrained(&Shape { vectors, ..Shape::default() }, Moves::default());
    blank_config(&bare)
}

/// All components as they came, of which `ner` and what it listens to are trained further.
fn from_weights(pipeline: &Pipeline, folder: &str, freeze: bool) -> String {
    let on: Vec<_> = pipeline.components.iter().filter(|it| it.enabled).collect();
    let names: Vec<&str> = on.iter().map(|it| it.name.as_str()).collect();
    let listens = on.iter().any(|it| match &it.step {
        Step::Ner(it) => matches!(it.source, Source::Listener(_)),
        _ => false,
    });
    let is_trained =
        |step: &Step| is_ner(step) || listens && !freeze && matches!(step, Step::Tok2Vec(_));
    let frozen: Vec<&str> =
        on.iter().filter(|it| !is_trained(&it.step)).map(|it| it.name.as_str()).collect();
    // What ner listens to has to run, whether it learns or not.
    let annotating: Vec<&str> = on
        .iter()
        .filter(|it| freeze && listens && matches!(it.step, Step::Tok2Vec(_)))
        .map(|it| it.name.as_str())
        .collect();
    let mut bare = pipeline.clone().bare();
    bare.files.clear();
    let text = blank_config(&bare);
    let source =
        |it: &&Component| format!("\n[components.{}]\nsource = {}\n", it.name, json!(folder));
    let sources = on.iter().map(source).collect::<Vec<_>>().concat();
    text.replacen("pipeline = []", &format!("pipeline = {}", json!(names)), 1)
        .replacen("\n[components]\n", &format!("\n[components]\n{sources}"), 1)
        .replacen("frozen_components = []", &format!("frozen_components = {}", json!(frozen)), 1)
        .replacen(
            "annotating_components = []",
            &format!("annotating_components = {}", json!(annotating)),
            1,
        )
}
