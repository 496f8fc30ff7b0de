//! The linear member beside a person who annotates: it learns from every text as soon as it is
//! accepted, suggests for those to come, and says which are worth most.

use std::collections::BTreeMap;
use std::sync::Arc;

use corpus::{Answer, Label, Side};
use crf::{Found, Input, Live, Model, Step, Vectors, Work};
use project::{DocNumber, ProjectId, RunId, SplitCounts, SuggestionRecord};
use protocol::TrainReply;
use random::Random;
use storage::Store;

use super::inbox::Inbox;
use super::queue::{ToDo, queue};
use super::suggest::suggestions;
use super::vectors::vectors;
use super::{example, raw_texts};
use crate::work::texts::{BATCH, accepted, examples};
use crate::work::{Clock, Page, Stopped};

/// How long it computes without letting messages in. The page waits for nothing, but an answer
/// should be learned from at once.
const TURN_SECS: f64 = 0.01;

/// The most texts to do that are read again after each answer. In larger projects they are drawn.
const MOST_TO_DO: usize = 400;

/// Texts whose suggestions are kept at a time.
const KEPT: usize = 20;

/// The share of a model that was trained at length beside the linear member: until the texts have
/// doubled, and then.
const SHARES: [f32; 2] = [0.5, 0.3];

/// What the page asked for.
pub(crate) struct Order {
    pub(crate) project: ProjectId,
    pub(crate) labels: Vec<Label>,
    /// A run whose model has a say beside it.
    pub(crate) run: Option<RunId>,
    pub(crate) seed: u64,
}

/// Goes on until the inbox is closed.
pub(crate) async fn follow(
    store: &impl Store,
    page: &impl Page,
    inbox: &Inbox,
    order: Order,
) -> Result<(), Stopped> {
    let Order { project, labels, seed, .. } = &order;
    let sides = accepted(store, page, project, labels, example).await?;
    let learned = examples(&sides.train);
    let raw = raw_texts(store, page, project, *seed).await?;
    let texts = raw.into_iter().chain(learned.iter().map(|it| it.text.clone()));
    let texts: Vec<Arc<str>> = texts.collect();
    let vectors = match order.run {
        None => Vectors::default(),
        Some(run) => {
            let base = store.run(project, run).await?.settings.base;
            // Whoever deleted the base still has the run, and learns on without vectors.
            vectors(store, page, &base, texts.iter()).await.unwrap_or_default()
        }
    };
    let Some(words) = work(page, inbox, crf::read_words(texts, vectors)).await else {
        return Ok(());
    };
    let input = Input {
        labels: labels.clone(),
        examples: learned,
        words: Some(words),
        seed: *seed,
        ..Input::default()
    };
    // Where nothing can be learned yet, the page asks again behind the next answer.
    let Ok(first) = Live::start(input) else { return Ok(()) };
    let Some(live) = work(page, inbox, first).await else { return Ok(()) };
    let full = full_model(store, &order).await?;
    let to_do = to_do(store, page, &order).await?;
    let mut companion = Companion { order, live, full, to_do, round: 0 };
    companion.run(store, page, inbox).await?;
    page.send(TrainReply::Done);
    Ok(())
}

/// Does long work in short steps. None when nobody wants it any more.
async fn work<T>(page: &impl Page, inbox: &Inbox, mut work: Work<T>) -> Option<T> {
    let mut turn = Clock::every(TURN_SECS);
    loop {
        if let Step::Done(it) = work.step() {
            return Some(it);
        }
        if turn.is_due() {
            page.turn().await;
            if inbox.is_closed() {
                return None;
            }
        }
    }
}

/// A model that was trained at length.
struct Full {
    model: Model,
    n_learned: usize,
    /// What it finds does not change: it is worked out once.
    found: BTreeMap<DocNumber, Found>,
}

async fn full_model(store: &impl Store, order: &Order) -> Result<Option<Full>, Stopped> {
    let Some(run) = order.run else { return Ok(None) };
    let SplitCounts { train, .. } = store.run(&order.project, run).await?.split;
    let Some(weights) = store.weights(&order.project, run).await? else { return Ok(None) };
    let model = Model::from_bytes(&weights).map_err(|it| Stopped::failed(&it))?;
    Ok(Some(Full { model, n_learned: train as usize, found: BTreeMap::new() }))
}

/// A text to do.
struct Open {
    text: Arc<str>,
    is_learned: bool,
    doubt: Option<(f32, usize)>,
    /// The round in which it was last read.
    round: u32,
}

/// Texts without an answer: all, or as many as can be read again and again, drawn.
async fn to_do(
    store: &impl Store,
    page: &impl Page,
    order: &Order,
) -> Result<BTreeMap<DocNumber, Open>, Stopped> {
    let record = store.project(&order.project).await?;
    let mut open = Vec::new();
    let mut turn = Clock::every(TURN_SECS);
    for first in (0..record.counts.docs).step_by(BATCH as usize) {
        let records = store.annotations(&order.project, DocNumber(first), BATCH).await?;
        let is_open = (first..).zip(records).filter(|(_, it)| it.annotation.answer.is_none());
        open.extend(is_open.map(|(doc, _)| DocNumber(doc)));
        if turn.is_due() {
            page.turn().await;
        }
    }
    Random::new(order.seed, 6).shuffle(&mut open);
    open.truncate(MOST_TO_DO);
    let mut to_do = BTreeMap::new();
    for doc in open {
        let text = store.text(&order.project, doc).await?;
        let is_learned = record.split.side(&text.id) == Side::Train;
        let open = Open { text: text.text.into(), is_learned, doubt: None, round: 0 };
        to_do.insert(doc, open);
        if turn.is_due() {
            page.turn().await;
        }
    }
    Ok(to_do)
}

struct Companion {
    order: Order,
    live: Live,
    full: Option<Full>,
    to_do: BTreeMap<DocNumber, Open>,
    /// Grows with each text that was learned.
    round: u32,
}

impl Companion {
    /// Learns what comes, and reads the texts to do again each time.
    async fn run(
        &mut self,
        store: &impl Store,
        page: &impl Page,
        inbox: &Inbox,
    ) -> Result<(), Stopped> {
        self.round = 1;
        page.send(TrainReply::Following { texts: self.live.n_texts() as u32 });
        loop {
            self.refresh(store, page, inbox).await?;
            let Some(doc) = inbox.next().await else { return Ok(()) };
            self.change(store, page, doc).await?;
            while let Some(doc) = inbox.take() {
                self.change(store, page, doc).await?;
            }
        }
    }

    /// Learns from a text that was accepted, and takes it from those to do, or puts it back.
    async fn change(
        &mut self,
        store: &impl Store,
        page: &impl Page,
        doc: DocNumber,
    ) -> Result<(), Stopped> {
        let project = &self.order.project;
        let decided = store.annotation(project, doc).await?.annotation;
        let text = store.text(project, doc).await?;
        let is_learned = store.project(project).await?.split.side(&text.id) == Side::Train;
        match decided.answer {
            None => {
                let open = Open { text: text.text.into(), is_learned, doubt: None, round: 0 };
                self.to_do.insert(doc, open);
            }
            Some(answer) => {
                self.to_do.remove(&doc);
                if answer == Answer::Accept && is_learned {
                    let spans = decided.marks.into_iter().map(|it| it.span);
                    let spans = spans.filter(|it| self.order.labels.contains(it.label()));
                    self.live.learn(&example(text.text, spans.collect(), decided.unread));
                    self.round += 1;
                    page.send(TrainReply::Following { texts: self.live.n_texts() as u32 });
                }
            }
        }
        Ok(())
    }

    /// Reads the texts to do that were not read since it last learned, those first that come next.
    /// Ends early when a text waits to be learned.
    async fn refresh(
        &mut self,
        store: &impl Store,
        page: &impl Page,
        inbox: &Inbox,
    ) -> Result<(), Stopped> {
        let mut turn = Clock::every(TURN_SECS);
        let stale: Vec<DocNumber> = self
            .queue()
            .into_iter()
            .map(|it| it.doc)
            .filter(|doc| self.to_do[doc].round < self.round)
            .collect();
        let mut kept = Vec::new();
        for (at, doc) in stale.iter().enumerate() {
            let Some(found) = self.read(page, inbox, &mut turn, *doc).await else { break };
            let open = self.to_do.get_mut(doc).expect("it is to do");
            open.doubt = Some((found.doubt(), found.n_tokens()));
            open.round = self.round;
            let run = self.order.run.unwrap_or(RunId(0));
            kept.push((*doc, SuggestionRecord { run, suggestions: suggestions(&found) }));
            if KEPT <= kept.len() || at + 1 == stale.len() {
                self.keep(store, page, std::mem::take(&mut kept)).await?;
            }
        }
        self.keep(store, page, kept).await?;
        if !inbox.is_closed() {
            page.send(TrainReply::Ranked(self.queue()));
        }
        Ok(())
    }

    async fn keep(
        &self,
        store: &impl Store,
        page: &impl Page,
        kept: Vec<(DocNumber, SuggestionRecord)>,
    ) -> Result<(), Stopped> {
        if kept.is_empty() {
            return Ok(());
        }
        store.put_suggestions(&self.order.project, &kept).await?;
        page.send(TrainReply::Refreshed(kept.into_iter().map(|it| it.0).collect()));
        Ok(())
    }

    /// Reads a text. None when a text waits to be learned.
    async fn read(
        &mut self,
        page: &impl Page,
        inbox: &Inbox,
        turn: &mut Clock,
        doc: DocNumber,
    ) -> Option<Found> {
        let text = self.to_do[&doc].text.clone();
        if let Some(full) = &mut self.full
            && !full.found.contains_key(&doc)
        {
            let mut reading = full.model.read(&text);
            while reading.step() {
                if is_called(page, inbox, turn).await {
                    return None;
                }
            }
            full.found.insert(doc, reading.finish());
        }
        let mut reading = self.live.read(&text);
        while reading.step() {
            if is_called(page, inbox, turn).await {
                return None;
            }
        }
        let found = reading.finish();
        let Some(full) = &self.full else { return Some(found) };
        let share = SHARES[usize::from(2 * full.n_learned < self.live.n_texts())];
        Some(found.blended(&full.found[&doc], share))
    }

    fn queue(&self) -> Vec<protocol::Queued> {
        let to_do = self.to_do.iter().map(|(doc, it)| ToDo {
            doc: *doc,
            is_learned: it.is_learned,
            doubt: it.doubt,
        });
        queue(&to_do.collect::<Vec<_>>(), self.order.seed)
    }
}

/// Lets messages in when it is time. Whether there is something better to do.
async fn is_called(page: &impl Page, inbox: &Inbox, turn: &mut Clock) -> bool {
    if turn.is_due() {
        page.turn().await;
    }
    inbox.has_news()
}
