use annotate::{Entry, History, Renaming};
use corpus::{Answer, LabelDef};
use project::{Counts, DocNumber, Head, ProjectRecord, RunId, TokensRecord};

use super::sample::{
    add, base, doc, docs, entry, experiment, id, label, mark, new_texts, outcome, project, run,
    snapshot, suggestions, tokens,
};
use crate::{ExperimentRecord, NewTexts, Store, StoreError};

const ALL: u32 = u32::MAX;

/// What a learner packed.
const WEIGHTS: [u8; 3] = [7, 0, 255];

/// Checks what a store does. `open` gives a new connection to what was empty at first.
pub(super) async fn check_store<S: Store>(open: impl AsyncFn() -> S) {
    let store = &open().await;
    projects_come_and_change(store).await;
    what_is_not_adopted_is_not_there(store, &open().await).await;
    new_texts_come_behind_the_old(store).await;
    edits_are_kept_or_refused(store).await;
    undo_survives_reopening(store, &open().await).await;
    a_label_is_renamed_wherever_it_is_spoken_of(store, &open().await).await;
    what_models_make_is_kept(store).await;
    a_run_goes_with_its_weights(store).await;
    an_experiment_goes_with_its_own_runs(store).await;
    settings_are_kept(store, &open().await).await;
    bases_come_whole_and_go_whole(store, &open().await).await;
    a_copy_has_everything(store).await;
    nothing_is_left_of_a_deleted_project(store).await;
    many_texts_are_read_whole(store).await;
}

async fn an_experiment_goes_with_its_own_runs(store: &impl Store) {
    let (at, record) = (id("compared"), experiment(1));
    store.create_project(&project("compared", 0)).await.unwrap();
    assert_eq!(store.experiments(&at).await, Ok(Vec::new()));
    assert!(is_missing(store.put_experiment(&at, &record, None).await), "there is no snapshot");
    store.put_experiment(&at, &record, Some(&snapshot())).await.unwrap();
    store.put_experiment(&at, &experiment(2), Some(&snapshot())).await.unwrap();
    assert_eq!(store.experiments(&at).await, Ok(vec![record.clone(), experiment(2)]));
    assert_eq!(store.snapshot(&at, record.id).await, Ok(snapshot()));
    let renamed = ExperimentRecord { started_ms: 7, ..record.clone() };
    store.put_experiment(&at, &renamed, None).await.unwrap();
    assert_eq!(store.experiment(&at, record.id).await, Ok(renamed));

    let (own, taken, other) = (RunId(4), RunId(5), RunId(6));
    for number in [own, taken, other] {
        store.put_run(&at, &run(number.0)).await.unwrap();
        store.put_weights(&at, number, &WEIGHTS).await.unwrap();
        assert_eq!(store.outcome(&at, number).await, Ok(None));
        store.put_outcome(&at, number, &outcome()).await.unwrap();
    }
    assert_eq!(store.outcome(&at, own).await, Ok(Some(outcome())));
    store.delete_experiment(&at, record.id).await.unwrap();
    assert!(is_missing(store.experiment(&at, record.id).await));
    assert!(is_missing(store.snapshot(&at, record.id).await));
    assert!(is_missing(store.run(&at, own).await));
    assert_eq!(store.weights(&at, own).await, Ok(None));
    assert_eq!(store.weights(&at, taken).await, Ok(Some(WEIGHTS.to_vec())));
    let outcomes = [store.outcome(&at, own).await, store.outcome(&at, taken).await];
    assert_eq!(outcomes, [Ok(None), Ok(None)]);
    assert_eq!(store.outcome(&at, other).await, Ok(Some(outcome())));
    store.delete_run(&at, other).await.unwrap();
    assert_eq!(store.outcome(&at, other).await, Ok(None));
    assert!(is_missing(store.delete_experiment(&at, record.id).await));
    assert_eq!(store.experiments(&at).await.unwrap().len(), 1);
    store.delete_project(&at).await.unwrap();
}

/// An empty project of this name, with these texts.
async fn project_with(store: &impl Store, name: &str, n_docs: u32) -> ProjectRecord {
    store.create_project(&project(name, 0)).await.unwrap();
    let docs = docs(0..n_docs);
    store.stage(&id(name), DocNumber(0), &docs).await.unwrap();
    store.adopt(&id(name), new_texts(&docs)).await.unwrap()
}

fn is_missing<T>(result: Result<T, StoreError>) -> bool {
    result.is_err_and(|it| matches!(it, StoreError::Missing { .. }))
}

async fn projects_come_and_change(store: &impl Store) {
    assert_eq!(store.projects().await, Ok(Vec::new()));
    let (a, b) = (project("a", 0), project("b", 0));
    store.create_project(&b).await.unwrap();
    store.create_project(&a).await.unwrap();
    let again = store.create_project(&a).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    assert_eq!(store.projects().await, Ok(vec![a.clone(), b]));

    let renamed = ProjectRecord { name: "Ligands".into(), ..a };
    let changed = store.update_project(&id("a"), |it| it.name = "Ligands".into()).await;
    assert_eq!(changed, Ok(renamed.clone()));
    assert_eq!(store.project(&id("a")).await, Ok(renamed));
    assert!(is_missing(store.project(&id("none")).await));
    assert!(is_missing(store.update_project(&id("none"), |_| ()).await));
    store.delete_project(&id("a")).await.unwrap();
    store.delete_project(&id("b")).await.unwrap();
    assert_eq!(store.projects().await, Ok(Vec::new()));
}

/// An import that was killed has staged texts. They are invisible, and overwritten by the next.
async fn what_is_not_adopted_is_not_there(store: &impl Store, reopened: &impl Store) {
    let killed = id("killed");
    store.create_project(&project("killed", 0)).await.unwrap();
    let mut broken = docs(0..5);
    broken[1].text = "half of it".into();
    store.stage(&killed, DocNumber(0), &broken).await.unwrap();

    assert_eq!(reopened.heads(&killed).await, Ok(Vec::new()));
    assert_eq!(reopened.texts(&killed, DocNumber(0), ALL).await, Ok(Vec::new()));
    assert_eq!(reopened.annotations(&killed, DocNumber(0), ALL).await, Ok(Vec::new()));
    assert!(is_missing(reopened.text(&killed, DocNumber(0)).await));
    assert!(is_missing(reopened.annotation(&killed, DocNumber(0)).await));
    assert!(is_missing(reopened.commit(&killed, &entry(0, 0, add(mark(0, 7))), 0).await));

    let whole = docs(0..3);
    reopened.stage(&killed, DocNumber(0), &whole[..2]).await.unwrap();
    reopened.stage(&killed, DocNumber(2), &whole[2..]).await.unwrap();
    let adopted = reopened.adopt(&killed, new_texts(&whole)).await.unwrap();
    assert_eq!((adopted.counts.docs, adopted.changed_ms), (3, 99));
    let texts = store.texts(&killed, DocNumber(0), ALL).await.unwrap();
    let found: Vec<&str> = texts.iter().map(|it| it.text.as_str()).collect();
    let wanted: Vec<&str> = whole.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(found, wanted);

    store.discard_staged(&killed).await.unwrap();
    assert_eq!(store.texts(&killed, DocNumber(1), 1).await.unwrap().len(), 1);
    let never_staged = store.adopt(&killed, new_texts(&docs(3..5))).await;
    assert!(is_missing(never_staged));
    let over_adopted = store.stage(&killed, DocNumber(2), &whole).await;
    assert!(matches!(over_adopted, Err(StoreError::Exists { .. })));
    assert!(is_missing(store.stage(&id("none"), DocNumber(0), &whole).await));
    store.delete_project(&killed).await.unwrap();
}

async fn new_texts_come_behind_the_old(store: &impl Store) {
    let first = project_with(store, "grown", 4).await;
    let counts = Counts { docs: 4, accepted: 2, flagged: 2, marks: 2, ..Counts::default() };
    assert_eq!(first.counts, counts);
    let more = docs(4..7);
    let (old, new) =
        (first.labels[0].clone(), LabelDef { label: label("METAL"), ..first.labels[0].clone() });
    let labels = vec![old.clone(), new.clone()];
    store.stage(&id("grown"), DocNumber(4), &more).await.unwrap();
    let grown = store.adopt(&id("grown"), NewTexts { labels, ..new_texts(&more) }).await.unwrap();
    let counts = Counts { docs: 7, accepted: 3, flagged: 3, marks: 3, ..Counts::default() };
    assert_eq!(grown.counts, counts);
    assert_eq!(grown.labels, [old, new]);
    assert_eq!(store.project(&id("grown")).await, Ok(grown));

    let heads: Vec<Head> = docs(0..7).iter().map(|it| Head::of(it.id.clone(), &it.text)).collect();
    assert_eq!(store.heads(&id("grown")).await, Ok(heads));
    let middle = store.texts(&id("grown"), DocNumber(3), 2).await.unwrap();
    let ids: Vec<String> = middle.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(ids, ["doc-3", "doc-4"]);
    assert_eq!(middle[1].meta, doc(4).meta);
    assert_eq!(store.text(&id("grown"), DocNumber(4)).await.as_ref(), Ok(&middle[1]));
    let decided = store.annotation(&id("grown"), DocNumber(6)).await.unwrap();
    assert_eq!((decided.revision, decided.annotation), (0, doc(6).annotation));
    assert!(is_missing(store.text(&id("grown"), DocNumber(7)).await));
    store.delete_project(&id("grown")).await.unwrap();
}

async fn edits_are_kept_or_refused(store: &impl Store) {
    let before = project_with(store, "edited", 3).await.counts;
    let edited = id("edited");
    let first = entry(0, 1, add(mark(0, 7)));
    let done = store.commit(&edited, &first, 0).await.unwrap();
    assert_eq!(done.record.revision, 1);
    assert_eq!(done.record.annotation.answer, Some(Answer::Reject));
    let counts = Counts { rejected: before.rejected + 1, marks: before.marks + 1, ..before };
    assert_eq!(done.counts, counts);
    let stored = store.project(&edited).await.unwrap();
    assert_eq!((stored.counts, stored.changed_ms), (counts, first.at_ms));
    assert_eq!(store.annotation(&edited, DocNumber(1)).await.as_ref(), Ok(&done.record));

    // Another tab has seen nothing of it.
    let stale = store.commit(&edited, &entry(1, 1, add(mark(8, 13))), 0).await;
    assert_eq!(stale, Err(StoreError::Conflict));
    let same_line = store.commit(&edited, &entry(0, 2, add(mark(8, 13))), 0).await;
    assert_eq!(same_line, Err(StoreError::Conflict));
    assert!(is_missing(store.commit(&edited, &entry(1, 3, add(mark(8, 13))), 0).await));
    assert_eq!(store.annotation(&edited, DocNumber(1)).await, Ok(done.record));
    assert_eq!(store.project(&edited).await.unwrap().counts, counts);
    assert_eq!(store.journal(&edited).await, Ok(vec![first]));
    store.delete_project(&edited).await.unwrap();
}

async fn undo_survives_reopening(store: &impl Store, reopened: &impl Store) {
    let before = project_with(store, "undone", 2).await.counts;
    let undone = id("undone");
    let mut history = History::default();
    for (revision, start) in [(0, 0), (1, 20)] {
        let line = history.entry(1, add(mark(start, start + 5)), 5);
        store.commit(&undone, &line, revision).await.unwrap();
        history.record(&line);
    }
    let mut history = History::replay(reopened.journal(&undone).await.unwrap());
    let steps: [fn(&History, u64) -> Vec<Entry>; 3] = [History::undo, History::redo, History::undo];
    for (revision, step) in (2..).zip(steps) {
        let line = step(&history, 6).remove(0);
        reopened.commit(&undone, &line, revision).await.unwrap();
        history.record(&line);
    }
    let line = history.undo(7).remove(0);
    let done = reopened.commit(&undone, &line, 5).await.unwrap();
    assert_eq!(done.record.annotation, doc(1).annotation);
    assert_eq!(done.counts, before);
    assert_eq!(store.journal(&undone).await.unwrap().len(), 6);

    store.put_journal(&undone, std::slice::from_ref(&line)).await.unwrap();
    assert_eq!(store.journal(&undone).await, Ok(vec![line]));
    assert!(is_missing(store.put_journal(&id("none"), &[]).await));
    store.delete_project(&undone).await.unwrap();
}

async fn a_label_is_renamed_wherever_it_is_spoken_of(store: &impl Store, reopened: &impl Store) {
    let before = project_with(store, "renamed", 4).await;
    let renamed = id("renamed");
    let first = entry(0, 1, add(mark(0, 7)));
    store.commit(&renamed, &first, 0).await.unwrap();
    store.put_suggestions(&renamed, &[(DocNumber(2), suggestions(1))]).await.unwrap();
    store.put_run(&renamed, &run(1)).await.unwrap();

    let renaming = Renaming { from: label("CHEMICAL"), to: label("Compound") };
    let record = store.rename_label(&renamed, &renaming, 77).await.unwrap();
    let (old, new) = (&before.labels[0], &record.labels[0]);
    assert_eq!((new.label.as_str(), new.slot, &new.code), ("Compound", old.slot, &old.code));
    assert_eq!(record.changed_ms, 77);
    assert_eq!(reopened.project(&renamed).await, Ok(record));

    let records = reopened.annotations(&renamed, DocNumber(0), ALL).await.unwrap();
    let revisions: Vec<u32> = records.iter().map(|it| it.revision).collect();
    assert_eq!(revisions, [1, 2, 0, 1], "those that spoke of it are others now");
    let names = |it: &project::AnnotationRecord| {
        let spans = it.annotation.marks.iter().map(|it| &it.span).chain(&it.annotation.refused);
        spans.map(|it| it.label().to_string()).collect::<Vec<_>>()
    };
    assert!(records.iter().flat_map(names).all(|it| it == "Compound"));
    let journal = reopened.journal(&renamed).await.unwrap();
    assert_eq!(journal[0].change.added[0].span.label(), &renaming.to);
    let suggested = reopened.suggestions(&renamed, DocNumber(0), ALL).await.unwrap();
    let from = |it: &annotate::Suggestion| *it.span.label() == renaming.from;
    assert!(!suggested.iter().flat_map(|it| &it.1.suggestions).any(from));
    assert_eq!(reopened.runs(&renamed).await, Ok(vec![run(1)]), "models keep what they learned");

    // What was done before is undone after.
    let undo = History::replay(journal).undo(78).remove(0);
    let undone = store.commit(&renamed, &undo, 2).await.unwrap();
    assert_eq!(undone.record.annotation.marks, []);

    let again = store.rename_label(&renamed, &renaming, 79).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    let gone = Renaming { from: label("CHEMICAL"), to: label("Other") };
    assert!(is_missing(store.rename_label(&renamed, &gone, 79).await));
    store.delete_project(&renamed).await.unwrap();
}

async fn what_models_make_is_kept(store: &impl Store) {
    project_with(store, "made", 12).await;
    let made = id("made");
    let numbers = [DocNumber(2), DocNumber(10), DocNumber(3)];
    let other = TokensRecord { tokens: vec![(0, 1)] };
    let rows = [(numbers[0], tokens()), (numbers[1], other.clone())];
    store.put_tokens(&made, "blank:en", &rows).await.unwrap();
    store.put_tokens(&made, "blank:de", &[(numbers[2], other.clone())]).await.unwrap();
    let found = store.tokens(&made, "blank:en", &numbers).await;
    assert_eq!(found, Ok(vec![Some(tokens()), Some(other), None]));

    let of_run = |run| numbers.map(|it| (it, suggestions(run)));
    store.put_suggestions(&made, &of_run(1)).await.unwrap();
    store.put_suggestions(&made, &of_run(2)[..1]).await.unwrap();
    let found = store.suggestions(&made, DocNumber(0), ALL).await;
    let (two, three, ten) = (DocNumber(2), DocNumber(3), DocNumber(10));
    let wanted = [(two, suggestions(2)), (three, suggestions(1)), (ten, suggestions(1))];
    assert_eq!(found, Ok(wanted.to_vec()));
    let found = store.suggestions(&made, DocNumber(3), 7).await;
    assert_eq!(found, Ok(vec![(three, suggestions(1))]));
    store.clear_suggestions(&made).await.unwrap();
    assert_eq!(store.suggestions(&made, DocNumber(0), ALL).await, Ok(Vec::new()));
    assert!(is_missing(store.put_suggestions(&id("none"), &of_run(1)).await));
    assert!(is_missing(store.put_tokens(&id("none"), "blank:en", &rows).await));
    store.delete_project(&made).await.unwrap();
}

async fn a_run_goes_with_its_weights(store: &impl Store) {
    project_with(store, "trained", 1).await;
    let trained = id("trained");
    store.put_run(&trained, &run(2)).await.unwrap();
    store.put_run(&trained, &run(1)).await.unwrap();
    assert_eq!(store.runs(&trained).await, Ok(vec![run(1), run(2)]));
    assert_eq!(store.run(&trained, RunId(2)).await, Ok(run(2)));
    assert!(is_missing(store.run(&trained, RunId(3)).await));

    assert_eq!(store.weights(&trained, RunId(1)).await, Ok(None));
    store.put_weights(&trained, RunId(1), &[0, 1]).await.unwrap();
    store.put_weights(&trained, RunId(1), &WEIGHTS).await.unwrap();
    assert_eq!(store.weights(&trained, RunId(1)).await, Ok(Some(WEIGHTS.to_vec())));
    store.put_checkpoint(&trained, RunId(1), Some(&[1, 2])).await.unwrap();
    store.put_checkpoint(&trained, RunId(2), Some(&[3])).await.unwrap();
    assert_eq!(store.checkpoint(&trained, RunId(1)).await, Ok(Some(vec![1, 2])));
    store.put_checkpoint(&trained, RunId(2), None).await.unwrap();
    assert_eq!(store.checkpoint(&trained, RunId(2)).await, Ok(None));

    store.delete_run(&trained, RunId(1)).await.unwrap();
    assert_eq!(store.runs(&trained).await, Ok(vec![run(2)]));
    assert_eq!(store.weights(&trained, RunId(1)).await, Ok(None));
    assert_eq!(store.checkpoint(&trained, RunId(1)).await, Ok(None));
    store.delete_project(&trained).await.unwrap();
    assert!(is_missing(store.put_run(&trained, &run(1)).await), "it ended too late");
    assert!(is_missing(store.put_weights(&trained, RunId(1), &WEIGHTS).await));
}

async fn settings_are_kept(store: &impl Store, reopened: &impl Store) {
    assert_eq!(store.setting("theme").await, Ok(None));
    store.put_setting("theme", &[4]).await.unwrap();
    store.put_setting("theme", &[5, 0]).await.unwrap();
    assert_eq!(reopened.setting("theme").await, Ok(Some(vec![5, 0])));
}

async fn bases_come_whole_and_go_whole(store: &impl Store, other: &impl Store) {
    let record = base("en_tiny-1.0.0", 3);
    let name = record.name.as_str();
    // What is left of an attempt that was given up is not part of the next.
    store.stage_base(name, 0, b"old").await.unwrap();
    store.stage_base(name, 3, b"old").await.unwrap();
    for (number, part) in [b"rules", b"trunk", b"rows."].into_iter().enumerate() {
        assert!(is_missing(store.adopt_base(&record).await));
        store.stage_base(name, number as u32, part).await.unwrap();
    }
    assert_eq!(store.bases().await, Ok(Vec::new()));
    assert!(is_missing(store.base(name).await));
    assert!(is_missing(store.base_part(name, 0).await));
    store.adopt_base(&record).await.unwrap();
    assert_eq!(other.bases().await, Ok(vec![record.clone()]));
    assert_eq!(other.base(name).await, Ok(record.clone()));
    assert_eq!(other.base_part(name, 1).await, Ok(b"trunk".to_vec()));
    assert!(is_missing(other.base_part(name, 3).await));
    let again = store.stage_base(name, 0, b"other").await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");

    store.delete_base(name).await.unwrap();
    assert_eq!(store.bases().await, Ok(Vec::new()));
    store.stage_base(name, 1, b"trunk").await.unwrap();
    assert!(is_missing(store.adopt_base(&base(name, 2)).await), "part 0 was deleted");
    store.delete_base(name).await.unwrap();
}

async fn a_copy_has_everything(store: &impl Store) {
    let original = project_with(store, "first", 5).await;
    let (from, to) = (id("first"), id("second"));
    store.stage(&from, DocNumber(5), &docs(5..8)).await.unwrap();
    store.commit(&from, &entry(0, 1, add(mark(0, 7))), 0).await.unwrap();
    store.put_tokens(&from, "blank:en", &[(DocNumber(1), tokens())]).await.unwrap();
    store.put_suggestions(&from, &[(DocNumber(2), suggestions(1))]).await.unwrap();
    store.put_run(&from, &run(1)).await.unwrap();
    store.put_weights(&from, RunId(1), &WEIGHTS).await.unwrap();
    let copy = ProjectRecord { id: to.clone(), name: "Copy".into(), ..original };
    store.copy_project(&from, &copy).await.unwrap();
    let again = store.copy_project(&from, &copy).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");

    let counts = store.project(&from).await.unwrap().counts;
    assert_eq!(store.project(&to).await, Ok(ProjectRecord { counts, ..copy }));
    assert_eq!(store.heads(&to).await, store.heads(&from).await);
    let all = |of| store.texts(of, DocNumber(0), ALL);
    assert_eq!(all(&to).await, all(&from).await);
    let all = |of| store.annotations(of, DocNumber(0), ALL);
    assert_eq!(all(&to).await, all(&from).await);
    assert_eq!(store.journal(&to).await, store.journal(&from).await);
    let found = store.tokens(&to, "blank:en", &[DocNumber(1)]).await;
    assert_eq!(found, Ok(vec![Some(tokens())]));
    let found = store.suggestions(&to, DocNumber(0), ALL).await;
    assert_eq!(found, Ok(vec![(DocNumber(2), suggestions(1))]));
    assert_eq!(store.runs(&to).await, Ok(vec![run(1)]));
    assert_eq!(store.weights(&to, RunId(1)).await, Ok(Some(WEIGHTS.to_vec())));
    let staged = store.adopt(&to, new_texts(&docs(5..8))).await;
    assert!(is_missing(staged), "what was staged is not copied");

    // The two are apart from now on.
    store.commit(&to, &entry(1, 1, add(mark(8, 13))), 1).await.unwrap();
    assert_eq!(store.annotation(&from, DocNumber(1)).await.unwrap().revision, 1);
    store.delete_project(&to).await.unwrap();
    assert_eq!(store.weights(&from, RunId(1)).await, Ok(Some(WEIGHTS.to_vec())));
}

/// The project of [`a_copy_has_everything`] goes.
async fn nothing_is_left_of_a_deleted_project(store: &impl Store) {
    let gone = id("first");
    let neighbour = project_with(store, "first2", 1).await;
    store.put_checkpoint(&gone, RunId(1), Some(&[1])).await.unwrap();
    store.delete_project(&gone).await.unwrap();
    assert!(is_missing(store.project(&gone).await));
    assert!(is_missing(store.texts(&gone, DocNumber(0), ALL).await));
    assert!(is_missing(store.journal(&gone).await));

    // Under the same name again, nothing comes back.
    store.create_project(&project("first", 8)).await.unwrap();
    assert_eq!(store.heads(&gone).await, Ok(Vec::new()));
    assert_eq!(store.texts(&gone, DocNumber(0), ALL).await, Ok(Vec::new()));
    assert_eq!(store.annotations(&gone, DocNumber(0), ALL).await, Ok(Vec::new()));
    assert_eq!(store.journal(&gone).await, Ok(Vec::new()));
    assert_eq!(store.tokens(&gone, "blank:en", &[DocNumber(1)]).await, Ok(vec![None]));
    assert_eq!(store.suggestions(&gone, DocNumber(0), ALL).await, Ok(Vec::new()));
    assert_eq!(store.runs(&gone).await, Ok(Vec::new()));
    assert_eq!(store.weights(&gone, RunId(1)).await, Ok(None));
    assert_eq!(store.checkpoint(&gone, RunId(1)).await, Ok(None));
    assert_eq!(store.project(&neighbour.id).await, Ok(neighbour.clone()));
    assert_eq!(store.texts(&neighbour.id, DocNumber(0), ALL).await.unwrap().len(), 1);
    store.delete_project(&gone).await.unwrap();
    store.delete_project(&neighbour.id).await.unwrap();
}

async fn many_texts_are_read_whole(store: &impl Store) {
    let many = project_with(store, "many", 1_300).await;
    let heads = store.heads(&many.id).await.unwrap();
    let annotations = store.annotations(&many.id, DocNumber(0), ALL).await.unwrap();
    assert_eq!((heads.len(), annotations.len()), (1_300, 1_300));
    for number in [0, 511, 512, 1_299] {
        assert_eq!(heads[number as usize].id, doc(number).id);
        assert_eq!(annotations[number as usize].annotation, doc(number).annotation);
    }
    store.delete_project(&many.id).await.unwrap();
}
