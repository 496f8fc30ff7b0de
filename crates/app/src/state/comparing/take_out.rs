//! Experiments that are taken home.

use leptos::prelude::*;
use project::ExperimentId;
use protocol::IoRequest;

use crate::browser;
use crate::state::App;

impl App {
    /// Saves an experiment as a spaCy project, with the browser's downloads.
    pub(crate) fn save_spacy_project(self, experiment: ExperimentId) {
        let Some(project) = self.work.project_id() else { return };
        let packing = self.comparing.packing;
        if packing.read_untracked().is_some() {
            return;
        }
        packing.set(Some(0));
        browser::spawn(async move {
            let request = IoRequest::PackExperiment { project, experiment };
            let saved = self.have_packed(request, move |done| packing.set(Some(done))).await;
            packing.set(None);
            match saved {
                Ok(file) => self.say(format!("Saved as {file}. It is with your downloads.")),
                Err(why) => self.say(why),
            }
        });
    }
}
