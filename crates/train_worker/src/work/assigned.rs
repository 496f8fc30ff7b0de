//! The run of an experiment that a run of the project is: its texts, and what is kept of it.

use std::collections::BTreeMap;

use corpus::{DocId, Label, Span, Unread};
use experiment::{Fold, Forgetting, FrozenDoc, Look, Prediction, Record, Run, Snapshot};
use project::{DocNumber, ProjectId, RunRecord, SplitCounts};
use protocol::ExperimentPart;
use storage::{ExperimentRecord, Outcome, Store};

use super::Stopped;
use super::texts::{Accepted, Judgement, Sides};

/// What a run of an experiment is to do.
pub(super) struct Assigned {
    pub(super) record: ExperimentRecord,
    pub(super) snapshot: Snapshot,
    pub(super) run: Run,
    /// Where texts lie in the project.
    numbers: BTreeMap<DocId, DocNumber>,
}

/// What came of a run of an experiment, as its trainer tells it.
pub(super) struct Made {
    /// What was found in each text of the dev side, then of the test side.
    pub(super) found: Vec<Vec<Span>>,
    /// How long that took, in seconds.
    pub(super) reading_secs: f64,
    /// Gold spans of the scored texts that the tokens cannot express.
    pub(super) misaligned: u32,
    /// Bytes of all that the model needs.
    pub(super) model_bytes: u64,
    pub(super) forgetting: Vec<Forgetting>,
}

impl Assigned {
    /// Reads it.
    pub(super) async fn read(
        store: &impl Store,
        project: &ProjectId,
        part: &ExperimentPart,
    ) -> Result<Self, Stopped> {
        let record = store.experiment(project, part.experiment).await?;
        let snapshot = store.snapshot(project, part.experiment).await?;
        let run = record.planned(&part.run).cloned().ok_or_else(|| Stopped::Failed {
            why: "this run is not part of the comparison any more".to_owned(),
        })?;
        let heads = store.heads(project).await?;
        let numbers = heads.into_iter().map(|it| it.id).zip((0..).map(DocNumber)).collect();
        Ok(Self { record, snapshot, run, numbers })
    }

    fn fold(&self) -> &Fold {
        &self.record.experiment.split.folds[usize::from(self.run.fold)]
    }

    fn learned(&self) -> &[DocId] {
        self.fold().train_share(self.run.share)
    }

    fn docs<'a>(&'a self, ids: &'a [DocId]) -> impl Iterator<Item = &'a FrozenDoc> {
        ids.iter().filter_map(|it| self.snapshot.doc(it))
    }

    /// The labels that the texts to learn from hold a mark of.
    pub(super) fn labels(&self) -> Vec<Label> {
        let is_marked = |label: &&Label| {
            self.docs(self.learned()).flat_map(|it| &it.gold).any(|it| it.label() == *label)
        };
        self.snapshot.labels().iter().filter(is_marked).cloned().collect()
    }

    /// The words of all texts that its fold learns from, those that it leaves out of a smaller share
    /// too.
    pub(super) fn train_texts(&self) -> impl Iterator<Item = &str> {
        self.docs(&self.fold().train).map(|it| &*it.text)
    }

    /// How many texts are on each side.
    pub(super) fn counts(&self) -> SplitCounts {
        let fold = self.fold();
        SplitCounts {
            train: self.learned().len() as u32,
            dev: fold.dev.len() as u32,
            test: fold.test.len() as u32,
        }
    }

    /// The texts that are learned from, and those that decide when to stop. The others are read when
    /// there is a model.
    pub(super) fn sides<E>(
        &self,
        example: impl Fn(String, Vec<Span>, Unread) -> E,
    ) -> Result<Sides<E>, Stopped> {
        let side = |ids: &[DocId]| {
            let accepted = |doc: &FrozenDoc| {
                let number = self.numbers.get(&doc.id).ok_or_else(|| Stopped::Failed {
                    why: format!("the text {:?} is not in the project any more", doc.id.0),
                })?;
                let example = example(doc.text.clone(), doc.gold.clone(), doc.unread.clone());
                Ok(Accepted { doc: *number, example })
            };
            self.docs(ids).map(accepted).collect::<Result<Vec<_>, Stopped>>()
        };
        let fold = self.fold();
        Ok(Sides { train: side(self.learned())?, dev: side(&fold.dev)?, test: Vec::new() })
    }

    /// The texts that scores are of.
    pub(super) fn scored(&self) -> impl Iterator<Item = &FrozenDoc> {
        self.docs(self.fold().scored())
    }

    /// The words of the texts that its models are held against: those of the dev side, then those of
    /// the test side.
    pub(super) fn to_read(&self) -> Vec<&str> {
        let fold = self.fold();
        self.docs(&fold.dev).chain(self.docs(&fold.test)).map(|it| &*it.text).collect()
    }

    /// How many gold spans of the scored texts `lost` says that tokens cannot express.
    pub(super) fn misaligned(&self, lost: impl Fn(&FrozenDoc) -> u32) -> u32 {
        self.scored().map(lost).sum()
    }

    /// Holds what was found against what is right, and writes it into the run's record.
    pub(super) fn judge(&self, found: &[Vec<Span>], record: &mut RunRecord) {
        let fold = self.fold();
        let dev = self.docs(&fold.dev).map(|it| (it, false));
        let both = dev.chain(self.docs(&fold.test).map(|it| (it, true)));
        let mut judgement = Judgement::default();
        for ((doc, is_test), found) in both.zip(found) {
            let known = |it: &&Span| self.snapshot.labels().contains(it.label());
            let found: Vec<Span> = found.iter().filter(known).cloned().collect();
            let number = self.numbers.get(&doc.id).copied().unwrap_or_default();
            judgement.add(number, is_test, &doc.gold, &doc.unread.judged(&doc.gold, found));
        }
        judgement.note(record);
    }

    /// What is kept of it. `record` is that of the run, complete.
    pub(super) fn outcome(&self, made: Made, record: &RunRecord) -> Outcome {
        let fold = self.fold();
        let is_trained = !record.is_as_it_came();
        // The same words for every base, whatever its tokens are.
        let words: usize = self.to_read().iter().map(|it| it.split_whitespace().count()).sum();
        let found = made.found.into_iter().skip(match fold.test.is_empty() {
            true => 0,
            false => fold.dev.len(),
        });
        let prediction =
            |(doc, spans): (&FrozenDoc, Vec<Span>)| Prediction { doc: doc.id.clone(), spans };
        let look = |it: &project::Evaluation| Look {
            epoch: it.epoch,
            dev_f1: it.dev_f1.unwrap_or(0.0).into(),
            secs: it.secs.into(),
        };
        let device = match record.device {
            Some((project::Device::Gpu, _)) => "GPU",
            Some((project::Device::Cpu, _)) | None => "CPU",
        };
        let version = ("nerine".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        Outcome {
            record: Record {
                run: self.run.clone(),
                predictions: self.scored().zip(found).map(prediction).collect(),
                n_train_docs: if is_trained { self.learned().len() as u32 } else { 0 },
                looks: record.curve.iter().map(look).collect(),
                train_secs: if is_trained { record.secs.into() } else { 0.0 },
                words_per_sec: words as f64 / made.reading_secs.max(1e-3),
                model_bytes: made.model_bytes,
                device: device.to_owned(),
                versions: BTreeMap::from([version]),
                misaligned: made.misaligned,
            },
            forgetting: made.forgetting,
        }
    }
}
