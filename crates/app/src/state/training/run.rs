//! One training from the button to the stored model.

use leptos::prelude::*;
use link::{Fault, Replies};
use project::{Device, DeviceChoice, ProjectId, RunId, RunRecord, RunState, TrainSettings};
use protocol::{FewRequest, TrainReply, TrainRequest};
use screen::draft::Learner;
use storage::{Store, StoreError};

use super::super::{App, sentence};
use super::{Live, Phase, Trouble, device_name};
use crate::browser;
use crate::words;

/// What runs are called that nobody asked for, before their number.
const ALONG: &str = "along-";

/// How a worker's training ended.
enum End {
    Done,
    Failed(String),
    /// The device gave up; what it said.
    Lost(String),
    /// What was learned could not be stored; why.
    NotStored(String),
    Broken(Fault),
}

impl App {
    /// Trains a new run with these settings on the open project.
    pub(crate) fn train(self, settings: TrainSettings, architecture: &'static str) {
        self.train_as(settings, architecture, false);
    }

    /// Trains Nerine's own learner again beside a person who annotates. An earlier run of this kind
    /// goes when it is done.
    pub(in crate::state) fn train_along(self, settings: TrainSettings) {
        self.train_as(settings, RunRecord::NERINE, true);
    }

    fn train_as(self, settings: TrainSettings, architecture: &'static str, is_along: bool) {
        let Some(project) = self.work.project_id() else { return };
        if self.training.live.read_untracked().is_some() {
            return;
        }
        self.training.trouble.set(None);
        browser::spawn(async move {
            match self.begin(&project, settings, architecture, is_along).await {
                Ok(Some(run)) => self.drive(project, run, false).await,
                Ok(None) => {}
                Err(error) => self.end_in_trouble(&project, None, sentence(&error)),
            }
        });
    }

    /// Goes on with a run from its last checkpoint.
    pub(crate) fn resume(self, run: RunId) {
        let Some(project) = self.work.project_id() else { return };
        if self.training.live.read_untracked().is_some() {
            return;
        }
        self.training.trouble.set(None);
        let record = self.work.runs.read_untracked().iter().find(|it| it.id == run).cloned();
        let Some(record) = record else { return };
        let learner = Learner::of(&record);
        self.come_alive(&project, run, &record.name, learner, false);
        let attempt = self.training.attempt.get_value();
        browser::spawn(async move {
            let (device, why) = self.device_of(learner, record.settings.device).await;
            if self.training.attempt.get_value() == attempt {
                self.set_device(device, why);
                self.drive(project, record, true).await;
            }
        });
    }

    /// Ends the training and keeps its best model.
    pub(crate) fn stop_training(self) {
        let training = self.training;
        let Some(live) = training.live.get_untracked() else { return };
        match (live.phase, live.device) {
            (Phase::Stopping, _) => {}
            (Phase::Starting | Phase::Learning, Some((device, _))) => {
                training.set_phase(Phase::Stopping);
                // Answered by the end of the training itself.
                match live.learner {
                    Learner::Nerine => {
                        drop(self.workers().train_few.call(FewRequest::Stop, Vec::new()));
                    }
                    Learner::Spacy => {
                        drop(self.workers().train(device).call(TrainRequest::Stop, Vec::new()));
                    }
                }
            }
            (Phase::Trying | Phase::Starting | Phase::Learning, _) => {
                // Nothing was learned yet, so there is nothing to keep.
                training.attempt.update_value(|it| *it += 1);
                training.live.set(None);
                self.workers().train(Device::Gpu).terminate();
                self.workers().train(Device::Cpu).terminate();
                self.say("Training did not begin.");
            }
        }
    }

    /// Shows a run as the one that trains here.
    fn come_alive(
        self,
        project: &ProjectId,
        run: RunId,
        name: &str,
        learner: Learner,
        is_along: bool,
    ) {
        let training = self.training;
        training.attempt.update_value(|it| *it += 1);
        training.forget_figures();
        if !is_along {
            training.viewed.set(None);
        }
        training.live.set(Some(Live {
            project: project.clone(),
            run,
            name: name.to_owned(),
            learner,
            is_along,
            phase: Phase::Trying,
            device: None,
            split: None,
            unlearnable: 0,
        }));
    }

    /// What a learner runs on, and why.
    async fn device_of(self, learner: Learner, choice: DeviceChoice) -> (Device, String) {
        match learner {
            // It has too little to do for a graphics card.
            Learner::Nerine => (Device::Cpu, "Nerine trains on the CPU.".to_owned()),
            Learner::Spacy => self.choose_device(choice).await,
        }
    }

    fn set_device(self, device: Device, why: String) {
        self.training.live.update(|it| {
            if let Some(live) = it {
                live.phase = Phase::Starting;
                live.device = Some((device, why));
            }
        });
    }

    /// Chooses a device, freezes the split and keeps the run's record. None when it was stopped
    /// meanwhile.
    async fn begin(
        self,
        project: &ProjectId,
        settings: TrainSettings,
        architecture: &str,
        is_along: bool,
    ) -> Result<Option<RunRecord>, StoreError> {
        let Some(store) = self.store() else { return Ok(None) };
        let learner = match architecture {
            RunRecord::NERINE => Learner::Nerine,
            _ => Learner::Spacy,
        };
        let id = self.next_run(project).await?;
        let base = untrack(|| self.bases.list()).into_iter().find(|it| it.name == settings.base);
        let name = match (learner, base) {
            (Learner::Nerine, _) if is_along => format!("{ALONG}{}", id.0),
            (Learner::Nerine, _) => format!("nerine-{}", id.0),
            (Learner::Spacy, None) => format!("spacy-{}", id.0),
            (Learner::Spacy, Some(base)) => format!("{}-{}", base.package, id.0),
        };
        self.come_alive(project, id, &name, learner, is_along);
        let attempt = self.training.attempt.get_value();
        let (device, why) = self.device_of(learner, settings.device).await;
        if self.training.attempt.get_value() != attempt {
            return Ok(None);
        }
        self.set_device(device, why.clone());
        self.update_project(project.clone(), |it| it.split_frozen = true).await?;
        let record = RunRecord {
            device: Some((device, why)),
            architecture: architecture.to_owned(),
            ..RunRecord::new(id, name, browser::now_ms(), settings)
        };
        store.put_run(project, &record).await?;
        self.refresh_runs(project).await?;
        Ok(Some(record))
    }

    /// Has the worker train, on the CPU when the GPU gives up, and shows how it ended.
    async fn drive(self, project: ProjectId, run: RunRecord, resume: bool) {
        let device = self.training.live.read_untracked().as_ref().and_then(|it| it.device.clone());
        let Some((device, why)) = device else { return };
        let is_along = self.training.live.read_untracked().as_ref().is_some_and(|it| it.is_along);
        if !is_along {
            self.spoken.set(format!("Training {} on the {}.", run.name, device_name(device)));
        }
        let mut replies = self.ask_to_train(&project, &run, device, why, resume);
        let mut end = self.listen(&mut replies).await;
        if device == Device::Gpu
            && let Some(said) = end.gave_up()
        {
            self.workers().train(Device::Gpu).terminate();
            let why = format!("The GPU gave up ({said}). Training goes on on the CPU.");
            self.training.raced.set(Some((Device::Cpu, why.clone())));
            self.set_device(Device::Cpu, why.clone());
            self.spoken.set(why.clone());
            replies = self.ask_to_train(&project, &run, Device::Cpu, why, true);
            end = self.listen(&mut replies).await;
        }
        self.training.show_heard();
        match end {
            End::Done => self.finish(&project, run.id, is_along).await,
            End::Failed(why) => {
                let sentence = sentence(&why);
                self.mark_failed(&project, run.id, &sentence).await;
                self.end_in_trouble(&project, None, sentence);
            }
            End::Lost(why) | End::NotStored(why) => self.cut_short(&project, run.id, &why).await,
            End::Broken(Fault::Stopped) => self.training.live.set(None),
            End::Broken(fault) => self.cut_short(&project, run.id, &words_of(&fault)).await,
        }
        if let Err(error) = self.refresh_runs(&project).await {
            self.say(sentence(&error));
        }
    }

    /// Has the run's trainer train it.
    fn ask_to_train(
        self,
        project: &ProjectId,
        run: &RunRecord,
        device: Device,
        why_device: String,
        resume: bool,
    ) -> Replies<TrainReply> {
        let (project, learner, run) = (project.clone(), Learner::of(run), run.id);
        match learner {
            Learner::Nerine => {
                let request = FewRequest::Train { project, run, part: None };
                self.workers().train_few.call(request, Vec::new())
            }
            Learner::Spacy => {
                let request = TrainRequest::Train { project, run, resume, why_device, part: None };
                self.workers().train(device).call(request, Vec::new())
            }
        }
    }

    async fn listen(self, replies: &mut Replies<TrainReply>) -> End {
        let training = self.training;
        while let Some(answer) = replies.next().await {
            let reply = match answer {
                Ok((reply, _)) => reply,
                Err(fault) => return End::Broken(fault),
            };
            match reply {
                TrainReply::Started { split, unlearnable } => {
                    // A run that goes on tells its earlier looks again.
                    training.forget_figures();
                    training.live.update(|it| {
                        if let Some(live) = it {
                            live.split = Some(split);
                            live.unlearnable = unlearnable;
                            if live.phase == Phase::Starting {
                                live.phase = Phase::Learning;
                            }
                        }
                    });
                }
                TrainReply::Progress(progress) => training.hear(Some(progress), None),
                TrainReply::Evaluated(evaluation) => training.hear(None, Some(evaluation)),
                TrainReply::Done => return End::Done,
                TrainReply::Failed { why } => return End::Failed(why),
                TrainReply::DeviceLost { why } => return End::Lost(why),
                TrainReply::NotStored { why } => return End::NotStored(why),
                TrainReply::Probed(_)
                | TrainReply::Suggesting { .. }
                | TrainReply::Suggested { .. }
                | TrainReply::Following { .. }
                | TrainReply::Refreshed(_)
                | TrainReply::Ranked(_)
                | TrainReply::Planned
                | TrainReply::Compared(_)
                | TrainReply::Report(_)
                | TrainReply::Read(_) => {}
            }
        }
        End::Broken(Fault::Panicked { message: "training ended without a result".to_owned() })
    }

    /// Shows the model that was made, and has it suggest.
    async fn finish(self, project: &ProjectId, run: RunId, is_along: bool) {
        // The run is read before it stops being live: in between it would look cut short.
        let read = self.refresh_runs(project).await;
        self.training.live.set(None);
        if let Err(error) = read {
            return self.say(sentence(&error));
        }
        let Some(store) = self.store() else { return };
        let record = match store.run(project, run).await {
            Ok(record) => record,
            Err(error) => return self.say(sentence(&error)),
        };
        if let RunState::Failed { why } = &record.state {
            return self.end_in_trouble(project, None, sentence(why));
        }
        let scores = record.test.as_ref().map(|it| ("Test", it));
        let scores = scores.or_else(|| record.dev.as_ref().map(|it| ("Dev", it)));
        let figure =
            scores.map(|(side, it)| format!(" {side} F1 {}.", words::score(it.micro.f1())));
        self.say(format!("{} is ready.{}", record.name, figure.unwrap_or_default()));
        // The trainer scored the ner alone; the whole pipeline has the last word.
        self.suggest(project.clone(), run, true, is_along).await;
        if is_along {
            self.forget_earlier(project, run).await;
        }
    }

    /// Deletes what was trained beside a person before this run, unless they gave it a name.
    async fn forget_earlier(self, project: &ProjectId, run: RunId) {
        let Some(store) = self.store() else { return };
        let gone = async {
            let is_old = |it: &RunRecord| it.id < run && it.name == format!("{ALONG}{}", it.id.0);
            for old in store.runs(project).await?.iter().filter(|it| is_old(it)) {
                store.delete_run(project, old.id).await?;
            }
            self.refresh_runs(project).await
        };
        if let Err(error) = gone.await {
            self.say(sentence(&error));
        }
    }

    /// Says why a run stopped that can go on, and from where.
    async fn cut_short(self, project: &ProjectId, run: RunId, why: &str) {
        let kept = match self.store() {
            Some(store) => store.checkpoint(project, run).await.ok().flatten(),
            None => None,
        };
        let then = match kept {
            Some(_) => "What it learned until a moment before is kept: resume to go on.",
            None => "Nothing was kept yet: resume to begin it again.",
        };
        let why = why.trim_end_matches('.');
        let sentence = format!("Training stopped: {why}. {then}");
        self.end_in_trouble(project, Some(run), sentence);
    }

    fn end_in_trouble(self, project: &ProjectId, resume: Option<RunId>, sentence: String) {
        let project = project.clone();
        self.training.live.set(None);
        self.spoken.set(sentence.clone());
        self.training.trouble.set(Some(Trouble { project, resume, sentence }));
    }

    /// Keeps why a run has no model, unless its worker did.
    async fn mark_failed(self, project: &ProjectId, run: RunId, why: &str) {
        let Some(store) = self.store() else { return };
        let Ok(mut record) = store.run(project, run).await else { return };
        if record.state == RunState::Training {
            record.state = RunState::Failed { why: why.to_owned() };
            if let Err(error) = store.put_run(project, &record).await {
                self.say(sentence(&error));
            }
        }
    }
}

impl End {
    /// What a device said that cannot go on, where another may.
    fn gave_up(&self) -> Option<String> {
        match self {
            End::Lost(said) => Some(said.trim_end_matches('.').to_owned()),
            End::Broken(Fault::Stopped | Fault::Mismatch)
            | End::Done
            | End::Failed(_)
            | End::NotStored(_) => None,
            End::Broken(Fault::Panicked { message }) => Some(message.clone()),
            End::Broken(Fault::OutOfMemory) => Some("it has no more memory".to_owned()),
            End::Broken(fault) => Some(words_of(fault)),
        }
    }
}

/// What broke a trainer, in words that fit a training.
pub(in crate::state) fn words_of(fault: &Fault) -> String {
    match fault {
        Fault::OutOfMemory => {
            "the browser gave no more memory. Close other tabs, then train again".to_owned()
        }
        Fault::Hung { secs } => format!("the trainer gave no sign of life for {secs} seconds"),
        Fault::Panicked { message } => {
            format!("Nerine made a mistake ({message}). Please report it")
        }
        Fault::Mismatch | Fault::NotLoaded { .. } | Fault::Stopped => fault.to_string(),
    }
}
