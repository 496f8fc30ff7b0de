//! What a pipeline that Nerine trained from nothing says of itself: a config.cfg with which
//! `spacy train` trains the same again, and meta.json.

use std::fmt::Write;

use model::{Array, Component, Pipeline, Source, Step, Tok2Vec, Transitions, VectorMode};
use serde_json::{Map, Value, json};

use super::save::labels;

/// The versions of spaCy that read these files.
pub(super) const SPACY_VERSION: &str = ">=3.7.0,<3.9.0";

/// `ner/cfg` as spaCy writes it.
pub(super) const TRANSITIONS_CFG: &str = "{
  \"moves\":null,
  \"update_with_oracle_cut_size\":100,
  \"multitasks\":[

  ],
  \"min_action_freq\":1,
  \"learn_tokens\":false,
  \"beam_width\":1,
  \"beam_density\":0.0,
  \"beam_update_prob\":0.0,
  \"incorrect_spans_key\":null
}";

/// The configuration: spaCy's defaults, with the sizes of this pipeline's networks.
pub(crate) fn config(pipeline: &Pipeline) -> String {
    let names: Vec<&str> = pipeline.components.iter().map(|it| it.name.as_str()).collect();
    let disabled: Vec<&str> =
        pipeline.components.iter().filter(|it| !it.enabled).map(|it| it.name.as_str()).collect();
    let mut text = format!(
        "{PATHS}\n[nlp]\nlang = {}\npipeline = {}\nbatch_size = 1000\ndisabled = {}\n{NLP}\n\
         [components]\n",
        json!(pipeline.lang),
        json!(names),
        json!(disabled),
    );
    for component in &pipeline.components {
        text.push('\n');
        text.push_str(&component_config(component));
    }
    text.push('\n');
    text.push_str(TRAINING);
    text
}

/// What `spacy init config` sets for an `ner` that Nerine trains.
pub(super) fn usual() -> String {
    let mut pipeline = Pipeline::of_tokens("en", model::Rules::default());
    pipeline.push_untrained(&model::Shape::default(), model::Moves::default());
    config(&pipeline)
}

/// The sections of a component.
pub(super) fn component_config(component: &Component) -> String {
    let block = format!("components.{}", component.name);
    let mut text = format!("[{block}]\nfactory = {}\n", json!(component.factory));
    match &component.step {
        Step::Tok2Vec(it) => tok2vec(&format!("{block}.model"), it, &mut text),
        Step::Ner(it) => {
            text.push_str(
                "moves = null\nupdate_with_oracle_cut_size = 100\nincorrect_spans_key = null\n",
            );
            scorer(&block, "spacy.ner_scorer.v1", &mut text);
            transitions(&format!("{block}.model"), "ner", it, &mut text);
        }
        Step::Parser(it) => {
            text.push_str(
                "moves = null\nupdate_with_oracle_cut_size = 100\nlearn_tokens = false\nmin_action_freq = 30\n",
            );
            scorer(&block, "spacy.parser_scorer.v1", &mut text);
            transitions(&format!("{block}.model"), "parser", it, &mut text);
        }
        Step::Senter(it) => {
            let _ = writeln!(text, "overwrite = {}", it.overwrite);
            scorer(&block, "spacy.senter_scorer.v1", &mut text);
            let _ = write!(
                text,
                "\n[{block}.model]\n@architectures = \"spacy.Tagger.v2\"\nnO = null\nnormalize = false\n"
            );
            let width = side(&it.output.weight, 1);
            source(&format!("{block}.model.tok2vec"), &it.source, width, &mut text);
        }
        Step::Sentencizer(it) => {
            let _ =
                writeln!(text, "overwrite = {}\npunct_chars = {}", it.overwrite, json!(it.ends));
            scorer(&block, "spacy.senter_scorer.v1", &mut text);
        }
        Step::Ruler(_) | Step::Kept(_) => {}
    }
    text
}

fn scorer(block: &str, name: &str, text: &mut String) {
    let _ = write!(text, "\n[{block}.scorer]\n@scorers = {}\n", json!(name));
}

fn side(array: &Array, idx: usize) -> u32 {
    array.shape().get(idx).copied().unwrap_or(0)
}

fn transitions(block: &str, state: &str, it: &Transitions, text: &mut String) {
    let extra = matches!(side(&it.lower.weight, 0), 6 | 13);
    let _ = write!(
        text,
        "\n[{block}]\n@architectures = \"spacy.TransitionBasedParser.v2\"\nstate_type = \"{state}\"\n\
         extra_state_tokens = {extra}\nhidden_width = {}\nmaxout_pieces = {}\nuse_upper = {}\nnO = null\n",
        side(&it.narrow.weight, 0),
        side(&it.lower.bias, 1),
        it.upper.is_some(),
    );
    source(&format!("{block}.tok2vec"), &it.source, side(&it.narrow.weight, 1), text);
}

fn source(block: &str, source: &Source, width: u32, text: &mut String) {
    match source {
        Source::Listener(upstream) => {
            let _ = write!(
                text,
                "\n[{block}]\n@architectures = \"spacy.Tok2VecListener.v1\"\nwidth = {width}\nupstream = {}\n",
                json!(upstream),
            );
        }
        Source::Own(it) => tok2vec(block, it, text),
    }
}

fn tok2vec(block: &str, it: &Tok2Vec, text: &mut String) {
    let attrs: Vec<&str> = it.embeds.iter().map(|it| it.attr.as_str()).collect();
    let rows: Vec<u32> = it.embeds.iter().map(|it| side(&it.table, 0)).collect();
    let width = side(&it.mix.bias, 0);
    let pieces = it.encode.first().map_or(3, |it| side(&it.bias, 1));
    let _ = write!(
        text,
        "\n[{block}]\n@architectures = \"spacy.Tok2Vec.v2\"\n\
         \n[{block}.embed]\n@architectures = \"spacy.MultiHashEmbed.v2\"\nwidth = {width}\n\
         attrs = {}\nrows = {}\ninclude_static_vectors = {}\n\
         \n[{block}.encode]\n@architectures = \"spacy.MaxoutWindowEncoder.v2\"\nwidth = {width}\n\
         depth = {}\nwindow_size = {}\nmaxout_pieces = {pieces}\n",
        json!(attrs),
        json!(rows),
        it.vectors.is_some(),
        it.encode.len(),
        it.window,
    );
}

/// meta.json: what `old` says, with what follows from the pipeline as it is now.
pub(super) fn meta(pipeline: &Pipeline, name: &str, version: &str, old: &Value) -> Value {
    let mut meta = old.as_object().cloned().unwrap_or_default();
    let is_new = meta.is_empty();
    let mut set = |key: &str, value: Value| drop(meta.insert(key.to_owned(), value));
    set("lang", json!(pipeline.lang));
    set("name", json!(name));
    set("version", json!(version));
    if is_new {
        set("spacy_version", json!(SPACY_VERSION));
        for key in ["description", "author", "email", "url", "license"] {
            set(key, json!(""));
        }
        let vectors = pipeline.vectors.as_ref();
        let (mode, n_keys) = match vectors.map(|it| &it.mode) {
            Some(VectorMode::Table(keys)) => ("default", json!(keys.len())),
            Some(VectorMode::Floret(_)) => ("floret", json!(-1)),
            None => ("default", json!(0)),
        };
        set(
            "vectors",
            json!({
                "width": vectors.map_or(0, |it| it.width),
                "vectors": vectors.map_or(0, model::Vectors::n_rows),
                "keys": n_keys,
                "name": null,
                "mode": mode,
            }),
        );
        set("labels", Value::Object(Map::new()));
        set("performance", Value::Object(Map::new()));
    }
    let names = |enabled: fn(&Component) -> bool| -> Vec<&str> {
        let names = pipeline.components.iter().filter(|it| enabled(it));
        names.map(|it| it.name.as_str()).collect()
    };
    let listed = old.get("components").or_else(|| old.get("pipeline")).and_then(Value::as_array);
    let is_listed = |name: &str| listed.is_some_and(|it| it.iter().any(|it| it == name));
    if is_new || listed.is_some() && names(|_| true).into_iter().any(|it| !is_listed(it)) {
        set("pipeline", json!(names(|it| it.enabled)));
        set("components", json!(names(|_| true)));
        set("disabled", json!(names(|it| !it.enabled)));
    }
    if let Some(Value::Object(all)) = meta.get_mut("labels") {
        for component in &pipeline.components {
            let has_labels = matches!(component.step, Step::Ner(_))
                || is_new && !matches!(component.step, Step::Kept(_));
            let now = labels(&component.step);
            let before = all.get(&component.name).and_then(Value::as_array);
            let same = before.is_some_and(|it| {
                let mut before: Vec<&str> = it.iter().filter_map(Value::as_str).collect();
                before.sort_unstable();
                before == now
            });
            if has_labels && !same {
                all.insert(component.name.clone(), json!(now));
            }
        }
    }
    Value::Object(meta)
}

const PATHS: &str = "\
[paths]
train = null
dev = null
vectors = null
init_tok2vec = null

[system]
gpu_allocator = null
seed = 0
";

const NLP: &str = "\
before_creation = null
after_creation = null
after_pipeline_creation = null

[nlp.tokenizer]
@tokenizers = \"spacy.Tokenizer.v1\"

[nlp.vectors]
@vectors = \"spacy.Vectors.v1\"
";

const TRAINING: &str = "\
[corpora]

[corpora.dev]
@readers = \"spacy.Corpus.v1\"
path = ${paths.dev}
max_length = 0
gold_preproc = false
limit = 0
augmenter = null

[corpora.train]
@readers = \"spacy.Corpus.v1\"
path = ${paths.train}
max_length = 0
gold_preproc = false
limit = 0
augmenter = null

[training]
dev_corpus = \"corpora.dev\"
train_corpus = \"corpora.train\"
seed = ${system.seed}
gpu_allocator = ${system.gpu_allocator}
dropout = 0.1
accumulate_gradient = 1
patience = 1600
max_epochs = 0
max_steps = 20000
eval_frequency = 200
frozen_components = []
annotating_components = []
before_to_disk = null
before_update = null

[training.batcher]
@batchers = \"spacy.batch_by_words.v1\"
discard_oversize = false
tolerance = 0.2
get_length = null

[training.batcher.size]
@schedules = \"compounding.v1\"
start = 100
stop = 1000
compound = 1.001
t = 0.0

[training.logger]
@loggers = \"spacy.ConsoleLogger.v1\"
progress_bar = false

[training.optimizer]
@optimizers = \"Adam.v1\"
beta1 = 0.9
beta2 = 0.999
L2_is_weight_decay = true
L2 = 0.01
grad_clip = 1.0
use_averages = false
eps = 0.00000001
learn_rate = 0.001

[training.score_weights]
ents_f = 1.0
ents_p = 0.0
ents_r = 0.0
ents_per_type = null

[pretraining]

[initialize]
vectors = ${paths.vectors}
init_tok2vec = ${paths.init_tok2vec}
vocab_data = null
lookups = null
before_init = null
after_init = null

[initialize.components]

[initialize.tokenizer]
";
