//! A folder in which real spaCy trains the same bases on the same texts: what `spacy project run`
//! (or `weasel run`) works on.
//!
//! | part | what |
//! |---|---|
//! | `project.yml` | a command for each run, and the workflow `all` |
//! | `configs/BASE.cfg` | how `spacy train` trains a base |
//! | `bases/BASE/` | what it starts from: tokens, vectors, weights |
//! | `corpus/part-N/` | `.spacy` files of each side |
//! | `runs.json` | the runs again, for programs |
//! | `scripts/table.py` | the scores of all runs as a table |
//! | `scripts/ray_runs.py` | spreads the runs over a Ray cluster |

mod config;
mod yaml;

use std::io::{self, Write};

use corpus::Doc;
use model::{Pipeline, Step};
use serde_json::{Value, json};

use crate::DocBin;
use crate::pipeline::{Sink, save};

/// What is trained, and on what.
pub struct Workspace<'w> {
    /// What people call it.
    pub title: &'w str,
    /// What runs start from.
    pub bases: &'w [Base],
    /// The divisions of the texts; each base is trained on each.
    pub parts: &'w [Part<'w>],
    /// What random draws start from; each base is trained with each.
    pub seeds: &'w [u64],
    /// How many steps a training makes, at most.
    pub max_steps: u32,
    /// Bases that spaCy cannot train, by name.
    pub left_out: &'w [String],
}

/// What runs start from.
pub struct Base {
    /// What people call it.
    pub name: String,
    /// The pipeline itself. The labels that are learned are known to its `ner` where that is trained
    /// further.
    pub pipeline: Pipeline,
    /// What of it is used.
    pub from: From,
}

/// What of a pipeline a run starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Its tokens and word vectors; networks start from nothing.
    Tokens,
    /// Its weights.
    Weights {
        /// Whether its tok2vec stays as it is.
        freeze: bool,
    },
    /// It is only scored.
    AsItCame,
}

/// A division of the texts.
pub struct Part<'w> {
    /// What is learned from, by share in per cent.
    pub train: Vec<(u8, Vec<&'w Doc>)>,
    /// What decides when to stop. Where it is empty, what is learned from does.
    pub dev: Vec<&'w Doc>,
    /// What is scored.
    pub scored: Vec<&'w Doc>,
}

/// A run: what it is called, and what is typed for it.
pub(crate) struct Run {
    pub(crate) name: String,
    base: String,
    part: usize,
    seed: u64,
    share: u8,
    pub(crate) commands: Vec<Vec<String>>,
    pub(crate) needs: Vec<String>,
    pub(crate) makes: Vec<String>,
}

impl Workspace<'_> {
    /// Writes all files. Paths in them are relative to the folder.
    pub fn write(&self, sink: &mut dyn Sink) -> io::Result<()> {
        let slugs = self.slugs();
        for (base, slug) in self.bases.iter().zip(&slugs) {
            let folder = format!("bases/{slug}");
            if base.from == From::Tokens {
                save(&base.pipeline.clone().bare(), &mut Below { folder: &folder, sink })?;
            } else {
                save(&base.pipeline, &mut Below { folder: &folder, sink })?;
            }
            if let Some(config) = config::config(base, &folder) {
                sink.file(&format!("configs/{slug}.cfg"))?.write_all(config.as_bytes())?;
            }
        }
        for (at, part) in self.parts.iter().enumerate() {
            let mut put = |name: &str, docs: &[&Doc]| -> io::Result<()> {
                let mut bin = DocBin::new();
                for doc in docs {
                    bin.add_gold(doc);
                }
                bin.write(sink.file(&format!("corpus/part-{}/{name}.spacy", at + 1))?)
            };
            for (share, docs) in &part.train {
                put(&format!("train-{share}"), docs)?;
            }
            let all = part.train.iter().max_by_key(|it| it.0).map(|it| it.1.as_slice());
            put("dev", if part.dev.is_empty() { all.unwrap_or_default() } else { &part.dev })?;
            put("scored", &part.scored)?;
        }
        let runs = self.runs(&slugs);
        let listed: Vec<Value> = runs.iter().map(Run::to_json).collect();
        let files = [
            ("project.yml", yaml::project(self.title, &runs)),
            ("runs.json", format!("{:#}\n", Value::Array(listed))),
            ("requirements.txt", "spacy>=3.7.0,<3.9.0\n".to_owned()),
            ("requirements-ray.txt", "ray>=2.9\n".to_owned()),
            ("README.md", self.readme(&slugs)),
            ("scripts/table.py", include_str!("workspace/table.py").to_owned()),
            ("scripts/ray_runs.py", include_str!("workspace/ray_runs.py").to_owned()),
        ];
        for (path, text) in files {
            sink.file(path)?.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// The bases' names as names of files, each another.
    fn slugs(&self) -> Vec<String> {
        let mut slugs: Vec<String> = Vec::new();
        for base in self.bases {
            let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
            let slug: String = base.name.chars().map(plain).collect();
            let slug = slug.split('-').filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-");
            let slug = if slug.is_empty() { "base".to_owned() } else { slug };
            let same = slugs.iter().filter(|it| **it == slug).count();
            let mut new = slug.clone();
            let mut n = same + 1;
            while slugs.contains(&new) {
                n += 1;
                new = format!("{slug}-{n}");
            }
            slugs.push(new);
        }
        slugs
    }

    fn runs(&self, slugs: &[String]) -> Vec<Run> {
        let mut runs = Vec::new();
        for (base, slug) in self.bases.iter().zip(slugs) {
            for (at, part) in self.parts.iter().enumerate() {
                if base.from == From::AsItCame {
                    runs.push(Run::of_pipeline(&base.name, slug, at));
                    continue;
                }
                for seed in self.seeds {
                    for (share, _) in &part.train {
                        runs.push(Run::of_training(
                            &base.name,
                            slug,
                            at,
                            (*seed, *share),
                            self.max_steps,
                        ));
                    }
                }
            }
        }
        runs
    }

    fn readme(&self, slugs: &[String]) -> String {
        let base = |(base, slug): (&Base, &String)| format!("- {} (`bases/{slug}`)\n", base.name);
        let bases = self.bases.iter().zip(slugs).map(base).collect::<Vec<_>>().concat();
        let left_out = match self.left_out {
            [] => String::new(),
            names => format!("\nLeft out, since spaCy cannot train it: {}.\n", names.join(", ")),
        };
        format!(
            "# {}\n\nThe same bases, texts and divisions as in Nerine, for spaCy.\n\n{bases}{left_out}\n\
             ```sh\npip install -r requirements.txt\nspacy project run all\n```\n\n\
             `weasel run all` does the same. Each run writes its model to `training/` and its scores \
             to `metrics/`; `scripts/table.py` prints them as a table. `spacy project run NAME` does \
             one run.\n\n\
             Many runs on many machines: `pip install -r requirements-ray.txt`, then \
             `python scripts/ray_runs.py --address ADDRESS`, or without `--address` on all cores of \
             this machine. Models stay where they were trained unless all machines share this \
             folder; the scores come back.\n\n\
             The texts in `corpus/` are cut at every border of a word, a number, a sign and a mark, \
             so that no mark is lost; spaCy makes the tokens of each base itself. A mark that does \
             not fall on those counts as missed.\n",
            self.title
        )
    }
}

impl Run {
    fn of_training(
        base: &str,
        slug: &str,
        part: usize,
        (seed, share): (u64, u8),
        max_steps: u32,
    ) -> Self {
        let corpus = format!("corpus/part-{}", part + 1);
        let mut name = format!("{slug}-part{}-seed{seed}", part + 1);
        if share != 100 {
            name = format!("{name}-{share}percent");
        }
        let train = [
            "train".to_owned(),
            format!("configs/{slug}.cfg"),
            "--output".to_owned(),
            format!("training/{name}"),
            "--paths.train".to_owned(),
            format!("{corpus}/train-{share}.spacy"),
            "--paths.dev".to_owned(),
            format!("{corpus}/dev.spacy"),
            "--system.seed".to_owned(),
            seed.to_string(),
            "--training.max_steps".to_owned(),
            max_steps.to_string(),
        ];
        let model = format!("training/{name}/model-best");
        let metrics = format!("metrics/{name}.json");
        Self {
            base: base.to_owned(),
            part,
            seed,
            share,
            commands: vec![train.to_vec(), evaluate(&model, &corpus, &metrics)],
            needs: vec![
                format!("configs/{slug}.cfg"),
                format!("{corpus}/train-{share}.spacy"),
                format!("{corpus}/dev.spacy"),
                format!("{corpus}/scored.spacy"),
            ],
            makes: vec![model, metrics],
            name,
        }
    }

    fn of_pipeline(base: &str, slug: &str, part: usize) -> Self {
        let corpus = format!("corpus/part-{}", part + 1);
        let name = format!("{slug}-part{}", part + 1);
        let (model, metrics) = (format!("bases/{slug}"), format!("metrics/{name}.json"));
        Self {
            base: base.to_owned(),
            part,
            seed: 0,
            share: 100,
            commands: vec![evaluate(&model, &corpus, &metrics)],
            needs: vec![model, format!("{corpus}/scored.spacy")],
            makes: vec![metrics],
            name,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "base": self.base,
            "part": self.part + 1,
            "seed": self.seed,
            "share": self.share,
            "commands": self.commands,
        })
    }
}

/// Arguments of spaCy.
fn evaluate(model: &str, corpus: &str, metrics: &str) -> Vec<String> {
    ["evaluate", model, &format!("{corpus}/scored.spacy"), "--output", metrics]
        .map(str::to_owned)
        .to_vec()
}

/// A folder of a sink.
struct Below<'s> {
    folder: &'s str,
    sink: &'s mut dyn Sink,
}

impl Sink for Below<'_> {
    fn file(&mut self, path: &str) -> io::Result<&mut dyn Write> {
        self.sink.file(&format!("{}/{path}", self.folder))
    }
}

/// Whether a component finds entities, and learns to.
fn is_ner(step: &Step) -> bool {
    matches!(step, Step::Ner(_))
}
