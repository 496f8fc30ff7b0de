//! Which device a run trains on, and why.

use js_sys::{Array, Object, Promise};
use leptos::prelude::*;
use project::{Device, DeviceChoice};
use protocol::{Probe, TrainReply, TrainRequest};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::super::{App, sentence};
use super::device_name;
use super::run::words_of;
use crate::browser;
use crate::words;

/// What the browser says about its graphics card, before anything is fetched for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Graphics {
    /// It offers none.
    None,
    /// It only imitates one on the processor.
    Software,
    /// It offers one that the trainer cannot use.
    Unfit,
    /// It offers one.
    Ready,
}

impl Graphics {
    /// Asks the browser.
    async fn ask() -> Self {
        Self::look().await.unwrap_or(Graphics::None)
    }

    async fn look() -> Option<Self> {
        let gpu = browser::get(&browser::window().navigator(), "gpu")?;
        let options = Object::new();
        browser::set(&options, "powerPreference", "high-performance");
        let promise: Promise =
            browser::call(&gpu, "requestAdapter", &Array::of1(&options))?.dyn_into().ok()?;
        let adapter = JsFuture::from(promise).await.ok().filter(|it| !it.is_null())?;
        if is_software(&adapter) {
            return Some(Graphics::Software);
        }
        let features = browser::get(&adapter, "features")?;
        // Without time stamps the trainer's compute library ends in a panic.
        let has = browser::call(&features, "has", &Array::of1(&"timestamp-query".into()));
        match has.and_then(|it| it.as_bool()) {
            Some(true) => Some(Graphics::Ready),
            _ => Some(Graphics::Unfit),
        }
    }

    /// What a person is told when this decides.
    pub(crate) fn why_not(self) -> Option<&'static str> {
        match self {
            Graphics::None => Some("No GPU here. Training runs on the CPU."),
            Graphics::Software => {
                Some("The browser only imitates a GPU here. Training runs on the CPU.")
            }
            Graphics::Unfit => {
                Some("This GPU does not offer what training needs. Training runs on the CPU.")
            }
            Graphics::Ready => None,
        }
    }
}

/// Whether an adapter runs on the processor.
fn is_software(adapter: &JsValue) -> bool {
    let info = browser::get(adapter, "info").unwrap_or_else(|| Object::new().into());
    let is_true = |object: &JsValue| {
        browser::get(object, "isFallbackAdapter").and_then(|it| it.as_bool()).unwrap_or(false)
    };
    let says = |name: &str| {
        let text = browser::get(&info, name).and_then(|it| it.as_string()).unwrap_or_default();
        text.to_ascii_lowercase().contains("swiftshader")
    };
    is_true(adapter)
        || is_true(&info)
        || ["architecture", "device", "description", "vendor"].into_iter().any(says)
}

/// A sentence about a device, with its name where the browser tells it.
fn named(sentence: &str, name: &str) -> String {
    match name.trim() {
        "" => format!("{sentence}."),
        name => format!("{sentence} ({name})."),
    }
}

impl App {
    /// Asks the browser about its GPU, unless it was asked. Fetches nothing.
    pub(crate) async fn look_for_graphics(self) -> Graphics {
        if let Some(known) = self.training.graphics.get_untracked() {
            return known;
        }
        let found = Graphics::ask().await;
        self.training.graphics.set(Some(found));
        found
    }

    /// Chooses what to train on, and says why.
    pub(super) async fn choose_device(self, choice: DeviceChoice) -> (Device, String) {
        match choice {
            DeviceChoice::Cpu => (Device::Cpu, "You chose the CPU.".to_owned()),
            DeviceChoice::Gpu => self.check_gpu().await,
            DeviceChoice::Auto => {
                if let Some(raced) = self.training.raced.get_untracked() {
                    return raced;
                }
                let chosen = self.race().await;
                self.training.raced.set(Some(chosen.clone()));
                chosen
            }
        }
    }

    /// A person wants the GPU: it is used when it computes what the CPU computes, be it software.
    async fn check_gpu(self) -> (Device, String) {
        match self.look_for_graphics().await {
            Graphics::Software | Graphics::Ready => {}
            none => return (Device::Cpu, none.why_not().unwrap_or_default().to_owned()),
        }
        match self.probe(Device::Gpu).await {
            Ok(probe) => (Device::Gpu, named("You chose the GPU", &probe.name)),
            Err(why) => (Device::Cpu, why),
        }
    }

    /// The GPU is used when it is one, computes what the CPU computes, and is faster.
    async fn race(self) -> (Device, String) {
        if let Some(why) = self.look_for_graphics().await.why_not() {
            return (Device::Cpu, why.to_owned());
        }
        let gpu = match self.probe(Device::Gpu).await {
            Ok(gpu) => gpu,
            Err(why) => return (Device::Cpu, why),
        };
        let Ok(cpu) = self.probe(Device::Cpu).await else {
            return (Device::Gpu, named("The CPU could not be tried, so it is the GPU", &gpu.name));
        };
        let speed = |probe: &Probe| words::count(probe.words_per_sec.max(0.0) as u64);
        let (gpu_speed, cpu_speed) = (speed(&gpu), speed(&cpu));
        let (device, faster, slower) = match cpu.words_per_sec < gpu.words_per_sec {
            true => (Device::Gpu, gpu_speed, cpu_speed),
            false => (Device::Cpu, cpu_speed, gpu_speed),
        };
        let (name, other) = match device {
            Device::Gpu => ("GPU", "CPU"),
            Device::Cpu => ("CPU", "GPU"),
        };
        let why = format!(
            "The {name} is faster here: {faster} words a second, the {other} does {slower}."
        );
        (device, why)
    }

    /// Tries a device out. An error is the sentence why not.
    async fn probe(self, device: Device) -> Result<Probe, String> {
        let name = device_name(device);
        let handle = self.workers().train(device).clone();
        let why_not = match handle.ask(TrainRequest::Probe, Vec::new()).await {
            Ok((TrainReply::Probed(probe), _)) => match (&probe.why_not, probe.sound) {
                (None, true) => return Ok(probe),
                (Some(why), _) => sentence(why),
                (None, false) => format!("The {name} computes other numbers than the CPU here."),
            },
            Ok((
                TrainReply::Failed { why }
                | TrainReply::DeviceLost { why }
                | TrainReply::NotStored { why },
                _,
            )) => sentence(&why),
            Ok(_) => format!("The {name} gave no answer."),
            Err(fault) => {
                format!("The {name} cannot be used: {}.", words_of(&fault).trim_end_matches('.'))
            }
        };
        // A device that failed is not asked again by the same worker.
        handle.terminate();
        Err(format!("{why_not} Training runs on the CPU."))
    }
}
