//! One request after the other, and a stop between two steps.

mod few;
mod spacy;

use std::cell::Cell;
use std::rc::Rc;

use link::Replier;
use protocol::{Program, TrainReply};
use serde::de::DeserializeOwned;

use crate::work::{Page, Stopped};

pub use few::start_few;
pub use spacy::start;

/// Whoever does what the page asks for.
trait Trainer: 'static {
    type Request: DeserializeOwned + 'static;

    /// Whether the page wants what is being done to end.
    fn is_stop(&self, request: &Self::Request) -> bool;

    /// Takes a message to what is being done, if it is one.
    fn is_taken(&self, _request: &Self::Request) -> bool {
        false
    }

    async fn work(&self, request: Self::Request, page: &Caller) -> Result<(), Stopped>;
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

/// Answers the page, for as long as it lets the worker live.
fn serve<T: Trainer>(program: Program, trainer: T) {
    let (trainer, is_busy, stop) = (Rc::new(trainer), Rc::new(Cell::new(false)), Rc::default());
    link::serve(program, move |_, request: T::Request, _, replier| {
        let page = Caller { replier, stop: Rc::clone(&stop) };
        let (trainer, is_busy) = (trainer.clone(), is_busy.clone());
        async move {
            if trainer.is_stop(&request) {
                return page.stop.set(true);
            }
            if trainer.is_taken(&request) {
                return;
            }
            if is_busy.replace(true) {
                let why = "the trainer is still busy: wait until it is done".to_owned();
                return page.send(TrainReply::Failed { why });
            }
            page.stop.set(false);
            match trainer.work(request, &page).await {
                Ok(()) => {}
                Err(Stopped::Failed { why }) => page.send(TrainReply::Failed { why }),
                Err(Stopped::DeviceLost { why }) => page.send(TrainReply::DeviceLost { why }),
                Err(Stopped::NotStored { why }) => page.send(TrainReply::NotStored { why }),
            }
            is_busy.set(false);
        }
    });
}
