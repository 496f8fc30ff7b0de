//! config.cfg of a pipeline that has more components than when it came.

use model::{Component, Pipeline};
use serde_json::json;

use super::config::{self, Config};
use super::filled;

/// The file with the components that it does not know yet. Where it knows all, or cannot be read,
/// it stays as it is.
pub(super) fn config(kept: &[u8], pipeline: &Pipeline) -> Vec<u8> {
    let text = std::str::from_utf8(kept).ok();
    text.and_then(|it| with_new(it, pipeline)).map_or_else(|| kept.to_vec(), String::into_bytes)
}

fn with_new(text: &str, pipeline: &Pipeline) -> Option<String> {
    let known = Config::read(text).ok()?.texts("nlp.pipeline");
    let new: Vec<&Component> =
        pipeline.components.iter().filter(|it| !known.contains(&it.name)).collect();
    let is_list = |it: &&config::Place| it.section == "nlp" && it.key == "pipeline";
    let line = config::places(text).ok()?.iter().find(is_list)?.line;
    if new.is_empty() {
        return None;
    }
    let names: Vec<&str> = pipeline.components.iter().map(|it| it.name.as_str()).collect();
    let mut lines = text.lines();
    let mut extended: Vec<String> = lines.by_ref().take(line - 1).map(str::to_owned).collect();
    extended.push(format!("pipeline = {}", json!(names)));
    // An indented line goes on with the value before it.
    let rest = lines.skip(1).skip_while(|it| it.starts_with([' ', '\t']));
    extended.extend(rest.map(str::to_owned));
    for component in new {
        extended.push(String::new());
        extended.push(filled::component_config(component).trim_end().to_owned());
    }
    extended.push(String::new());
    Some(extended.join("\n"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::{Moves, Rules, Shape};

    use super::*;

    #[test]
    fn a_component_joins_those_that_are_there() {
        let mut pipeline = Pipeline::of_tokens("en", Rules::default());
        pipeline.push_untrained(&Shape::default(), Moves::of_ner(&["A"]));
        let kept = "[nlp]\nlang = \"en\"\npipeline = [\n  \"ner\"\n  ]\nbatch_size = 9\n\n\
                    [components.ner]\nfactory = \"ner\"\n";
        let mut ner = pipeline.components.pop().unwrap();
        pipeline.components.clear();
        pipeline.components.push(ner.clone());
        assert_eq!(config(kept.as_bytes(), &pipeline), kept.as_bytes(), "it knows all");

        ner.name = "ner_new".to_owned();
        pipeline.components.insert(0, ner);
        let extended = String::from_utf8(config(kept.as_bytes(), &pipeline)).unwrap();
        expect![[r#"
            [nlp]
            lang = "en"
            pipeline = ["ner_new","ner"]
            batch_size = 9

            [components.ner]
            factory = "ner"

            [components.ner_new]
            factory = "ner"
            moves = null
            update_with_oracle_cut_size = 100
            incorrect_spans_key = null

            [components.ner_new.scorer]
            @scorers = "spacy.ner_scorer.v1"

            [components.ner_new.model]
            @architectures = "spacy.TransitionBasedParser.v2"
            state_type = "ner"
            extra_state_tokens = false
            hidden_width = 64
            maxout_pieces = 2
            use_upper = true
            nO = null

            [components.ner_new.model.tok2vec]
            @architectures = "spacy.Tok2VecListener.v1"
            width = 96
            upstream = "tok2vec"
        "#]]
        .assert_eq(&extended);
        assert_eq!(config(b"\xff", &pipeline), b"\xff");
    }
}
