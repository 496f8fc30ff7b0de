//! Pipelines that people know by name, and where their makers offer them.
//!
//! Names, licences, labels and F1 are those of the makers' pages (spacy.io/models and
//! allenai.github.io/scispacy). Sizes are about what there is to fetch; they differ from version to
//! version.

/// A pipeline that somebody may want to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPipeline {
    /// The name it is installed by.
    pub name: &'static str,
    /// The version that the link leads to.
    pub version: &'static str,
    /// About how many megabytes there are to fetch.
    pub megabytes: u32,
    /// Its licence.
    pub licence: &'static str,
    /// What it knows, in a few words.
    pub knows: &'static str,
    /// Whether it needs a transformer, which cannot be run here.
    pub needs_transformer: bool,
    maker: Maker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    Explosion,
    AllenAi,
}

impl KnownPipeline {
    /// Where its file can be fetched.
    pub fn url(&self) -> String {
        let Self { name, version, .. } = self;
        match self.maker {
            Maker::Explosion => format!(
                "https://github.com/explosion/spacy-models/releases/download/{name}-{version}/{name}-{version}-py3-none-any.whl"
            ),
            Maker::AllenAi => format!(
                "https://s3-us-west-2.amazonaws.com/ai2-s2-scispacy/releases/v{version}/{name}-{version}.tar.gz"
            ),
        }
    }

    /// The file that the link leads to.
    pub fn file(&self) -> String {
        let url = self.url();
        url.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// Whether it is for texts of the sciences.
    pub fn is_scientific(&self) -> bool {
        self.maker == Maker::AllenAi
    }
}

const fn spacy(
    name: &'static str,
    megabytes: u32,
    licence: &'static str,
    knows: &'static str,
) -> KnownPipeline {
    let (version, maker) = ("3.8.0", Maker::Explosion);
    KnownPipeline { name, version, megabytes, licence, knows, needs_transformer: false, maker }
}

const fn scispacy(name: &'static str, megabytes: u32, knows: &'static str) -> KnownPipeline {
    let (version, maker, licence) = ("0.5.4", Maker::AllenAi, "CC BY-SA 3.0");
    KnownPipeline { name, version, megabytes, licence, knows, needs_transformer: false, maker }
}

const fn with_transformer(pipeline: KnownPipeline) -> KnownPipeline {
    KnownPipeline { needs_transformer: true, ..pipeline }
}

const NEWS: &str = "people, places, organisations, dates, amounts: 18 labels";
const WIKI: &str = "people, places, organisations, others: 4 labels";

/// Those that people name most often, the sciences first.
pub const KNOWN: [KnownPipeline; 16] = [
    scispacy("en_core_sci_sm", 14, "biomedical mentions of any kind: 1 label"),
    scispacy("en_core_sci_md", 119, "the same, with 50 000 word vectors"),
    scispacy("en_core_sci_lg", 507, "the same, with 600 000 word vectors"),
    with_transformer(scispacy("en_core_sci_scibert", 419, "the same, by SciBERT")),
    scispacy("en_ner_bc5cdr_md", 120, "chemicals and diseases; F1 84.3 on BC5CDR"),
    scispacy("en_ner_craft_md", 120, "genes, cells, taxa, chemicals: 6 labels; F1 78.0 on CRAFT"),
    scispacy("en_ner_jnlpba_md", 120, "DNA, RNA, proteins, cells: 5 labels; F1 72.1 on JNLPBA"),
    scispacy(
        "en_ner_bionlp13cg_md",
        120,
        "cancer, genes, anatomy, organisms: 16 labels; F1 77.8 on BioNLP13CG",
    ),
    spacy("en_core_web_sm", 13, "MIT", NEWS),
    spacy("en_core_web_md", 34, "MIT", "the same, with 20 000 word vectors"),
    spacy("en_core_web_lg", 401, "MIT", "the same, with 343 000 word vectors"),
    with_transformer(spacy("en_core_web_trf", 457, "MIT", "the same, by RoBERTa")),
    spacy("de_core_news_sm", 15, "MIT", WIKI),
    spacy("fr_core_news_sm", 16, "LGPL-LR", WIKI),
    spacy("es_core_news_sm", 13, "GPL 3.0", WIKI),
    spacy("xx_ent_wiki_sm", 11, "MIT", WIKI),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_name_the_pipeline_and_its_version() {
        let of = |name: &str| KNOWN.iter().find(|it| it.name == name).expect("it is known");
        let web = of("en_core_web_sm");
        assert_eq!(web.file(), "en_core_web_sm-3.8.0-py3-none-any.whl");
        assert!(web.url().starts_with("https://github.com/explosion/spacy-models/releases/"));
        assert_eq!(of("en_ner_bc5cdr_md").file(), "en_ner_bc5cdr_md-0.5.4.tar.gz");
    }

    #[test]
    fn each_is_listed_once_and_all_eight_of_scispacy_are() {
        let mut names: Vec<&str> = KNOWN.iter().map(|it| it.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
        assert_eq!(KNOWN.iter().filter(|it| it.is_scientific()).count(), 8);
        assert_eq!(KNOWN.iter().filter(|it| it.needs_transformer).count(), 2);
    }
}
