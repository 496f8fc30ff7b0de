//! Training, as the page drives it: the device is chosen, the worker is asked, and what it tells
//! is kept here, whatever screen is in front.

mod config;
mod device;
mod run;
mod runs;
mod suggest;

use leptos::prelude::*;
use project::{Device, DeviceChoice, Evaluation, ProjectId, RunId, SplitCounts};
use protocol::TrainProgress;
use screen::draft::{Draft, Learner};

pub(crate) use device::Graphics;
pub(super) use run::words_of;
pub(super) use runs::own;

/// How far the training that runs here is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The devices are tried out.
    Trying,
    /// The trainer is fetched and reads the texts.
    Starting,
    /// It learns.
    Learning,
    /// It was asked to stop, and keeps its best.
    Stopping,
}

/// The training that runs on this page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Live {
    pub(crate) project: ProjectId,
    pub(crate) run: RunId,
    pub(crate) name: String,
    pub(crate) learner: Learner,
    /// Whether nobody asked for it: it was due, since there is more to learn from.
    pub(crate) is_along: bool,
    pub(crate) phase: Phase,
    /// What it runs on and why; none while that is not known.
    pub(crate) device: Option<(Device, String)>,
    /// Texts on each side; none until they are read.
    pub(crate) split: Option<SplitCounts>,
    /// Marks that cannot be learned, since they do not fall on tokens or overlap another.
    pub(crate) unlearnable: u32,
}

/// What went wrong with a run, and whether it can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) project: ProjectId,
    /// The run that can go on from its checkpoint; none when there is nothing to go on with.
    pub(crate) resume: Option<RunId>,
    pub(crate) sentence: String,
}

/// What a `config.cfg` gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FromConfig {
    /// What was taken over, as a sentence.
    pub(crate) taken: String,
    /// Each setting that was not, with the reason.
    pub(crate) left: Vec<String>,
}

/// Suggestions that are being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggesting {
    pub(crate) project: ProjectId,
    pub(crate) run: RunId,
    pub(crate) done: u32,
    pub(crate) total: u32,
}

/// Training on this page. A handful of pointers, so it is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Training {
    /// The training that runs here; none while none does.
    pub(crate) live: RwSignal<Option<Live>>,
    pub(crate) progress: RwSignal<TrainProgress>,
    pub(crate) curve: RwSignal<Vec<Evaluation>>,
    pub(crate) suggesting: RwSignal<Option<Suggesting>>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    /// The settings of the next run, as they are typed; none before the screen was seen.
    pub(crate) draft: RwSignal<Option<Draft>>,
    /// What was taken over from a `config.cfg`, and what was not; or why it could not be read.
    pub(crate) config: RwSignal<Option<Result<FromConfig, String>>>,
    /// The run a person chose to look at; none shows the one that trains, else the newest.
    pub(crate) viewed: RwSignal<Option<RunId>>,
    /// What the browser says about its GPU; none until it was asked.
    pub(crate) graphics: RwSignal<Option<Graphics>>,
    /// The device that was faster in a race on this page, and why.
    pub(crate) raced: RwSignal<Option<(Device, String)>>,
    /// What the worker told since the screen was last changed.
    heard: StoredValue<Heard>,
    /// Grows with every training, so that a device that answers late is not listened to.
    attempt: StoredValue<u32>,
}

/// News that waits to be shown: live figures change at most four times a second.
#[derive(Default)]
struct Heard {
    progress: Option<TrainProgress>,
    evaluations: Vec<Evaluation>,
    is_due: bool,
}

impl Training {
    pub(super) fn new() -> Self {
        Self {
            live: RwSignal::new(None),
            progress: RwSignal::new(TrainProgress::default()),
            curve: RwSignal::new(Vec::new()),
            suggesting: RwSignal::new(None),
            trouble: RwSignal::new(None),
            draft: RwSignal::new(None),
            config: RwSignal::new(None),
            viewed: RwSignal::new(None),
            graphics: RwSignal::new(None),
            raced: RwSignal::new(None),
            heard: StoredValue::new(Heard::default()),
            attempt: StoredValue::new(0),
        }
    }

    /// Shows what was heard, in a moment.
    fn hear(self, progress: Option<TrainProgress>, evaluation: Option<Evaluation>) {
        let was_due = self.heard.try_update_value(|heard| {
            heard.progress = progress.or(heard.progress);
            heard.evaluations.extend(evaluation);
            std::mem::replace(&mut heard.is_due, true)
        });
        if was_due == Some(false) {
            gloo::timers::callback::Timeout::new(250, move || self.show_heard()).forget();
        }
    }

    fn show_heard(self) {
        let Some(heard) = self.heard.try_update_value(std::mem::take) else { return };
        if let Some(progress) = heard.progress {
            self.progress.set(progress);
        }
        if !heard.evaluations.is_empty() {
            self.curve.update(|it| it.extend(heard.evaluations));
        }
    }

    fn forget_figures(self) {
        self.heard.update_value(|it| {
            it.progress = None;
            it.evaluations.clear();
        });
        self.progress.set(TrainProgress::default());
        self.curve.set(Vec::new());
    }

    fn set_phase(self, phase: Phase) {
        self.live.update(|it| {
            if let Some(live) = it {
                live.phase = phase;
            }
        });
    }

    /// Whether this run trains here now. Tracked.
    pub(crate) fn is_live(self, project: &ProjectId, run: RunId) -> bool {
        self.live.read().as_ref().is_some_and(|it| it.run == run && it.project == *project)
    }
}

/// What a person calls a device.
pub(crate) fn device_name(device: Device) -> &'static str {
    match device {
        Device::Cpu => "CPU",
        Device::Gpu => "GPU",
    }
}

/// What a person calls a choice of device.
pub(crate) fn choice_name(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Auto => "Auto",
        DeviceChoice::Cpu => "CPU",
        DeviceChoice::Gpu => "GPU",
    }
}
