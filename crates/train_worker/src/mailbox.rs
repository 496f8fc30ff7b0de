//! One request after the other, and a stop between two steps.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use learn::device::Device;
use link::Replier;
use protocol::{Program, TrainReply, TrainRequest};
use storage::IndexedDb;

use crate::work::{self, Page, Stopped, probe, suggest, train};

/// Answers the page, for as long as it lets the worker live.
pub fn start(program: Program) {
    let trainer = Rc::new(Trainer::new(program));
    link::serve(program, move |_, request: TrainRequest, _, replier| {
        let trainer = trainer.clone();
        async move { trainer.answer(request, replier).await }
    });
}

struct Trainer {
    program: Program,
    is_busy: Cell<bool>,
    stop: Rc<Cell<bool>>,
    /// The opened device and its name.
    device: RefCell<Option<(Device, String)>>,
}

/// The page, as far as a piece of work sees it.
struct Caller {
    replier: Replier<TrainReply>,
    stop: Rc<Cell<bool>>,
}

impl Page for Caller {
    fn send(&self, reply: TrainReply) {
        self.replier.send(reply);
    }

    fn wants_stop(&self) -> bool {
        self.stop.get()
    }

    async fn turn(&self) {
        link::yield_now().await;
    }
}

impl Trainer {
    fn new(program: Program) -> Self {
        let device = RefCell::default();
        Self { program, is_busy: Cell::default(), stop: Rc::default(), device }
    }

    async fn answer(&self, request: TrainRequest, replier: Replier<TrainReply>) {
        if matches!(request, TrainRequest::Stop) {
            return self.stop.set(true);
        }
        let page = Caller { replier, stop: self.stop.clone() };
        if self.is_busy.replace(true) {
            let why = "the trainer is still busy: wait until it is done".to_owned();
            return page.send(TrainReply::Failed { why });
        }
        self.stop.set(false);
        match self.work(request, &page).await {
            Ok(()) => {}
            Err(Stopped::Failed { why }) => page.send(TrainReply::Failed { why }),
            Err(Stopped::DeviceLost { why }) => page.send(TrainReply::DeviceLost { why }),
            Err(Stopped::NotStored { why }) => page.send(TrainReply::NotStored { why }),
        }
        self.is_busy.set(false);
    }

    async fn work(&self, request: TrainRequest, page: &Caller) -> Result<(), Stopped> {
        let (device, name) = self.device().await?;
        let kind = work::kind(self.program);
        let store = IndexedDb::open(IndexedDb::NAME);
        match request {
            TrainRequest::Probe => {
                page.send(TrainReply::Probed(probe(kind, &device, name).await));
                Ok(())
            }
            TrainRequest::Train { project, run, resume, why_device, now_ms: _ } => {
                let order = train::Order { project, run, resume, kind, why_device };
                train::train(&store.await?, page, &device, &order).await
            }
            TrainRequest::Suggest { project, run } => {
                suggest::suggest(&store.await?, page, &device, kind, &project, run).await
            }
            TrainRequest::Stop => Ok(()),
        }
    }

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
