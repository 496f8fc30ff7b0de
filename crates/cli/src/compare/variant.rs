//! The bases of a comparison as a person names them.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Result;
use experiment::{BaseKey, BaseKind};
use learn::Config;
use model::{Keeps, Shape};
use project::PipelineParts;
use sha2::{Digest, Sha256};

use crate::base::{self, Base};
use crate::refusal::refuse;
use crate::spacy_run::{How, Labels, Remedies};
use crate::trained;

/// A base and how it takes part, such as `en_core_web_sm,scratch,vectors=glove.vec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) base: Base,
    pub(super) way: Way,
    pub(super) remedies: Remedies,
    pub(super) vectors: Option<PathBuf>,
}

/// What becomes of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is trained, further where it has learned something.
    Trained,
    /// Only its tokens and vectors are kept.
    Scratch,
    /// An `ner` is trained beside those that it has.
    Beside,
    /// It is only scored.
    AsIs,
}

impl FromStr for Variant {
    type Err = String;

    fn from_str(words: &str) -> Result<Self, String> {
        let mut parts = words.split(',');
        let name = parts.next().unwrap_or_default();
        let base = name.parse::<Base>().map_err(|err| err.to_string())?;
        let mut it =
            Variant { base, way: Way::Trained, remedies: Remedies::default(), vectors: None };
        for part in parts {
            match part.split_once('=') {
                Some(("vectors", path)) => it.vectors = Some(path.into()),
                None if part == "scratch" => it.way = with(it.way, Way::Scratch)?,
                None if part == "freeze" => it.remedies.freeze = true,
                None if part == "replay" => it.remedies.replay = true,
                None if part == "rehearse" => it.remedies.rehearse = true,
                None if part == "beside" => it.way = with(it.way, Way::Beside)?,
                None if part == "as-is" => it.way = with(it.way, Way::AsIs)?,
                _ => {
                    return Err(format!(
                        "{part:?} is no way to use a base: scratch, freeze, replay, rehearse, \
                         beside, as-is or vectors=PATH"
                    ));
                }
            }
        }
        let is_pipeline = matches!(it.base, Base::Pipeline(_));
        let Remedies { freeze, replay, rehearse } = it.remedies;
        let keeps = replay || rehearse;
        let is_changed = it.way != Way::Trained || freeze || keeps;
        if is_changed && !is_pipeline {
            return Err(format!(
                "{name} is no pipeline: scratch, freeze, replay, rehearse, beside and as-is are \
                 for those"
            ));
        }
        let is_more = freeze || keeps || it.vectors.is_some();
        if it.way == Way::Beside && is_more {
            return Err("beside trains from nothing, and leaves the pipeline as it is: leave the \
                        rest out, or beside"
                .to_owned());
        }
        if it.way == Way::AsIs && is_more {
            return Err("as-is trains nothing: leave the rest out, or as-is".to_owned());
        }
        if it.way == Way::Scratch && freeze {
            return Err("scratch trains the tok2vec that freeze would keep: name one".to_owned());
        }
        if keeps && (it.way == Way::Scratch || it.vectors.is_some()) {
            let what = if replay { "replay" } else { "rehearse" };
            return Err(format!(
                "{what} is of what a pipeline knows, and nothing of that is kept: leave it out"
            ));
        }
        if it.vectors.is_some() && !is_pipeline && it.base != Base::Nerine {
            return Err(format!(
                "{name} is no pipeline that could hold vectors: name nerine or a pipeline"
            ));
        }
        Ok(it)
    }
}

/// A way in place of the usual one: a base has one only.
fn with(way: Way, other: Way) -> Result<Way, String> {
    match way {
        Way::Trained => Ok(other),
        _ => Err("scratch, beside and as-is are each a way of its own: name one".to_owned()),
    }
}

impl Variant {
    /// Whether it goes on from weights that it has.
    pub(super) fn keeps_weights(&self) -> bool {
        matches!(self.base, Base::Pipeline(_)) && self.way == Way::Trained
    }

    /// Whether it has something that training could make it forget.
    pub(super) fn can_forget(&self) -> bool {
        let keeps = matches!(self.way, Way::Trained | Way::Beside);
        matches!(self.base, Base::Pipeline(_)) && keeps
    }

    /// Whether it is only scored.
    pub(super) fn is_as_is(&self) -> bool {
        self.way == Way::AsIs
    }

    /// What people call it: the name that was given, and how it is used.
    fn name(&self) -> String {
        let mut name = match &self.base {
            Base::Pipeline(path) => {
                path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
            }
            other => other.to_string(),
        };
        let Remedies { freeze, replay, rehearse } = self.remedies;
        for (is_so, words) in [
            (self.way == Way::Scratch, " from tokens"),
            (freeze, " frozen"),
            (replay, " with replay"),
            (self.way == Way::Beside, " and a second ner"),
            (rehearse, " with rehearsal"),
            (self.way == Way::AsIs, " as it came"),
        ] {
            if is_so {
                name.push_str(words);
            }
        }
        if let Some(path) = &self.vectors {
            let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            name = format!("{name} with {file}");
        }
        name
    }

    /// How it is trained.
    pub(super) fn how<'a>(&'a self, config: Config, shape: Shape, raw: &'a [Arc<str>]) -> How<'a> {
        How {
            base: &self.base,
            labels: Labels::default(),
            keeps: match self.way {
                Way::Scratch => Keeps::Tokens,
                Way::Beside => Keeps::Beside,
                Way::Trained | Way::AsIs => Keeps::All,
            },
            vectors: self.vectors.as_deref(),
            remedies: self.remedies,
            raw,
            shape,
            config,
        }
    }

    /// The base as an experiment knows it. Its key follows from what is in its files, so that a
    /// pipeline that was trained anew is another base.
    pub(super) fn describe(&self) -> Result<experiment::Base> {
        let mut digest = Sha256::new();
        let (kind, labels, parts) = match &self.base {
            Base::Nerine => (BaseKind::Nerine, Vec::new(), None),
            Base::BuiltIn(base) => {
                (BaseKind::Blank { lang: base.lang().to_owned() }, Vec::new(), None)
            }
            Base::Pipeline(path) => {
                let pipeline = base::open(path)?;
                if self.way == Way::AsIs && trained::labels(&pipeline).is_empty() {
                    return refuse(format!("{} finds no entities: train it", path.display()));
                }
                let labels = trained::labels(&pipeline).into_iter();
                let labels = labels.filter_map(|it| corpus::Label::new(&it).ok()).collect();
                let kind = match self {
                    Variant { way: Way::AsIs, .. } => BaseKind::AsItCame,
                    Variant { way: Way::Scratch, .. } | Variant { vectors: Some(_), .. } => {
                        BaseKind::PipelineWithoutNer
                    }
                    _ if pipeline.trained_ner().is_none() => BaseKind::PipelineWithoutNer,
                    _ => BaseKind::PipelineWithNer,
                };
                let parts = pipeline.ner_parts();
                PipelineParts::new(pipeline).iter().for_each(|it| digest.update(it));
                (kind, labels, Some(parts))
            }
        };
        if let Some(path) = &self.vectors {
            let vectors = base::vectors(path)?;
            vectors.rows.iter().for_each(|it| digest.update(it.to_le_bytes()));
        }
        let hash: [u8; 32] = digest.finalize().into();
        let hash = hash[..8].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let name = self.name();
        Ok(experiment::Base {
            key: BaseKey(format!("{name} {hash:016x}")),
            name,
            kind,
            vectors: self.vectors.as_ref().map(|it| it.display().to_string()),
            labels,
            parts,
            settings: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_says_how_it_takes_part() {
        let it: Variant = "nerine,vectors=words.vec".parse().unwrap();
        assert_eq!(it.name(), "nerine with words.vec");
        assert_eq!("blank:en".parse::<Variant>().unwrap().name(), "blank:en");
        for wrong in [
            "blank:en,scratch",
            "blank:en,replay",
            "blank:en,beside",
            "blank:en,rehearse",
            "blank:en,vectors=a",
            "nerine,as-is",
            "nerine,fast",
            "nowhere",
        ] {
            assert!(wrong.parse::<Variant>().is_err(), "{wrong}");
        }
    }
}
