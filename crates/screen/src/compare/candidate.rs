use std::collections::BTreeSet;

use corpus::Label;
use experiment::{Base, BaseKey, BaseKind};
use project::{BaseRecord, DeviceChoice, RunRecord, TrainSettings};

use crate::draft::Learner;
use crate::words;

/// A base that can be compared, with what is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The base, without the settings that it is trained with.
    pub base: Base,
    /// The base of its runs, such as `blank:en`.
    pub starts_from: String,
    /// What is done to it.
    pub variant: Variant,
    /// What its tokens are or what it finds, for people.
    pub says: String,
    /// The bytes of its file; 0 without one.
    pub bytes: u64,
}

/// What is done to a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// Nerine's own learner learns.
    Nerine,
    /// spaCy's architecture learns from nothing.
    Blank,
    /// All of the pipeline is trained further.
    Further,
    /// The same, but for its tok2vec.
    Frozen,
    /// The same, and it learns what it finds itself, too.
    Replay,
    /// An `ner` of its own is trained beside the one that it has.
    Beside,
    /// The same, and its scores are held to what they were.
    Rehearsal,
    /// Only its tokens and vectors are kept.
    TokensOnly,
    /// Nothing is trained.
    AsItCame,
}

/// How long runs may take, and what they run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How often every text is learned from, at most, with spaCy's architecture.
    pub epochs: u32,
    /// Seconds of a run, at most; none for no limit.
    pub max_seconds: Option<u32>,
    /// Whether spaCy's architecture trains on the graphics card.
    pub on_gpu: bool,
}

impl Variant {
    /// The [`architecture`](RunRecord::architecture) of its runs.
    pub fn architecture(self) -> &'static str {
        match self {
            Variant::Nerine => RunRecord::NERINE,
            Variant::Blank | Variant::Further => RunRecord::SPACY_NER,
            Variant::Frozen => RunRecord::SPACY_NER_FROZEN,
            Variant::Replay => RunRecord::SPACY_NER_REPLAY,
            Variant::Beside => RunRecord::SPACY_NER_BESIDE,
            Variant::Rehearsal => RunRecord::SPACY_NER_REHEARSAL,
            Variant::TokensOnly => RunRecord::SPACY_NER_FROM_TOKENS,
            Variant::AsItCame => RunRecord::AS_IT_CAME,
        }
    }

    /// Whether spaCy's architecture is trained.
    pub fn is_spacy(self) -> bool {
        !matches!(self, Variant::Nerine | Variant::AsItCame)
    }

    /// What is done to a pipeline, as a choice.
    pub fn words(self) -> &'static str {
        match self {
            Variant::Nerine => "Nerine’s own learner",
            Variant::Blank => "Trained from nothing",
            Variant::Further => "Trained further",
            Variant::Frozen => "Trained further, tok2vec frozen",
            Variant::Replay => "Trained further, with replay of what it finds itself",
            Variant::Beside => "A second ner is trained beside its own, which stays as it came",
            Variant::Rehearsal => "Trained further, with rehearsal of its scores",
            Variant::TokensOnly => "Only its tokens and vectors",
            Variant::AsItCame => "As it came",
        }
    }

    /// What it has in the names of bases.
    fn ending(self) -> &'static str {
        match self {
            Variant::Nerine | Variant::Blank | Variant::Further => "",
            Variant::Frozen => ", tok2vec frozen",
            Variant::Replay => ", with replay",
            Variant::Beside => ", second ner beside",
            Variant::Rehearsal => ", with rehearsal",
            Variant::TokensOnly => ", tokens only",
            Variant::AsItCame => ", as it came",
        }
    }

    /// What it has in the keys of bases.
    fn key(self) -> &'static str {
        match self {
            Variant::Nerine | Variant::Blank => "",
            Variant::Further => " further",
            Variant::Frozen => " frozen",
            Variant::Replay => " replay",
            Variant::Beside => " beside",
            Variant::Rehearsal => " rehearsal",
            Variant::TokensOnly => " scratch",
            Variant::AsItCame => " as it came",
        }
    }
}

/// All that can be compared: Nerine, the built-in bases with the project's own first, and each
/// pipeline that was brought in all its variants. `built_in` is names with what their tokens are.
pub fn candidates(
    brought: &[BaseRecord],
    built_in: &[(&str, &str)],
    own_base: &str,
) -> Vec<Candidate> {
    let own = brought.iter().find(|it| it.name == own_base);
    let mut all = vec![nerine(own_base, own)];
    let (first, others): (Vec<_>, Vec<_>) = built_in.iter().partition(|it| it.0 == own_base);
    all.extend(first.into_iter().chain(others).map(|(name, says)| blank(name, says)));
    for record in brought {
        let variants: &[Variant] = match record.finds_entities() {
            true => &[
                Variant::Further,
                Variant::Frozen,
                Variant::Replay,
                Variant::Rehearsal,
                Variant::Beside,
                Variant::TokensOnly,
                Variant::AsItCame,
            ],
            false => &[Variant::Further, Variant::TokensOnly],
        };
        all.extend(variants.iter().map(|it| pipeline(record, *it)));
    }
    all
}

/// The bases that a person finds chosen: Nerine, the project's own, each pipeline trained further,
/// and as it came where it knows a label of the project.
pub fn usual(candidates: &[Candidate], own_base: &str, labels: &[Label]) -> BTreeSet<BaseKey> {
    let is_usual = |it: &&Candidate| match it.variant {
        Variant::Nerine | Variant::Further => true,
        Variant::Blank => it.starts_from == own_base,
        Variant::AsItCame => it.base.labels.iter().any(|it| it.among(labels).is_some()),
        Variant::Frozen
        | Variant::Replay
        | Variant::Rehearsal
        | Variant::Beside
        | Variant::TokensOnly => false,
    };
    candidates.iter().filter(is_usual).map(|it| it.base.key.clone()).collect()
}

impl Candidate {
    /// The settings of its runs, but for the seed.
    pub fn settings(&self, limits: Limits, labels: &[Label]) -> TrainSettings {
        let usual = match self.variant.is_spacy() {
            true => TrainSettings { epochs: limits.epochs, ..Learner::Spacy.usual() },
            false => Learner::Nerine.usual(),
        };
        let on_gpu = self.is_on_gpu(limits);
        TrainSettings {
            base: self.starts_from.clone(),
            labels: labels.to_vec(),
            device: if on_gpu { DeviceChoice::Gpu } else { DeviceChoice::Cpu },
            max_seconds: limits.max_seconds,
            ..usual
        }
    }

    /// The base with what its runs are trained with in words, so that a run with other settings is
    /// another run.
    pub fn planned(&self, settings: &TrainSettings) -> Base {
        let limit = match settings.max_seconds {
            Some(secs) => format!("at most {secs} s"),
            None => "no time limit".to_owned(),
        };
        let words = match self.variant {
            Variant::AsItCame => None,
            Variant::Nerine => Some(limit),
            _ => Some(format!(
                "at most {} epochs, learning rate {}, dropout {}, patience {}, batch {}, {limit}",
                settings.epochs,
                settings.learning_rate,
                settings.dropout,
                settings.patience,
                settings.batch_docs,
            )),
        };
        Base { settings: words, ..self.base.clone() }
    }

    /// Whether there is a point in it where these labels are learned: replay repeats those that the
    /// pipeline knows and nobody marks.
    pub fn has_a_point(&self, labels: &[Label]) -> bool {
        let is_unmarked = |it: &Label| it.among(labels).is_none();
        self.variant != Variant::Replay || self.base.labels.iter().any(is_unmarked)
    }

    /// Whether its runs train on the graphics card.
    pub fn is_on_gpu(&self, limits: Limits) -> bool {
        limits.on_gpu && self.variant.is_spacy()
    }

    /// The most memory that a run of it takes, in bytes, by rule of thumb.
    pub fn memory_bytes(&self) -> u64 {
        let own = match self.variant {
            Variant::Nerine => 300_000_000,
            Variant::AsItCame => 150_000_000,
            _ => 350_000_000,
        };
        own + 3 * self.bytes
    }
}

fn nerine(own_base: &str, own: Option<&BaseRecord>) -> Candidate {
    // Nerine reads the vectors of the project's base, and nothing else of it.
    let vectors = own.filter(|it| it.vectors.is_some_and(|it| it.rows != 0));
    let (key, name, says) = match vectors {
        Some(own) => (
            format!("nerine {}", own.name),
            format!("Nerine, vectors of {}", own.package),
            format!("Made for few texts; reads the word vectors of {}", own.name),
        ),
        None => (
            "nerine".to_owned(),
            "Nerine".to_owned(),
            "Made for few texts: ready in seconds".to_owned(),
        ),
    };
    Candidate {
        base: Base {
            key: BaseKey(key),
            name,
            kind: BaseKind::Nerine,
            vectors: vectors.map(|it| it.name.clone()),
            labels: Vec::new(),
            parts: None,
            settings: None,
        },
        starts_from: own_base.to_owned(),
        variant: Variant::Nerine,
        says,
        bytes: vectors.map_or(0, |it| it.bytes),
    }
}

fn blank(name: &str, says: &str) -> Candidate {
    let lang = name.strip_prefix("blank:").unwrap_or("en").to_owned();
    Candidate {
        base: Base {
            key: BaseKey(name.to_owned()),
            name: name.to_owned(),
            kind: BaseKind::Blank { lang },
            vectors: None,
            labels: Vec::new(),
            parts: None,
            settings: None,
        },
        starts_from: name.to_owned(),
        variant: Variant::Blank,
        says: says.to_owned(),
        bytes: 0,
    }
}

fn pipeline(record: &BaseRecord, variant: Variant) -> Candidate {
    let kind = match variant {
        Variant::AsItCame => BaseKind::AsItCame,
        Variant::TokensOnly => BaseKind::PipelineWithoutNer,
        _ if record.finds_entities() => BaseKind::PipelineWithNer,
        _ => BaseKind::PipelineWithoutNer,
    };
    let knows = kind != BaseKind::PipelineWithoutNer;
    let labels = record.labels.iter().filter_map(|it| Label::new(it).ok());
    let vectors = record.vectors.filter(|it| it.rows != 0);
    let says = match (record.labels.len() as u32, vectors) {
        (0, None) => "finds no entities, no vectors".to_owned(),
        (0, Some(_)) => "finds no entities, with vectors".to_owned(),
        (n, None) => format!("finds {}", words::counted(n, "label", "labels")),
        (n, Some(_)) => format!("finds {}, with vectors", words::counted(n, "label", "labels")),
    };
    Candidate {
        base: Base {
            key: BaseKey(format!("{}{}", record.name, variant.key())),
            name: format!("{}{}", record.name, variant.ending()),
            kind,
            vectors: vectors.map(|_| record.name.clone()),
            labels: if knows { labels.collect() } else { Vec::new() },
            parts: record.ner_parts.clone(),
            settings: None,
        },
        starts_from: record.name.clone(),
        variant,
        says: format!("{says}, {}", words::bytes(record.bytes as f64)),
        bytes: record.bytes,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::compare) fn record(name: &str, labels: &[&str]) -> BaseRecord {
        BaseRecord {
            name: name.to_owned(),
            package: name.split('-').next().unwrap().to_owned(),
            version: "1.0".to_owned(),
            lang: "en".to_owned(),
            description: String::new(),
            license: String::new(),
            added_ms: 0,
            labels: labels.iter().map(|it| (*it).to_owned()).collect(),
            components: Vec::new(),
            starts_sentences: false,
            vectors: None,
            n_parts: 1,
            bytes: 100_000_000,
            hash: [0; 32],
            ner_parts: None,
        }
    }

    pub(in crate::compare) const BUILT_IN: [(&str, &str); 2] =
        [("blank:en", "English words"), ("blank:de", "German words")];

    #[test]
    fn a_pipeline_has_as_many_variants_as_it_has_something_to_keep() {
        let brought = [record("en_a-1.0", &["GENE"]), record("en_b-1.0", &[])];
        let all = candidates(&brought, &BUILT_IN, "blank:de");
        let names: Vec<&str> = all.iter().map(|it| it.base.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Nerine",
                "blank:de",
                "blank:en",
                "en_a-1.0",
                "en_a-1.0, tok2vec frozen",
                "en_a-1.0, with replay",
                "en_a-1.0, with rehearsal",
                "en_a-1.0, second ner beside",
                "en_a-1.0, tokens only",
                "en_a-1.0, as it came",
                "en_b-1.0",
                "en_b-1.0, tokens only",
            ]
        );
        let keys: BTreeSet<_> = all.iter().map(|it| &it.base.key).collect();
        assert_eq!(keys.len(), all.len(), "every variant is told from every other");
        let kinds: Vec<_> = all[3..].iter().map(|it| it.base.kind.clone()).collect();
        let (with, without) = (BaseKind::PipelineWithNer, BaseKind::PipelineWithoutNer);
        let expected =
            [&with, &with, &with, &with, &with, &without, &BaseKind::AsItCame, &without, &without];
        assert!(kinds.iter().eq(expected), "{kinds:?}");
        assert_eq!(all[8].base.labels, [], "tokens know no labels");
    }

    #[test]
    fn pipelines_that_share_no_label_are_not_scored_as_they_came_unasked() {
        let gene = [Label::new("GENE").unwrap()];
        let brought = [record("en_a-1.0", &["GENE"]), record("en_c-1.0", &["PERSON"])];
        let chosen = usual(&candidates(&brought, &BUILT_IN, "blank:en"), "blank:en", &gene);
        let chosen: Vec<&str> = chosen.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(
            chosen,
            ["blank:en", "en_a-1.0 as it came", "en_a-1.0 further", "en_c-1.0 further", "nerine"]
        );
    }

    #[test]
    fn what_nobody_can_forget_is_not_replayed() {
        let all = candidates(&[record("en_a-1.0", &["GENE"])], &BUILT_IN, "blank:en");
        let without = |labels: &[&str]| -> Vec<&str> {
            let labels: Vec<Label> = labels.iter().map(|it| Label::new(it).unwrap()).collect();
            let left_out = all.iter().filter(|it| !it.has_a_point(&labels));
            left_out.map(|it| it.base.key.0.as_str()).collect()
        };
        assert_eq!(without(&["GENE", "DRUG"]), ["en_a-1.0 replay"]);
        assert_eq!(without(&["DRUG"]), [""; 0]);
    }

    #[test]
    fn other_settings_are_other_runs() {
        let all = candidates(&[record("en_a-1.0", &["GENE"])], &BUILT_IN, "blank:en");
        let words = |at: usize, limits| {
            let settings = all[at].settings(limits, &[]);
            (all[at].planned(&settings).settings, settings.device)
        };
        let limits = Limits { epochs: 100, max_seconds: None, on_gpu: true };
        let short = Limits { max_seconds: Some(60), ..limits };
        let (spacy, device) = words(1, limits);
        assert_eq!(
            spacy.as_deref(),
            Some(
                "at most 100 epochs, learning rate 0.001, dropout 0.1, patience 8, batch 4, no \
                 time limit"
            )
        );
        assert_eq!(device, DeviceChoice::Gpu);
        assert_eq!(words(0, short), (Some("at most 60 s".to_owned()), DeviceChoice::Cpu));
        assert_eq!(words(9, short), (None, DeviceChoice::Cpu), "nothing is trained");
        assert_eq!(all.iter().map(Candidate::memory_bytes).max(), Some(650_000_000));
    }

    #[test]
    fn nerine_is_another_base_with_vectors() {
        let vectors = project::BaseVectors { rows: 10, width: 3, words: None };
        let own = BaseRecord { vectors: Some(vectors), ..record("en_a-1.0", &[]) };
        let all = candidates(&[own], &BUILT_IN, "en_a-1.0");
        assert_eq!(all[0].base.key.0, "nerine en_a-1.0");
        assert_eq!(all[0].base.vectors.as_deref(), Some("en_a-1.0"));
    }
}
