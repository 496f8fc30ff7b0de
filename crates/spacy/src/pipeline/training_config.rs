//! A training configuration that somebody brings: what of it Nerine does, and what not.
//!
//! Nerine trains `ner` and the tok2vec that it reads as `spacy train` does with what
//! `spacy init config` writes. Each setting is therefore one that can be taken over, one that says
//! what Nerine does anyway, one that does not concern training, or one that is named with the reason
//! why it is left.

use std::fmt;

use model::Shape;
use serde_json::Value;

use super::{config, config::Config, config::Place, filled, plan};
use crate::PipelineError;

/// What a configuration asks for. What is `None` it does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingConfig {
    /// The language, such as `en`.
    pub lang: Option<String>,
    /// The names of the components, in order.
    pub pipeline: Vec<String>,
    /// The pipeline that `ner` is taken from, to be trained further.
    pub ner_from: Option<String>,
    /// Where word vectors come from: a path, or the name of a package.
    pub vectors: Option<String>,
    /// How often every text is seen, at most; [`u32::MAX`] for no limit.
    pub max_epochs: Option<u32>,
    /// How many steps are made, at most; [`u32::MAX`] for no limit.
    pub max_steps: Option<u32>,
    /// Steps without a better score after which training ends; [`u32::MAX`] for no limit.
    pub patience_steps: Option<u32>,
    /// Steps between two looks at the dev texts.
    pub eval_frequency: Option<u32>,
    /// Share of activations that are silenced while training, 0 to 0.9.
    pub dropout: Option<f32>,
    /// What random draws start from.
    pub seed: Option<u64>,
    /// The words of a batch.
    pub batch: Option<BatchWords>,
    /// Step size of the optimiser.
    pub learning_rate: Option<f64>,
    /// Whether averages of the weights are kept in place of the last ones.
    pub use_averages: Option<bool>,
    /// The sizes of the network.
    pub shape: Option<Shape>,
    /// Whether the network reads word vectors.
    pub reads_vectors: bool,
    /// What Nerine does otherwise, in the order of the file.
    pub not_taken: Vec<NotTaken>,
}

/// How many words a batch has. The default is that of `spacy init config`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchWords {
    /// Those of the first batch.
    pub start: f64,
    /// What the number grows to.
    pub stop: f64,
    /// What it is multiplied with from batch to batch.
    pub compound: f64,
}

impl Default for BatchWords {
    fn default() -> Self {
        Self { start: 100.0, stop: 1000.0, compound: 1.001 }
    }
}

/// A setting that is not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTaken {
    /// Its section, such as `training.optimizer`.
    pub section: String,
    /// Its name there.
    pub key: String,
    /// What it is set to, as JSON.
    pub value: String,
    /// Why, as the end of a sentence.
    pub why: String,
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { section, key, value, why } = self;
        write!(f, "[{section}] {key} = {value} is not taken over: {why}")
    }
}

impl TrainingConfig {
    /// Looks without a better score after which training ends.
    pub fn patience(&self) -> Option<u32> {
        match self.patience_steps? {
            u32::MAX => Some(u32::MAX),
            steps => Some(steps.div_ceil(self.eval_frequency.unwrap_or(200)).max(1)),
        }
    }
}

/// Reads a training configuration as `spacy init config` and `spacy init fill-config` write it, or
/// one in which settings are left out.
pub fn training_config(text: &str) -> Result<TrainingConfig, PipelineError> {
    let config = Config::read(text)?;
    let places = config::places(text)?;
    let usual = Config::read(&filled::usual()).expect("we ship a valid configuration");
    let components = Components::find(&config);
    let known = ["nlp", "training", "components", "system", "paths", "initialize", "corpora"];
    if !known.iter().any(|it| config.get(it).is_some()) {
        return Err(PipelineError::BadConfig {
            line: 1,
            why:
                "no section of it is one of a training: choose a file that spacy init config wrote"
                    .to_owned(),
        });
    }
    let mut reading = Reading {
        config: &config,
        places: &places,
        usual,
        components,
        read: TrainingConfig::default(),
    };
    for place in &places {
        reading.setting(place)?;
    }
    reading.shape()?;
    let mut read = reading.read;
    read.seed = read.seed.or_else(|| config.get("system.seed").and_then(Value::as_u64));
    Ok(read)
}

/// The names of the components that Nerine trains.
struct Components {
    ner: String,
    tok2vec: String,
}

impl Components {
    fn find(config: &Config) -> Self {
        let all = config.get("components").and_then(Value::as_object);
        let named = |factory: &str| {
            let mut all = all.into_iter().flatten();
            let found = all.find(|(_, it)| it["factory"] == factory).map(|it| it.0.clone());
            found.unwrap_or_else(|| factory.to_owned())
        };
        Self { ner: named("ner"), tok2vec: named("tok2vec") }
    }
}

struct Reading<'c> {
    config: &'c Config,
    places: &'c [Place],
    /// What `spacy init config` sets.
    usual: Config,
    components: Components,
    read: TrainingConfig,
}

impl Reading<'_> {
    fn setting(&mut self, place: &Place) -> Result<(), PipelineError> {
        let path = format!("{}.{}", place.section, place.key);
        let value = self.config.get(&path).cloned().unwrap_or_default();
        let given = Given { place, value: &value };
        let batcher = self.config.text("training.batcher.@batchers");
        let by_words = batcher.is_ok_and(|it| it == "spacy.batch_by_words.v1")
            || self.config.get("training.batcher.@batchers").is_none();
        let read = &mut self.read;
        match (place.section.as_str(), place.key.as_str()) {
            ("nlp", "lang") => read.lang = Some(given.text()?),
            ("nlp", "pipeline") => {
                read.pipeline = given.texts()?;
                if !read.pipeline.contains(&self.components.ner) {
                    return Err(given.bad("has no ner, which is what Nerine trains: add one"));
                }
            }
            ("training", "max_epochs") => read.max_epochs = Some(given.limit()?),
            ("training", "max_steps") => read.max_steps = Some(given.limit()?),
            ("training", "patience") => read.patience_steps = Some(given.limit()?),
            ("training", "eval_frequency") => read.eval_frequency = Some(given.count(1)?),
            ("training", "dropout") if value.is_number() => {
                read.dropout = Some(given.number(0.0, 0.9)? as f32);
            }
            ("training", "seed") if value.is_null() => {}
            ("training", "seed") => read.seed = Some(u64::from(given.count(0)?)),
            ("training.batcher", "size") if by_words => {
                let words = given.number(1.0, f64::MAX)?;
                read.batch = Some(BatchWords { start: words, stop: words, compound: 1.0 });
            }
            ("training.batcher.size", "@schedules") if by_words && value == "compounding.v1" => {
                self.read.batch = self.compounding(place)?;
            }
            ("training.optimizer", "learn_rate") => {
                read.learning_rate = Some(given.number(0.0, 1.0)?);
            }
            ("training.optimizer", "use_averages") => read.use_averages = Some(given.flag()?),
            ("initialize", "vectors") => read.vectors = value.as_str().map(str::to_owned),
            ("paths" | "system" | "training.logger", _)
            | ("nlp", "batch_size")
            | ("training.batcher.size", "start" | "stop" | "compound" | "t") => {}
            (section, _) if section.starts_with("components.") => self.component(&given),
            _ => self.other(&given),
        }
        Ok(())
    }

    /// A batch size that grows.
    fn compounding(&self, size: &Place) -> Result<Option<BatchWords>, PipelineError> {
        let number = |key: &str, least: f64| {
            let value = self.config.get(&format!("training.batcher.size.{key}"));
            let is_it = |it: &&Place| it.section == size.section && it.key == key;
            let place = self.places.iter().find(is_it);
            let place = Place { key: key.to_owned(), ..place.unwrap_or(size).clone() };
            Given { place: &place, value: value.unwrap_or(&Value::Null) }.number(least, f64::MAX)
        };
        let (start, stop) = (number("start", 1.0)?, number("stop", 1.0)?);
        Ok(Some(BatchWords { start, stop, compound: number("compound", 1.0)? }))
    }

    /// A setting of a component.
    fn component(&mut self, given: &Given<'_>) {
        let section = &given.place.section;
        let name = section.split('.').nth(1).unwrap_or_default().to_owned();
        let is_head = section.split('.').count() == 2;
        let key = given.place.key.as_str();
        if name == self.components.tok2vec && (key == "factory" || !is_head) {
            return;
        }
        if name != self.components.ner {
            if is_head && matches!(key, "factory" | "source") {
                let what = given.value.as_str().unwrap_or(&name).to_owned();
                let why = match key {
                    "source" => format!("{name} comes with the pipeline that is named as the base"),
                    _ => format!("Nerine does not train {what}"),
                };
                self.leave(given, why);
            }
            return;
        }
        match (section.rsplit('.').next().unwrap_or_default(), key) {
            (_, "source") if is_head => {
                self.read.ner_from = given.value.as_str().map(str::to_owned);
                let why = "name that pipeline as the base, and its ner is trained further";
                self.leave(given, why.to_owned());
            }
            _ if section.contains(".model.tok2vec") || section.ends_with(".scorer") => {}
            ("model", "hidden_width") => {}
            _ => {
                let rest = section.replacen(&format!("components.{name}"), "components.ner", 1);
                self.compare(given, &rest);
            }
        }
    }

    /// A setting that Nerine has no choice of.
    fn other(&mut self, given: &Given<'_>) {
        let section = given.place.section.clone();
        self.compare(given, &section);
    }

    /// Leaves a setting, unless it is what Nerine does anyway.
    fn compare(&mut self, given: &Given<'_>, section: &str) {
        let key = &given.place.key;
        let usual = self.usual.get(&format!("{section}.{key}"));
        let is_empty = match given.value {
            Value::Null => true,
            Value::Array(it) => it.is_empty(),
            Value::Object(it) => it.is_empty(),
            _ => false,
        };
        if is_empty && usual.is_none() || usual.is_some_and(|it| is_same(it, given.value)) {
            return;
        }
        // Of a section that is not known, its first setting stands for all.
        let is_known = self.usual.get(section).is_some_and(Value::is_object);
        if !is_known && self.read.not_taken.iter().any(|it| it.section == given.place.section) {
            return;
        }
        let why = why(section, key, usual);
        self.leave(given, why);
    }

    fn leave(&mut self, given: &Given<'_>, why: String) {
        let Place { section, key, .. } = given.place.clone();
        let value = given.value.to_string();
        self.read.not_taken.push(NotTaken { section, key, value, why });
    }

    /// The sizes of the network.
    fn shape(&mut self) -> Result<(), PipelineError> {
        let Components { ner, tok2vec } = &self.components;
        let has = |path: &str| self.config.get(&format!("{path}.@architectures")).is_some();
        let own = format!("components.{ner}.model.tok2vec");
        let listens = self
            .config
            .text(&format!("{own}.@architectures"))
            .is_ok_and(|it| it == "spacy.Tok2VecListener.v1");
        let shared = format!("components.{tok2vec}.model");
        let path = if has(&own) && !listens { own } else { shared };
        let hidden = format!("components.{ner}.model.hidden_width");
        let hidden = match self.config.get(&hidden) {
            Some(_) => Some(self.config.count(&hidden)?.max(1)),
            None => None,
        };
        let usual = Shape::default();
        let mut shape = Shape { hidden: hidden.unwrap_or(usual.hidden), ..usual };
        if has(&path) {
            match plan::tok2vec(self.config, &path, "tok2vec") {
                Ok(it) => {
                    self.read.reads_vectors = it.vectors;
                    let tables =
                        it.embeds.into_iter().map(|(attr, rows)| (attr.to_uppercase(), rows));
                    shape = Shape {
                        tables: tables.collect(),
                        width: it.width,
                        depth: it.depth,
                        window: it.window,
                        pieces: it.pieces,
                        ..shape
                    };
                }
                Err(
                    error @ (PipelineError::Architecture { .. } | PipelineError::Attribute { .. }),
                ) => {
                    let value = self.config.text(&format!("{path}.@architectures"))?;
                    self.read.not_taken.push(NotTaken {
                        section: path,
                        key: "@architectures".to_owned(),
                        value: Value::from(value).to_string(),
                        why: left_network(&error),
                    });
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        } else if hidden.is_none() {
            return Ok(());
        }
        self.read.shape = Some(shape);
        Ok(())
    }
}

/// Why a network is not trained as it is described.
fn left_network(error: &PipelineError) -> String {
    let instead = "Nerine trains spaCy's usual tok2vec instead";
    match error {
        PipelineError::Architecture { architecture, .. } if plan::is_transformer(architecture) => {
            format!("Nerine does not run transformer; {instead}")
        }
        PipelineError::Attribute { attr, .. } => {
            format!("Nerine knows no feature {attr}; {instead}")
        }
        PipelineError::Architecture { architecture, .. } => {
            format!("Nerine does not build {architecture}; {instead}")
        }
        other => other.to_string(),
    }
}

/// Why a setting is left that `spacy init config` sets to `usual`.
fn why(section: &str, key: &str, usual: Option<&Value>) -> String {
    match (section, key, usual) {
        ("corpora.train" | "corpora.dev", "path", _) => {
            "texts are named apart from the configuration".to_owned()
        }
        ("training", "gpu_allocator", _) => "what training runs on is chosen apart".to_owned(),
        ("training", "frozen_components" | "annotating_components", _) => {
            "whether tok2vec stays as it is is chosen apart, and other components always do"
                .to_owned()
        }
        ("training.batcher", "@batchers" | "size", _) => {
            "here a batch has so many words, as in spacy.batch_by_words.v1".to_owned()
        }
        (_, _, Some(usual)) => format!("here it is always {usual}"),
        ("training.optimizer.learn_rate", ..) => "here the step size stays the same".to_owned(),
        (section, ..) if section.starts_with("pretraining") => {
            "Nerine does not pretrain".to_owned()
        }
        _ => "Nerine has nothing like it".to_owned(),
    }
}

/// Whether two values are the same, with 0 and 0.0 for one.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

/// A setting with its value.
struct Given<'g> {
    place: &'g Place,
    value: &'g Value,
}

impl Given<'_> {
    fn bad(&self, why: &str) -> PipelineError {
        let Place { key, line, .. } = self.place;
        PipelineError::BadConfig { line: *line, why: format!("{key} = {} {why}", self.value) }
    }

    fn text(&self) -> Result<String, PipelineError> {
        let text = self.value.as_str().map(str::to_owned);
        text.ok_or_else(|| self.bad("is no text: put it in quotes"))
    }

    fn texts(&self) -> Result<Vec<String>, PipelineError> {
        let texts = self.value.as_array().and_then(|all| {
            all.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts.ok_or_else(|| self.bad("is no list of names: write [\"tok2vec\",\"ner\"]"))
    }

    fn flag(&self) -> Result<bool, PipelineError> {
        self.value.as_bool().ok_or_else(|| self.bad("is neither: write true or false"))
    }

    fn count(&self, least: u32) -> Result<u32, PipelineError> {
        let count = self.value.as_u64().and_then(|it| u32::try_from(it).ok());
        let count = count.filter(|it| least <= *it);
        count.ok_or_else(|| self.bad(&format!("is no count: give a whole number from {least}")))
    }

    /// A count of which 0, or -1, means that there is no limit.
    fn limit(&self) -> Result<u32, PipelineError> {
        match self.value.as_i64() {
            Some(0 | -1) => Ok(u32::MAX),
            _ => self.count(0),
        }
    }

    fn number(&self, least: f64, most: f64) -> Result<f64, PipelineError> {
        let number = self.value.as_f64().filter(|it| (least..=most).contains(it));
        number.ok_or_else(|| match f64::MAX <= most {
            true => self.bad(&format!("does not fit: give a number from {least}")),
            false => self.bad(&format!("does not fit: give a number from {least} to {most}")),
        })
    }
}
