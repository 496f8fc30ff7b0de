//! How `spacy train` trains a base.

use model::{Component, Moves, Pipeline, Shape, Source, Step, Vectors};
use serde_json::json;

use super::{From, Settings};
use crate::pipeline::blank_config;

/// The configuration of a base that lies at `folder`, and what lies there. No configuration where
/// nothing is trained.
pub(super) fn config(
    mut pipeline: Pipeline,
    from: From,
    settings: &Settings,
    folder: &str,
) -> (Option<String>, Pipeline) {
    if from == From::AsItCame {
        return (None, pipeline);
    }
    // They can be large, and no copy needs them.
    let vectors = pipeline.vectors.take();
    let read = vectors.as_ref().filter(|it| it.n_rows() != 0);
    let text = match from {
        From::Weights { freeze } => from_weights(&pipeline, folder, freeze),
        From::Tokens | From::AsItCame => {
            pipeline = pipeline.bare();
            from_tokens(pipeline.clone(), read)
        }
    };
    let vectors_from = if read.is_some() { json!(folder) } else { json!(null) };
    let text = text.replace("vectors = ${paths.vectors}", &format!("vectors = {vectors_from}"));
    let copied = format!(
        "\n[initialize.before_init]\n@callbacks = \"spacy.copy_from_base_model.v1\"\n\
         tokenizer = {0}\nvocab = {0}\n",
        json!(folder)
    );
    let text = set(&text, settings).replace("before_init = null\n", "") + &copied;
    pipeline.vectors = vectors;
    (Some(text), pipeline)
}

/// The configuration with these settings in place of spaCy's.
fn set(text: &str, settings: &Settings) -> String {
    let Settings { max_epochs, max_steps, learning_rate, use_averages, dropout, patience, .. } =
        settings;
    text.replace("\nmax_epochs = 0\n", &format!("\nmax_epochs = {}\n", max_epochs.unwrap_or(0)))
        .replace("\nmax_steps = 20000\n", &format!("\nmax_steps = {max_steps}\n"))
        .replace("\nlearn_rate = 0.001\n", &format!("\nlearn_rate = {learning_rate}\n"))
        .replace("\nuse_averages = false\n", &format!("\nuse_averages = {use_averages}\n"))
        .replace("\ndropout = 0.1\n", &format!("\ndropout = {dropout}\n"))
        .replace("\npatience = 1600\n", &format!("\npatience = {}\n", patience.saturating_mul(200)))
}

/// Networks of spaCy's usual shape.
fn from_tokens(mut bare: Pipeline, vectors: Option<&Vectors>) -> String {
    let vectors = vectors.map(|it| it.width);
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

/// Whether a component finds entities, and learns to.
fn is_ner(step: &Step) -> bool {
    matches!(step, Step::Ner(_))
}
