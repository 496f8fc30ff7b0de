//! The runs of an experiment at work: each has a trainer of its own, as many as the processor has
//! cores, and the graphics card.

use std::collections::BTreeMap;
use std::sync::Arc;

use experiment::{Command, Event, Pool, RunKey, Slot};
use leptos::prelude::*;
use link::{Fault, Handle, Replies};
use project::{Device, ExperimentId, ProjectId, RunId, RunRecord, RunState, TrainSettings};
use protocol::{ExperimentPart, FewRequest, TrainReply, TrainRequest};
use storage::{ExperimentRecord, Store, StoreError, Way};

use super::super::training::words_of;
use super::super::{App, Graphics, sentence};
use super::due_setting;
use crate::browser;
use crate::route::Screen;
use crate::workers::Workers;

/// Trainers that are at work at a time, at most: more would only wait for memory.
const MOST_SLOTS: u32 = 8;

/// The memory of a device that does not say how much it has, in bytes.
const USUAL_MEMORY: f64 = 4e9;

/// Where runs of an experiment are at work.
#[derive(Default)]
pub(super) struct Seats {
    seats: BTreeMap<Slot, Seat>,
    /// Grows with every run, so that one that was stopped does not go on.
    last: u32,
}

/// A place for one run at a time. Its trainer stays for the next run of the same kind.
#[derive(Default)]
struct Seat {
    few: Option<Handle<FewRequest, TrainReply>>,
    spacy: Option<Handle<TrainRequest, TrainReply>>,
    /// The run that has it.
    taken_by: u32,
}

impl Seats {
    /// Ends every run at once.
    pub(super) fn end(&mut self) {
        self.seats.clear();
        self.last += 1;
    }

    /// Ends what is at work in a place.
    fn clear(&mut self, slot: Slot) {
        self.seats.remove(&slot);
    }

    /// Gives the place to a run, whose number comes back.
    fn take(&mut self, slot: Slot) -> u32 {
        self.last += 1;
        self.seats.entry(slot).or_default().taken_by = self.last;
        self.last
    }

    /// Whether a run still has its place.
    fn has(&self, slot: Slot, number: u32) -> bool {
        self.seats.get(&slot).is_some_and(|it| it.taken_by == number)
    }

    /// The trainer of Nerine's learner in a place. Another one there makes room.
    fn few(&mut self, slot: Slot) -> Handle<FewRequest, TrainReply> {
        let seat = self.seats.entry(slot).or_default();
        seat.spacy = None;
        seat.few.get_or_insert_with(Workers::new_few).clone()
    }

    /// The trainer of spaCy's architecture in a place.
    fn spacy(&mut self, slot: Slot, device: Device) -> Handle<TrainRequest, TrainReply> {
        let seat = self.seats.entry(slot).or_default();
        seat.few = None;
        seat.spacy.get_or_insert_with(|| Workers::new_train(device)).clone()
    }

    /// The same after a trainer gave up.
    fn spacy_anew(&mut self, slot: Slot, device: Device) -> Handle<TrainRequest, TrainReply> {
        self.seats.entry(slot).or_default().spacy = None;
        self.spacy(slot, device)
    }
}

/// What is to be done, all of it read.
struct Order {
    project: ProjectId,
    run: RunRecord,
    part: ExperimentPart,
    resume: bool,
}

/// How a run ended.
enum End {
    Done,
    Failed(String),
    /// The graphics card gave up.
    Lost(String),
    /// There is no room for what it made.
    NotStored(String),
    /// Somebody stopped it, who knows.
    Stopped,
}

impl App {
    /// What runs can run on here. Tracked where the device is concerned.
    pub(crate) fn pool(self) -> Pool {
        let navigator = browser::window().navigator();
        let number = |name| browser::get(&navigator, name).and_then(|it| it.as_f64());
        let cores = number("hardwareConcurrency").unwrap_or(2.0) as u32;
        let memory = number("deviceMemory").map_or(USUAL_MEMORY, |it| it * 1e9);
        Pool {
            cpu_slots: cores.clamp(1, MOST_SLOTS) as u16,
            has_gpu: self.training.graphics.get() == Some(Graphics::Ready),
            // The page, the browser and other programs want some, too.
            memory_bytes: (memory / 2.0) as u64,
        }
    }

    /// Goes on with the runs that were left when the project was last open.
    pub(crate) fn go_on_comparing(self) {
        let Some(project) = self.work.project_id() else { return };
        if !self.comparing.is_due.get_untracked() {
            return;
        }
        self.comparing.is_due.set(false);
        browser::spawn(async move {
            if let Err(error) = self.refresh_experiments(&project).await {
                return self.say(sentence(&error));
            }
            let left = self.comparing.all.read_untracked().as_ref().and_then(|all| {
                let is_left = |it: &&ExperimentRecord| !it.queue.is_over() && !it.queue.is_paused();
                all.iter().find(is_left).map(|it| it.id)
            });
            if let Some(id) = left {
                self.go_on_with(&project, id).await;
                self.say("The comparison goes on.");
            }
        });
    }

    /// Takes up an experiment's runs, unless they are at work. Those of another wait meanwhile.
    pub(super) async fn go_on_with(self, project: &ProjectId, id: ExperimentId) {
        let at_work = self.comparing.queue.read_untracked().as_ref().map(|it| it.0);
        if at_work == Some(id) {
            return;
        }
        if at_work.is_some() {
            self.change_queue(Event::Pause).await;
        }
        self.look_for_graphics().await;
        let record = untrack(|| self.comparing.experiment(id));
        let (Some(record), Some(store)) = (record, self.store()) else { return };
        let mut done = Vec::new();
        for (key, run) in &record.runs {
            match store.outcome(project, *run).await {
                Ok(Some(_)) => done.push(key.clone()),
                Ok(None) => {}
                Err(error) => return self.say(sentence(&error)),
            }
        }
        if self.work.project_id().as_ref() != Some(project) {
            return;
        }
        let queue = record.queue.reopen(|key| done.contains(key));
        self.comparing.queue.set(Some((id, queue)));
        self.judge_experiment(id);
        self.change_queue(Event::Resized(untrack(|| self.pool()))).await;
    }

    /// Tells the queue what happened, does what follows, and keeps it.
    pub(super) async fn change_queue(self, event: Event) {
        let comparing = self.comparing;
        let is_passing = matches!(event, Event::Progress { .. });
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let mut commands = Vec::new();
            comparing.queue.update(|it| {
                if let Some((_, queue)) = it {
                    commands = queue.apply(event);
                }
            });
            for command in commands {
                match command {
                    Command::Start { run, slot } => {
                        let number = comparing.pool.try_update_value(|it| it.take(slot));
                        browser::spawn(self.sit(run, slot, number.unwrap_or_default()));
                    }
                    Command::Stop { run, slot, .. } => {
                        comparing.pool.update_value(|it| it.clear(slot));
                        events.push(Event::Stopped(run));
                    }
                }
            }
        }
        if is_passing {
            return;
        }
        if let Err(error) = self.keep_queue().await {
            self.say(sentence(&error));
        }
    }

    /// Keeps how far the runs are.
    async fn keep_queue(self) -> Result<(), StoreError> {
        let (Some(project), Some(store)) = (self.work.project_id(), self.store()) else {
            return Ok(());
        };
        let Some((id, queue)) = self.comparing.queue.get_untracked() else { return Ok(()) };
        let is_due = !queue.is_over() && !queue.is_paused();
        self.change_experiment(&project, id, |it| it.queue = queue).await?;
        store.put_setting(&due_setting(&project), &[u8::from(is_due)]).await
    }

    /// Notes that nothing is left to do where no experiment is at work.
    pub(super) async fn note_whether_due(self, project: &ProjectId) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Ok(()) };
        if self.comparing.queue.read_untracked().is_none() {
            store.put_setting(&due_setting(project), &[0]).await?;
        }
        Ok(())
    }

    /// Changes an experiment's record, on the screen and in storage. The one on the screen is the
    /// newest there is: changes made one after the other are kept in that order.
    pub(super) async fn change_experiment(
        self,
        project: &ProjectId,
        id: ExperimentId,
        change: impl FnOnce(&mut ExperimentRecord),
    ) -> Result<(), StoreError> {
        let Some(store) = self.store() else { return Ok(()) };
        let mut changed = None;
        self.comparing.all.update(|all| {
            let all = all.as_mut().map(Arc::make_mut);
            if let Some(record) = all.and_then(|it| it.iter_mut().find(|it| it.id == id)) {
                change(record);
                changed = Some(record.clone());
            }
        });
        match changed {
            Some(record) => store.put_experiment(project, &record, None).await,
            None => Ok(()),
        }
    }

    /// One run, from its beginning to its end.
    async fn sit(self, key: RunKey, slot: Slot, number: u32) {
        let has_place = move || self.comparing.pool.with_value(|it| it.has(slot, number));
        let began = browser::uptime_ms();
        let secs = move || (browser::uptime_ms() - began) / 1e3;
        let ended = match self.prepare(&key).await {
            Ok(Some(order)) if has_place() => {
                let progress = move |run: RunKey, done| Event::Progress { run, done, secs: secs() };
                self.have_trained(&order, slot, &progress).await
            }
            Ok(_) => return,
            Err(StoreError::Missing { what }) => {
                End::Failed(format!("{what} is not here any more"))
            }
            Err(error) => End::NotStored(sentence(&error)),
        };
        if !has_place() {
            return;
        }
        match ended {
            End::Stopped => {}
            End::Done => {
                let (run, secs) = (key, secs());
                self.change_queue(Event::Finished { run, secs }).await;
                self.after_a_run();
            }
            End::Failed(why) | End::Lost(why) => {
                self.mark_run_failed(&key, &why).await;
                let why = sentence(&why);
                self.change_queue(Event::Failed { run: key, why }).await;
                self.after_a_run();
            }
            End::NotStored(why) => {
                // The others would only fail, too: they wait until there is room.
                let why = sentence(&why);
                self.change_queue(Event::Failed { run: key, why: why.clone() }).await;
                self.change_queue(Event::Pause).await;
                self.say(format!("The comparison pauses. {why}"));
            }
        }
    }

    fn after_a_run(self) {
        let Some((id, queue)) = self.comparing.queue.get_untracked() else { return };
        if untrack(|| self.comparing.shown()) == Some(id) {
            // Figures take a core for a moment, which runs can use while nobody looks.
            let is_seen = self.route.read_untracked().screen == Screen::Compare;
            match is_seen || queue.is_over() {
                true => self.judge_experiment(id),
                false => self.comparing.compared.set(None),
            }
        }
        if queue.is_over() {
            self.comparing.pool.update_value(Seats::end);
            let n_failed = queue.failures().count();
            self.say(match n_failed {
                0 => "The comparison is done.".to_owned(),
                1 => "The comparison is done, but for a run that failed.".to_owned(),
                n => format!("The comparison is done, but for {n} runs that failed."),
            });
        }
    }

    /// Reads what a run is to do, and makes its record where it has none.
    async fn prepare(self, key: &RunKey) -> Result<Option<Order>, StoreError> {
        let (Some(project), Some(store)) = (self.work.project_id(), self.store()) else {
            return Ok(None);
        };
        let id = self.comparing.queue.read_untracked().as_ref().map(|it| it.0);
        let record = id.and_then(|id| untrack(|| self.comparing.experiment(id)));
        let Some(record) = record else { return Ok(None) };
        let Some(run) = record.planned(key) else { return Ok(None) };
        let Some(way) = record.ways.get(&run.base) else { return Ok(None) };
        let part = ExperimentPart { experiment: record.id, run: key.clone() };
        let base = record.experiment.base(&run.base).map_or(&*way.settings.base, |it| &*it.name);
        if let Some(number) = record.runs.get(key) {
            let resume = store.checkpoint(&project, *number).await?.is_some();
            let run = store.run(&project, *number).await?;
            return Ok(Some(Order { project, run, part, resume }));
        }
        let number = self.next_run(&project).await?;
        let mut name = format!("{base} · seed {}", run.seed);
        if record.experiment.split.folds.len() != 1 {
            name = format!("{name} · fold {}", run.fold + 1);
        }
        if run.share != 100 {
            name = format!("{name} · {} % of the texts", run.share);
        }
        let new = new_run(number, name, record.id, way, run.seed);
        store.put_run(&project, &new).await?;
        let keep = |it: &mut ExperimentRecord| {
            it.runs.insert(key.clone(), number);
        };
        self.change_experiment(&project, part.experiment, keep).await?;
        Ok(Some(Order { project, run: new, part, resume: false }))
    }

    /// Has a trainer do it, on the CPU where the graphics card gives up.
    async fn have_trained(
        self,
        order: &Order,
        slot: Slot,
        progress: &impl Fn(RunKey, f64) -> Event,
    ) -> End {
        let device = if slot == Slot::Gpu { Device::Gpu } else { Device::Cpu };
        let mut replies = self.ask_seat(order, slot, device, false);
        let ended = self.listen_to_run(order, &mut replies, progress).await;
        let End::Lost(why) = ended else { return ended };
        if device == Device::Cpu {
            return End::Lost(why);
        }
        let mut replies = self.ask_seat(order, slot, Device::Cpu, true);
        self.listen_to_run(order, &mut replies, progress).await
    }

    fn ask_seat(
        self,
        order: &Order,
        slot: Slot,
        device: Device,
        anew: bool,
    ) -> Replies<TrainReply> {
        let (project, run, part) = (order.project.clone(), order.run.id, Some(order.part.clone()));
        let mut replies = None;
        self.comparing.pool.update_value(|seats| {
            replies = Some(if order.run.is_nerine() {
                seats.few(slot).call(FewRequest::Train { project, run, part }, Vec::new())
            } else {
                let handle = match anew {
                    true => seats.spacy_anew(slot, device),
                    false => seats.spacy(slot, device),
                };
                let why_device = match (device, anew) {
                    (Device::Gpu, _) => "You chose the GPU.",
                    (Device::Cpu, true) => "The GPU gave up. Training went on on the CPU.",
                    (Device::Cpu, false) => "Several runs at a time share the CPU.",
                };
                let request = TrainRequest::Train {
                    project,
                    run,
                    resume: order.resume || anew,
                    why_device: why_device.to_owned(),
                    part,
                };
                handle.call(request, Vec::new())
            });
        });
        replies.expect("the pool is there as long as the page")
    }

    async fn listen_to_run(
        self,
        order: &Order,
        replies: &mut Replies<TrainReply>,
        progress: &impl Fn(RunKey, f64) -> Event,
    ) -> End {
        while let Some(answer) = replies.next().await {
            match answer {
                Ok((TrainReply::Progress(it), _)) => {
                    let event = progress(order.part.run.clone(), f64::from(it.done));
                    self.change_queue(event).await;
                }
                Ok((TrainReply::Done, _)) => return End::Done,
                Ok((TrainReply::Failed { why }, _)) => return End::Failed(why),
                Ok((TrainReply::DeviceLost { why }, _)) => return End::Lost(why),
                Ok((TrainReply::NotStored { why }, _)) => return End::NotStored(why),
                Ok(_) => {}
                Err(Fault::Stopped) => return End::Stopped,
                Err(fault) if order.run.is_nerine() => return End::Failed(words_of(&fault)),
                Err(fault) => return End::Lost(words_of(&fault)),
            }
        }
        End::Failed("training ended without a result".to_owned())
    }

    /// Says in a run's record why it failed.
    async fn mark_run_failed(self, key: &RunKey, why: &str) {
        let (Some(project), Some(store)) = (self.work.project_id(), self.store()) else { return };
        let id = self.comparing.queue.read_untracked().as_ref().map(|it| it.0);
        let record = id.and_then(|id| untrack(|| self.comparing.experiment(id)));
        let Some(number) = record.and_then(|it| it.runs.get(key).copied()) else { return };
        if let Ok(run) = store.run(&project, number).await {
            let run = RunRecord { state: RunState::Failed { why: sentence(&why) }, ..run };
            if let Err(error) = store.put_run(&project, &run).await {
                self.say(sentence(&error));
            }
        }
    }
}

fn new_run(id: RunId, name: String, of: ExperimentId, way: &Way, seed: u64) -> RunRecord {
    RunRecord {
        architecture: way.architecture.clone(),
        experiment: Some(of),
        ..RunRecord::new(
            id,
            name,
            browser::now_ms(),
            TrainSettings { seed, ..way.settings.clone() },
        )
    }
}
