use std::cell::RefCell;

use learn::device::Device;
use protocol::{Program, TrainReply, TrainRequest};
use storage::IndexedDb;

use super::{Caller, Trainer, serve};
use crate::work::{self, Page as _, Stopped, probe, train};

/// Answers the page as a trainer of spaCy's architecture.
pub fn start(program: Program) {
    serve(program, Spacy { program, device: RefCell::default() });
}

struct Spacy {
    program: Program,
    /// The opened device and its name.
    device: RefCell<Option<(Device, String)>>,
}

impl Trainer for Spacy {
    type Request = TrainRequest;

    fn is_stop(&self, request: &TrainRequest) -> bool {
        matches!(request, TrainRequest::Stop)
    }

    async fn work(&self, request: TrainRequest, page: &Caller) -> Result<(), Stopped> {
        let (device, name) = self.device().await?;
        let kind = work::kind(self.program);
        match request {
            TrainRequest::Probe => {
                page.send(TrainReply::Probed(probe(kind, &device, name).await));
                Ok(())
            }
            TrainRequest::Train { project, run, resume, why_device, part } => {
                let store = IndexedDb::open(IndexedDb::NAME).await?;
                let order = train::Order { project, run, resume, kind, why_device, part };
                train::train(&store, page, &device, &order).await
            }
            TrainRequest::Read { project, run, docs } => {
                let store = IndexedDb::open(IndexedDb::NAME).await?;
                work::pipeline::read_docs(&store, page, &project, run, &docs).await
            }
            TrainRequest::Stop => Ok(()),
        }
    }
}

impl Spacy {
    /// Opens the device with the first request.
    async fn device(&self) -> Result<(Device, String), Stopped> {
        let known = self.device.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let opened = open(self.program).await?;
        self.device.replace(Some(opened.clone()));
        Ok(opened)
    }
}

#[cfg_attr(
    not(feature = "gpu"),
    expect(clippy::unused_async, reason = "only a graphics card takes its time")
)]
async fn open(program: Program) -> Result<(Device, String), Stopped> {
    match program {
        #[cfg(feature = "gpu")]
        Program::TrainGpu => {
            use learn::device::{Software, gpu};

            // The page knows what the adapter is, and lets only those who ask for it have software.
            let opened = gpu(Software::Allowed).await;
            let (device, adapter) =
                opened.map_err(|err| Stopped::DeviceLost { why: err.to_string() })?;
            Ok((device, adapter.name))
        }
        _ => Ok((learn::device::cpu(), "CPU".to_owned())),
    }
}
