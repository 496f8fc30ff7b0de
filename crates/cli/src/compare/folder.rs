//! The folder of a comparison: what it is of, and a file for each run that is done, so that one that
//! was ended goes on.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use experiment::{Experiment, Forgetting, Record, Run, RunKey, Snapshot};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::refusal::refuse;
use crate::whole;

/// A folder with a comparison.
pub(crate) struct Folder(PathBuf);

const EXPERIMENT: &str = "experiment.json";
const SNAPSHOT: &str = "snapshot.json";
const RUNS: &str = "runs";
const MODELS: &str = "models";

impl Folder {
    /// Begins a comparison in a folder, or goes on with the same one. Another one's folder is left
    /// alone.
    pub(super) fn begin(dir: &Path, experiment: &Experiment, snapshot: &Snapshot) -> Result<Self> {
        let folder = Self(dir.to_owned());
        if folder.path(EXPERIMENT).is_file() {
            let (there, _) = folder.read()?;
            let is_same = there.snapshot == experiment.snapshot && there.split == experiment.split;
            if !is_same {
                return refuse(format!(
                    "{} holds a comparison of other texts or another split: name another folder \
                     with -o",
                    dir.display()
                ));
            }
        } else {
            whole::check_folder(dir)?;
            fs::create_dir_all(dir)?;
            folder.write(SNAPSHOT, snapshot)?;
        }
        fs::create_dir_all(folder.path(RUNS))?;
        folder.write(EXPERIMENT, experiment)?;
        Ok(folder)
    }

    /// Opens the folder of a comparison.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let folder = Self(dir.to_owned());
        match folder.path(EXPERIMENT).is_file() {
            true => Ok(folder),
            false => refuse(format!(
                "{} holds no comparison: name a folder that nerine compare wrote",
                dir.display()
            )),
        }
    }

    /// What was compared, and on which texts.
    pub(crate) fn read(&self) -> Result<(Experiment, Snapshot)> {
        Ok((self.value(EXPERIMENT)?, self.value(SNAPSHOT)?))
    }

    /// The records of an experiment's runs that are there, in its order.
    pub(crate) fn records(&self, experiment: &Experiment) -> Result<Vec<Record>> {
        let runs = experiment.runs().into_iter().filter(|it| self.has(&it.key));
        runs.map(|it| self.value(&format!("{RUNS}/{}.json", it.key))).collect()
    }

    /// Whether a run is done.
    pub(super) fn has(&self, run: &RunKey) -> bool {
        self.path(&format!("{RUNS}/{run}.json")).is_file()
    }

    pub(super) fn keep(&self, record: &Record) -> Result<()> {
        self.write(&format!("{RUNS}/{}.json", record.run.key), record)
    }

    /// Keeps what a run forgot of what its base knew.
    pub(super) fn keep_forgetting(&self, run: &Run, told: &[Forgetting]) -> Result<()> {
        match told {
            [] => Ok(()),
            told => self.write(&format!("{RUNS}/{}.forgetting.json", run.key), &told),
        }
    }

    /// What each base forgot, in its run on all training documents with the first seed; those that
    /// knew nothing are left out.
    pub(crate) fn forgetting(&self, experiment: &Experiment) -> Result<Vec<Forgetting>> {
        let first = experiment.seeds.first().copied();
        let runs = experiment.runs().into_iter();
        let runs = runs.filter(|it| it.fold == 0 && it.share == 100 && Some(it.seed) == first);
        let mut told = Vec::new();
        for run in runs {
            let name = format!("{RUNS}/{}.forgetting.json", run.key);
            if self.path(&name).is_file() {
                told.extend(self.value::<Vec<Forgetting>>(&name)?);
            }
        }
        Ok(told)
    }

    /// Where the model of a run goes.
    pub(super) fn model(&self, run: &RunKey) -> Result<PathBuf> {
        fs::create_dir_all(self.path(MODELS))?;
        Ok(self.path(&format!("{MODELS}/{run}")))
    }

    /// Writes a file of the report.
    pub(crate) fn put(&self, name: &str, text: &str) -> Result<()> {
        whole::write_file(&self.path(name), |out| {
            Ok(std::io::Write::write_all(out, text.as_bytes())?)
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<()> {
        whole::write_file(&self.path(name), |out| Ok(serde_json::to_writer(out, value)?))
    }

    fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let path = self.path(name);
        let read = fs::read(&path).map_err(anyhow::Error::from);
        match read.and_then(|it| Ok(serde_json::from_slice(&it)?)) {
            Ok(value) => Ok(value),
            Err(err) => refuse(format!("{} cannot be read ({err})", path.display())),
        }
    }
}
