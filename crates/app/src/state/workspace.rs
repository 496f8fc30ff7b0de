use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use annotate::{Boundaries, Entry, History, Suggestion, visible};
use corpus::{Annotation, Answer, Label, LabelDef, Span};
use leptos::prelude::*;
use project::{AnnotationRecord, DocNumber, Head, ProjectId, ProjectRecord, RunRecord};

use super::{Companion, OpenText, Saved};
use crate::browser::Lock;

/// What the list shows of a text, beside its head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocState {
    pub(crate) answer: Option<Answer>,
    pub(crate) is_flagged: bool,
    pub(crate) marks: u32,
    pub(crate) suggested: u32,
}

impl DocState {
    pub(crate) fn of(annotation: &Annotation, suggested: u32) -> Self {
        Self {
            answer: annotation.answer,
            is_flagged: annotation.flag.is_some(),
            marks: annotation.marks.len() as u32,
            suggested,
        }
    }
}

/// Which texts the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    All,
    ToDo,
    Done,
    Flagged,
    Only(Answer),
}

impl Filter {
    pub(crate) fn takes(self, state: &DocState) -> bool {
        match self {
            Filter::All => true,
            Filter::ToDo => state.answer.is_none(),
            Filter::Done => state.answer.is_some(),
            Filter::Flagged => state.is_flagged,
            Filter::Only(answer) => state.answer == Some(answer),
        }
    }
}

/// In which order the list shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they came in.
    Imported,
    /// Those with most suggestions first.
    MostSuggested,
    /// Those first that tell most to what learns while a person annotates.
    WorthMost,
}

/// What Tab stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Focus {
    Mark(Span),
    Suggestion(Span),
}

impl Focus {
    pub(crate) fn span(&self) -> &Span {
        match self {
            Focus::Mark(span) | Focus::Suggestion(span) => span,
        }
    }
}

/// A text's words and what is known about them, as they were read.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) text: Arc<OpenText>,
    pub(crate) record: AnnotationRecord,
    pub(crate) suggestions: Vec<Suggestion>,
    pub(crate) boundaries: Option<Arc<Boundaries>>,
}

/// The open project and the text in front.
#[derive(Clone, Copy)]
pub(crate) struct Workspace {
    pub(crate) project: RwSignal<Option<ProjectRecord>>,
    /// The project's labels. They stay while its counts change with every edit.
    defs: Memo<Arc<Vec<LabelDef>>>,
    /// Whether this tab may write.
    pub(crate) is_writable: RwSignal<bool>,
    pub(crate) saved: RwSignal<Saved>,
    pub(crate) heads: RwSignal<Arc<Vec<Head>>>,
    pub(crate) states: RwSignal<Vec<DocState>>,
    pub(crate) runs: RwSignal<Vec<RunRecord>>,
    /// How many marks each label has in all texts.
    pub(crate) label_counts: RwSignal<BTreeMap<Label, u32>>,
    /// How long an answer takes, in seconds, once there have been a few.
    pub(crate) secs_per_answer: RwSignal<Option<f64>>,

    pub(crate) filter: RwSignal<Filter>,
    pub(crate) order: RwSignal<Order>,
    /// Whether a person chose that order.
    pub(crate) chose_order: StoredValue<bool>,
    pub(crate) query: RwSignal<String>,
    /// The texts that hold the query; none while nothing is searched for.
    pub(crate) found: RwSignal<Option<Vec<DocNumber>>>,
    /// The texts in the list, in its order.
    pub(crate) listed: Memo<Arc<Vec<DocNumber>>>,

    /// The text in front.
    pub(crate) text: RwSignal<Option<Arc<OpenText>>>,
    pub(crate) annotation: RwSignal<Annotation>,
    pub(crate) suggestions: RwSignal<Vec<Suggestion>>,
    /// Suggestions below this score are not shown.
    pub(crate) min_score: RwSignal<f32>,
    /// The words that a selection snaps to.
    pub(crate) boundaries: RwSignal<Arc<Boundaries>>,
    /// Whether they are the base's tokens, not yet only Unicode words.
    pub(crate) has_tokens: RwSignal<bool>,
    /// The selected bytes.
    pub(crate) selection: RwSignal<Option<(u32, u32)>>,
    /// Where the caret stands, and where a selection that grows began, in bytes.
    pub(crate) caret: RwSignal<u32>,
    pub(crate) anchor: RwSignal<u32>,
    pub(crate) focus: RwSignal<Option<Focus>>,
    /// The label that every drag marks at once.
    pub(crate) pinned: RwSignal<Option<Label>>,
    /// The suggestions that still have to be decided.
    pub(crate) open_suggestions: Memo<Vec<Suggestion>>,
    /// Whether what suggests tells how probable each suggestion is. A pipeline as it came does
    /// not: spaCy's transitions come without a probability.
    pub(crate) scores_suggestions: Memo<bool>,

    /// What can be undone, across texts.
    pub(super) history: StoredValue<History>,
    pub(crate) can_undo: RwSignal<bool>,
    /// Edits that are made on the screen and not yet on disk, oldest first.
    pub(super) pending: StoredValue<VecDeque<Entry>>,
    pub(super) is_writing: StoredValue<bool>,
    /// Texts that were read, as they are on the screen: the next text is there at once.
    pub(super) cache: StoredValue<BTreeMap<u32, Loaded>>,
    pub(super) lock: StoredValue<Option<Lock>, LocalStorage>,
    /// When texts were answered since the project was opened.
    pub(super) answered_ms: StoredValue<Vec<u64>>,
    /// Grows with every opening, so that what was asked for an earlier project is dropped.
    pub(super) visit: StoredValue<u32>,
}

impl Workspace {
    pub(super) fn new(companion: Companion) -> Self {
        let project = RwSignal::new(None::<ProjectRecord>);
        let heads = RwSignal::new(Arc::new(Vec::new()));
        let states = RwSignal::new(Vec::<DocState>::new());
        let filter = RwSignal::new(Filter::All);
        let order = RwSignal::new(Order::Imported);
        let found = RwSignal::new(None::<Vec<DocNumber>>);
        let listed = Memo::new(move |_| {
            let (filter, order) = (filter.get(), order.get());
            let states = states.read();
            let takes = |doc: &DocNumber| {
                states.get(doc.0 as usize).is_some_and(|state| filter.takes(state))
            };
            let all = || (0..states.len() as u32).map(DocNumber);
            let mut list: Vec<DocNumber> = match &*found.read() {
                Some(found) => found.iter().copied().filter(takes).collect(),
                None => all().filter(takes).collect(),
            };
            match order {
                Order::Imported => {}
                Order::MostSuggested => {
                    list.sort_by_key(|doc| std::cmp::Reverse(states[doc.0 as usize].suggested));
                }
                Order::WorthMost => {
                    let queue = companion.queue.read();
                    let is_queued = |doc: &DocNumber| {
                        states[doc.0 as usize].answer.is_none() && queue.contains_key(doc)
                    };
                    let (mut queued, rest): (Vec<_>, Vec<_>) =
                        list.into_iter().partition(is_queued);
                    queued.sort_by_key(|doc| queue[doc].0);
                    queued.extend(rest);
                    list = queued;
                }
            }
            Arc::new(list)
        });
        let annotation = RwSignal::new(Annotation::default());
        let suggestions = RwSignal::new(Vec::<Suggestion>::new());
        let min_score = RwSignal::new(0.25_f32);
        let open_suggestions = Memo::new(move |_| {
            let overlaps = project.read().as_ref().is_some_and(|it| it.overlaps_allowed);
            let (all, annotation) = (suggestions.read(), annotation.read());
            visible(&all, &annotation, min_score.get(), overlaps).cloned().collect()
        });
        let defs = Memo::new(move |_| {
            let project = project.read();
            Arc::new(project.as_ref().map(|it| it.labels.clone()).unwrap_or_default())
        });
        let runs = RwSignal::new(Vec::<RunRecord>::new());
        let scores_suggestions = Memo::new(move |_| {
            let suggesting = project.read().as_ref().and_then(|it| it.suggesting);
            let runs = runs.read();
            !runs.iter().any(|it| Some(it.id) == suggesting && it.is_spacy())
        });
        Self {
            project,
            defs,
            is_writable: RwSignal::new(true),
            saved: RwSignal::new(Saved::Nothing),
            heads,
            states,
            runs,
            label_counts: RwSignal::new(BTreeMap::new()),
            secs_per_answer: RwSignal::new(None),
            answered_ms: StoredValue::new(Vec::new()),
            filter,
            order,
            chose_order: StoredValue::new(false),
            query: RwSignal::new(String::new()),
            found,
            listed,
            text: RwSignal::new(None),
            annotation,
            suggestions,
            min_score,
            boundaries: RwSignal::new(Arc::default()),
            has_tokens: RwSignal::new(false),
            selection: RwSignal::new(None),
            caret: RwSignal::new(0),
            anchor: RwSignal::new(0),
            focus: RwSignal::new(None),
            pinned: RwSignal::new(None),
            open_suggestions,
            scores_suggestions,
            history: StoredValue::new(History::default()),
            can_undo: RwSignal::new(false),
            pending: StoredValue::new(VecDeque::new()),
            is_writing: StoredValue::new(false),
            cache: StoredValue::new(BTreeMap::new()),
            lock: StoredValue::new_local(None),
            visit: StoredValue::new(0),
        }
    }

    /// The key of the open project.
    pub(crate) fn project_id(self) -> Option<ProjectId> {
        self.project.read_untracked().as_ref().map(|it| it.id.clone())
    }

    /// The labels of the open project. Tracked.
    pub(crate) fn labels(self) -> Vec<LabelDef> {
        self.defs.get().to_vec()
    }

    /// How a label looks in the open project. Tracked.
    pub(crate) fn look(self, label: &Label) -> LabelDef {
        let defs = self.defs.read();
        let known = defs.iter().find(|it| it.label == *label);
        known.cloned().unwrap_or_else(|| LabelDef {
            label: label.clone(),
            slot: 0,
            code: label.as_str().chars().take(4).collect(),
            description: String::new(),
        })
    }

    /// How probable a suggestion is, where that is known. Tracked.
    pub(crate) fn score(self, it: &Suggestion) -> Option<f32> {
        self.scores_suggestions.get().then_some(it.score)
    }

    /// The number of the text in front. Tracked.
    pub(crate) fn doc(self) -> Option<DocNumber> {
        self.text.read().as_ref().map(|it| it.number)
    }

    /// Clears what belongs to a place in the text.
    pub(crate) fn clear_place(self) {
        self.selection.set(None);
        self.focus.set(None);
    }
}
