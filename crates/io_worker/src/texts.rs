//! The texts of a project: in batches, by their words, as tokens.

use annotate::visible;
use corpus::Doc;
use formats::Known;
use project::{DocNumber, ProjectId, ProjectRecord, SuggestionRecord, TokensRecord};
use protocol::IoReply;
use storage::Store;
use tokenizer::Tokenizer;

use crate::page::{Pace, Page, Stopped};

/// How many texts are read at a time.
pub(crate) const BATCH: u32 = 256;

/// A text with everything about it.
pub(crate) struct Text {
    pub(crate) number: DocNumber,
    pub(crate) doc: Doc,
    pub(crate) suggestions: Option<SuggestionRecord>,
}

impl Text {
    /// How many suggestions still have to be decided.
    pub(crate) fn n_open(&self, project: &ProjectRecord) -> u32 {
        let Some(record) = &self.suggestions else { return 0 };
        let annotation = &self.doc.annotation;
        let open = visible(&record.suggestions, annotation, 0.0, project.overlaps_allowed);
        open.count() as u32
    }
}

/// The numbers at which batches of a project's texts start.
pub(crate) fn batches(project: &ProjectRecord) -> impl Iterator<Item = DocNumber> + use<> {
    (0..project.counts.docs).step_by(BATCH as usize).map(DocNumber)
}

/// The texts from number `first` on.
pub(crate) async fn batch(
    store: &impl Store,
    id: &ProjectId,
    first: DocNumber,
) -> Result<Vec<Text>, Stopped> {
    let texts = store.texts(id, first, BATCH).await?;
    let annotations = store.annotations(id, first, BATCH).await?;
    let mut suggestions = store.suggestions(id, first, BATCH).await?.into_iter().peekable();
    let text =
        |((number, text), annotation): ((u32, project::TextRecord), project::AnnotationRecord)| {
            let number = DocNumber(number);
            let annotation = annotation.annotation;
            let doc = Doc { id: text.id, text: text.text, meta: text.meta, annotation };
            let suggestions = suggestions.next_if(|it| it.0 == number).map(|it| it.1);
            Text { number, doc, suggestions }
        };
    Ok((first.0..).zip(texts).zip(annotations).map(text).collect())
}

/// What a project has already.
pub(crate) async fn known(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectRecord,
) -> Result<Known, Stopped> {
    let (mut known, mut pace) = (Known::default(), Pace::new(page));
    for first in batches(project) {
        for text in store.texts(&project.id, first, BATCH).await? {
            known.add(&text.id.0, &text.text);
        }
        pace.step().await?;
    }
    Ok(known)
}

/// The texts that hold the words, in their text or their id, whatever their case.
pub(crate) async fn search(
    store: &impl Store,
    page: &impl Page,
    id: &ProjectId,
    query: &str,
) -> Result<IoReply, Stopped> {
    let project = store.project(id).await?;
    let query = query.to_lowercase();
    let (mut found, mut pace) = (Vec::new(), Pace::new(page));
    for first in batches(&project) {
        let texts = store.texts(id, first, BATCH).await?;
        for (number, text) in (first.0..).zip(texts) {
            let holds = |it: &str| it.to_lowercase().contains(&query);
            if holds(&text.text) || holds(&text.id.0) {
                found.push(DocNumber(number));
            }
            pace.step().await?;
        }
    }
    Ok(IoReply::Found(found))
}

/// Makes the tokens of texts that have none yet, and keeps them.
pub(crate) async fn tokens(
    store: &impl Store,
    page: &impl Page,
    id: &ProjectId,
    tokenizer: &Tokenizer,
    base: &str,
    docs: &[DocNumber],
) -> Result<IoReply, Stopped> {
    let stored = store.tokens(id, base, docs).await?;
    let (mut all, mut new, mut pace) = (Vec::new(), Vec::new(), Pace::new(page));
    for (&number, stored) in docs.iter().zip(stored) {
        let record = if let Some(record) = stored {
            record
        } else {
            let text = store.text(id, number).await?.text;
            let tokens = tokenizer.tokenize(&text).iter().map(|it| (it.start, it.end)).collect();
            let record = TokensRecord { tokens };
            new.push((number, record.clone()));
            record
        };
        all.push((number, record.tokens));
        pace.step().await?;
    }
    if !new.is_empty() {
        store.put_tokens(id, base, &new).await?;
    }
    Ok(IoReply::Tokens(all))
}
