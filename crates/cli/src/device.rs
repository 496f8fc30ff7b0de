//! What a run computes on.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use anyhow::Result;
use learn::device::{Device, cpu};

/// What a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Choice {
    /// Whatever is faster here
    Auto,
    /// The processor
    Cpu,
    /// The graphics card; needs a nerine that was built with the feature gpu
    Gpu,
}

/// Opens the device. The second value is what it is called in results.
#[cfg(not(feature = "gpu"))]
pub(crate) fn open(choice: Choice) -> Result<(Device, &'static str)> {
    match choice {
        Choice::Auto | Choice::Cpu => Ok((cpu(), "cpu")),
        Choice::Gpu => crate::refusal::refuse(
            "this nerine was built without the GPU: build it with --features gpu, or use \
             --device cpu",
        ),
    }
}

/// Opens the device. The second value is what it is called in results.
#[cfg(feature = "gpu")]
pub(crate) fn open(choice: Choice) -> Result<(Device, &'static str)> {
    use learn::device::Software;

    match choice {
        Choice::Cpu => Ok((cpu(), "cpu")),
        Choice::Gpu => match block_on(gpu(Software::Allowed)) {
            Ok(device) => Ok((device, "gpu")),
            Err(why) => crate::refusal::refuse(format!("{why}: use --device cpu")),
        },
        Choice::Auto => match block_on(faster_gpu()) {
            Ok(device) => Ok((device, "gpu")),
            Err(why) => {
                crate::say(&format!("training runs on the CPU: {why}"));
                Ok((cpu(), "cpu"))
            }
        },
    }
}

/// The graphics card, if it computes what the processor does; else why not.
#[cfg(feature = "gpu")]
async fn gpu(software: learn::device::Software) -> Result<Device, String> {
    /// Steps in which it must show that.
    const STEPS: usize = 6;

    let (device, _) = learn::device::gpu(software).await.map_err(|err| err.to_string())?;
    let words = |err: learn::LearnError| err.to_string();
    let wanted = learn::loss_trace(&cpu(), STEPS).await.map_err(words)?;
    let found = learn::loss_trace(&device, STEPS).await.map_err(words)?;
    learn::compare_traces(&found, &wanted).map_err(|err| err.to_string())?;
    Ok(device)
}

/// The graphics card, if it is also faster than the processor; else why not.
#[cfg(feature = "gpu")]
async fn faster_gpu() -> Result<Device, String> {
    let device = gpu(learn::device::Software::Refused).await?;
    let words = |err: learn::LearnError| err.to_string();
    let there = learn::words_per_sec(&device).await.map_err(words)?;
    let here = learn::words_per_sec(&cpu()).await.map_err(words)?;
    match here < there {
        true => Ok(device),
        false => {
            Err(format!("the graphics card learns {there:.0} words a second, the CPU {here:.0}"))
        }
    }
}

/// Wakes the thread that waits for a future.
struct Waiting(Thread);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Waiting(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
