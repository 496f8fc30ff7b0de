//! What config.cfg says of a network.

use tokenizer::Attr;

use super::Config;
use crate::PipelineError;

/// Where a component's token vectors come from, as the configuration says.
pub(crate) enum SourcePlan {
    Listener { upstream: String, width: u32 },
    Own(Tok2VecPlan),
}

impl SourcePlan {
    pub(crate) fn width(&self) -> u32 {
        match self {
            SourcePlan::Listener { width, .. } => *width,
            SourcePlan::Own(plan) => plan.width,
        }
    }
}

/// The sizes of a tok2vec.
pub(crate) struct Tok2VecPlan {
    /// Each feature with the rows of its table.
    pub(crate) embeds: Vec<(String, u32)>,
    /// Whether it reads word vectors.
    pub(crate) vectors: bool,
    pub(crate) width: u32,
    pub(crate) depth: u32,
    pub(crate) window: u32,
    pub(crate) pieces: u32,
}

/// Reads the block at `path`, such as `components.ner.model.tok2vec`.
pub(crate) fn source(
    config: &Config,
    path: &str,
    component: &str,
) -> Result<SourcePlan, PipelineError> {
    let architecture = config.text(&format!("{path}.@architectures"))?;
    match architecture {
        "spacy.Tok2VecListener.v1" => Ok(SourcePlan::Listener {
            upstream: config.text(&format!("{path}.upstream")).unwrap_or("*").to_owned(),
            width: config.count(&format!("{path}.width"))?,
        }),
        _ if is_transformer(architecture) => {
            Err(PipelineError::Transformer { component: component.to_owned() })
        }
        _ => tok2vec(config, path, component).map(SourcePlan::Own),
    }
}

/// Whether an architecture is one of those that need a transformer.
pub(crate) fn is_transformer(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("transformer")
}

/// Reads a tok2vec that listens to nobody.
pub(crate) fn tok2vec(
    config: &Config,
    path: &str,
    component: &str,
) -> Result<Tok2VecPlan, PipelineError> {
    // Those of version 1 differ in what they do with word vectors only.
    let expect = |path: String, wanted: &str| {
        let found = config.text(&format!("{path}.@architectures"))?;
        match found.strip_prefix(wanted) {
            Some(".v1") if !reads_vectors(config, path.as_str()) => Ok(path),
            Some(".v2") => Ok(path),
            _ => Err(PipelineError::Architecture {
                component: component.to_owned(),
                architecture: found.to_owned(),
            }),
        }
    };
    let architecture = config.text(&format!("{path}.@architectures"))?;
    let plan = if architecture.starts_with("spacy.HashEmbedCNN.") {
        expect(path.to_owned(), "spacy.HashEmbedCNN")?;
        hash_embed_cnn(config, path)?
    } else {
        expect(path.to_owned(), "spacy.Tok2Vec")?;
        let embed = expect(format!("{path}.embed"), "spacy.MultiHashEmbed")?;
        let encode = expect(format!("{path}.encode"), "spacy.MaxoutWindowEncoder")?;
        let attrs = config.texts(&format!("{embed}.attrs"));
        let rows = config.need(&format!("{embed}.rows"))?.as_array();
        let rows = rows.into_iter().flatten().filter_map(|it| u32::try_from(it.as_u64()?).ok());
        Tok2VecPlan {
            embeds: attrs.into_iter().zip(rows).collect(),
            vectors: config.flag(&format!("{embed}.include_static_vectors")),
            width: config.count(&format!("{encode}.width"))?,
            depth: config.count(&format!("{encode}.depth"))?,
            window: config.count(&format!("{encode}.window_size"))?,
            pieces: config.count(&format!("{encode}.maxout_pieces"))?,
        }
    };
    let sizes = plan.embeds.iter().map(|(_, rows)| *rows).chain([plan.width, plan.pieces]);
    if plan.embeds.is_empty() || sizes.min() == Some(0) {
        return Err(PipelineError::NoSetting { key: format!("{path}: sizes above 0") });
    }
    match plan.embeds.iter().find(|(attr, _)| Attr::from_name(&attr.to_uppercase()).is_none()) {
        Some((attr, _)) => {
            Err(PipelineError::Attribute { component: component.to_owned(), attr: attr.clone() })
        }
        None => Ok(plan),
    }
}

/// Whether a network's block asks for word vectors. Where a word has none, spaCy's `StaticVectors.v1`
/// takes the last one there is.
fn reads_vectors(config: &Config, path: &str) -> bool {
    let keys = ["include_static_vectors", "pretrained_vectors"];
    keys.iter().any(|key| config.flag(&format!("{path}.{key}")))
}

/// spaCy's `build_hash_embed_cnn_tok2vec`.
fn hash_embed_cnn(config: &Config, path: &str) -> Result<Tok2VecPlan, PipelineError> {
    let count = |key: &str| config.count(&format!("{path}.{key}"));
    let rows = count("embed_size")?;
    let subwords = ["PREFIX", "SUFFIX", "SHAPE"].map(|attr| (attr.to_owned(), rows / 2));
    let mut embeds = vec![("NORM".to_owned(), rows)];
    if config.flag(&format!("{path}.subword_features")) {
        embeds.extend(subwords);
    }
    Ok(Tok2VecPlan {
        embeds,
        vectors: config.flag(&format!("{path}.pretrained_vectors")),
        width: count("width")?,
        depth: count("depth")?,
        window: count("window_size")?,
        pieces: count("maxout_pieces")?,
    })
}
