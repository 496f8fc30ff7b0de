//! The pipeline of a run at work: scored on what was accepted, suggesting for what is to do.

use annotate::Suggestion;
use corpus::{Answer, Label, Side, Span, Unread};
use predict::{Parsed, Predictor};
use project::{
    DocNumber, ProjectId, ProjectRecord, RunId, RunRecord, RunState, SplitCounts, SuggestionRecord,
    TextMistakes,
};
use protocol::IoReply;
use scorer::{Scores, mistakes};
use storage::Store;
use web_time::Instant;

use crate::bases;
use crate::page::{Pace, Page, Stopped};
use crate::texts::{BATCH, batches};

/// How much text is predicted between two looks at the mailbox, in bytes.
const BYTES_AT_A_TIME: usize = 4_000;

/// A text that the pipeline reads, and what for.
struct Reading {
    doc: DocNumber,
    text: String,
    purpose: Purpose,
}

/// What is done with what is found.
enum Purpose {
    /// It is held against these marks, on the test set or else the dev set.
    Score { gold: Vec<Span>, unread: Unread, is_test: bool },
    /// It is kept as suggestions.
    Suggest,
}

/// What came of it.
#[derive(Default)]
struct Outcome {
    dev: Option<Scores>,
    test: Option<Scores>,
    mistakes: Vec<TextMistakes>,
    docs: u32,
    spans: u32,
    /// Sentences of all texts that were read.
    sentences: usize,
    /// Texts that are longer than spaCy takes any.
    too_long: u32,
}

/// The labels of a pipeline, each with the project's that it means.
struct Meaning(Vec<(Label, Label)>);

impl Meaning {
    fn new(labels: &[Label], project: &ProjectRecord) -> Self {
        let meant = |it: &Label| {
            let known = it.among(project.labels.iter().map(|it| &it.label));
            (it.clone(), known.unwrap_or(it).clone())
        };
        Self(labels.iter().map(meant).collect())
    }

    fn of(&self, name: &str) -> Option<&Label> {
        let meant = self.0.iter().find(|(label, _)| label.as_str() == name);
        meant.map(|(_, meant)| meant)
    }

    fn has(&self, label: &Label) -> bool {
        self.0.iter().any(|(_, meant)| meant == label)
    }

    /// “ CHEMICAL comes as Chemical.”; nothing where none comes as another.
    fn said(&self) -> String {
        let others = self.0.iter().filter(|(label, meant)| label != meant);
        let others: Vec<String> =
            others.map(|(label, meant)| format!("{label} comes as {meant}")).collect();
        if others.is_empty() { String::new() } else { format!(" {}.", others.join(", ")) }
    }
}

/// Runs the pipeline of a run, and scores it if that is asked for. Its suggestions take the place of
/// all others.
pub(crate) async fn run(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    run: RunId,
    is_scored: bool,
) -> Result<IoReply, Stopped> {
    let mut record = store.run(project, run).await?;
    let predictor = bases::predictor(store, page, project, &record).await?;
    let began = Instant::now();
    let whole = store.project(project).await?;
    let meaning = Meaning::new(&record.settings.labels, &whole);
    let (readings, split) = readings(store, page, &whole, &meaning, is_scored).await?;
    let total = readings.len() as u64;
    let (mut outcome, mut pace, mut n_words) = (Outcome::default(), Pace::new(page), 0);
    store.clear_suggestions(project).await?;
    let mut rest = readings.as_slice();
    while !rest.is_empty() {
        let mut n_bytes = 0;
        let is_room = |it: &&Reading| {
            let is_room = n_bytes < BYTES_AT_A_TIME;
            n_bytes += it.text.len();
            is_room
        };
        let (batch, others) = rest.split_at(rest.iter().take_while(is_room).count());
        rest = others;
        let user = User { run, predictor: &predictor, meaning: &meaning };
        n_words += keep(store, project, user, batch, &mut outcome).await?;
        let done = total - rest.len() as u64;
        pace.tell(done, total, outcome.docs).await?;
    }
    let said = format!("{}{}", meaning.said(), say_too_long(outcome.too_long));
    let reply = IoReply::Suggested { docs: outcome.docs, spans: outcome.spans, said };
    if !is_scored {
        return Ok(reply);
    }
    (record.dev, record.test, record.mistakes) = (outcome.dev, outcome.test, outcome.mistakes);
    // Texts may have been accepted since it was trained.
    (record.split.dev, record.split.test) = (split.dev, split.test);
    if record.is_as_it_came() {
        let secs = began.elapsed().as_secs_f32();
        (record.split, record.secs) = (split, secs);
        record.words_per_sec = n_words as f32 / secs.max(1e-3);
        let why = says(&predictor, outcome.sentences);
        record.state = RunState::Done { why: format!("{why}{}", meaning.said()) };
    }
    // Its owner may have given it another name meanwhile, or deleted it.
    record.name = store.run(project, run).await?.name;
    store.put_run(project, &record).await?;
    Ok(reply)
}

/// How many texts were left out; nothing where none was.
fn say_too_long(n: u32) -> String {
    match n {
        0 => String::new(),
        1 => " One text was left out: spaCy takes no more than 1,000,000 characters. Cut it into \
              several texts."
            .to_owned(),
        n => format!(
            " {n} texts were left out: spaCy takes no more than 1,000,000 characters. Cut each into \
             several."
        ),
    }
}

/// What the run is, and how far spaCy might find something else.
fn says(predictor: &Predictor, n_sentences: usize) -> String {
    let plain = RunRecord::NOTHING_TRAINED;
    let differences: Vec<String> =
        predictor.differences().iter().map(ToString::to_string).collect();
    match differences.as_slice() {
        [] => plain.to_owned(),
        all => format!(
            "{plain} In up to {n_sentences} sentences spaCy may find something else: {}.",
            all.join("; ")
        ),
    }
}

/// The texts that are scored or suggested for, and how many accepted ones are on each side.
async fn readings(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectRecord,
    meaning: &Meaning,
    is_scored: bool,
) -> Result<(Vec<Reading>, SplitCounts), Stopped> {
    let id = &project.id;
    let (mut all, mut split, mut pace) = (Vec::new(), SplitCounts::default(), Pace::new(page));
    for first in batches(project) {
        let texts = store.texts(id, first, BATCH).await?;
        let annotations = store.annotations(id, first, BATCH).await?;
        for (number, (text, record)) in (first.0..).zip(texts.into_iter().zip(annotations)) {
            let annotation = record.annotation;
            let purpose = match annotation.answer {
                None => Purpose::Suggest,
                Some(Answer::Accept) => {
                    let side = project.split.side(&text.id);
                    match side {
                        Side::Train => split.train += 1,
                        Side::Dev => split.dev += 1,
                        Side::Test => split.test += 1,
                    }
                    if side == Side::Train || !is_scored {
                        continue;
                    }
                    let knows = |it: &Span| meaning.has(it.label());
                    let gold = annotation.marks.into_iter().map(|it| it.span).filter(knows);
                    let unread = annotation.unread;
                    Purpose::Score { gold: gold.collect(), unread, is_test: side == Side::Test }
                }
                Some(Answer::Reject | Answer::Ignore) => continue,
            };
            all.push(Reading { doc: DocNumber(number), text: text.text, purpose });
            pace.step().await?;
        }
    }
    Ok((all, split))
}

/// What predicts, and for whom.
struct User<'u> {
    run: RunId,
    predictor: &'u Predictor,
    meaning: &'u Meaning,
}

/// Predicts some texts, and scores or stores what is found. Gives back how many words they have.
async fn keep(
    store: &impl Store,
    project: &ProjectId,
    User { run, predictor, meaning }: User<'_>,
    batch: &[Reading],
    outcome: &mut Outcome,
) -> Result<usize, Stopped> {
    let (too_long, batch): (Vec<&Reading>, Vec<&Reading>) =
        batch.iter().partition(|it| Predictor::is_too_long(&it.text));
    outcome.too_long += too_long.len() as u32;
    let texts: Vec<&str> = batch.iter().map(|it| it.text.as_str()).collect();
    let parsed = predictor.predict(&texts).map_err(|it| Stopped::failed(&it))?;
    let n_words = parsed.iter().map(|it| it.tokens.len()).sum();
    let mut suggested = Vec::new();
    for (reading, parsed) in batch.into_iter().zip(parsed) {
        outcome.sentences += parsed.sentences.len();
        let found = spans(&reading.text, &parsed, meaning);
        match &reading.purpose {
            Purpose::Suggest => {
                outcome.docs += 1;
                outcome.spans += found.len() as u32;
                // spaCy's transitions come without a probability.
                let suggestions =
                    found.into_iter().map(|span| Suggestion { span, score: 1.0 }).collect();
                suggested.push((reading.doc, SuggestionRecord { run, suggestions }));
            }
            Purpose::Score { gold, unread, is_test } => {
                let found = unread.judged(gold, found);
                let side = if *is_test { &mut outcome.test } else { &mut outcome.dev };
                side.get_or_insert_default().add(gold, &found);
                let mistakes = mistakes(gold, &found);
                if !mistakes.is_empty() {
                    let it = TextMistakes { doc: reading.doc, is_test: *is_test, mistakes };
                    outcome.mistakes.push(it);
                }
            }
        }
    }
    if !suggested.is_empty() {
        store.put_suggestions(project, &suggested).await?;
    }
    Ok(n_words)
}

/// What was found of these labels.
fn spans(text: &str, parsed: &Parsed, meaning: &Meaning) -> Vec<Span> {
    let span = |it: &predict::Entity| {
        let label = meaning.of(&it.label)?;
        Span::within(text, it.start, it.end, label.clone()).ok()
    };
    parsed.entities.iter().filter_map(span).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use model::Step;
    use spacy::pipeline::{Archive, open};

    use super::*;

    fn check(change: impl Fn(&mut Step), expected: &str) {
        let zip = File::open("../predict/tests/golden/parser_before_ner.zip").unwrap();
        let mut pipeline = open(&mut Archive(zip), &mut |_| ()).unwrap();
        pipeline.components.iter_mut().for_each(|it| change(&mut it.step));
        assert_eq!(says(&Predictor::new(pipeline).unwrap(), 12), expected);
    }

    #[test]
    fn a_run_says_how_far_spacy_may_differ() {
        check(|_| (), "Used as it came: nothing was trained.");
        let widen = |step: &mut Step| {
            if let Step::Ner(it) = step {
                it.beam_width = 8;
            }
        };
        check(
            widen,
            "Used as it came: nothing was trained. In up to 12 sentences spaCy may find something \
             else: \"ner\" is not run (keeps 8 parses, here it is 1); in spaCy it changes entities, \
             which later ones respect.",
        );
    }
}
