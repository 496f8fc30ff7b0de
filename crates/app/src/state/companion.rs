//! What learns while a person annotates: a worker of its own, which hears of every answer, and says
//! what it would mark next and where it is unsure.

use std::collections::BTreeMap;
use std::sync::Arc;

use annotate::visible;
use corpus::Label;
use leptos::prelude::*;
use link::Fault;
use project::{DocNumber, ProjectId, RunId, TrainSettings};
use protocol::{FewRequest, Queued, TrainReply, Why};
use storage::{Store, StoreError};

use super::{App, Order};
use crate::browser;

/// The fewest accepted texts that it learns from.
pub(crate) const LEAST_ACCEPTED: u32 = 5;

/// The setting of this browser that says whether it learns.
const SETTING: &str = "learns-along";

/// Looks after the open project, of which perhaps a text was changed.
type Attend = fn(App, Option<DocNumber>);

/// What it is doing for the open project.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Following {
    project: ProjectId,
    /// The run whose model has a say beside it.
    run: Option<RunId>,
    labels: Vec<Label>,
    /// Texts that it has learned from; none while it starts.
    pub(crate) texts: Option<u32>,
}

/// What learns while a person annotates. A handful of pointers, so it is copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Companion {
    /// Whether a person wants it.
    pub(crate) is_on: RwSignal<bool>,
    /// What it is doing; none while there is too little to learn from.
    pub(crate) following: RwSignal<Option<Following>>,
    /// The place of each text in the order of what is worth most, and why it stands there.
    pub(crate) queue: RwSignal<Arc<BTreeMap<DocNumber, (u32, Why)>>>,
    /// What to do when the project or a text in it has changed: none before somebody annotates, so
    /// that the code for it need not be there sooner.
    attend: StoredValue<Option<Attend>>,
}

impl Companion {
    pub(super) fn new() -> Self {
        Self {
            is_on: RwSignal::new(true),
            following: RwSignal::new(None),
            queue: RwSignal::new(Arc::default()),
            attend: StoredValue::new(None),
        }
    }
}

impl App {
    /// Reads whether a person wants it.
    pub(super) async fn read_companion(self) {
        let Some(store) = self.store() else { return };
        if let Ok(Some(bytes)) = store.setting(SETTING).await {
            self.companion.is_on.set(bytes != [0]);
        }
    }

    /// Turns it on or off, for every project.
    pub(crate) fn let_companion_learn(self, is_on: bool) {
        self.companion.is_on.set(is_on);
        if is_on {
            self.follow_along();
        } else {
            self.stop_following();
            if !self.work.chose_order.get_value() {
                self.work.order.set(Order::Imported);
            }
        }
        browser::spawn(async move {
            if let Some(store) = self.store()
                && let Err(error) = store.put_setting(SETTING, &[u8::from(is_on)]).await
            {
                self.say(super::sentence(&error));
            }
        });
    }

    /// Has it learn from now on, wherever a text is answered.
    pub(crate) fn begin_to_learn_along(self) {
        self.companion.attend.set_value(Some(App::attend));
        self.follow_along();
    }

    /// Has it learn from the open project, if that is wanted and possible.
    pub(super) fn follow_along(self) {
        if let Some(attend) = self.companion.attend.get_value() {
            attend(self, None);
        }
    }

    /// Tells it of a text that was answered, or whose marks have changed since.
    pub(super) fn tell_companion(self, doc: DocNumber) {
        if let Some(attend) = self.companion.attend.get_value() {
            attend(self, Some(doc));
        }
    }

    fn attend(self, changed: Option<DocNumber>) {
        // Where it begins now, it reads the text as it is.
        if self.keep_following()
            && let Some(doc) = changed
        {
            drop(self.workers().companion.call(FewRequest::Changed(doc), Vec::new()));
        }
    }

    /// Begins, as soon as there is something to learn from and nothing is in the way. True when it
    /// had begun before.
    fn keep_following(self) -> bool {
        let (work, companion) = (self.work, self.companion);
        let project = work.project.read_untracked();
        let Some(project) = project.as_ref() else { return false };
        let run = project.suggesting.map(|id| {
            let runs = work.runs.read_untracked();
            runs.iter().find(|it| it.id == id).map(|it| (it.id, it.is_nerine()))
        });
        let run = match run {
            None => None,
            Some(Some((run, true))) => Some(run),
            // A pipeline suggests, as a person wished, or the runs are not read yet.
            Some(_) => {
                self.stop_following();
                return false;
            }
        };
        let labels = self.marked_labels();
        let is_ready = self.training.suggesting.read_untracked().is_none()
            && companion.is_on.get_untracked()
            && work.is_writable.get_untracked()
            && LEAST_ACCEPTED <= project.counts.accepted
            && project.counts.answered() < project.counts.docs
            && !labels.is_empty();
        if !is_ready {
            return false;
        }
        let wanted = Following { project: project.id.clone(), run, labels, texts: None };
        if self.follows(&wanted) {
            return true;
        }
        self.stop_following();
        companion.following.set(Some(wanted.clone()));
        browser::spawn(self.hear_companion(wanted));
        false
    }

    /// Whether it does this, however many texts it has learned from.
    fn follows(self, wanted: &Following) -> bool {
        let following = self.companion.following.read_untracked();
        let texts = wanted.texts;
        following.as_ref().is_some_and(|it| Following { texts, ..it.clone() } == *wanted)
    }

    /// The labels of the open project that have marks.
    fn marked_labels(self) -> Vec<Label> {
        let counts = self.work.label_counts.read_untracked();
        let is_marked = |it: &Label| counts.get(it).is_some_and(|n| *n != 0);
        let labels = untrack(|| self.work.labels()).into_iter().map(|it| it.label);
        labels.filter(is_marked).collect()
    }

    /// Ends it: another project, another model, or no wish for it.
    pub(super) fn stop_following(self) {
        if self.companion.following.read_untracked().is_some() {
            self.companion.following.set(None);
            self.companion.queue.set(Arc::default());
            self.workers().companion.terminate();
        }
    }

    async fn hear_companion(self, wanted: Following) {
        let companion = self.companion;
        let Following { project, run, labels, .. } = wanted.clone();
        let request = FewRequest::Follow { project: project.clone(), labels, run, seed: 1 };
        let mut replies = self.workers().companion.call(request, Vec::new());
        while let Some(answer) = replies.next().await {
            if !self.follows(&wanted) {
                return;
            }
            match answer {
                Ok((TrainReply::Following { texts }, _)) => {
                    companion
                        .following
                        .set(Some(Following { texts: Some(texts), ..wanted.clone() }));
                    self.train_when_grown(texts);
                }
                Ok((TrainReply::Refreshed(docs), _)) => {
                    if let Err(error) = self.refresh_suggestions(&project, &docs).await {
                        self.say(super::sentence(&error));
                    }
                }
                Ok((TrainReply::Ranked(order), _)) => self.rank(&order),
                Err(Fault::Stopped) => return,
                // It is started again behind the next answer.
                Ok((TrainReply::Failed { .. } | TrainReply::NotStored { .. }, _)) | Err(_) => break,
                Ok(_) => {}
            }
        }
        companion.following.set(None);
        companion.queue.set(Arc::default());
    }

    /// Trains at length again, as the person did before, when there is a third more to learn from.
    fn train_when_grown(self, texts: u32) {
        let suggesting = self.work.project.read_untracked().as_ref().and_then(|it| it.suggesting);
        let record = {
            let runs = self.work.runs.read_untracked();
            runs.iter().find(|it| Some(it.id) == suggesting && it.is_nerine()).cloned()
        };
        let Some(record) = record else { return };
        let trained = record.split.train;
        let training = self.training;
        let is_idle =
            training.live.read_untracked().is_none() && training.trouble.read_untracked().is_none();
        if is_idle && trained + trained.div_ceil(3) <= texts {
            self.train_along(TrainSettings { labels: self.marked_labels(), ..record.settings });
        }
    }

    fn rank(self, order: &[Queued]) {
        let places = (0..).zip(order).map(|(at, it)| (it.doc, (at, it.why)));
        self.companion.queue.set(Arc::new(places.collect()));
        if self.work.order.get_untracked() == Order::Imported && !self.work.chose_order.get_value()
        {
            self.work.order.set(Order::WorthMost);
        }
    }

    /// Reads suggestions that were made anew. Those of the text in front stay as they are while
    /// somebody reads them.
    async fn refresh_suggestions(
        self,
        project: &ProjectId,
        docs: &[DocNumber],
    ) -> Result<(), StoreError> {
        let work = self.work;
        let Some(store) = self.store() else { return Ok(()) };
        let front = work.text.read_untracked().as_ref().map(|it| it.number);
        let mut fresh = Vec::new();
        for doc in docs.iter().filter(|it| Some(**it) != front) {
            let decided = store.annotation(project, *doc).await?.annotation;
            let made = store.suggestions(project, *doc, 1).await?;
            fresh.extend(made.into_iter().map(|(doc, it)| (doc, it.suggestions, decided.clone())));
        }
        if work.project_id().as_ref() != Some(project) {
            return Ok(());
        }
        // It may have come in front meanwhile.
        let front = work.text.read_untracked().as_ref().map(|it| it.number);
        fresh.retain(|(doc, ..)| Some(*doc) != front);
        let min_score = work.min_score.get_untracked();
        let overlaps = work.project.read_untracked().as_ref().is_some_and(|it| it.overlaps_allowed);
        work.states.update(|states| {
            for (doc, suggestions, decided) in &fresh {
                if let Some(state) = states.get_mut(doc.0 as usize) {
                    let open = visible(suggestions, decided, min_score, overlaps);
                    state.suggested = open.count() as u32;
                }
            }
        });
        work.cache.update_value(|cache| {
            for (doc, suggestions, _) in fresh {
                if let Some(loaded) = cache.get_mut(&doc.0) {
                    loaded.suggestions = suggestions;
                }
            }
        });
        Ok(())
    }
}
