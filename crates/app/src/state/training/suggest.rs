//! A model predicts the texts that are to do.

use leptos::prelude::*;
use project::{ProjectId, RunId};
use protocol::{FewRequest, TrainReply};
use storage::{Store, StoreError};

use super::super::{App, sentence};
use super::Suggesting;
use crate::browser;
use crate::words;

impl App {
    /// Has a run's model suggest from now on.
    pub(crate) fn use_for_suggestions(self, run: RunId) {
        let Some(project) = self.work.project_id() else { return };
        browser::spawn(self.suggest(project, run, false, false));
    }

    /// Predicts the texts that are to do, and shows what was found. A spaCy pipeline `is_scored`
    /// where it was not yet. Beside a person who annotates, `is_along`, nothing is said of what was
    /// found, and the text in front keeps what it has.
    pub(in crate::state) async fn suggest(
        self,
        project: ProjectId,
        run: RunId,
        is_scored: bool,
        is_along: bool,
    ) {
        let training = self.training;
        if training.suggesting.read_untracked().is_some() {
            return;
        }
        let begun = Suggesting { project: project.clone(), run, done: 0, total: 0 };
        training.suggesting.set(Some(begun));
        // Two would write over each other.
        self.stop_following();
        let record = match self.store() {
            Some(store) => store.run(&project, run).await.map_err(|it| sentence(&it)),
            None => Err("This browser keeps nothing.".to_owned()),
        };
        let made = match record {
            Ok(it) if it.is_spacy() => self.hear_pipeline(&project, run, is_scored).await,
            Ok(it) if it.is_nerine() => self.hear_suggestions(&project, run).await,
            Ok(_) => Err("An earlier Nerine made this model. Train it again.".to_owned()),
            Err(why) => Err(why),
        };
        training.suggesting.set(None);
        match made {
            Ok((docs, spans, said)) => {
                if let Err(error) = self.show_suggestions(&project, run, is_along).await {
                    return self.say(sentence(&error));
                }
                if is_along {
                    return;
                }
                self.say(match docs {
                    0 => format!("No text is to do, so there is nothing to suggest.{said}"),
                    docs => format!(
                        "{} in {}.{said}",
                        words::counted(spans, "suggestion", "suggestions"),
                        words::counted(docs, "text", "texts"),
                    ),
                });
            }
            Err(why) => self.say(format!("No suggestions were made. {why}")),
        }
    }

    /// How many texts were looked at and spans found, or the sentence why not.
    async fn hear_suggestions(
        self,
        project: &ProjectId,
        run: RunId,
    ) -> Result<(u32, u32, String), String> {
        let request = FewRequest::Suggest { project: project.clone(), run };
        let mut replies = self.workers().train_few.call(request, Vec::new());
        while let Some(answer) = replies.next().await {
            match answer.map_err(|fault| sentence(&fault))?.0 {
                TrainReply::Suggesting { done, total } => {
                    self.training.suggesting.update(|it| {
                        if let Some(suggesting) = it {
                            suggesting.done = done;
                            suggesting.total = total;
                        }
                    });
                }
                TrainReply::Suggested { docs, spans } => return Ok((docs, spans, String::new())),
                TrainReply::Failed { why }
                | TrainReply::DeviceLost { why }
                | TrainReply::NotStored { why } => {
                    return Err(sentence(&why));
                }
                TrainReply::Probed(_)
                | TrainReply::Started { .. }
                | TrainReply::Progress(_)
                | TrainReply::Evaluated(_)
                | TrainReply::Done
                | TrainReply::Following { .. }
                | TrainReply::Refreshed(_)
                | TrainReply::Ranked(_)
                | TrainReply::Planned
                | TrainReply::Compared(_)
                | TrainReply::Report(_)
                | TrainReply::Read(_) => {}
            }
        }
        Err("The trainer gave no answer. Try again.".to_owned())
    }

    async fn show_suggestions(
        self,
        project: &ProjectId,
        run: RunId,
        is_along: bool,
    ) -> Result<(), StoreError> {
        self.update_project(project.clone(), move |it| it.suggesting = Some(run)).await?;
        if self.work.project_id().as_ref() == Some(project) {
            self.reload_suggestions(is_along).await?;
            self.follow_along();
        }
        Ok(())
    }
}
