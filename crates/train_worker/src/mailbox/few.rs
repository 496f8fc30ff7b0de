use protocol::{FewRequest, Program};
use storage::IndexedDb;

use super::{Caller, Trainer, serve};
use crate::work::{Stopped, few};

/// Answers the page as the trainer of Nerine's own learner.
pub fn start_few() {
    serve(Program::TrainFew, Few::default());
}

#[derive(Default)]
struct Few {
    inbox: few::Inbox,
}

impl Trainer for Few {
    type Request = FewRequest;

    fn is_stop(&self, request: &FewRequest) -> bool {
        let is_stop = matches!(request, FewRequest::Stop);
        if is_stop {
            self.inbox.close();
        }
        is_stop
    }

    fn is_taken(&self, request: &FewRequest) -> bool {
        let FewRequest::Changed(doc) = request else { return false };
        self.inbox.put(*doc);
        true
    }

    async fn work(&self, request: FewRequest, page: &Caller) -> Result<(), Stopped> {
        let store = IndexedDb::open(IndexedDb::NAME).await?;
        match request {
            FewRequest::Train { project, run, part } => {
                few::train::train(&store, page, &project, run, part.as_ref()).await
            }
            FewRequest::Plan { project, plan } => {
                few::plan::plan(&store, page, &project, *plan).await
            }
            FewRequest::Compare { project, experiment } => {
                few::compare::compare(&store, page, &project, experiment).await
            }
            FewRequest::Report { project, experiment, form, made } => {
                few::compare::report(&store, page, &project, experiment, form, made).await
            }
            FewRequest::Read { project, run, docs } => {
                few::suggest::read(&store, page, &project, run, &docs).await
            }
            FewRequest::Suggest { project, run } => {
                few::suggest::suggest(&store, page, &project, run).await
            }
            FewRequest::Follow { project, labels, run, seed } => {
                self.inbox.open();
                let order = few::companion::Order { project, labels, run, seed };
                few::companion::follow(&store, page, &self.inbox, order).await
            }
            FewRequest::Changed(_) | FewRequest::Stop => Ok(()),
        }
    }
}
