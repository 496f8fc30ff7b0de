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
mod left_out;
mod yaml;

use std::io::{self, Write};

use corpus::{Doc, Label};
use model::{Pipeline, Source};
use serde_json::{Value, json};

pub use self::left_out::LeftOut;
use crate::DocBin;
use crate::pipeline::{Sink, save};

/// A folder that is being written, one file after the other: bases and parts in any order, then
/// [`finish`](Workspace::finish). What was written is not held any more.
pub struct Workspace<'w> {
    sink: &'w mut dyn Sink,
    /// The labels that are learned.
    labels: &'w [Label],
    bases: Vec<Listed>,
    /// The shares of each part, in per cent.
    parts: Vec<Vec<u8>>,
    left_out: Vec<(String, LeftOut)>,
}

/// What runs start from.
pub struct Base {
    /// What people call it.
    pub name: String,
    /// The pipeline itself.
    pub pipeline: Pipeline,
    /// What of it is used.
    pub from: From,
    /// How it is trained.
    pub settings: Settings,
}

/// What of a pipeline a run starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Its tokens and word vectors; networks start from nothing.
    Tokens,
    /// Its weights. Where it has no `ner`, only its tokens and word vectors.
    Weights {
        /// Whether its tok2vec stays as it is.
        freeze: bool,
    },
    /// It is only scored.
    AsItCame,
}

/// How a base is trained. Whatever else there is to set is as `spacy init config` sets it; the
/// default is what Nerine does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How often every text is seen, at most; none for no limit.
    pub max_epochs: Option<u32>,
    /// How many steps are made, at most.
    pub max_steps: u32,
    /// Step size of the optimiser.
    pub learning_rate: f32,
    /// Whether averages of the weights are kept in place of the last ones.
    pub use_averages: bool,
    /// Share of activations that are silenced while training, 0 to 0.9.
    pub dropout: f32,
    /// Stop after this many looks at the dev texts without a better F1, one every 200 steps.
    pub patience: u32,
    /// Whether trainings are ended by the clock, too. spaCy's are not, and the README says so.
    pub is_timed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_epochs: None,
            max_steps: 20_000,
            learning_rate: 0.001,
            use_averages: true,
            dropout: 0.1,
            patience: 8,
            is_timed: false,
        }
    }
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

/// A base that is written.
struct Listed {
    name: String,
    /// Its name as that of files.
    slug: String,
    is_trained: bool,
    is_timed: bool,
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

impl<'w> Workspace<'w> {
    /// Begins one in which these labels are learned. Paths in it are relative to the folder.
    pub fn new(sink: &'w mut dyn Sink, labels: &'w [Label]) -> Self {
        Self { sink, labels, bases: Vec::new(), parts: Vec::new(), left_out: Vec::new() }
    }

    /// Writes a base, unless spaCy cannot train it in the same way: then the README says why.
    pub fn base(&mut self, base: Base) -> io::Result<()> {
        let Base { name, mut pipeline, mut from, settings } = base;
        match (from, pipeline.trained_ner_mut()) {
            (From::Weights { freeze: true }, Some(ner)) if matches!(ner.source, Source::Own(_)) => {
                self.leave_out(name, LeftOut::OwnTok2Vec);
                return Ok(());
            }
            // spaCy learns no label that a component does not know when training goes on.
            (From::Weights { .. }, Some(ner)) => {
                self.labels.iter().for_each(|it| ner.add_ner_label(it.as_str()));
            }
            (From::Weights { .. }, None) => from = From::Tokens,
            (From::Tokens | From::AsItCame, _) => {}
        }
        let slug = self.slug(&name);
        let folder = format!("bases/{slug}");
        let (config, pipeline) = config::config(pipeline, from, &settings, &folder);
        save(&pipeline, &mut Below { folder: &folder, sink: self.sink })?;
        if let Some(config) = &config {
            self.put(&format!("configs/{slug}.cfg"), config)?;
        }
        let is_trained = config.is_some();
        self.bases.push(Listed { name, slug, is_trained, is_timed: settings.is_timed });
        Ok(())
    }

    /// Says in the README that a base is not here, and why.
    pub fn leave_out(&mut self, name: String, why: LeftOut) {
        self.left_out.push((name, why));
    }

    /// Writes a division of the texts.
    pub fn part(&mut self, part: &Part<'_>) -> io::Result<()> {
        let folder = format!("corpus/part-{}", self.parts.len() + 1);
        let mut put = |name: &str, docs: &[&Doc]| {
            let mut bin = DocBin::new();
            for doc in docs {
                bin.add_gold(doc);
            }
            bin.write(self.sink.file(&format!("{folder}/{name}.spacy"))?)
        };
        for (share, docs) in &part.train {
            put(&format!("train-{share}"), docs)?;
        }
        let all = part.train.iter().max_by_key(|it| it.0).map(|it| it.1.as_slice());
        put("dev", if part.dev.is_empty() { all.unwrap_or_default() } else { &part.dev })?;
        put("scored", &part.scored)?;
        self.parts.push(part.train.iter().map(|it| it.0).collect());
        Ok(())
    }

    /// Writes what ties bases and parts together. Each base is trained once with each of the seeds.
    pub fn finish(mut self, title: &str, seeds: &[u64]) -> io::Result<()> {
        let runs = self.runs(seeds);
        let listed: Vec<Value> = runs.iter().map(Run::to_json).collect();
        self.put("project.yml", &yaml::project(title, &runs))?;
        self.put("runs.json", &format!("{:#}\n", Value::Array(listed)))?;
        self.put("requirements.txt", "spacy>=3.7.0,<3.9.0\n")?;
        self.put("requirements-ray.txt", "ray>=2.9\n")?;
        self.put("README.md", &self.readme(title))?;
        self.put("scripts/table.py", include_str!("workspace/table.py"))?;
        self.put("scripts/ray_runs.py", include_str!("workspace/ray_runs.py"))
    }

    fn put(&mut self, path: &str, text: &str) -> io::Result<()> {
        self.sink.file(path)?.write_all(text.as_bytes())
    }

    /// A base's name as a name of files, another than those that are there.
    fn slug(&self, name: &str) -> String {
        let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
        let slug: String = name.chars().map(plain).collect();
        let slug = slug.split('-').filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-");
        let slug = if slug.is_empty() { "base".to_owned() } else { slug };
        let (mut new, mut n) = (slug.clone(), 1);
        while self.bases.iter().any(|it| it.slug == new) {
            n += 1;
            new = format!("{slug}-{n}");
        }
        new
    }

    fn runs(&self, seeds: &[u64]) -> Vec<Run> {
        let mut runs = Vec::new();
        for base in &self.bases {
            for (at, shares) in self.parts.iter().enumerate() {
                if !base.is_trained {
                    runs.push(Run::of_pipeline(base, at));
                    continue;
                }
                for seed in seeds {
                    for share in shares {
                        runs.push(Run::of_training(base, at, *seed, *share));
                    }
                }
            }
        }
        runs
    }

    fn readme(&self, title: &str) -> String {
        let base = |it: &Listed| format!("- {} (`bases/{}`)\n", it.name, it.slug);
        let bases = self.bases.iter().map(base).collect::<Vec<_>>().concat();
        let mut notes = String::new();
        if !self.left_out.is_empty() {
            let line = |(name, why): &(String, LeftOut)| format!("- {name}: {why}\n");
            let lines = self.left_out.iter().map(line).collect::<Vec<_>>().concat();
            notes = format!("\nLeft out, since spaCy cannot do the same:\n\n{lines}");
        }
        if self.bases.iter().any(|it| it.is_timed) {
            notes += "\nIn Nerine trainings were ended by the clock, too. spaCy's are not.\n";
        }
        if self.bases.iter().any(|it| !it.is_trained) {
            notes += "\nOf a pipeline that is used as it came, spaCy counts only labels that are \
                      spelled as in these texts.\n";
        }
        format!(
            "# {title}\n\nThe same bases, texts and divisions as in Nerine, for spaCy.\n\n{bases}{notes}\n\
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
             not fall on those counts as missed.\n"
        )
    }
}

impl Run {
    fn of_training(base: &Listed, part: usize, seed: u64, share: u8) -> Self {
        let slug = &base.slug;
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
        ];
        let model = format!("training/{name}/model-best");
        let metrics = format!("metrics/{name}.json");
        Self {
            base: base.name.clone(),
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

    fn of_pipeline(base: &Listed, part: usize) -> Self {
        let slug = &base.slug;
        let corpus = format!("corpus/part-{}", part + 1);
        let name = format!("{slug}-part{}", part + 1);
        let (model, metrics) = (format!("bases/{slug}"), format!("metrics/{name}.json"));
        Self {
            base: base.name.clone(),
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
