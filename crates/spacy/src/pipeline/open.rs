//! From files to a pipeline.

use std::{collections::BTreeMap, io::Read};

use model::{Component, Kept, Pipeline, Source as VectorSource, Step, Touches};
use serde_json::Value;

use super::{
    Config, Source, moves,
    networks::{Network, TransitionsPlan},
    plan, rulers,
    rulers::Files,
    source::root,
    tokenizer_file, vocab,
};
use crate::PipelineError;

/// Opens a pipeline. `progress` hears how many bytes were read so far.
pub fn open(
    source: &mut dyn Source,
    progress: &mut dyn FnMut(u64),
) -> Result<Pipeline, PipelineError> {
    let mut loaded = load(source, progress)?;
    let config_bytes = need(&loaded.files, "config.cfg")?;
    let config = config_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(config_bytes);
    let config = str::from_utf8(config).map_err(|error| PipelineError::BadFile {
        path: "config.cfg".to_owned(),
        why: format!("it is not UTF-8 from byte {} on", error.valid_up_to()),
    })?;
    let config = Config::read(config)?;
    check_strings(&loaded.files)?;
    let meta = meta(&loaded.files)?;
    let tokenizer = config.text("nlp.tokenizer.@tokenizers").unwrap_or("spacy.Tokenizer.v1");
    if tokenizer != "spacy.Tokenizer.v1" {
        return Err(PipelineError::Tokenizer { name: tokenizer.to_owned() });
    }
    let vectors = vocab::vectors(
        loaded.vectors.take(),
        loaded.files.remove(vocab::KEYS).as_deref(),
        loaded.files.get(vocab::MODE).map(Vec::as_slice),
    )?;
    let norms = match loaded.files.get(vocab::LOOKUPS) {
        Some(bytes) => vocab::norms(bytes)?,
        None => BTreeMap::new(),
    };
    let rules = tokenizer_file::read(need(&loaded.files, tokenizer_file::PATH)?)?;
    let mut opener = Opener {
        config: &config,
        vector_width: vectors.as_ref().map_or(0, |it| it.width),
        files: loaded.files,
    };
    let components = opener.components()?;
    let text = |key: &str| meta[key].as_str().unwrap_or_default().to_owned();
    Ok(Pipeline {
        lang: config.text("nlp.lang")?.to_owned(),
        name: text("name"),
        version: text("version"),
        tokenizer: rules,
        norms,
        vectors,
        components,
        files: opener.files,
    })
}

/// The files of a pipeline's folder, by path in it.
struct Loaded {
    files: Files,
    vectors: Option<vocab::Table>,
}

/// Reads every file, then finds the pipeline's folder among them.
fn load(source: &mut dyn Source, progress: &mut dyn FnMut(u64)) -> Result<Loaded, PipelineError> {
    let mut files = Files::new();
    let mut vectors: BTreeMap<String, vocab::Table> = BTreeMap::new();
    let mut n_bytes = 0;
    source.each(&mut |path, file| {
        let mut file = Heard { inner: file, n_bytes: &mut n_bytes, progress };
        if path == vocab::VECTORS || path.ends_with("/vocab/vectors") {
            vectors.insert(path.to_owned(), vocab::read_npy(&mut file)?);
            return Ok(());
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| PipelineError::Unreadable {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        files.insert(path.to_owned(), bytes);
        Ok(())
    })?;
    let root = root(files.keys().map(String::as_str))?;
    let vectors = vectors.remove(&format!("{root}{}", vocab::VECTORS));
    let inside =
        |(path, bytes): (String, Vec<u8>)| Some((path.strip_prefix(&root)?.to_owned(), bytes));
    Ok(Loaded { files: files.into_iter().filter_map(inside).collect(), vectors })
}

/// Tells how much was read.
struct Heard<'h> {
    inner: &'h mut dyn Read,
    n_bytes: &'h mut u64,
    progress: &'h mut dyn FnMut(u64),
}

impl Read for Heard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        *self.n_bytes += n_bytes as u64;
        (self.progress)(*self.n_bytes);
        Ok(n_bytes)
    }
}

fn need<'f>(files: &'f Files, path: &str) -> Result<&'f [u8], PipelineError> {
    let missing = || PipelineError::MissingFile { path: path.to_owned() };
    files.get(path).map(Vec::as_slice).ok_or_else(missing)
}

/// The words of the vocabulary are only looked at when they are saved, which is late to find out that
/// they are cut short.
fn check_strings(files: &Files) -> Result<(), PipelineError> {
    const PATH: &str = "vocab/strings.json";
    let Some(bytes) = files.get(PATH) else { return Ok(()) };
    let read: Result<Vec<String>, _> = serde_json::from_slice(bytes);
    let bad = |error: serde_json::Error| PipelineError::BadFile {
        path: PATH.to_owned(),
        why: error.to_string(),
    };
    read.map(drop).map_err(bad)
}

/// What meta.json says, if it is of spaCy 3.
fn meta(files: &Files) -> Result<Value, PipelineError> {
    let meta: Value = serde_json::from_slice(need(files, "meta.json")?).map_err(|error| {
        PipelineError::BadFile { path: "meta.json".to_owned(), why: error.to_string() }
    })?;
    if !meta.is_object() {
        let why = "it is no JSON object".to_owned();
        return Err(PipelineError::BadFile { path: "meta.json".to_owned(), why });
    }
    let version = meta["spacy_version"].as_str().unwrap_or_default();
    let first = version.trim_start_matches(|it: char| !it.is_ascii_digit());
    match first.is_empty() || first.starts_with("3.") || first == "3" {
        true => Ok(meta),
        false => Err(PipelineError::OtherVersion { version: version.to_owned() }),
    }
}

/// Makes components from their settings and files. Files that become parts are taken out.
struct Opener<'c> {
    config: &'c Config,
    vector_width: u32,
    files: Files,
}

impl Opener<'_> {
    fn components(&mut self) -> Result<Vec<Component>, PipelineError> {
        let disabled = self.config.texts("nlp.disabled");
        if !self.config.need("nlp.pipeline")?.is_array() {
            return Err(PipelineError::NoSetting { key: "nlp.pipeline, as a list".to_owned() });
        }
        let mut components: Vec<Component> = Vec::new();
        for name in self.config.texts("nlp.pipeline") {
            let factory = self.config.text(&format!("components.{name}.factory"))?.to_owned();
            let enabled = !disabled.contains(&name);
            let step = self.step(&name, &factory)?;
            check_upstream(&name, &step, &components)?;
            components.push(Component { name, factory, enabled, step });
        }
        Ok(components)
    }

    fn step(&mut self, name: &str, factory: &str) -> Result<Step, PipelineError> {
        let kept = |touches, why: &str| Ok(Step::Kept(Kept { touches, why: why.to_owned() }));
        match factory {
            "tok2vec" => self.or_kept(name, Touches::Vectors, Self::tok2vec),
            "ner" | "beam_ner" => self.transitions(name, [3, 6]).map(Step::Ner),
            "parser" | "beam_parser" if self.settings(name)?["learn_tokens"] == true => {
                kept(Touches::Tokens, "joins tokens, which Nerine does not do")
            }
            "parser" | "beam_parser" => self.or_kept(name, Touches::Sentences, |it, name| {
                it.transitions(name, [8, 13]).map(Step::Parser)
            }),
            "senter" => self.or_kept(name, Touches::Sentences, Self::senter),
            "sentencizer" => rulers::sentencizer(name, &self.files).map(Step::Sentencizer),
            "entity_ruler" => rulers::entity_ruler(name, &self.files),
            "span_ruler" | "future_entity_ruler" => {
                rulers::span_ruler(name, factory, self.config, &self.files)
            }
            _ if plan::is_transformer(factory) => {
                Err(PipelineError::Transformer { component: name.to_owned() })
            }
            "tagger"
            | "morphologizer"
            | "lemmatizer"
            | "trainable_lemmatizer"
            | "textcat"
            | "textcat_multilabel"
            | "spancat"
            | "spancat_singlelabel"
            | "span_finder"
            | "entity_linker" => kept(Touches::Nothing, "does not touch entities"),
            "attribute_ruler" => Ok(Step::Kept(rulers::attribute_ruler(name, &self.files))),
            "merge_entities" | "merge_noun_chunks" | "merge_subtokens" | "token_splitter" => {
                kept(Touches::Tokens, "changes the tokens, which Nerine does not do")
            }
            _ => kept(Touches::Unknown, "is of a program that Nerine does not have"),
        }
    }

    /// A step that is kept, with the reason, where Nerine cannot run it.
    fn or_kept(
        &mut self,
        name: &str,
        touches: Touches,
        of: impl Fn(&mut Self, &str) -> Result<Step, PipelineError>,
    ) -> Result<Step, PipelineError> {
        match of(self, name) {
            Err(error @ (PipelineError::Architecture { .. } | PipelineError::Attribute { .. })) => {
                Ok(Step::Kept(Kept { touches, why: error.to_string() }))
            }
            it => it,
        }
    }

    fn tok2vec(&mut self, name: &str) -> Result<Step, PipelineError> {
        let block = format!("components.{name}.model");
        if plan::is_transformer(self.config.text(&format!("{block}.@architectures"))?) {
            return Err(PipelineError::Transformer { component: name.to_owned() });
        }
        let plan = plan::tok2vec(self.config, &block, name)?;
        let path = format!("{name}/model");
        let mut network = Network::read(&path, need(&self.files, &path)?)?;
        let tok2vec = network.tok2vec(&plan, name, self.vector_width)?;
        self.files.remove(&path);
        Ok(Step::Tok2Vec(tok2vec))
    }

    /// `features`: how many tokens a state looks at, without and with extra ones.
    fn transitions(
        &mut self,
        name: &str,
        features: [u32; 2],
    ) -> Result<model::Transitions, PipelineError> {
        let block = format!("components.{name}.model");
        let known = ["spacy.TransitionBasedParser.v1", "spacy.TransitionBasedParser.v2"];
        self.check_architecture(name, &block, &known)?;
        let source = plan::source(self.config, &format!("{block}.tok2vec"), name)?;
        let extra = self.config.flag(&format!("{block}.extra_state_tokens"));
        let settings = self.settings(name)?;
        let beam_width = settings["beam_width"].as_u64().and_then(|it| u32::try_from(it).ok());
        let size = |key: &str| {
            let key = format!("{block}.{key}");
            match self.config.count(&key)? {
                0 => Err(PipelineError::NoSetting { key }),
                size => Ok(size),
            }
        };
        let plan = TransitionsPlan {
            source,
            features: features[usize::from(extra)],
            hidden: size("hidden_width")?,
            pieces: size("maxout_pieces")?,
            use_upper: self.config.flag(&format!("{block}.use_upper")),
            beam_width: beam_width.unwrap_or(1),
        };
        let path = format!("{name}/moves");
        let moves = moves::read(&path, need(&self.files, &path)?)?;
        let path = format!("{name}/model");
        let network = Network::read(&path, need(&self.files, &path)?)?;
        let transitions = network.transitions(plan, moves, name, self.vector_width)?;
        self.files.remove(&path);
        Ok(transitions)
    }

    fn senter(&mut self, name: &str) -> Result<Step, PipelineError> {
        let block = format!("components.{name}.model");
        self.check_architecture(name, &block, &["spacy.Tagger.v1", "spacy.Tagger.v2"])?;
        let source = plan::source(self.config, &format!("{block}.tok2vec"), name)?;
        let settings = self.settings(name)?;
        let overwrite = settings["overwrite"].as_bool().unwrap_or(false);
        let path = format!("{name}/model");
        let network = Network::read(&path, need(&self.files, &path)?)?;
        let senter = network.senter(source, overwrite, name, self.vector_width)?;
        self.files.remove(&path);
        Ok(Step::Senter(senter))
    }

    /// A component's `cfg`; nothing where there is none.
    fn settings(&self, name: &str) -> Result<Value, PipelineError> {
        let path = format!("{name}/cfg");
        let Some(bytes) = self.files.get(&path) else { return Ok(Value::Null) };
        let bad =
            |error: serde_json::Error| PipelineError::BadFile { path, why: error.to_string() };
        serde_json::from_slice(bytes).map_err(bad)
    }

    fn check_architecture(
        &self,
        name: &str,
        block: &str,
        known: &[&str],
    ) -> Result<(), PipelineError> {
        let architecture = self.config.text(&format!("{block}.@architectures"))?;
        match known.contains(&architecture) {
            true => Ok(()),
            false => Err(PipelineError::Architecture {
                component: name.to_owned(),
                architecture: architecture.to_owned(),
            }),
        }
    }
}

/// Whether what a component listens to is there. Entities cannot be found without it.
fn check_upstream(name: &str, step: &Step, before: &[Component]) -> Result<(), PipelineError> {
    let Step::Ner(transitions) = step else { return Ok(()) };
    let VectorSource::Listener(upstream) = &transitions.source else { return Ok(()) };
    let heard = before.iter().rfind(|it| {
        let gives = matches!(&it.step, Step::Tok2Vec(_))
            || it.factory == "tok2vec" && matches!(&it.step, Step::Kept(_));
        gives && (upstream == "*" || *upstream == it.name)
    });
    match heard.map(|it| &it.step) {
        Some(Step::Kept(kept)) => {
            Err(PipelineError::Upstream { component: name.to_owned(), why: kept.why.clone() })
        }
        Some(_) => Ok(()),
        None => Err(PipelineError::NoUpstream {
            component: name.to_owned(),
            upstream: upstream.clone(),
        }),
    }
}
