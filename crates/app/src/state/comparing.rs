//! Experiments, as the page drives them: they are planned and judged by a worker, and their runs go
//! through a pool of trainers, whatever screen is in front.

mod blind;
mod pool;
mod take_out;

use std::sync::Arc;

use experiment::{BaseKey, Event, Queue, RunKey};
use leptos::prelude::*;
use project::{ExperimentId, ProjectId, RunId, RunState};
use protocol::{Compared, ExperimentPlan, FewRequest, ReportForm, TrainReply};
use storage::{ExperimentRecord, Store, StoreError};

pub(crate) use blind::{Blind, Judging};

use super::{App, sentence};
use crate::browser;

/// Experiments on this page. A handful of pointers, so it is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Comparing {
    /// Those of the open project, oldest first; none until they are read. How far the one at work is
    /// stands in [`queue`](Self::queue).
    pub(crate) all: RwSignal<Option<Arc<Vec<ExperimentRecord>>>>,
    /// The one that a person chose to look at; none shows the newest.
    pub(crate) viewed: RwSignal<Option<ExperimentId>>,
    /// The runs of the experiment that is at work here.
    pub(crate) queue: RwSignal<Option<(ExperimentId, Queue)>>,
    /// What an experiment says so far.
    pub(crate) compared: RwSignal<Option<(ExperimentId, Arc<Compared>)>>,
    /// Why there are no figures, where there cannot be any.
    pub(crate) no_figures: RwSignal<Option<String>>,
    /// Two models that somebody judges without knowing which is which.
    pub(crate) blind: RwSignal<Option<Blind>>,
    /// Whether an experiment is being planned.
    pub(crate) is_planning: RwSignal<bool>,
    /// Why the last one could not be planned.
    pub(crate) refused: RwSignal<Option<String>>,
    /// Whether runs of the open project were left when it was last open.
    pub(crate) is_due: RwSignal<bool>,
    /// How many bytes of a spaCy project are written, while one is.
    pub(crate) packing: RwSignal<Option<u64>>,
    /// What asked for figures last, so that late ones are not shown.
    asked: StoredValue<u32>,
    /// Whether figures are being worked out, and whether there are newer ones.
    judging: StoredValue<(bool, bool)>,
    pool: StoredValue<pool::Seats, LocalStorage>,
}

impl Comparing {
    pub(super) fn new() -> Self {
        Self {
            all: RwSignal::new(None),
            viewed: RwSignal::new(None),
            queue: RwSignal::new(None),
            compared: RwSignal::new(None),
            no_figures: RwSignal::new(None),
            blind: RwSignal::new(None),
            is_planning: RwSignal::new(false),
            refused: RwSignal::new(None),
            is_due: RwSignal::new(false),
            packing: RwSignal::new(None),
            asked: StoredValue::new(0),
            judging: StoredValue::new((false, false)),
            pool: StoredValue::new_local(pool::Seats::default()),
        }
    }

    /// The experiment that is shown. Tracked.
    pub(crate) fn shown(self) -> Option<ExperimentId> {
        let all = self.all.read();
        let all = all.as_ref()?;
        let chosen = self.viewed.get().filter(|id| all.iter().any(|it| it.id == *id));
        chosen.or_else(|| all.last().map(|it| it.id))
    }

    /// An experiment, by number. Tracked.
    pub(crate) fn experiment(self, id: ExperimentId) -> Option<ExperimentRecord> {
        self.all.read().as_ref()?.iter().find(|it| it.id == id).cloned()
    }

    /// How far an experiment's runs are. Tracked.
    pub(crate) fn queue_of(self, id: ExperimentId) -> Option<Queue> {
        match &*self.queue.read() {
            Some((at_work, queue)) if *at_work == id => Some(queue.clone()),
            _ => self.experiment(id).map(|it| it.queue),
        }
    }

    /// Whether an experiment's runs are at work on this page. Tracked.
    pub(crate) fn is_at_work(self, id: ExperimentId) -> bool {
        self.queue.read().as_ref().is_some_and(|(at_work, queue)| {
            *at_work == id && !queue.is_over() && !queue.is_paused()
        })
    }

    /// Forgets the project that was open. Its runs go on when it is opened again.
    pub(super) fn forget(self) {
        self.pool.update_value(pool::Seats::end);
        self.asked.update_value(|it| *it += 1);
        self.all.set(None);
        self.viewed.set(None);
        self.queue.set(None);
        self.compared.set(None);
        self.no_figures.set(None);
        self.refused.set(None);
        self.blind.set(None);
        self.is_due.set(false);
    }
}

/// The setting of this browser that says whether a project has runs to do.
fn due_setting(project: &ProjectId) -> String {
    format!("comparing:{}", project.0)
}

impl App {
    /// Finds out whether runs were left in the project that is being opened.
    pub(super) async fn look_for_experiments(self, project: &ProjectId) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Ok(()) };
        let is_due = store.setting(&due_setting(project)).await?.is_some_and(|it| it == [1]);
        let is_open = self.work.project_id().as_ref() == Some(project);
        if is_due && is_open && self.work.is_writable.get_untracked() {
            self.comparing.is_due.set(true);
        }
        Ok(())
    }

    /// Reads the experiments of the open project, unless that was done.
    pub(crate) fn read_experiments(self) {
        if self.comparing.all.read_untracked().is_some() {
            return;
        }
        let Some(project) = self.work.project_id() else { return };
        browser::spawn(async move {
            if let Err(error) = self.refresh_experiments(&project).await {
                self.say(sentence(&error));
            }
        });
    }

    async fn refresh_experiments(self, project: &ProjectId) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Ok(()) };
        let all = store.experiments(project).await?;
        if self.work.project_id().as_ref() == Some(project) {
            self.comparing.all.set(Some(Arc::new(all)));
        }
        Ok(())
    }

    /// The number of an experiment that is about to be made.
    pub(crate) async fn next_experiment(
        self,
        project: &ProjectId,
    ) -> Result<ExperimentId, StoreError> {
        let Some(store) = self.store() else { return Ok(ExperimentId(1)) };
        let used = store.experiments(project).await?.iter().map(|it| it.id.0).max().unwrap_or(0);
        self.next_number(&format!("last-experiment:{}", project.0), used).await.map(ExperimentId)
    }

    /// Plans an experiment, or adds bases to one, and has its runs begin. `plan` is given the number
    /// that it gets.
    pub(crate) fn begin_experiment(
        self,
        extends: Option<ExperimentId>,
        plan: impl FnOnce(ExperimentId) -> ExperimentPlan + 'static,
    ) {
        let Some(project) = self.work.project_id() else { return };
        let comparing = self.comparing;
        if comparing.is_planning.get_untracked() || !self.may_write() {
            return;
        }
        comparing.is_planning.set(true);
        comparing.refused.set(None);
        self.keep_what_is_stored();
        browser::spawn(async move {
            let planned = async {
                let id = match extends {
                    Some(id) => id,
                    None => self.next_experiment(&project).await.map_err(|it| sentence(&it))?,
                };
                // Runs that are at work would be kept under what is about to be replaced.
                if extends.is_some() {
                    self.change_queue(Event::Pause).await;
                    comparing.queue.set(None);
                }
                let request =
                    FewRequest::Plan { project: project.clone(), plan: Box::new(plan(id)) };
                match self.workers().judge.ask(request, Vec::new()).await {
                    Ok((TrainReply::Planned, _)) => {}
                    Ok((TrainReply::Failed { why } | TrainReply::NotStored { why }, _)) => {
                        return Err(sentence(&why));
                    }
                    Ok(_) => return Err("The comparison was not planned. Try again.".to_owned()),
                    Err(fault) => return Err(sentence(&fault)),
                }
                // What is scored must not be learned from by other runs of the project.
                let frozen = self.update_project(project.clone(), |it| it.split_frozen = true);
                frozen.await.map_err(|it| sentence(&it))?;
                self.refresh_experiments(&project).await.map_err(|it| sentence(&it))?;
                Ok(id)
            };
            let planned = planned.await;
            comparing.is_planning.set(false);
            match planned {
                Ok(id) if self.work.project_id().as_ref() == Some(&project) => {
                    comparing.viewed.set(Some(id));
                    comparing.compared.set(None);
                    self.go_on_with(&project, id).await;
                }
                Ok(_) => {}
                Err(why) => {
                    self.spoken.set(why.clone());
                    comparing.refused.set(Some(why));
                    if let Some(id) = extends {
                        self.go_on_with(&project, id).await;
                        self.change_queue(Event::Resume).await;
                    }
                }
            }
        });
    }

    /// Pauses the runs that are at work: they keep what they have.
    pub(crate) fn pause_experiment(self) {
        browser::spawn(self.change_queue(Event::Pause));
    }

    /// Goes on with an experiment's runs.
    pub(crate) fn resume_experiment(self, id: ExperimentId) {
        let Some(project) = self.work.project_id() else { return };
        if !self.may_write() {
            return;
        }
        browser::spawn(async move {
            self.go_on_with(&project, id).await;
            self.change_queue(Event::Resume).await;
        });
    }

    /// Takes runs out: those of one key, or all that are not done.
    pub(crate) fn cancel_runs(self, run: Option<RunKey>) {
        browser::spawn(self.change_queue(match run {
            Some(run) => Event::Cancel(run),
            None => Event::CancelAll,
        }));
    }

    /// Tries a run again that failed or was taken out.
    pub(crate) fn retry_run(self, id: ExperimentId, run: RunKey) {
        let Some(project) = self.work.project_id() else { return };
        if !self.may_write() {
            return;
        }
        browser::spawn(async move {
            self.go_on_with(&project, id).await;
            self.change_queue(Event::Retry(run)).await;
            // Whoever tries again does not want to wait for a pause to end.
            self.change_queue(Event::Resume).await;
        });
    }

    /// Takes out all runs of a pipeline that is gone.
    pub(super) async fn base_is_gone(self, name: &str) {
        let keys: Vec<BaseKey> = {
            let all = self.comparing.all.read_untracked();
            let at_work = self.comparing.queue.read_untracked().as_ref().map(|it| it.0);
            let records = all.iter().flat_map(|it| it.iter());
            let ways = records.filter(|it| Some(it.id) == at_work).flat_map(|it| &it.ways);
            ways.filter(|(_, way)| way.settings.base == name).map(|(key, _)| key.clone()).collect()
        };
        for key in keys {
            self.change_queue(Event::BaseDeleted(key)).await;
        }
    }

    /// Deletes an experiment with the runs that nobody took over.
    pub(crate) fn delete_experiment(self, id: ExperimentId) {
        let Some(project) = self.work.project_id() else { return };
        if !self.may_write() {
            return;
        }
        browser::spawn(async move {
            let is_driven =
                self.comparing.queue.read_untracked().as_ref().is_some_and(|it| it.0 == id);
            if is_driven {
                self.comparing.pool.update_value(pool::Seats::end);
                self.comparing.queue.set(None);
            }
            let deleted = async {
                let Some(store) = self.store() else { return Ok(()) };
                store.delete_experiment(&project, id).await?;
                self.note_whether_due(&project).await?;
                self.refresh_experiments(&project).await
            };
            match deleted.await {
                Ok(()) => self.say("The comparison is deleted. Models that you took stay."),
                Err(error) => self.say(sentence(&error)),
            }
        });
    }

    /// Makes the best model of a base one of the project's own, and has it suggest: of its runs on
    /// all texts the one that is best on dev texts.
    pub(crate) fn take_model(self, id: ExperimentId, base: BaseKey) {
        let Some(project) = self.work.project_id() else { return };
        if !self.may_write() {
            return;
        }
        browser::spawn(async move {
            match self.adopt(&project, id, &base).await {
                Ok(Some(run)) => self.use_for_suggestions(run),
                Ok(None) => self.say("No run of this base is done yet."),
                Err(error) => self.say(sentence(&error)),
            }
        });
    }

    async fn adopt(
        self,
        project: &ProjectId,
        id: ExperimentId,
        base: &BaseKey,
    ) -> Result<Option<RunId>, StoreError> {
        let Some(store) = self.store() else { return Ok(None) };
        let Some(record) = untrack(|| self.comparing.experiment(id)) else { return Ok(None) };
        let mut best = None;
        for number in record.whole_runs(base) {
            let run = store.run(project, number).await?;
            let f1 = run.dev.as_ref().map_or(0.0, |it| it.micro.f1());
            let is_better = best.as_ref().is_none_or(|(most, _)| *most < f1);
            if matches!(run.state, RunState::Done { .. }) && is_better {
                best = Some((f1, run));
            }
        }
        let Some((_, mut run)) = best else { return Ok(None) };
        if run.experiment.take().is_some() {
            if run.is_as_it_came() {
                // Its pipeline finds its own labels, each of which means one of the project's.
                let own = record.experiment.base(base).map(|it| it.labels.clone());
                run.settings.labels = own.unwrap_or_default();
            }
            store.put_run(project, &run).await?;
            let note = |it: &mut ExperimentRecord| {
                it.taken.insert(run.id);
            };
            self.change_experiment(project, id, note).await?;
            self.refresh_runs(project).await?;
        }
        Ok(Some(run.id))
    }

    /// Saves what an experiment came to, with the browser's downloads.
    pub(crate) fn save_experiment_report(self, id: ExperimentId, form: ReportForm) {
        let Some(project) = self.work.project_id() else { return };
        let name = self.work.project.read_untracked().as_ref().map(|it| it.name.clone());
        let made = browser::when(browser::now_ms());
        browser::spawn(async move {
            let request = FewRequest::Report { project, experiment: id, form, made };
            let (kind, ending) = match form {
                ReportForm::Html => ("text/html", "html"),
                ReportForm::Markdown => ("text/markdown", "md"),
                ReportForm::Csv => ("text/csv", "csv"),
            };
            match self.workers().judge.ask(request, Vec::new()).await {
                Ok((TrainReply::Report(text), _)) => {
                    let name = format!("{} comparison.{ending}", name.unwrap_or_default());
                    match browser::text_file(&text, kind) {
                        Some(blob) => {
                            browser::download(&name, &blob);
                            self.say(format!("Saved as {name}. It is with your downloads."));
                        }
                        None => self.say("The browser made no file of the report."),
                    }
                }
                Ok((TrainReply::Failed { why } | TrainReply::NotStored { why }, _)) => {
                    self.say(sentence(&why));
                }
                Ok(_) => self.say("No report was written. Try again."),
                Err(fault) => self.say(sentence(&fault)),
            }
        });
    }

    /// Has a worker say what an experiment's runs came to. What comes while it is at it is looked at
    /// afterwards.
    pub(crate) fn judge_experiment(self, id: ExperimentId) {
        let Some(project) = self.work.project_id() else { return };
        let comparing = self.comparing;
        let (is_judging, _) = comparing.judging.get_value();
        comparing.judging.set_value((true, is_judging));
        if is_judging {
            return;
        }
        let asked = comparing.asked.get_value();
        browser::spawn(async move {
            let request = FewRequest::Compare { project, experiment: id };
            let answer = self.workers().judge.ask(request, Vec::new()).await;
            let (_, is_old) = comparing.judging.get_value();
            comparing.judging.set_value((false, false));
            if comparing.asked.get_value() != asked {
                return;
            }
            match answer {
                Ok((TrainReply::Compared(compared), _)) => {
                    comparing.no_figures.set(None);
                    comparing.compared.set(Some((id, Arc::new(*compared))));
                }
                Ok((TrainReply::Failed { why } | TrainReply::NotStored { why }, _)) => {
                    comparing.no_figures.set(Some(sentence(&why)));
                }
                Ok(_) => {}
                Err(fault) => comparing.no_figures.set(Some(sentence(&fault))),
            }
            if is_old && let Some(shown) = untrack(|| comparing.shown()) {
                self.judge_experiment(shown);
            }
        });
    }
}
