//! Many bases on the same texts, and what that says about which to take.

pub(crate) mod folder;
mod forgetting;
mod split;
mod train;
mod variant;
mod workspace;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;

use anyhow::Result;
use corpus::{Doc, DocId, Label};
use experiment::{
    Command, Division, Event, Experiment, Pool, Queue, Record, Run, Snapshot, Split, State, Task,
    total,
};
use formats::Options;
use learn::Config;
use model::Shape;

use self::folder::Folder;
use self::train::{Model, Settings, Texts};
use self::variant::Variant;
use crate::refusal::Refusal;
use crate::{config_file, few, report, texts, trained, whole};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A base: nerine, blank:en, scispacy, …, or the path of a spaCy pipeline. How a pipeline takes
    /// part stands behind it: ",scratch" keeps only its tokens and vectors, ",freeze" leaves its
    /// tok2vec as it is, ",replay" has it learn what it finds itself, too, ",rehearse" holds its
    /// scores to what they were, ",beside" trains a second ner beside its own, ",as-is" only scores
    /// it. ",vectors=PATH" has it read word vectors
    #[arg(long, required = true, value_name = "BASE")]
    base: Vec<Variant>,
    /// Files of marked texts, in any format that nerine convert reads
    #[arg(long, required = true, value_name = "F")]
    data: Vec<PathBuf>,
    /// A label that is learned and scored, if not all of them
    #[arg(long, value_name = "LABEL", value_parser = Label::new)]
    label: Vec<Label>,
    /// JSON that names the ids on each side: {"train": […], "dev": […], "test": […]}, as in the
    /// split.json of a .nerine file
    #[arg(long, value_name = "F", conflicts_with_all = ["folds", "dev", "test"])]
    split: Option<PathBuf>,
    /// Score each text once, in one of so many parts
    #[arg(long, value_name = "N", conflicts_with = "test")]
    folds: Option<u8>,
    /// Texts that decide when to stop, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 10)]
    dev: u8,
    /// Texts that are only scored, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 20)]
    test: u8,
    /// What the split is drawn with
    #[arg(long, value_name = "N", default_value_t = 1)]
    split_seed: u64,
    /// A field of the texts: those with the same value stay on the same side
    #[arg(long, value_name = "FIELD")]
    group_by: Option<String>,
    /// How often each base is trained, each time with another seed
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: u64,
    /// Shares of the training texts for learning curves, in per cent, such as 25,50,75
    #[arg(long, value_name = "PERCENT", value_delimiter = ',')]
    shares: Vec<u8>,
    /// JSONL with texts without marks: Nerine's own learner reads their words, too, and ",rehearse"
    /// is done in them
    #[arg(long, value_name = "F")]
    raw: Option<PathBuf>,
    /// Stop each training after this many seconds
    #[arg(long, value_name = "S", value_parser = crate::train::seconds, allow_negative_numbers = true)]
    max_seconds: Option<f64>,
    /// A config.cfg as spacy init config writes it, by which all bases of spaCy's architecture are
    /// trained; what is done otherwise is said
    #[arg(long, value_name = "F", conflicts_with = "spacy_project")]
    config: Option<PathBuf>,
    /// Stop each training of spaCy's architecture after this many steps [default: 20000]
    #[arg(long, value_name = "N")]
    max_steps: Option<u32>,
    /// How many trainings run at a time; by default one for each core
    #[arg(long, value_name = "N")]
    jobs: Option<u16>,
    /// Keep the models, too
    #[arg(long)]
    keep_models: bool,
    /// A folder for the same comparison in spaCy: spacy project run all trains it there
    #[arg(long, value_name = "DIR")]
    spacy_project: Option<PathBuf>,
    /// The folder for runs and reports. A comparison that was ended there goes on
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// What all runs share.
struct Work<'w> {
    args: &'w Args,
    experiment: &'w Experiment,
    snapshot: &'w Snapshot,
    docs: &'w Docs,
    raw: &'w [Arc<str>],
    folder: &'w Folder,
    settings: &'w Settings,
}

/// Trains, scores, reports and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    let docs = read(&args.data, &args.label)?;
    let labels = trained::labels_of(&docs);
    let snapshot = Snapshot::freeze(&docs, &labels, args.group_by.as_deref());
    let snapshot = snapshot.map_err(|err| Refusal(err.to_string()))?;
    let docs: Docs = docs.into_iter().map(|it| (it.id.clone(), it)).collect();
    let settings = settings(args)?;
    let experiment = plan(args, &snapshot, &settings)?;
    let cautions = experiment.check(&snapshot).map_err(|err| Refusal(err.to_string()))?;
    let raw = match &args.raw {
        None => Vec::new(),
        Some(path) => few::raw_texts(path)?,
    };
    if let Some(dir) = &args.spacy_project {
        let as_spacy = spacy::workspace::Settings {
            max_steps: settings.config.max_steps,
            use_averages: settings.config.use_averages,
            is_timed: args.max_seconds.is_some(),
            ..spacy::workspace::Settings::default()
        };
        workspace::write(dir, &experiment, &args.base, &docs, as_spacy)?;
    }
    let folder = Folder::begin(&args.output, &experiment, &snapshot)?;
    for caution in cautions {
        crate::say(&caution.to_string());
    }
    let work = Work {
        args,
        experiment: &experiment,
        snapshot: &snapshot,
        docs: &docs,
        raw: &raw,
        folder: &folder,
        settings: &settings,
    };
    let failed = work.go(&experiment.unfit(&snapshot))?;
    report::write(&folder, &failed)
}

/// The texts that nobody rejected or set aside, with their marks of these labels; without labels,
/// with all.
fn read(paths: &[PathBuf], labels: &[Label]) -> Result<Vec<Doc>> {
    let mut docs = texts::learnable(paths, Options::default())?;
    if !labels.is_empty() {
        for doc in &mut docs {
            doc.annotation.marks.retain(|it| labels.contains(it.span.label()));
        }
    }
    Ok(docs)
}

/// How bases are trained.
fn settings(args: &Args) -> Result<Settings> {
    let Some(path) = &args.config else {
        let usual = Config::spacy();
        let max_steps = args.max_steps.unwrap_or(usual.max_steps);
        let config = Config { max_steps, max_secs: args.max_seconds, ..usual };
        return Ok(Settings { config, shape: Shape::default() });
    };
    let file = config_file::read(path)?;
    if let Some(seed) = file.seed {
        crate::say(&format!("[training] seed = {seed} is not taken over: --seeds says how many"));
    }
    if let Some(vectors) = file.vectors.as_ref().filter(|_| file.reads_vectors) {
        crate::say(&format!(
            "[initialize] vectors = {vectors:?} is not taken over: put \",vectors=PATH\" behind a \
             base"
        ));
    }
    for it in &args.base {
        let keeps_weights = it.keeps_weights();
        config_file::say_differences(&file, &it.base, keeps_weights);
    }
    let config = config_file::learning(&file);
    let max_steps = args.max_steps.unwrap_or(config.max_steps);
    // Each run has its own seed, which tells no comparison from another.
    let seed = Config::spacy().seed;
    let config = Config { max_steps, max_secs: args.max_seconds, seed, ..config };
    Ok(Settings { config, shape: file.shape.unwrap_or_default() })
}

fn plan(args: &Args, snapshot: &Snapshot, settings: &Settings) -> Result<Experiment> {
    let division = match (&args.split, args.folds) {
        (Some(path), _) => Division::Given(split::read(path)?),
        (None, Some(n)) => Division::Folds { n, dev_percent: args.dev },
        (None, None) => Division::Shares { dev_percent: args.dev, test_percent: args.test },
    };
    let split = Split::draw(snapshot, &division, args.split_seed);
    let bases = args.base.iter().map(Variant::describe).collect::<Result<_>>()?;
    Ok(Experiment {
        snapshot: snapshot.hash().clone(),
        split: split.map_err(|err| Refusal(err.to_string()))?,
        bases,
        seeds: (1..=args.seeds).collect(),
        shares: args.shares.clone(),
        settings: match &args.config {
            None => format!("steps {}, seconds {:?}", settings.config.max_steps, args.max_seconds),
            Some(_) => format!("{settings:?}"),
        },
    })
}

impl Work<'_> {
    /// Does the runs that are not done, several at a time. Those that failed, and why.
    fn go(
        &self,
        unfit: &[(experiment::BaseKey, experiment::Refusal)],
    ) -> Result<Vec<(Run, String)>> {
        let cores = thread::available_parallelism().map_or(1, |it| it.get() as u16);
        let pool = Pool {
            cpu_slots: self.args.jobs.unwrap_or(cores).max(1),
            has_gpu: false,
            memory_bytes: u64::MAX,
        };
        let runs = self.experiment.runs();
        let is_fit = |it: &&Run| unfit.iter().all(|(base, _)| *base != it.base);
        let mut failed: Vec<(Run, String)> = Vec::new();
        for (base, why) in unfit {
            crate::say(&why.to_string());
            failed.extend(
                runs.iter().find(|it| it.base == *base).map(|it| (it.clone(), why.to_string())),
            );
        }
        let task = |run: &Run| Task {
            run: run.key.clone(),
            base: run.base.clone(),
            on_gpu: false,
            memory_bytes: 0,
            work: f64::from(run.share),
        };
        let mut queue = Queue::new(pool, runs.iter().filter(is_fit).map(task));
        queue = queue.reopen(|key| self.folder.has(key));
        let n_runs = queue.jobs().len();
        let began = Instant::now();
        thread::scope(|scope| -> Result<()> {
            let (sender, receiver) = mpsc::channel();
            let mut commands = queue.apply(Event::Begin);
            loop {
                for command in commands {
                    let Command::Start { run, .. } = command else { continue };
                    let run = runs.iter().find(|it| it.key == run).expect("it was queued");
                    let sender = sender.clone();
                    scope.spawn(move || {
                        let outcome = self.one(run);
                        // Nobody listens any more where another run's result could not be kept.
                        drop(sender.send((run, outcome)));
                    });
                }
                if queue.is_over() {
                    return Ok(());
                }
                let (run, outcome) = receiver.recv()?;
                let name = self.name(run);
                let key = run.key.clone();
                commands = match outcome {
                    Ok((record, secs)) => {
                        let commands = queue.apply(Event::Finished { run: key, secs });
                        let done = queue.jobs().iter().filter(|it| it.state == State::Done).count();
                        let f1 = self.f1(&record);
                        crate::say(&format!(
                            "{name}: F1 {f1:.3} after {secs:.1} s ({done} of {n_runs})"
                        ));
                        commands
                    }
                    Err(err) => {
                        let why = format!("{err:#}");
                        crate::say(&format!("{name}: {why}"));
                        failed.push((run.clone(), why.clone()));
                        queue.apply(Event::Failed { run: key, why })
                    }
                };
            }
        })?;
        crate::say(&format!("all runs took {:.1} s", began.elapsed().as_secs_f64()));
        Ok(failed)
    }

    /// Does one run and keeps its record. How long it took, in seconds.
    fn one(&self, run: &Run) -> Result<(Record, f64)> {
        let began = Instant::now();
        let at = self.experiment.bases.iter().position(|it| it.key == run.base);
        let variant = &self.args.base[at.expect("each base was named")];
        let fold = &self.experiment.split.folds[usize::from(run.fold)];
        let [train, dev, scored] =
            [fold.train_share(run.share), &fold.dev, fold.scored()].map(|ids| self.docs_of(ids));
        let raw: Vec<Arc<str>> = docs_of(self.docs, &fold.train)
            .map(|it| Arc::from(it.text.as_str()))
            .chain(self.raw.iter().cloned())
            .collect();
        let labels = self.snapshot.labels();
        let texts = Texts { train: &train, dev: &dev, scored: &scored, raw: &raw, labels };
        let (record, model) = train::go(variant, run, &texts, self.settings)?;
        if self.args.keep_models && !variant.is_as_is() {
            self.keep_model(run, &model)?;
        }
        let base = &self.experiment.bases[at.expect("each base was named")];
        let told = forgetting::of(variant, base, &texts, &record)?;
        self.folder.keep_forgetting(run, &told)?;
        self.folder.keep(&record)?;
        Ok((record, began.elapsed().as_secs_f64()))
    }

    fn keep_model(&self, run: &Run, model: &Model) -> Result<()> {
        let dir = self.folder.model(&run.key)?;
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        match model {
            Model::Few(it) => few::write(&dir, it),
            Model::Spacy(it) => whole::write_folder(&dir, |folder| {
                Ok(spacy::pipeline::save(it, &mut spacy::pipeline::FolderSink::new(folder))?)
            }),
        }
    }

    fn docs_of(&self, ids: &[DocId]) -> Vec<Doc> {
        docs_of(self.docs, ids).cloned().collect()
    }

    fn name(&self, run: &Run) -> String {
        let base = self.experiment.base(&run.base).map_or("", |it| &it.name);
        let mut name = format!("{base}, seed {}", run.seed);
        if 1 < self.experiment.split.folds.len() {
            name = format!("{name}, part {}", run.fold + 1);
        }
        if run.share != 100 {
            name = format!("{name}, {} %", run.share);
        }
        name
    }

    fn f1(&self, record: &Record) -> f64 {
        let fold = &self.experiment.split.folds[usize::from(record.run.fold)];
        total(&record.score_docs(self.snapshot, fold)).micro.f1()
    }
}

/// Texts by their ids.
type Docs = BTreeMap<DocId, Doc>;

/// The texts of these ids.
fn docs_of<'d>(docs: &'d Docs, ids: &'d [DocId]) -> impl Iterator<Item = &'d Doc> {
    ids.iter().filter_map(|it| docs.get(it))
}
