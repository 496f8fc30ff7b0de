//! Two models side by side on texts that nobody has marked, without their names.

use std::sync::Arc;

use corpus::{DocId, Span};
use experiment::{BaseKey, BlindTest, Choice};
use leptos::prelude::*;
use project::{Device, DocNumber, ExperimentId, ProjectId, RunId};
use protocol::{FewRequest, TrainReply, TrainRequest};
use storage::{ExperimentRecord, Store};

use super::super::{App, sentence};
use crate::browser;
use crate::workers::Workers;

/// The most texts that both models read, to find those in which they differ.
const MOST_READ: usize = 200;

/// The most texts that somebody is asked about.
const MOST_ASKED: usize = 20;

/// A blind test in front of somebody.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Blind {
    /// The models read.
    Reading,
    /// Somebody judges.
    Judging(Arc<Judging>),
    /// It cannot be done; the sentence why.
    Not(String),
}

/// What somebody judges.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judging {
    /// The experiment whose models they are.
    pub(crate) experiment: ExperimentId,
    pub(crate) test: BlindTest,
    /// What stands in each text: of the first model, then of the second.
    pub(crate) texts: Vec<Sides>,
    /// How many texts both have read.
    pub(crate) n_read: usize,
}

/// A text as two models read it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sides {
    pub(crate) id: DocId,
    pub(crate) text: String,
    pub(crate) found: [Vec<Span>; 2],
}

impl Judging {
    /// The text that is to be judged next, what stands left in it and what stands right; none when
    /// all are judged.
    pub(crate) fn next(&self) -> Option<(&Sides, &[Span], &[Span])> {
        let trial = self.test.trials.iter().find(|it| it.choice.is_none())?;
        let sides = self.texts.iter().find(|it| it.id == trial.doc)?;
        let [first, second] = sides.found.each_ref().map(Vec::as_slice);
        Some(if trial.first_is_left { (sides, first, second) } else { (sides, second, first) })
    }
}

impl App {
    /// Has two models of an experiment read texts that nobody has marked, and asks about those in
    /// which they differ.
    pub(crate) fn begin_blind(self, id: ExperimentId, models: [BaseKey; 2]) {
        let Some(project) = self.work.project_id() else { return };
        if self.comparing.blind.read_untracked().as_ref() == Some(&Blind::Reading) {
            return;
        }
        self.comparing.blind.set(Some(Blind::Reading));
        browser::spawn(async move {
            let begun = self.read_blind(&project, id, models).await;
            if self.work.project_id().as_ref() != Some(&project) {
                return;
            }
            self.comparing.blind.set(Some(match begun {
                Ok(judging) => Blind::Judging(Arc::new(judging)),
                Err(why) => Blind::Not(why),
            }));
        });
    }

    /// Takes what somebody said of the text in front. With the last text the answers are kept.
    pub(crate) fn judge_blind(self, choice: Choice) {
        let Some(project) = self.work.project_id() else { return };
        let Some(Blind::Judging(judging)) = self.comparing.blind.get_untracked() else { return };
        let mut judging = Arc::unwrap_or_clone(judging);
        let open = judging.test.trials.iter_mut().find(|it| it.choice.is_none());
        let Some(trial) = open else { return };
        trial.choice = Some(choice);
        let is_over = judging.next().is_none();
        let (id, test) = (judging.experiment, judging.test.clone());
        self.comparing.blind.set(Some(Blind::Judging(Arc::new(judging))));
        if is_over {
            browser::spawn(async move {
                let keep = |it: &mut ExperimentRecord| it.blind.push(test);
                if let Err(error) = self.change_experiment(&project, id, keep).await {
                    self.say(sentence(&error));
                }
            });
        }
    }

    /// Puts the blind test away.
    pub(crate) fn end_blind(self) {
        self.comparing.blind.set(None);
    }

    async fn read_blind(
        self,
        project: &ProjectId,
        id: ExperimentId,
        models: [BaseKey; 2],
    ) -> Result<Judging, String> {
        let gone = || "The comparison is not here any more.".to_owned();
        let record = untrack(|| self.comparing.experiment(id)).ok_or_else(gone)?;
        let store = self.store().ok_or_else(gone)?;
        let mut texts = Vec::new();
        let docs: Vec<DocNumber> = record.raw.iter().copied().take(MOST_READ).collect();
        if docs.is_empty() {
            return Err(
                "No text is left that nobody has marked. Add some, then compare anew.".to_owned()
            );
        }
        for doc in &docs {
            texts.push(store.text(project, *doc).await.map_err(|it| sentence(&it))?);
        }
        let mut found = Vec::new();
        for model in &models {
            let run = record.whole_runs(model).next();
            let run = run.ok_or("One of the models is not there yet.")?;
            found.push(self.read_with(project, &record, model, run, docs.clone()).await?);
        }
        let (second, first) = (found.pop().unwrap_or_default(), found.pop().unwrap_or_default());
        let n_read = texts.len();
        let sides = texts.into_iter().zip(first.into_iter().zip(second));
        let sides: Vec<Sides> = sides
            .map(|(it, (first, second))| Sides { id: it.id, text: it.text, found: [first, second] })
            .filter(|it| it.found[0] != it.found[1])
            .collect();
        if sides.is_empty() {
            return Err(format!(
                "Both find the same in all {n_read} texts that nobody has marked."
            ));
        }
        let ids: Vec<DocId> = sides.iter().map(|it| it.id.clone()).collect();
        let seed = browser::now_ms();
        let test = BlindTest::new(models, &ids, MOST_ASKED, seed);
        Ok(Judging { experiment: id, test, texts: sides, n_read })
    }

    /// What a model finds in texts.
    async fn read_with(
        self,
        project: &ProjectId,
        record: &ExperimentRecord,
        model: &BaseKey,
        run: RunId,
        docs: Vec<DocNumber>,
    ) -> Result<Vec<Vec<Span>>, String> {
        let project = project.clone();
        let is_nerine =
            record.ways.get(model).is_some_and(|it| it.architecture == project::RunRecord::NERINE);
        let answer = if is_nerine {
            let reader = Workers::new_few();
            reader.ask(FewRequest::Read { project, run, docs }, Vec::new()).await
        } else {
            let reader = Workers::new_train(Device::Cpu);
            reader.ask(TrainRequest::Read { project, run, docs }, Vec::new()).await
        };
        match answer {
            Ok((TrainReply::Read(mut found), _)) => {
                // Labels that are not compared are not judged.
                let labels = record.labels();
                for spans in &mut found {
                    spans.retain(|it| labels.contains(it.label()));
                    spans.sort();
                }
                Ok(found)
            }
            Ok((TrainReply::Failed { why } | TrainReply::NotStored { why }, _)) => {
                Err(sentence(&why))
            }
            Ok(_) => Err("The model gave no answer. Try again.".to_owned()),
            Err(fault) => Err(sentence(&fault)),
        }
    }
}
