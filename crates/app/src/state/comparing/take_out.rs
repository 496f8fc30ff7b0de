//! Experiments that are taken home.

use leptos::prelude::*;
use project::{ExperimentId, ProjectId};
use protocol::{IoReply, IoRequest};

use crate::browser;
use crate::state::{App, sentence};

impl App {
    /// Saves an experiment as a spaCy project, with the browser's downloads.
    pub(crate) fn save_spacy_project(self, id: ExperimentId) {
        let Some(project) = self.work.project_id() else { return };
        let packing = self.comparing.packing;
        if packing.read_untracked().is_some() {
            return;
        }
        packing.set(Some(0));
        browser::spawn(async move {
            let saved = self.hear_of_spacy_project(project, id).await;
            packing.set(None);
            match saved {
                Ok(file) => self.say(format!("Saved as {file}. It is with your downloads.")),
                Err(why) => self.say(why),
            }
        });
    }

    /// The name of the file that was saved, or why none was.
    async fn hear_of_spacy_project(
        self,
        project: ProjectId,
        experiment: ExperimentId,
    ) -> Result<String, String> {
        let request = IoRequest::PackExperiment { project, experiment };
        let mut replies = self.workers().io.call(request, Vec::new());
        while let Some(answer) = replies.next().await {
            match answer.map_err(|fault| sentence(&fault))? {
                (IoReply::Progress { done, .. }, _) => self.comparing.packing.set(Some(done)),
                (IoReply::Packed(file), blobs) => {
                    for blob in &blobs {
                        browser::download(&file.name, blob);
                    }
                    return Ok(file.name);
                }
                (IoReply::Failed { why }, _) => return Err(why),
                _ => {}
            }
        }
        Err("The spaCy project was not written to its end. Try again.".to_owned())
    }
}
