//! The programs beside the page. Each is fetched with the first call that needs it.

use link::{Handle, Patience};
use project::Device;
use protocol::{BUILD, FewRequest, IoReply, IoRequest, Program, TrainReply, TrainRequest};

/// A handle of each program.
pub(crate) struct Workers {
    pub(crate) io: Handle<IoRequest, IoReply>,
    pub(crate) train_cpu: Handle<TrainRequest, TrainReply>,
    pub(crate) train_gpu: Handle<TrainRequest, TrainReply>,
    pub(crate) train_few: Handle<FewRequest, TrainReply>,
    /// The same program once more, which learns while a person annotates.
    pub(crate) companion: Handle<FewRequest, TrainReply>,
    /// And once more, which plans and judges experiments.
    pub(crate) judge: Handle<FewRequest, TrainReply>,
}

impl Workers {
    pub(crate) fn new() -> Self {
        Self {
            io: Handle::new(&url("io_worker"), Program::Io, Patience::default()),
            train_cpu: Self::new_train(Device::Cpu),
            train_gpu: Self::new_train(Device::Gpu),
            train_few: Self::new_few(),
            companion: Self::new_few(),
            judge: Self::new_few(),
        }
    }

    /// One more trainer of spaCy's architecture.
    pub(crate) fn new_train(device: Device) -> Handle<TrainRequest, TrainReply> {
        // A step on a slow graphics card, with its shaders still to be compiled, may take long.
        let slow = Patience { silence_secs: 120, ..Patience::default() };
        match device {
            Device::Cpu => Handle::new(&url("train_cpu"), Program::TrainCpu, slow),
            Device::Gpu => Handle::new(&url("train_gpu"), Program::TrainGpu, slow),
        }
    }

    /// One more trainer of Nerine's own learner.
    pub(crate) fn new_few() -> Handle<FewRequest, TrainReply> {
        Handle::new(&url("train_few"), Program::TrainFew, Patience::default())
    }

    pub(crate) fn train(&self, device: Device) -> &Handle<TrainRequest, TrainReply> {
        match device {
            Device::Cpu => &self.train_cpu,
            Device::Gpu => &self.train_gpu,
        }
    }
}

/// Where a program's start script lies, beside the page; the build keeps an old one out of it.
fn url(program: &str) -> String {
    format!("./{program}_loader.js?v={BUILD}")
}
